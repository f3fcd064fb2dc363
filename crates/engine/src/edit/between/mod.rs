//! Finds the edits that lead from one text to another.

mod entries;
mod fields;
mod hints;
mod similar;
mod stages;

use types::ErrorCode;

use super::{
    Edit, EditError, Step,
    apply::{run, same},
    sheet::{Sheet, syntax},
};
use crate::{
    component::Registry,
    source::{Document, Node},
};

/// What finding the edits may cost: the stages and entries of lists that they go through. If it is
/// more, fields of the file are set as wholes.
const MAX_COST: usize = 20_000_000;

/// The edits that turn one text into another, byte for byte.
///
/// A stage that has another id but is otherwise mostly the same counts as renamed, one that stands
/// elsewhere as moved. Where the texts differ in more than the edits tell (only blanks, the order of
/// keys, another spelling of a number), the last edit is a [`Edit::Reformat`].
pub fn between(before: &str, after: &str, registry: &Registry) -> Result<Vec<Edit>, EditError> {
    exactly(before, after, registry)
}

/// As [`between`].
pub(super) fn exactly(
    before: &str,
    after: &str,
    registry: &Registry,
) -> Result<Vec<Edit>, EditError> {
    let parse = |text: &str| Document::parse(text).map_err(|errors| syntax(&errors));
    let (old, new) = (parse(before)?, parse(after)?);
    let target = Sheet::new(new.clone(), registry)?;
    if before == after {
        return Ok(Vec::new());
    }
    let reformat = Edit::Reformat {
        text: after.to_owned(),
    };
    if same(old.root(), new.root()) {
        return Ok(vec![reformat]);
    }
    let mut finder = Finder::new(old.clone(), &target, new.root())?;
    let edits = match finder.all() {
        Ok(()) => std::mem::take(&mut finder.edits),
        Err(_) => plain(old.root(), new.root())?,
    };
    let (edits, text) = match result(&old, &edits, registry) {
        Some(text) if text == after => return Ok(edits),
        Some(text) if Document::parse(text.as_str()).is_ok_and(|d| same(d.root(), new.root())) => {
            (edits, text)
        }
        // Not found in detail: field by field of the file.
        _ => {
            let edits = plain(old.root(), new.root())?;
            let text = result(&old, &edits, registry).unwrap_or_default();
            (edits, text)
        }
    };
    if text == after {
        return Ok(edits);
    }
    let hinted = hints::hinted(&edits, new.root());
    if result(&old, &hinted, registry).is_some_and(|text| text == after) {
        return Ok(hinted);
    }
    let mut edits = edits;
    edits.push(reformat);
    Ok(edits)
}

/// The text after some edits; `None` if they cannot be applied.
fn result(old: &Document, edits: &[Edit], registry: &Registry) -> Option<String> {
    let mut sheet = Sheet::new(old.clone(), registry).ok()?;
    run(&mut sheet, edits).ok()?;
    Some(sheet.text())
}

/// The edits between two values at the same path.
pub(super) fn value_edits(
    stage: Option<&str>,
    path: &[Step],
    old: Node<'_>,
    new: Node<'_>,
) -> Vec<Edit> {
    fields::value(stage, &mut path.to_vec(), old, new)
}

/// The edits that set whole fields of the file.
fn plain(old: Node<'_>, new: Node<'_>) -> Result<Vec<Edit>, EditError> {
    fields::whole(old, new).ok_or_else(too_different)
}

/// The error for texts between which there are too many edits.
fn too_different() -> EditError {
    let message = "the texts differ in too many fields";
    EditError::new(ErrorCode::LimitExceeded, message).help("make the change in several parts")
}

/// Finds edits step by step, and applies each, so that the next steps see its result.
struct Finder<'r, 't> {
    sheet: Sheet<'r>,
    /// The text that is to be reached.
    target: &'t Sheet<'r>,
    root: Node<'t>,
    edits: Vec<Edit>,
    cost: usize,
}

impl<'r, 't> Finder<'r, 't> {
    fn new(old: Document, target: &'t Sheet<'r>, root: Node<'t>) -> Result<Self, EditError> {
        Ok(Self {
            sheet: Sheet::new(old, target.registry)?,
            target,
            root,
            edits: Vec::new(),
            cost: 0,
        })
    }

    fn all(&mut self) -> Result<(), EditError> {
        if let (Some(old), Some(new)) = (stages::ids(&self.sheet), stages::ids(self.target)) {
            self.renames(&old, &new)?;
            self.removals(&new)?;
            self.order(&new)?;
            self.dependencies(&new)?;
            self.members(&new)?;
        }
        self.fields()
    }

    /// Applies an edit and keeps it.
    fn edit(&mut self, edit: Edit) -> Result<(), EditError> {
        let stages = self.sheet.stages().map_or(0, |list| list.members.len());
        self.spend(stages + 1)?;
        run(&mut self.sheet, std::slice::from_ref(&edit))?;
        self.edits.push(edit);
        Ok(())
    }

    /// Counts what the search costs.
    fn spend(&mut self, cost: usize) -> Result<(), EditError> {
        self.cost = self.cost.saturating_add(cost);
        match self.cost {
            cost if cost <= MAX_COST => Ok(()),
            _ => Err(too_different()),
        }
    }

    /// What is left, field by field.
    fn fields(&mut self) -> Result<(), EditError> {
        let text = self.sheet.text();
        let document = Document::parse(text).map_err(|errors| syntax(&errors))?;
        let left = fields::between(document.root(), self.root).ok_or_else(too_different)?;
        left.into_iter().try_for_each(|edit| self.edit(edit))
    }
}
