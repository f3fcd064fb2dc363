//! Converts the bodies of requests and responses to values and back.
//!
//! [`read`] determines the form of a body from its headers and its first bytes; [`write`] encodes a
//! body for the request's `Content-Type`. Nothing is guessed silently: if a body cannot be read as
//! declared, the error quotes its start, and lost characters are reported.

mod encoding;
mod media;
mod multipart;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub(super) use encoding::{Decompressor, Fault};
pub use media::MediaType;
pub use read::{Form, Reading, read};
pub use write::{Written, write};

/// The most characters of a body that an error quotes.
const QUOTED: usize = 200;

/// The start of a body for an error message: one line of at most 200 characters, with `…` if there
/// is more. Control characters are left out.
pub fn start_of(bytes: &[u8]) -> String {
    let head = bytes.get(..1000).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head);
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let mut shown = line.chars().filter(|c| !c.is_control());
    let mut start: String = shown.by_ref().take(QUOTED).collect();
    if shown.next().is_some() || bytes.len() > head.len() {
        start.push('…');
    }
    start
}
