//! Expensive work within one step: in one hash, one comparison or one search.

use types::ErrorCode;

use super::{
    all_are,
    budget::{PATIENCE, outcome},
};

/// Programs that once were stopped by the clock only long after the limit.
#[test]
fn x05_x06_the_cost_of_one_step_is_bounded() {
    let long = "'k'*5000000";
    let set = "{*[[[[[i]*20]*20]*18]*4 for i in range(20)]}";
    let any_case = |class: &str, n: usize| format!("re.search('(?i){}', 'a')", class.repeat(n));
    let noise = "''.join('ab'[(i*i*7+i//3+i*i*i%11)%2] for i in range(30000))";
    let mut programs = vec![
        // Keys of megabytes, hashed each time.
        format!("(lambda k: any({{k: i}} == 1 for i in range(10**6)))({long})"),
        format!(
            "(lambda k: (lambda d: any({{**d}} == 2 for i in range(10**6)))({{k: 1}}))({long})"
        ),
        format!("(lambda k: (lambda d: any((d|d) == 2 for i in range(10**6)))({{k: 1}}))({long})"),
        format!(
            "(lambda k: (lambda d: any(d.get(k) == 2 for i in range(10**6)))({{k: 1}}))({long})"
        ),
        format!("(lambda k: any(dict([[k, 1]]) == 2 for i in range(10**6)))({long})"),
        format!("any(context.get(k) for k in [{long}] for i in range(10**6))"),
        // Many prefixes, each compared up to its end.
        "('a'*10**6).startswith(['a'*999999+'b']*10**5)".to_owned(),
        // Values that are small in memory and enormous as text.
        "json.dumps([[[[[1]*30]*30]*30]*30]*30)".to_owned(),
        "urlencode('ü'*9999999)".to_owned(),
        "urlencode({'a': ['ü'*9999]*9999})".to_owned(),
        "(lambda f: str(f(f, 40, [1])))(lambda f, n, v: v if n == 0 else f(f, n-1, [v, v]))"
            .to_owned(),
        // Sets with such members.
        format!("(lambda a, b: any((a == b) + 1 < 0 for i in range(10**5)))({set}, {set})"),
        format!("(lambda a, b: any((a & b) == 1 for i in range(10**5)))({set}, {set})"),
        format!("(lambda a, b: any(a.isdisjoint(b) for i in range(10**5)))({set}, {set})"),
        // Integers that are equal when converted to doubles.
        "{2**62 + i for i in range(200000)}".to_owned(),
        // Patterns that are slow to compile, slow to search, or searched to the end again and
        // again.
        any_case(r"\\pL", 240),
        any_case(r"[\\pL]", 150),
        any_case(r"[\\u0100-\\uffff]", 60),
        any_case(r"[\\0-\\U0010ffff]", 40),
        format!("re.search('[ab]*a[ab]{{900}}c', {noise})"),
        format!("re.findall(r'\\b[ab]*a[ab]{{300}}c|é', 'é' + {noise})"),
        "re.split('.*b|a', 'a'*60000)".to_owned(),
        "re.sub('.*b|a', '', 'a'*60000)".to_owned(),
        r"re.search('\\b\\w+\\b', 'é'*2000000)".to_owned(),
        // Unicode tables, once per character.
        "('é'*7000000).isalnum()".to_owned(),
        "sorted(range(190000), reverse=True)".to_owned(),
    ];
    programs.push(format!("[{}]", "[".repeat(99) + &"]".repeat(99)));
    let mut wrong = Vec::new();
    for text in programs {
        let (code, took, memory) = outcome(&text);
        let clean = code.is_none_or(|code| {
            matches!(
                code,
                ErrorCode::ExpressionBudget | ErrorCode::TypeMismatch | ErrorCode::MissingPath
            )
        });
        if !clean || took > PATIENCE || memory > 32 << 20 {
            let shown: String = text.chars().take(80).collect();
            wrong.push(format!("{shown}: {code:?}, {took:?}, {memory} bytes"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_message_never_carries_a_megabyte() {
    for text in [
        "getattr({}, 'b'*1000000)",
        "{}['b'*1000000]",
        "('{0.' + 'a'*10**6 + '}').format({})",
        "('{' + 'a'*10**6 + '}').format(1)",
    ] {
        let error = super::eval(text).unwrap_err();
        assert!(
            error.message.chars().count() <= 501,
            "{}",
            error.message.len()
        );
    }
}

#[test]
fn patterns_find_what_pythons_find() {
    all_are(&[
        (
            r"re.findall('\\b\\w+\\b', 'über die Brücke, 7 mal')",
            r#"["über","die","Brücke","7","mal"]"#,
        ),
        (r"re.findall('(\\w+)@', 'ann@x bob@y')", r#"["ann","bob"]"#),
        (r"re.findall('(a)(b)', 'abab')", r#"["ab","ab"]"#),
        ("re.findall('', 'aé')", r#"["","",""]"#),
        ("re.sub('x*', '-', 'abx')", r#""-a-b-""#),
        ("re.split('[,;] *', 'a, b;c')", r#"["a","b","c"]"#),
        ("re.split(',', 'a,b,c', 1)", r#"["a","b,c"]"#),
        ("re.sub('a', 'b', 'aaa', 2)", r#""bba""#),
        ("re.search('(?i)STRASSE|weg', 'Am Weg')", r#""Weg""#),
        ("re.search('a+?b', 'xaab')", r#""aab""#),
        ("re.match('b', 'ab')", "null"),
        ("re.match('a|ab', 'abc')", r#""a""#),
        ("re.fullmatch('a|ab', 'ab')", r#""ab""#),
        ("re.search('^b', 'a\\nb')", "null"),
        ("re.findall('(?m)^\\\\w', 'a\\nb')", r#"["a","b"]"#),
        ("re.findall('(?m)\\\\w$', 'ab\\ncd')", r#"["b","d"]"#),
        ("re.findall('\\\\bb', 'ab b')", r#"["b"]"#),
        ("re.search('é(.)', 'caféx')", r#""éx""#),
        ("re.findall('[^é]', 'éaé€')", r#"["a","€"]"#),
    ]);
}
