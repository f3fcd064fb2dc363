//! Formats the errors of the TOML library on one line, with line and column.

/// The message for a text that is not valid TOML, or that does not have the expected type.
pub fn toml_error(text: &str, error: &toml::de::Error) -> String {
    // Uses only the message, without the source excerpt that the library draws around it.
    let message = error.message().trim().replace('\n', "; ");
    let Some(span) = error.span() else {
        return message;
    };
    let before = text.get(..span.start.min(text.len())).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    format!(
        "line {}, column {}: {message}",
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toml_error_is_one_line_with_its_position() {
        let text = "a = 1\nbé = \n";
        let error = text.parse::<toml::Table>().unwrap_err();
        let shown = toml_error(text, &error);
        assert!(shown.starts_with("line 2, column "), "{shown}");
        assert!(!shown.contains(['\n', '|', '^']), "{shown}");
    }
}
