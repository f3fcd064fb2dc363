//! The first pass over an expression: limits brackets and depth and rewrites stage ids before the
//! parser runs, without recursing into the input.
//!
//! A hyphenated stage id (`upstream.extract-batch-1.content`) and a keyword after a dot
//! (`data.from`) are not valid in Python. Both are replaced by an identifier of the same length, so
//! that offsets stay valid; a table keeps the original names.

use std::sync::Arc;

use types::ErrorCode;

use super::{ExprError, Names, budget::exhausted};

/// The maximum length of an expression, in bytes.
pub const MAX_TEXT: usize = 16 * 1024;
/// The maximum nesting of brackets.
pub const MAX_BRACKETS: usize = 100;
/// The maximum height of an expression's tree.
pub const MAX_TREE: usize = 260;
/// The maximum nesting of f-strings.
const MAX_FSTRINGS: usize = 4;

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// An identifier that replaces another name.
#[derive(Debug)]
struct Renamed {
    start: usize,
    stand_in: String,
    original: Arc<str>,
    in_fstring: bool,
}

/// A text that is safe to parse.
#[derive(Debug, Default)]
pub struct Scanned {
    /// The text for the parser, of the same length as the original.
    pub source: String,
    renamed: Vec<Renamed>,
}

impl Scanned {
    /// The original name of the identifier at this offset.
    pub fn original(&self, name: &str, start: usize) -> Arc<str> {
        self.renamed
            .iter()
            .find(|r| r.start == start && r.stand_in == name)
            // The parser's offsets inside f-strings are not exact.
            .or_else(|| {
                self.renamed
                    .iter()
                    .find(|r| r.in_fstring && r.stand_in == name)
            })
            .map_or_else(|| Arc::from(name), |r| r.original.clone())
    }
}

/// Checks the limits and rewrites names.
pub fn scan(text: &str, names: &Names<'_>) -> Result<Scanned, ExprError> {
    if text.len() > MAX_TEXT {
        return Err(exhausted(format!(
            "it has {} bytes, the longest is {MAX_TEXT}; split it over several stages",
            text.len()
        ))
        .at(0));
    }
    if text.trim().is_empty() {
        return Err(syntax("the expression is empty", 0));
    }
    let mut scanner = Scanner {
        text,
        names,
        out: text.to_owned().into_bytes(),
        renamed: Vec::new(),
        levels: vec![Level {
            bracket: ' ',
            ..Level::default()
        }],
        fstrings: 0,
    };
    scanner.code(0, text.len(), false)?;
    if let Some(open) = scanner.levels.get(1) {
        return Err(syntax(
            format!("`{}` is never closed", open.bracket),
            open.at,
        ));
    }
    let source = String::from_utf8(scanner.out)
        .map_err(|_| syntax("the expression is not valid text", 0))?;
    Ok(Scanned {
        source,
        renamed: scanner.renamed,
    })
}

pub fn syntax(message: impl Into<String>, at: usize) -> ExprError {
    ExprError::new(ErrorCode::ExpressionSyntax, message).at(at)
}

/// One open bracket, with an upper bound for the height of the tree inside it. Each operator adds
/// at most one to its tallest operand; each trailer (`.x`, `[x]`, `(x)`) adds one to the operand
/// before it.
#[derive(Default)]
struct Level {
    bracket: char,
    at: usize,
    operators: usize,
    /// The height of the tallest operand since the last comma; `operand` is that of the current
    /// one.
    tallest: usize,
    operand: usize,
    /// The height of the tallest part before the last comma.
    before: usize,
    lambda: bool,
}

impl Level {
    fn height(&self) -> usize {
        self.before
            .max(self.operators + self.tallest.max(self.operand))
    }
}

struct Scanner<'a> {
    text: &'a str,
    names: &'a Names<'a>,
    out: Vec<u8>,
    renamed: Vec<Renamed>,
    levels: Vec<Level>,
    fstrings: usize,
}

/// The kind of the last token.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    Operand,
    Dot,
    Other,
}

impl Scanner<'_> {
    /// Scans code up to `end`; inside an f-string, up to the end of the field. Returns where it
    /// stopped.
    fn code(&mut self, mut i: usize, end: usize, in_field: bool) -> Result<usize, ExprError> {
        let floor = self.levels.len();
        let mut last = Last::Other;
        while let Some(c) = self.text.get(i..end).and_then(|t| t.chars().next()) {
            let next = i + c.len_utf8();
            match c {
                c if c.is_whitespace() => {
                    i = next;
                    continue;
                }
                '#' => {
                    i = self.text[i..end].find('\n').map_or(end, |n| i + n);
                    continue;
                }
                '\'' | '"' => {
                    i = self.string(i, i, end)?;
                    last = Last::Operand;
                }
                '(' | '[' | '{' => {
                    self.open(c, i)?;
                    i = next;
                    last = Last::Other;
                }
                ')' | ']' | '}' => {
                    if c == '}' && in_field && self.levels.len() == floor {
                        return Ok(i);
                    }
                    self.close(c, i, floor)?;
                    i = next;
                    last = Last::Operand;
                }
                ':' if in_field && self.levels.len() == floor => return Ok(i),
                '!' if in_field
                    && self.levels.len() == floor
                    && !self.text[next..].starts_with('=') =>
                {
                    return Ok(i);
                }
                ',' => {
                    self.comma();
                    i = next;
                    last = Last::Other;
                }
                '.' if self.digit_at(next) && last != Last::Operand => {
                    i = self.number(next, end);
                    last = Last::Operand;
                }
                '.' => {
                    self.trailer(0, i)?;
                    i = next;
                    last = Last::Dot;
                }
                c if c.is_ascii_digit() => {
                    i = match self.stage_id(i, end, last) {
                        Some(after) if last == Last::Dot => after,
                        _ => self.number(i, end),
                    };
                    last = Last::Operand;
                }
                c if c.is_alphanumeric() || c == '_' => {
                    (i, last) = self.word(i, end, last)?;
                }
                _ => {
                    i = self.operator(i, end)?;
                    last = Last::Other;
                }
            }
        }
        if in_field {
            return Err(syntax("a `{` in this f-string is never closed", i));
        }
        Ok(i)
    }

    fn digit_at(&self, i: usize) -> bool {
        self.text.as_bytes().get(i).is_some_and(u8::is_ascii_digit)
    }

    /// Adds one to the height of the current operand.
    fn trailer(&mut self, height: usize, at: usize) -> Result<(), ExprError> {
        if let Some(level) = self.levels.last_mut() {
            level.operand = level.operand.max(height) + 1;
        }
        self.check(at)
    }

    /// Adds an operator above the operands of this level.
    fn above(&mut self, at: usize) -> Result<(), ExprError> {
        if let Some(level) = self.levels.last_mut() {
            level.tallest = level.tallest.max(level.operand);
            level.operand = 0;
            level.operators += 1;
        }
        self.check(at)
    }

    fn check(&self, at: usize) -> Result<(), ExprError> {
        if self
            .levels
            .last()
            .is_some_and(|level| level.height() > MAX_TREE)
        {
            return Err(exhausted(format!(
                "it nests deeper than {MAX_TREE} operations; split it over several stages"
            ))
            .at(at));
        }
        Ok(())
    }

    /// Operands on both sides of a comma are siblings in the tree. A lambda's parameters are not:
    /// their comma is inside what follows.
    fn comma(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.tallest = level.tallest.max(level.operand);
            level.operand = 0;
            if !level.lambda {
                level.before = level.height();
                level.operators = 0;
                level.tallest = 0;
            }
        }
    }

    fn open(&mut self, bracket: char, at: usize) -> Result<(), ExprError> {
        if self.levels.len() > MAX_BRACKETS {
            return Err(exhausted(format!("brackets nest deeper than {MAX_BRACKETS}")).at(at));
        }
        self.levels.push(Level {
            bracket,
            at,
            ..Level::default()
        });
        Ok(())
    }

    fn close(&mut self, bracket: char, at: usize, floor: usize) -> Result<(), ExprError> {
        let wanted = match bracket {
            ')' => '(',
            ']' => '[',
            _ => '{',
        };
        match self.levels.pop_if(|level| level.bracket == wanted) {
            Some(level) if self.levels.len() >= floor => self.trailer(level.height() + 1, at),
            Some(_) => Err(syntax(format!("`{bracket}` has no opening bracket"), at)),
            None => Err(syntax(
                match self.levels.last().filter(|level| level.bracket != ' ') {
                    Some(open) => format!("`{bracket}` does not match the open `{}`", open.bracket),
                    None => format!("`{bracket}` has no opening bracket"),
                },
                at,
            )),
        }
    }

    fn operator(&mut self, i: usize, end: usize) -> Result<usize, ExprError> {
        const PAIRS: &[&str] = &["**", "//", "==", "!=", "<=", ">=", "<<", ">>", ":=", "->"];
        let rest = &self.text[i..end];
        let pair = PAIRS.iter().any(|pair| rest.starts_with(pair));
        if !rest.starts_with(':') || pair {
            self.above(i)?;
        }
        Ok(i + if pair {
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        })
    }

    /// The end of a number, including the sign of its exponent.
    fn number(&self, i: usize, end: usize) -> usize {
        let mut chars = self.text[i..end].char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let sign = matches!(c, 'e' | 'E')
                && matches!(chars.peek(), Some((_, '+' | '-')))
                && !self.text[i..].starts_with("0x");
            if sign {
                chars.next();
            } else if !(c.is_ascii_alphanumeric() || c == '_' || c == '.') {
                return i + at;
            }
        }
        end
    }

    fn word(&mut self, i: usize, end: usize, last: Last) -> Result<(usize, Last), ExprError> {
        if let Some(after) = self.stage_id(i, end, last) {
            return Ok((after, Last::Operand));
        }
        let rest = &self.text[i..end];
        let length = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let word = &rest[..length];
        let after = i + length;
        if last != Last::Dot
            && length <= 2
            && rest[length..].starts_with(['\'', '"'])
            && word.bytes().all(|b| b"rRbBuUfF".contains(&b))
        {
            return Ok((self.string(i, after, end)?, Last::Operand));
        }
        if !KEYWORDS.contains(&word) {
            return Ok((after, Last::Operand));
        }
        if last == Last::Dot {
            self.rename(i, after);
            return Ok((after, Last::Operand));
        }
        if word == "lambda"
            && let Some(level) = self.levels.last_mut()
        {
            level.lambda = true;
        }
        if matches!(word, "True" | "False" | "None") {
            return Ok((after, Last::Operand));
        }
        self.above(i)?;
        Ok((after, Last::Other))
    }

    /// Rewrites the longest known stage id that begins here and is not a single name in Python.
    fn stage_id(&mut self, i: usize, end: usize, last: Last) -> Option<usize> {
        let rest = &self.text[i..end];
        let run = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .unwrap_or(rest.len());
        let digit_first = rest.starts_with(|c: char| c.is_ascii_digit());
        let mut length = run;
        loop {
            let id = &rest[..length];
            if !(id.contains('-') || digit_first && last == Last::Dot) {
                return None;
            }
            if self.names.stages.contains_key(id) {
                self.rename(i, i + length);
                return Some(i + length);
            }
            length = id.rfind('-')?;
        }
    }

    /// Replaces a name by an identifier of the same length.
    fn rename(&mut self, start: usize, end: usize) {
        let original = &self.text[start..end];
        let keyword = KEYWORDS.contains(&original);
        let mut stand_in: Vec<u8> = original
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { b } else { b'_' })
            .collect();
        if let Some(first) = stand_in.first_mut().filter(|b| b.is_ascii_digit()) {
            *first = b'_';
        }
        if let Some(end) = stand_in.last_mut().filter(|_| keyword) {
            *end = b'_';
        }
        self.out[start..end].copy_from_slice(&stand_in);
        self.renamed.push(Renamed {
            start,
            stand_in: stand_in.iter().map(|b| char::from(*b)).collect(),
            original: Arc::from(original),
            in_fstring: self.fstrings > 0,
        });
    }

    /// Scans a string literal whose prefix begins at `start` and whose quote is at `quote_at`.
    fn string(&mut self, start: usize, quote_at: usize, end: usize) -> Result<usize, ExprError> {
        let rest = &self.text[quote_at..end];
        let one = &rest[..1];
        let triple = one.repeat(3);
        let quote = if rest.starts_with(&triple) {
            triple.as_str()
        } else {
            one
        };
        let body = quote_at + quote.len();
        let mut i = body;
        let close = loop {
            let rest = &self.text[i..end];
            if rest.starts_with(quote) {
                break i;
            }
            let mut chars = rest.chars();
            match chars.next() {
                Some('\\') => i += 1 + chars.next().map_or(0, char::len_utf8),
                Some(c) => i += c.len_utf8(),
                None => {
                    return Err(syntax(
                        "the string that starts here has no closing quote",
                        start,
                    ));
                }
            }
        };
        if self.text[start..quote_at].contains(['f', 'F']) {
            self.fstring(body, close)?;
        }
        Ok(close + quote.len())
    }

    fn fstring(&mut self, mut i: usize, end: usize) -> Result<(), ExprError> {
        self.fstrings += 1;
        if self.fstrings > MAX_FSTRINGS {
            return Err(exhausted(format!("f-strings nest deeper than {MAX_FSTRINGS}")).at(i));
        }
        let mut fields = 0usize;
        while let Some(c) = self.text.get(i..end).and_then(|t| t.chars().next()) {
            let doubled = self.text[i + c.len_utf8()..end].starts_with(c);
            match c {
                '{' | '}' if doubled && fields == 0 => i += 2,
                '{' => {
                    self.open('{', i)?;
                    i = self.code(i + 1, end, true)?;
                    fields += 1;
                    // A conversion, a format or the end follows.
                    if self.text[i..].starts_with('!') {
                        i += 1;
                    }
                }
                '}' if fields > 0 => {
                    self.close('}', i, 1)?;
                    fields -= 1;
                    i += 1;
                }
                c => i += c.len_utf8(),
            }
        }
        if fields > 0 {
            return Err(syntax("a `{` in this f-string is never closed", i));
        }
        self.fstrings -= 1;
        Ok(())
    }
}
