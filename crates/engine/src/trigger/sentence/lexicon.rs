//! The words and patterns of a language, read once from a table (`en.txt`, `de.txt`).

use std::{collections::HashMap, sync::LazyLock};

use super::Language;

static ENGLISH: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::parse(include_str!("en.txt")));
static GERMAN: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::parse(include_str!("de.txt")));

/// What a sentence can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Schedule,
    Run,
    GitHub,
    Event,
}

impl Section {
    pub(super) const ALL: [Self; 4] = [Self::Schedule, Self::Run, Self::GitHub, Self::Event];

    /// The slots of which a sentence needs one to be about this.
    pub(super) const fn core(self) -> &'static [&'static str] {
        match self {
            Self::Schedule => &[
                "every", "days", "workdays", "nth", "nthor", "every2", "nth2", "daily", "monthday",
                "date", "months", "clock", "window", "windowin", "windowex", "minute", "part",
            ],
            Self::Run => &["runs", "longer", "failedcount", "failedin"],
            Self::GitHub => &["event", "mergedto", "pushto"],
            Self::Event => &["type", "prefix"],
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "schedule" => Some(Self::Schedule),
            "run" => Some(Self::Run),
            "github" => Some(Self::GitHub),
            "event" => Some(Self::Event),
            _ => None,
        }
    }
}

/// A place in a pattern.
pub(super) struct Item {
    pub(super) what: What,
    pub(super) optional: bool,
}

/// What stands at a place of a pattern.
pub(super) enum What {
    /// One of these words.
    Words(Vec<&'static str>),
    /// Something of this class.
    Hole(&'static str),
}

/// A pattern, and what it means.
pub(super) struct Slot {
    /// `None`: in every section.
    pub(super) section: Option<Section>,
    pub(super) name: &'static str,
    pub(super) arguments: Vec<&'static str>,
    pub(super) pattern: Vec<Item>,
}

/// The table of a language.
pub(super) struct Lexicon {
    classes: HashMap<&'static str, HashMap<&'static str, &'static str>>,
    pub(super) slots: Vec<Slot>,
}

impl Lexicon {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }

    /// What a word of a class stands for.
    pub(super) fn value(&self, class: &str, word: &str) -> Option<&'static str> {
        self.classes.get(class)?.get(word).copied()
    }

    fn parse(text: &'static str) -> Self {
        let mut lexicon = Self {
            classes: HashMap::new(),
            slots: Vec::new(),
        };
        let mut section = None;
        for line in text.lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[') {
                section = Section::named(name.trim_end_matches(']'));
            } else if let Some((left, right)) = line.split_once(" = ") {
                lexicon.entry(section, left, right);
            }
        }
        lexicon
    }

    fn entry(&mut self, section: Option<Section>, left: &'static str, right: &'static str) {
        if let Some((class, value)) = left.strip_prefix('@').and_then(|it| it.split_once(' ')) {
            let words = self.classes.entry(class).or_default();
            for word in right.split_ascii_whitespace() {
                words.entry(word).or_insert(value);
            }
            return;
        }
        let mut parts = left.split_ascii_whitespace();
        let name = parts.next().unwrap_or_default();
        let arguments: Vec<&'static str> = parts.collect();
        for pattern in right.split(" ; ") {
            self.slots.push(Slot {
                section,
                name,
                arguments: arguments.clone(),
                pattern: pattern.split_ascii_whitespace().map(item).collect(),
            });
        }
    }
}

fn item(text: &'static str) -> Item {
    let (text, optional) = match text.strip_suffix('?') {
        Some(rest) if !rest.is_empty() => (rest, true),
        _ => (text, false),
    };
    let hole = text
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'));
    let what = match hole {
        Some(class) => What::Hole(class),
        None => What::Words(text.split('/').collect()),
    };
    Item { what, optional }
}
