//! Counts tokens, nesting and directives in a document's text without parsing it.

/// The counts of a document's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tokens: words, numbers, strings and punctuation characters.
    pub tokens: usize,
    /// The deepest nesting of brackets of any kind.
    pub nesting: usize,
    /// `@` signs outside strings.
    pub directives: usize,
    /// The length of the longest word or number, in bytes.
    pub word: usize,
}

/// Counts in one pass. Invalid documents are counted too; the parser refuses them later.
pub fn scan(text: &str) -> Counts {
    let bytes = text.as_bytes();
    let mut counts = Counts::default();
    let mut open = 0usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => at += 1,
            b'#' => at = skip_line(bytes, at),
            b'"' => {
                counts.tokens += 1;
                at = skip_string(bytes, at);
            }
            b'{' | b'(' | b'[' => {
                open += 1;
                counts.nesting = counts.nesting.max(open);
                counts.tokens += 1;
                at += 1;
            }
            b'}' | b')' | b']' => {
                open = open.saturating_sub(1);
                counts.tokens += 1;
                at += 1;
            }
            b'@' => {
                counts.directives += 1;
                counts.tokens += 1;
                at += 1;
            }
            _ if is_word(byte) => {
                counts.tokens += 1;
                let start = at;
                while bytes.get(at).copied().is_some_and(is_word) {
                    at += 1;
                }
                counts.word = counts.word.max(at - start);
            }
            _ => {
                counts.tokens += 1;
                at += 1;
            }
        }
    }
    counts
}

/// Whether a byte is part of a word or number.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The end of the line that `from` is in.
pub fn skip_line(bytes: &[u8], from: usize) -> usize {
    bytes[from..]
        .iter()
        .position(|b| matches!(b, b'\n' | b'\r'))
        .map_or(bytes.len(), |n| from + n)
}

/// The position after a string or block string that begins at `from`.
pub fn skip_string(bytes: &[u8], from: usize) -> usize {
    let block = bytes[from..].starts_with(b"\"\"\"");
    let mut at = from + if block { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if block => {
                at += if bytes[at..].starts_with(b"\\\"\"\"") {
                    4
                } else {
                    1
                }
            }
            b'\\' => at += 2,
            b'"' if !block => return at + 1,
            b'"' if bytes[at..].starts_with(b"\"\"\"") => return at + 3,
            b'\n' if !block => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}
