//! Differences between pipelines, and their three-way merge.
//!
//! Both compare what a pipeline means, not its lines: white space, the order of fields, escapes in
//! texts, the spelling of a component's name and the order of `depends_on` mean nothing. A stage is
//! identified by its id. `tree` decides what is one thing; `compare` finds what differs, `rename`
//! and `moves` interpret it, `show` prints it; `merge` merges.

mod compare;
mod difference;
mod merge;
mod moves;
mod outline;
mod rename;
mod show;
mod tree;

#[cfg(test)]
mod tests;

pub use difference::{Change, Difference, FieldChange, StageChange, StageEntry};
pub use merge::{Conflict, ConflictKind, Merged, Options, Side, merge};
pub use outline::outline;
pub(crate) use rename::ENOUGH as RENAMED_FROM;
pub use show::{Names, html, markdown, text};

use crate::{check::Diagnostic, component::Registry, model::Pipeline};

/// A text that is not JSON, or not an object.
#[derive(Clone, Debug)]
pub struct Unreadable {
    /// Which of the texts, counted from 0 in the order of the arguments.
    pub number: usize,
    /// What is wrong with it.
    pub findings: Vec<Diagnostic>,
}

/// What differs between two pipelines. `Err` if a text is not a JSON object; other errors in the
/// files do not matter.
pub fn diff(before: &str, after: &str, registry: &Registry) -> Result<Difference, Unreadable> {
    let before = parse(before, 0, registry)?;
    let after = parse(after, 1, registry)?;
    Ok(compare::compare(&before, &after, registry))
}

fn parse(text: &str, number: usize, registry: &Registry) -> Result<Pipeline, Unreadable> {
    Pipeline::parse(text, registry).map_err(|findings| Unreadable { number, findings })
}
