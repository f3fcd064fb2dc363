//! Byte offsets as lines and columns.

/// A position for people, counted from 1. Columns count characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

const MARK: usize = 1024;

/// An index of a text's lines. Looking up a position costs the same in a file of one long line as
/// in one of many short lines.
#[derive(Debug)]
pub struct Lines<'a> {
    text: &'a str,
    /// Byte offset of each line's first character. A byte order mark belongs to no line.
    starts: Vec<usize>,
    /// The number of characters before every 1024th byte.
    marks: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Builds the index.
    pub fn new(text: &'a str) -> Self {
        let first = if text.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        };
        let mut starts = vec![first];
        let mut marks = Vec::with_capacity(text.len() / MARK + 1);
        let mut characters = 0;
        for (offset, byte) in text.bytes().enumerate() {
            if offset % MARK == 0 {
                marks.push(characters);
            }
            // Every byte except a continuation byte starts a character.
            characters += usize::from(byte & 0xC0 != 0x80);
            if byte == b'\n' {
                starts.push(offset + 1);
            }
        }
        Self {
            text,
            starts,
            marks,
        }
    }

    fn characters_before(&self, offset: usize) -> usize {
        let mark = offset / MARK;
        let Some(counted) = self.marks.get(mark) else {
            return match self.marks.last() {
                Some(last) => last + count(self.text, (self.marks.len() - 1) * MARK, offset),
                None => 0,
            };
        };
        counted + count(self.text, mark * MARK, offset)
    }

    /// The position of a byte offset. An offset past the end gives the position of the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0).min(offset);
        let column = self.characters_before(offset) - self.characters_before(start) + 1;
        Position { line, column }
    }

    /// The text of a line, numbered from 1, without its line ending. Empty if there is no such
    /// line.
    pub fn line(&self, line: usize) -> &'a str {
        let Some(start) = line.checked_sub(1).and_then(|i| self.starts.get(i)) else {
            return "";
        };
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        let text = self.text.get(*start..end).unwrap_or("");
        text.trim_end_matches(['\n', '\r'])
    }

    /// The number of lines.
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

fn count(text: &str, from: usize, to: usize) -> usize {
    let bytes = text.as_bytes().get(from..to).unwrap_or_default();
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}
