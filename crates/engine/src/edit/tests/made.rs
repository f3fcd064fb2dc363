//! Pipelines, layouts and edits made of random bytes.
//!
//! A strategy that yields bytes is cheap, and shrinks to shorter ones.

use proptest::prelude::*;

use super::registry;
use crate::{
    Value,
    edit::{Branch, Edit, Layout, Position, Step, apply},
    source::{Document, quote},
};

/// Random decisions.
pub(super) struct Dice<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Dice<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// A number below `sides`; 0 when the bytes are used up.
    pub fn roll(&mut self, sides: usize) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(byte) % sides.max(1)
    }

    pub fn pick<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.roll(all.len())]
    }

    pub fn one_of<'t>(&mut self, all: &'t [String]) -> Option<&'t str> {
        if all.is_empty() {
            return None;
        }
        Some(&all[self.roll(all.len())])
    }
}

pub(super) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 8..160)
}

const IDS: &[&str] = &["a", "b", "c", "d-1", "each", "if", "way", "x.y"];
const NEW: &[&str] = &["n", "m-2", "o", "2nd", "p q", "len", "item", "from", "k.l"];

fn text(dice: &mut Dice<'_>) -> String {
    let id = dice.pick(IDS);
    match dice.roll(10) {
        0 => format!("{{{{upstream['{id}'].x}}}}"),
        1 => format!("see {{{{ upstream.{id}.rows[0] }}}} and {{{{input.n}}}}"),
        2 => format!("{{{{{id}.output.x}}}}"),
        3 => format!("{{{{stages.{id}.output}}}}"),
        4 => format!("{{{{f'{{upstream.{id}}}!'}}}}"),
        5 => format!("{{{{ [{id} for {id} in upstream.a] }}}}"),
        6 => "ä\u{2028}\"\\\n".to_owned(),
        7 => format!("{id} is {{{{not closed"),
        8 => format!("{{{{upstream.get('{id}')}}}}"),
        _ => "plain".to_owned(),
    }
}

pub(super) fn value(dice: &mut Dice<'_>, depth: usize) -> Value {
    match dice.roll(if depth == 0 { 6 } else { 9 }) {
        0 => Value::Null,
        1 => Value::Bool(dice.roll(2) == 0),
        2 => Value::Int(dice.roll(200) as i64 - 100),
        3 => Value::Float(dice.roll(40) as f64 / 4.0),
        4 | 5 => Value::from(text(dice)),
        6 => {
            let number = dice.roll(3);
            let items: Vec<Value> = (0..number).map(|_| value(dice, depth - 1)).collect();
            items.into()
        }
        _ => {
            let number = dice.roll(3);
            let keys = ["k", "l", "message"];
            let fields = (0..number).map(|at| (keys[at], value(dice, depth - 1)));
            fields.collect()
        }
    }
}

fn ids_of(dice: &mut Dice<'_>, ids: &[String]) -> Value {
    let all = ids.iter().filter(|_| dice.roll(3) == 0);
    all.map(|id| Value::from(id.as_str()))
        .collect::<Vec<_>>()
        .into()
}

/// A stage that may refer to these.
pub(super) fn stage(dice: &mut Dice<'_>, id: &str, ids: &[String]) -> Value {
    let mut out: Vec<(&str, Value)> = vec![("id", id.into())];
    let component = dice.pick(&[
        "logger",
        "logger",
        "filter",
        "foreach",
        "conditional",
        "router",
    ]);
    out.push((dice.pick(&["type", "component_type"]), component.into()));
    let mut config: Vec<(&str, Value)> = Vec::new();
    match component {
        "filter" => config.push((
            "condition",
            format!("upstream.{}.n > 1", dice.pick(IDS)).into(),
        )),
        "foreach" => config.push((dice.pick(&["loop_stages", "stages"]), ids_of(dice, ids))),
        "conditional" => {
            config.push(("true_branch_stages", ids_of(dice, ids)));
            if let Some(one) = dice.one_of(ids) {
                config.push(("false_branch_stages", one.into()));
            }
        }
        "router" => config.push((
            "routes",
            [("x", ids_of(dice, ids)), ("y z", ids_of(dice, ids))]
                .into_iter()
                .collect(),
        )),
        _ => config.push(("message", value(dice, 2))),
    }
    if dice.roll(3) == 0 {
        config.push(("data", value(dice, 2)));
    }
    if dice.roll(5) > 0 {
        let place = dice.pick(&["config", "input_mapping"]);
        out.push((place, config.into_iter().collect()));
    }
    if dice.roll(2) == 0 {
        out.push(("depends_on", ids_of(dice, ids)));
    }
    if dice.roll(4) == 0 {
        out.push(("x-unknown", value(dice, 1)));
    }
    out.into_iter().collect()
}

/// A pipeline whose stages have ids of their own.
pub(super) fn pipeline(dice: &mut Dice<'_>) -> Value {
    let number = dice.roll(6);
    let ids: Vec<String> = IDS.iter().take(number).map(|id| (*id).to_owned()).collect();
    let stages: Vec<Value> = ids.iter().map(|id| stage(dice, id, &ids)).collect();
    let mut out: Vec<(&str, Value)> = vec![("name", "p".into()), ("stages", stages.into())];
    if let Some(id) = dice.one_of(&ids) {
        out.push(("output_stage_id", id.into()));
    }
    if dice.roll(3) == 0 {
        out.push(("metadata", value(dice, 2)));
    }
    out.into_iter().collect()
}

/// Writes a value in a random layout. `odd`: every gap is another one.
pub(super) fn written(dice: &mut Dice<'_>, value: &Value) -> String {
    let odd = dice.roll(3) == 0;
    let style = dice.roll(5);
    let mut out = String::new();
    if dice.roll(6) == 0 {
        out.push('\u{feff}');
    }
    write(dice, &mut out, value, 0, (style, odd));
    out.push_str(dice.pick(&["", "\n", "\r\n\r\n", " "]));
    out
}

fn gap(dice: &mut Dice<'_>, depth: usize, (style, odd): (usize, bool)) -> String {
    if odd {
        let blanks: &[&str] = &["", " ", "\n", "\t ", "\r\n  ", "\n      "];
        return dice.pick(blanks).to_owned();
    }
    match style {
        0 => String::new(),
        1 => " ".to_owned(),
        2 => format!("\n{}", "  ".repeat(depth)),
        3 => format!("\r\n{}", "\t".repeat(depth)),
        _ => match depth {
            0..=2 => format!("\n{}", "    ".repeat(depth)),
            _ => String::new(),
        },
    }
}

fn write(
    dice: &mut Dice<'_>,
    out: &mut String,
    value: &Value,
    depth: usize,
    layout: (usize, bool),
) {
    let (open, close, number) = match value {
        Value::List(items) => ('[', ']', items.len()),
        Value::Map(map) => ('{', '}', map.len()),
        Value::Str(text) if layout.1 && dice.roll(3) == 0 => {
            let escaped = |c: char| match c.is_ascii_alphanumeric() && dice.roll(4) == 0 {
                true => format!("\\u{:04x}", c as u32),
                false => quote(&c.to_string()).trim_matches('"').to_owned(),
            };
            let inner: String = match text.contains('"') {
                true => return out.push_str(&quote(text)),
                false => text.chars().map(escaped).collect(),
            };
            return out.push_str(&format!("\"{inner}\""));
        }
        Value::Str(text) => return out.push_str(&quote(text)),
        other => return out.push_str(&other.to_json()),
    };
    out.push(open);
    for at in 0..number {
        if at > 0 {
            if layout.1 {
                out.push_str(&gap(dice, depth, layout));
            }
            out.push(',');
        }
        let blanks = gap(dice, depth + 1, layout);
        out.push_str(match (layout, at) {
            ((1, false), 0) => "",
            _ => &blanks,
        });
        match value {
            Value::List(items) => write(dice, out, &items[at], depth + 1, layout),
            Value::Map(map) => {
                let (key, item) = map.get_index(at).unwrap();
                out.push_str(&quote(key));
                out.push_str(if layout.0 == 0 { ":" } else { ": " });
                write(dice, out, item, depth + 1, layout);
            }
            _ => unreachable!(),
        }
    }
    if number > 0 || layout.1 {
        let blanks = gap(dice, depth, layout);
        out.push_str(if layout == (1, false) { "" } else { &blanks });
    }
    out.push(close);
}

/// A pipeline's text.
pub(super) fn pipeline_text(dice: &mut Dice<'_>) -> String {
    let value = pipeline(dice);
    written(dice, &value)
}

struct Look {
    ids: Vec<String>,
    /// Lists of control stages.
    branches: Vec<(Branch, Vec<String>)>,
    dependencies: Vec<(String, String)>,
    /// Fields of stages and of the file.
    fields: Vec<(Option<String>, Vec<Step>)>,
}

fn look(text: &str) -> Look {
    let document = Document::parse(text).unwrap();
    let mut out = Look {
        ids: Vec::new(),
        branches: Vec::new(),
        dependencies: Vec::new(),
        fields: Vec::new(),
    };
    let registry = registry();
    let sheet = crate::edit::sheet::Sheet::read(text, &registry).unwrap();
    fn fields(
        node: crate::source::Node<'_>,
        stage: Option<&str>,
        path: &mut Vec<Step>,
        out: &mut Vec<(Option<String>, Vec<Step>)>,
    ) {
        for child in node.children() {
            let step = match child.key() {
                Some(key) if path.is_empty() && matches!(&*key, "id" | "stages") => continue,
                Some(key) => Step::Key(key.into_owned()),
                None => Step::Index(child.nth()),
            };
            path.push(step);
            out.push((stage.map(str::to_owned), path.clone()));
            fields(child, stage, path, out);
            path.pop();
        }
    }
    fields(document.root(), None, &mut Vec::new(), &mut out.fields);
    let stages = document.root().get("stages");
    for node in stages.into_iter().flat_map(|stages| stages.children()) {
        let Some(id) = node.get("id").and_then(|id| id.text()) else {
            continue;
        };
        fields(node, Some(&id), &mut Vec::new(), &mut out.fields);
        for on in node
            .get("depends_on")
            .into_iter()
            .flat_map(|l| l.children())
        {
            if let Some(on) = on.text() {
                out.dependencies.push((id.to_string(), on.into_owned()));
            }
        }
        out.ids.push(id.into_owned());
    }
    for number in sheet.numbers() {
        let (Some(view), Some(id)) = (sheet.view(number), sheet.id(number)) else {
            continue;
        };
        for list in crate::edit::refer::lists(view, &registry) {
            out.branches.push((list.branch(&id), list.ids()));
        }
    }
    out
}

fn position(dice: &mut Dice<'_>, ids: &[String], not: &str) -> Position {
    let others: Vec<String> = ids.iter().filter(|id| *id != not).cloned().collect();
    match (dice.roll(4), dice.one_of(&others)) {
        (0, Some(id)) => Position::Before(id.to_owned()),
        (1, Some(id)) => Position::After(id.to_owned()),
        (2, _) => Position::First,
        _ => Position::Last,
    }
}

/// An edit that can be applied to this text, most of the time.
pub(super) fn edit(dice: &mut Dice<'_>, text: &str) -> Option<Edit> {
    let look = look(text);
    let layout = Layout::default();
    let free: Vec<&str> = NEW
        .iter()
        .copied()
        .filter(|id| !look.ids.iter().any(|other| other == id))
        .collect();
    let stage = dice.one_of(&look.ids).map(str::to_owned);
    let branch = |dice: &mut Dice<'_>| -> Option<(Branch, Vec<String>)> {
        let number = look.branches.len();
        (number > 0).then(|| look.branches[dice.roll(number)].clone())
    };
    Some(match dice.roll(14) {
        0 => {
            let id = dice.pick(&free).to_owned();
            let at = position(dice, &look.ids, &id);
            let into = match dice.roll(3) {
                0 => branch(dice).map(|(branch, _)| branch),
                _ => None,
            };
            Edit::AddStage {
                value: self::stage(dice, &id, &look.ids),
                into,
                at,
                layout,
            }
        }
        1 => Edit::RemoveStage {
            stage: stage?,
            keep_references: dice.roll(4) == 0,
            layout,
        },
        2 => Edit::RenameStage {
            stage: stage?,
            to: dice.pick(&free).to_owned(),
        },
        3 => {
            let stage = stage?;
            let into = branch(dice).filter(|(branch, _)| branch.control != stage);
            let at = into.as_ref().map(|(_, ids)| position(dice, ids, &stage));
            Edit::MoveStage {
                stage,
                into: into.map(|(branch, _)| branch),
                at: at.unwrap_or_default(),
            }
        }
        4 => {
            let stage = stage?;
            Edit::ReorderStage {
                at: position(dice, &look.ids, &stage),
                stage,
                layout,
            }
        }
        5 => {
            let stage = stage?;
            let on = dice.one_of(&look.ids)?.to_owned();
            Edit::Connect {
                at: position(dice, &look.ids, &on),
                stage,
                on,
                layout,
            }
        }
        6 => {
            let number = look.dependencies.len();
            let (stage, on) = (number > 0).then(|| look.dependencies[dice.roll(number)].clone())?;
            Edit::Disconnect { stage, on, layout }
        }
        7 => {
            let (into, ids) = branch(dice)?;
            let stage = stage.filter(|stage| *stage != into.control)?;
            Edit::Include {
                at: position(dice, &ids, &stage),
                stage,
                into,
                layout,
            }
        }
        8 => {
            let (from, ids) = branch(dice)?;
            let stage = dice.one_of(&ids)?.to_owned();
            Edit::Exclude {
                stage,
                from,
                layout,
            }
        }
        9 => {
            let number = look.fields.len();
            let (stage, path) = (number > 0).then(|| look.fields[dice.roll(number)].clone())?;
            Edit::UnsetField {
                stage,
                path,
                layout,
            }
        }
        10 | 11 => {
            let number = look.fields.len();
            let (stage, path) = (number > 0).then(|| look.fields[dice.roll(number)].clone())?;
            Edit::SetField {
                stage,
                path,
                value: value(dice, 2),
                at: Position::Last,
                layout,
            }
        }
        12 if dice.roll(4) == 0 => {
            let value = Document::parse(text).unwrap().root().value();
            Edit::Reformat {
                text: written(dice, &value),
            }
        }
        _ => {
            let path: &[&str] = match dice.roll(4) {
                0 => &["config", "extra"],
                1 => &["timeout_ms"],
                2 => &["notes", "x", "y"],
                _ => &["config", "message"],
            };
            let keys = ["config", "id", "type", "name"];
            Edit::SetField {
                stage: stage.filter(|_| dice.roll(4) > 0),
                path: path.iter().map(|key| Step::from(*key)).collect(),
                value: value(dice, 1),
                at: match dice.roll(3) {
                    0 => Position::After(keys[dice.roll(4)].to_owned()),
                    1 => Position::First,
                    _ => Position::Last,
                },
                layout,
            }
        }
    })
}

/// Edits that can be applied one after the other, and the text after them.
pub(super) fn edits(dice: &mut Dice<'_>, text: &str, most: usize) -> (Vec<Edit>, String) {
    let number = 1 + dice.roll(most);
    let mut now = text.to_owned();
    let mut out = Vec::new();
    for _ in 0..number {
        let Some(edit) = edit(dice, &now) else {
            continue;
        };
        if let Ok(applied) = apply(&now, std::slice::from_ref(&edit), &registry()) {
            now = applied.text;
            out.push(edit);
        }
    }
    (out, now)
}
