//! The marked parts of a prompt, in which everything stands that comes from data.

use crate::diagnostic::is_hidden;

/// A random word with which data is marked. Data cannot close its part, because it does not know the
/// word, and because the word is taken out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    word: String,
}

/// What some model servers read as the beginning of a message rather than as text, and how it is
/// written in data.
const SPECIAL: [(&str, &str); 5] = [
    ("<|", "< |"),
    ("|>", "| >"),
    ("[INST]", "[ INST ]"),
    ("[/INST]", "[ /INST ]"),
    ("<<SYS>>", "< <SYS> >"),
];

impl Fence {
    /// A new word, which nobody can guess.
    pub fn random() -> Self {
        let number: u128 = rand::Rng::random(&mut rand::rng());
        Self::of(number)
    }

    /// The word of a number; for tests.
    pub fn of(number: u128) -> Self {
        Self {
            word: format!("{number:032x}"),
        }
    }

    /// The word.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// How a part begins.
    pub fn begin(&self, kind: &str) -> String {
        format!("[DATA {} {kind}]", self.word)
    }

    /// How a part ends.
    pub fn end(&self) -> String {
        format!("[END {}]", self.word)
    }

    /// A marked part with this data. `kind` is a word of the program and never data itself.
    pub fn around(&self, kind: &str, data: &str) -> String {
        format!(
            "{}\n{}\n{}",
            self.begin(kind),
            self.inside(data),
            self.end()
        )
    }

    /// The data as it stands in its part: without the word, without characters that cannot be seen,
    /// and without the marks of messages.
    fn inside(&self, data: &str) -> String {
        let mut out = String::with_capacity(data.len());
        for c in data.chars() {
            match c {
                '\n' | '\t' => out.push(c),
                '\r' => {}
                c if is_invisible(c) => out.extend(c.escape_unicode()),
                c => out.push(c),
            }
        }
        for (mark, instead) in SPECIAL {
            out = out.replace(mark, instead);
        }
        // The word has hexadecimal digits only, so that what stands for it cannot make a new one.
        replace_any_case(&out, &self.word, "(removed)")
    }
}

/// Whether a character is hidden, or one of those in which text can be hidden from people.
pub(super) fn is_invisible(c: char) -> bool {
    is_hidden(c)
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
}

fn replace_any_case(text: &str, word: &str, instead: &str) -> String {
    // Both have the same length in ASCII lower case, so the positions are the same.
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, found) in lower.match_indices(word) {
        out.push_str(text.get(from..at).unwrap_or_default());
        out.push_str(instead);
        from = at + found.len();
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}
