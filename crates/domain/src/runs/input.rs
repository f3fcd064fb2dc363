//! The input of a run as it is given: a value, the text of a file, or a file that was sent before.

use std::{io, sync::LazyLock, time::Duration};

use components::input_file::{self, Reading, Remark};
use engine::{
    Map, Value,
    limits::{Gate, Permit},
};
use serde_json::Value as Json;
use types::{ErrorCode, UploadId};

use super::{RunError, details::blocking};
use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
    text, uploads,
};

/// Files that are read into values at one time, since each may take many times its size of memory:
/// one of an organization, so that there is room for the next one's.
static READERS: LazyLock<Gate> = LazyLock::new(|| Gate::leaving_room(2));

/// How long a start waits until its file is read.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes of a run's input as JSON. A file of rows may be longer as JSON than it is.
const MAX_JSON: usize = 64 * 1024 * 1024;

/// An input as a caller gives it; of the three at most one. Nothing is an empty object.
#[derive(Clone, Debug, Default)]
pub struct StartInput {
    /// The value.
    pub value: Option<Json>,
    /// A file's name and text, read as `--input-file` is.
    pub file: Option<(String, String)>,
    /// A file that was sent before.
    pub upload: Option<UploadId>,
}

impl From<Json> for StartInput {
    fn from(value: Json) -> Self {
        Self {
            value: Some(value),
            ..Self::default()
        }
    }
}

/// An input that was read.
pub struct Input {
    /// The value, and what was guessed on the way.
    pub reading: Reading,
    /// Its length as JSON, when it is a file's.
    pub bytes: Option<usize>,
    /// The place of a file that was sent before; to be kept as long as the value.
    pub place: Option<Permit>,
}

/// What a file is as an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPreview {
    /// How the input begins, as JSON: at most [`SHOWN`] bytes.
    pub start: String,
    /// The length of the input as JSON, in bytes.
    pub bytes: usize,
    /// How many rows it has, when it is a table or a list.
    pub rows: Option<usize>,
    /// What was guessed in reading it.
    pub remarks: Vec<Remark>,
}

/// Bytes of JSON in a preview.
const SHOWN: usize = 4_000;

/// Reads a file as a start would, and starts nothing.
pub async fn preview_input(ctx: &Ctx, given: StartInput) -> Result<InputPreview> {
    ctx.authorize(Permission::RunStart).await?;
    let read = read(ctx, given).await?;
    let value = read.reading.value;
    let mut start = Head::default();
    // An error is the end of the room.
    let _ = serde_json::to_writer(&mut start, &value);
    let rows = value.get("rows").and_then(Value::as_list);
    Ok(InputPreview {
        start: start.text(),
        bytes: read.bytes.unwrap_or(start.0.len()),
        rows: rows.map(<[Value]>::len),
        remarks: read.reading.remarks,
    })
}

/// The input, with what was guessed on the way.
pub async fn read(ctx: &Ctx, given: StartInput) -> Result<Input> {
    let plain = |value| Input {
        reading: Reading {
            value,
            remarks: Vec::new(),
        },
        bytes: None,
        place: None,
    };
    match (given.value, given.file, given.upload) {
        (None, None, None) => Ok(plain(Value::Map(Map::default().into()))),
        (Some(json), None, None) => value(&json).map(plain),
        (None, Some((name, content)), None) => file(name, content).await,
        (None, None, Some(id)) => upload(ctx, id).await,
        _ => Err(RunError::TwoInputs.into()),
    }
}

async fn file(name: String, content: String) -> Result<Input> {
    text::no_nul("inputFile", &name)?;
    text::no_nul("inputFile", &content)?;
    blocking(move || {
        let reading = input_file::read_text(&name, &content).map_err(RunError::InputFile)?;
        Ok(Input {
            bytes: Some(check("inputFile", &reading.value)?),
            reading,
            place: None,
        })
    })
    .await
}

/// A value as it came.
pub fn value(json: &Json) -> Result<Value> {
    text::json_no_nul("input", json)?;
    if json.is_null() {
        return Ok(Value::Map(Map::default().into()));
    }
    Value::from_json(json)
        .map_err(|e| AppError::new(ErrorCode::ValueOutOfRange, format!("input: {e}")))
}

async fn upload(ctx: &Ctx, id: UploadId) -> Result<Input> {
    let place = READERS.acquire(ctx.org.0.as_u128());
    let place: Permit = tokio::time::timeout(PATIENCE, place)
        .await
        .map_err(|_| RunError::ReadersBusy)?;
    let (upload, bytes) = uploads::content(ctx, id).await?;
    blocking(move || {
        let name = input_file::named(&upload.name, &upload.media_type);
        let reading = input_file::read(&name, &bytes).map_err(RunError::InputUpload)?;
        Ok(Input {
            bytes: Some(check("inputUpload", &reading.value)?),
            reading,
            // Kept until the work is done, whether its caller waits or not.
            place: Some(place),
        })
    })
    .await
}

/// What a file came to must be an input: not too long as JSON, and without NUL. Gives its length as
/// JSON.
fn check(field: &str, value: &Value) -> Result<usize> {
    // Names stand once in a table's file and once in each of its rows, so the text is counted
    // before there is any.
    let mut counter = Counter::default();
    if serde_json::to_writer(&mut counter, value).is_err() {
        let long = format!(
            "{field}: is longer than {MAX_JSON} bytes as JSON, which is the most that an input can \
             have; shorten the names of its columns, or split it"
        );
        return Err(AppError::new(ErrorCode::LimitExceeded, long));
    }
    // A file of JSON may write NUL as an escape.
    if counter.escapes {
        text::json_no_nul(field, &value.to_serde())?;
    }
    Ok(counter.length)
}

/// The first [`SHOWN`] bytes of JSON.
#[derive(Default)]
struct Head(Vec<u8>);

impl Head {
    /// Without a character that was cut in two.
    fn text(&self) -> String {
        match std::str::from_utf8(&self.0) {
            Ok(text) => text.to_owned(),
            Err(cut) => String::from_utf8_lossy(&self.0[..cut.valid_up_to()]).into_owned(),
        }
    }
}

impl io::Write for Head {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = SHOWN - self.0.len();
        self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
        match bytes.len() > room {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts the bytes of JSON, up to [`MAX_JSON`].
#[derive(Default)]
struct Counter {
    length: usize,
    /// Whether there is an escape by code point, as NUL is written.
    escapes: bool,
}

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.length += bytes.len();
        self.escapes |= bytes.starts_with(b"\\u");
        match self.length > MAX_JSON {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_in_many_rows_is_refused_before_its_json_is_made() {
        let name: std::sync::Arc<str> = "n".repeat(100_000).into();
        let rows: Value = (0..1_000)
            .map(|_| Value::from_iter([(name.clone(), Value::from(1i64))]))
            .collect();
        let error = check("inputFile", &rows).unwrap_err();
        assert_eq!(error.code, ErrorCode::LimitExceeded);
    }

    #[test]
    fn the_start_of_a_long_value_is_whole_characters_and_bounded() {
        let mut start = Head::default();
        let long = Value::from("é".repeat(1_000_000));
        assert!(serde_json::to_writer(&mut start, &long).is_err());
        // A quote, then two bytes each: the last of the room would be half a character.
        assert_eq!(start.text().len(), SHOWN - 1);
        let mut start = Head::default();
        serde_json::to_writer(&mut start, &Value::from("a")).unwrap();
        assert_eq!(start.text(), "\"a\"");
    }

    #[test]
    fn nul_is_refused_wherever_it_is_and_other_escapes_are_not() {
        for bad in [r#"["a\u0000b"]"#, r#"{"k\u0000": 1}"#, r#""\u0000""#] {
            let value = Value::parse_json(bad).unwrap();
            assert!(check("inputUpload", &value).is_err(), "{bad}");
        }
        let good = Value::parse_json(r#"["\u0001", "\\u0000"]"#).unwrap();
        assert!(check("inputUpload", &good).is_ok());
    }
}
