//! Where a value is in a delivery: a path into its body, headers or query string.

use std::{borrow::Cow, fmt};

use super::Event;
use crate::Value;

/// The largest number of steps of a path.
const MAX_STEPS: usize = 32;

/// The place of a value in a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The part of the delivery.
    pub part: Part,
    /// The names of fields and the indexes of items, from the outside in.
    pub steps: Vec<String>,
}

/// A part of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The body.
    Body,
    /// The headers.
    Headers,
    /// The query string.
    Query,
}

impl Part {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Headers => "headers",
            Self::Query => "query",
        }
    }
}

impl Source {
    /// A field of a part.
    pub(super) fn field(part: Part, name: &str) -> Self {
        Self {
            part,
            steps: vec![name.to_owned()],
        }
    }

    /// A path that names its part: `body.pull_request.title`, `headers.x-github-event`, `query.page`, or
    /// `$.items[0].id` for the body.
    pub fn explicit(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix('$') {
            return Self::of(Part::Body, rest.strip_prefix('.').unwrap_or(rest));
        }
        let parts = [
            ("body", Part::Body),
            ("payload", Part::Body),
            ("headers", Part::Headers),
            ("header", Part::Headers),
            ("query", Part::Query),
        ];
        parts.into_iter().find_map(|(name, part)| {
            let rest = text.strip_prefix(name)?;
            match rest.strip_prefix('.') {
                Some(rest) if !rest.is_empty() => Self::of(part, rest),
                None if rest.is_empty() || rest.starts_with('[') => Self::of(part, rest),
                _ => None,
            }
        })
    }

    /// A path, which is one into the body if it names no part.
    pub fn parse(text: &str) -> Option<Self> {
        Self::explicit(text).or_else(|| match text.trim() {
            "" => None,
            text => Self::of(Part::Body, text),
        })
    }

    fn of(part: Part, rest: &str) -> Option<Self> {
        let mut steps = steps(rest)?;
        if part == Part::Headers
            && let Some(name) = steps.first_mut()
        {
            name.make_ascii_lowercase();
        }
        Some(Self { part, steps })
    }

    /// The value, if it is there.
    pub fn find<'a>(&self, event: &'a Event) -> Option<Cow<'a, Value>> {
        let (map, mut steps) = match self.part {
            Part::Body => (None, self.steps.iter()),
            Part::Headers => (Some(&event.headers), self.steps.iter()),
            Part::Query => (Some(&event.query), self.steps.iter()),
        };
        let mut value = match map {
            None => &event.body,
            Some(map) => match steps.next() {
                None => return Some(Cow::Owned(map.clone().into())),
                Some(name) => map.get(name.as_str())?,
            },
        };
        for step in steps {
            value = match value {
                Value::List(items) => items.get(step.parse::<usize>().ok()?)?,
                other => other.get(step)?,
            };
        }
        Some(Cow::Borrowed(value))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.part.as_str())?;
        self.steps.iter().try_for_each(|step| write!(f, ".{step}"))
    }
}

/// The steps of `a.b[0].c`; none for an empty text.
pub(super) fn steps(text: &str) -> Option<Vec<String>> {
    let mut out = Vec::new();
    if text.is_empty() {
        return Some(out);
    }
    for (at, part) in text.split('.').enumerate() {
        let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        match (name, at) {
            ("", 0) if !rest.is_empty() => {}
            ("", _) => return None,
            (name, _) => out.push(name.to_owned()),
        }
        while let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']')?;
            let index = index.trim_matches(['"', '\'']);
            if index.is_empty() {
                return None;
            }
            out.push(index.to_owned());
            rest = after;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    (out.len() <= MAX_STEPS).then_some(out)
}
