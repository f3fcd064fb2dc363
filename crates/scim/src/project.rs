//! The parts of a resource that a request asks for: `attributes` and `excludedAttributes`.

use serde_json::Value as Json;

use crate::{AttributePath, Object, Schema, ScimError};

/// The largest number of names.
const MOST: usize = 100;

/// Which attributes are returned. `id` and `schemas` always are.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    only: Vec<AttributePath>,
    without: Vec<AttributePath>,
}

impl Projection {
    /// Reads the two parameters, names separated by commas. Names that the schema does not have are
    /// ignored, as the standard wants it.
    pub fn read(
        schema: &Schema,
        only: Option<&str>,
        without: Option<&str>,
    ) -> Result<Self, ScimError> {
        let list = |field: &str, text: Option<&str>| {
            let names: Vec<&str> = text.iter().flat_map(|text| text.split(',')).collect();
            if names.len() > MOST {
                let problem = format!("has {} names; at most {MOST} are allowed", names.len());
                return Err(ScimError::value(field, problem));
            }
            let known = names
                .iter()
                .filter_map(|name| AttributePath::read(schema, name.trim()).ok());
            Ok(known.collect::<Vec<_>>())
        };
        Ok(Self {
            only: list("attributes", only)?,
            without: list("excludedAttributes", without)?,
        })
    }

    /// Whether an attribute of the core schema is returned, at least in part.
    pub fn has(&self, name: &str) -> bool {
        let named = |list: &[AttributePath]| {
            let mut all = list.iter();
            all.any(|one| {
                one.extension.is_none() && one.attribute.is_some_and(|at| at.name == name)
            })
        };
        if !self.only.is_empty() {
            return named(&self.only);
        }
        !self.without.iter().any(|one| one.is(name))
    }

    /// The resource with the wanted attributes.
    pub fn apply(&self, resource: Object) -> Object {
        if self.only.is_empty() {
            let mut resource = resource;
            for path in &self.without {
                remove(&mut resource, path);
            }
            return resource;
        }
        let mut out = Object::new();
        for name in ["schemas", "id"] {
            if let Some(value) = resource.get(name) {
                out.insert(name.to_owned(), value.clone());
            }
        }
        for path in &self.only {
            copy(&resource, &mut out, path);
        }
        out
    }
}

fn remove(resource: &mut Object, path: &AttributePath) {
    let (Some(attribute), extension) = (path.attribute, path.extension) else {
        path.extension.and_then(|urn| resource.remove(urn));
        return;
    };
    if extension.is_none() && attribute.name == "id" {
        return;
    }
    let within = match extension {
        None => Some(resource),
        Some(urn) => resource.get_mut(urn).and_then(Json::as_object_mut),
    };
    let Some(within) = within else { return };
    match path.part {
        None => drop(within.remove(attribute.name)),
        Some(part) => match within.get_mut(attribute.name) {
            Some(Json::Object(map)) => drop(map.remove(part.name)),
            Some(Json::Array(list)) => {
                for one in list.iter_mut().filter_map(Json::as_object_mut) {
                    one.remove(part.name);
                }
            }
            _ => {}
        },
    }
}

fn copy(from: &Object, to: &mut Object, path: &AttributePath) {
    let (from, to) = match path.extension {
        None => (from, to),
        Some(urn) => {
            let Some(Json::Object(inner)) = from.get(urn) else {
                return;
            };
            let target = to.entry(urn).or_insert_with(|| Json::Object(Object::new()));
            let Json::Object(target) = target else { return };
            (inner, target)
        }
    };
    let Some(attribute) = path.attribute else {
        to.extend(from.clone());
        return;
    };
    let Some(value) = from.get(attribute.name) else {
        return;
    };
    let Some(part) = path.part else {
        to.insert(attribute.name.to_owned(), value.clone());
        return;
    };
    let picked = |map: &Object, into: &mut Object| {
        if let Some(value) = map.get(part.name) {
            into.insert(part.name.to_owned(), value.clone());
        }
    };
    match value {
        Json::Object(map) => {
            let target = to
                .entry(attribute.name)
                .or_insert_with(|| Json::Object(Object::new()));
            if let Json::Object(target) = target {
                picked(map, target);
            }
        }
        Json::Array(list) => {
            let empty = || Json::Array(vec![Json::Object(Object::new()); list.len()]);
            let target = to.entry(attribute.name).or_insert_with(empty);
            if let Json::Array(targets) = target {
                for (one, target) in list.iter().zip(targets) {
                    if let (Json::Object(one), Json::Object(target)) = (one, target) {
                        picked(one, target);
                    }
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ENTERPRISE_SCHEMA, USER};

    #[test]
    fn only_the_wanted_attributes_are_returned() {
        let Json::Object(user) = json!({
            "schemas": ["s"], "id": "1", "userName": "a", "name": { "familyName": "L", "givenName": "A" },
            "emails": [{ "value": "x", "type": "work" }, { "type": "home" }],
            ENTERPRISE_SCHEMA: { "department": "D", "division": "V" },
        }) else {
            panic!("an object");
        };
        let shown = |only, without| {
            let projection = Projection::read(&USER, only, without).unwrap();
            Json::Object(projection.apply(user.clone()))
        };
        assert_eq!(
            shown(
                Some("userName, name.familyName,emails.value,nonsense"),
                None
            ),
            json!({ "schemas": ["s"], "id": "1", "userName": "a", "name": { "familyName": "L" },
                "emails": [{ "value": "x" }, {}] })
        );
        let department = format!("{ENTERPRISE_SCHEMA}:department");
        assert_eq!(
            shown(Some(&department), None),
            json!({ "schemas": ["s"], "id": "1", ENTERPRISE_SCHEMA: { "department": "D" } })
        );
        let without = shown(
            None,
            Some(&format!("emails,id,name.givenName,{department}")),
        );
        assert_eq!(
            without,
            json!({ "schemas": ["s"], "id": "1", "userName": "a", "name": { "familyName": "L" },
                ENTERPRISE_SCHEMA: { "division": "V" } })
        );
    }
}
