//! Random pipelines, random edits, and an independent statement of what a merge has to give.

use std::collections::BTreeSet;

use proptest::{prelude::*, sample::Index};
use serde_json::{Map, Value as Json, json};

/// A change of a pipeline that somebody might make.
#[derive(Clone, Debug)]
pub enum Edit {
    Top(u8, Option<u8>),
    Schema(u8, Option<u8>),
    Required(u8),
    Add(u8, Index),
    Remove(Index),
    Rename(Index, u8),
    Type(Index, u8),
    Config(Index, u8, Option<u8>),
    Deep(Index, u8, Option<u8>),
    Edge(Index, u8),
    Inner(u8, Index),
    Swap(Index, Index),
    Position(Index, u8),
}

const IDS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const TYPES: [&str; 4] = ["logger", "filter", "json_transform", "variable_set"];

fn value(number: u8) -> Json {
    match number % 6 {
        0 => json!("some words of a text"),
        1 => json!("a text\nof two lines <<<<<<< é \"x\""),
        2 => json!(number),
        3 => json!(["x", number]),
        4 => json!({"k": number}),
        _ => json!({}),
    }
}

pub fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    use Edit as E;
    let index = any::<Index>;
    let key = || 0u8..3;
    let new = || prop_oneof![1 => Just(None), 4 => (0u8..12).prop_map(Some)];
    let edit = prop_oneof![
        1 => (key(), new()).prop_map(|(k, v)| E::Top(k, v)),
        1 => (key(), new()).prop_map(|(k, v)| E::Schema(k, v)),
        1 => key().prop_map(E::Required),
        3 => (0u8..6, index()).prop_map(|(id, at)| E::Add(id, at)),
        2 => index().prop_map(E::Remove),
        1 => (index(), 0u8..6).prop_map(|(at, id)| E::Rename(at, id)),
        1 => (index(), 0u8..4).prop_map(|(at, t)| E::Type(at, t)),
        4 => (index(), key(), new()).prop_map(|(at, k, v)| E::Config(at, k, v)),
        2 => (index(), key(), new()).prop_map(|(at, k, v)| E::Deep(at, k, v)),
        3 => (index(), 0u8..6).prop_map(|(at, id)| E::Edge(at, id)),
        3 => (0u8..6, index()).prop_map(|(id, at)| E::Inner(id, at)),
        2 => (index(), index()).prop_map(|(a, b)| E::Swap(a, b)),
        1 => (index(), 0u8..3).prop_map(|(at, x)| E::Position(at, x)),
    ];
    prop::collection::vec(edit, 0..most)
}

pub fn base() -> impl Strategy<Value = Json> {
    edits(14).prop_map(|edits| {
        let mut file = json!({
            "name": "p",
            "stages": [
                {"id": "each", "type": "foreach", "config": {"items": [1], "loop_stages": ["a", "b"]}},
                {"id": "a", "type": "logger", "config": {"k0": 1, "k1": "x"}},
                {"id": "b", "type": "logger", "depends_on": ["a"]},
                {"id": "c", "type": "filter", "config": {"deep": {"k0": 0, "k1": 1}}},
            ],
        });
        edits.iter().for_each(|edit| apply(&mut file, edit));
        file
    })
}

fn toggle(list: &mut Vec<Json>, item: &str, at: usize) {
    match list.iter().position(|other| other == item) {
        Some(at) => drop(list.remove(at)),
        None => list.insert(at, json!(item)),
    }
}

fn set(object: &mut Map<String, Json>, key: &str, new: Option<u8>) {
    match new {
        Some(new) => drop(object.insert(key.to_owned(), value(new))),
        None => drop(object.shift_remove(key)),
    }
}

/// The object at a key, which is created if there is none.
fn object<'j>(parent: &'j mut Json, key: &str) -> &'j mut Map<String, Json> {
    if !parent[key].is_object() {
        parent[key] = json!({});
    }
    parent[key].as_object_mut().unwrap()
}

/// The list at a key, which is created if there is none.
fn list<'j>(parent: &'j mut Json, key: &str) -> &'j mut Vec<Json> {
    if !parent[key].is_array() {
        parent[key] = json!([]);
    }
    parent[key].as_array_mut().unwrap()
}

pub fn apply(file: &mut Json, edit: &Edit) {
    match edit {
        Edit::Top(key, new) => {
            let key = ["description", "version", "x-more"][*key as usize];
            set(file.as_object_mut().unwrap(), key, *new);
        }
        Edit::Schema(key, new) => {
            let schema = file
                .as_object_mut()
                .unwrap()
                .entry("input_schema")
                .or_insert(json!({}));
            set(object(schema, "properties"), IDS[*key as usize], *new);
        }
        Edit::Required(key) => {
            let schema = file
                .as_object_mut()
                .unwrap()
                .entry("input_schema")
                .or_insert(json!({}));
            toggle(list(schema, "required"), IDS[*key as usize], 0);
        }
        _ => in_stages(file["stages"].as_array_mut().unwrap(), edit),
    }
}

fn in_stages(stages: &mut Vec<Json>, edit: &Edit) {
    if let Edit::Add(id, at) = edit {
        let id = IDS[*id as usize];
        if stages.iter().all(|stage| stage["id"] != id) {
            let at = at.index(stages.len() + 1);
            let new = json!({"id": id, "type": TYPES[at % 4], "config": {"k0": value(at as u8)}});
            stages.insert(at, new);
        }
        return;
    }
    if let Edit::Inner(id, at) = edit {
        if let Some(each) = stages.iter_mut().find(|stage| stage["id"] == "each") {
            let inner = each["config"]["loop_stages"].as_array_mut().unwrap();
            toggle(inner, IDS[*id as usize], at.index(inner.len() + 1));
        }
        return;
    }
    if stages.is_empty() {
        return;
    }
    let taken: Vec<Json> = stages.iter().map(|stage| stage["id"].clone()).collect();
    let count = stages.len();
    let picked = match edit {
        Edit::Position(at, _)
        | Edit::Edge(at, _)
        | Edit::Config(at, ..)
        | Edit::Deep(at, ..)
        | Edit::Rename(at, _)
        | Edit::Type(at, _) => at.index(count),
        _ => 0,
    };
    match edit {
        Edit::Remove(at) => drop(stages.remove(at.index(count))),
        Edit::Swap(a, b) => stages.swap(a.index(count), b.index(count)),
        Edit::Position(_, x) => stages[picked]["position"] = json!({"x": x, "y": 0}),
        Edit::Edge(_, id) => toggle(
            list(&mut stages[picked], "depends_on"),
            IDS[*id as usize],
            0,
        ),
        Edit::Config(_, key, new) => {
            set(
                object(&mut stages[picked], "config"),
                &format!("k{key}"),
                *new,
            );
        }
        Edit::Deep(_, key, new) => {
            let stage = &mut stages[picked];
            object(stage, "config");
            set(
                object(&mut stage["config"], "deep"),
                &format!("k{key}"),
                *new,
            );
        }
        Edit::Rename(_, id) => {
            let id = IDS[*id as usize];
            let stage = &mut stages[picked];
            if stage["id"] != "each" && taken.iter().all(|other| other != id) {
                stage["id"] = json!(id);
            }
        }
        Edit::Type(_, new) => {
            let stage = &mut stages[picked];
            if stage["id"] != "each" {
                stage["type"] = json!(TYPES[*new as usize]);
            }
        }
        _ => {}
    }
}

/// How a file is written: what means nothing.
#[derive(Clone, Debug)]
pub struct Style {
    indent: Option<usize>,
    line_end: &'static str,
    turn: usize,
}

pub fn style() -> impl Strategy<Value = Style> {
    let indent = prop_oneof![Just(None), Just(Some(2)), Just(Some(4))];
    let line_end = prop_oneof![Just("\n"), Just("\r\n")];
    (indent, line_end, 0..4usize).prop_map(|(indent, line_end, turn)| Style {
        indent,
        line_end,
        turn,
    })
}

pub fn write(value: &Json, style: &Style) -> String {
    let mut out = String::new();
    put(value, style, 0, &mut out);
    if style.indent.is_some() {
        out.push_str(style.line_end);
    }
    out
}

fn put(value: &Json, style: &Style, level: usize, out: &mut String) {
    let line = |level: usize| match style.indent {
        Some(indent) => format!("{}{}", style.line_end, " ".repeat(indent * level)),
        None => String::new(),
    };
    let (open, close, items): (_, _, Vec<(Option<&String>, &Json)>) = match value {
        Json::Array(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
        Json::Object(fields) => {
            let mut items: Vec<_> = fields.iter().map(|(key, item)| (Some(key), item)).collect();
            let turn = style.turn % items.len().max(1);
            items.rotate_left(turn);
            ('{', '}', items)
        }
        other => return out.push_str(&other.to_string()),
    };
    out.push(open);
    for (at, (key, item)) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&line(level + 1));
        if let Some(key) = key {
            out.push_str(&format!("{}:", json!(key)));
            out.push_str(if style.indent.is_some() { " " } else { "" });
        }
        put(item, style, level + 1, out);
    }
    if !items.is_empty() {
        out.push_str(&line(level));
    }
    out.push(close);
}

/// What a file means: lists whose order means nothing as objects, stages by their ids, and the
/// orders that mean something beside them.
pub fn meaning(text: &str) -> Json {
    let mut file: Json = serde_json::from_str(text.trim_start_matches('\u{feff}')).expect(text);
    let set = |list: &Json| -> Json {
        let names = list.as_array().unwrap().iter();
        let names = names.map(|name| (name.as_str().unwrap().to_owned(), json!(true)));
        names.collect::<Map<_, _>>().into()
    };
    let mut stages = Map::new();
    for mut stage in file["stages"].as_array().unwrap().clone() {
        if let Some(edges) = stage.get_mut("depends_on") {
            *edges = set(edges);
        }
        stages.insert(stage["id"].as_str().unwrap().to_owned(), stage);
    }
    let order: Vec<Json> = stages.keys().map(|id| json!(id)).collect();
    file["stages"] = stages.into();
    file["order"] = order.into();
    if let Some(required) = file["input_schema"].get_mut("required") {
        *required = set(required);
    }
    if file["input_schema"].is_null() {
        file.as_object_mut().unwrap().shift_remove("input_schema");
    }
    file
}

/// What a merge has to give: the value, with lists in order as sets; and what is in conflict.
pub struct Expected {
    pub value: Json,
    pub conflicts: BTreeSet<String>,
}

pub fn expected(base: &Json, ours: &Json, theirs: &Json) -> Expected {
    let mut conflicts = BTreeSet::new();
    let value = three("", Some(base), Some(ours), Some(theirs), &mut conflicts);
    Expected {
        value: unordered(value.unwrap()),
        conflicts,
    }
}

fn three(
    path: &str,
    base: Option<&Json>,
    ours: Option<&Json>,
    theirs: Option<&Json>,
    conflicts: &mut BTreeSet<String>,
) -> Option<Json> {
    if ours == theirs || base == theirs {
        return ours.cloned();
    }
    if base == ours {
        return theirs.cloned();
    }
    let whole = path.ends_with("/position");
    let none = Json::from(Map::new());
    let set = path.ends_with("/depends_on") || path == "/input_schema/required";
    let base = base.or(set.then_some(&none));
    match (base, ours, theirs) {
        (Some(Json::Object(b)), Some(Json::Object(o)), Some(Json::Object(t))) if !whole => {
            let keys: BTreeSet<&String> = o.keys().chain(t.keys()).collect();
            let mut out = Map::new();
            for key in keys {
                let path = format!("{path}/{key}");
                let part = three(&path, b.get(key), o.get(key), t.get(key), conflicts);
                if let Some(part) = part {
                    out.insert(key.clone(), part);
                }
            }
            return Some(out.into());
        }
        (Some(Json::Array(b)), Some(Json::Array(o)), Some(Json::Array(t)))
            if path == "/order" || path == "/stages/each/config/loop_stages" =>
        {
            let common = |list: &[Json]| -> Vec<Json> {
                let kept = list
                    .iter()
                    .filter(|x| b.contains(x) && o.contains(x) && t.contains(x));
                kept.cloned().collect()
            };
            let (x, y, z) = (common(b), common(o), common(t));
            if x == y || x == z || y == z {
                let all = o.iter().chain(t.iter().filter(|item| !o.contains(item)));
                let kept = all.filter(|x| !b.contains(x) || (o.contains(x) && t.contains(x)));
                return Some(kept.cloned().collect());
            }
        }
        _ => {}
    }
    conflicts.insert(path.to_owned());
    ours.cloned()
}

/// The value with the lists of ids sorted, and without the order of the stages.
pub fn unordered(mut file: Json) -> Json {
    file.as_object_mut().unwrap().shift_remove("order");
    if let Some(Json::Array(inner)) = file.pointer_mut("/stages/each/config/loop_stages") {
        inner.sort_by_key(Json::to_string);
    }
    file
}

/// The values at the ends of all paths.
pub fn leaves(value: &Json, path: &str, out: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(fields) => {
            for (key, part) in fields {
                leaves(part, &format!("{path}/{key}"), out);
            }
        }
        other => out.push((path.to_owned(), other.clone())),
    }
}
