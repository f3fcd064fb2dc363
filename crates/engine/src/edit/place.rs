//! What an edit changes, for comparing edits of two people.

use serde::{Deserialize, Serialize};

use super::{Branch, Edit, Step};
use crate::Value;

/// The smallest unit that two people can change at the same time without meeting. Two places meet
/// if they are equal, if one is a field inside the other, or if one is a stage as a whole and the
/// other anything in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Place {
    /// A stage as a whole: that it exists.
    Stage {
        /// The stage's id.
        stage: String,
    },
    /// A stage's id.
    Id {
        /// The id in the base.
        stage: String,
    },
    /// A field of a stage, or of the file if there is no stage.
    Field {
        /// The stage's id in the base.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<String>,
        /// The way to the field. Ends before an index whose list changes its length: such a list
        /// is one place.
        path: Vec<Step>,
    },
    /// Whether a stage waits for another one.
    Dependency {
        /// The stage that waits.
        stage: String,
        /// The stage that it waits for.
        on: String,
    },
    /// Whether and where a list of a control stage names a stage.
    Member {
        /// The stage's id.
        stage: String,
        /// The list; absent for all lists together.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list: Option<Branch>,
    },
    /// A stage's place in the file.
    Order {
        /// The stage's id.
        stage: String,
    },
    /// The layout of the text. In a [`Conflict`] also the place of two changes as a whole: if their
    /// order would matter although they meet nowhere, or if they are too many to be compared.
    Layout,
}

/// Two people changed the same place differently.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    /// Where they meet. If one of them changed more than the other, the smaller place.
    pub place: Place,
    /// The value in the base; absent if there was none, or if the place is not a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Value>,
    /// My edit.
    pub mine: Edit,
    /// The number of my edit in its list, from 0.
    pub mine_index: usize,
    /// Their edit.
    pub theirs: Edit,
    /// The number of their edit in its list, from 0.
    pub theirs_index: usize,
    /// Both sides in one sentence.
    pub message: String,
}
