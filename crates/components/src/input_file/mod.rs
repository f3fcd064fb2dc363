//! Reads a file as a run's input: JSON, JSON Lines, TOML, CSV or text.
//!
//! Used by the command line and the API. A run's input is an object, so other values are wrapped:
//! rows as `{"rows": […]}`, text as `{"text": …}`. Every guess is reported as a remark of the
//! [`Reading`].

mod csv;
mod decode;
#[cfg(test)]
mod tests;

use engine::Value;
use types::ErrorCode;

use crate::toml_error;

/// Why a file cannot be read as input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct InputFileError {
    /// The name of the file.
    pub name: String,
    /// The problem, with the line if it is known.
    pub message: String,
}

impl InputFileError {
    /// The stable error code.
    pub const CODE: ErrorCode = ErrorCode::InvalidInput;
}

/// The result of reading a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The input: an object.
    pub value: Value,
    /// What was guessed or changed; messages are shown after the file's name.
    pub remarks: Vec<Remark>,
}

/// A guess or a change that was made in reading a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The kind of the remark.
    pub about: About,
    /// The message for users.
    pub message: String,
    /// The place in the file, such as `line 1, column 2`; `None` if it is about the whole file.
    pub place: Option<String>,
}

/// The kind of a remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The character set was guessed.
    Charset,
    /// The separator is not the one that the file's name suggests.
    Separator,
    /// How the commas and points in a column's numbers were read.
    Numbers,
    /// A column was renamed, or got a name.
    Name,
    /// A name or cell contains invisible characters.
    Hidden,
    /// Empty cells or lines were left out.
    Empty,
    /// The file is not in the format that it seems to have.
    Format,
    /// Further remarks were left out.
    More,
}

impl About {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Charset => "CHARSET_GUESSED",
            Self::Separator => "SEPARATOR_GUESSED",
            Self::Numbers => "NUMBERS_GUESSED",
            Self::Name => "COLUMN_RENAMED",
            Self::Hidden => "INVISIBLE_CHARACTERS",
            Self::Empty => "EMPTY_PARTS",
            Self::Format => "FORMAT_GUESSED",
            Self::More => "MORE_REMARKS",
        }
    }
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// Reads a file's bytes in the format that its name suggests, in any character set.
pub fn read(name: &str, bytes: &[u8]) -> Result<Reading, InputFileError> {
    let mut remarks = Remarks::default();
    let strict = matches!(
        extension(name).as_str(),
        "json" | "jsonl" | "ndjson" | "toml" | "lock"
    );
    decode::text(bytes, strict, &mut remarks)
        .and_then(|text| by_name(name, &text, &mut remarks))
        .map(|value| Reading {
            value,
            remarks: remarks.into_list(),
        })
        .map_err(|message| InputFileError {
            name: name.to_owned(),
            message,
        })
}

/// Reads a file's text in the format that its name suggests.
pub fn read_text(name: &str, text: &str) -> Result<Reading, InputFileError> {
    let mut remarks = Remarks::default();
    by_name(name, text, &mut remarks)
        .map(|value| Reading {
            value,
            remarks: remarks.into_list(),
        })
        .map_err(|message| InputFileError {
            name: name.to_owned(),
            message,
        })
}

/// The name to read a file by if it has a media type: its own, or one with the extension of the
/// media type if its own has no known extension.
pub fn named(name: &str, media_type: &str) -> String {
    const KNOWN: [&str; 15] = [
        "json", "jsonl", "ndjson", "toml", "csv", "tsv", "tab", "psv", "lock", "txt", "md", "log",
        "eml", "html", "text",
    ];
    if KNOWN.contains(&extension(name).as_str()) {
        return name.to_owned();
    }
    let kind = media_type.split(';').next().unwrap_or_default();
    let extension = match kind.trim().to_lowercase().as_str() {
        "application/json" | "text/json" => "json",
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => "ndjson",
        "application/toml" => "toml",
        "text/csv" | "application/csv" => "csv",
        "text/tab-separated-values" => "tsv",
        "text/plain" => "txt",
        kind if kind.ends_with("+json") => "json",
        _ => return name.to_owned(),
    };
    format!("{name}.{extension}")
}

/// Reads a text in the format of the name's extension. Without a known extension, its first
/// character decides between JSON and text.
fn by_name(name: &str, text: &str, remarks: &mut Remarks) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match extension(name).as_str() {
        "json" => json(text).map(wrap),
        "jsonl" | "ndjson" => json_lines(text).map(rows),
        "toml" => toml(text),
        "csv" => csv::read(text, b',', remarks).map(rows),
        "tsv" | "tab" => csv::read(text, b'\t', remarks).map(rows),
        "psv" => csv::read(text, b'|', remarks).map(rows),
        // Cargo.lock and poetry.lock are TOML, others are not.
        "lock" => Ok(toml(text)
            .or_else(|_| json(text).map(wrap))
            .unwrap_or_else(|_| {
                let message = "it is neither TOML nor JSON, so it was read as text".to_owned();
                remarks.push(About::Format, None, message);
                plain(text)
            })),
        "txt" | "md" | "log" | "eml" | "html" => Ok(plain(text)),
        _ if text.trim_start().starts_with(['{', '[']) => {
            Ok(json(text).map(wrap).unwrap_or_else(|why| {
                let message =
                    format!("it looks like JSON but is not valid ({why}), so it was read as text");
                remarks.push(About::Format, None, message);
                plain(text)
            }))
        }
        _ => Ok(plain(text)),
    }
}

fn extension(name: &str) -> String {
    let lower = name.to_lowercase();
    let extension = lower.rsplit_once('.');
    extension.map_or_else(String::new, |(_, extension)| extension.to_owned())
}

/// The remarks on one file. Only the first [`Remarks::MOST`] are kept.
#[derive(Debug, Default)]
struct Remarks {
    list: Vec<Remark>,
    more: usize,
}

impl Remarks {
    const MOST: usize = 20;

    fn push(&mut self, about: About, place: Option<String>, message: String) {
        match self.list.len() < Self::MOST {
            true => self.list.push(Remark {
                about,
                message,
                place,
            }),
            false => self.more += 1,
        }
    }

    fn into_list(mut self) -> Vec<Remark> {
        if self.more > 0 {
            self.list.push(Remark {
                about: About::More,
                message: format!("{} more remarks were left out", self.more),
                place: None,
            });
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

/// The most values in a file. A value takes many times the memory of its text, so a large file of
/// nothing but commas could exhaust the memory.
const MOST_VALUES: usize = 4_000_000;

fn too_many(what: &str) -> String {
    format!(
        "it has more than {MOST_VALUES} {what}, which is the limit for one input; split the file"
    )
}

/// Refuses JSON, JSON Lines and TOML with too many values before any value is created. Counts the
/// characters that separate values, including line breaks.
fn bounded(text: &str) -> Result<&str, String> {
    let values = text
        .bytes()
        .filter(|b| matches!(b, b',' | b'[' | b'{' | b'=' | b'\n'));
    match values.count() > MOST_VALUES {
        true => Err(too_many("values")),
        false => Ok(text),
    }
}

fn json(text: &str) -> Result<Value, String> {
    let text = bounded(text)?;
    Value::parse_json(text).map_err(|e| match e.line {
        0 => e.message,
        line => format!("line {line}, column {}: {}", e.column, e.message),
    })
}

fn json_lines(text: &str) -> Result<Value, String> {
    bounded(text)?
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            Value::parse_json(line).map_err(|e| format!("line {}: {}", at + 1, e.message))
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Value::from)
}

fn toml(text: &str) -> Result<Value, String> {
    let text = bounded(text)?;
    let table: toml::Table = text.parse().map_err(|e| toml_error(text, &e))?;
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
