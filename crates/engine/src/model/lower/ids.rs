//! Validates stage ids: they are used in addresses, expressions, logs and file names.

use types::ErrorCode;

use crate::{
    diagnostic::{Report, shown},
    source::Node,
};

/// The longest id, in bytes.
const MAX_ID: usize = 200;

/// Reports an invalid id.
pub(super) fn check(report: &mut Report<'_>, node: Node<'_>, id: &str) {
    let Some(what) = wrong(id) else { return };
    let message = format!("the stage id `{}` {what}", shown(id));
    report
        .error(ErrorCode::InvalidValue, node, message)
        .help("use letters, digits, `-` and `_`");
}

/// What is wrong with an id, to follow it in a sentence; `None` if it is allowed.
pub(crate) fn wrong(id: &str) -> Option<String> {
    if id.trim().is_empty() {
        return Some("is empty".into());
    }
    if id.len() > MAX_ID {
        return Some(format!(
            "is {} bytes long; at most {MAX_ID} are allowed",
            id.len()
        ));
    }
    if id != id.trim() {
        return Some("begins or ends with a space".into());
    }
    let bad = id.chars().find(|c| !allowed(*c))?;
    Some(if bad.is_control() || !visible(bad) {
        format!("contains the invisible character U+{:04X}", bad as u32)
    } else {
        format!("contains `{bad}`")
    })
}

/// Letters and digits of any script, and the punctuation that existing files use between them. A
/// slash or a bracket would break addresses; quotes and braces would break templates.
fn allowed(c: char) -> bool {
    visible(c) && (c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | ' '))
}

/// False for characters that are invisible or change the direction of the surrounding text.
fn visible(c: char) -> bool {
    !matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}')
}
