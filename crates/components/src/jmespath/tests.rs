//! Results of JMESPath expressions; hostile expressions end within the budget.

use std::time::{Duration, Instant};

use engine::{Value, expr::Budget};
use types::ErrorCode;

use super::search;

const DATA: &str = r#"{"a":{"b":[{"c":3,"n":"x"},{"c":1,"n":"y"},{"n":"z"}]},
    "l":[[1,2],[3,[4]],5],"e":[],"s":"text","f":2.5,"o":{"k":1,"j":2},"z":0}"#;

fn found(text: &str) -> String {
    let data = Value::parse_json(DATA).unwrap();
    match search(text, &data, &mut Budget::standard()) {
        Ok(value) => value.to_json(),
        Err(error) => error.code.as_str().to_owned(),
    }
}

#[test]
fn expressions_have_the_results_that_jmespath_specifies() {
    for (text, wanted) in [
        ("a.b[0].c", "3"),
        ("a.b[-1].n", "\"z\""),
        ("a.b[-9]", "null"),
        ("a.b[*].c", "[3,1]"),
        ("a.b[?c > `1`].n", "[\"x\"]"),
        ("a.b[?n == 'y'] | [0].c", "1"),
        ("a.b[:2].n", "[\"x\",\"y\"]"),
        ("a.b[::-1].n", "[\"z\",\"y\",\"x\"]"),
        ("l[]", "[1,2,3,[4],5]"),
        ("l[][]", "[1,2,3,4,5]"),
        ("o.*", "[1,2]"),
        ("o.[k, j]", "[1,2]"),
        ("{one: o.k, two: s}", r#"{"one":1,"two":"text"}"#),
        ("nope.x || s", "\"text\""),
        ("z && s", "\"text\""),
        ("!e", "true"),
        ("`{\"a\": [1, 2.5]}`.a[1]", "2.5"),
        ("sort_by(a.b[?c], &c)[*].n", "[\"y\",\"x\"]"),
        ("max_by(a.b[?c], &c).n", "\"x\""),
        ("min(a.b[*].c)", "1"),
        ("map(&n, a.b)", "[\"x\",\"y\",\"z\"]"),
        ("sum(l[0])", "3"),
        ("avg(l[0])", "1.5"),
        ("ceil(f)", "3"),
        ("length(s)", "4"),
        ("keys(o)", "[\"k\",\"j\"]"),
        ("merge(o, {k: `5`})", r#"{"k":5,"j":2}"#),
        ("join('-', a.b[*].n)", "\"x-y-z\""),
        ("contains(s, 'ex')", "true"),
        ("to_string(l[0])", "\"[1,2]\""),
        ("to_number('7')", "7"),
        ("type(e)", "\"array\""),
        ("not_null(nope, f)", "2.5"),
        ("reverse(s)", "\"txet\""),
        ("nope(s)", "EVALUATION_FAILED"),
        ("length(f)", "EVALUATION_FAILED"),
        ("sort(l)", "EVALUATION_FAILED"),
        ("a.b[", "EVALUATION_FAILED"),
        ("&a", "EVALUATION_FAILED"),
        ("a[::0]", "EVALUATION_FAILED"),
    ] {
        assert_eq!(found(text), wanted, "{text}");
    }
}

#[test]
fn x09_hostile_expressions_end_in_time_with_an_error() {
    let pile = |n: usize, open: &str, close: &str| open.repeat(n) + "a" + &close.repeat(n);
    let cases = [
        // Doubles with each pipe: small in memory, huge as text.
        "[@,@]".to_owned() + &"|[@,@]".repeat(30),
        "[@,@]".to_owned() + &"|[@,@]".repeat(30) + &"|[]".repeat(30),
        "{a:@,b:@}".to_owned() + &"|{a:@,b:@}".repeat(25),
        "to_string(".to_owned() + &"[@,@]|".repeat(28) + "@)",
        "[@,@]".to_owned() + &"|[@,@]".repeat(24) + "|@==@",
        "[@,@]|".repeat(20) + &"[*]".repeat(20),
        "join('aaaaaaaaaa',`[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]`)|".repeat(9)
            + "join(@,[@,@,@,@,@,@,@,@])|join(@,[@,@,@,@,@,@,@,@])|join(@,[@,@,@,@,@,@,@,@])|\
               join(@,[@,@,@,@,@,@,@,@])|join(@,[@,@,@,@,@,@,@,@])|join(@,[@,@,@,@,@,@,@,@])|\
               join(@,[@,@,@,@,@,@,@,@])",
        "a[*]".repeat(600),
        "a".to_owned() + &"[*]".repeat(2_000),
        "a".to_owned() + &".a".repeat(3_000),
        "a".to_owned() + &"|a".repeat(3_000),
        "a".to_owned() + &"||a".repeat(2_000),
        "*".to_owned() + &".*".repeat(3_000),
        "!".repeat(8_000) + "a",
        pile(3_000, "(", ")"),
        pile(3_000, "[", "]"),
        pile(2_000, "[?", "]"),
        pile(1_500, "{a:", "}"),
        pile(900, "length(", ")"),
        "[".repeat(8_000),
        "]".repeat(8_000),
        "`".to_owned() + &"[".repeat(7_000) + "`",
        "a[-2147483648]".to_owned(),
        "a[2147483647:-2147483647:-2147483647]".to_owned(),
        "a[99999999999]".to_owned(),
        "x".repeat(1 << 20),
        "\"\\u0000\"".to_owned(),
        "'\\".to_owned(),
    ];
    let run = move || {
        for text in &cases {
            let start = Instant::now();
            let data = Value::parse_json(DATA).unwrap();
            let result = search(text, &data, &mut Budget::standard());
            let shown: String = text.chars().take(60).collect();
            if let Err(error) = &result {
                assert!(
                    matches!(
                        error.code,
                        ErrorCode::ExpressionBudget
                            | ErrorCode::EvaluationFailed
                            | ErrorCode::NestingTooDeep
                    ),
                    "{shown}: {error:?}"
                );
                assert!(error.message.len() < 20_000, "{shown}");
            }
            let patience = Duration::from_secs(2);
            assert!(start.elapsed() < patience, "{shown}: {:?}", start.elapsed());
        }
    };
    // Half of the default stack size of a thread.
    std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}
