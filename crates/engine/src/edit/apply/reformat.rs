//! Writes a pipeline in the layout of another text.

use std::{borrow::Cow, collections::HashMap};

use crate::{
    edit::{Edit, EditError, fields::Fields, sheet::Sheet, sheet::syntax, tree::too_large},
    source::{Document, Kind, MAX_BYTES, Node},
};

/// Applies [`Edit::Reformat`].
pub(super) fn reformat(sheet: &mut Sheet<'_>, text: &str) -> Result<Vec<Edit>, EditError> {
    let wanted = Document::parse(text).map_err(|errors| syntax(&errors).field("text"))?;
    let old = sheet.text();
    if old == text {
        return Ok(Vec::new());
    }
    // The text is read and written as a whole, however short the edit is.
    sheet.docs.spend(old.len())?;
    let current = Document::parse(old.as_str()).map_err(|errors| syntax(&errors))?;
    let (root, span) = (wanted.root(), wanted.root().span());
    let mut out = String::with_capacity(text.len());
    out.push_str(text.get(..span.start).unwrap_or_default());
    write(&mut out, current.root(), root);
    if out.len() > MAX_BYTES {
        return Err(too_large());
    }
    out.push_str(text.get(span.end..).unwrap_or_default());
    if out == old {
        return Ok(Vec::new());
    }
    let mut new = Sheet::read(&out, sheet.registry)?;
    new.docs.carry(&sheet.docs);
    new.undoes = sheet.undoes;
    *sheet = new;
    Ok(vec![Edit::Reformat { text: old }])
}

/// Appends a value in the layout of another one.
fn write(out: &mut String, value: Node<'_>, layout: Node<'_>) {
    // The items of a list may all have the same layout, so that little becomes much.
    if out.len() > MAX_BYTES {
        return;
    }
    if same(value, layout) {
        out.push_str(layout.raw());
        return;
    }
    let (mine, theirs): (Vec<_>, Vec<_>) =
        (value.children().collect(), layout.children().collect());
    match (value.kind(), layout.kind()) {
        (Kind::Object, Kind::Object) => {
            let (of_mine, of_theirs) = (Fields::of(value), Fields::of(layout));
            let all = mine.len() == theirs.len()
                && theirs.iter().all(|field| of_mine.partner(*field).is_some());
            if all {
                let fields = theirs.iter().filter_map(|field| {
                    let mine = of_mine.partner(*field)?;
                    Some((*field, mine, *field))
                });
                pieces(out, layout, fields);
            } else {
                let fields = mine
                    .iter()
                    .map(|field| (*field, *field, of_theirs.partner(*field).unwrap_or(*field)));
                pieces(out, value, fields);
            }
        }
        (Kind::List, Kind::List) if mine.len() == theirs.len() && !by_id(&mine, &theirs) => {
            let items = mine.iter().zip(&theirs);
            pieces(
                out,
                layout,
                items.map(|(mine, theirs)| (*theirs, *mine, *theirs)),
            );
        }
        (Kind::List, Kind::List) => {
            let mut ids: HashMap<Cow<'_, str>, Node<'_>> = HashMap::new();
            for item in &theirs {
                if let Some(id) = item.get("id").and_then(|id| id.text()) {
                    ids.entry(id).or_insert(*item);
                }
            }
            let find = |item: Node<'_>| ids.get(&*item.get("id")?.text()?).copied();
            let items = mine
                .iter()
                .map(|item| (*item, *item, find(*item).unwrap_or(*item)));
            pieces(out, value, items);
        }
        _ => out.push_str(value.raw()),
    }
}

/// Whether items of two lists of the same length belong together by their ids and not by their
/// places.
fn by_id(mine: &[Node<'_>], theirs: &[Node<'_>]) -> bool {
    let id = |item: &Node<'_>| item.get("id").map(|id| id.raw().to_owned());
    mine.iter().zip(theirs).any(|(a, b)| id(a) != id(b))
}

/// Appends an object or list: the text between its members is that of `frame`. Each member: where
/// it stands in the frame, its value, and the layout of the value.
fn pieces<'a>(
    out: &mut String,
    frame: Node<'a>,
    members: impl Iterator<Item = (Node<'a>, Node<'a>, Node<'a>)>,
) {
    let raw = frame.raw();
    let start = frame.span().start;
    let mut done = 0;
    for (place, value, layout) in members {
        let from = place.span().start - start;
        out.push_str(raw.get(done..from).unwrap_or_default());
        write(out, value, layout);
        done = place.span().end - start;
    }
    out.push_str(raw.get(done..).unwrap_or_default());
}

/// Whether two values are equal, whatever their layout.
pub(in crate::edit) fn same(a: Node<'_>, b: Node<'_>) -> bool {
    if a.raw() == b.raw() {
        return true;
    }
    match (a.kind(), b.kind()) {
        (Kind::Object, Kind::Object) => {
            let number = |node: Node<'_>| node.children().count();
            if number(a) != number(b) {
                return false;
            }
            let of_b = Fields::of(b);
            a.children()
                .all(|field| of_b.partner(field).is_some_and(|other| same(field, other)))
        }
        (Kind::List, Kind::List) => {
            let (mut a, mut b) = (a.children(), b.children());
            loop {
                match (a.next(), b.next()) {
                    (None, None) => return true,
                    (Some(a), Some(b)) if same(a, b) => {}
                    _ => return false,
                }
            }
        }
        (Kind::Object | Kind::List, _) | (_, Kind::Object | Kind::List) => false,
        _ => a.value() == b.value(),
    }
}
