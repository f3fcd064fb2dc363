//! A pipeline file as the things that can change, each with its place in the text.
//!
//! Decides what is one thing and what means nothing. The difference and the merge share these
//! decisions: what one shows as a change, the other merges or reports as a conflict.

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::{
    Value,
    component::{Descriptor, InnerList, Registry},
    model::{COMPONENT_KEYS, INPUT_KEYS, names_component},
    source::{Kind, Node},
};

/// The parts of a tree, by key.
pub(super) type Parts<'a> = IndexMap<String, Tree<'a>>;

/// A value of the file.
pub(super) struct Tree<'a> {
    pub node: Node<'a>,
    pub shape: Shape<'a>,
}

/// How a value is compared.
pub(super) enum Shape<'a> {
    /// As a whole. An object in it is equal to one with the same fields in another order.
    Whole(Value),
    /// An object, field by field. The order of the fields means nothing.
    Fields(Parts<'a>),
    /// A list of things with names, in an order: stages by their ids, or ids.
    Sequence(Parts<'a>),
    /// A list of names whose order means nothing.
    Set(Parts<'a>),
}

/// Where a value is, as far as that decides its shape.
#[derive(Clone, Copy)]
enum Place {
    File,
    Stages,
    Stage,
    Inputs(Option<&'static Descriptor>),
    Branches,
    Schema,
    Properties,
    Names { ordered: bool },
    Whole,
    Other,
}

impl<'a> Tree<'a> {
    /// The tree of a whole file.
    pub fn of_file(root: Node<'a>, registry: &Registry) -> Self {
        build(root, Place::File, registry)
    }

    /// The tree of a value that is at no special place.
    pub fn of_value(node: Node<'a>) -> Self {
        build(node, Place::Other, &Registry::default())
    }

    /// The fields of an object; `None` for other shapes.
    pub fn fields(&self) -> Option<&Parts<'a>> {
        match &self.shape {
            Shape::Fields(parts) => Some(parts),
            _ => None,
        }
    }

    /// One field of an object.
    pub fn field(&self, key: &str) -> Option<&Tree<'a>> {
        self.fields()?.get(key)
    }

    /// The stages of a file, by id. `None` if there is no such list, or if it has anything but
    /// objects with ids that are texts and differ: it is then compared as a whole.
    pub fn stages(&self) -> Option<&Parts<'a>> {
        match &self.field("stages")?.shape {
            Shape::Sequence(parts) => Some(parts),
            _ => None,
        }
    }

    /// The value, with the component's name in its normal spelling.
    pub fn value(&self) -> Value {
        match &self.shape {
            Shape::Whole(value) => value.clone(),
            _ => self.node.value(),
        }
    }

    /// Whether two values mean the same.
    pub fn same(&self, other: &Tree<'_>) -> bool {
        match (&self.shape, &other.shape) {
            (Shape::Whole(a), Shape::Whole(b)) => a == b,
            (Shape::Fields(a), Shape::Fields(b)) | (Shape::Set(a), Shape::Set(b)) => {
                same_parts(a, b)
            }
            (Shape::Sequence(a), Shape::Sequence(b)) => a.keys().eq(b.keys()) && same_parts(a, b),
            _ => self.value() == other.value(),
        }
    }
}

fn same_parts(a: &Parts<'_>, b: &Parts<'_>) -> bool {
    a.len() == b.len()
        && a.iter()
            .all(|(key, part)| b.get(key).is_some_and(|other| part.same(other)))
}

/// Whether both are absent, or both are there and mean the same.
pub(super) fn same(a: Option<&Tree<'_>>, b: Option<&Tree<'_>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.same(b),
        (None, None) => true,
        _ => false,
    }
}

/// The component's name in a stage object, with underscores.
pub(super) fn component(stage: Node<'_>) -> String {
    COMPONENT_KEYS
        .iter()
        .find_map(|key| stage.get(key)?.text())
        .map(|name| name.replace('-', "_"))
        .unwrap_or_default()
}

fn build<'a>(node: Node<'a>, place: Place, registry: &Registry) -> Tree<'a> {
    let shape = match (place, node.kind()) {
        (Place::Whole, _) => None,
        (Place::Stages, Kind::List) => stages(node, registry).map(Shape::Sequence),
        (Place::Names { ordered }, Kind::List) => names(node).map(|parts| {
            if ordered {
                Shape::Sequence(parts)
            } else {
                Shape::Set(parts)
            }
        }),
        (Place::Stage, Kind::Object) => Some(Shape::Fields(stage(node, registry))),
        (_, Kind::Object) => Some(Shape::Fields(
            node.children()
                .map(|child| {
                    let key = child.key().unwrap_or_default();
                    let tree = build(child, within(place, &key, registry), registry);
                    (key.into_owned(), tree)
                })
                .collect(),
        )),
        _ => None,
    };
    Tree {
        node,
        shape: shape.unwrap_or_else(|| Shape::Whole(node.value())),
    }
}

/// The place of a field in an object at a place.
fn within(place: Place, key: &str, registry: &Registry) -> Place {
    match (place, key) {
        (Place::File, "stages") => Place::Stages,
        (Place::File, "input_schema" | "output_schema") | (Place::Schema, "items") => Place::Schema,
        (Place::Schema, "properties") => Place::Properties,
        (Place::Properties, _) => Place::Schema,
        (Place::File, "tags") | (Place::Schema, "required") => Place::Names { ordered: false },
        (Place::Branches, _) => Place::Names { ordered: true },
        (Place::Inputs(Some(component)), key) => match inner(component, key, registry) {
            Some(list) if list.map => Place::Branches,
            Some(_) => Place::Names { ordered: true },
            None => Place::Other,
        },
        _ => Place::Other,
    }
}

/// The list of inner stages that an input field of a component is, under any of its names.
fn inner(
    component: &'static Descriptor,
    key: &str,
    registry: &Registry,
) -> Option<&'static InnerList> {
    component.inner.iter().find(|list| {
        list.field == key
            || registry
                .synonyms(component)
                .iter()
                .any(|known| known.field == list.field && known.others.iter().any(|o| o == key))
    })
}

fn stage<'a>(node: Node<'a>, registry: &Registry) -> Parts<'a> {
    let found = component(node);
    let found = found.split('@').next().unwrap_or_default().trim();
    let descriptor = registry.get(found);
    // They are one field, `type`.
    let named = COMPONENT_KEYS.iter().filter(|key| node.get(key).is_some());
    let once = named.count() == 1;
    node.children()
        .map(|child| {
            let key = child.key().unwrap_or_default();
            if once && names_component(&key) && child.kind() == Kind::Text {
                let name = child.text().unwrap_or_default().replace('-', "_");
                let tree = Tree {
                    node: child,
                    shape: Shape::Whole(Value::from(name)),
                };
                return ("type".to_owned(), tree);
            }
            let place = match key.as_ref() {
                "depends_on" => Place::Names { ordered: false },
                key if INPUT_KEYS.contains(&key) => Place::Inputs(descriptor),
                "position" => Place::Whole,
                _ => Place::Other,
            };
            (key.into_owned(), build(child, place, registry))
        })
        .collect()
}

/// The stages by their ids, if each is an object with an id of its own.
fn stages<'a>(list: Node<'a>, registry: &Registry) -> Option<Parts<'a>> {
    let mut parts = Parts::new();
    for item in list.children() {
        let id = item.get("id")?.text().filter(|id| !id.trim().is_empty())?;
        let tree = build(item, Place::Stage, registry);
        if parts.insert(id.into_owned(), tree).is_some() {
            return None;
        }
    }
    Some(parts)
}

/// The names in a list, if it has nothing but texts, each once.
fn names(list: Node<'_>) -> Option<Parts<'_>> {
    let mut parts = Parts::new();
    for item in list.children() {
        let name: Cow<'_, str> = item.text()?;
        let tree = Tree {
            node: item,
            shape: Shape::Whole(Value::from(name.as_ref())),
        };
        if parts.insert(name.into_owned(), tree).is_some() {
            return None;
        }
    }
    Some(parts)
}
