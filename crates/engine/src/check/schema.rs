//! Checks literal values against the subset of JSON Schema that components use. A text that
//! contains a template matches any schema, since its value is not known.

use serde_json::Value as Json;
use types::ErrorCode;

use super::{did_you_mean, shown};
use crate::source::{Kind, Node};

/// One place where a value does not match.
pub(super) struct Mismatch {
    pub node: u32,
    pub code: ErrorCode,
    /// What the schema accepts here.
    pub takes: String,
    /// What the value is.
    pub got: String,
    pub suggestion: Option<String>,
}

/// The mismatches of a value, in the order of its parts.
#[derive(Default)]
pub(super) struct Mismatches {
    /// At most [`MAX_LISTED`].
    pub listed: Vec<Mismatch>,
    /// The number of further mismatches.
    pub more: usize,
}

/// Mismatches beyond this number are only counted.
pub(super) const MAX_LISTED: usize = 20;

/// The most references followed for one value; a schema may refer to itself.
const MAX_REFERENCES: usize = 32;

/// All mismatches between a value and a schema.
pub(super) fn mismatches(node: Node<'_>, schema: &Json, root: &Json) -> Mismatches {
    let mut out = Mismatches::default();
    fit(node, schema, root, 0, &mut out);
    out
}

impl Mismatches {
    fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    fn push(&mut self, found: Mismatch) {
        // Two parts of a schema may require the same.
        let told = |one: &Mismatch| one.node == found.node && one.takes == found.takes;
        if self.listed.iter().any(told) {
            return;
        }
        match self.listed.len() < MAX_LISTED {
            true => self.listed.push(found),
            false => self.more += 1,
        }
    }

    fn extend(&mut self, other: Mismatches) {
        other.listed.into_iter().for_each(|one| self.push(one));
        self.more += other.more;
    }
}

fn fit(node: Node<'_>, schema: &Json, root: &Json, references: usize, out: &mut Mismatches) {
    if node.text().is_some_and(|text| text.contains("{{")) || references > MAX_REFERENCES {
        return;
    }
    let Some(schema) = schema.as_object() else {
        return;
    };
    if let Some(target) = schema.get("$ref").and_then(Json::as_str) {
        let target = target.strip_prefix('#').and_then(|way| root.pointer(way));
        if let Some(target) = target {
            fit(node, target, root, references + 1, out);
        }
        return;
    }
    let words = |value: &Json| -> Vec<String> {
        match value {
            Json::String(word) => vec![word.clone()],
            Json::Array(words) => words
                .iter()
                .filter_map(Json::as_str)
                .map(Into::into)
                .collect(),
            _ => Vec::new(),
        }
    };
    if let Some(types) = schema.get("type").map(words)
        && !types.iter().any(|word| is(node, word))
    {
        // Further mismatches of a value of the wrong type would only repeat this.
        return out.push(wrong_type(node, &types));
    }
    if let Some(found) = values(node, schema) {
        out.push(found);
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(options) = schema.get(key).and_then(Json::as_array) {
            any(node, options, root, references, out);
        }
    }
    let parts = schema.get("allOf").and_then(Json::as_array);
    for part in parts.into_iter().flatten() {
        fit(node, part, root, references + 1, out);
    }
    if let Some(found) = range(node, schema) {
        out.push(found);
    }
    inside(node, schema, root, references, out);
}

/// Checks `enum` and `const`.
fn values(node: Node<'_>, schema: &serde_json::Map<String, Json>) -> Option<Mismatch> {
    let allowed: Vec<&Json> = match (schema.get("enum"), schema.get("const")) {
        (Some(Json::Array(values)), _) => values.iter().collect(),
        (_, Some(value)) => vec![value],
        _ => return None,
    };
    let value = node.value().to_serde();
    if allowed.iter().any(|one| **one == value) || spelled(node, schema, &allowed) {
        return None;
    }
    let allowed: Vec<&Json> = allowed.into_iter().filter(|one| !one.is_null()).collect();
    let names: Vec<String> = allowed.iter().map(|one| one.to_string()).collect();
    let texts = allowed.iter().filter_map(|one| one.as_str());
    Some(Mismatch {
        node: node.id(),
        code: ErrorCode::InvalidValue,
        takes: names.join(", "),
        got: shown(node.raw()),
        suggestion: node.text().and_then(|text| did_you_mean(&text, texts)),
    })
}

/// Whether a text matches one of the allowed words as components read them. With `x-any-case`, case
/// and surrounding spaces are ignored; `x-also` lists further accepted words that are not shown in
/// messages; and where null is allowed, an empty text counts as null.
fn spelled(node: Node<'_>, schema: &serde_json::Map<String, Json>, allowed: &[&Json]) -> bool {
    if !schema.contains_key("x-any-case") {
        return false;
    }
    let Some(text) = node.text() else {
        return false;
    };
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return allowed.iter().any(|one| one.is_null());
    }
    let also = schema.get("x-also").and_then(Json::as_array);
    let mut words = allowed
        .iter()
        .copied()
        .chain(also.into_iter().flatten())
        .filter_map(Json::as_str);
    words.any(|word| word.to_lowercase() == text)
}

/// At least one option must match. If none does, reports the mismatches of an option whose type
/// matched, or else one mismatch that lists the types of all options.
fn any(node: Node<'_>, options: &[Json], root: &Json, references: usize, out: &mut Mismatches) {
    let mut misses = Vec::new();
    for option in options {
        let mut missed = Mismatches::default();
        fit(node, option, root, references + 1, &mut missed);
        if missed.is_empty() {
            return;
        }
        misses.push(missed);
    }
    let inside = |missed: &Mismatches| missed.listed.iter().all(|one| one.node != node.id());
    if let Some(at) = misses.iter().position(inside) {
        return out.extend(misses.swap_remove(at));
    }
    let mut takes: Vec<String> = Vec::new();
    for miss in misses.iter().flat_map(|missed| &missed.listed) {
        if miss.node == node.id() && !takes.contains(&miss.takes) {
            takes.push(miss.takes.clone());
        }
    }
    takes.retain(|word| word != "null");
    let mut all = misses.into_iter().flat_map(|missed| missed.listed);
    if let Some(mut first) = all.find(|miss| miss.node == node.id()) {
        first.takes = takes.join(" or ");
        out.push(first);
    }
}

fn is(node: Node<'_>, word: &str) -> bool {
    // Components accept a number or a boolean that is written as text, as templates produce them.
    let text = node.text();
    let text = text.as_deref().map(str::trim);
    match word {
        "boolean" if text.is_some_and(|t| matches!(t, "true" | "false" | "True" | "False")) => true,
        "number" if text.is_some_and(|t| t.parse::<f64>().is_ok_and(f64::is_finite)) => true,
        "integer" if text.is_some_and(|t| t.parse::<i64>().is_ok()) => true,
        "null" => node.kind() == Kind::Null,
        "boolean" => node.kind() == Kind::Bool,
        "string" => node.kind() == Kind::Text,
        "number" => node.kind() == Kind::Number,
        "integer" => {
            node.kind() == Kind::Number
                && node
                    .value()
                    .as_f64()
                    .is_some_and(|number| number.fract() == 0.0)
        }
        "array" => node.kind() == Kind::List,
        "object" => node.kind() == Kind::Object,
        // A type that is not known here accepts everything.
        _ => true,
    }
}

fn wrong_type(node: Node<'_>, types: &[String]) -> Mismatch {
    let name = |word: &String| match word.as_str() {
        "boolean" => "true or false",
        "string" => "text",
        "number" => "a number",
        "integer" => "a whole number",
        "array" => "a list",
        "object" => "an object",
        _ => "null",
    };
    let mut takes: Vec<&str> = types.iter().map(name).collect();
    if takes.len() > 1 {
        takes.retain(|word| *word != "null");
    }
    let got = match node.kind() {
        Kind::Null | Kind::List | Kind::Object => node.kind().name().to_owned(),
        kind => format!("{} ({})", kind.name(), shown(node.raw())),
    };
    Mismatch {
        node: node.id(),
        code: ErrorCode::WrongType,
        takes: takes.join(" or "),
        got,
        suggestion: None,
    }
}

fn range(node: Node<'_>, schema: &serde_json::Map<String, Json>) -> Option<Mismatch> {
    let number = match node.kind() {
        Kind::Number => node.value().as_f64()?,
        // A number written as text counts as a number.
        Kind::Text if counts(schema) => node.text()?.trim().parse().ok()?,
        _ => return None,
    };
    let bound = |key: &str| schema.get(key).and_then(Json::as_f64);
    let (low, high) = (bound("minimum"), bound("maximum"));
    let (above, below) = (bound("exclusiveMinimum"), bound("exclusiveMaximum"));
    let fits = low.is_none_or(|low| number >= low)
        && high.is_none_or(|high| number <= high)
        && above.is_none_or(|above| number > above)
        && below.is_none_or(|below| number < below);
    if fits {
        return None;
    }
    let takes = match (low.or(above), high.or(below)) {
        (Some(low), Some(high)) => format!("a number from {low} to {high}"),
        (Some(low), None) if above.is_some() => format!("a number above {low}"),
        (Some(low), None) => format!("a number of at least {low}"),
        (None, high) => format!("a number of at most {}", high.unwrap_or_default()),
    };
    Some(Mismatch {
        node: node.id(),
        code: ErrorCode::InvalidValue,
        takes,
        got: shown(node.raw()),
        suggestion: None,
    })
}

/// Whether the schema accepts a number.
fn counts(schema: &serde_json::Map<String, Json>) -> bool {
    let word = |word: &Json| matches!(word.as_str(), Some("number" | "integer"));
    match schema.get("type") {
        Some(Json::Array(words)) => words.iter().any(word),
        Some(one) => word(one),
        None => false,
    }
}

/// Checks the contents of a list or object.
fn inside(
    node: Node<'_>,
    schema: &serde_json::Map<String, Json>,
    root: &Json,
    references: usize,
    out: &mut Mismatches,
) {
    match node.kind() {
        Kind::List => {
            let Some(items) = schema.get("items") else {
                return;
            };
            for item in node.children() {
                fit(item, items, root, references, out);
            }
        }
        Kind::Object => {
            let named = schema.get("properties").and_then(Json::as_object);
            let other = schema
                .get("additionalProperties")
                .filter(|other| other.is_object());
            for child in node.children() {
                let key = child.key().unwrap_or_default();
                let wanted = named.and_then(|named| named.get(key.as_ref())).or(other);
                if let Some(wanted) = wanted {
                    fit(child, wanted, root, references, out);
                }
            }
        }
        _ => {}
    }
}
