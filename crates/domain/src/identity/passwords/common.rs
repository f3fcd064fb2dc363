//! Passwords that stand in published lists of stolen ones. Programs that guess try them first.
//!
//! The list has 21,655 passwords of 8 to 64 bytes in lower case, 76 kB compressed. NOTICE names its
//! sources. It is not looked up elsewhere, so no part of a password leaves the server, and the
//! strength of other passwords is not measured.

use std::{
    io::{self, Read as _},
    sync::LazyLock,
};

use flate2::read::GzDecoder;

use crate::error::{AppError, Result};

/// One password per line.
static LIST: LazyLock<io::Result<String>> = LazyLock::new(|| {
    let compressed: &[u8] = include_bytes!("common.txt.gz");
    let mut list = String::new();
    GzDecoder::new(compressed).read_to_string(&mut list)?;
    Ok(list)
});

/// Whether the password is in the list, in upper or lower case.
pub fn contains(password: &str) -> Result<bool> {
    let list = LIST
        .as_ref()
        .map_err(|error| AppError::internal(format!("the list of passwords: {error}")))?;
    let password = password.to_lowercase();
    Ok(list.lines().any(|line| line == password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stolen_passwords_are_found_in_any_case_and_phrases_are_not() {
        for stolen in ["password123", "PassWord123", "12345678", "qwertyuiop"] {
            assert!(contains(stolen).unwrap(), "{stolen}");
        }
        for other in ["correct horse battery", "password123 ", "", "assword123"] {
            assert!(!contains(other).unwrap(), "{other}");
        }
    }

    #[test]
    fn the_list_has_every_password_once_in_lower_case_and_of_an_allowed_length() {
        let list = LIST.as_ref().unwrap();
        let lines: Vec<&str> = list.lines().collect();
        assert_eq!(lines.len(), 21_655);
        assert!(lines.windows(2).all(|two| two[0] < two[1]));
        for line in lines {
            assert_eq!(line, line.to_lowercase());
            assert!((8..=64).contains(&line.len()), "{line}");
        }
    }
}
