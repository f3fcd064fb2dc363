//! A change to a pipeline is a list of typed edits on its text.
//!
//! Drafts, text typed by hand and mends of the command line are [`Edit`]s; merging files is in
//! [`crate::diff`]. [`apply`] changes only the bytes that an edit is about and gives the edits that
//! undo it, [`between`] finds the edits that lead from one text to another,
//! and [`rebase`] moves edits over those that somebody else made to the same text. The table of
//! edits, with examples, is in `docs/editing.md`.
//!
//! An edit is checked against the text, not against the language: a pipeline under construction is
//! allowed to be incomplete. What is wrong with the result, `check` says.
//!
//! All functions take the registry, since only the components tell which fields name inner stages
//! and which texts are expressions.

mod apply;
mod between;
mod error;
mod fields;
mod gaps;
mod mentions;
mod place;
mod position;
mod rebase;
mod refer;
mod sheet;
mod style;
mod tree;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use apply::{apply, text_after};
pub use between::between;
pub use error::EditError;
pub use place::{Conflict, Place};
pub use position::{Branch, Layout, Position, Step};
pub use rebase::{RebaseError, rebase};

use crate::Value;

/// One change to a pipeline.
///
/// As JSON: an object with the kind under `op` and camelCase fields, such as
/// `{"op": "renameStage", "stage": "fetch", "to": "load"}`. Fields that have their default are left
/// out; unknown fields are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "op",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Edit {
    /// Adds a stage.
    AddStage {
        /// The whole stage: an object with an `id` that no other stage has.
        value: Value,
        /// The list of a control stage that is to name it; absent at the top level.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        into: Option<Branch>,
        /// Where it stands in the file and, if it is in a list, in the list. A neighbour that the
        /// list does not name only places it in the file, and then it is last in the list.
        #[serde(default, skip_serializing_if = "Position::is_last")]
        at: Position,
        /// How it is written.
        #[serde(default, skip_serializing_if = "Layout::is_default")]
        layout: Layout,
    },
    /// Removes a stage, with its entries in `depends_on` and in lists of control stages, and
    /// `output_stage_id` if it names the stage. Templates that read it stay as they are.
    RemoveStage {
        /// The stage's id.
        stage: String,
        /// Leaves the entries of other stages and `output_stage_id` as they are.
        #[serde(default, skip_serializing_if = "is_false")]
        keep_references: bool,
        /// How the place that it leaves is written.
        #[serde(default, skip_serializing_if = "Layout::is_default")]
        layout: Layout,
    },
    /// Gives a stage another id and changes everything that refers to it: `depends_on`, the lists
    /// of control stages, `output_stage_id`, templates and expressions.
    RenameStage {
        /// The stage's id.
        stage: String,
        /// The new id, which no other stage has.
        to: String,
    },
    /// Moves a stage between control stages: it leaves every list that names it. Its place in the
    /// file stays the same.
    MoveStage {
        /// The stage's id.
        stage: String,
        /// The list that is to name it; absent to move it to the top level.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        into: Option<Branch>,
        /// Its place in the list.
        #[serde(default, skip_serializing_if = "Position::is_last")]
        at: Position,
    },
    /// Changes a stage's place in the file. This does not change when it runs.
    ReorderStage {
        /// The stage's id.
        stage: String,
        /// The new place.
        #[serde(default, skip_serializing_if = "Position::is_last")]
        at: Position,
        /// How it is written.
        #[serde(default, skip_serializing_if = "Layout::is_default")]
        layout: Layout,
    },
    /// Names a stage in one list of a control stage; other lists that name it stay as they are.
    Include {
        /// The stage's id.
        stage: String,
        /// The list.
        into: Branch,
        /// Its place in the list.
        #[serde(default, skip_serializing_if = "Position::is_last")]
        at: Position,
        /// How it is written.
        #[serde(default, skip_serializing_if = "Layout::is_default")]
        layout: Layout,
    },
    /// Removes a stage from one list of a control stage.
    Exclude {
        /// The id, as the list has it.
        stage: String,
        /// The list.
        from: Branch,
        /// How the place that it leaves is written.
        #[serde(default, skip_serializing_if = "Layout::is_default")]
        layout: Layout,
    },
    /// Makes a stage wait for another one: adds an entry to its `depends_on`.
    Connect {
        /// The stage that waits.
        stage: String,
        /// The stage that it waits for.
        on: String,
        /// The place in the list.
        #[serde(default, skip_serializing_if = "Position::is_last")]
        at: Position,
        /// How it is written.
        #[serde(default, skip_serializing_if = "Layout::is_default")]
        layout: Layout,
    },
    /// Removes an entry of a stage's `depends_on`.
    Disconnect {
        /// The stage that waits.
        stage: String,
        /// The id, as the list has it.
        on: String,
        /// How the place that it leaves is written.
        #[serde(default, skip_serializing_if = "Layout::is_default")]
        layout: Layout,
    },
    /// Sets a field of a stage or of the file. Objects that are missing on the way are added. An
    /// index that equals the length of a list adds an item.
    SetField {
        /// The stage's id; absent for a field of the file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<String>,
        /// The way to the field: keys and list indices.
        path: Vec<Step>,
        /// The new value.
        value: Value,
        /// The place of a key that is new in its object. A neighbour that the object does not have
        /// counts as `last`.
        #[serde(default, skip_serializing_if = "Position::is_last")]
        at: Position,
        /// How it is written.
        #[serde(default, skip_serializing_if = "Layout::is_default")]
        layout: Layout,
    },
    /// Removes a field of a stage or of the file, or an item of a list.
    UnsetField {
        /// The stage's id; absent for a field of the file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<String>,
        /// The way to the field.
        path: Vec<Step>,
        /// How the place that it leaves is written.
        #[serde(default, skip_serializing_if = "Layout::is_default")]
        layout: Layout,
    },
    /// Writes the pipeline in the layout of another text: its blanks, the order of its keys, and its
    /// spelling of equal values. The meaning of the pipeline stays as it is. Where it differs from
    /// that of the other text, the pipeline's own layout stays, too.
    Reformat {
        /// The text whose layout is used.
        text: String,
    },
}

/// What [`apply`] gives back.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The new text.
    pub text: String,
    /// The edits that turn the new text into the old one again, byte for byte.
    pub inverse: Vec<Edit>,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}
