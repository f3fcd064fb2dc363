//! How new parts of a text are written: like their surroundings.

use super::tree::{Container, Docs, Text};
use crate::{Value, source::quote};

/// A list of values without lists or objects stays on one line up to this many bytes.
const ONE_LINE: usize = 80;

/// Blanks of a text are taken over for new parts up to this many bytes.
const MAX_BLANKS: usize = 256;

/// Only so many bytes at the end of blanks are searched for a line break.
const MAX_SEARCHED: usize = 16 << 10;

/// The indentation of one level is taken over up to this many bytes.
const MAX_UNIT: usize = 16;

/// What is written beyond this many bytes for one value has no lines of its own.
const MAX_LINES: usize = 4 << 20;

/// The style of a whole text.
#[derive(Clone, Debug)]
pub(super) struct Style {
    newline: &'static str,
    /// The indentation of one level.
    unit: String,
    /// The colon after a key.
    colon: String,
    /// What separates values on one line.
    comma: &'static str,
    /// Whether the text has several lines.
    multi: bool,
}

/// The indentation around and inside an object or list.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    /// Whether its members have lines of their own.
    pub multi: bool,
    /// The indentation of its members.
    pub inner: String,
    /// The indentation of its end.
    pub outer: String,
}

/// The blanks of a new member.
pub(super) struct Gaps {
    /// Between two members, with the comma.
    pub between: String,
    /// Before the only member.
    pub lead: String,
    /// After the only member.
    pub trail: String,
}

impl Style {
    /// The style of a text, from its outermost object.
    pub fn of(docs: &Docs, root: &Container) -> Self {
        let lead = root.gaps.first().map_or("", |gap| docs.text(gap));
        let newline = if lead.contains("\r\n") { "\r\n" } else { "\n" };
        let unit = lead.rsplit(['\n', '\r']).next().unwrap_or_default();
        let multi = lead.contains(['\n', '\r']);
        let colon = root
            .members
            .first()
            .and_then(|member| member.key.as_ref())
            .map(|key| after_quote(docs.text(&key.text)).to_owned());
        let colon = colon.filter(|colon| colon.len() <= 3 && !colon.contains(['\n', '\r']));
        let colon = colon.unwrap_or_else(|| ": ".to_owned());
        Self {
            newline,
            unit: match unit {
                "" => "  ".to_owned(),
                unit if unit.len() > MAX_UNIT => "  ".to_owned(),
                unit => unit.to_owned(),
            },
            comma: if colon == ":" && !multi { "," } else { ", " },
            colon,
            multi,
        }
    }

    /// The indentation inside the outermost object.
    pub fn root(&self, docs: &Docs, root: &Container) -> Around {
        let outside = Around {
            multi: self.multi,
            ..Around::default()
        };
        self.inside(docs, root, &outside)
    }

    /// The indentation inside an object or list that is a member of another one.
    pub fn inside(&self, docs: &Docs, container: &Container, outside: &Around) -> Around {
        let line = |gap: Option<&Text>| {
            let gap = gap.map_or("", |gap| end(docs.text(gap)));
            let indent = gap.rsplit_once(['\n', '\r']);
            indent.map(|(_, indent)| indent.to_owned())
        };
        let short = |indent: String| (indent.len() <= MAX_BLANKS).then_some(indent);
        let outer = outside.inner.clone();
        if container.members.is_empty() {
            return Around {
                multi: outside.multi,
                inner: self.deeper(&outer),
                outer,
            };
        }
        match line(container.gaps.first()) {
            Some(inner) => Around {
                multi: true,
                inner: short(inner).unwrap_or_else(|| self.deeper(&outer)),
                outer: line(container.gaps.last()).and_then(short).unwrap_or(outer),
            },
            None => Around {
                multi: false,
                inner: outer.clone(),
                outer,
            },
        }
    }

    /// The indentation of one more level.
    fn deeper(&self, indent: &str) -> String {
        match indent.len() + self.unit.len() {
            length if length <= MAX_BLANKS => format!("{indent}{}", self.unit),
            _ => indent.to_owned(),
        }
    }

    /// The blanks of a member that is added to a container. `flat`: a list that stays on one line.
    pub fn gaps(&self, docs: &Docs, container: &Container, around: &Around, flat: bool) -> Gaps {
        let gap = |at: usize| container.gaps.get(at).map_or("", |gap| docs.text(gap));
        let own_lines = || format!("{}{}", self.newline, around.inner);
        match container.members.len() {
            0 if around.multi && !flat => Gaps {
                between: format!(",{}", own_lines()),
                lead: own_lines(),
                trail: format!("{}{}", self.newline, around.outer),
            },
            0 => Gaps {
                between: self.comma.to_owned(),
                lead: String::new(),
                trail: String::new(),
            },
            number => {
                let lead = match gap(0) {
                    lead if lead.len() <= MAX_BLANKS => lead.to_owned(),
                    lead if end(lead).contains(['\n', '\r']) => own_lines(),
                    _ => String::new(),
                };
                let between = Some(gap(1)).filter(|gap| number > 1 && gap.len() <= MAX_BLANKS);
                let between = match between {
                    Some(gap) => gap.to_owned(),
                    None if lead.contains(['\n', '\r']) => format!(",{lead}"),
                    None => self.comma.to_owned(),
                };
                Gaps {
                    between,
                    lead,
                    trail: String::new(),
                }
            }
        }
    }

    /// A key with its colon, as the container writes its keys.
    pub fn key(&self, docs: &Docs, container: &Container, name: &str) -> String {
        let first = container
            .members
            .first()
            .and_then(|member| member.key.as_ref());
        let colon = first.map(|key| after_quote(docs.text(&key.text)));
        let colon =
            colon.filter(|colon| colon.len() <= MAX_BLANKS && !colon.contains(['\n', '\r']));
        format!("{}{}", quote(name), colon.unwrap_or(&self.colon))
    }

    /// A value as it is written inside a container. `multi`: objects have lines of their own.
    pub fn value(&self, value: &Value, around: &Around, multi: bool) -> String {
        let mut out = String::new();
        self.write(&mut out, value, &around.inner, multi);
        out
    }

    fn write(&self, out: &mut String, value: &Value, indent: &str, multi: bool) {
        let inner = self.deeper(indent);
        let line = |out: &mut String, first: bool, multi: bool, indent: &str| {
            match (first, multi && out.len() < MAX_LINES) {
                (true, false) => {}
                (false, false) => out.push_str(self.comma),
                (first, true) => {
                    out.push_str(if first { "" } else { "," });
                    out.push_str(self.newline);
                    out.push_str(indent);
                }
            };
        };
        match value {
            Value::Str(text) => out.push_str(&quote(text)),
            Value::List(items) if !items.is_empty() => {
                let multi = multi && !on_one_line(items);
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    line(out, at == 0, multi, &inner);
                    self.write(out, item, &inner, multi);
                }
                if multi {
                    line(out, true, true, indent);
                }
                out.push(']');
            }
            Value::Map(map) if !map.is_empty() => {
                out.push('{');
                for (at, (key, item)) in map.iter().enumerate() {
                    line(out, at == 0, multi, &inner);
                    out.push_str(&quote(key));
                    out.push_str(&self.colon);
                    self.write(out, item, &inner, multi);
                }
                if multi {
                    line(out, true, true, indent);
                }
                out.push('}');
            }
            other => out.push_str(&other.to_json()),
        }
    }
}

/// The end of some blanks.
fn end(blanks: &str) -> &str {
    let from = blanks.len().saturating_sub(MAX_SEARCHED);
    blanks.get(from..).unwrap_or(blanks)
}

/// What follows the closing quote of a key.
fn after_quote(key: &str) -> &str {
    key.rfind('"')
        .and_then(|at| key.get(at + 1..))
        .unwrap_or(": ")
}

fn on_one_line(items: &[Value]) -> bool {
    let scalar = |item: &Value| !matches!(item, Value::List(_) | Value::Map(_));
    let size = |item: &Value| item.as_str().map_or(8, |text| text.len() + 4);
    items.iter().all(scalar) && items.iter().map(size).sum::<usize>() <= ONE_LINE
}

/// Whether a text is blanks with this many commas.
pub(super) fn is_gap(text: &str, commas: usize) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b','))
        && text.bytes().filter(|byte| *byte == b',').count() == commas
}
