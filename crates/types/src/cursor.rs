//! Page cursors: opaque to callers, and rejected unless this program issued them.
//!
//! A cursor binds the sort key to the list it was issued for (organization and filter), so that a
//! cursor of another list is an error and never returns a row (case T09).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use thiserror::Error;
use uuid::Uuid;

const VERSION: u8 = 1;

/// The cursor is malformed, or was issued for another list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this cursor does not belong to this list; start again without one")]
pub struct CursorError;

/// A position in a list that is sorted by UUIDv7, and so by time: the next page starts after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The key of the last row seen.
    pub key: Uuid,
}

impl Cursor {
    /// The text for the caller. `list` names the list, its organization and its filter.
    pub fn encode(self, list: &str) -> String {
        let mut bytes = Vec::with_capacity(21);
        bytes.push(VERSION);
        bytes.extend_from_slice(self.key.as_bytes());
        bytes.extend_from_slice(&tag(list, self.key).to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Parses a caller's text. `list` must be the one that was passed to [`Cursor::encode`].
    pub fn decode(text: &str, list: &str) -> Result<Self, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        let (version, rest) = bytes.split_first().ok_or(CursorError)?;
        if *version != VERSION || rest.len() != 20 {
            return Err(CursorError);
        }
        let key = Uuid::from_slice(&rest[..16]).map_err(|_| CursorError)?;
        if rest[16..] != tag(list, key).to_be_bytes() {
            return Err(CursorError);
        }
        Ok(Self { key })
    }
}

/// FNV-1a over the list's name and the key: a guard against mix-ups, not a signature. Tenancy
/// decides which rows may be read, whatever the cursor says.
fn tag(list: &str, key: Uuid) -> u32 {
    list.bytes()
        .chain(key.as_bytes().iter().copied())
        .fold(0x811c_9dc5, |hash: u32, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_list_or_a_flipped_bit_is_refused() {
        let cursor = Cursor {
            key: Uuid::now_v7(),
        };
        let text = cursor.encode("runs/a");
        assert_eq!(Cursor::decode(&text, "runs/a"), Ok(cursor));
        assert_eq!(Cursor::decode(&text, "runs/b"), Err(CursorError));
        assert_eq!(Cursor::decode("", "runs/a"), Err(CursorError));
        for at in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'Q' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            if other != text {
                assert_eq!(
                    Cursor::decode(&other, "runs/a"),
                    Err(CursorError),
                    "at {at}"
                );
            }
        }
    }
}
