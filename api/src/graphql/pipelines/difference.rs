//! What differs between two texts of a pipeline.

use async_graphql::{Context, Enum, SimpleObject};
use engine::diff;

use super::{
    super::{Charged, budget, cost, scalars::Json},
    run_plan::count,
};
use crate::error::ApiError;

/// What differs between an older and a newer text of a pipeline, by what they mean: white space and the
/// order of fields are no difference.
#[derive(SimpleObject)]
pub struct PipelineDifference {
    /// Whether both mean the same.
    same: bool,
    /// Whether there is a difference, and only in positions and notes on the canvas and in the order of the
    /// stages in the file.
    only_layout: bool,
    /// The difference in a few words, such as `1 stage added, 2 modified`.
    summary: String,
    /// What differs outside of stages, sorted by path.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    fields: Charged<FieldChange>,
    /// The stages that only the newer text has, in its order.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    added: Charged<StageEntry>,
    /// The stages that only the older text has, in its order.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    removed: Charged<StageEntry>,
    /// The stages that both have and that differ, in the order of the newer text. A renamed stage is one of
    /// them.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    changed: Charged<StageChange>,
}

/// A stage that only one of the texts has.
#[derive(SimpleObject)]
pub struct StageEntry {
    id: String,
    component: String,
    /// Its number in the file, from 0.
    index: i32,
    /// All of its fields.
    stage: Json,
}

/// A stage that both texts have and that differs.
#[derive(SimpleObject)]
pub struct StageChange {
    /// In which ways it differs.
    kinds: Vec<StageChangeKind>,
    /// The stage in the older text.
    before: StageInFile,
    /// The stage in the newer text.
    after: StageInFile,
    /// Whether it changed places with other stages of the file.
    reordered: bool,
    /// The fields that differ, sorted by path.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    fields: Vec<FieldChange>,
}

/// A way in which a stage differs.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageChangeKind {
    /// Its fields differ.
    Modified,
    /// It runs in other control stages, or changed places with other stages of the file.
    Moved,
    /// It has another id.
    Renamed,
}

/// Where a stage is in one of the texts.
#[derive(SimpleObject)]
pub struct StageInFile {
    id: String,
    component: String,
    /// Its number in the file, from 0.
    index: i32,
    /// The lists of inner stages that it belongs to, such as `each/loop`; empty at the top level. Null if
    /// they are the same in both texts.
    control: Option<Vec<String>>,
}

/// A field that differs.
#[derive(SimpleObject)]
pub struct FieldChange {
    kind: FieldChangeKind,
    /// The path within the stage or the file, such as `config.prompt`.
    field: String,
    /// The older value. Null also if there was none; see `kind`.
    before: Option<Json>,
    /// The newer value. Null also if there is none; see `kind`.
    after: Option<Json>,
    /// Whether it differs only because it names stages by their new ids.
    follows_rename: bool,
}

/// The way in which a field differs.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldChangeKind {
    /// Only the newer text has it.
    Added,
    /// Only the older text has it.
    Removed,
    /// Both have it, with different values.
    Changed,
}

/// The approximate size of a change in a response, in bytes, without its texts and values.
const BYTES: usize = 256;

impl PipelineDifference {
    /// The difference for a response, charged to its budget. Values, and lists with all that
    /// they have, are charged again where they are shown, since an alias repeats them.
    pub fn of(ctx: &Context<'_>, found: diff::Difference) -> Result<Self, ApiError> {
        budget::take(ctx, bytes(&found))?;
        let same = found.is_empty();
        let summary = found.summary();
        let only_layout = found.only_layout();
        Ok(Self {
            same,
            only_layout,
            summary,
            fields: found.fields.into_iter().map(Into::into).collect(),
            added: found.added.into_iter().map(Into::into).collect(),
            removed: found.removed.into_iter().map(Into::into).collect(),
            changed: found.changed.into_iter().map(Into::into).collect(),
        })
    }
}

fn bytes(found: &diff::Difference) -> usize {
    let fields = |fields: &[diff::FieldChange]| -> usize {
        fields.iter().map(|change| BYTES + change.field.len()).sum()
    };
    let entries = |stages: &[diff::StageEntry]| -> usize {
        let size = |stage: &diff::StageEntry| BYTES + stage.id.len() + stage.component.len();
        stages.iter().map(size).sum()
    };
    let texts = |texts: &[String]| -> usize { texts.iter().map(|text| text.len() + 8).sum() };
    let changed: usize = found
        .changed
        .iter()
        .map(|stage| {
            let control = stage.control.as_ref();
            2 * BYTES
                + stage.id.before.len()
                + stage.id.after.len()
                + stage.component.before.len()
                + stage.component.after.len()
                + control.map_or(0, |lists| texts(&lists.before) + texts(&lists.after))
                + fields(&stage.fields)
        })
        .sum();
    fields(&found.fields) + entries(&found.added) + entries(&found.removed) + changed
}

impl From<diff::StageEntry> for StageEntry {
    fn from(stage: diff::StageEntry) -> Self {
        Self {
            id: stage.id,
            component: stage.component,
            index: count(stage.index),
            stage: Json::from(&stage.stage),
        }
    }
}

impl From<diff::StageChange> for StageChange {
    fn from(stage: diff::StageChange) -> Self {
        let kinds = [
            (!stage.fields.is_empty(), StageChangeKind::Modified),
            (
                stage.reordered || stage.control.is_some(),
                StageChangeKind::Moved,
            ),
            (stage.is_renamed(), StageChangeKind::Renamed),
        ];
        let (old, new) = match stage.control {
            Some(lists) => (Some(lists.before), Some(lists.after)),
            None => (None, None),
        };
        Self {
            kinds: kinds
                .into_iter()
                .filter_map(|(is, kind)| is.then_some(kind))
                .collect(),
            before: StageInFile {
                id: stage.id.before,
                component: stage.component.before,
                index: count(stage.index.before),
                control: old,
            },
            after: StageInFile {
                id: stage.id.after,
                component: stage.component.after,
                index: count(stage.index.after),
                control: new,
            },
            reordered: stage.reordered,
            fields: stage.fields.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<diff::FieldChange> for FieldChange {
    fn from(change: diff::FieldChange) -> Self {
        Self {
            kind: match (&change.before, &change.after) {
                (None, _) => FieldChangeKind::Added,
                (_, None) => FieldChangeKind::Removed,
                _ => FieldChangeKind::Changed,
            },
            field: change.field,
            before: change.before.as_ref().map(Json::from),
            after: change.after.as_ref().map(Json::from),
            follows_rename: change.follows_rename,
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::component::Registry;

    use super::*;

    fn found(before: &str, after: &str) -> diff::Difference {
        diff::diff(before, after, &Registry::default()).unwrap()
    }

    fn file(id: &str, x: i32, more: &str) -> String {
        let position = format!(r#""position": {{"x": {x}, "y": 0}}"#);
        format!(
            r#"{{"stages": [{{"id": "{id}", "type": "logger", {position}, "config": {{"message": "hi"{more}}}}}]}}"#
        )
    }

    #[test]
    fn only_positions_and_order_are_layout() {
        let base = file("a", 0, "");
        assert!(found(&base, &file("a", 9, "")).only_layout());
        assert!(!found(&base, &file("b", 9, "")).only_layout());
        let field = file("a", 9, r#", "level": null"#);
        assert!(!found(&base, &field).only_layout());
    }

    #[test]
    fn a_field_that_is_null_is_not_one_that_is_absent() {
        let mut all = found(&file("a", 0, ""), &file("a", 0, r#", "level": null"#)).changed;
        let change = StageChange::from(all.pop().unwrap());
        assert_eq!(change.kinds, [StageChangeKind::Modified]);
        let field = &change.fields[0];
        assert_eq!(
            (field.kind, &*field.field),
            (FieldChangeKind::Added, "config.level")
        );
        assert!(field.before.is_none());
        assert!(field.after.is_some());
    }
}
