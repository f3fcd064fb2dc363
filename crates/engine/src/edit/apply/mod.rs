//! Applies edits to a text.

mod fields;
pub(super) mod lists;
mod reformat;
pub(super) mod rename;
mod stages;
mod values;

use types::ErrorCode;

use super::{
    Applied, Edit, EditError, Layout, Position, Step, between,
    sheet::{Owner, Sheet, syntax},
};
use crate::{Value, component::Registry, source::Document};
use fields::{undo_removed, undo_set};
use lists::Entries;
pub(super) use reformat::same;

/// How many bytes the inverse edits have at most before they are dropped and found by comparing the
/// texts instead.
const MAX_INVERSE: usize = 4 << 20;

/// Applies edits to a pipeline's text, in their order.
///
/// Changes only the bytes that they are about: formatting, the order of keys, unknown keys and odd
/// spellings stay, and so do a byte order mark, line endings and blanks at the end. Either all edits
/// are applied or none. The result is JSON, but need not be a valid pipeline.
///
/// The cost is that of reading the text a few times, plus that of each edit. The inverse is not much
/// larger than the text, however much the edits change on the way.
pub fn apply(text: &str, edits: &[Edit], registry: &Registry) -> Result<Applied, EditError> {
    let mut sheet = Sheet::read(text, registry)?;
    let inverse = undone(&mut sheet, edits)?;
    let new = sheet.text();
    let document = Document::parse(new.as_str()).map_err(|errors| syntax(&errors))?;
    if edits.is_empty() || *new == *text {
        let inverse = Vec::new();
        return Ok(Applied { text: new, inverse });
    }
    let inverse = proven(document, text, inverse, registry)?;
    Ok(Applied { text: new, inverse })
}

/// The text after some edits, as [`apply`] gives it, without the edits that undo them.
pub fn text_after(text: &str, edits: &[Edit], registry: &Registry) -> Result<String, EditError> {
    let mut sheet = Sheet::read(text, registry)?;
    run(&mut sheet, edits)?;
    let new = sheet.text();
    Document::parse(new.as_str()).map_err(|errors| syntax(&errors))?;
    Ok(new)
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

/// Applies edits, in their order.
pub(super) fn run(sheet: &mut Sheet<'_>, edits: &[Edit]) -> Result<(), EditError> {
    sheet.undoes = false;
    for (number, edit) in edits.iter().enumerate() {
        let done = one(sheet, edit).and_then(|_| sheet.docs.not_full());
        done.map_err(|error| error.of(number))?;
    }
    Ok(())
}

/// Applies edits, in their order. Returns those that undo them, as far as can be told from each
/// edit; none if they are very large.
fn undone(sheet: &mut Sheet<'_>, edits: &[Edit]) -> Result<Vec<Edit>, EditError> {
    sheet.undoes = true;
    let mut undo = Vec::new();
    let mut left = MAX_INVERSE;
    for (number, edit) in edits.iter().enumerate() {
        let done = one(sheet, edit).and_then(|undo| sheet.docs.not_full().map(|()| undo));
        let done = done.map_err(|error| error.of(number))?;
        if !sheet.undoes {
            continue;
        }
        match left.checked_sub(done.iter().map(size).sum()) {
            Some(rest) => {
                left = rest;
                undo.push(done);
            }
            None => {
                undo = Vec::new();
                sheet.undoes = false;
            }
        }
    }
    Ok(undo.into_iter().rev().flatten().collect())
}

/// How many bytes an edit has as JSON.
fn size(edit: &Edit) -> usize {
    struct Counter(usize);

    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.saturating_add(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut counter = Counter(0);
    match serde_json::to_writer(&mut counter, edit) {
        Ok(()) => counter.0,
        Err(_) => MAX_INVERSE,
    }
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
    changed(sheet, owner, path, false)?;
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
    changed(sheet, owner, path, layout.prune > 0)?;
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

/// Says that a field has changed. `pruned`: what was around it may be gone, too.
fn changed(
    sheet: &mut Sheet<'_>,
    owner: Owner,
    path: &[Step],
    pruned: bool,
) -> Result<(), EditError> {
    match owner {
        Owner::Stage(number) => sheet.touch(number),
        // Fields inside `stages` may be anything, ids included.
        Owner::File if path.first() == Some(&Step::from("stages")) => {
            let stages = sheet
                .stages()
                .map_or(&[][..], |list| list.members.as_slice());
            let number = match path {
                [_, Step::Index(at), Step::Key(key), ..] if !pruned && key != "id" => {
                    stages.get(*at).map_or(0, |member| member.stage)
                }
                _ => 0,
            };
            if number > 0 {
                sheet.touch(number);
                return Ok(());
            }
            // All stages are read again.
            let cost = stages.len().saturating_mul(32);
            sheet.docs.spend(cost)?;
            sheet.number();
        }
        Owner::File => {}
    }
    Ok(())
}
