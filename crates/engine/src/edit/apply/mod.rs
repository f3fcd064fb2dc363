//! Applies edits to a text.

pub(super) mod fields;
pub(super) mod lists;
mod reformat;
mod rename;
mod stages;

use types::ErrorCode;

use super::{
    Applied, Edit, EditError, Layout, Position, Step, between,
    sheet::{Owner, Sheet, syntax},
};
use crate::{Value, component::Registry, source::Document};
use fields::{undo_removed, undo_set};
use lists::Entries;
pub(super) use reformat::same;

/// Applies edits to a pipeline's text, in their order.
///
/// Changes only the bytes that they are about: formatting, the order of keys, unknown keys and odd
/// spellings stay, and so do a byte order mark, line endings and blanks at the end. Either all edits
/// are applied or none. The result is JSON, but need not be a valid pipeline.
///
/// The cost is that of reading the text a few times, plus that of each edit.
pub fn apply(text: &str, edits: &[Edit], registry: &Registry) -> Result<Applied, EditError> {
    let mut sheet = Sheet::read(text, registry)?;
    let inverse = run(&mut sheet, edits)?;
    let new = sheet.text();
    let document = Document::parse(new.as_str()).map_err(|errors| syntax(&errors))?;
    if edits.is_empty() || *new == *text {
        let inverse = Vec::new();
        return Ok(Applied { text: new, inverse });
    }
    let inverse = proven(document, text, inverse, registry)?;
    Ok(Applied { text: new, inverse })
}

/// The inverse edits, completed if they do not lead to exactly the old text: after odd spellings,
/// for example.
fn proven(
    new: Document,
    old: &str,
    mut inverse: Vec<Edit>,
    registry: &Registry,
) -> Result<Vec<Edit>, EditError> {
    let mut sheet = Sheet::new(new.clone(), registry)?;
    if run(&mut sheet, &inverse).is_err() {
        return between::exactly(new.text(), old, registry);
    }
    let back = sheet.text();
    if back != old {
        inverse.extend(between::exactly(&back, old, registry)?);
    }
    Ok(inverse)
}

/// Applies edits, in their order. Returns those that undo them, as far as can be told from each
/// edit.
pub(super) fn run(sheet: &mut Sheet<'_>, edits: &[Edit]) -> Result<Vec<Edit>, EditError> {
    let mut undo = Vec::with_capacity(edits.len());
    for (number, edit) in edits.iter().enumerate() {
        let done = one(sheet, edit).and_then(|undo| sheet.docs.not_full().map(|()| undo));
        undo.push(done.map_err(|error| error.of(number))?);
    }
    Ok(undo.into_iter().rev().flatten().collect())
}

fn one(sheet: &mut Sheet<'_>, edit: &Edit) -> Result<Vec<Edit>, EditError> {
    match edit {
        Edit::AddStage {
            value,
            into,
            at,
            layout,
        } => sheet.add_stage(value, into.as_ref(), at, layout),
        Edit::RemoveStage {
            stage,
            keep_references,
            layout,
        } => sheet.remove_stage(stage, *keep_references, layout),
        Edit::RenameStage { stage, to } => sheet.rename_stage(stage, to),
        Edit::MoveStage { stage, into, at } => sheet.move_stage(stage, into.as_ref(), at),
        Edit::ReorderStage { stage, at, layout } => sheet.reorder_stage(stage, at, layout),
        Edit::Include {
            stage,
            into,
            at,
            layout,
        } => {
            if into.control == *stage {
                return Err(stages::inside_itself(stage));
            }
            sheet.add_entry(&Entries::Members(into.clone()), stage, at, layout)
        }
        Edit::Exclude {
            stage,
            from,
            layout,
        } => sheet.remove_entry(&Entries::Members(from.clone()), stage, layout),
        Edit::Connect {
            stage,
            on,
            at,
            layout,
        } => sheet.add_entry(&Entries::Dependencies(stage.clone()), on, at, layout),
        Edit::Disconnect { stage, on, layout } => {
            sheet.remove_entry(&Entries::Dependencies(stage.clone()), on, layout)
        }
        Edit::SetField {
            stage,
            path,
            value,
            at,
            layout,
        } => set_field(sheet, stage.as_deref(), path, value, (at, layout)),
        Edit::UnsetField {
            stage,
            path,
            layout,
        } => unset_field(sheet, stage.as_deref(), path, layout),
        Edit::Reformat { text } => reformat::reformat(sheet, text),
    }
}

fn set_field(
    sheet: &mut Sheet<'_>,
    stage: Option<&str>,
    path: &[Step],
    value: &Value,
    (at, layout): (&Position, &Layout),
) -> Result<Vec<Edit>, EditError> {
    let owner = owner(sheet, stage, path)?;
    let was = sheet.set(owner, path, value, at, layout)?;
    changed(sheet, owner, path);
    Ok(undo_set(stage, path, was))
}

fn unset_field(
    sheet: &mut Sheet<'_>,
    stage: Option<&str>,
    path: &[Step],
    layout: &Layout,
) -> Result<Vec<Edit>, EditError> {
    let owner = owner(sheet, stage, path)?;
    let removed = sheet.unset(owner, path, layout)?;
    changed(sheet, owner, path);
    Ok(undo_removed(stage, path, removed))
}

/// Where the path of a field begins.
fn owner(sheet: &Sheet<'_>, stage: Option<&str>, path: &[Step]) -> Result<Owner, EditError> {
    let Some(stage) = stage else {
        return Ok(Owner::File);
    };
    let number = sheet.stage("stage", stage)?;
    if path.first() == Some(&Step::from("id")) {
        let message = "a stage's `id` is not a field like others";
        return Err(EditError::new(ErrorCode::InvalidValue, message)
            .field("path")
            .help("use `renameStage`, which changes everything that refers to the stage"));
    }
    Ok(Owner::Stage(number))
}

fn changed(sheet: &mut Sheet<'_>, owner: Owner, path: &[Step]) {
    match owner {
        Owner::Stage(number) => sheet.touch(number),
        // Fields inside `stages` may be anything, ids included.
        Owner::File if path.first() == Some(&Step::from("stages")) => sheet.number(),
        Owner::File => {}
    }
}
