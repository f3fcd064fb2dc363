//! The parts of edits: where something stands, the way to a field, and how it is written.

use serde::{Deserialize, Serialize};

/// A place in a list or an object, next to a neighbour: another stage's id, or a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Position {
    /// Before everything else.
    First,
    /// After everything else.
    #[default]
    Last,
    /// Directly before this one.
    Before(String),
    /// Directly after this one.
    After(String),
}

impl Position {
    /// Whether this is the default.
    pub fn is_last(&self) -> bool {
        *self == Position::Last
    }

    /// The neighbour's name, if there is one.
    pub fn neighbour(&self) -> Option<&str> {
        match self {
            Position::Before(name) | Position::After(name) => Some(name),
            Position::First | Position::Last => None,
        }
    }
}

/// A list of a control stage that names inner stages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Branch {
    /// The control stage's id.
    pub control: String,
    /// The component's own name for the field, such as `loop_stages`. A file that uses a synonym
    /// keeps it.
    pub list: String,
    /// The key in a field that is an object of lists, such as a route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// One step of the way to a field: as JSON a text (a key) or a number (an index from 0).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Step {
    /// An item of a list.
    Index(usize),
    /// A field of an object.
    Key(String),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Step::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Step::Index(index)
    }
}

/// How an edit is written, so that undoing one restores the bytes. Nobody has to give one: what is
/// absent or does not fit the text is chosen by the layout of the surroundings. It never changes the
/// meaning of an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Layout {
    /// The JSON text of the value. Used if it is the same value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The key of a new field, with the colon and the blanks around it. Used if it is the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The blanks before something added, with a comma if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The blanks after something added, with a comma if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The blanks in place of something removed, with a comma if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
    /// How many of the objects and lists around something removed are removed, too, if they become
    /// empty.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub prune: u32,
}

impl Layout {
    /// Whether it says nothing.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
