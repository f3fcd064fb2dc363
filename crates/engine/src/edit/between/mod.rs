//! Finds the edits that lead from one text to another.

mod entries;
mod fields;
mod hints;
mod similar;
mod stages;

use super::{
    Edit, EditError, Step,
    apply::{run, same},
    sheet::{Sheet, syntax},
};
use crate::{
    component::Registry,
    source::{Document, Node},
};

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
        Err(_) => plain(old.root(), new.root()),
    };
    let (edits, text) = match result(&old, &edits, registry) {
        Some(text) if text == after => return Ok(edits),
        Some(text) if Document::parse(text.as_str()).is_ok_and(|d| same(d.root(), new.root())) => {
            (edits, text)
        }
        // Not found in detail: field by field of the file.
        _ => {
            let edits = plain(old.root(), new.root());
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
    let mut out = Vec::new();
    fields::value(stage, &mut path.to_vec(), old, new, &mut out);
    out
}

/// The edits that set whole fields of the file.
fn plain(old: Node<'_>, new: Node<'_>) -> Vec<Edit> {
    let mut out = Vec::new();
    fields::whole(old, new, &mut out);
    out
}

/// Finds edits step by step, and applies each, so that the next steps see its result.
struct Finder<'r, 't> {
    sheet: Sheet<'r>,
    /// The text that is to be reached.
    target: &'t Sheet<'r>,
    root: Node<'t>,
    edits: Vec<Edit>,
}

impl<'r, 't> Finder<'r, 't> {
    fn new(old: Document, target: &'t Sheet<'r>, root: Node<'t>) -> Result<Self, EditError> {
        Ok(Self {
            sheet: Sheet::new(old, target.registry)?,
            target,
            root,
            edits: Vec::new(),
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
        run(&mut self.sheet, std::slice::from_ref(&edit))?;
        self.edits.push(edit);
        Ok(())
    }

    /// What is left, field by field.
    fn fields(&mut self) -> Result<(), EditError> {
        let text = self.sheet.text();
        let document = Document::parse(text).map_err(|errors| syntax(&errors))?;
        let mut left = Vec::new();
        fields::between(document.root(), self.root, &mut left);
        left.into_iter().try_for_each(|edit| self.edit(edit))
    }
}
