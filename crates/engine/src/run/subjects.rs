//! The segment index: which stages a segment's events are about. It is stored beside the segment in
//! four bytes per stage, so a reader of one stage decodes a few segments of a long journal instead
//! of all.
//!
//! The index may match more stages than the segment contains (its numbers are hashes), never fewer.
//! This module does not access storage.

use std::collections::HashSet;

use super::{DecodeError, Event, event::decode_line};

/// The hash of an address, given as JSON text without quotes.
fn number(address: &[u8]) -> u32 {
    // FNV-1a, folded to four bytes. It is part of the stored format and must not change.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in address {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash >> 32) as u32 ^ hash as u32
}

/// The subject of an event line.
enum Subject<'a> {
    Run,
    /// The address as JSON text.
    Stage(&'a [u8]),
}

/// Reads the beginning of a line in the form that `encode` writes; `None` if it has another form.
fn subject(line: &[u8]) -> Option<Subject<'_>> {
    let rest = line.strip_prefix(b"{\"seq\":")?;
    let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    let rest = rest[digits..].strip_prefix(b",\"at\":\"")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    let rest = rest[end..].strip_prefix(b"\",\"type\":\"")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    let Some(rest) = rest[end + 1..].strip_prefix(b",\"stage\":\"") else {
        return rest.starts_with(b"run.").then_some(Subject::Run);
    };
    let mut escaped = false;
    let end = rest.iter().position(|byte| {
        let is_end = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        is_end
    })?;
    Some(Subject::Stage(&rest[..end]))
}

fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

/// The stages of events that are written together.
#[derive(Clone, Debug, Default)]
pub struct Subjects(Vec<u32>);

impl Subjects {
    /// The stages of a segment's body; `None` if a line does not have the form that this program
    /// writes.
    pub fn of(body: &[u8]) -> Option<Self> {
        let mut numbers: Vec<u32> = Vec::new();
        for line in lines(body) {
            if let Subject::Stage(address) = subject(line)? {
                let number = number(address);
                // Consecutive events often have the same stage.
                if numbers.last() != Some(&number) {
                    numbers.push(number);
                }
            }
        }
        Some(Self(numbers))
    }

    /// Adds the stages of the events that follow.
    pub fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// The stored form: distinct numbers in ascending order, four little-endian bytes each.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut numbers = self.0.clone();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().flat_map(u32::to_le_bytes).collect()
    }
}

/// A set of stages to look for.
#[derive(Debug, Default)]
pub struct Wanted {
    numbers: HashSet<u32>,
    texts: HashSet<Box<[u8]>>,
}

impl Wanted {
    /// Looks for the stages with these addresses.
    pub fn new<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Self {
        let mut wanted = Self::default();
        for address in addresses {
            // A string always serializes.
            let text = serde_json::to_vec(address).unwrap_or_default();
            let text = &text[1..text.len().max(2) - 1];
            wanted.numbers.insert(number(text));
            wanted.texts.insert(text.into());
        }
        wanted
    }

    /// Whether a segment with this index may contain an event of these stages.
    pub fn may_be_in(&self, index: &[u8]) -> bool {
        let (numbers, rest) = index.as_chunks::<4>();
        // A malformed index does not rule anything out.
        !rest.is_empty()
            || numbers
                .iter()
                .any(|number| self.numbers.contains(&u32::from_le_bytes(*number)))
    }

    /// Decodes the events of a segment that are about these stages or about the run; skips the
    /// other lines.
    pub fn decode(&self, body: &[u8]) -> Result<Vec<Event>, DecodeError> {
        lines(body)
            .filter(|line| match subject(line) {
                Some(Subject::Stage(address)) => self.texts.contains(address),
                Some(Subject::Run) | None => true,
            })
            .map(decode_line)
            .collect()
    }
}
