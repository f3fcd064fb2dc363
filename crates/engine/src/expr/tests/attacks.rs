//! Cases X01–X04, X07 and X08 of the catalogue of attacks; X05 and X06 are in `budget`.

use types::ErrorCode;

use super::{all_are, code, shown};

#[test]
fn x01_no_host_object_is_reachable() {
    for text in [
        "().__class__",
        "''.__class__.__mro__",
        "[].__class__.__base__.__subclasses__()",
        "(1).__class__",
        "(lambda: 0).__globals__",
        "(lambda: 0).__code__",
        "len.__self__",
        "now().__class__",
        "'{0.__class__}'.format(1)",
        "'{0.__class__.__init__}'.format(input)",
        "f'{().__class__}'",
        "str.__subclasses__()",
        "getattr('', '__class__')",
        "getattr(input, '__class__')",
        "{}.__class__",
        "[x.__class__ for x in [1]]",
        "type(1).__name__",
        "json.__builtins__",
        "re.sys",
        "math.__loader__",
        "datetime.datetime.__init__",
        "input.constructor",
        "self",
        "this",
        "globalThis",
    ] {
        assert!(
            matches!(
                code(text),
                ErrorCode::UnknownName
                    | ErrorCode::UnknownFunction
                    | ErrorCode::MissingPath
                    | ErrorCode::EvaluationFailed
            ),
            "{text} gives {:?}",
            code(text)
        );
    }
    assert_eq!(code("().__class__"), ErrorCode::UnknownName);
}

#[test]
fn x02_environment_file_process_network_import_clock_and_random_do_not_exist() {
    for text in [
        "open('/etc/passwd')",
        "__import__('os')",
        "exec('1')",
        "eval('1')",
        "compile('1')",
        "globals()",
        "locals()",
        "vars()",
        "dir()",
        "input('x')",
        "print(1)",
        "random()",
        "os.environ",
        "os.system('id')",
        "sys.exit()",
        "subprocess.run('id')",
        "random.random()",
        "time.sleep(9)",
        "datetime.today()",
        "uuid4()",
        "socket.socket()",
        "getenv('PATH')",
        "breakpoint()",
        "help()",
        "memoryview(1)",
        "setattr(input, 'x', 1)",
    ] {
        assert!(
            matches!(
                code(text),
                ErrorCode::UnknownName | ErrorCode::UnknownFunction
            ),
            "{text} gives {:?}",
            code(text)
        );
    }
    // The clock is the recorded time.
    assert_eq!(shown("now()"), shown("now()"));
}

#[test]
fn x03_compiling_executes_nothing() {
    // A program of which each part would fail at evaluation compiles without an error.
    let names = super::names();
    for text in [
        "1/0",
        "[0]*10**10",
        "[x for x in range(10**9)]",
        "int('x')",
        "input.nope",
    ] {
        assert!(crate::expr::Expr::compile(text, &names).is_ok(), "{text}");
    }
}

#[test]
fn x07_patterns_are_linear_and_limited_in_size() {
    all_are(&[
        (r"re.search('(a+)+$', 'a' * 30000 + 'b')", "null"),
        (r"re.search('(a|a)*b', 'a' * 30000)", "null"),
        (r"re.search('(x{1,1000}){1,1000}', 'x')", "TYPE_MISMATCH"),
        (r"re.search('a{1,100000}', 'x')", "TYPE_MISMATCH"),
        ("re.search('a' * 10000, 'x')", "EVALUATION_FAILED"),
        (
            "re.search('|'.join(['word' + str(i) for i in range(100)]), 'a word77 b')",
            "\"word7\"",
        ),
        (r"re.search('(', 'x')", "TYPE_MISMATCH"),
        (r"re.search('(?P<a>(?P<b>x))(\\1)', 'x')", "TYPE_MISMATCH"),
        (r"re.sub('', 'b' * 1000, 'a' * 100000)", "EXPRESSION_BUDGET"),
    ]);
    let nested = format!("re.search('{}x{}', 'x')", "(".repeat(400), ")".repeat(400));
    assert_eq!(code(&nested), ErrorCode::TypeMismatch);
}

#[test]
fn x08_keys_that_mean_something_elsewhere_are_plain_keys() {
    all_are(&[
        ("input.__proto__", "\"plain\""),
        ("{'__proto__': 1}.__proto__", "1"),
        ("{'constructor': 1, 'toString': 2}['toString']", "2"),
        ("{'hasOwnProperty': 1}.get('hasOwnProperty')", "1"),
        (
            "{'prototype': {'__class__': 3}}",
            r#"{"prototype":{"__class__":3}}"#,
        ),
    ]);
}
