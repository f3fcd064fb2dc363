//! Where a value is in what a trigger fires for: a path whose first name is known.

use std::fmt;

use super::payload::steps;
use crate::Value;

/// The place of a value in the facts of a run, or in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The names of fields and the indexes of items, from the outside in; never empty.
    pub steps: Vec<String>,
}

impl Place {
    /// A path such as `output.items[0].id`, with or without `$.` before it. `None` if its first name is
    /// none of `roots`.
    pub(super) fn parse(text: &str, roots: &[&str]) -> Option<Self> {
        let text = text.trim();
        let steps = steps(text.strip_prefix("$.").unwrap_or(text))?;
        let known = roots.contains(&steps.first()?.as_str());
        known.then_some(Self { steps })
    }

    /// A path below a known name.
    pub(super) fn below(root: &str, text: &str) -> Option<Self> {
        let text = text.trim();
        let inner = steps(text.strip_prefix("$.").unwrap_or(text))?;
        if inner.is_empty() {
            return None;
        }
        let mut steps = vec![root.to_owned()];
        steps.extend(inner);
        Some(Self { steps })
    }

    /// Whether the path begins with this name.
    pub(super) fn is_in(&self, root: &str) -> bool {
        self.steps.first().is_some_and(|first| first == root)
    }

    /// The value, if it is there.
    pub fn find<'a>(&self, facts: &'a Value) -> Option<&'a Value> {
        self.steps
            .iter()
            .try_fold(facts, |value, step| match value {
                Value::List(items) => items.get(step.parse::<usize>().ok()?),
                other => other.get(step),
            })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.steps.join("."))
    }
}
