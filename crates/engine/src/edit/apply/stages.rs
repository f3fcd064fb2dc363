//! Adds, removes, moves and reorders stages.

use types::ErrorCode;

use super::{
    fields::{undo_removed, undo_set},
    lists::Entries,
    values::{Made, New},
};
use crate::{
    Value,
    diagnostic::shown,
    edit::{
        Branch, Edit, EditError, Layout, Position, Step,
        refer::{ids, lists},
        sheet::{Owner, Sheet, stages_of},
    },
    source::Kind,
};

impl Sheet<'_> {
    /// Adds a stage.
    pub fn add_stage(
        &mut self,
        value: &Value,
        into: Option<&Branch>,
        at: &Position,
        layout: &Layout,
    ) -> Result<Vec<Edit>, EditError> {
        let id = self.new_id(value)?;
        if into.is_some_and(|into| into.control == id) {
            return Err(inside_itself(&id));
        }
        let index = self.stage_index(at)?;
        if let Some(into) = into {
            self.entries(&Entries::Members(into.clone()))?;
        }
        super::fields::not_too_deep(&[], value)?;
        let kind = self.top("stages").map_or(Kind::Null, |view| view.kind());
        let mut undo = match kind {
            Kind::Null => {
                let path = [Step::from("stages")];
                let list = Value::from(vec![value.clone()]);
                let none = Layout::default();
                let was = self.set(Owner::File, &path, &list, &Position::Last, &none)?;
                self.number();
                undo_set(None, &path, was)
            }
            Kind::List => vec![self.insert_stage(&id, value, index, layout)],
            kind => {
                let message = format!("`stages` is {}, not a list", kind.name());
                return Err(EditError::new(ErrorCode::WrongType, message)
                    .field("$.stages")
                    .help("set `stages` to a list first"));
            }
        };
        if let Some(into) = into {
            let none = Layout::default();
            let entries = Entries::Members(into.clone());
            let inside = self.add_entry(&entries, &id, at, &none)?;
            undo.splice(0..0, inside);
        }
        Ok(undo)
    }

    /// The id of a new stage, if it may be added.
    fn new_id(&self, value: &Value) -> Result<String, EditError> {
        let invalid = |code, message: String| {
            Err(EditError::new(code, message)
                .field("value")
                .help("give the stage an `id` of its own, such as {\"id\": \"fetch\", …}"))
        };
        if value.as_map().is_none() {
            let message = format!("a stage is an object, not {}", value.type_phrase());
            return invalid(ErrorCode::WrongType, message);
        }
        match value.get("id").and_then(Value::as_str) {
            None => invalid(
                ErrorCode::MissingField,
                "the new stage has no `id`".to_owned(),
            ),
            Some(id) if id.trim().is_empty() => invalid(
                ErrorCode::InvalidValue,
                "the `id` of the new stage is empty".to_owned(),
            ),
            Some(id) if self.has(id) => invalid(
                ErrorCode::DuplicateStage,
                format!("there is a stage `{}` already", shown(id)),
            ),
            Some(id) => Ok(id.to_owned()),
        }
    }

    /// The index for a stage in the file.
    fn stage_index(&self, at: &Position) -> Result<usize, EditError> {
        let numbers = self.numbers();
        let find = |id: &str| -> Result<usize, EditError> {
            let number = self.stage("at", id)?;
            let index = numbers.iter().position(|other| *other == number);
            Ok(index.unwrap_or(numbers.len()))
        };
        Ok(match at {
            Position::First => 0,
            Position::Last => numbers.len(),
            Position::Before(id) => find(id)?,
            Position::After(id) => find(id)? + 1,
        })
    }

    fn insert_stage(&mut self, id: &str, value: &Value, index: usize, layout: &Layout) -> Edit {
        let number = self.number_for(id);
        let Self {
            docs, root, style, ..
        } = self;
        let outside = style.root(docs, root);
        let mut gap = None;
        if let Some(stages) = stages_of(docs, root) {
            let around = style.inside(docs, stages, &outside);
            let new = New {
                value,
                key: None,
                layout,
                whole: true,
            };
            let made = Made::new(docs, style, stages, &around, &new);
            gap = made.insert(docs, stages, index, layout, number);
        }
        self.touch(number);
        Edit::RemoveStage {
            stage: id.to_owned(),
            keep_references: true,
            layout: Layout {
                gap,
                ..Layout::default()
            },
        }
    }

    /// Where the stage at this index stands, told by its neighbour.
    fn stage_place(&self, index: usize) -> Position {
        let numbers = self.numbers();
        if index + 1 == numbers.len() {
            return Position::Last;
        }
        let before = index.checked_sub(1).and_then(|at| numbers.get(at));
        match before.and_then(|number| self.id(*number)) {
            Some(before) => Position::After(before),
            None => Position::First,
        }
    }

    /// Removes a stage.
    pub fn remove_stage(
        &mut self,
        id: &str,
        keep_references: bool,
        layout: &Layout,
    ) -> Result<Vec<Edit>, EditError> {
        let number = self.stage("stage", id)?;
        let mut undo: Vec<Vec<Edit>> = Vec::new();
        if !keep_references {
            let none = Layout::default();
            for other in self.mentioning(id) {
                for entries in self.naming(other, number, id) {
                    undo.push(self.remove_entry(&entries, id, &none)?);
                }
            }
            let output = self.top("output_stage_id").and_then(|view| view.text());
            if output.is_some_and(|output| output == id) {
                let path = [Step::from("output_stage_id")];
                let removed = self.unset(Owner::File, &path, &none)?;
                undo.push(undo_removed(None, &path, removed));
            }
        }
        let index = self.numbers().iter().position(|other| *other == number);
        let index = index.unwrap_or_default();
        let at = self.stage_place(index);
        let Self {
            docs, root, style, ..
        } = self;
        let outside = style.root(docs, root);
        if let Some(stages) = stages_of(docs, root) {
            let around = style.inside(docs, stages, &outside);
            let (member, hints) = stages.remove(docs, style, &around, index, layout);
            let view = docs.view(&member.item);
            undo.push(vec![Edit::AddStage {
                value: view.value(),
                into: None,
                at,
                layout: Layout {
                    text: Some(view.raw().into_owned()),
                    before: hints.before,
                    after: hints.after,
                    ..Layout::default()
                },
            }]);
        }
        self.forget(id, number);
        Ok(undo.into_iter().rev().flatten().collect())
    }

    /// The lists of `other` that name a stage, each as often as it does.
    fn naming(&self, other: u32, number: u32, id: &str) -> Vec<Entries> {
        let Some(view) = self.view(other).filter(|_| other != number) else {
            return Vec::new();
        };
        // Without an id of its own, a stage cannot be changed by edits.
        let Some(own) = self.id(other).filter(|own| self.stage("", own).is_ok()) else {
            return Vec::new();
        };
        let count = |ids: Vec<String>| ids.iter().filter(|named| *named == id).count();
        let waits = view
            .get("depends_on")
            .filter(|list| list.kind() == Kind::List)
            .map_or(0, |list| count(ids(list)));
        let mut out = vec![Entries::Dependencies(own.clone()); waits];
        for list in lists(view, self.registry) {
            let times = count(list.ids());
            out.extend(vec![Entries::Members(list.branch(&own)); times]);
        }
        out
    }

    /// Moves a stage between control stages.
    pub fn move_stage(
        &mut self,
        id: &str,
        into: Option<&Branch>,
        at: &Position,
    ) -> Result<Vec<Edit>, EditError> {
        let number = self.stage("stage", id)?;
        if into.is_some_and(|into| into.control == id) {
            return Err(inside_itself(id));
        }
        if let Some(into) = into {
            self.entries(&Entries::Members(into.clone()))?;
        }
        let none = Layout::default();
        let mut undo = Vec::new();
        for other in self.mentioning(id) {
            for entries in self.naming(other, number, id) {
                if matches!(entries, Entries::Members(_)) {
                    undo.push(self.remove_entry(&entries, id, &none)?);
                }
            }
        }
        if let Some(into) = into {
            undo.push(self.add_entry(&Entries::Members(into.clone()), id, at, &none)?);
        }
        Ok(undo.into_iter().rev().flatten().collect())
    }

    /// Changes a stage's place in the file.
    pub fn reorder_stage(
        &mut self,
        id: &str,
        at: &Position,
        layout: &Layout,
    ) -> Result<Vec<Edit>, EditError> {
        let number = self.stage("stage", id)?;
        if at.neighbour() == Some(id) {
            let message = format!("the stage `{}` cannot stand next to itself", shown(id));
            return Err(EditError::new(ErrorCode::InvalidValue, message)
                .field("at")
                .help("name another stage"));
        }
        let to = self.stage_index(at)?;
        let numbers = self.numbers();
        let from = numbers.iter().position(|other| *other == number);
        let from = from.unwrap_or_default();
        let to = if to > from { to - 1 } else { to };
        if to == from {
            return Ok(Vec::new());
        }
        let old = self.stage_place(from);
        let Self {
            docs, root, style, ..
        } = self;
        let outside = style.root(docs, root);
        let Some(stages) = stages_of(docs, root) else {
            return Ok(Vec::new());
        };
        let around = style.inside(docs, stages, &outside);
        let (member, hints) = stages.remove(docs, style, &around, from, layout);
        let gaps = style.gaps(docs, stages, &around, false);
        let gap = stages.insert(docs, to, member, gaps, layout);
        Ok(vec![Edit::ReorderStage {
            stage: id.to_owned(),
            at: old,
            layout: Layout {
                before: hints.before,
                after: hints.after,
                gap,
                ..Layout::default()
            },
        }])
    }
}

/// The error for a control stage that would run itself.
pub(super) fn inside_itself(id: &str) -> EditError {
    EditError::new(
        ErrorCode::Cycle,
        format!("the stage `{}` cannot be inside itself", shown(id)),
    )
    .field("into")
    .help("name a list of another control stage")
}
