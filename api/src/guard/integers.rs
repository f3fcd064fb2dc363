//! Refuses integers that do not fit into 64 bits, before a parser rounds them.

use types::ErrorCode;

use super::lexical::skip_string;
use crate::error::ApiError;

/// Refuses a JSON text with an integer that does not fit into 64 bits.
pub fn json_integers_fit(bytes: &[u8]) -> Result<(), ApiError> {
    fit(bytes, |bytes, at| {
        let mut at = at + 1;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 2,
                b'"' => return at + 1,
                _ => at += 1,
            }
        }
        bytes.len()
    })
}

/// Refuses a GraphQL document with an integer that does not fit into 64 bits.
pub fn graphql_integers_fit(text: &str) -> Result<(), ApiError> {
    fit(text.as_bytes(), skip_string)
}

fn fit(bytes: &[u8], skip: impl Fn(&[u8], usize) -> usize) -> Result<(), ApiError> {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = skip(bytes, at),
            b'0'..=b'9' | b'-' => {
                let end = bytes[at..]
                    .iter()
                    .position(|b| !matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
                    .map_or(bytes.len(), |n| at + n);
                let number = &bytes[at..end];
                if number.len() > 18
                    && !number.iter().any(|b| matches!(b, b'.' | b'e' | b'E'))
                    && str::from_utf8(number).is_ok_and(|text| text.parse::<i64>().is_err())
                {
                    return Err(out_of_range(number));
                }
                at = end;
            }
            b if b.is_ascii_alphabetic() || b == b'_' => {
                // Digits in a name are not a number.
                at += bytes[at..]
                    .iter()
                    .position(|b| !b.is_ascii_alphanumeric() && *b != b'_')
                    .unwrap_or(bytes.len() - at);
            }
            _ => at += 1,
        }
    }
    Ok(())
}

fn out_of_range(number: &[u8]) -> ApiError {
    let shown: String = String::from_utf8_lossy(number).chars().take(40).collect();
    ApiError::new(
        ErrorCode::ValueOutOfRange,
        format!("The integer {shown} does not fit into 64 bits; send it as a string"),
    )
}
