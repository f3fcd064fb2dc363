//! What the text of a search means, in all lists that can be searched.
//!
//! The text is one phrase that must occur. A word after `-` or `NOT`, or several words in quotation marks
//! after it, must not occur. A minus within a word, by itself, or before another one belongs to the
//! phrase. A text that is in quotation marks as a whole is taken as it is. Case and accents are ignored.

use crate::error::{AppError, Result};

/// The largest number of words that a search excludes.
const MAX_EXCLUDED: usize = 10;

/// A search: its parts are folded (see [`types::fold`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SearchText {
    /// What must occur; empty if nothing has to.
    pub phrase: String,
    /// What must not occur.
    pub excluded: Vec<String>,
}

impl SearchText {
    /// Reads a text, which must not exclude too many words.
    pub fn checked(field: &str, text: &str) -> Result<Self> {
        let search = Self::of(text);
        if search.excluded.len() > MAX_EXCLUDED {
            let why = format!(
                "excludes {} words; at most {MAX_EXCLUDED} are allowed",
                search.excluded.len()
            );
            return Err(AppError::invalid(field, why));
        }
        Ok(search)
    }

    /// Reads a text.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        if let Some(inner) = quoted(text)
            && inner.len() + 2 == text.len()
        {
            return Self {
                phrase: types::fold(inner),
                excluded: Vec::new(),
            };
        }
        let (mut words, mut excluded) = (Vec::new(), Vec::new());
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = excluding(rest) {
                let (word, length) = match quoted(after) {
                    Some(word) => (word, word.len() + 2),
                    None => (first_word(after), first_word(after).len()),
                };
                let word = types::fold(word.trim());
                excluded.extend((!word.is_empty()).then_some(word));
                rest = after[length..].trim_start();
            } else {
                let word = first_word(rest);
                words.push(word);
                rest = rest[word.len()..].trim_start();
            }
        }
        // Without exclusions, the blanks between the words are those of the text.
        let phrase = match excluded.is_empty() {
            true => types::fold(text),
            false => types::fold(&words.join(" ")),
        };
        Self { phrase, excluded }
    }

    /// Whether one of these folded texts has the phrase, and none has what is excluded.
    pub fn matches(&self, texts: &[String]) -> bool {
        texts.iter().any(|text| text.contains(&self.phrase))
            && !texts
                .iter()
                .any(|text| self.excluded.iter().any(|word| text.contains(word)))
    }
}

/// What follows a sign of exclusion at the beginning of the text.
fn excluding(text: &str) -> Option<&str> {
    if let Some(after) = text.strip_prefix("NOT ") {
        return Some(after.trim_start());
    }
    text.strip_prefix('-')
        .filter(|after| after.starts_with(|c: char| !c.is_whitespace() && c != '-'))
}

/// The content of the quotation marks at the beginning of the text.
fn quoted(text: &str) -> Option<&str> {
    let (inner, _) = text.strip_prefix('"')?.split_once('"')?;
    (!inner.is_empty()).then_some(inner)
}

fn first_word(text: &str) -> &str {
    text.split(char::is_whitespace).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_after_a_minus_or_not_are_excluded() {
        let cases: [(&str, &str, &[&str]); 14] = [
            ("Rare  One", "rare  one", &[]),
            ("mails -Draft", "mails", &["draft"]),
            ("-draft NOT Größe mails", "mails", &["draft", "grosse"]),
            ("mails -\"a draft\" of", "mails of", &["a draft"]),
            ("NOT \"a draft\"", "", &["a draft"]),
            ("data-import", "data-import", &[]),
            ("a - b", "a - b", &[]),
            ("--all", "--all", &[]),
            ("not this", "not this", &[]),
            ("NOT", "not", &[]),
            ("-", "-", &[]),
            ("\"-x NOT y\"", "-x not y", &[]),
            ("say \"hi\"", "say \"hi\"", &[]),
            ("-\"", "", &["\""]),
        ];
        for (text, phrase, excluded) in cases {
            let found = SearchText::of(text);
            assert_eq!(found.phrase, phrase, "{text}");
            assert_eq!(found.excluded, excluded, "{text}");
        }
    }

    #[test]
    fn a_text_matches_with_the_phrase_and_without_what_is_excluded() {
        let texts = ["inbox".to_owned(), "http_failed".to_owned()];
        let matches = |text: &str| SearchText::of(text).matches(&texts);
        assert!(matches("box") && matches("-ann") && matches("http -ann"));
        assert!(!matches("box -http") && !matches("-box") && !matches("ann -http"));
    }

    #[test]
    fn ten_words_can_be_excluded_and_eleven_cannot() {
        let text = |count: usize| vec!["-a"; count].join(" ");
        assert!(SearchText::checked("search", &text(10)).is_ok());
        assert!(SearchText::checked("search", &text(11)).is_err());
    }
}
