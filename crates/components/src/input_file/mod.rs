//! Reads a file as a run's input: JSON, JSON lines, TOML, CSV or text.
//!
//! The command line and the dashboard's form share it. A run's input is an object, so anything
//! else is wrapped: rows as `{"rows": […]}`, text as `{"text": …}`. Whatever was guessed on the
//! way is a remark of the [`Reading`].

mod csv;
mod decode;
#[cfg(test)]
mod tests;

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

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The input: an object.
    pub value: Value,
    /// What was guessed or changed, a sentence each, to be shown behind the file's name.
    pub remarks: Vec<String>,
}

/// Reads a file's bytes by its name, in whichever character set they are.
pub fn read(name: &str, bytes: &[u8]) -> Result<Reading, InputFileError> {
    let mut told = Remarks::default();
    let strict = matches!(
        extension(name).as_str(),
        "json" | "jsonl" | "ndjson" | "toml" | "lock"
    );
    decode::text(bytes, strict, &mut told)
        .and_then(|text| by_name(name, &text, &mut told))
        .map(|value| Reading {
            value,
            remarks: told.into_list(),
        })
        .map_err(|message| InputFileError {
            name: name.to_owned(),
            message,
        })
}

/// Reads a file's text by its name, for callers that have no bytes and no place for remarks.
pub fn parse(name: &str, text: &str) -> Result<Value, InputFileError> {
    by_name(name, text, &mut Remarks::default()).map_err(|message| InputFileError {
        name: name.to_owned(),
        message,
    })
}

/// A name that says nothing is read by what the text looks like.
fn by_name(name: &str, text: &str, told: &mut Remarks) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match extension(name).as_str() {
        "json" => json(text).map(wrap),
        "jsonl" | "ndjson" => json_lines(text).map(rows),
        "toml" => toml(text),
        "csv" => csv::read(text, b',', told).map(rows),
        "tsv" | "tab" => csv::read(text, b'\t', told).map(rows),
        "psv" => csv::read(text, b'|', told).map(rows),
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

fn extension(name: &str) -> String {
    let lower = name.to_lowercase();
    let extension = lower.rsplit_once('.');
    extension.map_or_else(String::new, |(_, extension)| extension.to_owned())
}

/// What is told of one file; no more than a reader reads.
#[derive(Debug, Default)]
struct Remarks {
    list: Vec<String>,
    more: usize,
}

impl Remarks {
    const MOST: usize = 20;

    fn push(&mut self, remark: String) {
        match self.list.len() < Self::MOST {
            true => self.list.push(remark),
            false => self.more += 1,
        }
    }

    fn into_list(mut self) -> Vec<String> {
        if self.more > 0 {
            let more = format!("{} more remarks like these were left out", self.more);
            self.list.push(more);
        }
        self.list
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
