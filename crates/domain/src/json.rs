//! The JSON of values that may be long: its length, and parts of it, without building all of the
//! text.

use std::io;

use engine::Value;

/// The length of a value's JSON in bytes, or `None` if it exceeds `most`.
pub(crate) fn length(value: &Value, most: usize) -> Option<usize> {
    let mut counter = Counter::up_to(most);
    serde_json::to_writer(&mut counter, value).ok()?;
    Some(counter.length)
}

/// At most `length` bytes of a value's JSON, from `offset` on.
pub(crate) fn part(value: &Value, offset: usize, length: usize) -> Vec<u8> {
    let mut window = Window {
        skip: offset,
        room: length,
        bytes: Vec::new(),
    };
    // The writer fails once it has all its bytes.
    let _ = serde_json::to_writer(&mut window, value);
    window.bytes
}

/// The start of a value's JSON: at most `most` bytes, without a partial character at the end.
pub(crate) fn start(value: &Value, most: usize) -> String {
    let bytes = part(value, 0, most);
    let whole = match std::str::from_utf8(&bytes) {
        Ok(_) => bytes.len(),
        Err(cut) => cut.valid_up_to(),
    };
    String::from_utf8_lossy(&bytes[..whole]).into_owned()
}

/// A writer that counts the bytes of JSON and fails beyond a limit.
pub(crate) struct Counter {
    most: usize,
    /// The number of bytes so far.
    pub length: usize,
    /// Whether there was a `\u` escape, which is how NUL is written.
    pub escapes: bool,
}

impl Counter {
    pub fn up_to(most: usize) -> Self {
        Self {
            most,
            length: 0,
            escapes: false,
        }
    }
}

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.length += bytes.len();
        self.escapes |= bytes.starts_with(b"\\u");
        match self.length > self.most {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that keeps the bytes between two offsets.
struct Window {
    skip: usize,
    room: usize,
    bytes: Vec<u8>,
}

impl io::Write for Window {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        let rest = &bytes[skipped..];
        let taken = rest.len().min(self.room);
        self.bytes.extend_from_slice(&rest[..taken]);
        self.room -= taken;
        match taken < rest.len() {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_json_add_up_to_the_whole_and_its_length_is_known_in_advance() {
        let value = Value::parse_json(r#"{"a":["é\n",1,null],"b":{"c":"x"}}"#).unwrap();
        let text = value.to_json();
        assert_eq!(length(&value, 1_000), Some(text.len()));
        assert_eq!(length(&value, text.len()), Some(text.len()));
        assert_eq!(length(&value, text.len() - 1), None);
        for size in 1..=text.len() {
            let mut whole = Vec::new();
            while whole.len() < text.len() {
                whole.extend(part(&value, whole.len(), size));
            }
            assert_eq!(whole, text.as_bytes(), "{size}");
        }
        assert!(part(&value, text.len(), 10).is_empty());
    }

    #[test]
    fn the_start_of_a_long_value_is_bounded_and_ends_with_a_whole_character() {
        let long = Value::from("é".repeat(1_000_000));
        // A quote, then two bytes each: the last byte would be half a character.
        assert_eq!(start(&long, 4_000).len(), 3_999);
        assert_eq!(start(&Value::from("a"), 4_000), "\"a\"");
    }
}
