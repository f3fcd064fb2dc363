//! Bodies of requests and answers: the one place that turns bytes into values and back.
//!
//! Nothing here guesses silently. What a body is follows from its headers and its first bytes
//! ([`read`]); what is sent follows from the request's own `Content-Type` ([`write`]). A body that
//! cannot be read as it is declared is an error that quotes how it begins, or says what was lost.

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

/// The start of a body for an error message: one line, at most 200 characters, then `…` if there
/// is more to read. Control characters are left out.
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
