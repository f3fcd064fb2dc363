//! Where a stage refers to others: `depends_on`, lists of inner stages, templates and expressions.
//!
//! Reads what `model::lower` reads, in all its spellings.

mod expression;
mod tokens;

use std::borrow::Cow;

use types::ErrorCode;

use super::{Branch, EditError, Step, tree::View};
use crate::{
    component::{Descriptor, LazyKind, Registry},
    model::{COMPONENT_KEYS, INPUT_KEYS},
    source::{Kind, quote},
};

pub(super) use expression::Names;

/// The component of a stage, if the registry has it.
pub(super) fn component(stage: View<'_>, registry: &Registry) -> Option<&'static Descriptor> {
    let mut keys = COMPONENT_KEYS.iter();
    let named = keys.find_map(|key| stage.get(key)?.text())?;
    let name = named.split('@').next().unwrap_or_default();
    registry.get(&name.trim().replace('-', "_"))
}

/// An input of a stage.
pub(super) struct Input<'t> {
    /// The component's own name for it.
    pub field: Cow<'t, str>,
    /// The way to it in the stage.
    pub path: [Step; 2],
    pub view: View<'t>,
    /// How much it counts if several set the same field.
    rank: (usize, usize),
}

/// The inputs of a stage as written, including those that others override.
pub(super) fn inputs<'t>(
    stage: View<'t>,
    component: Option<&'static Descriptor>,
    registry: &'t Registry,
) -> Vec<Input<'t>> {
    let mut out = Vec::new();
    for (order, object) in INPUT_KEYS.iter().enumerate() {
        let Some(inside) = stage.get(object) else {
            continue;
        };
        for (key, view) in inside.children() {
            let Some(key) = key else { continue };
            let path = [Step::from(*object), Step::Key(key.clone().into_owned())];
            let own = component.and_then(|component| {
                let synonyms = registry.synonyms(component).iter();
                let mut found = synonyms.filter_map(|known| {
                    let nth = known.others.iter().position(|other| **other == *key)?;
                    Some((known.field.as_str(), nth))
                });
                found.next()
            });
            let (field, rank) = match own {
                Some((field, nth)) => (Cow::Borrowed(field), (nth + 1, 1 - order)),
                None => (key, (0, 1 - order)),
            };
            out.push(Input {
                field,
                path,
                view,
                rank,
            });
        }
    }
    out
}

/// A list of a control stage as written.
pub(super) struct List<'t> {
    /// The component's own name for the field.
    pub field: &'static str,
    /// The key in an object of lists.
    pub key: Option<String>,
    /// A list, or a text that names a single stage.
    pub view: View<'t>,
}

impl List<'_> {
    /// The ids that the list names, in order.
    pub fn ids(&self) -> Vec<String> {
        ids(self.view)
    }

    /// As the branch of this control stage.
    pub fn branch(&self, control: &str) -> Branch {
        Branch {
            control: control.to_owned(),
            list: self.field.to_owned(),
            key: self.key.clone(),
        }
    }
}

/// The texts of a list, or a text itself.
pub(super) fn ids(view: View<'_>) -> Vec<String> {
    match view.kind() {
        Kind::Text => view.text().map(Cow::into_owned).into_iter().collect(),
        Kind::List => {
            let items = view.children().into_iter();
            items
                .filter_map(|(_, item)| item.text().map(Cow::into_owned))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The lists of inner stages that count.
pub(super) fn lists<'t>(stage: View<'t>, registry: &'t Registry) -> Vec<List<'t>> {
    let Some(component) = component(stage, registry) else {
        return Vec::new();
    };
    if component.inner.is_empty() {
        return Vec::new();
    }
    let all = inputs(stage, Some(component), registry);
    let mut out = Vec::new();
    for inner in component.inner {
        let named = all.iter().filter(|input| input.field == inner.field);
        let Some(input) = named.min_by_key(|input| input.rank) else {
            continue;
        };
        if !inner.map {
            out.push(List {
                field: inner.field,
                key: None,
                view: input.view,
            });
            continue;
        }
        for (key, view) in input.view.children() {
            let Some(key) = key else { continue };
            out.push(List {
                field: inner.field,
                key: Some(key.into_owned()),
                view,
            });
        }
    }
    out
}

/// The way to a list of a control stage, whether it exists or not.
pub(super) fn list_path(
    stage: View<'_>,
    branch: &Branch,
    registry: &Registry,
) -> Result<Vec<Step>, EditError> {
    let control = &branch.control;
    let none = |help: String| {
        EditError::new(
            ErrorCode::InvalidValue,
            format!("the stage `{control}` has no list `{}`", branch.list),
        )
        .field("list")
        .help(help)
    };
    let Some(component) = component(stage, registry) else {
        return Err(none(
            "name a stage whose component runs other stages".into(),
        ));
    };
    let Some(inner) = component
        .inner
        .iter()
        .find(|inner| inner.field == branch.list)
    else {
        let names: Vec<&str> = component.inner.iter().map(|inner| inner.field).collect();
        return Err(none(match names.is_empty() {
            true => format!("`{}` does not run other stages", component.name),
            false => format!("`{}` has {}", component.name, names.join(", ")),
        }));
    };
    if inner.map != branch.key.is_some() {
        let message = match inner.map {
            true => format!(
                "`{}` is an object of lists, and no key is named",
                branch.list
            ),
            false => format!("`{}` is a list and has no keys", branch.list),
        };
        return Err(EditError::new(ErrorCode::InvalidValue, message)
            .field("key")
            .help("`key` names a list in an object of lists, such as a route"));
    }
    let all = inputs(stage, Some(component), registry);
    let named = all.iter().filter(|input| input.field == inner.field);
    let mut path = match named.min_by_key(|input| input.rank) {
        Some(input) => input.path.to_vec(),
        None => vec![Step::from("config"), Step::from(inner.field)],
    };
    path.extend(branch.key.clone().map(Step::Key));
    Ok(path)
}

/// A text of a stage that a rename changes.
pub(super) struct Changed {
    /// The way to it in the stage.
    pub path: Vec<Step>,
    /// Its new JSON text.
    pub text: String,
}

/// The stage that is renamed, and how.
pub(super) struct Rename<'a> {
    pub old: &'a str,
    pub new: &'a str,
    /// The stages' ids before and after.
    pub before: &'a Names,
    pub after: &'a Names,
}

/// The texts of a stage that change when another stage (or itself) is renamed. Its own `id` is not
/// one of them.
pub(super) fn renamed(
    stage: View<'_>,
    registry: &Registry,
    rename: &Rename<'_>,
) -> Result<Vec<Changed>, EditError> {
    let mut out = Vec::new();
    if let Some(list) = stage.get("depends_on") {
        whole(list, vec![Step::from("depends_on")], rename, &mut out);
    }
    let component = component(stage, registry);
    for input in inputs(stage, component, registry) {
        let path = input.path.to_vec();
        let inner = component.and_then(|c| c.inner.iter().find(|list| list.field == input.field));
        let lazy = component.and_then(|c| c.lazy.iter().find(|lazy| lazy.field == input.field));
        match (inner, lazy) {
            (Some(list), _) if list.map => {
                for (key, view) in input.view.children() {
                    let mut path = path.clone();
                    path.extend(key.map(|key| Step::Key(key.into_owned())));
                    whole(view, path, rename, &mut out);
                }
            }
            (Some(_), _) => whole(input.view, path, rename, &mut out),
            (None, Some(lazy)) => {
                let locals: Vec<&str> = lazy.names.to_vec();
                match lazy.kind {
                    LazyKind::Template => templates(input.view, path, rename, &locals, &mut out)?,
                    _ => text(input.view, path, rename, &locals, true, &mut out)?,
                }
            }
            (None, None) => templates(input.view, path, rename, &[], &mut out)?,
        }
    }
    Ok(out)
}

/// A list of ids, or a single id.
fn whole(view: View<'_>, path: Vec<Step>, rename: &Rename<'_>, out: &mut Vec<Changed>) {
    let is_old = |view: View<'_>| view.text().is_some_and(|text| text == rename.old);
    if is_old(view) {
        let text = quote(rename.new);
        out.push(Changed { path, text });
    } else if view.kind() == Kind::List {
        for (at, (_, item)) in view.children().into_iter().enumerate() {
            if is_old(item) {
                let mut path = path.clone();
                path.push(Step::Index(at));
                let text = quote(rename.new);
                out.push(Changed { path, text });
            }
        }
    }
}

/// All texts of a value that have templates.
fn templates(
    view: View<'_>,
    path: Vec<Step>,
    rename: &Rename<'_>,
    locals: &[&str],
    out: &mut Vec<Changed>,
) -> Result<(), EditError> {
    match view.kind() {
        Kind::Text => text(view, path, rename, locals, false, out),
        Kind::List | Kind::Object => {
            for (at, (key, child)) in view.children().into_iter().enumerate() {
                let mut path = path.clone();
                path.push(match key {
                    Some(key) => Step::Key(key.into_owned()),
                    None => Step::Index(at),
                });
                templates(child, path, rename, locals, out)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// One text: a template, or an expression as a whole.
fn text(
    view: View<'_>,
    path: Vec<Step>,
    rename: &Rename<'_>,
    locals: &[&str],
    is_expression: bool,
    out: &mut Vec<Changed>,
) -> Result<(), EditError> {
    let Some(text) = view.text() else {
        return Ok(());
    };
    if !is_expression && !text.contains("{{") {
        return Ok(());
    }
    let changes = expression::changes(&text, is_expression, rename, locals)
        .map_err(|error| error.field(super::sheet::path_text(&path)))?;
    if changes.is_empty() {
        return Ok(());
    }
    let raw = view.raw();
    let mut written = String::with_capacity(raw.len() + 16);
    let mut done = 0;
    for (range, new) in changes {
        let (from, to) = (view.raw_offset(range.start), view.raw_offset(range.end));
        written.push_str(raw.get(done..from).unwrap_or_default());
        let quoted = quote(&new);
        written.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
        done = to;
    }
    written.push_str(raw.get(done..).unwrap_or_default());
    out.push(Changed {
        path,
        text: written,
    });
    Ok(())
}
