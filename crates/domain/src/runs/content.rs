//! The values of a run: small ones whole, large ones in pieces.
//!
//! Where a value is stored (in a row, in the journal, as an artifact) is decided by its size and is
//! known here only.

use std::sync::{Arc, OnceLock};

use engine::{
    Value,
    run::{ArtifactRef, artifact_ref, sha256_hex},
};

use types::ErrorCode;

use super::repo;
use crate::{
    Ctx,
    access::Permission,
    blocking::blocking,
    error::{AppError, Result},
    json,
};

/// The longest JSON of a value that an answer holds as a whole, in bytes.
pub const SHOWN: u64 = 1024 * 1024;

/// What all values are.
pub const MEDIA_TYPE: &str = "application/json";

/// Bytes that are read of a stored value in one statement.
pub const PIECE: u64 = 256 * 1024;

/// Bytes of a preview.
const PREVIEW: usize = 160;

/// Bytes of the JSON of a value that is made for who looks at it, such as a stage's input.
const MADE: usize = 64 * 1024 * 1024;

fn too_long() -> AppError {
    AppError::new(
        ErrorCode::LimitExceeded,
        format!(
            "The value is longer than {} MiB as JSON and cannot be shown here. Read the outputs of \
             the stages that it is made of",
            MADE >> 20
        ),
    )
}

/// A value of a run, as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The bytes of the JSON.
    pub size: u64,
    /// How the JSON begins.
    pub preview: String,
    source: Source,
}

#[derive(Clone, Debug, PartialEq)]
enum Source {
    /// The value, once it was read.
    Text(Arc<str>, Arc<OnceLock<Value>>),
    /// A value whose text would be long.
    Held(Value),
    /// By hash, in the organization's artifacts.
    Stored(String),
}

impl Content {
    /// A value as a journal has it: perhaps a reference.
    pub fn journalled(value: &Value) -> Self {
        match artifact_ref(value) {
            Some(stored) => Self::stored(stored),
            None => Self::text(value.to_json()),
        }
    }

    /// The input or output in a run's row: a value, or a reference as a journal has it.
    pub(super) fn row_value(text: &str) -> Result<Self> {
        // Data that looks like a reference is always stored, so this cannot be data.
        if text.starts_with("{\"$artifact\"") {
            let value = Value::parse_json(text).map_err(AppError::internal)?;
            return Ok(Self::journalled(&value));
        }
        Ok(Self::text(text))
    }

    /// JSON that is a value itself, whatever it looks like.
    pub fn text(json: impl Into<Arc<str>>) -> Self {
        let json = json.into();
        let end = json.floor_char_boundary(PREVIEW);
        Self {
            size: json.len() as u64,
            preview: json[..end].to_owned(),
            source: Source::Text(json, Arc::default()),
        }
    }

    /// A value that was made, of which nobody knows how long its JSON is: parts of it may stand in
    /// it many times.
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

    /// The same with its text at hand, for those who read all of it in pieces.
    pub async fn in_text(self) -> Result<Self> {
        match self.source {
            Source::Held(value) => blocking(move || Ok(Self::text(value.to_json()))).await,
            _ => Ok(self),
        }
    }

    /// Whether its text, as long as it is held, takes much memory.
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

    /// Whether the value is too large to stand in an answer as a whole.
    pub fn is_truncated(&self) -> bool {
        self.size > SHOWN
    }

    /// The name by which the value has to be loaded; `None`: it is here.
    pub fn to_load(&self) -> Option<&str> {
        match &self.source {
            Source::Stored(sha256) => Some(sha256),
            Source::Text(..) | Source::Held(_) => None,
        }
    }

    /// The value, if it is here.
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

    /// A name of these bytes, which never names other ones.
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

/// Up to `length` bytes (at most [`PIECE`] at once) of a value's JSON from the byte `offset` on.
pub async fn piece(ctx: &Ctx, content: &Content, offset: u64, length: u64) -> Result<Vec<u8>> {
    ctx.authorize(Permission::RunRead).await?;
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
                .ok_or_else(|| AppError::internal(format!("the artifact {sha256} is not whole")))
        }
    }
}

/// Up to `length` bytes of a value's JSON as text, and the offset of what follows. Both ends are
/// moved forward to the beginning of a character.
pub async fn text_piece(
    ctx: &Ctx,
    content: &Content,
    offset: u64,
    length: u64,
) -> Result<(String, Option<u64>)> {
    // Room to end a character of up to four bytes.
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

/// The whole value of one run, however long.
pub(super) async fn whole(ctx: &Ctx, content: &Content) -> Result<Value> {
    if let Some(value) = content.value()? {
        return Ok(value);
    }
    let names: Vec<String> = content.to_load().map(str::to_owned).into_iter().collect();
    let found = stored_values(ctx, &names, usize::MAX).await?;
    let found = found.and_then(|mut found| found.pop());
    found
        .map(|(_, value)| value)
        .ok_or_else(|| AppError::internal("an artifact is not there"))
}

/// Those values of these names that there are; `None` when they come to more than `room` bytes.
pub async fn stored_values(
    ctx: &Ctx,
    names: &[String],
    room: usize,
) -> Result<Option<Vec<(String, Value)>>> {
    ctx.authorize(Permission::RunRead).await?;
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
    fn data_that_only_looks_like_a_reference_is_a_value_where_it_is_not_the_journal_s() {
        let mine = r#"{"$artifact":{"sha256":"00","size":3,"preview":"x"}}"#;
        assert_eq!(Content::text(mine).to_load(), None);
        let stored = Content::row_value(mine).unwrap();
        assert_eq!((stored.to_load(), stored.size), (Some("00"), 3));
        assert_eq!(Content::row_value("{\"a\":1}").unwrap().to_load(), None);
    }
}
