//! Reads the values of a run: small ones whole, large ones in pieces.
//!
//! A value is stored in a row, in the journal or as an artifact, depending on its size. Only this
//! module distinguishes these cases when reading.

use std::sync::{Arc, OnceLock};

use engine::{
    Value,
    run::{ArtifactRef, artifact_ref, sha256_hex},
};

use types::ErrorCode;

use super::{repo, seen};
use crate::{
    Ctx,
    blocking::blocking,
    error::{AppError, Result},
    json,
};

/// The largest value that a response contains whole, in bytes of JSON.
pub const SHOWN: u64 = 1024 * 1024;

/// The media type of all values.
pub const MEDIA_TYPE: &str = "application/json";

/// The largest piece of a stored value that is read in one statement, in bytes.
pub const PIECE: u64 = 256 * 1024;

/// The largest preview, in bytes.
const PREVIEW: usize = 160;

/// The largest value that is computed for display, such as a stage's input, in bytes of JSON.
const MADE: usize = 64 * 1024 * 1024;

fn too_long() -> AppError {
    AppError::new(
        ErrorCode::LimitExceeded,
        format!(
            "The value is longer than {} MiB as JSON and cannot be shown here. Read the outputs of \
             the stages from which it is computed",
            MADE >> 20
        ),
    )
}

/// A value of a run, as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The size of the JSON, in bytes.
    pub size: u64,
    /// The start of the JSON, at most 160 bytes.
    pub preview: String,
    source: Source,
}

#[derive(Clone, Debug, PartialEq)]
enum Source {
    /// The JSON, and the value once it has been parsed.
    Text(Arc<str>, Arc<OnceLock<Value>>),
    /// A value whose JSON would be long.
    Held(Value),
    /// The hash of one of the organization's artifacts.
    Stored(String),
}

impl Content {
    /// A value from a journal, which may be a reference to an artifact.
    pub fn journalled(value: &Value) -> Self {
        match artifact_ref(value) {
            Some(stored) => Self::stored(stored),
            None => Self::text(value.to_json()),
        }
    }

    /// The input or output from a run's row: a value, or a reference like those in a journal.
    pub(super) fn row_value(text: &str) -> Result<Self> {
        // Data that looks like a reference is always stored as an artifact, so this is a reference.
        if text.starts_with("{\"$artifact\"") {
            let value = Value::parse_json(text).map_err(AppError::internal)?;
            return Ok(Self::journalled(&value));
        }
        Ok(Self::text(text))
    }

    /// JSON that is a value itself, even if it looks like a reference.
    pub fn text(json: impl Into<Arc<str>>) -> Self {
        let json = json.into();
        let end = json.floor_char_boundary(PREVIEW);
        Self {
            size: json.len() as u64,
            preview: json[..end].to_owned(),
            source: Source::Text(json, Arc::default()),
        }
    }

    /// A computed value. The length of its JSON is unknown, because the same part may occur in it
    /// many times. `LIMIT_EXCEEDED` if the JSON is too long.
    pub async fn made(value: Value) -> Result<Self> {
        blocking(move || {
            let size = json::length(&value, MADE).ok_or_else(too_long)?;
            if size as u64 <= SHOWN {
                return Ok(Self::text(value.to_json()));
            }
            Ok(Self {
                size: size as u64,
                preview: json::start(&value, PREVIEW),
                source: Source::Held(value),
            })
        })
        .await
    }

    /// The same content with its JSON in memory, for callers that read all of it in pieces.
    pub async fn in_text(self) -> Result<Self> {
        match self.source {
            Source::Held(value) => blocking(move || Ok(Self::text(value.to_json()))).await,
            _ => Ok(self),
        }
    }

    /// Whether [`in_text`](Self::in_text) would take much memory.
    pub fn is_heavy(&self) -> bool {
        matches!(self.source, Source::Held(_))
    }

    fn stored(stored: ArtifactRef) -> Self {
        Self {
            size: stored.size,
            preview: stored.preview,
            source: Source::Stored(stored.sha256),
        }
    }

    /// Whether the value is too large for a response to contain it whole.
    pub fn is_truncated(&self) -> bool {
        self.size > SHOWN
    }

    /// The hash of the artifact that must be loaded; `None` if the value is in memory.
    pub fn to_load(&self) -> Option<&str> {
        match &self.source {
            Source::Stored(sha256) => Some(sha256),
            Source::Text(..) | Source::Held(_) => None,
        }
    }

    /// The value, if it is in memory.
    pub fn value(&self) -> Result<Option<Value>> {
        match &self.source {
            Source::Text(text, parsed) => {
                if let Some(value) = parsed.get() {
                    return Ok(Some(value.clone()));
                }
                let value = Value::parse_json(text).map_err(AppError::internal)?;
                Ok(Some(parsed.get_or_init(|| value).clone()))
            }
            Source::Held(value) => Ok(Some(value.clone())),
            Source::Stored(_) => Ok(None),
        }
    }

    /// The hash of the JSON, which identifies its bytes.
    pub async fn tag(&self) -> Result<String> {
        match &self.source {
            Source::Text(text, _) => {
                let text = text.clone();
                blocking(move || Ok(sha256_hex(text.as_bytes()))).await
            }
            Source::Held(value) => {
                let value = value.clone();
                blocking(move || Ok(sha256_hex(value.to_json().as_bytes()))).await
            }
            Source::Stored(sha256) => Ok(sha256.clone()),
        }
    }
}

/// Up to `length` bytes of a value's JSON from the byte `offset` on, at most [`PIECE`] in one call.
pub async fn piece(ctx: &Ctx, content: &Content, offset: u64, length: u64) -> Result<Vec<u8>> {
    seen::some(ctx).await?;
    let length = length.min(PIECE).min(content.size.saturating_sub(offset));
    if length == 0 {
        return Ok(Vec::new());
    }
    match &content.source {
        Source::Text(text, _) => {
            let from = usize::try_from(offset).map_err(AppError::internal)?;
            let to = from + usize::try_from(length).map_err(AppError::internal)?;
            Ok(text.as_bytes().get(from..to).unwrap_or_default().to_vec())
        }
        Source::Held(value) => {
            let value = value.clone();
            let (offset, length) = (
                usize::try_from(offset).map_err(AppError::internal)?,
                usize::try_from(length).map_err(AppError::internal)?,
            );
            blocking(move || Ok(json::part(&value, offset, length))).await
        }
        Source::Stored(sha256) => {
            let found = repo::artifact_piece(ctx, sha256, offset, length).await?;
            found
                .filter(|bytes| bytes.len() as u64 == length)
                .ok_or_else(|| AppError::internal(format!("the artifact {sha256} is incomplete")))
        }
    }
}

/// Up to `length` bytes of a value's JSON as text, and the offset of the rest; `None` at the end.
/// Both ends are moved forward to the start of a character.
pub async fn text_piece(
    ctx: &Ctx,
    content: &Content,
    offset: u64,
    length: u64,
) -> Result<(String, Option<u64>)> {
    // Three more bytes, to complete a character of up to four bytes.
    let bytes = piece(ctx, content, offset, length.min(PIECE - 4) + 3).await?;
    let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let mut from = 0;
    while is_inside(from) {
        from += 1;
    }
    let mut to = usize::try_from(length)
        .unwrap_or(usize::MAX)
        .clamp(from, bytes.len().max(from));
    while is_inside(to) {
        to += 1;
    }
    let text = bytes.get(from..to).unwrap_or_default();
    let text = String::from_utf8(text.to_vec()).map_err(AppError::internal)?;
    let next = offset + to as u64;
    Ok((text, (next < content.size).then_some(next)))
}

/// The whole value, without a limit on its length.
pub(super) async fn whole(ctx: &Ctx, content: &Content) -> Result<Value> {
    if let Some(value) = content.value()? {
        return Ok(value);
    }
    let names: Vec<String> = content.to_load().map(str::to_owned).into_iter().collect();
    let found = stored_values(ctx, &names, usize::MAX).await?;
    let found = found.and_then(|mut found| found.pop());
    found
        .map(|(_, value)| value)
        .ok_or_else(|| AppError::internal("an artifact is missing"))
}

/// The stored values with these hashes that exist; `None` if they together exceed `room` bytes.
pub async fn stored_values(
    ctx: &Ctx,
    names: &[String],
    room: usize,
) -> Result<Option<Vec<(String, Value)>>> {
    seen::some(ctx).await?;
    let mut out = Vec::with_capacity(names.len());
    let mut room = room;
    for names in names.chunks(500) {
        let Some(rows) = repo::artifacts(ctx, names, room).await? else {
            return Ok(None);
        };
        for (sha256, body) in rows {
            room = room.saturating_sub(body.len());
            if sha256_hex(&body) != sha256 {
                return Err(AppError::internal(format!(
                    "the artifact {sha256} is damaged"
                )));
            }
            let value = Value::parse_json_bytes(&body).map_err(AppError::internal)?;
            out.push((sha256, value));
        }
    }
    Ok(Some(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_that_only_looks_like_a_reference_is_a_value_outside_the_journal() {
        let mine = r#"{"$artifact":{"sha256":"00","size":3,"preview":"x"}}"#;
        assert_eq!(Content::text(mine).to_load(), None);
        let stored = Content::row_value(mine).unwrap();
        assert_eq!((stored.to_load(), stored.size), (Some("00"), 3));
        assert_eq!(Content::row_value("{\"a\":1}").unwrap().to_load(), None);
    }
}
