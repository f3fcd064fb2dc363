//! Large files: checking time grows linearly with the size.

use std::time::Instant;

use types::ErrorCode;

use super::found;

/// A release build may take 200 ms. Test builds are not fully optimized and run in parallel on
/// loaded machines, but anything that grows faster than the file still exceeds this by far.
const LIMIT_MS: u128 = 5_000;

#[track_caller]
fn timed(text: &str) -> Vec<super::Diagnostic> {
    let start = Instant::now();
    let found = found(text);
    let took = start.elapsed().as_millis();
    println!("{took} ms for {} bytes", text.len());
    assert!(took < LIMIT_MS, "{took} ms");
    found
}

#[test]
fn i10_ten_thousand_stages_and_a_hundred_thousand_edges() {
    let stages: Vec<String> = (0..10_000)
        .map(|n| {
            let first = if n > 10 { n - 10 } else { 0 };
            let names: Vec<String> = (first..n).map(|other| format!("\"stage-{other}\"")).collect();
            let read = if n > 50 { format!("{{{{upstream.stage-{}.x}}}}", n - 50) } else { String::new() };
            format!(
                r#"{{"id":"stage-{n}","type":"logger","depends_on":[{}],"config":{{"message":"{read}"}}}}"#,
                names.join(",")
            )
        })
        .collect();
    let text = format!(r#"{{"name":"p","stages":[{}]}}"#, stages.join(","));
    assert_eq!(timed(&text).len(), 0);
}

#[test]
fn i10_one_cycle_of_ten_thousand_stages_is_one_finding() {
    let stages: Vec<String> = (0..10_000)
        .map(|n| {
            format!(
                r#"{{"id":"s{n}","type":"logger","depends_on":["s{}"]}}"#,
                (n + 1) % 10_000
            )
        })
        .collect();
    let found = timed(&format!(
        r#"{{"name":"p","stages":[{}]}}"#,
        stages.join(",")
    ));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, ErrorCode::Cycle);
    assert!(found[0].message.len() < 1_000);
}

#[test]
fn i10_a_prompt_of_a_megabyte() {
    let prompt = "word \\n ".repeat(130_000);
    let text = format!(
        r#"{{"name":"p","stages":[{{"id":"a","type":"generator","config":{{"prompt":"{prompt}{{{{input.x}}}}"}}}}]}}"#
    );
    assert_eq!(timed(&text).len(), 0);
}

#[test]
fn i10_ten_thousand_findings_in_one_long_line() {
    let stages: Vec<String> = (0..10_000)
        .map(|n| format!(r#"{{"id":"s{n}","type":"genrator","depends_on":["t{n}"]}}"#))
        .collect();
    let found = timed(&format!(
        r#"{{"name":"p","stages":[{}]}}"#,
        stages.join(",")
    ));
    assert_eq!(found.len(), 20_000);
    assert!(found.iter().all(|d| d.line == 1));
}

#[test]
fn i10_more_stages_than_allowed_are_one_finding() {
    let stages: Vec<String> = (0..20_001)
        .map(|n| format!(r#"{{"id":"s{n}","type":"logger"}}"#))
        .collect();
    let found = timed(&format!(
        r#"{{"name":"p","stages":[{}]}}"#,
        stages.join(",")
    ));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, ErrorCode::LimitExceeded);
}

#[test]
fn i10_control_stages_nested_in_very_many_ways() {
    // Each of forty layers contains the next one in two lists of two stages each.
    let mut stages = Vec::new();
    for layer in 0..90 {
        for side in 0..2 {
            let (a, b) = (
                format!("\"s{}x0\"", layer + 1),
                format!("\"s{}x1\"", layer + 1),
            );
            stages.push(format!(
                r#"{{"id":"s{layer}x{side}","type":"conditional","config":{{"condition":1,"true_branch_stages":[{a},{b}],"false_branch_stages":[{a},{b}]}}}}"#
            ));
        }
    }
    stages.push(
        r#"{"id":"s90x0","type":"logger"},{"id":"s90x1","type":"logger","depends_on":["s90x0"]}"#
            .into(),
    );
    timed(&format!(
        r#"{{"name":"p","stages":[{}]}}"#,
        stages.join(",")
    ));
}

#[test]
fn i10_thousands_of_typing_errors_of_each_kind_are_not_compared_with_thousands_of_names() {
    type Stage = fn(usize) -> String;
    let kinds: [(&str, Stage); 4] = [
        ("upstream", |n| {
            format!(
                r#"{{"id":"s{n}","type":"logger","config":{{"message":"{{{{upstream.q{n}.x}}}}"}}}}"#
            )
        }),
        ("component", |n| {
            format!(r#"{{"id":"s{n}","type":"genrator{n}"}}"#)
        }),
        ("dependency", |n| {
            format!(
                r#"{{"id":"s{n}","type":"logger","depends_on":["q{n}"],"config":{{"message":""}}}}"#
            )
        }),
        ("variable", |n| {
            format!(
                r#"{{"id":"s{n}","type":"variable_set","config":{{"name":"v{n}","value":"{{{{context.w{n}}}}}"}}}}"#
            )
        }),
    ];
    for (kind, stage) in kinds {
        let stages: Vec<String> = (0..5_000).map(stage).collect();
        let found = timed(&format!(
            r#"{{"name":"p","stages":[{}]}}"#,
            stages.join(",")
        ));
        assert!(found.len() >= 5_000, "{kind}: {}", found.len());
    }
}
