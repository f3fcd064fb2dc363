//! Refuses duplicate keys in the object literals of a document. The parser would keep only the last
//! one.

use std::collections::HashSet;

use super::{json::duplicate, lexical};
use crate::error::ApiError;

/// What an open bracket contains.
enum Open<'a> {
    /// Arguments, or an operation's variable definitions.
    Arguments,
    /// An object literal inside arguments, with its keys so far.
    Object(HashSet<&'a str>),
    /// A list, or a selection of fields.
    Other,
}

/// Refuses a document in which an object has a duplicate key. Invalid documents may pass; the
/// parser refuses them later.
pub fn unique_keys(text: &str) -> Result<(), ApiError> {
    let bytes = text.as_bytes();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut arguments = 0usize;
    // The name that was read last, if only blanks followed it.
    let mut name = "";
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => at += 1,
            b'#' => at = lexical::skip_line(bytes, at),
            b'"' => {
                name = "";
                at = lexical::skip_string(bytes, at);
            }
            b':' => {
                if let Some(Open::Object(keys)) = open.last_mut()
                    && !name.is_empty()
                    && !keys.insert(name)
                {
                    return Err(duplicate("", name));
                }
                name = "";
                at += 1;
            }
            b'(' | b'{' | b'[' => {
                // Fields are never selected inside arguments.
                open.push(match byte {
                    b'(' => Open::Arguments,
                    b'{' if arguments > 0 => Open::Object(HashSet::new()),
                    _ => Open::Other,
                });
                arguments += usize::from(byte == b'(');
                name = "";
                at += 1;
            }
            b')' | b'}' | b']' => {
                if matches!(open.pop(), Some(Open::Arguments)) {
                    arguments -= 1;
                }
                name = "";
                at += 1;
            }
            _ if lexical::is_word(byte) => {
                let start = at;
                while bytes.get(at).copied().is_some_and(lexical::is_word) {
                    at += 1;
                }
                name = text.get(start..at).unwrap_or_default();
            }
            _ => {
                name = "";
                at += 1;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i03_a_duplicate_key_in_an_object_literal_is_refused_by_name() {
        for twice in [
            "{f(a:{b:1,b:2})}",
            "{f(a:[{c:1},{b:1 c:{} # b:\n b : 2}])}",
            "query($v:I={b:1,b:2}){f(a:$v)}",
            "{f(a:{c:\"b:\",b:{b:1},b:X})}",
            "{f @d(a:{b:1,b:1})}",
        ] {
            let error = unique_keys(twice).expect_err(twice);
            assert!(error.message.contains("`b`"), "{twice}: {}", error.message);
        }
        for fine in [
            "{b:f b:f}",
            "{f(a:{b:{b:1}},c:{b:1}) {b:g(b:{b:2}) b:g}}",
            "{f(a:[{b:1},{b:1}])}",
            "query($b:I $c:I){f(b:$b)}",
            "{f(a:{b:\"b: 1 b: 2\"})} # {b:1,b:1}",
            ")}{f",
        ] {
            assert!(unique_keys(fine).is_ok(), "{fine}");
        }
    }
}
