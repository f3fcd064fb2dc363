//! Whether a resource fits a filter.

use chrono::DateTime;
use serde_json::Value as Json;

use super::{Comparison, Filter, Test};
use crate::{
    AttributePath, Object,
    schema::{Attribute, Kind},
};

impl Filter {
    /// Whether a resource, or one value of an attribute, fits.
    pub fn matches(&self, resource: &Object) -> bool {
        match self {
            Self::And(all) => all.iter().all(|one| one.matches(resource)),
            Self::Or(all) => all.iter().any(|one| one.matches(resource)),
            Self::Not(inner) => !inner.matches(resource),
            Self::Test(path, test) => passes(resource, path, test),
            Self::Within(path, inner) => {
                let list = base(resource, path).and_then(|base| value(base, path)?.as_array());
                let mut objects = list.into_iter().flatten().filter_map(Json::as_object);
                objects.any(|one| inner.matches(one))
            }
        }
    }
}

fn base<'a>(resource: &'a Object, path: &AttributePath) -> Option<&'a Object> {
    match path.extension {
        None => Some(resource),
        Some(urn) => resource.get(urn)?.as_object(),
    }
}

fn value<'a>(base: &'a Object, path: &AttributePath) -> Option<&'a Json> {
    base.get(path.attribute?.name)
}

/// The values that a path leads to.
fn values<'a>(resource: &'a Object, path: &AttributePath) -> Vec<&'a Json> {
    let Some(base) = base(resource, path) else {
        return Vec::new();
    };
    let Some(found) = value(base, path) else {
        return Vec::new();
    };
    let each: Vec<&Json> = match found {
        Json::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    let part = path
        .part
        .or_else(|| path.compared().filter(|one| Some(*one) != path.attribute));
    match part {
        None => each,
        Some(part) => each
            .into_iter()
            .filter_map(|one| one.get(part.name))
            .collect(),
    }
}

fn passes(resource: &Object, path: &AttributePath, test: &Test) -> bool {
    match test {
        Test::Present => present(resource, path),
        Test::Compare(comparison, wanted) => {
            let Some(attribute) = path.compared() else {
                return false;
            };
            let found = values(resource, path);
            let equals = |one: &Json| compares(Comparison::Equal, attribute, one, wanted);
            match (comparison, wanted) {
                (Comparison::Equal, Json::Null) => found.is_empty(),
                (Comparison::NotEqual, Json::Null) => !found.is_empty(),
                (Comparison::NotEqual, _) => !found.into_iter().any(equals),
                _ => found
                    .into_iter()
                    .any(|one| compares(*comparison, attribute, one, wanted)),
            }
        }
    }
}

fn present(resource: &Object, path: &AttributePath) -> bool {
    let filled = |value: &Json| match value {
        Json::Null => false,
        Json::String(text) => !text.is_empty(),
        Json::Array(list) => !list.is_empty(),
        Json::Object(map) => !map.is_empty(),
        Json::Bool(_) | Json::Number(_) => true,
    };
    let Some(base) = base(resource, path) else {
        return false;
    };
    match (path.attribute, path.part) {
        (None, _) => !base.is_empty(),
        (Some(_), None) => value(base, path).is_some_and(filled),
        (Some(_), Some(_)) => values(resource, path).into_iter().any(filled),
    }
}

fn compares(comparison: Comparison, attribute: &Attribute, found: &Json, wanted: &Json) -> bool {
    let (Json::String(found), Json::String(wanted)) = (found, wanted) else {
        return comparison == Comparison::Equal && found == wanted;
    };
    if attribute.kind == Kind::DateTime
        && let (Ok(found), Ok(wanted)) = (
            DateTime::parse_from_rfc3339(found),
            DateTime::parse_from_rfc3339(wanted),
        )
    {
        return ordered(comparison, &found, &wanted);
    }
    if attribute.exact {
        return compares_text(comparison, found, wanted);
    }
    compares_text(comparison, &found.to_lowercase(), &wanted.to_lowercase())
}

fn compares_text(comparison: Comparison, found: &str, wanted: &str) -> bool {
    match comparison {
        Comparison::Contains => found.contains(wanted),
        Comparison::StartsWith => found.starts_with(wanted),
        Comparison::EndsWith => found.ends_with(wanted),
        _ => ordered(comparison, found, wanted),
    }
}

fn ordered<T: PartialOrd + ?Sized>(comparison: Comparison, found: &T, wanted: &T) -> bool {
    match comparison {
        Comparison::Equal => found == wanted,
        Comparison::NotEqual => found != wanted,
        Comparison::Greater => found > wanted,
        Comparison::GreaterOrEqual => found >= wanted,
        Comparison::Less => found < wanted,
        Comparison::LessOrEqual => found <= wanted,
        Comparison::Contains | Comparison::StartsWith | Comparison::EndsWith => false,
    }
}
