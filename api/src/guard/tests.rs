//! The limits at n and n + 1, and texts that try to cost more than their length.

use std::time::{Duration, Instant};

use super::*;

fn code(text: &str) -> Option<ErrorCode> {
    parse(text).err().map(|error| error.code)
}

const LIMIT: Option<ErrorCode> = Some(ErrorCode::LimitExceeded);

fn nested(levels: usize) -> String {
    format!("{{{}a{}}}", "a{".repeat(levels - 1), "}".repeat(levels - 1))
}

#[test]
fn g01_sixteen_levels_pass_and_seventeen_do_not_by_fields_fragments_and_inline() {
    assert_eq!(code(&nested(16)), None);
    assert_eq!(code(&nested(17)), LIMIT);
    let by_fragment =
        |levels: usize| format!("query {{ ...F }} fragment F on Query {}", nested(levels));
    assert_eq!(code(&by_fragment(16)), None);
    assert_eq!(code(&by_fragment(17)), LIMIT);
    let inline = |levels: usize| {
        format!(
            "{{{}a{}}}",
            "... on Q{a{".repeat(levels - 1),
            "}}".repeat(levels - 1)
        )
    };
    assert_eq!(code(&inline(16)), None);
    assert_eq!(code(&inline(17)), LIMIT);
}

#[test]
fn g03_a_hundred_aliases_pass_and_one_more_does_not() {
    let of = |n: usize| {
        let fields: String = (0..n).map(|i| format!("a{i}: viewer{{role}} ")).collect();
        format!("{{{fields}}}")
    };
    assert_eq!(code(&of(100)), None);
    assert_eq!(code(&of(101)), LIMIT);
    assert_eq!(code(&of(1000)), LIMIT);
}

#[test]
fn g05_floods_of_fields_and_directives_are_refused_within_20_ms() {
    let directives = |n: usize| format!("{{a {}}}", "@skip(if:false) ".repeat(n));
    assert_eq!(code(&directives(50)), None);
    assert_eq!(code(&directives(51)), LIMIT);
    let spread: String = (0..1000).map(|_| "a @skip(if:true) ").collect();
    let floods = [
        format!("{{{}}}", "a ".repeat(50_000)),
        format!("{{{}}}", "a ".repeat(32_000)),
        format!("{{a {}}}", "@a ".repeat(10_000)),
        format!("{{{spread}}}"),
    ];
    for flood in floods {
        let start = Instant::now();
        assert_eq!(code(&flood), LIMIT);
        assert!(
            start.elapsed() < Duration::from_millis(20),
            "{:?}",
            start.elapsed()
        );
    }
}

#[test]
fn g06_circular_unused_reused_and_doubling_fragments_are_refused() {
    let invalid = Some(ErrorCode::InvalidInput);
    assert_eq!(code("{...A} fragment A on Q{...A}"), invalid);
    assert_eq!(
        code("{...A} fragment A on Q{...B} fragment B on Q{a{...A}}"),
        invalid
    );
    assert_eq!(
        code("{...A} fragment A on Q{a} fragment A on Q{b}"),
        invalid
    );
    let unused: String = (0..10_000)
        .map(|i| format!("fragment f{i} on Q{{a}} "))
        .collect();
    assert_eq!(code(&format!("{{a}} {unused}")), LIMIT);
    let doubling: String = (0..40)
        .map(|i| format!("fragment f{i} on Q{{...f{n} ...f{n}}} ", n = i + 1))
        .collect();
    let start = Instant::now();
    assert_eq!(
        code(&format!("{{...f0}} {doubling} fragment f40 on Q{{a}}")),
        LIMIT
    );
    let chain: String = (0..2_000)
        .map(|i| format!("fragment f{i} on Q{{...f{}}} ", i + 1))
        .collect();
    assert_eq!(
        code(&format!("{{...f0}} {chain} fragment f2000 on Q{{a}}")),
        LIMIT
    );
    assert!(start.elapsed() < Duration::from_millis(100));
}

#[test]
fn g07_long_deep_and_overfull_documents_are_refused() {
    let padded = |n: usize| format!("{{a}}{}", " ".repeat(n - 3));
    assert_eq!(code(&padded(64 * 1024)), None);
    assert_eq!(code(&padded(64 * 1024 + 1)), LIMIT);
    assert_eq!(
        code(&format!(
            "{{a(x:{}1{})}}",
            "[".repeat(60_000),
            "]".repeat(4_000)
        )),
        LIMIT
    );
    assert_eq!(code(&"{".repeat(60_000)), LIMIT);
    let variables = |n: usize| {
        let list: String = (0..n).map(|i| format!("$v{i}:Int ")).collect();
        format!("query({list}){{a}}")
    };
    assert_eq!(code(&variables(200)), None);
    assert_eq!(code(&variables(201)), LIMIT);
    assert_eq!(code(&variables(10_000)), LIMIT);
}

#[test]
fn an_integer_outside_64_bits_is_refused_and_not_rounded() {
    let range = Some(ErrorCode::ValueOutOfRange);
    assert_eq!(code("{a(x: 9223372036854775807)}"), None);
    assert_eq!(code("{a(x: 9223372036854775808)}"), range);
    assert_eq!(code("{a(x: \"9223372036854775808\")}"), None);
    assert!(json_integers_fit(br#"{"a": -9223372036854775808, "b": 1e30}"#).is_ok());
    assert!(json_integers_fit(br#"{"a": -9223372036854775809}"#).is_err());
    assert!(json_integers_fit(br#"{"a": "x\"9223372036854775808"}"#).is_ok());
}
