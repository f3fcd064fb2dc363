//! Rewrites serde's error messages in plain words.

/// The message in plain words, without the position at its end.
pub(super) fn words(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    let known = match message {
        "EOF while parsing a string" => "the text ends inside a string: a closing `\"` is missing",
        "EOF while parsing a list" => "the text ends inside a list: a closing `]` is missing",
        "EOF while parsing an object" => "the text ends inside an object: a closing `}` is missing",
        "EOF while parsing a value" => "the text ends where a value is expected",
        "expected `:`" => "a `:` is expected after the key",
        "expected `,` or `]`" => "a `,` or `]` is expected here",
        "expected `,` or `}`" => "a `,` or `}` is expected here",
        "expected ident" => "`true`, `false` or `null` is expected here",
        "expected value" => "a value is expected here; strings need double quotes",
        "expected `\"`" | "key must be a string" => "a key in double quotes is expected here",
        "invalid escape" => "this escape sequence is not allowed in JSON",
        "invalid number" => "this is not a number in JSON",
        "number out of range" => "this number is too large",
        "invalid unicode code point" => "this is not a valid Unicode code point",
        "control character (\\u0000-\\u001F) found while parsing a string" => {
            "a control character inside a string must be escaped; write a line break as `\\n`"
        }
        "trailing comma" => "the last `,` before the closing bracket must be removed",
        "trailing characters" => "the value ends before this; nothing may follow it",
        "lone leading surrogate in hex escape" | "unexpected end of hex escape" => {
            "this `\\u` escape is only one half of a pair"
        }
        "recursion limit exceeded" => "the value nests too deeply",
        other => return typed(other),
    };
    known.to_owned()
}

/// Errors about values of the wrong type and about fields.
fn typed(message: &str) -> String {
    for kind in ["invalid type: ", "invalid value: "] {
        if let Some((found, expected)) = message
            .strip_prefix(kind)
            .and_then(|rest| rest.split_once(", expected "))
        {
            return format!("{} is expected here, not {found}", plain(expected));
        }
    }
    if let Some((field, rest)) = message
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split_once('`'))
    {
        let known = rest.trim_start_matches(", expected ");
        let known = known.trim_start_matches("one of ");
        return match known {
            "" => format!("the field `{field}` is unknown"),
            known => format!("the field `{field}` is unknown; the fields are {known}"),
        };
    }
    match message.strip_prefix("missing field ") {
        Some(field) => format!("the field {field} is missing"),
        None => message.to_owned(),
    }
}

fn plain(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}

/// Why a text is not JSON, or not of the expected type, with line and column.
pub fn json_error(error: &serde_json::Error) -> String {
    let words = words(&error.to_string());
    match error.line() {
        0 => words,
        line => format!("line {line}, column {}: {words}", error.column()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn each_json_error_has_a_message_and_a_position() {
        for (text, shown) in [
            (
                "[1,",
                "line 1, column 3: the text ends where a value is expected",
            ),
            (
                "[1",
                "line 1, column 2: the text ends inside a list: a closing `]` is missing",
            ),
            (
                "{\"a\"",
                "line 1, column 4: the text ends inside an object: a closing `}` is missing",
            ),
            (
                "\"a",
                "line 1, column 2: the text ends inside a string: a closing `\"` is missing",
            ),
            (
                "{\"a\" 1}",
                "line 1, column 6: a `:` is expected after the key",
            ),
            ("[1 2]", "line 1, column 4: a `,` or `]` is expected here"),
            (
                "{\"a\":1 2}",
                "line 1, column 8: a `,` or `}` is expected here",
            ),
            (
                "tru",
                "line 1, column 3: the text ends where a value is expected",
            ),
            (
                "trux",
                "line 1, column 4: `true`, `false` or `null` is expected here",
            ),
            (
                "\n'a'",
                "line 2, column 1: a value is expected here; strings need double quotes",
            ),
            (
                "{a:1}",
                "line 1, column 2: a key in double quotes is expected here",
            ),
            (
                "\"\\x\"",
                "line 1, column 3: this escape sequence is not allowed in JSON",
            ),
            (
                "1.",
                "line 1, column 2: the text ends where a value is expected",
            ),
            ("1.x", "line 1, column 3: this is not a number in JSON"),
            (
                "\"\n\"",
                "line 2, column 0: a control character inside a string must be escaped; write a line break as `\\n`",
            ),
            (
                "[1,]",
                "line 1, column 4: the last `,` before the closing bracket must be removed",
            ),
            (
                "1 2",
                "line 1, column 3: the value ends before this; nothing may follow it",
            ),
        ] {
            let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
            assert_eq!(json_error(&error), shown, "{text}");
        }
        let error = serde_json::from_str::<BTreeMap<String, u8>>("{\"a\":\"x\"}").unwrap_err();
        assert_eq!(
            json_error(&error),
            "line 1, column 8: a whole number from 0 is expected here, not string \"x\""
        );
    }
}
