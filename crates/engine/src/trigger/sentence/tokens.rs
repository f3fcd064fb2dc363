//! A sentence as words with their places.

/// A word, a comma or a quoted text.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// As it is written, without quotation marks.
    pub(super) text: String,
    /// In lower case; `None` for a quoted text, which is never a word of the grammar.
    pub(super) lower: Option<String>,
    /// Its first character.
    pub(super) from: usize,
    /// The character after it.
    pub(super) to: usize,
}

/// The words of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let letter = |at: usize| letters.get(at).copied();
    let slice = |from: usize, to: usize| -> String {
        letters
            .iter()
            .skip(from)
            .take(to.saturating_sub(from))
            .collect()
    };
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = letter(at) {
        if first.is_whitespace() || matches!(first, '!' | '?' | '(' | ')') {
            at += 1;
            continue;
        }
        if let Some(close) = closing(first) {
            let is_end = |other: &char| *other == close || matches!(*other, '"' | '”');
            let length = letters.iter().skip(at + 1).position(is_end);
            let to = match length {
                Some(length) => {
                    out.push(Token {
                        text: slice(at + 1, at + 1 + length),
                        lower: None,
                        from: at,
                        to: at + length + 2,
                    });
                    at + length + 2
                }
                None => {
                    out.push(word(first.to_string(), at, at + 1));
                    at + 1
                }
            };
            at = to;
            continue;
        }
        if matches!(first, ',' | ';') {
            out.push(word(",".to_owned(), at, at + 1));
            at += 1;
            continue;
        }
        let mut stop = at;
        while letter(stop).is_some_and(is_inside) {
            stop += 1;
        }
        let stop = stop.max(at + 1);
        let mut end = stop;
        while end > at + 1 && ends_sentence(&slice(at, end)) {
            end -= 1;
        }
        out.push(word(slice(at, end), at, end));
        at = stop;
    }
    out
}

fn word(text: String, from: usize, to: usize) -> Token {
    let lower = Some(text.to_lowercase());
    Token {
        text,
        lower,
        from,
        to,
    }
}

const fn closing(open: char) -> Option<char> {
    match open {
        '"' => Some('"'),
        '“' => Some('”'),
        '„' => Some('“'),
        '«' => Some('»'),
        _ => None,
    }
}

fn is_inside(letter: char) -> bool {
    !letter.is_whitespace()
        && !matches!(
            letter,
            ',' | ';' | '!' | '?' | '(' | ')' | '"' | '“' | '”' | '„' | '«' | '»'
        )
}

/// Whether a word ends in a full stop or colon that is none of its own: `1.` and `a.m.` keep theirs.
fn ends_sentence(word: &str) -> bool {
    let Some(rest) = word.strip_suffix(['.', ':']) else {
        return false;
    };
    let is_ordinal = word.ends_with('.') && rest.chars().all(|letter| letter.is_ascii_digit());
    let lower = word.to_lowercase();
    !is_ordinal && lower != "a.m." && lower != "p.m."
}
