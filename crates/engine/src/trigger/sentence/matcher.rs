//! Finds the patterns of the table in a sentence: at each word the longest one, and what is in its holes.

use chrono::NaiveDate;

use super::{
    Language, clock, is_name,
    lexicon::{Item, Lexicon, Section, Slot, What},
    places,
    tokens::Token,
};

/// The largest number of names in a list.
const MAX_NAMES: usize = 20;

/// The longest quoted name, in characters.
const MAX_NAME: usize = 128;

/// Between the names of a list, and after the word that says how they are connected.
pub(super) const SEPARATOR: char = '\u{1f}';

/// A pattern that was found.
pub(super) struct Hit {
    pub(super) slot: &'static str,
    pub(super) arguments: Vec<String>,
    /// The word after its last one.
    pub(super) to: usize,
}

/// The words of a sentence in a language.
pub(super) struct Matcher<'a> {
    pub(super) language: Language,
    pub(super) lexicon: &'static Lexicon,
    pub(super) tokens: &'a [Token],
}

impl Matcher<'_> {
    /// The patterns of a section, and the words that are in none.
    pub(super) fn scan(&self, section: Section) -> (Vec<Hit>, Vec<usize>) {
        let mut hits: Vec<Hit> = Vec::new();
        let mut unknown = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let before = hits.last().filter(|hit| hit.to == at).map(|hit| hit.slot);
            let mut best: Option<Hit> = None;
            for slot in &self.lexicon.slots {
                if slot.section.is_some_and(|other| other != section) || !follows(slot, before) {
                    continue;
                }
                let Some((to, values)) = self.matches(&slot.pattern, at, &[]) else {
                    continue;
                };
                if to > at && best.as_ref().is_none_or(|best| to > best.to) {
                    best = Some(Hit {
                        slot: slot.name,
                        arguments: arguments(slot, &values),
                        to,
                    });
                }
            }
            match best {
                Some(hit) => {
                    at = hit.to;
                    hits.push(hit);
                }
                None => {
                    unknown.push(at);
                    at += 1;
                }
            }
        }
        (hits, unknown)
    }

    /// Where the longest match of a pattern ends, and what is in its holes.
    fn matches(
        &self,
        pattern: &'static [Item],
        at: usize,
        values: &[String],
    ) -> Option<(usize, Vec<String>)> {
        let Some((item, rest)) = pattern.split_first() else {
            return Some((at, values.to_vec()));
        };
        let mut best: Option<(usize, Vec<String>)> = None;
        let mut better = |found: Option<(usize, Vec<String>)>| {
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| found.0 > best.0)
            {
                best = Some(found);
            }
        };
        match &item.what {
            What::Words(words) => {
                if self.word(at).is_some_and(|word| words.contains(&word)) {
                    better(self.matches(rest, at + 1, values));
                }
            }
            What::Hole(class) => {
                for (to, value) in self.hole(class, at) {
                    let mut values = values.to_vec();
                    values.push(value);
                    better(self.matches(rest, to, &values));
                }
            }
        }
        if item.optional {
            better(self.matches(rest, at, values));
        }
        best
    }

    /// A word in lower case, if it is not quoted.
    pub(super) fn word(&self, at: usize) -> Option<&str> {
        self.tokens.get(at)?.lower.as_deref()
    }

    /// A whole number that is not negative, in digits or as a word.
    pub(super) fn number(&self, at: usize) -> Option<u32> {
        let word = self.word(at)?;
        if word.len() <= 6 && word.bytes().all(|byte| byte.is_ascii_digit()) {
            return word.parse().ok();
        }
        self.lexicon.value("number", word)?.parse().ok()
    }

    /// What a hole can stand for: where each ends, and its value.
    fn hole(&self, class: &str, at: usize) -> Vec<(usize, String)> {
        let Some(token) = self.tokens.get(at) else {
            return Vec::new();
        };
        let one = |value: Option<String>| -> Vec<(usize, String)> {
            value.into_iter().map(|value| (at + 1, value)).collect()
        };
        match class {
            "n" => one(self.positive(at).map(|number| number.to_string())),
            "count" => self.count(at),
            "clock" => clock::read(self, at, true),
            "xclock" => clock::read(self, at, false),
            "dom" => one(self.day_of_month(at)),
            "date" => one(self.date(at)),
            "zone" => self.zone(at, true),
            "xzone" => self.zone(at, false),
            "name" => one(self.name(token)),
            "names" => self.names(at),
            class => {
                let value = self
                    .word(at)
                    .and_then(|word| self.lexicon.value(class, word));
                one(value.map(str::to_owned))
            }
        }
    }

    fn positive(&self, at: usize) -> Option<u32> {
        self.number(at).filter(|number| *number > 0)
    }

    /// `twice`, `3 times`.
    fn count(&self, at: usize) -> Vec<(usize, String)> {
        let word = self.word(at);
        let mut out = Vec::new();
        if let Some(times) = word.and_then(|word| self.lexicon.value("times", word)) {
            out.push((at + 1, times.to_owned()));
        }
        if let Some(number) = self.positive(at)
            && matches!(self.word(at + 1), Some("times" | "mal"))
        {
            out.push((at + 2, number.to_string()));
        }
        out
    }

    /// `15th`, in German `15.`.
    fn day_of_month(&self, at: usize) -> Option<String> {
        let word = self.word(at)?;
        let digits = match self.language {
            Language::English => ["st", "nd", "rd", "th"]
                .iter()
                .find_map(|end| word.strip_suffix(end))?,
            Language::German => word.strip_suffix('.')?,
        };
        let day = digits_of(digits, 2)?;
        (1..=31).contains(&day).then(|| day.to_string())
    }

    /// `2026-12-07`, in German `7.12.2026`, too.
    fn date(&self, at: usize) -> Option<String> {
        let word = self.word(at)?;
        let date = match word.split('-').collect::<Vec<&str>>().as_slice() {
            [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => Some((
                digits_of(year, 4)?,
                digits_of(month, 2)?,
                digits_of(day, 2)?,
            )),
            _ => None,
        };
        let date = match (date, self.language) {
            (None, Language::German) => match word.split('.').collect::<Vec<&str>>().as_slice() {
                [day, month, year] if year.len() == 4 => Some((
                    digits_of(year, 4)?,
                    digits_of(month, 2)?,
                    digits_of(day, 2)?,
                )),
                _ => None,
            },
            (date, _) => date,
        };
        let (year, month, day) = date?;
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        Some(date.format("%Y-%m-%d").to_string())
    }

    /// A time zone: by its name, and by a city if `by_city`.
    fn zone(&self, at: usize, by_city: bool) -> Vec<(usize, String)> {
        let Some(word) = self.word(at) else {
            return Vec::new();
        };
        if let Some(zone) = places::by_name(word) {
            return vec![(at + 1, zone)];
        }
        if !by_city {
            return Vec::new();
        }
        let longest_first = (1..=3).rev();
        let of = |count: usize| -> Option<(usize, String)> {
            let words: Option<Vec<&str>> = (at..at + count).map(|at| self.word(at)).collect();
            let zone = places::by_city(&words?.join(" "))?;
            Some((at + count, zone))
        };
        longest_first.filter_map(of).collect()
    }

    /// A name: quoted, or one word that is none of the grammar's.
    fn name(&self, token: &Token) -> Option<String> {
        let name = match &token.lower {
            None => (1..=MAX_NAME).contains(&token.text.chars().count()),
            Some(lower) => self.lexicon.value("reserved", lower).is_none() && is_name(&token.text),
        };
        name.then(|| token.text.clone())
    }

    /// Names that are connected in one way: the way (`one`, `all`, `any`) and the names.
    fn names(&self, at: usize) -> Vec<(usize, String)> {
        let mut out = Vec::new();
        let mut value = String::new();
        let mut count = 0;
        let mut way: Option<&'static str> = None;
        let mut next = at;
        while let Some(name) = self.tokens.get(next).and_then(|token| self.name(token)) {
            value.push(SEPARATOR);
            value.push_str(&name);
            count += 1;
            next += 1;
            // A list with commas only is none.
            if way.is_some() || count == 1 {
                out.push((next, format!("{}{value}", way.unwrap_or("one"))));
            }
            match (self.word(next), way) {
                (Some("and" | "und"), None | Some("all")) => way = Some("all"),
                (Some("or" | "oder"), None | Some("any")) => way = Some("any"),
                (Some(","), _) => {}
                _ => break,
            }
            next += 1;
            if count >= MAX_NAMES {
                break;
            }
        }
        out
    }
}

/// Whether a slot can stand after what was found last.
fn follows(slot: &Slot, before: Option<&str>) -> bool {
    let first = match slot.name {
        "clockmore" => "clock",
        "monthsmore" => "months",
        _ => return true,
    };
    before.is_some_and(|before| before.starts_with(first))
}

/// What a slot means, with what its holes stand for.
fn arguments(slot: &Slot, values: &[String]) -> Vec<String> {
    let value = |number: &str| -> Option<&String> {
        let number: usize = number.parse().ok()?;
        values.get(number.checked_sub(1)?)
    };
    let of = |argument: &&'static str| -> String {
        if let Some((from, to)) = argument.split_once("-$") {
            let from = from.strip_prefix('$').and_then(value);
            return match (from, value(to)) {
                (Some(from), Some(to)) => format!("{from}-{to}"),
                _ => String::new(),
            };
        }
        match argument.strip_prefix('$') {
            Some(number) => value(number).cloned().unwrap_or_default(),
            None => (*argument).to_owned(),
        }
    };
    slot.arguments.iter().map(of).collect()
}

fn digits_of(text: &str, most: usize) -> Option<u32> {
    let digits = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}
