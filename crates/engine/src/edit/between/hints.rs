//! Adds to edits how the text that they are to reach is written.

use std::{borrow::Cow, cell::Cell, collections::HashMap};

use crate::{
    edit::{Edit, Layout, Step},
    source::{Kind, Node, quote},
};

/// So many values are looked at before no more edits get a layout.
const MAX_LOOKS: usize = 20_000_000;

/// The edits with the layout of the new text.
pub(super) fn hinted(edits: &[Edit], new: Node<'_>) -> Vec<Edit> {
    let mut stages: HashMap<Cow<'_, str>, Node<'_>> = HashMap::new();
    for stage in new.get("stages").into_iter().flat_map(|l| l.children()) {
        if let Some(id) = stage.get("id").and_then(|id| id.text()) {
            stages.entry(id).or_insert(stage);
        }
    }
    let stage = |id: &str| stages.get(id).copied();
    let looks = Cell::new(0usize);
    let found = |edit: &Edit| match edit {
        Edit::AddStage { value, .. } => stage(value.get("id")?.as_str()?),
        Edit::SetField {
            stage: owner, path, ..
        } => {
            let owner = match owner {
                Some(id) => stage(id)?,
                None => new,
            };
            path.iter().try_fold(owner, |node, step| {
                looks.set(looks.get() + node.children().count());
                match step {
                    Step::Key(key) => node.get(key),
                    Step::Index(at) => node.item(*at),
                }
            })
        }
        Edit::Connect { stage: id, on, .. } => stage(id)?
            .get("depends_on")?
            .children()
            .find(|item| item.text().is_some_and(|text| text == *on)),
        _ => None,
    };
    let hint = |edit: &Edit| {
        let mut edit = edit.clone();
        if looks.get() > MAX_LOOKS {
            return edit;
        }
        if let Some(node) = found(&edit)
            && let Edit::AddStage { layout, .. }
            | Edit::SetField { layout, .. }
            | Edit::Connect { layout, .. } = &mut edit
        {
            *layout = written(node, &looks);
        }
        edit
    };
    edits.iter().map(hint).collect()
}

/// How a value is written.
fn written(node: Node<'_>, looks: &Cell<usize>) -> Layout {
    let Some(outside) = node.parent() else {
        return Layout::default();
    };
    let (raw, start) = (outside.raw(), outside.span().start);
    let piece = |from: usize, to: usize| {
        raw.get(from.saturating_sub(start)..to.saturating_sub(start))
            .map(str::to_owned)
    };
    let (mut before, mut after) = (start + 1, outside.span().end.saturating_sub(1));
    let mut seen = false;
    for child in outside.children() {
        looks.set(looks.get() + 1);
        if child.id() == node.id() {
            seen = true;
        } else if seen {
            after = child.key_span().start;
            break;
        } else {
            before = child.span().end;
        }
    }
    let (key, value) = (node.key_span(), node.span());
    let plain = match node.kind() {
        Kind::Object | Kind::List => false,
        Kind::Text => node.text().is_some_and(|text| quote(&text) == node.raw()),
        _ => node.value().to_json() == node.raw(),
    };
    Layout {
        text: (!plain).then(|| node.raw().to_owned()),
        key: node.key().and_then(|_| piece(key.start, value.start)),
        before: piece(before, key.start),
        after: piece(value.end, after),
        gap: None,
        prune: 0,
    }
}
