//! Decodes a file to text. JSON, TOML and similar formats are UTF-8 unless they have a byte order
//! mark; files of spreadsheets and editors may also be UTF-16 without a mark, or Windows-1252.

use super::{About, Remarks};
use crate::charset::{self, Decoded};

/// Decodes bytes to text. The character set of `strict` formats is not guessed; other guesses are
/// added to the remarks.
pub fn text(bytes: &[u8], strict: bool, remarks: &mut Remarks) -> Result<String, String> {
    if let Some(read) = charset::by_mark(bytes) {
        return whole(read);
    }
    if let Some(encoding) = charset::utf_16_by_zeros(bytes) {
        let read = charset::decode(bytes, encoding);
        remarks.push(
            About::Charset,
            None,
            format!("it has no byte order mark and was read as {}", read.charset),
        );
        return whole(read);
    }
    let wrong = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error.valid_up_to(),
    };
    let byte = bytes.get(wrong).copied().unwrap_or_default();
    let before = bytes.get(..wrong).unwrap_or_default();
    let line = 1 + before.iter().filter(|b| **b == b'\n').count();
    if charset::looks_binary(bytes) {
        return Err(
            "it is not a text file; use JSON, JSON Lines, CSV, TOML or text (a spreadsheet can \
             be saved as CSV)"
                .to_owned(),
        );
    }
    if strict
        || bytes
            .iter()
            .any(|b| matches!(b, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d))
    {
        return Err(format!(
            "line {line} contains the byte 0x{byte:02X}, which is not valid UTF-8; save the file as \
             UTF-8"
        ));
    }
    let read = charset::decode(bytes, encoding_rs::WINDOWS_1252);
    let sample = read.text.lines().nth(line - 1).unwrap_or_default();
    let sample: String = sample.chars().take(40).collect();
    let place = Some(format!("line {line}"));
    remarks.push(
        About::Charset,
        place,
        format!(
            "it is not UTF-8 (line {line}, byte 0x{byte:02X}) and was read as Windows-1252: \
         `{sample}`; if that is wrong, save it as UTF-8"
        ),
    );
    whole(read)
}

fn whole(read: Decoded) -> Result<String, String> {
    match read.lost {
        0 => Ok(read.text),
        lost => Err(format!(
            "it is {}, but has {lost} invalid sequences; save it as UTF-8",
            read.charset
        )),
    }
}
