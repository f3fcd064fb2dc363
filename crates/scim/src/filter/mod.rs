//! Filters (RFC 7644, section 3.4.2.2): `userName eq "ada@example.com" and active eq true`.
//!
//! A filter is parsed against a schema, so an unknown attribute is an error and not an empty result.
//! Its length, depth and number of conditions are bounded.

mod matches;
mod parse;
mod token;

use serde_json::Value as Json;

pub use parse::{DEEPEST, LONGEST, MOST_TERMS};

use crate::AttributePath;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// A condition on the values of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `pr`: there is a value.
    Present,
    /// A value compares like this with a text, a number, a boolean or null.
    Compare(Comparison, Json),
}

/// A filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All hold.
    And(Vec<Filter>),
    /// One holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// A condition on an attribute.
    Test(AttributePath, Test),
    /// One value of an attribute meets all conditions: `emails[type eq "work"]`, or
    /// `emails[type eq "work"].value eq "ada@example.com"`.
    Within(AttributePath, Box<Filter>),
}

impl Filter {
    /// The text that the attribute of this name must equal, if the filter says so.
    pub fn required(&self, name: &str) -> Option<&str> {
        match self {
            Self::Test(path, Test::Compare(Comparison::Equal, Json::String(text)))
                if path.is(name) =>
            {
                Some(text)
            }
            Self::And(all) => all.iter().find_map(|one| one.required(name)),
            _ => None,
        }
    }

    /// Whether the filter is about this attribute of the core schema.
    pub fn mentions(&self, name: &str) -> bool {
        let is = |path: &AttributePath| {
            let attribute = path.attribute.is_some_and(|one| one.name == name);
            path.extension.is_none() && attribute
        };
        match self {
            Self::And(all) | Self::Or(all) => all.iter().any(|one| one.mentions(name)),
            Self::Not(inner) => inner.mentions(name),
            Self::Test(path, _) | Self::Within(path, _) => is(path),
        }
    }

    /// The attributes and texts of a filter that only says what must be equal: a value that fits it.
    pub(crate) fn equalities(&self) -> Option<Vec<(&AttributePath, &Json)>> {
        match self {
            Self::Test(path, Test::Compare(Comparison::Equal, value)) => Some(vec![(path, value)]),
            Self::And(all) => {
                let mut found = Vec::new();
                for one in all {
                    found.extend(one.equalities()?);
                }
                Some(found)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
