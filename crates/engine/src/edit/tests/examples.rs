//! `docs/editing.md` says what is true.

use super::{applied, differences, edits, registry};
use crate::edit::between;

const PAGE: &str = include_str!("../../../../../docs/editing.md");

/// The fenced blocks of the page: what follows the fence, and the text.
fn blocks() -> Vec<(String, String)> {
    let mut parts = PAGE.split("```");
    parts.next();
    let mut out = Vec::new();
    while let (Some(block), Some(_)) = (parts.next(), parts.next()) {
        let (kind, text) = block.split_once('\n').unwrap();
        // Commands are for people to try.
        if kind != "sh" {
            out.push((kind.to_owned(), text.to_owned()));
        }
    }
    out
}

#[test]
fn the_examples_are_what_edits_do() {
    let blocks = blocks();
    let text = &blocks[0].1;
    assert_eq!(blocks[0].0, "json pipeline");
    let examples: Vec<_> = blocks[1..].chunks(2).collect();
    assert_eq!(examples.len(), 4);
    for example in examples {
        assert_eq!((&*example[0].0, &*example[1].0), ("json edits", "diff"));
        let new = applied(text, &edits(&example[0].1));
        let (lost, came) = differences(text, &new);
        let lines = |sign: char| -> Vec<&str> {
            let lines = example[1].1.lines();
            lines.filter_map(|line| line.strip_prefix(sign)).collect()
        };
        assert_eq!(lost, lines('-'), "{new}");
        assert_eq!(came, lines('+'), "{new}");
        // And the other way round.
        let found = between(text, &new, &registry()).unwrap();
        assert_eq!(applied(text, &found), new);
    }
}

#[test]
fn the_table_has_all_edits() {
    for op in [
        "addStage",
        "removeStage",
        "renameStage",
        "moveStage",
        "reorderStage",
        "include",
        "exclude",
        "connect",
        "disconnect",
        "setField",
        "unsetField",
        "reformat",
    ] {
        assert!(PAGE.contains(&format!("\n| `{op}` |")), "{op}");
    }
}
