//! What edits promise.

mod between;
mod changes;
mod errors;
mod examples;
mod hostile;
mod limits;
mod made;
mod properties;
mod rebasing;
mod renaming;
mod speed;

use std::sync::LazyLock;

use proptest::prelude::ProptestConfig;

use super::{Applied, Edit, EditError, apply};
use crate::component::Registry;

/// The same for all tests: what it derives from the schemas is derived once.
pub(super) fn registry() -> Registry {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(crate::check::fixtures::registry);
    REGISTRY.clone()
}

/// How many cases of what edits promise run with the other tests.
pub(super) const PROMISES: u32 = 10_000;
/// How many cases of everything else do.
pub(super) const REST: u32 = 1_000;

/// So many cases, unless `PROPTEST_CASES` gives another number.
pub(super) fn cases(number: u32) -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = number;
    }
    config
}

/// The edits of a JSON text.
pub(super) fn edits(json: &str) -> Vec<Edit> {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// Applies edits, and shows that the inverse restores the bytes.
pub(super) fn applied(text: &str, edits: &[Edit]) -> String {
    let Applied { text: new, inverse } =
        apply(text, edits, &registry()).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    let back = apply(&new, &inverse, &registry())
        .unwrap_or_else(|error| panic!("{error:?}\n{inverse:#?}\n{new}"));
    assert_eq!(back.text, text, "after {inverse:#?}\non {new}");
    new
}

/// The new text after the edits of a JSON text.
pub(super) fn after(text: &str, json: &str) -> String {
    applied(text, &edits(json))
}

pub(super) fn refused(text: &str, json: &str) -> EditError {
    apply(text, &edits(json), &registry())
        .err()
        .unwrap_or_else(|| panic!("{json} was applied"))
}

/// A pipeline as people write it.
pub(super) const PIPELINE: &str = r#"{
  "name": "news",
  "x-note": "kept",
  "stages": [
    {
      "id": "fetch",
      "type": "logger",
      "config": { "message": "{{input.url}}" }
    },
    {"id": "each", "component_type": "foreach", "depends_on": ["fetch"],
     "config": {"items": "{{upstream.fetch.rows}}", "loop_stages": ["one", "two"]}},
    {"id": "one", "type": "logger", "config": {"message": "{{context.item}}"}},
    {"id": "two", "type": "filter", "config": {"data": "{{one.output.x}}", "condition": "upstream.one.n > 1"}}
  ],
  "output_stage_id": "each"
}
"#;

/// The lines that a text lost and those that came, by a longest common subsequence.
pub(super) fn differences<'t>(old: &'t str, new: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut longest = vec![vec![0usize; new.len() + 1]; old.len() + 1];
    for o in (0..old.len()).rev() {
        for n in (0..new.len()).rev() {
            longest[o][n] = match old[o] == new[n] {
                true => longest[o + 1][n + 1] + 1,
                false => longest[o + 1][n].max(longest[o][n + 1]),
            };
        }
    }
    let (mut lost, mut came) = (Vec::new(), Vec::new());
    let (mut o, mut n) = (0, 0);
    while o < old.len() || n < new.len() {
        if o < old.len() && n < new.len() && old[o] == new[n] {
            (o, n) = (o + 1, n + 1);
        } else if n == new.len() || o < old.len() && longest[o + 1][n] >= longest[o][n + 1] {
            lost.push(old[o]);
            o += 1;
        } else {
            came.push(new[n]);
            n += 1;
        }
    }
    (lost, came)
}
