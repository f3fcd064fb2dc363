//! Base64, as it is written in XML and in forms: in lines.

use base64::{Engine, engine::general_purpose::STANDARD};

/// The bytes that a text stands for; spaces and line ends in it do not matter.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    STANDARD.decode(text).ok()
}

/// The bytes as one line of text.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
