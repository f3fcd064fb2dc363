//! Values and operators as in Python.

use super::{all_are, names};
use crate::expr::{Budget, Expr};

#[test]
fn paths_read_fields_items_and_hyphenated_stages() {
    all_are(&[
        ("input.x", "5"),
        ("input['name']", "\"Ada\""),
        ("input.rows[0].id", "1"),
        ("input.rows[-1]['v']", "30"),
        ("upstream.fetch.a", "1"),
        ("upstream.fetch-data.content", "\"text\""),
        ("upstream.fetch-data-2.content", "\"two\""),
        ("upstream['fetch-data'].body.n", "7"),
        ("upstream.fetch-data.body.n-2", "5"),
        ("upstream.fetch-data.body.n - upstream.fetch.a", "6"),
        ("upstream.health-check.status_code == 200", "true"),
        ("upstream.1st-try.y", "1"),
        ("context.item.url", "\"u\""),
        ("context['i'] + 1", "4"),
        ("env.TOKEN", "\"t\""),
        ("data.status", "\"ok\""),
        ("value", "4"),
        ("input.class + input.from", "\"firstme\""),
        ("f'{upstream.fetch-data.content}!'", "\"text!\""),
        (
            "'upstream.fetch-data.content'",
            "\"upstream.fetch-data.content\"",
        ),
        ("len(upstream)", "6"),
        ("upstream.get('fetch').a", "1"),
        ("context.get('nope', 1)", "1"),
        ("env.get('NOPE')", "null"),
        ("fetch-data.output.content", "\"text\""),
        ("stages.fetch-data.output.body.n", "7"),
    ]);
}

#[test]
fn blanks_around_a_hyphen_make_it_a_minus_and_the_longest_id_wins() {
    all_are(&[
        ("upstream.fetch-data-2.content", "\"two\""),
        ("upstream.fetch.a -2", "-1"),
        ("upstream.fetch.a-2", "-1"),
        ("upstream.fetch - data", "TYPE_MISMATCH"),
        ("input.x - value", "1"),
        ("input.x-value", "1"),
    ]);
}

#[test]
fn numbers_compute_as_in_python_and_never_leave_64_bits() {
    all_are(&[
        ("7 // 2", "3"),
        ("-7 // 2", "-4"),
        ("7 % -3", "-2"),
        ("-7 % 3", "2"),
        ("7 / 2", "3.5"),
        ("4 / 2", "2.0"),
        ("2 ** 10", "1024"),
        ("2 ** -1", "0.5"),
        ("7.5 // 2", "3.0"),
        ("-7.5 % 2", "0.5"),
        ("1 + 2.5", "3.5"),
        ("True + True", "2"),
        ("1 / 0", "EVALUATION_FAILED"),
        ("1 % 0", "EVALUATION_FAILED"),
        ("1.0 // 0", "EVALUATION_FAILED"),
        ("9223372036854775807 + 1", "VALUE_OUT_OF_RANGE"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("-9223372036854775808 // -1", "VALUE_OUT_OF_RANGE"),
        ("-9223372036854775808 % -1", "0"),
        ("9223372036854775808", "VALUE_OUT_OF_RANGE"),
        ("abs(-9223372036854775808)", "VALUE_OUT_OF_RANGE"),
        ("10 ** 19", "VALUE_OUT_OF_RANGE"),
        ("1e308 * 10", "VALUE_OUT_OF_RANGE"),
        ("(-8) ** 0.5", "EVALUATION_FAILED"),
        ("5 & 3 | 8", "9"),
        ("1 << 62", "4611686018427387904"),
        ("1 << 63", "VALUE_OUT_OF_RANGE"),
        ("-1 >> 100", "-1"),
        ("~5", "-6"),
        ("- - 5", "5"),
        ("0x1f + 0b11 + 0o7", "41"),
        ("1_000", "1000"),
        ("inf", "VALUE_OUT_OF_RANGE"),
        ("min(3, inf)", "3"),
        ("[nan]", "VALUE_OUT_OF_RANGE"),
        ("float('inf') > 1", "true"),
    ]);
}

#[test]
fn comparisons_chain_and_compare_across_number_types_exactly() {
    all_are(&[
        ("1 < 2 < 3", "true"),
        ("1 < 3 < 2", "false"),
        ("1 == 1.0 == True", "true"),
        ("9007199254740993 == 9007199254740992.0", "false"),
        ("9007199254740993 > 9007199254740992.0", "true"),
        ("'a' < 'b'", "true"),
        ("[1, 2] < [1, 3]", "true"),
        ("'1' == 1", "false"),
        ("None is None", "true"),
        ("1 is not None", "true"),
        ("1 is True", "false"),
        ("1 < 'a'", "TYPE_MISMATCH"),
        ("None < 1", "TYPE_MISMATCH"),
        ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1.0}", "true"),
        ("'a' in 'cat'", "true"),
        ("2 in [1, 2.0]", "true"),
        ("'x' in input", "true"),
        ("5 not in range(0, 10, 2)", "true"),
        ("4 in range(0, 10, 2)", "true"),
        ("set([1, 2]) == {2, 1}", "true"),
        ("{1} <= {1, 2}", "true"),
        ("1 in None", "TYPE_MISMATCH"),
    ]);
}

#[test]
fn logic_gives_the_operand_and_stops_early() {
    all_are(&[
        ("0 or 'a'", "\"a\""),
        ("'' or 0", "0"),
        ("1 and 'b'", "\"b\""),
        ("[] and 1/0", "[]"),
        ("not 1", "false"),
        ("1 if 0 else 2", "2"),
        ("1 if [0] else 1/0", "1"),
        ("any(1/x for x in [1, 0])", "true"),
        ("all(x for x in [0, 1])", "false"),
        ("next((r.id for r in input.rows if r.v > 10), None)", "2"),
        ("next((r for r in []), 'none')", "\"none\""),
        ("next(x for x in [])", "EVALUATION_FAILED"),
    ]);
}

#[test]
fn literals_comprehensions_lambdas_and_slices_work() {
    all_are(&[
        ("[r.id for r in input.rows if r.ok]", "[1,3]"),
        (
            "[x * y for x in [1, 2] for y in (10, 20) if y > 10]",
            "[20,40]",
        ),
        (
            "{r.id: r.v for r in input.rows}",
            r#"{"1":10,"2":20,"3":30}"#,
        ),
        ("{x for x in input.tags}", r#"["a","b"]"#),
        ("set(input.tags)", r#"["a","b"]"#),
        ("{'a': 1, **{'b': 2}}", r#"{"a":1,"b":2}"#),
        ("[*input.tags, 'c']", r#"["a","b","a","c"]"#),
        ("sum(r.v for r in input.rows)", "60"),
        (
            "[i + k for i, (j, k) in enumerate(zip([1, 2], [3, 4]))]",
            "[3,5]",
        ),
        ("[(lambda y: x + y)(1) for x in range(3)]", "[1,2,3]"),
        ("(lambda x, y=2: x * y)(3)", "6"),
        ("(lambda x, y=2: x * y)(3, y=4)", "12"),
        ("sorted(input.rows, key=lambda r: -r.v)[0].id", "3"),
        (
            "list(map(lambda r: r.id, filter(lambda r: r.ok, input.rows)))",
            "[1,3]",
        ),
        ("(lambda n: [x for x in range(n) if x % 2])(6)", "[1,3,5]"),
        (
            "[[x for x in range(n)] for n in range(3)]",
            "[[],[0],[0,1]]",
        ),
        ("input.name[1:]", "\"da\""),
        ("input.name[::-1]", "\"adA\""),
        ("[1,2,3,4][-3:-1]", "[2,3]"),
        ("[1,2,3][::-2]", "[3,1]"),
        ("[1,2,3][5:]", "[]"),
        ("'héé'[1]", "\"é\""),
        ("'añb'[1:]", "\"ñb\""),
        ("range(10)[2:5]", "[2,3,4]"),
        ("range(5)", "[0,1,2,3,4]"),
        ("range(5, 0, -2)", "[5,3,1]"),
        ("(1, 2)", "[1,2]"),
        ("()", "[]"),
        ("{}", "{}"),
        ("[1] + [2]", "[1,2]"),
        ("'a' + 'b'", "\"ab\""),
        ("'ab' * 2", "\"abab\""),
        ("2 * [1]", "[1,1]"),
        ("{'a': 1} | {'b': 2}", r#"{"a":1,"b":2}"#),
        ("{1, 2} & {2, 3}", "[2]"),
        ("{1, 2} - {2}", "[1]"),
        ("1,\n2", "[1,2]"),
        ("  1 +\n  2  ", "3"),
        ("'a' 'b'", "\"ab\""),
        ("true and not false", "true"),
        ("{1: 'a'}[1]", "\"a\""),
    ]);
}

#[test]
fn functions_do_what_pythons_do() {
    all_are(&[
        ("len('héé') + len([1]) + len({'a': 1})", "5"),
        ("str(1) + str(True) + str(None)", "\"1truenull\""),
        ("str([1, 'a'])", r#""[1,\"a\"]""#),
        ("int('42') + int(3.9) + int(' 7 ')", "52"),
        ("int('x')", "EVALUATION_FAILED"),
        ("int('99999999999999999999')", "VALUE_OUT_OF_RANGE"),
        ("int('ff', 16)", "255"),
        ("float('2.5') + float(1)", "3.5"),
        ("bool('') or bool(0)", "false"),
        ("list('ab')", r#"["a","b"]"#),
        ("list({'a': 1})", r#"["a"]"#),
        ("dict([['a', 1]], b=2)", r#"{"a":1,"b":2}"#),
        ("tuple([1])", "[1]"),
        ("sorted([3, 1, 2], reverse=True)", "[3,2,1]"),
        ("sorted(['b', 'a'])", r#"["a","b"]"#),
        ("sorted([1, 'a'])", "TYPE_MISMATCH"),
        ("list(reversed([1, 2]))", "[2,1]"),
        ("sum([1, 2.5])", "3.5"),
        ("sum([[1], [2]], [])", "[1,2]"),
        ("min(3, 1)", "1"),
        ("max([1, 5, 2])", "5"),
        ("max(input.rows, key=lambda r: r.v).id", "3"),
        ("min([], default=0)", "0"),
        ("max([])", "EVALUATION_FAILED"),
        ("any([0, 1]) and all([1, 1])", "true"),
        ("abs(-2.5)", "2.5"),
        ("round(2.5)", "2"),
        ("round(2.675, 2)", "2.67"),
        ("round(1234, -2)", "1200"),
        ("list(enumerate(['a'], 1))", r#"[[1,"a"]]"#),
        ("list(zip([1, 2], 'ab'))", r#"[[1,"a"],[2,"b"]]"#),
        ("isinstance(1, int)", "true"),
        ("isinstance('a', (int, str))", "true"),
        ("isinstance(True, int)", "true"),
        ("isinstance(None, str)", "false"),
        ("type(1) == int", "true"),
        ("type('a') in (int, str)", "true"),
        ("type([]) is list", "true"),
        ("pow(2, 3)", "8"),
        ("divmod(7, 2)", "[3,1]"),
        ("hasattr(input, 'x')", "true"),
        ("getattr(input, 'q', 1)", "1"),
        ("upper('a') + lower('B') + strip(' c ')", "\"Abc\""),
        ("split('a,b', ',')", r#"["a","b"]"#),
        ("join(',', ['a', 'b'])", "\"a,b\""),
        ("replace('aa', 'a', 'b')", "\"bb\""),
        ("startswith('ab', 'a') and endswith('ab', 'b')", "true"),
        ("format('{} {x}', 1, x=2)", "\"1 2\""),
        ("sqrt(16) + floor(1.5) + ceil(1.5)", "7.0"),
        ("math.sqrt(4) + math.pi", "5.141592653589793"),
        ("isnan(nan)", "true"),
        ("sqrt(-1)", "EVALUATION_FAILED"),
        ("log(0)", "EVALUATION_FAILED"),
        ("exp(1000)", "VALUE_OUT_OF_RANGE"),
        ("now()", "\"2023-11-14T22:13:20.250Z\""),
        ("int(time.time())", "1700000000"),
        ("datetime.now().isoformat()[:10]", "\"2023-11-14\""),
        ("now().strftime('%Y/%m')", "\"2023/11\""),
        ("now().strftime('%Q')", "EVALUATION_FAILED"),
        ("json.loads('{\"a\": [1]}').a[0]", "1"),
        ("json.dumps({'a': 1})", r#""{\"a\":1}""#),
        ("json.loads('{')", "EVALUATION_FAILED"),
        ("list(map(str, [1, 2]))", r#"["1","2"]"#),
        ("list(filter(None, [0, 1, '']))", "[1]"),
        ("map(len, ['a', 'bb'])", "[1,2]"),
        ("re.search('[0-9]+', 'ab12')", "\"12\""),
        ("re.match('b', 'ab')", "null"),
        ("re.sub('a+', '-', 'caat')", "\"c-t\""),
        ("re.findall('[a-z]', 'a1b')", r#"["a","b"]"#),
        ("chr(97) + str(ord('a')) + hex(255)", "\"a970xff\""),
    ]);
}

#[test]
fn methods_do_what_pythons_do() {
    all_are(&[
        ("'a-b'.split('-')", r#"["a","b"]"#),
        ("' a  b '.split()", r#"["a","b"]"#),
        ("'a b c'.split(None, 1)", r#"["a","b c"]"#),
        ("'a,b,c'.rsplit(',', 1)", r#"["a,b","c"]"#),
        ("', '.join(x for x in ['a', 'b'])", "\"a, b\""),
        ("', '.join([1])", "TYPE_MISMATCH"),
        ("'aXa'.replace('a', 'b', 1)", "\"bXa\""),
        ("'xax'.strip('x')", "\"a\""),
        ("'abc'.startswith(('x', 'a'))", "true"),
        (
            "'hello world'.title() + 'ABC'.capitalize()",
            "\"Hello WorldAbc\"",
        ),
        ("'abcb'.find('b') + 'abcb'.rfind('b')", "4"),
        ("'é1'.index('1')", "1"),
        ("'aa'.count('a')", "2"),
        ("'12'.isdigit() and not ''.isdigit()", "true"),
        ("'5'.zfill(3) + '-5'.zfill(4)", "\"005-005\""),
        ("'a'.center(4, '*')", "\"*a**\""),
        ("'a'.center(3, '*')", "\"*a*\""),
        ("'a'.ljust(3) + '|'", "\"a  |\""),
        ("'a\\nb'.splitlines()", r#"["a","b"]"#),
        ("'k=v'.partition('=')", r#"["k","=","v"]"#),
        ("'ab'.removeprefix('a')", "\"b\""),
        ("input.get('x')", "5"),
        ("input.get('q', 9)", "9"),
        ("list({'a': 1}.keys())", r#"["a"]"#),
        ("{'a': 1}.items()", r#"[["a",1]]"#),
        ("sum({'a': 1, 'b': 2}.values())", "3"),
        ("[1, 2, 1].count(1)", "2"),
        ("[1, 2].index(2)", "1"),
        ("[1].index(3)", "EVALUATION_FAILED"),
        ("{1, 2}.union([3])", "[1,2,3]"),
        ("{1, 2}.issuperset([1])", "true"),
        ("(5).upper()", "TYPE_MISMATCH"),
        ("2.0.is_integer()", "true"),
        (
            "'{:>5}|{:<4}|{:^3}'.format('a', 'b', 'c')",
            "\"    a|b   | c \"",
        ),
        ("'{:,}'.format(1234567)", "\"1,234,567\""),
        ("'{:.2f} {:.0%}'.format(3.14159, 0.5)", "\"3.14 50%\""),
        ("'{0}{0}{1[0]}{x.y}'.format(1, [2], x={'y': 3})", "\"1123\""),
        ("f'{input.x:>3}{3.14159:.1f}'", "\"  53.1\""),
        ("f'{1 + 1}{{}}{True}'", "\"2{}true\""),
        ("f'{input.name!r}'", r#""\"Ada\"""#),
        ("f'{5:0>{3}}'", "\"005\""),
        ("'{:05d}'.format(-42)", "\"-0042\""),
        ("'{:+.1e}'.format(12345.678)", "\"+1.2e+04\""),
        ("'{:x}'.format(255)", "\"ff\""),
        ("format(0.1 + 0.2, '.3g')", "\"0.3\""),
        ("'{'.format()", "EVALUATION_FAILED"),
        ("'{}'.format()", "EVALUATION_FAILED"),
    ]);
}

#[test]
fn a_field_of_a_map_wins_over_a_method() {
    all_are(&[
        ("input.items", "[1,2]"),
        ("data.items[0]", "1"),
        ("{'get': 5}.get", "5"),
        ("len(data.items) if data.items else 0", "3"),
        // In a call, only the method makes sense.
        ("len(data.items())", "3"),
    ]);
}

#[test]
fn names_known_only_at_evaluation_are_locals_but_functions_stay_functions() {
    let names = crate::expr::Names {
        any_local: true,
        memo: None,
        ..names()
    };
    let value = |text: &str| {
        let expr = Expr::compile(text, &names).unwrap();
        expr.eval(&super::World::usual(), &mut Budget::standard())
            .map(|v| v.to_json())
    };
    assert_eq!(value("len").unwrap(), "9");
    assert_eq!(value("len([1])").unwrap(), "1");
    assert_eq!(value("input.x + value").unwrap(), "9");
    assert_eq!(value("pi > 3").unwrap(), "true");
    assert_eq!(value("unheard_of or 1").unwrap(), "1");
    assert!(value("unheard_of").is_err());
    assert!(Expr::compile("unheard_of()", &names).is_err());
}

#[test]
fn urlencode_encodes_for_one_part_of_a_url() {
    all_are(&[
        ("urlencode('new york')", "\"new%20york\""),
        (
            r"urlencode('a/b?c=d&e#f%g\\h')",
            "\"a%2Fb%3Fc%3Dd%26e%23f%25g%5Ch\"",
        ),
        ("urlencode('Grüße-._~')", "\"Gr%C3%BC%C3%9Fe-._~\""),
        ("urlencode('日本')", "\"%E6%97%A5%E6%9C%AC\""),
        ("urlencode('')", "\"\""),
        ("urlencode(7) + urlencode(True)", "\"7true\""),
        (
            "urlencode({'q': 'a b&c', 'n': [1, None, 'x'], 'no': None, 'k y': 2.5})",
            "\"q=a%20b%26c&n=1&n=x&k%20y=2.5\"",
        ),
        ("urlencode({})", "\"\""),
        ("urlencode(None)", "TYPE_MISMATCH"),
        ("urlencode([1])", "TYPE_MISMATCH"),
        ("urlencode({'a': {'b': 1}})", "TYPE_MISMATCH"),
        ("urlencode({'a': [[1]]})", "TYPE_MISMATCH"),
        ("urlencode()", "TYPE_MISMATCH"),
        ("urlencode('a', 'b')", "TYPE_MISMATCH"),
    ]);
}
