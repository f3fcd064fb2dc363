//! The errors of the TOML library on one line, with line and column.

/// Why a text is not TOML, or not of the type that is read.
pub fn toml_error(text: &str, error: &toml::de::Error) -> String {
    // The library's messages are sentences of their own; what it draws around them is not shown.
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
    fn an_error_of_toml_is_one_line_with_its_place() {
        let text = "a = 1\nbé = \n";
        let error = text.parse::<toml::Table>().unwrap_err();
        let shown = toml_error(text, &error);
        assert!(shown.starts_with("line 2, column "), "{shown}");
        assert!(!shown.contains(['\n', '|', '^']), "{shown}");
    }
}
