//! Estimates the cost of a validation before it starts, because the validation library cannot be
//! interrupted.
//!
//! A schema is a graph: a `$ref` may point anywhere, so a short schema can visit the same field
//! twice on each level of the data (2^100 visits at depth 100), or the same value 2^n times through
//! a chain of definitions. The estimate counts visits level by level, from each schema that applies
//! to a value to the schemas that apply to its parts. It uses the depth and size of the data, not
//! its content.

use engine::Value;

/// The most visits of a validation.
const MAX_VISITS: f64 = 2_000_000.0;
/// The most schemas in one document.
const MAX_SCHEMAS: usize = 20_000;

/// Keywords whose schemas apply to the same value.
const SAME: &[&str] = &["allOf", "anyOf", "oneOf", "not", "if", "then", "else"];
/// Keywords whose named schemas apply to the same value.
const SAME_NAMED: &[&str] = &["dependentSchemas", "dependencies"];
/// Keywords whose schemas apply to parts of the value, all of them to the same parts.
const PART: &[&str] = &[
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "items",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "contentSchema",
];

/// The schemas that one schema applies, by number.
#[derive(Default)]
struct Links {
    /// Applied to the same value.
    same: Vec<usize>,
    /// All applied to each part.
    part: Vec<usize>,
    /// One of these is applied to each part, chosen by the part's name or index.
    one_of: Vec<usize>,
}

/// The graph of a schema.
pub struct Cost {
    links: Vec<Links>,
    /// The schemas, each before those that it applies to the same value.
    order: Vec<usize>,
}

impl Cost {
    /// Builds the graph of a schema.
    ///
    /// # Errors
    /// If there are more than [`MAX_SCHEMAS`] schemas.
    pub fn of(schema: &Value) -> Result<Self, String> {
        let mut reader = Reader {
            root: schema,
            known: std::collections::HashMap::new(),
            open: Vec::new(),
        };
        reader.number(schema);
        let mut links: Vec<Links> = Vec::new();
        while links.len() < reader.open.len() {
            if reader.open.len() > MAX_SCHEMAS {
                return Err(format!("it contains more than {MAX_SCHEMAS} schemas"));
            }
            let next = reader.open[links.len()];
            links.push(reader.links(next));
        }
        let order = order(&links);
        Ok(Self { links, order })
    }

    /// Whether a value of this depth, with this many parts, may be validated.
    pub fn allows(&self, depth: usize, parts: usize) -> bool {
        let most = MAX_VISITS / parts.max(1) as f64;
        // By schema: how often one value is visited, this many levels below the schema's own value.
        let mut below: Vec<f64> = Vec::new();
        for _ in 0..=depth {
            let visits = |other: &usize| below.get(*other).copied().unwrap_or_default();
            let mut now = vec![0.0_f64; self.links.len()];
            for number in self.order.iter().rev() {
                let links = &self.links[*number];
                let own = match below.is_empty() {
                    true => 1.0,
                    false => {
                        let one_of = links.one_of.iter().map(visits).fold(0.0, f64::max);
                        links.part.iter().map(visits).sum::<f64>() + one_of
                    }
                };
                // A cycle counts once: the library detects references that are already being
                // followed.
                let same: f64 = links.same.iter().map(|other| now[*other]).sum();
                now[*number] = (own + same).min(f64::MAX / 1e9);
            }
            if now.first().is_some_and(|visits| *visits > most) {
                return false;
            }
            below = now;
        }
        true
    }
}

struct Reader<'s> {
    root: &'s Value,
    known: std::collections::HashMap<*const Value, usize>,
    open: Vec<&'s Value>,
}

impl<'s> Reader<'s> {
    fn number(&mut self, schema: &'s Value) -> usize {
        let next = self.open.len();
        let number = *self.known.entry(std::ptr::from_ref(schema)).or_insert(next);
        if number == next {
            self.open.push(schema);
        }
        number
    }

    fn links(&mut self, schema: &'s Value) -> Links {
        let mut out = Links::default();
        let Some(map) = schema.as_map() else {
            return out;
        };
        for (key, value) in map {
            match key.as_ref() {
                "$ref" | "$dynamicRef" | "$recursiveRef" => {
                    let target = value.as_str().and_then(|name| self.target(name));
                    out.same.extend(target);
                }
                key if SAME.contains(&key) => self.all(value, &mut out.same),
                key if SAME_NAMED.contains(&key) => self.named(value, &mut out.same),
                "patternProperties" => self.named(value, &mut out.part),
                "properties" => self.named(value, &mut out.one_of),
                "items" if value.as_list().is_some() => self.all(value, &mut out.one_of),
                "prefixItems" => self.all(value, &mut out.one_of),
                key if PART.contains(&key) => self.all(value, &mut out.part),
                _ => {}
            }
        }
        out
    }

    fn all(&mut self, value: &'s Value, into: &mut Vec<usize>) {
        match value {
            Value::List(items) => into.extend(items.iter().map(|item| self.number(item))),
            Value::Map(_) => into.push(self.number(value)),
            _ => {}
        }
    }

    fn named(&mut self, value: &'s Value, into: &mut Vec<usize>) {
        for inner in value.as_map().into_iter().flat_map(|map| map.values()) {
            if inner.as_map().is_some() {
                into.push(self.number(inner));
            }
        }
    }

    /// The target of a reference inside this document: a JSON pointer, or the first schema with
    /// that `$anchor` or `$id`.
    fn target(&mut self, name: &str) -> Option<usize> {
        let fragment = name.split_once('#').map(|(_, fragment)| fragment);
        if let Some(pointer) = fragment.filter(|f| f.is_empty() || f.starts_with('/')) {
            let mut at = self.root;
            for part in pointer.split('/').skip(1) {
                let part = part
                    .replace("~1", "/")
                    .replace("~0", "~")
                    .replace("%25", "%");
                at = match at {
                    Value::Map(map) => map.get(part.as_str())?,
                    Value::List(items) => items.get(part.parse::<usize>().ok()?)?,
                    _ => return None,
                };
            }
            return Some(self.number(at));
        }
        let wanted = fragment.unwrap_or(name);
        let found = find_by_anchor(self.root, wanted, 0)?;
        Some(self.number(found))
    }
}

/// The schema with this `$anchor`, `$dynamicAnchor` or `$id`.
fn find_by_anchor<'s>(value: &'s Value, name: &str, depth: usize) -> Option<&'s Value> {
    if depth > engine::value::MAX_DEPTH {
        return None;
    }
    let inside = |inner: &'s Value| find_by_anchor(inner, name, depth + 1);
    match value {
        Value::Map(map) => {
            let bears = ["$anchor", "$dynamicAnchor", "$id", "id"]
                .iter()
                .any(|key| {
                    map.get(*key)
                        .and_then(Value::as_str)
                        .is_some_and(|own| own.trim_start_matches('#') == name)
                });
            if bears {
                return Some(value);
            }
            map.values().find_map(inside)
        }
        Value::List(items) => items.iter().find_map(inside),
        _ => None,
    }
}

/// Orders the schemas, each before those that it applies to the same value. Cycles are cut
/// anywhere.
fn order(links: &[Links]) -> Vec<usize> {
    let mut done = vec![false; links.len()];
    let mut order = Vec::with_capacity(links.len());
    for first in 0..links.len() {
        let mut open = vec![(first, 0)];
        while let Some((number, at)) = open.pop() {
            if at == 0 && std::mem::replace(&mut done[number], true) {
                continue;
            }
            match links[number].same.get(at) {
                Some(next) => {
                    open.push((number, at + 1));
                    if !done[*next] {
                        open.push((*next, 0));
                    }
                }
                None => order.push(number),
            }
        }
    }
    order.reverse();
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(schema: &str, depth: usize, parts: usize) -> bool {
        Cost::of(&Value::parse_json(schema).unwrap())
            .unwrap()
            .allows(depth, parts)
    }

    #[test]
    fn x09_schemas_of_exponential_cost_are_refused_and_usual_ones_are_not() {
        let twice = r##"{"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[
            {"properties":{"x":{"$ref":"#/$defs/a"}}},{"properties":{"x":{"$ref":"#/$defs/a"}}}]}}}"##;
        assert!(allows(twice, 8, 9));
        assert!(!allows(twice, 40, 41));
        let laughs: Vec<String> = (0..40)
            .map(|n| {
                let next = n + 1;
                format!(r##""d{n}":{{"allOf":[{{"$ref":"#/$defs/d{next}"}},{{"$ref":"#/$defs/d{next}"}}]}}"##)
            })
            .collect();
        let laughs = format!(
            r##"{{"$ref":"#/$defs/d0","$defs":{{{},"d40":{{}}}}}}"##,
            laughs.join(",")
        );
        assert!(!allows(&laughs, 0, 1));
        let tree = r##"{"properties":{"v":{"type":"integer"},"left":{"$ref":"#"},"right":{"$ref":"#"},
            "children":{"type":"array","items":{"$ref":"#"}}}}"##;
        assert!(allows(tree, 100, 100_000));
        let itself = r##"{"$ref":"#"}"##;
        assert!(allows(itself, 100, 1_000));
        let rows = r#"{"type":"array","items":{"type":"object","properties":{"a":{"type":"string"},
            "b":{"oneOf":[{"type":"null"},{"type":"number"},{"enum":["x"]}]}}}}"#;
        assert!(allows(rows, 3, 200_000));
    }
}
