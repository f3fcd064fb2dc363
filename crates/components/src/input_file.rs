//! Reads a file as a run's input: JSON, JSON lines, TOML, CSV or text.
//!
//! The command line and the dashboard's form share it. A run's input is an object, so anything
//! else is wrapped: rows as `{"rows": […]}`, text as `{"text": …}`.

use engine::Value;
use types::ErrorCode;

/// Why a file cannot be read as input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct InputFileError {
    /// The file.
    pub name: String,
    /// What is wrong, with the line where it is known.
    pub message: String,
}

impl InputFileError {
    /// The stable code.
    pub const CODE: ErrorCode = ErrorCode::InvalidInput;
}

/// Reads a file's text by its name. A name that says nothing is read by what the text looks like.
pub fn parse(name: &str, text: &str) -> Result<Value, InputFileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let fail = |message: String| InputFileError {
        name: name.to_owned(),
        message,
    };
    let lower = name.to_lowercase();
    let extension = lower
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension);
    match extension {
        "json" => json(text).map(wrap).map_err(fail),
        "jsonl" | "ndjson" => json_lines(text).map(rows).map_err(fail),
        "toml" => toml(text).map_err(fail),
        "csv" => csv(text, b',').map(rows).map_err(fail),
        "tsv" => csv(text, b'\t').map(rows).map_err(fail),
        // Cargo.lock and poetry.lock are TOML, others are not.
        "lock" => Ok(toml(text)
            .or_else(|_| json(text).map(wrap))
            .unwrap_or_else(|_| plain(text))),
        "txt" | "md" | "log" | "eml" | "html" => Ok(plain(text)),
        _ if text.trim_start().starts_with(['{', '[']) => {
            Ok(json(text).map(wrap).unwrap_or_else(|_| plain(text)))
        }
        _ => Ok(plain(text)),
    }
}

fn wrap(value: Value) -> Value {
    match value {
        Value::Map(_) => value,
        Value::List(_) => rows(value),
        other => plain(&other.to_text()),
    }
}

fn rows(rows: Value) -> Value {
    [("rows", rows)].into_iter().collect()
}

fn plain(text: &str) -> Value {
    [("text", Value::from(text))].into_iter().collect()
}

fn json(text: &str) -> Result<Value, String> {
    Value::parse_json(text).map_err(|e| match e.line {
        0 => e.message,
        line => format!("line {line}, column {}: {}", e.column, e.message),
    })
}

fn json_lines(text: &str) -> Result<Value, String> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            Value::parse_json(line).map_err(|e| format!("line {}: {}", at + 1, e.message))
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Value::from)
}

fn toml(text: &str) -> Result<Value, String> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| e.to_string())?;
    Ok(from_table(table))
}

fn from_table(table: toml::Table) -> Value {
    table
        .into_iter()
        .map(|(key, value)| (key, from_toml(value)))
        .collect::<Value>()
}

fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(s) => s.into(),
        toml::Value::Integer(i) => i.into(),
        toml::Value::Float(f) => f.into(),
        toml::Value::Boolean(b) => b.into(),
        toml::Value::Datetime(at) => at.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(from_toml).collect(),
        toml::Value::Table(table) => from_table(table),
    }
}

fn csv(text: &str, delimiter: u8) -> Result<Value, String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|e| e.to_string())?.clone();
    let names: Vec<&str> = headers.iter().map(str::trim).collect();
    if let Some(twice) = names
        .iter()
        .enumerate()
        .find(|(at, n)| names[..*at].contains(n))
    {
        return Err(format!(
            "the column `{}` stands twice in the first line",
            twice.1
        ));
    }
    let records = reader
        .records()
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| e.to_string())?;
    // A column is numbers only if every cell is one and would be written the same way: `007` and
    // `1e3` stay text.
    let numeric: Vec<bool> = (0..names.len())
        .map(|at| {
            let mut cells = records
                .iter()
                .filter_map(|r| r.get(at))
                .filter(|c| !c.is_empty())
                .peekable();
            cells.peek().is_some() && cells.all(|c| number(c).is_some())
        })
        .collect();
    Ok(records
        .iter()
        .map(|record| -> Value {
            names
                .iter()
                .zip(record)
                .zip(&numeric)
                .map(|((name, cell), numeric)| {
                    let value = match (numeric, cell) {
                        (true, "") => Value::Null,
                        (true, cell) => number(cell).unwrap_or_else(|| cell.into()),
                        (false, cell) => cell.into(),
                    };
                    (*name, value)
                })
                .collect()
        })
        .collect())
}

fn number(cell: &str) -> Option<Value> {
    if let Ok(whole) = cell.parse::<i64>() {
        return (whole.to_string() == cell).then_some(Value::Int(whole));
    }
    let double: f64 = cell.parse().ok()?;
    let digits = cell
        .trim_start_matches('-')
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'.');
    let leading_zero = cell.trim_start_matches('-').starts_with('0')
        && !cell.trim_start_matches('-').starts_with("0.");
    (double.is_finite() && digits && !leading_zero && cell.contains('.') && !cell.ends_with('.'))
        .then_some(Value::Float(double))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> String {
        parse(name, text).unwrap().to_json()
    }

    #[test]
    fn each_kind_of_file_becomes_an_object() {
        assert_eq!(read("a.json", r#"{"x":1}"#), r#"{"x":1}"#);
        assert_eq!(read("a.JSON", "[1,2]"), r#"{"rows":[1,2]}"#);
        assert_eq!(read("a.json", "5"), r#"{"text":"5"}"#);
        assert_eq!(
            read("a.jsonl", "{\"x\":1}\n\n{\"x\":2}\n"),
            r#"{"rows":[{"x":1},{"x":2}]}"#
        );
        assert_eq!(read("a.txt", "{not json"), r#"{"text":"{not json"}"#);
        assert_eq!(read("notes", "hello"), r#"{"text":"hello"}"#);
        assert_eq!(read("stdin", r#"{"x":1}"#), r#"{"x":1}"#);
        assert_eq!(
            read("a.toml", "x = 1\nat = 2026-01-02\n[t]\ny = 'z'"),
            r#"{"x":1,"at":"2026-01-02","t":{"y":"z"}}"#
        );
        assert_eq!(
            read(
                "Cargo.lock",
                "[[package]]\nname = \"a\"\nversion = \"1.0.0\""
            ),
            r#"{"package":[{"name":"a","version":"1.0.0"}]}"#
        );
        assert_eq!(
            read("yarn.lock", "# yarn\na@1:\n  b"),
            r##"{"text":"# yarn\na@1:\n  b"}"##
        );
    }

    #[test]
    fn a_csv_column_is_numbers_only_when_nothing_would_be_lost() {
        let text = "id,code,price,note\n1,007,1.50,\"a, b\"\n2,08,,\n";
        assert_eq!(
            read("a.csv", text),
            r#"{"rows":[{"id":1,"code":"007","price":1.5,"note":"a, b"},{"id":2,"code":"08","price":null,"note":""}]}"#
        );
        assert_eq!(
            read("a.tsv", "a\tb\nx\t1e3\n"),
            r#"{"rows":[{"a":"x","b":"1e3"}]}"#
        );
    }

    #[test]
    fn a_broken_file_says_where() {
        for (name, text, part) in [
            ("a.json", "{\n \"x\": }", "line 2"),
            ("a.jsonl", "{}\n{", "line 2"),
            ("a.toml", "x = ", "line 1"),
            ("a.csv", "a,b\n1\n", "line"),
            ("a.csv", "a,a\n1,2\n", "twice"),
            ("a.json", r#"{"x":12345678901234567890123}"#, "64 bits"),
        ] {
            let error = parse(name, text).unwrap_err().to_string();
            assert!(error.starts_with(name) && error.contains(part), "{error}");
        }
    }
}
