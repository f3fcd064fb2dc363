//! The input of a run as it is given: a value, the text of a file, or a file that was sent before.

use std::{io, sync::LazyLock, time::Duration};

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
///
/// The permit is that of a file that was sent before; it is to be kept as long as the value.
pub async fn read(ctx: &Ctx, start: Start) -> Result<(Reading, Option<Permit>)> {
    if let (None, None, Some(id)) = (&start.input, &start.input_file, start.input_upload) {
        let (reading, place) = upload(ctx, id).await?;
        return Ok((reading, Some(place)));
    }
    Ok((sent(start).await?, None))
}

/// An input that came with the request.
async fn sent(start: Start) -> Result<Reading> {
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
            blocking(move || {
                let reading =
                    input_file::read_text(&name, &content).map_err(RunError::InputFile)?;
                check("inputFile", &reading.value)?;
                Ok(reading)
            })
            .await
        }
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

async fn upload(ctx: &Ctx, id: UploadId) -> Result<(Reading, Permit)> {
    let place = READERS.acquire(ctx.org.0.as_u128());
    let place: Permit = tokio::time::timeout(PATIENCE, place)
        .await
        .map_err(|_| RunError::ReadersBusy)?;
    let (upload, bytes) = uploads::content(ctx, id).await?;
    blocking(move || {
        let name = input_file::named(&upload.name, &upload.media_type);
        let reading = input_file::read(&name, &bytes).map_err(RunError::InputUpload)?;
        check("inputUpload", &reading.value)?;
        // Kept until the work is done, whether its caller waits or not.
        Ok((reading, place))
    })
    .await
}

/// What a file came to must be an input: not too long as JSON, and without NUL.
fn check(field: &str, value: &Value) -> Result<()> {
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
    Ok(())
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
    fn nul_is_refused_wherever_it_is_and_other_escapes_are_not() {
        for bad in [r#"["a\u0000b"]"#, r#"{"k\u0000": 1}"#, r#""\u0000""#] {
            let value = Value::parse_json(bad).unwrap();
            assert!(check("inputUpload", &value).is_err(), "{bad}");
        }
        let good = Value::parse_json(r#"["\u0001", "\\u0000"]"#).unwrap();
        assert!(check("inputUpload", &good).is_ok());
    }
}
