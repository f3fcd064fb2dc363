//! The input of a run as it is given: a value, the text of a file, or a file that was sent before.

use components::input_file::{self, Reading};
use engine::{Map, Value};
use serde_json::Value as Json;
use tokio::sync::Semaphore;
use types::{ErrorCode, UploadId};

use super::{RunError, Start, details::blocking};
use crate::{
    Ctx,
    error::{AppError, Result},
    text, uploads,
};

/// Files that are read into values at one time: each may take many times its size of memory.
static READERS: Semaphore = Semaphore::const_new(2);

/// Bytes of a run's input as JSON. A file of rows may be longer as JSON than it is.
const MAX_JSON: usize = 64 * 1024 * 1024;

/// The input, with what was guessed on the way; an empty object when none is given.
pub async fn input(ctx: &Ctx, start: Start) -> Result<Reading> {
    let plain = |value| Reading {
        value,
        remarks: Vec::new(),
    };
    match (start.input, start.input_file, start.input_upload) {
        (None, None, None) => Ok(plain(Value::Map(Map::default().into()))),
        (Some(json), None, None) => value(&json).map(plain),
        (None, Some((name, content)), None) => {
            text::no_nul("inputFile", &name)?;
            text::no_nul("inputFile", &content)?;
            let read = move || input_file::read_text(&name, &content).map_err(RunError::InputFile);
            checked("inputFile", read).await
        }
        (None, None, Some(id)) => upload(ctx, id).await,
        _ => Err(RunError::TwoInputs.into()),
    }
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

async fn upload(ctx: &Ctx, id: UploadId) -> Result<Reading> {
    let _place = READERS.acquire().await.map_err(AppError::internal)?;
    let (upload, bytes) = uploads::content(ctx, id).await?;
    checked("inputUpload", move || {
        let name = input_file::named(&upload.name, &upload.media_type);
        input_file::read(&name, &bytes).map_err(RunError::InputUpload)
    })
    .await
}

/// Reads on a thread that may take its time.
async fn checked(
    field: &'static str,
    read: impl FnOnce() -> Result<Reading, RunError> + Send + 'static,
) -> Result<Reading> {
    blocking(move || {
        let reading = read()?;
        // A file of JSON may write NUL as an escape.
        let json = reading.value.to_json();
        if json.len() > MAX_JSON {
            let long = format!(
                "{field}: is {} bytes long as JSON; an input can have {MAX_JSON}",
                json.len()
            );
            return Err(AppError::new(ErrorCode::LimitExceeded, long));
        }
        if json.contains("\\u0000") {
            text::json_no_nul(field, &reading.value.to_serde())?;
        }
        Ok(reading)
    })
    .await
}
