//! What a trigger waits for among the events that are sent to the organization.

use std::fmt::{self, Write as _};

use super::{
    Place,
    finished::put_mapped,
    words::{length, list},
};
use crate::{Map, Value};

/// The first names of the places in an event. Its further attributes are below `extensions`.
pub(super) const EVENT_FACTS: &[&str] = &[
    "trigger",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "data",
    "extensions",
];

/// A trigger that fires for events of the organization.
#[derive(Clone, Debug, PartialEq)]
pub struct EventTrigger {
    /// The types of events; empty: all.
    pub types: Vec<Pattern>,
    /// The sources of events; empty: all.
    pub sources: Vec<Pattern>,
    /// What has to be true of an event besides.
    pub conditions: Vec<Condition>,
    /// For how many seconds after a firing it does not fire again.
    pub cooldown: u32,
    /// Inputs that come from the event: the name of the input and where its value is. Empty: the fields of
    /// its data are the inputs.
    pub mapping: Vec<(String, Place)>,
}

/// A text, or the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The text.
    pub text: String,
    /// Whether more may follow it.
    pub prefix: bool,
}

/// What has to be true of a value in an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Where the value is.
    pub place: Place,
    /// What has to be true of it.
    pub test: Test,
}

/// What has to be true of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is one of these.
    AnyOf(Vec<Value>),
    /// It is there, or it is not.
    Exists(bool),
    /// It is a number that compares so with this one.
    Compares(Comparison, Value),
}

/// A comparison of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Less.
    Less,
    /// Less, or the same.
    AtMost,
    /// More.
    More,
    /// More, or the same.
    AtLeast,
}

impl Pattern {
    /// A text, which is a beginning if it ends with `*`.
    pub(super) fn parse(text: &str) -> Self {
        match text.strip_suffix('*') {
            Some(beginning) => Self {
                text: beginning.to_owned(),
                prefix: true,
            },
            None => Self {
                text: text.to_owned(),
                prefix: false,
            },
        }
    }

    /// Whether a text is this one, or begins with it.
    pub fn matches(&self, text: &str) -> bool {
        match self.prefix {
            true => text.starts_with(&self.text),
            false => text == self.text,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.prefix { "*" } else { "" };
        write!(f, "{}{end}", self.text)
    }
}

impl Comparison {
    /// All comparisons.
    pub const ALL: [Self; 4] = [Self::Less, Self::AtMost, Self::More, Self::AtLeast];

    /// The name in a definition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Less => "lt",
            Self::AtMost => "lte",
            Self::More => "gt",
            Self::AtLeast => "gte",
        }
    }

    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

impl Condition {
    /// Whether it is true of an event.
    pub fn holds(&self, facts: &Value) -> bool {
        let found = self.place.find(facts);
        match &self.test {
            Test::Exists(wanted) => found.is_some() == *wanted,
            Test::AnyOf(values) => {
                found.is_some_and(|found| values.iter().any(|value| is_same(found, value)))
            }
            Test::Compares(how, number) => {
                let numbers = found.and_then(Value::as_f64).zip(number.as_f64());
                numbers.is_some_and(|(left, right)| how.holds(left, right))
            }
        }
    }
}

/// Whether two values are the same; `1` and `1.0` are.
fn is_same(left: &Value, right: &Value) -> bool {
    let numbers = left.as_f64().zip(right.as_f64());
    left == right || numbers.is_some_and(|(left, right)| left.total_cmp(&right).is_eq())
}

impl EventTrigger {
    /// Whether it fires for an event.
    pub fn matches(&self, facts: &Value) -> bool {
        let text = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default();
        let fits = |patterns: &[Pattern], text: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
        };
        fits(&self.types, text("type"))
            && fits(&self.sources, text("source"))
            && self.conditions.iter().all(|one| one.holds(facts))
    }

    /// The input of the run of an event. `None` if there is no mapping and the data is no object.
    pub fn input(&self, defaults: &Map, facts: &Value) -> Option<Value> {
        let mut input = defaults.clone();
        if self.mapping.is_empty() {
            let data = facts.get("data").filter(|data| **data != Value::Null);
            if let Some(data) = data {
                for (name, value) in data.as_map()? {
                    input.insert(name.clone(), value.clone());
                }
            }
        }
        put_mapped(&mut input, &self.mapping, facts);
        Some(input.into())
    }

    /// What it waits for, in English.
    pub(super) fn words(&self) -> String {
        let texts = |all: &[Pattern]| {
            let texts: Vec<String> = all.iter().map(ToString::to_string).collect();
            texts.join(" or ")
        };
        let mut out = match self.types.is_empty() {
            true => "whenever an event is sent".to_owned(),
            false => format!("whenever an event {} is sent", texts(&self.types)),
        };
        if !self.sources.is_empty() {
            let _ = write!(out, " by {}", texts(&self.sources));
        }
        let conditions: Vec<String> = self.conditions.iter().map(Condition::words).collect();
        let conditions: Vec<&str> = conditions.iter().map(String::as_str).collect();
        if !conditions.is_empty() {
            let _ = write!(out, " in which {}", list(&conditions));
        }
        if self.cooldown > 0 {
            let pause = length(u64::from(self.cooldown));
            let _ = write!(out, ", at most once in {pause}");
        }
        out
    }
}

impl Condition {
    fn words(&self) -> String {
        let place = &self.place;
        match &self.test {
            Test::Exists(true) => format!("{place} is there"),
            Test::Exists(false) => format!("{place} is not there"),
            Test::AnyOf(values) => {
                let values: Vec<String> = values.iter().map(Value::to_json).collect();
                format!("{place} is {}", values.join(" or "))
            }
            Test::Compares(how, number) => {
                let how = match how {
                    Comparison::Less => "less than",
                    Comparison::AtMost => "at most",
                    Comparison::More => "more than",
                    Comparison::AtLeast => "at least",
                };
                format!("{place} is {how} {}", number.to_json())
            }
        }
    }
}
