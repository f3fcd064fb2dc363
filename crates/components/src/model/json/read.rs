//! Parses one JSON object or list at a position of a text, leniently.

use serde_json::{Map, Number, Value};

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// Why there is no value at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The text ends inside the value. `begun`: at least one key had begun, so it is not a stray
    /// bracket.
    Cut { begun: bool },
    /// It is not JSON. `reached` is the offset of the error.
    Bad { reached: usize },
}

/// Parses the object or list that begins at this offset. Returns it and the offset of its end.
pub(super) fn read_at(text: &str, start: usize) -> Result<(Value, usize), Failure> {
    let mut reader = Reader {
        text,
        at: start,
        begun: false,
    };
    let value = reader.value(0)?;
    Ok((value, reader.at))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    begun: bool,
}

impl Reader<'_> {
    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn bad<T>(&self) -> Result<T, Failure> {
        Err(Failure::Bad {
            reached: self.at.min(self.text.len()),
        })
    }

    fn cut<T>(&self) -> Result<T, Failure> {
        Err(Failure::Cut { begun: self.begun })
    }

    /// The next byte after whitespace and comments.
    fn peek(&mut self) -> Result<u8, Failure> {
        loop {
            match self.rest() {
                [b' ' | b'\t' | b'\r' | b'\n', ..] => self.at += 1,
                [b'/', b'/', ..] => {
                    let line = self.rest().iter().position(|b| *b == b'\n');
                    self.at = line.map_or(self.text.len(), |end| self.at + end);
                }
                [byte, ..] => return Ok(*byte),
                [] => return self.cut(),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Failure> {
        if depth > MAX_DEPTH {
            return self.bad();
        }
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Value::String),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Failure> {
        self.at += 1;
        let mut map = Map::default();
        loop {
            match self.peek()? {
                b'}' => {
                    self.at += 1;
                    return Ok(Value::Object(map));
                }
                b',' if !map.is_empty() => {
                    self.at += 1;
                    continue;
                }
                b'"' => {}
                _ => return self.bad(),
            }
            self.begun = true;
            let key = self.string()?;
            if self.peek()? != b':' {
                return self.bad();
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            map.insert(key, value);
            if !matches!(self.peek()?, b',' | b'}') {
                return self.bad();
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Failure> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            match self.peek()? {
                b']' => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                b',' if !items.is_empty() => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            items.push(self.value(depth + 1)?);
            if !matches!(self.peek()?, b',' | b']') {
                return self.bad();
            }
        }
    }

    fn string(&mut self) -> Result<String, Failure> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.rest() {
                [b'"', ..] => break self.at += 1,
                [b'\\', _, ..] => self.at += 2,
                [] | [b'\\'] => return self.cut(),
                _ => self.at += 1,
            }
        }
        let raw = self.text.get(start..self.at).unwrap_or_default();
        // Escapes control characters such as line breaks, which strict JSON forbids in strings.
        let mut strict = String::with_capacity(raw.len());
        for c in raw.chars() {
            match c {
                '\n' => strict.push_str("\\n"),
                '\r' => strict.push_str("\\r"),
                '\t' => strict.push_str("\\t"),
                c if c.is_control() => strict.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => strict.push(c),
            }
        }
        serde_json::from_str(&strict).or_else(|_| self.bad())
    }

    fn number(&mut self) -> Result<Value, Failure> {
        let digit = |b: &&u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = self.rest().iter().take_while(digit).count();
        let text = self.text.get(self.at..self.at + length).unwrap_or_default();
        if self.at + length == self.text.len() {
            return self.cut();
        }
        match serde_json::from_str::<Number>(text) {
            Ok(number) => {
                self.at += length;
                Ok(Value::Number(number))
            }
            Err(_) => self.bad(),
        }
    }

    fn word(&mut self) -> Result<Value, Failure> {
        let length = self
            .rest()
            .iter()
            .take_while(|b| b.is_ascii_alphabetic())
            .count();
        let word = self.text.get(self.at..self.at + length).unwrap_or_default();
        let value = match word {
            "true" | "True" => Value::Bool(true),
            "false" | "False" => Value::Bool(false),
            "null" | "None" => Value::Null,
            part if self.at + length == self.text.len() && self.begun => {
                let words = ["true", "false", "null", "True", "False", "None"];
                return match words.iter().any(|w| w.starts_with(part)) {
                    true => self.cut(),
                    false => self.bad(),
                };
            }
            _ => return self.bad(),
        };
        self.at += length;
        Ok(value)
    }
}
