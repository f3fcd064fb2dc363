//! The input of a run as it is given: a value, the text of a file, or a file that was sent before.

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

/// The places of files that are read into values at one time, since each may take many times its
/// size of memory. An organization leaves room for the next one's, and small files do not wait for
/// large ones.
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

/// Bytes of a small file.
const SMALL: usize = 256 * 1024;

/// How long a start waits for such a place.
const READ_WAIT: Duration = Duration::from_secs(20);

/// Bytes of a run's input as JSON. A file of rows may be longer as JSON than it is.
const MAX_JSON: usize = 64 * 1024 * 1024;

/// An input as a caller gives it.
#[derive(Clone, Debug, Default)]
pub enum StartInput {
    /// None: an empty object.
    #[default]
    Nothing,
    /// A value.
    Value(Json),
    /// A file's text, read by its name as `--input-file` reads it.
    File {
        /// The file's name.
        name: String,
        /// Its content.
        text: String,
    },
    /// A file that was sent before.
    Upload(UploadId),
}

impl StartInput {
    /// Of what a request may have, at most one.
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
    /// The value, and what was guessed on the way.
    pub reading: Reading,
    /// The file's length as JSON; 0 for a value that came as it is.
    pub bytes: usize,
    /// The permit of a file; to be kept as long as the value.
    pub permit: Option<Permit>,
}

/// How a file is read as an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPreview {
    /// How the input begins, as JSON: at most [`PREVIEW_BYTES`] bytes.
    pub start: String,
    /// The length of the input as JSON, in bytes.
    pub bytes: usize,
    /// How many rows it has, when it is a table or a list: an object of nothing but `rows`.
    pub rows: Option<usize>,
    /// What was guessed in reading it.
    pub remarks: Vec<Remark>,
}

/// Bytes of JSON in a preview.
const PREVIEW_BYTES: usize = 4_000;

/// Reads a file as a start would, and starts nothing.
pub async fn preview_input(ctx: &Ctx, given: StartInput) -> Result<InputPreview> {
    ctx.authorize(Permission::RunStart).await?;
    if !matches!(given, StartInput::File { .. } | StartInput::Upload(_)) {
        return Err(RunError::NoFile.into());
    }
    let input = read(ctx, given).await?;
    // Even to drop a value of millions of parts takes its time.
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

/// The input, with what was guessed on the way.
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

/// A place among those that read files, in turn.
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
    let size = uploads::size(ctx, id).await?;
    let permit = permit(ctx, size).await?;
    let (upload, bytes) = uploads::content(ctx, id).await?;
    blocking(move || {
        let name = input_file::named(&upload.name, &upload.media_type);
        let reading = input_file::read(&name, &bytes).map_err(RunError::InputUpload)?;
        Ok(Input {
            bytes: check("inputUpload", &reading.value)?,
            reading,
            // Kept until the work is done, whether its caller waits or not.
            permit: Some(permit),
        })
    })
    .await
}

/// Checks that a file's value can be an input (not too long as JSON, no NUL), and gives its length
/// as JSON.
fn check(field: &str, value: &Value) -> Result<usize> {
    // Names stand once in a table's file and once in each of its rows, so the text is counted
    // before there is any.
    let mut counter = json::Counter::up_to(MAX_JSON);
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
    fn nul_is_refused_wherever_it_is_and_other_escapes_are_not() {
        for bad in [r#"["a\u0000b"]"#, r#"{"k\u0000": 1}"#, r#""\u0000""#] {
            let value = Value::parse_json(bad).unwrap();
            assert!(check("inputUpload", &value).is_err(), "{bad}");
        }
        let good = Value::parse_json(r#"["\u0001", "\\u0000"]"#).unwrap();
        assert!(check("inputUpload", &good).is_ok());
    }
}
