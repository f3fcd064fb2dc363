//! A strict JSON parser that recovers from common mistakes (a comment, an extra or missing comma,
//! single quotes, a bare word), so that one pass reports them all.

use types::ErrorCode;

use super::{
    MAX_BYTES, SyntaxError,
    keys::Keys,
    node::{Entry, Kind, NONE, Node},
    text, words,
};
use crate::{source::Span, value::MAX_DEPTH};

/// Parsing stops after this many errors.
const MAX_ERRORS: usize = 50;

/// Returned to stop parsing: after this error, the rest cannot be understood.
pub(super) struct Stop;

type Step<T = ()> = Result<T, Stop>;

pub(super) struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    entries: Vec<Entry>,
    /// The object or list being parsed; `NONE` at the top level.
    parent: u32,
    depth: usize,
    errors: Vec<SyntaxError>,
    comment_seen: bool,
}

/// The index of a text, or all syntax errors found.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Vec<SyntaxError>> {
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        entries: Vec::new(),
        parent: NONE,
        depth: 0,
        errors: Vec::new(),
        comment_seen: false,
    };
    let _ = parser.document();
    if parser.errors.is_empty() {
        Ok(parser.entries)
    } else {
        Err(parser.errors)
    }
}

/// The offset at which the nesting exceeds the limit. Checked before parsing, which recurses.
fn too_deep(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at += 1 + text::closing_quote(&bytes[at + 1..])?,
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

impl<'a> Parser<'a> {
    fn document(&mut self) -> Step {
        if self.bytes.len() > MAX_BYTES {
            let message = format!("the file is longer than {} MB", MAX_BYTES >> 20);
            self.error(ErrorCode::LimitExceeded, message, None, 0, 0)?;
            return Err(Stop);
        }
        if let Some(at) = too_deep(self.bytes) {
            return self.nested_too_deep(at);
        }
        self.blanks()?;
        if self.at == self.bytes.len() {
            self.invalid(
                "the file is empty",
                Some("a pipeline file is a JSON object"),
                0,
                0,
            )?;
            return Err(Stop);
        }
        self.value(None)?;
        self.blanks()?;
        if self.at < self.bytes.len() {
            let help = "a file holds one value; remove what follows, or look for a bracket that \
                        closes too early";
            let message = "there is more text after the end of the value";
            self.invalid(message, Some(help), self.at, self.at + self.width())?;
        }
        Ok(())
    }

    fn nested_too_deep(&mut self, at: usize) -> Step {
        let message = format!("lists and objects are nested deeper than {MAX_DEPTH}");
        self.error(ErrorCode::NestingTooDeep, message, None, at, at + 1)?;
        Err(Stop)
    }

    /// Parses any value. `key` is the position of its key.
    fn value(&mut self, key: Option<Span>) -> Step {
        let start = self.at;
        let id = self.open(key);
        let kind = match self.bytes.get(start) {
            Some(b'{') => self.nested(id, Self::object, Kind::Object)?,
            Some(b'[') => self.nested(id, Self::list, Kind::List)?,
            Some(b'"') => {
                self.string()?;
                Kind::Text
            }
            Some(b'\'' | b'`') => {
                self.misquoted()?;
                Kind::Null
            }
            Some(b'-' | b'+' | b'.' | b'0'..=b'9') => {
                self.number()?;
                Kind::Number
            }
            Some(b',' | b'}' | b']') => {
                self.invalid("a value is missing here", None, start, start + 1)?;
                Kind::Null
            }
            None => return self.ends("where a value should follow"),
            _ => self.word()?,
        };
        let (end, next) = (self.at as u32, self.entries.len() as u32);
        if let Some(entry) = self.entries.get_mut(id as usize) {
            entry.kind = kind;
            entry.end = end;
            entry.next = next;
        }
        Ok(())
    }

    fn open(&mut self, key: Option<Span>) -> u32 {
        let id = self.entries.len() as u32;
        let (key_start, key_end) = key.map_or((NONE, NONE), |k| (k.start as u32, k.end as u32));
        self.entries.push(Entry {
            kind: Kind::Null,
            start: self.at as u32,
            end: self.at as u32,
            key_start,
            key_end,
            parent: self.parent,
            nth: 0,
            next: id + 1,
        });
        id
    }

    fn nested(&mut self, id: u32, inside: fn(&mut Self, usize) -> Step, kind: Kind) -> Step<Kind> {
        if self.depth >= MAX_DEPTH {
            return self.nested_too_deep(self.at).map(|()| kind);
        }
        let (start, parent) = (self.at, self.parent);
        if let Some(entry) = self.entries.get_mut(id as usize) {
            entry.kind = kind;
        }
        self.at += 1;
        self.depth += 1;
        self.parent = id;
        inside(self, start)?;
        self.parent = parent;
        self.depth -= 1;
        Ok(kind)
    }

    fn list(&mut self, start: usize) -> Step {
        self.blanks()?;
        if self.eat(b']') {
            return Ok(());
        }
        for nth in 0.. {
            let id = self.entries.len();
            self.value(None)?;
            if let Some(entry) = self.entries.get_mut(id) {
                entry.nth = nth;
            }
            if self.separator(start, b']')? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn object(&mut self, start: usize) -> Step {
        self.blanks()?;
        if self.eat(b'}') {
            return Ok(());
        }
        let mut keys = Keys::default();
        loop {
            let key = self.key(start)?;
            self.duplicate(&mut keys, key)?;
            self.blanks()?;
            if !self.eat(b':') {
                let message = "a `:` is missing after the key";
                let here = matches!(self.bytes.get(self.at), Some(b'='));
                let help = here.then_some("keys and values are separated by `:`, not `=`");
                self.invalid(message, help, key.start, key.end)?;
                self.at += usize::from(here);
            }
            self.blanks()?;
            self.value(Some(key))?;
            if self.separator(start, b'}')? {
                return Ok(());
            }
        }
    }

    /// After a value: parses the comma. True if the list or object ends here.
    fn separator(&mut self, start: usize, close: u8) -> Step<bool> {
        let after = self.at;
        self.blanks()?;
        match self.bytes.get(self.at) {
            Some(byte) if *byte == close => {
                self.at += 1;
                Ok(true)
            }
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.blanks()?;
                while self.bytes.get(self.at) == Some(&b',') {
                    self.invalid("unexpected comma", None, self.at, self.at + 1)?;
                    self.at += 1;
                    self.blanks()?;
                }
                if self.eat(close) {
                    let name = if close == b']' { "list" } else { "object" };
                    let message = format!("there is a comma after the last value of the {name}");
                    self.invalid(message, Some("remove the comma"), comma, comma + 1)?;
                    return Ok(true);
                }
                Ok(false)
            }
            None => self.unclosed(start),
            Some(b'}' | b']') => {
                let (open, shut) = (self.bytes[start] as char, self.bytes[self.at] as char);
                let message = format!("`{shut}` does not close the `{open}` that is open here");
                let opened = Span {
                    start,
                    end: start + 1,
                };
                self.invalid(message, None, self.at, self.at + 1)?;
                self.relate(format!("the `{open}`"), opened);
                Err(Stop)
            }
            Some(b':') if close == b']' => {
                let help = "a list has no keys; write an object in `{ }`";
                self.invalid("there is a key in a list", Some(help), self.at, self.at + 1)?;
                Err(Stop)
            }
            Some(_) => {
                let message = "a comma is missing after this value";
                let end = self.text[after..].chars().next().map_or(0, char::len_utf8);
                self.invalid(message, Some("add `,` here"), after, after + end)?;
                Ok(false)
            }
        }
    }

    fn key(&mut self, start: usize) -> Step<Span> {
        let from = self.at;
        match self.bytes.get(from) {
            Some(b'"') => self.string()?,
            Some(b'\'' | b'`') => self.misquoted()?,
            None => return self.unclosed(start).map(|_| Span::default()),
            Some(byte) if words::begins(*byte) => {
                let end = words::end(self.bytes, from);
                let word = &self.text[from..end];
                let message = format!("the key {} has no quotes", text::quote(words::cut(word)));
                let help = format!("write {}", text::quote(words::cut(word)));
                self.at = end;
                self.invalid(message, Some(&help), from, end)?;
            }
            Some(_) => {
                let help = "write the keys of an object in double quotes";
                self.invalid(
                    "a key is expected here",
                    Some(help),
                    from,
                    from + self.width(),
                )?;
                return Err(Stop);
            }
        }
        Ok(Span {
            start: from,
            end: self.at,
        })
    }

    fn duplicate(&mut self, keys: &mut Keys<'a>, key: Span) -> Step {
        let text: &'a str = self.text;
        let raw = &text[key.start..key.end];
        if !raw.starts_with('"') {
            return Ok(());
        }
        let Some(first) = keys.insert(raw, key) else {
            return Ok(());
        };
        let name = text::quote(words::cut(&text::decode(raw)));
        let message = format!("the object has the key {name} twice");
        let help = Some("keep one of the two; only one can take effect");
        self.error(ErrorCode::DuplicateKey, message, help, key.start, key.end)?;
        self.relate(format!("first use of {name}"), first);
        Ok(())
    }

    /// Parses a string in double quotes.
    fn string(&mut self) -> Step {
        let start = self.at;
        let mut control = None;
        let mut escapes = false;
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escapes = true;
                    self.at += 2;
                }
                Some(b'\n' | b'\r') => {
                    let help = "a string ends with `\"` on the line where it starts; a line break \
                                inside it is written \\n";
                    let line = start..self.at;
                    self.invalid(
                        "this string has no closing quote",
                        Some(help),
                        line.start,
                        line.end,
                    )?;
                    return Err(Stop);
                }
                Some(byte) if *byte < 0x20 => {
                    control.get_or_insert((self.at, *byte));
                    self.at += 1;
                }
                Some(_) => self.at += 1,
                None => {
                    self.at = self.bytes.len();
                    let help = "a string ends with `\"`";
                    self.invalid(
                        "this string has no closing quote",
                        Some(help),
                        start,
                        self.at,
                    )?;
                    return Err(Stop);
                }
            }
        }
        self.at += 1;
        if let Some((at, byte)) = control {
            let (name, write) = match byte {
                b'\t' => ("a tab".to_owned(), "\\t".to_owned()),
                _ => (
                    format!("the control character {byte}"),
                    format!("\\u{byte:04x}"),
                ),
            };
            let message = format!("there is {name} inside a string");
            self.invalid(message, Some(&format!("write {write}")), at, at + 1)?;
        }
        if escapes && let Some((at, length)) = text::broken_escape(&self.text[start..self.at]) {
            self.broken_escape(start + at, length)?;
        }
        Ok(())
    }

    fn broken_escape(&mut self, at: usize, length: usize) -> Step {
        let raw = &self.text[at..at + length];
        let help = if length == 6 {
            "a character beyond U+FFFF is written as two halves: \\ud83d\\ude00"
        } else if raw.starts_with("\\u") {
            "\\u is followed by four hexadecimal digits"
        } else {
            "a backslash in a string is written \\\\"
        };
        self.invalid(
            format!("`{raw}` is not a JSON escape"),
            Some(help),
            at,
            at + length,
        )
    }

    /// Parses a string in other quotes, which is an error, to its end so that the rest can be
    /// checked.
    fn misquoted(&mut self) -> Step {
        let (start, mark) = (self.at, self.bytes[self.at]);
        let mut end = start + 1;
        while let Some(byte) = self.bytes.get(end) {
            end += if *byte == b'\\' { 2 } else { 1 };
            if *byte == mark || *byte == b'\n' {
                break;
            }
        }
        let mut end = end.min(self.bytes.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.at = end;
        let message = "write strings in double quotes";
        let help = format!("write \"…\" instead of {0}…{0}", mark as char);
        self.invalid(message, Some(&help), start, end)?;
        if self.bytes[end - 1] == mark && end > start + 1 {
            Ok(())
        } else {
            Err(Stop)
        }
    }

    fn number(&mut self) -> Step {
        let start = self.at;
        while matches!(self.bytes.get(self.at), Some(b'+' | b'-' | b'.' | b'_'))
            || self
                .bytes
                .get(self.at)
                .is_some_and(u8::is_ascii_alphanumeric)
        {
            self.at += 1;
        }
        let raw = &self.text[start..self.at];
        let shown = words::cut(raw);
        if let Some(help) = words::number_mistake(raw) {
            return self.invalid(
                format!("`{shown}` is not a number"),
                Some(help),
                start,
                self.at,
            );
        }
        if text::number(raw).is_none() {
            let message = if raw.bytes().any(|b| matches!(b, b'.' | b'e' | b'E')) {
                format!("the number {shown} is too large for a double")
            } else {
                format!("the number {shown} does not fit into 64 bits")
            };
            let help = "write it as a string to keep its digits";
            let code = ErrorCode::ValueOutOfRange;
            return self.error(code, message, Some(help), start, self.at);
        }
        Ok(())
    }

    /// Parses `true`, `false`, `null`, or a bare word that should have been one of them or a
    /// string.
    fn word(&mut self) -> Step<Kind> {
        let start = self.at;
        let end = words::end(self.bytes, start);
        let word = &self.text[start..end];
        self.at = end;
        match word {
            "true" | "false" => return Ok(Kind::Bool),
            "null" => return Ok(Kind::Null),
            "" => {
                let end = start + self.width();
                let (message, help) = words::stray(&self.text[start..end]);
                self.invalid(message, Some(help), start, end)?;
                return Err(Stop);
            }
            _ => {}
        }
        let help = words::help(word);
        self.invalid(
            format!("`{}` is not a JSON value", words::cut(word)),
            Some(&help),
            start,
            end,
        )?;
        Ok(Kind::Null)
    }

    /// Skips whitespace. Comments are an error; only the first is reported.
    fn blanks(&mut self) -> Step {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'#') => self.comment(1, "\n")?,
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'/') => {
                    self.comment(2, "\n")?
                }
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'*') => {
                    self.comment(2, "*/")?
                }
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self, mark: usize, close: &str) -> Step {
        let start = self.at;
        let inside = &self.text[start + mark..];
        let length = inside.find(close);
        self.at = length.map_or(self.bytes.len(), |l| start + mark + l + close.len());
        if std::mem::replace(&mut self.comment_seen, true) {
            return Ok(());
        }
        let help = "remove the comments; a stage may have a `description`";
        self.invalid("JSON has no comments", Some(help), start, start + mark)
    }

    fn unclosed(&mut self, start: usize) -> Step<bool> {
        let open = self.bytes[start] as char;
        self.ends(&format!("before the `{open}` is closed"))?;
        Ok(true)
    }

    fn ends(&mut self, how: &str) -> Step {
        let end = self.bytes.len();
        self.invalid(format!("the file ends {how}"), None, end, end)?;
        if let Some(entry) = self.entries.get(self.parent as usize) {
            let start = entry.start as usize;
            self.relate(
                "opened here".into(),
                Span {
                    start,
                    end: start + 1,
                },
            );
        }
        Err(Stop)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    /// The length in bytes of the current character.
    fn width(&self) -> usize {
        self.text
            .get(self.at..)
            .and_then(|t| t.chars().next())
            .map_or(0, char::len_utf8)
    }

    fn invalid(
        &mut self,
        message: impl Into<String>,
        help: Option<&str>,
        start: usize,
        end: usize,
    ) -> Step {
        self.error(ErrorCode::InvalidJson, message.into(), help, start, end)
    }

    fn error(
        &mut self,
        code: ErrorCode,
        message: String,
        help: Option<&str>,
        start: usize,
        end: usize,
    ) -> Step {
        let path = match self.parent {
            NONE => super::Path::default(),
            parent => Node::new(self.text, &self.entries, parent).path(),
        };
        self.errors.push(SyntaxError {
            code,
            message,
            help: help.map(str::to_owned),
            path: path.to_string(),
            span: Span { start, end },
            related: None,
        });
        if self.errors.len() >= MAX_ERRORS {
            Err(Stop)
        } else {
            Ok(())
        }
    }

    fn relate(&mut self, message: String, span: Span) {
        if let Some(error) = self.errors.last_mut() {
            error.related = Some((message, span));
        }
    }
}
