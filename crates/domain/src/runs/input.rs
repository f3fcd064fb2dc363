//! The input of a run as it is given: a value, the text of a file, or a file that was sent before.

use std::{sync::LazyLock, time::Duration};

use components::input_file::{self, Reading};
use engine::{
    Map, Value,
    limits::{Gate, Permit},
};
use serde_json::Value as Json;
use types::{ErrorCode, UploadId};

use super::{RunError, Start, details::blocking};
use crate::{
    Ctx,
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

/// The input, with what was guessed on the way; an empty object when none is given.
pub async fn read(ctx: &Ctx, start: Start) -> Result<Reading> {
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
    let place = READERS.acquire(ctx.org.0.as_u128());
    let place: Permit = tokio::time::timeout(PATIENCE, place)
        .await
        .map_err(|_| RunError::ReadersBusy)?;
    let (upload, bytes) = uploads::content(ctx, id).await?;
    checked("inputUpload", move || {
        // Until the work is done, whether its caller waits or not.
        let _place = place;
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
