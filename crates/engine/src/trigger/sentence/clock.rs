//! Times of the day in words and digits.

use super::{Language, matcher::Matcher};

type Found = Vec<(usize, String)>;

/// A word of digits: `9`, `9:30`, `9.30`, `9pm`, `9h`.
struct Digits<'a> {
    hour: u32,
    minute: Option<u32>,
    suffix: &'a str,
    dot: bool,
}

/// The times of the day that begin at a word. `bare`: a number alone is an hour.
pub(super) fn read(words: &Matcher<'_>, at: usize, bare: bool) -> Found {
    let Some(word) = words.word(at) else {
        return Vec::new();
    };
    if let Some(name) = words.lexicon.value("oclock", word) {
        let hour = if name == "noon" { 12 } else { 0 };
        return time(at + 1, hour, 0);
    }
    match digits(word) {
        Some(found) => of_digits(words, at, bare, word, &found),
        None => match words.language {
            Language::English => english(words, at, bare, word),
            Language::German => german(words, at, bare, word),
        },
    }
}

fn time(to: usize, hour: u32, minute: u32) -> Found {
    match hour <= 23 && minute <= 59 {
        true => vec![(to, format!("{hour:02}:{minute:02}"))],
        false => Vec::new(),
    }
}

/// A time with `am` or `pm`.
fn half_day(to: usize, hour: u32, minute: u32, half: &str) -> Found {
    if !(1..=12).contains(&hour) {
        return Vec::new();
    }
    let later = if half.starts_with('p') { 12 } else { 0 };
    time(to, hour % 12 + later, minute)
}

fn is_half(word: &str) -> bool {
    matches!(word, "am" | "pm" | "a.m." | "p.m.")
}

fn digits(word: &str) -> Option<Digits<'_>> {
    let count = word.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=2).contains(&count) {
        return None;
    }
    let (hour, mut rest) = word.split_at_checked(count)?;
    let mut minute = None;
    if let Some(after) = rest.strip_prefix([':', '.'])
        && let Some((two, after)) = after.split_at_checked(2)
        && two.bytes().all(|byte| byte.is_ascii_digit())
    {
        minute = Some(two.parse().ok()?);
        rest = after;
    }
    let suffixes = ["a.m.", "p.m.", "am", "pm", "h"];
    let suffix = suffixes.into_iter().find(|suffix| rest.starts_with(suffix));
    let suffix = suffix.unwrap_or_default();
    let rest = rest.strip_prefix(suffix)?;
    if !matches!(rest, "" | ".") {
        return None;
    }
    Some(Digits {
        hour: hour.parse().ok()?,
        minute,
        suffix,
        dot: rest == ".",
    })
}

fn of_digits(words: &Matcher<'_>, at: usize, bare: bool, word: &str, found: &Digits<'_>) -> Found {
    let hour = found.hour;
    let minute = found.minute.unwrap_or(0);
    // The full stop of a sentence, which is none within it.
    if found.dot && at + 1 < words.tokens.len() {
        return Vec::new();
    }
    let is_english = words.language == Language::English;
    if !found.suffix.is_empty() {
        return match (is_english, found.suffix) {
            (true, "h") => Vec::new(),
            (true, half) => half_day(at + 1, hour, minute, half),
            (false, "h") => time(at + 1, hour, minute),
            (false, _) => Vec::new(),
        };
    }
    let next = words.word(at + 1);
    if is_english {
        if let Some(half) = next.filter(|next| is_half(next)) {
            return half_day(at + 2, hour, minute, half);
        }
        if next == Some("o'clock") && found.minute.is_none() {
            return time(at + 2, hour, 0);
        }
    } else if next == Some("uhr") {
        let mut out = Vec::new();
        let after = words.word(at + 2).filter(|word| word.len() == 2);
        if let Some(minutes) = after.and_then(|word| word.parse::<u32>().ok())
            && found.minute.is_none()
        {
            out.extend(time(at + 3, hour, minutes));
        }
        out.extend(time(at + 2, hour, minute));
        return out;
    }
    let is_time = found.minute.is_some() && word.contains(':');
    match is_time || bare {
        true => time(at + 1, hour, minute),
        false => Vec::new(),
    }
}

fn hour(words: &Matcher<'_>, at: usize) -> Option<u32> {
    words.number(at).filter(|hour| (1..=12).contains(hour))
}

fn english(words: &Matcher<'_>, at: usize, bare: bool, word: &str) -> Found {
    let next = words.word(at + 1);
    if matches!(word, "half" | "quarter") && matches!(next, Some("past" | "to")) {
        return match (hour(words, at + 2), word, next) {
            (Some(hour), "half", Some("past")) => time(at + 3, hour, 30),
            (Some(hour), "quarter", Some("past")) => time(at + 3, hour, 15),
            (Some(hour), "quarter", Some("to")) => time(at + 3, hour - 1, 45),
            _ => Vec::new(),
        };
    }
    let Some(hour) = hour(words, at).filter(|_| !matches!(word, "a" | "an")) else {
        return Vec::new();
    };
    match next {
        Some(half @ ("am" | "pm")) => half_day(at + 2, hour, 0, half),
        Some("o'clock") => time(at + 2, hour, 0),
        _ if bare => time(at + 1, hour, 0),
        _ => Vec::new(),
    }
}

fn german(words: &Matcher<'_>, at: usize, bare: bool, word: &str) -> Found {
    let next = words.word(at + 1);
    if word == "halb" {
        return match hour(words, at + 1) {
            Some(hour) => time(at + 2, hour - 1, 30),
            None => Vec::new(),
        };
    }
    if word == "viertel" && matches!(next, Some("nach" | "vor")) {
        return match (hour(words, at + 2), next) {
            (Some(hour), Some("nach")) => time(at + 3, hour, 15),
            (Some(hour), _) => time(at + 3, hour - 1, 45),
            _ => Vec::new(),
        };
    }
    let Some(hour) = hour(words, at) else {
        return Vec::new();
    };
    match next {
        Some("uhr") => time(at + 2, hour, 0),
        _ if bare && word != "ein" => time(at + 1, hour, 0),
        _ => Vec::new(),
    }
}
