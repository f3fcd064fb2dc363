//! Writes the result: the bytes of OURS, except where something changed.

use std::collections::HashMap;

use super::{
    Side,
    join::{Part, Slot},
};
use crate::{
    diff::tree::Tree,
    source::{Kind, Node},
};

/// Writes one result.
pub(super) struct Writer<'s> {
    ours: &'s str,
    theirs: &'s str,
    marker_size: usize,
    line_end: &'static str,
}

/// A part of an object or list, as text with its key.
enum Entry {
    /// It is there.
    Plain(String),
    /// Both sides of a conflict; either may be absent.
    Both {
        place: String,
        ours: Option<String>,
        theirs: Option<String>,
    },
}

impl Entry {
    /// Whether it is there whichever side is chosen.
    fn is_certain(&self) -> bool {
        match self {
            Entry::Plain(_) => true,
            Entry::Both { ours, theirs, .. } => ours.is_some() && theirs.is_some(),
        }
    }
}

/// What separates the parts of an object or list in a text.
struct Spaces<'s> {
    /// Before each part, without the comma, with the part's node.
    before: Vec<(u32, &'s str)>,
    /// Before the closing bracket.
    last: &'s str,
}

impl<'s> Spaces<'s> {
    fn of(text: &'s str, node: Node<'_>) -> Self {
        let mut at = node.span().start + 1;
        let mut before = Vec::new();
        for child in node.children() {
            let space = text.get(at..child.key_span().start).unwrap_or_default();
            let space = space.rsplit(',').next().unwrap_or_default();
            before.push((child.id(), space));
            at = child.span().end;
        }
        let end = node.span().end.saturating_sub(1);
        Self {
            before,
            last: text.get(at..end).unwrap_or_default(),
        }
    }

    fn nth(&self, number: usize) -> Option<&'s str> {
        self.before.get(number).map(|(_, space)| *space)
    }
}

impl<'s> Writer<'s> {
    pub fn new(ours: &'s str, theirs: &'s str, marker_size: usize) -> Self {
        Self {
            ours,
            theirs,
            marker_size,
            line_end: if ours.contains("\r\n") { "\r\n" } else { "\n" },
        }
    }

    /// The whole file.
    pub fn file(&self, part: Option<&Part<'_, '_>>) -> String {
        let Some(part) = part else {
            return self.ours.to_owned();
        };
        let text = match (self.entry(part, ""), part) {
            // Nothing changed but the formatting, or everything did.
            (_, Part::Ours(_)) => return self.ours.to_owned(),
            (_, Part::Theirs(_)) => return self.theirs.to_owned(),
            (Entry::Plain(text), _) => text,
            (
                Entry::Both {
                    place,
                    ours,
                    theirs,
                },
                _,
            ) => {
                return format!("{}{}", self.both(&place, ours, theirs), self.line_end);
            }
        };
        let Part::Joined { ours, .. } = part else {
            return text;
        };
        let span = ours.node.span();
        let (before, after) = (&self.ours[..span.start], &self.ours[span.end..]);
        format!("{before}{text}{after}")
    }

    /// A part with its key.
    fn entry(&self, part: &Part<'_, '_>, key: &str) -> Entry {
        let with_key = |text: String| format!("{key}{text}");
        match part {
            Part::Ours(tree) | Part::Theirs(tree) => {
                Entry::Plain(with_key(tree.node.raw().to_owned()))
            }
            Part::Both {
                ours,
                theirs,
                place,
            } => {
                let side = |text: &str, tree: &Option<&Tree<'_>>| {
                    let node = tree.as_ref()?.node;
                    Some(format!("{}{}", key_of(text, node), node.raw()))
                };
                Entry::Both {
                    place: place.clone(),
                    ours: side(self.ours, ours),
                    theirs: side(self.theirs, theirs),
                }
            }
            Part::Joined {
                ours,
                theirs,
                parts,
            } => {
                let entries: Vec<Entry> = parts.iter().map(|slot| self.slot(slot)).collect();
                if entries.len() > 1 && !entries.iter().any(Entry::is_certain) {
                    // The commas between parts each of which may be absent cannot be written, so
                    // the whole is written once for each side.
                    return Entry::Both {
                        place: places(&entries),
                        ours: self.chosen(part, Side::Ours).map(with_key),
                        theirs: self.chosen(part, Side::Theirs).map(with_key),
                    };
                }
                Entry::Plain(with_key(self.joined(ours, theirs, parts, entries)))
            }
        }
    }

    fn slot(&self, slot: &Slot<'_, '_>) -> Entry {
        self.entry(&slot.part, self.key(slot))
    }

    /// The key of a part as OURS writes it, with everything up to the value.
    fn key(&self, slot: &Slot<'_, '_>) -> &'s str {
        match (slot.ours, slot.theirs) {
            (Some(tree), _) => key_of(self.ours, tree.node),
            (None, Some(tree)) => key_of(self.theirs, tree.node),
            (None, None) => "",
        }
    }

    /// A value with the same side chosen in all its conflicts; `None` if that side has none.
    fn chosen(&self, part: &Part<'_, '_>, side: Side) -> Option<String> {
        match part {
            Part::Ours(tree) | Part::Theirs(tree) => Some(tree.node.raw().to_owned()),
            Part::Both { ours, theirs, .. } => match side {
                Side::Ours => ours.map(|tree| tree.node.raw().to_owned()),
                Side::Theirs => theirs.map(|tree| tree.node.raw().to_owned()),
            },
            Part::Joined {
                ours,
                theirs,
                parts,
            } => {
                let mut there = Vec::new();
                for slot in parts {
                    if let Some(text) = self.chosen(&slot.part, side) {
                        there.push((slot.own(), format!("{}{text}", self.key(slot))));
                    }
                }
                let (own, entries): (Vec<_>, Vec<_>) = there
                    .into_iter()
                    .map(|(own, text)| (own, Entry::Plain(text)))
                    .unzip();
                Some(self.anew(ours, theirs, &own, entries))
            }
        }
    }

    /// An object or list of OURS with these parts.
    fn joined(
        &self,
        ours: &Tree<'_>,
        theirs: &Tree<'_>,
        parts: &[Slot<'_, '_>],
        entries: Vec<Entry>,
    ) -> String {
        let own: Vec<Option<u32>> = parts.iter().map(Slot::own).collect();
        let same = ours.node.children().map(|child| Some(child.id()));
        let plain: Option<Vec<&str>> = entries
            .iter()
            .map(|entry| match entry {
                Entry::Plain(text) => Some(text.as_str()),
                Entry::Both { .. } => None,
            })
            .collect();
        let Some(plain) = plain.filter(|_| same.eq(own.iter().copied())) else {
            return self.anew(ours, theirs, &own, entries);
        };
        // The same parts in the same order: everything around them stays.
        let span = ours.node.span();
        let (mut out, mut at) = (String::new(), span.start);
        for (child, text) in ours.node.children().zip(plain) {
            out.push_str(&self.ours[at..child.key_span().start]);
            out.push_str(text);
            at = child.span().end;
        }
        out.push_str(&self.ours[at..span.end]);
        out
    }

    /// An object or list with other parts than OURS has, or with conflicts. `own` are the nodes of
    /// those parts that OURS has.
    fn anew(
        &self,
        ours: &Tree<'_>,
        theirs: &Tree<'_>,
        own: &[Option<u32>],
        entries: Vec<Entry>,
    ) -> String {
        let mine = Spaces::of(self.ours, ours.node);
        let its = Spaces::of(self.theirs, theirs.node);
        let list = ours.node.kind() == Kind::List;
        let (open, close) = if list { ('[', ']') } else { ('{', '}') };
        let first = mine.nth(0).or(its.nth(0)).unwrap_or_default();
        let between = match (
            mine.before.len(),
            mine.before.last().map(|(_, space)| *space),
        ) {
            (2.., Some(space)) => space,
            (_, Some(space)) if space.contains('\n') => space,
            (_, Some(_)) => " ",
            (_, None) => its.nth(1).unwrap_or(first),
        };
        let last = match (mine.before.is_empty(), entries.is_empty()) {
            (true, false) => its.last,
            _ => mine.last,
        };
        let certain = entries.iter().rposition(Entry::is_certain);
        let usual: HashMap<u32, &str> = mine.before.iter().skip(1).copied().collect();
        let mut out = String::from(open);
        // Whether a conflict was written last, whose last line is not ended yet.
        let mut open_line = false;
        for (at, (entry, own)) in entries.into_iter().zip(own).enumerate() {
            let space = match at {
                0 => first,
                _ => own
                    .and_then(|id| usual.get(&id).copied())
                    .unwrap_or(between),
            };
            let after = if certain.is_some_and(|last| at < last) {
                ","
            } else {
                ""
            };
            match entry {
                Entry::Plain(text) => {
                    self.space(&mut out, space, open_line);
                    out.push_str(&text);
                    out.push_str(after);
                    open_line = false;
                }
                Entry::Both {
                    place,
                    ours,
                    theirs,
                } => {
                    let indent = space.rsplit('\n').next().unwrap_or_default();
                    // Behind the last certain part, a part brings the comma before it along.
                    let before = if certain.is_some_and(|last| at > last) {
                        ", "
                    } else {
                        ""
                    };
                    let side = |text: String| format!("{indent}{before}{text}{after}");
                    out.push_str(self.line_end);
                    out.push_str(&self.both(&place, ours.map(side), theirs.map(side)));
                    open_line = true;
                }
            }
        }
        self.space(&mut out, last, open_line);
        out.push(close);
        out
    }

    /// Writes white space. After a conflict, it begins a new line.
    fn space(&self, out: &mut String, space: &str, open_line: bool) {
        let trimmed = space.trim_start_matches([' ', '\t']);
        if !open_line {
            out.push_str(space);
        } else if trimmed.starts_with(['\n', '\r']) {
            out.push_str(trimmed);
        } else {
            out.push_str(self.line_end);
            out.push_str(space);
        }
    }

    /// Both sides between markers, each on its own lines, without the end of the last line.
    fn both(&self, place: &str, ours: Option<String>, theirs: Option<String>) -> String {
        let mark = |sign: &str| sign.repeat(self.marker_size);
        let end = self.line_end;
        let side = |text: Option<String>| text.map(|text| text + end).unwrap_or_default();
        format!(
            "{} OURS ({place}){end}{}{}{end}{}{} THEIRS ({place})",
            mark("<"),
            side(ours),
            mark("="),
            side(theirs),
            mark(">"),
        )
    }
}

impl Slot<'_, '_> {
    /// The node of OURS.
    fn own(&self) -> Option<u32> {
        self.ours.map(|tree| tree.node.id())
    }
}

/// The places of several conflicts.
fn places(entries: &[Entry]) -> String {
    let places = entries.iter().filter_map(|entry| match entry {
        Entry::Both { place, .. } => Some(place.as_str()),
        Entry::Plain(_) => None,
    });
    places.collect::<Vec<_>>().join("; ")
}

/// The key of a value with everything up to the value; nothing in a list.
fn key_of<'s>(text: &'s str, node: Node<'_>) -> &'s str {
    let (from, to) = (node.key_span().start, node.span().start);
    text.get(from..to).unwrap_or_default()
}
