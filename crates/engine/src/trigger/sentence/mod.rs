//! Rules in words: a sentence, in English or German, becomes the definition of a trigger.
//!
//! A fixed grammar, no model: tables of patterns (`en.txt`, `de.txt`), of which the longest one wins at each
//! word. A word that no pattern takes is never passed over: the reading then has a question instead of a
//! definition. So a sentence that orders something else does nothing but be asked about. What is missing is
//! asked, and if a sentence can mean several things, all of them are returned. Time is linear in the length.

mod clock;
mod lexicon;
mod lower;
mod matcher;
mod other;
mod places;
pub mod rule;
mod say;
mod schedule;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::BTreeSet;

use serde_json::Value as Json;

use self::{
    lexicon::{Lexicon, Section},
    matcher::{Hit, Matcher},
    rule::Rule,
    tokens::Token,
};
use super::{Trigger, Zone};

/// The longest sentence, in characters.
pub const MAX_SENTENCE: usize = 500;

/// A language of sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its code: `en`, `de`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language with this code.
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.as_str() == code)
    }
}

/// What has to be said before there is a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Some words were not understood.
    Words,
    /// Parts of the sentence contradict each other.
    Conflict,
    /// One trigger cannot do it.
    Fit,
    /// On which days.
    Day,
    /// On which weekday.
    Weekday,
    /// At what time.
    Hour,
    /// In which time zone.
    Zone,
    /// From which day on it is counted.
    Start,
    /// Which holidays.
    Calendar,
    /// Within what time.
    Window,
    /// Of which pipeline.
    Pipeline,
    /// When anything should happen at all.
    Kind,
    /// The sentence is too long.
    Length,
    /// This version has no such trigger.
    Unsupported,
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Words,
        Self::Conflict,
        Self::Fit,
        Self::Day,
        Self::Weekday,
        Self::Hour,
        Self::Zone,
        Self::Start,
        Self::Calendar,
        Self::Window,
        Self::Pipeline,
        Self::Kind,
        Self::Length,
        Self::Unsupported,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Conflict => "conflict",
            Self::Fit => "fit",
            Self::Day => "day",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::Zone => "zone",
            Self::Start => "start",
            Self::Calendar => "calendar",
            Self::Window => "window",
            Self::Pipeline => "pipeline",
            Self::Kind => "kind",
            Self::Length => "length",
            Self::Unsupported => "unsupported",
        }
    }

    /// The question as a sentence.
    pub const fn text(self, language: Language) -> &'static str {
        match language {
            Language::English => match self {
                Self::Words => {
                    "Some words were not understood. Leave them out or say them differently"
                }
                Self::Conflict => "Parts of the sentence contradict each other. What is right?",
                Self::Fit => "One trigger cannot do that. Can it be said as two?",
                Self::Day => "On which days?",
                Self::Weekday => "On which weekday?",
                Self::Hour => "At what time?",
                Self::Zone => "In which time zone, or in which city?",
                Self::Start => "From which day on is it counted? For example: starting 2026-12-07",
                Self::Calendar => "Which holidays? Name a calendar, for example: of calendar de-by",
                Self::Window => "Within what time? For example: within an hour",
                Self::Pipeline => "Runs of which pipeline?",
                Self::Kind => "When should it run? For example: every weekday at 9 in Berlin",
                Self::Length => "The sentence is too long. At most 500 characters are read",
                Self::Unsupported => "This was understood, but there is no such trigger here",
            },
            Language::German => match self {
                Self::Words => {
                    "Einige Wörter wurden nicht verstanden. Bitte weglassen oder anders sagen"
                }
                Self::Conflict => "Teile des Satzes widersprechen sich. Was stimmt?",
                Self::Fit => "Ein Auslöser allein kann das nicht. Geht es mit zweien?",
                Self::Day => "An welchen Tagen?",
                Self::Weekday => "An welchem Wochentag?",
                Self::Hour => "Um wie viel Uhr?",
                Self::Zone => "In welcher Zeitzone oder in welcher Stadt?",
                Self::Start => "Ab welchem Tag wird gezählt? Zum Beispiel: ab 7.12.2026",
                Self::Calendar => {
                    "Welche Feiertage? Einen Kalender nennen, zum Beispiel: nach Kalender de-by"
                }
                Self::Window => "Innerhalb welcher Zeit? Zum Beispiel: innerhalb einer Stunde",
                Self::Pipeline => "Läufe welcher Pipeline?",
                Self::Kind => "Wann soll es laufen? Zum Beispiel: jeden Montag um 9 Uhr in Berlin",
                Self::Length => "Der Satz ist zu lang. Höchstens 500 Zeichen werden gelesen",
                Self::Unsupported => {
                    "Das wurde verstanden, aber einen solchen Auslöser gibt es hier nicht"
                }
            },
        }
    }
}

/// A part of a sentence, in UTF-16 code units, as browsers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first one.
    pub from: usize,
    /// The one after the last.
    pub to: usize,
    /// Whether it was understood.
    pub understood: bool,
}

/// One thing that a sentence can mean.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The rule.
    pub rule: Rule,
    /// The rule in words.
    pub words: String,
    /// What has to be said before there is a definition.
    pub questions: Vec<Question>,
    /// The definition of the trigger, if nothing is missing.
    pub definition: Option<Json>,
    /// The trigger that it defines.
    pub trigger: Option<Trigger>,
}

/// What was understood of a sentence.
#[derive(Clone, Debug)]
pub struct Understood {
    /// The language in which it was read.
    pub language: Language,
    /// Which parts of it were understood, in order.
    pub spans: Vec<Span>,
    /// Everything that it can mean.
    pub readings: Vec<Reading>,
    /// What is asked if there is no reading.
    pub questions: Vec<Question>,
}

/// What one grammar found.
struct Found<'a> {
    matcher: Matcher<'a>,
    section: Section,
    hits: Vec<Hit>,
    unknown: Vec<usize>,
}

/// Reads a sentence. `zone` counts if the sentence names no time zone; without a language, the one in which
/// more is understood. Nothing is stored or started.
pub fn read(sentence: &str, zone: Option<&Zone>, language: Option<Language>) -> Understood {
    let nothing = |question: Question, spans: Vec<Span>| Understood {
        language: language.unwrap_or(Language::English),
        spans,
        readings: Vec::new(),
        questions: vec![question],
    };
    if sentence.chars().count() > MAX_SENTENCE {
        return nothing(Question::Length, Vec::new());
    }
    let tokens = tokens::tokens(sentence);
    let Some(found) = best(&tokens, language) else {
        let unknown: Vec<usize> = (0..tokens.len()).collect();
        return nothing(Question::Kind, spans(sentence, &tokens, &unknown));
    };
    let language = found.matcher.language;
    let readings = rules(&found, zone);
    let reading = |(rule, mut asked): (Rule, BTreeSet<Question>)| {
        if !found.unknown.is_empty() {
            asked.insert(Question::Words);
        }
        Reading::new(rule, asked, language)
    };
    Understood {
        language,
        spans: spans(sentence, &tokens, &found.unknown),
        readings: readings.into_iter().map(reading).collect(),
        questions: Vec::new(),
    }
}

impl Reading {
    fn new(rule: Rule, mut asked: BTreeSet<Question>, language: Language) -> Self {
        let words = say::words(&rule, language);
        let mut definition = None;
        let mut trigger = None;
        if asked.is_empty() {
            definition = lower::definition(&rule);
            trigger = definition
                .as_ref()
                .and_then(|definition| Trigger::parse(&definition.to_string()).ok());
            if trigger.is_none() {
                definition = None;
                asked.insert(Question::Unsupported);
            }
        }
        Self {
            rule,
            words,
            questions: asked.into_iter().collect(),
            definition,
            trigger,
        }
    }
}

/// The grammar that leaves the fewest words over.
fn best(tokens: &[Token], language: Option<Language>) -> Option<Found<'_>> {
    let mut best: Option<Found<'_>> = None;
    for other in Language::ALL {
        if language.is_some_and(|language| language != other) {
            continue;
        }
        for section in Section::ALL {
            let matcher = Matcher {
                language: other,
                lexicon: Lexicon::of(other),
                tokens,
            };
            if section == Section::GitHub && !has_word(tokens, &["github"]) {
                continue;
            }
            let (hits, unknown) = matcher.scan(section);
            let is_core = |hit: &Hit| section.core().contains(&hit.slot);
            let fewer = |best: &Found<'_>| unknown.len() < best.unknown.len();
            if hits.iter().any(is_core) && best.as_ref().is_none_or(fewer) {
                best = Some(Found {
                    matcher,
                    section,
                    hits,
                    unknown,
                });
            }
        }
    }
    best
}

fn has_word(tokens: &[Token], words: &[&str]) -> bool {
    let lower = |token: &Token| token.lower.as_deref().is_some_and(|it| words.contains(&it));
    tokens.iter().any(lower)
}

fn rules(found: &Found<'_>, zone: Option<&Zone>) -> Vec<(Rule, BTreeSet<Question>)> {
    match found.section {
        Section::Schedule => {
            let readings = schedule::readings(&found.hits).into_iter();
            let in_zone = |(mut rule, mut asked): (rule::ScheduleRule, BTreeSet<Question>)| {
                if let Some(zone) = zone
                    && rule.zone.is_none()
                    && asked.remove(&Question::Zone)
                {
                    rule.zone = Some(zone.name().to_owned());
                }
                (Rule::Schedule(rule), asked)
            };
            readings.map(in_zone).collect()
        }
        Section::Run => {
            let together = has_word(found.matcher.tokens, &["both", "all", "beide", "alle"]);
            let readings = other::runs(&found.hits, together).into_iter();
            readings
                .map(|(rule, asked)| (Rule::Runs(rule), asked))
                .collect()
        }
        Section::GitHub => {
            let readings = other::github(&found.hits).into_iter();
            readings
                .map(|(rule, asked)| (Rule::GitHub(rule), asked))
                .collect()
        }
        Section::Event => {
            let readings = other::event(&found.hits).into_iter();
            readings
                .map(|(rule, asked)| (Rule::Event(rule), asked))
                .collect()
        }
    }
}

/// The places of the words in the sentence.
fn spans(sentence: &str, tokens: &[Token], unknown: &[usize]) -> Vec<Span> {
    let mut units = vec![0];
    let mut all = 0;
    for letter in sentence.chars() {
        all += letter.len_utf16();
        units.push(all);
    }
    let unit = |at: usize| units.get(at).copied().unwrap_or(all);
    let mut out: Vec<Span> = Vec::new();
    for (number, token) in tokens.iter().enumerate() {
        let span = Span {
            from: unit(token.from),
            to: unit(token.to),
            understood: !unknown.contains(&number),
        };
        match out.last_mut() {
            Some(last) if last.understood == span.understood => last.to = span.to,
            _ => out.push(span),
        }
    }
    out
}

/// Whether a text can be a name without quotation marks: a letter first, then letters, digits and `-_./:@#`.
fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(char::is_alphabetic)
        && letters.all(|letter| letter.is_alphanumeric() || "-_./:@#".contains(letter))
        && !text.ends_with(['.', ':'])
}
