//! Messages as sentences.
//!
//! Error messages are composed of parts (`fetch: the server did not answer`), so each part starts
//! in lower case. A message that is shown on its own starts with a capital letter.

use std::borrow::Cow;

/// Capitalizes the first letter, unless the message starts with a name: a field (`input.name:`,
/// `runId:`), a name in backticks, or a word with other characters than `a` to `z` and `-`
/// (`iPhone`, `x2`).
pub fn sentence(message: &str) -> Cow<'_, str> {
    let word = message
        .find(|c: char| !c.is_ascii_lowercase() && c != '-')
        .unwrap_or(message.len());
    let (first, rest) = message.split_at(word);
    let plain = rest.is_empty() || rest.starts_with([' ', ',', ';', '…']) || ends(rest);
    if first.is_empty() || first.starts_with('-') || !plain {
        return Cow::Borrowed(message);
    }
    let mut capital = String::with_capacity(message.len());
    capital.push(first.as_bytes()[0].to_ascii_uppercase().into());
    capital.push_str(&message[1..]);
    Cow::Owned(capital)
}

/// Whether `rest` starts with the end of a sentence.
fn ends(rest: &str) -> bool {
    matches!(rest, "." | "!" | "?") || rest.starts_with(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_starts_with_a_capital_letter() {
        for (message, shown) in [
            ("the server did not answer", "The server did not answer"),
            ("not found", "Not found"),
            ("cancelled", "Cancelled"),
            ("no. Try again", "No. Try again"),
            ("a", "A"),
            ("at-most-once is not known", "At-most-once is not known"),
        ] {
            assert_eq!(sentence(message), shown);
        }
    }

    #[test]
    fn names_stay_as_they_are() {
        for message in [
            "",
            "input: is missing",
            "input.name: is missing",
            "runId is unknown",
            "`fetch` failed",
            "max_tokens is too large",
            "x2 is no name",
            "https://example.com is not allowed",
            "stages[3].id: is empty",
            "Ünknown",
            "über alles",
            " blank",
        ] {
            assert_eq!(sentence(message), message);
        }
    }
}
