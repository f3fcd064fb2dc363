//! The input of a run as callers give it: a value, the text of a file, or an upload.

use std::time::Duration;

use components::input_file::{self, Reading, Remark};
use engine::{
    Map, Value,
    limits::{Gate, Permit},
};
use serde_json::Value as Json;
use types::{ErrorCode, UploadId};

use super::RunError;
use crate::{
    Ctx,
    access::Permission,
    blocking::blocking,
    error::{AppError, Result},
    json, text, uploads,
};

/// Limits how many files are read at once, because each may take many times its size in memory. An
/// organization cannot take all permits, and small files do not wait for large ones.
struct Readers {
    small: Gate,
    large: Gate,
}

impl Default for Readers {
    fn default() -> Self {
        Self {
            small: Gate::leaving_room(4),
            large: Gate::leaving_room(2),
        }
    }
}

/// The largest size of a small file, in bytes.
const SMALL: usize = 256 * 1024;

/// How long a request waits for a permit to read a file.
const READ_WAIT: Duration = Duration::from_secs(20);

/// The largest input of a run, in bytes of JSON. A table may be longer as JSON than as a file.
const MAX_JSON: usize = 64 * 1024 * 1024;

/// An input as a caller gives it.
#[derive(Clone, Debug, Default)]
pub enum StartInput {
    /// No input, which is an empty object.
    #[default]
    Nothing,
    /// A value.
    Value(Json),
    /// The text of a file. The name decides how it is read, as with `--input-file`.
    File {
        /// The file's name.
        name: String,
        /// Its content.
        text: String,
    },
    /// A file that was uploaded before.
    Upload(UploadId),
}

impl StartInput {
    /// The input of a request, which may have at most one of the three kinds.
    pub fn one_of(
        value: Option<Json>,
        file: Option<(String, String)>,
        upload: Option<UploadId>,
    ) -> Result<Self> {
        match (value, file, upload) {
            (None, None, None) => Ok(Self::Nothing),
            (Some(value), None, None) => Ok(Self::Value(value)),
            (None, Some((name, text)), None) => Ok(Self::File { name, text }),
            (None, None, Some(upload)) => Ok(Self::Upload(upload)),
            _ => Err(RunError::TwoInputs.into()),
        }
    }
}

impl From<Json> for StartInput {
    fn from(value: Json) -> Self {
        Self::Value(value)
    }
}

/// An input that was read.
pub struct Input {
    /// The value, and the remarks about reading it.
    pub reading: Reading,
    /// The length as JSON, in bytes, of a value that was read from a file; otherwise 0.
    pub bytes: usize,
    /// The permit for reading a file, to be held as long as the value.
    pub permit: Option<Permit>,
}

/// A preview of a file as an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPreview {
    /// The start of the input as JSON: at most [`PREVIEW_BYTES`] bytes.
    pub start: String,
    /// The length of the input as JSON, in bytes.
    pub bytes: usize,
    /// The number of rows if the file is a table or a list, that is, if the input is an object with
    /// `rows` as its only key.
    pub rows: Option<usize>,
    /// Notes about what was guessed or left out when the file was read.
    pub remarks: Vec<Remark>,
}

/// The largest preview, in bytes of JSON.
const PREVIEW_BYTES: usize = 4_000;

/// Reads a file in the same way as a start, without starting a run.
pub async fn preview_input(ctx: &Ctx, given: StartInput) -> Result<InputPreview> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
    if !matches!(given, StartInput::File { .. } | StartInput::Upload(_)) {
        return Err(RunError::NoFile.into());
    }
    let input = read(ctx, given).await?;
    // Even dropping a value with millions of parts takes time.
    blocking(move || {
        let value = &input.reading.value;
        let only = value.as_map().filter(|map| map.len() == 1);
        let rows = only
            .and_then(|map| map.get("rows"))
            .and_then(Value::as_list);
        Ok(InputPreview {
            start: json::start(value, PREVIEW_BYTES),
            bytes: input.bytes,
            rows: rows.map(<[Value]>::len),
            remarks: input.reading.remarks,
        })
    })
    .await
}

/// Reads an input, with the remarks about reading it.
pub async fn read(ctx: &Ctx, given: StartInput) -> Result<Input> {
    let plain = |value| Input {
        reading: Reading {
            value,
            remarks: Vec::new(),
        },
        bytes: 0,
        permit: None,
    };
    match given {
        StartInput::Nothing => Ok(plain(Value::Map(Map::default().into()))),
        StartInput::Value(json) => value(&json).map(plain),
        StartInput::File { name, text } => file(ctx, name, text).await,
        StartInput::Upload(id) => upload(ctx, id).await,
    }
}

/// Waits for a permit to read a file of this size. `RATE_LIMITED` if none becomes free in time.
async fn permit(ctx: &Ctx, bytes: usize) -> Result<Permit> {
    let readers = ctx.app.state::<Readers>();
    let gate = match bytes <= SMALL {
        true => &readers.small,
        false => &readers.large,
    };
    let permit = gate.acquire(ctx.org.0.as_u128());
    let permit = tokio::time::timeout(READ_WAIT, permit).await;
    Ok(permit.map_err(|_| RunError::ReadersBusy)?)
}

async fn file(ctx: &Ctx, name: String, content: String) -> Result<Input> {
    text::no_nul("inputFile.name", &name)?;
    text::visible("inputFile.name", &name)?;
    text::no_nul("inputFile", &content)?;
    let permit = permit(ctx, content.len()).await?;
    blocking(move || {
        let reading = input_file::read_text(&name, &content).map_err(RunError::InputFile)?;
        Ok(Input {
            bytes: check("inputFile", &reading.value)?,
            reading,
            permit: Some(permit),
        })
    })
    .await
}

/// Converts a value from the request. Null is an empty object.
pub fn value(json: &Json) -> Result<Value> {
    text::json_no_nul("input", json)?;
    if json.is_null() {
        return Ok(Value::Map(Map::default().into()));
    }
    Value::from_json(json)
        .map_err(|e| AppError::new(ErrorCode::ValueOutOfRange, format!("input: {e}")))
}

async fn upload(ctx: &Ctx, id: UploadId) -> Result<Input> {
    let size = uploads::size(ctx, id).await?;
    let permit = permit(ctx, size).await?;
    let (upload, bytes) = uploads::content(ctx, id).await?;
    blocking(move || {
        let name = input_file::named(&upload.name, &upload.media_type);
        let reading = input_file::read(&name, &bytes).map_err(RunError::InputUpload)?;
        Ok(Input {
            bytes: check("inputUpload", &reading.value)?,
            reading,
            // Held until the work is done, even if the caller stops waiting.
            permit: Some(permit),
        })
    })
    .await
}

/// Checks that a file's value can be an input: not too long as JSON, and without NUL. Returns its
/// length as JSON, in bytes.
fn check(field: &str, value: &Value) -> Result<usize> {
    // A table's file has each column name once, its JSON once per row. The JSON may therefore be
    // far longer than the file, so its length is counted before it is built.
    let mut counter = json::Counter::up_to(MAX_JSON);
    if serde_json::to_writer(&mut counter, value).is_err() {
        let long = format!(
            "{field}: is longer than {MAX_JSON} bytes as JSON, which is the limit for an input; \
             shorten the column names, or split the file"
        );
        return Err(AppError::new(ErrorCode::LimitExceeded, long));
    }
    // A JSON file may contain NUL as an escape.
    if counter.escapes {
        text::json_no_nul(field, &value.to_serde())?;
    }
    Ok(counter.length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_in_many_rows_is_refused_before_its_json_is_built() {
        let name: std::sync::Arc<str> = "n".repeat(100_000).into();
        let rows: Value = (0..1_000)
            .map(|_| Value::from_iter([(name.clone(), Value::from(1i64))]))
            .collect();
        let error = check("inputFile", &rows).unwrap_err();
        assert_eq!(error.code, ErrorCode::LimitExceeded);
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
