//! Which stages a segment of a journal is about: written beside the segment in four bytes per stage,
//! so that a reader of one stage reads and decodes a few segments of a long journal and not all.
//!
//! The index may name more stages than there are (its numbers are hashes), never fewer. It knows
//! nothing of storage.

use std::collections::HashSet;

use super::{DecodeError, Event, event::decode_line};

/// The number of an address, of its JSON text without quotes.
fn number(address: &[u8]) -> u32 {
    // FNV-1a, folded to four bytes: part of what is stored, so it stays as it is.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in address {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (hash >> 32) as u32 ^ hash as u32
}

/// What a line is about.
enum Subject<'a> {
    Run,
    /// The address as JSON text.
    Stage(&'a [u8]),
}

/// Reads the head of a line as `encode` writes it; `None`: it is written otherwise.
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

/// The stages of events that are to be written together.
#[derive(Clone, Debug, Default)]
pub struct Subjects(Vec<u32>);

impl Subjects {
    /// Those of a segment's body; `None` when a line is not as this program writes it.
    pub fn of(body: &[u8]) -> Option<Self> {
        let mut numbers: Vec<u32> = Vec::new();
        for line in lines(body) {
            if let Subject::Stage(address) = subject(line)? {
                let number = number(address);
                // Events of one stage often follow each other.
                if numbers.last() != Some(&number) {
                    numbers.push(number);
                }
            }
        }
        Some(Self(numbers))
    }

    /// Adds those of the events that follow.
    pub fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// As it is stored: each number once, in order, four bytes with the lowest first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut numbers = self.0.clone();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().flat_map(u32::to_le_bytes).collect()
    }
}

/// Stages that are looked for.
#[derive(Debug, Default)]
pub struct Wanted {
    numbers: HashSet<u32>,
    texts: HashSet<Box<[u8]>>,
}

impl Wanted {
    /// Those with these addresses.
    pub fn new<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Self {
        let mut wanted = Self::default();
        for address in addresses {
            // A text always serializes.
            let text = serde_json::to_vec(address).unwrap_or_default();
            let text = &text[1..text.len().max(2) - 1];
            wanted.numbers.insert(number(text));
            wanted.texts.insert(text.into());
        }
        wanted
    }

    /// Whether a segment with this index may be about one of them.
    pub fn may_be_in(&self, index: &[u8]) -> bool {
        let (numbers, rest) = index.as_chunks::<4>();
        // What is no index says nothing.
        !rest.is_empty()
            || numbers
                .iter()
                .any(|number| self.numbers.contains(&u32::from_le_bytes(*number)))
    }

    /// The events of a segment that are about one of them or about the run; the other lines are not
    /// read.
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
