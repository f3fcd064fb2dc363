//! Applies one operation.

use std::collections::HashSet;

use serde_json::Value as Json;

use super::{Kind, Operation, path::Path};
use crate::{
    Filter, Object, Schema, ScimError, ScimType,
    schema::{Attribute, Kind as Type, one, whole},
};

impl Operation {
    pub fn apply(&self, schema: &Schema, resource: &mut Object) -> Result<(), ScimError> {
        match (&self.path, &self.value) {
            (Some(path), value) => {
                if path.attribute.attribute.is_some_and(|one| one.read_only) {
                    let detail = "path: only this server writes this attribute; leave it out";
                    return Err(ScimError::new(ScimType::Mutability, detail));
                }
                change(resource, self.kind, path, value)
            }
            (None, Json::Object(values)) => {
                for (name, value) in values {
                    each(schema, resource, self.kind, name, value)?;
                }
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }
}

/// One attribute of an operation without a path. Its name may itself be a path. What the schema does
/// not have, and what only the server writes, is ignored as in a whole resource.
fn each(
    schema: &Schema,
    resource: &mut Object,
    kind: Kind,
    name: &str,
    value: &Json,
) -> Result<(), ScimError> {
    let Ok(path) = Path::read(schema, name) else {
        return Ok(());
    };
    if path.attribute.attribute.is_some_and(|one| one.read_only) {
        return Ok(());
    }
    change(resource, kind, &path, value)
}

fn change(resource: &mut Object, kind: Kind, path: &Path, value: &Json) -> Result<(), ScimError> {
    let Some(attribute) = path.attribute.attribute else {
        return extension(resource, kind, path, value);
    };
    match path.attribute.extension {
        None => attribute_of(resource, attribute, (kind, path), value),
        Some(urn) => within(resource, urn, |base| {
            attribute_of(base, attribute, (kind, path), value)
        }),
    }
}

/// An attribute of a resource or of an extension.
fn attribute_of(
    base: &mut Object,
    attribute: &'static Attribute,
    (kind, path): (Kind, &Path),
    value: &Json,
) -> Result<(), ScimError> {
    match (&path.filter, attribute.many, path.part) {
        (Some(filter), _, part) => selected(base, attribute, (kind, filter, part), value),
        (None, true, None) => list(base, attribute, kind, value),
        (None, true, Some(part)) => parts(base, attribute, (kind, part), value),
        (None, false, None) => single(base, attribute, kind, value),
        (None, false, Some(part)) => within(base, attribute.name, |target| {
            single(target, part, kind, value)
        }),
    }
}

/// Changes an object in another one, which is made if it is not there, and dropped if it is empty.
fn within<R>(base: &mut Object, name: &str, change: impl FnOnce(&mut Object) -> R) -> R {
    let mut inner = match base.remove(name) {
        Some(Json::Object(inner)) => inner,
        _ => Object::new(),
    };
    let result = change(&mut inner);
    if !inner.is_empty() {
        base.insert(name.to_owned(), Json::Object(inner));
    }
    result
}

/// An extension as a whole.
fn extension(
    resource: &mut Object,
    kind: Kind,
    path: &Path,
    value: &Json,
) -> Result<(), ScimError> {
    let Some(urn) = path.attribute.extension else {
        return Ok(());
    };
    match (kind, value) {
        (Kind::Remove, _) => drop(resource.remove(urn)),
        (_, Json::Object(values)) => within(resource, urn, |inner| inner.extend(values.clone())),
        _ => return Err(ScimError::value(urn, "is not an object; send an object")),
    }
    Ok(())
}

/// An attribute with one value.
fn single(
    base: &mut Object,
    attribute: &'static Attribute,
    kind: Kind,
    value: &Json,
) -> Result<(), ScimError> {
    if kind == Kind::Remove || value.is_null() {
        base.remove(attribute.name);
        return Ok(());
    }
    let value = one(attribute.name, attribute, value)?;
    match value {
        // The parts that are not named stay.
        Json::Object(parts) => within(base, attribute.name, |inner| inner.extend(parts)),
        value => drop(base.insert(attribute.name.to_owned(), value)),
    }
    Ok(())
}

/// All values of an attribute.
fn list(
    base: &mut Object,
    attribute: &'static Attribute,
    kind: Kind,
    value: &Json,
) -> Result<(), ScimError> {
    let given = match whole(attribute.name, attribute, value)? {
        Some(Json::Array(list)) => list,
        _ => Vec::new(),
    };
    let mut values = taken(base, attribute);
    match kind {
        Kind::Replace => values = given,
        Kind::Add => {
            let mut known: HashSet<String> =
                values.iter().map(|one| identity(attribute, one)).collect();
            for one in given {
                if known.insert(identity(attribute, &one)) {
                    values.push(one);
                    only_primary(&mut values);
                }
            }
        }
        // Entra ID says in the value what to remove; without one, everything is removed.
        Kind::Remove if value.is_null() => values.clear(),
        Kind::Remove => {
            let gone: HashSet<String> = given.iter().map(|one| identity(attribute, one)).collect();
            values.retain(|one| !gone.contains(&identity(attribute, one)));
        }
    }
    put(base, attribute, values);
    Ok(())
}

/// What makes two values the same: that which they stand for.
fn identity(attribute: &Attribute, value: &Json) -> String {
    let text = value
        .get("value")
        .and_then(Json::as_str)
        .unwrap_or_default();
    match (attribute.name, value.get("type").and_then(Json::as_str)) {
        ("members", _) => text.to_owned(),
        (_, kind) => format!(
            "{} {}",
            kind.unwrap_or_default().to_lowercase(),
            text.to_lowercase()
        ),
    }
}

/// A part of all values.
fn parts(
    base: &mut Object,
    attribute: &'static Attribute,
    (kind, part): (Kind, &'static Attribute),
    value: &Json,
) -> Result<(), ScimError> {
    let mut values = taken(base, attribute);
    if values.is_empty() && kind != Kind::Remove {
        values.push(Json::Object(Object::new()));
    }
    for one in values.iter_mut().filter_map(Json::as_object_mut) {
        single(one, part, kind, value)?;
    }
    put(base, attribute, values);
    Ok(())
}

/// The values that a filter selects.
fn selected(
    base: &mut Object,
    attribute: &'static Attribute,
    (kind, filter, part): (Kind, &Filter, Option<&'static Attribute>),
    value: &Json,
) -> Result<(), ScimError> {
    let mut values = taken(base, attribute);
    let fits = |one: &Json| one.as_object().is_some_and(|one| filter.matches(one));
    if kind == Kind::Remove && part.is_none() {
        values.retain(|one| !fits(one));
        put(base, attribute, values);
        return Ok(());
    }
    if kind != Kind::Remove && !values.iter().any(fits) {
        match (kind, described(filter)) {
            (Kind::Add, Some(new)) => values.push(Json::Object(new)),
            _ => {
                let detail = format!(
                    "path: no value of {} fits; read the resource again, or add the value",
                    attribute.name
                );
                return Err(ScimError::new(ScimType::NoTarget, detail));
            }
        }
    }
    let chosen: Vec<usize> = (0..values.len()).filter(|at| fits(&values[*at])).collect();
    for at in &chosen {
        let old = values[*at].clone();
        let mut map = old.as_object().cloned().unwrap_or_default();
        match part {
            Some(part) => single(&mut map, part, kind, value)?,
            None => {
                let new = one(attribute.name, attribute, value)?;
                if kind == Kind::Replace {
                    map.clear();
                }
                map.extend(new.as_object().cloned().unwrap_or_default());
            }
        }
        values[*at] = Json::Object(map);
    }
    // Only one is the primary one: that which was just made it.
    let is_primary = |one: &Json| one.get("primary") == Some(&Json::Bool(true));
    if let Some(first) = chosen.iter().find(|at| is_primary(&values[**at])) {
        for (at, one) in values.iter_mut().enumerate() {
            if at != *first && is_primary(one) {
                one["primary"] = Json::Bool(false);
            }
        }
    }
    put(base, attribute, values);
    Ok(())
}

/// A new value that fits a filter, if the filter says what it must be.
fn described(filter: &Filter) -> Option<Object> {
    let mut new = Object::new();
    for (path, value) in filter.equalities()? {
        new.insert(path.attribute?.name.to_owned(), value.clone());
    }
    Some(new)
}

/// After a value was added at the end: if it is the primary one, no other is.
fn only_primary(values: &mut [Json]) {
    let Some((last, others)) = values.split_last_mut() else {
        return;
    };
    if last.get("primary") != Some(&Json::Bool(true)) {
        return;
    }
    for one in others.iter_mut().filter(|one| one.get("primary").is_some()) {
        one["primary"] = Json::Bool(false);
    }
}

fn taken(base: &mut Object, attribute: &Attribute) -> Vec<Json> {
    debug_assert_eq!(attribute.kind, Type::Complex);
    match base.remove(attribute.name) {
        Some(Json::Array(list)) => list,
        _ => Vec::new(),
    }
}

fn put(base: &mut Object, attribute: &Attribute, values: Vec<Json>) {
    if !values.is_empty() {
        base.insert(attribute.name.to_owned(), Json::Array(values));
    }
}
