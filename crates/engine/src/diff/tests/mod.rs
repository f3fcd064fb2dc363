//! Differences and merges: by example, and for random pipelines.

mod differences;
mod merges;
mod properties;
mod random;
mod shown;

use std::sync::LazyLock;

use super::{Difference, Merged, Options, Side, diff, merge};
use crate::{check::fixtures, component::Registry};

static REGISTRY: LazyLock<Registry> = LazyLock::new(fixtures::registry);

#[track_caller]
fn difference(before: &str, after: &str) -> Difference {
    diff(before, after, &REGISTRY).unwrap()
}

#[track_caller]
fn merged(base: &str, ours: &str, theirs: &str) -> Merged {
    merge(base, ours, theirs, &REGISTRY, &Options::default()).unwrap()
}

/// A merge in which one side wins every conflict.
#[track_caller]
fn favoring(side: Side, base: &str, ours: &str, theirs: &str) -> Merged {
    let options = Options {
        decide: &|_| Some(side),
        ..Options::default()
    };
    merge(base, ours, theirs, &REGISTRY, &options).unwrap()
}

/// The text with one side of each conflict chosen, as a person does it in an editor.
fn chosen(text: &str, side: Side) -> String {
    let mut out = String::new();
    let mut inside = None;
    for line in text.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") {
            inside = Some(Side::Ours);
        } else if line.trim_end() == "=======" {
            inside = Some(Side::Theirs);
        } else if line.starts_with(">>>>>>> ") {
            inside = None;
        } else if inside.is_none_or(|part| part == side) {
            out.push_str(line);
        }
    }
    out
}
