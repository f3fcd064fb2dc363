//! What differs between two pipelines, as data.

use serde::Serialize;

use crate::Value;

/// What differs between two pipelines. Empty if they mean the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// The fields of the file that differ, except stages, sorted by name.
    pub fields: Vec<FieldChange>,
    /// The stages that only the new file has, in its order.
    pub added: Vec<StageEntry>,
    /// The stages that only the old file has, in its order.
    pub removed: Vec<StageEntry>,
    /// The stages that both files have and that differ, in the order of the new file.
    pub changed: Vec<StageChange>,
}

/// A stage that only one file has.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageEntry {
    /// The stage's id.
    pub id: String,
    /// The name of its component.
    pub component: String,
    /// Its number in the file, from 0.
    pub index: usize,
    /// The stage.
    pub stage: Value,
}

/// A value before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change<T> {
    /// In the old file.
    pub before: T,
    /// In the new file.
    pub after: T,
}

impl<T> Change<T> {
    fn inverse(self) -> Self {
        Self {
            before: self.after,
            after: self.before,
        }
    }
}

/// A stage that both files have and that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageChange {
    /// Its id. If the two differ, the stage was renamed.
    pub id: Change<String>,
    /// The name of its component.
    pub component: Change<String>,
    /// Its number in the files, from 0.
    pub index: Change<usize>,
    /// Whether it changed places with other stages of the file.
    pub reordered: bool,
    /// The lists of inner stages that it belongs to, such as `each/loop`, if they differ. Empty at
    /// the top level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<Change<Vec<String>>>,
    /// The fields that differ, sorted by name.
    pub fields: Vec<FieldChange>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// The path within the stage or the file: `config.prompt`, `tags`.
    pub field: String,
    /// The old value; `None` if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The new value; `None` if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Whether the only change is that stages are named by their new ids.
    pub follows_rename: bool,
}

impl FieldChange {
    fn inverse(self) -> Self {
        Self {
            before: self.after,
            after: self.before,
            ..self
        }
    }

    /// Whether it only places a stage on the canvas.
    fn is_layout(&self) -> bool {
        self.field == "position"
    }

    /// Whether a field of the file is only about how its canvas looks: what is under
    /// `metadata.canvas`, such as notes.
    fn is_of_canvas(&self) -> bool {
        match (&self.before, &self.after) {
            // All of it was added or removed.
            (Some(all), None) | (None, Some(all)) if self.field == "metadata" => all
                .as_map()
                .is_some_and(|map| map.len() == 1 && map.contains_key("canvas")),
            _ => self.field == "metadata.canvas" || self.field.starts_with("metadata.canvas."),
        }
    }
}

impl StageChange {
    /// Whether the stage has another id.
    pub fn is_renamed(&self) -> bool {
        self.id.before != self.id.after
    }

    fn inverse(self) -> Self {
        Self {
            id: self.id.inverse(),
            component: self.component.inverse(),
            index: self.index.inverse(),
            reordered: self.reordered,
            control: self.control.map(Change::inverse),
            fields: self.fields.into_iter().map(FieldChange::inverse).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        !self.is_renamed() && !self.reordered && self.control.is_none() && self.fields.is_empty()
    }
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
            && self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
    }

    /// The difference in the other direction.
    #[must_use]
    pub fn inverse(self) -> Self {
        let mut changed: Vec<StageChange> =
            self.changed.into_iter().map(StageChange::inverse).collect();
        changed.sort_by_key(|stage| stage.index.after);
        Self {
            fields: self.fields.into_iter().map(FieldChange::inverse).collect(),
            added: self.removed,
            removed: self.added,
            changed,
        }
    }

    /// The difference without layout: positions and notes on the canvas, and the order of the stages
    /// in the file.
    #[must_use]
    pub fn without_layout(mut self) -> Self {
        for stage in &mut self.changed {
            stage.reordered = false;
            stage.fields.retain(|change| !change.is_layout());
        }
        self.changed.retain(|stage| !stage.is_empty());
        self.fields.retain(|change| !change.is_of_canvas());
        self
    }

    /// Whether something differs, and nothing that [`Difference::without_layout`] keeps.
    pub fn only_layout(&self) -> bool {
        !(self.changed.is_empty() && self.fields.is_empty())
            && self.fields.iter().all(FieldChange::is_of_canvas)
            && self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.iter().all(|stage| {
                !stage.is_renamed()
                    && stage.control.is_none()
                    && stage.fields.iter().all(FieldChange::is_layout)
            })
    }

    /// The difference in a few words: `1 stage added, 2 changed`.
    pub fn summary(&self) -> String {
        let renamed = self.changed.iter().filter(|s| s.is_renamed()).count();
        let moved = |stage: &&StageChange| stage.reordered || stage.control.is_some();
        let moved = self.changed.iter().filter(moved).count();
        let modified = self.changed.iter().filter(|s| !s.fields.is_empty()).count();
        let mut parts = Vec::new();
        for (count, what) in [
            (self.added.len(), "added"),
            (self.removed.len(), "removed"),
            (modified, "modified"),
            (moved, "moved"),
            (renamed, "renamed"),
        ] {
            match count {
                0 => {}
                _ if !parts.is_empty() => parts.push(format!("{count} {what}")),
                1 => parts.push(format!("1 stage {what}")),
                _ => parts.push(format!("{count} stages {what}")),
            }
        }
        match self.fields.len() {
            0 => {}
            1 => parts.push("1 field of the pipeline changed".to_owned()),
            n => parts.push(format!("{n} fields of the pipeline changed")),
        }
        if parts.is_empty() {
            return "no difference".to_owned();
        }
        parts.join(", ")
    }
}
