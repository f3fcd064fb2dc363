//! A value of a run that may be too large for one response.

use async_graphql::{Context, Description, Object, SimpleObject};
use domain::runs::{self, Content};
use types::{ErrorCode, RunId};

use super::{
    super::{
        Loaders, caller, cost,
        scalars::{Json, Text},
    },
    count,
};
use crate::{
    error::ApiError,
    links::{self, Part},
};

/// A value of a run as JSON text: its size, and ways to read it when it is too large for one
/// response.
#[derive(Description)]
pub struct RunValue {
    /// The value.
    pub content: Content,
    /// The run that it belongs to.
    pub run: RunId,
    /// Whether it is the input or the output.
    pub part: Part,
    /// The address of the stage that the value belongs to; `None` for the run's own value.
    pub stage: Option<String>,
}

/// A part of a value's JSON text.
#[derive(SimpleObject)]
pub struct ValuePage {
    /// The text. Characters are never split.
    text: Text,
    /// The offset of the next part; null at the end.
    next_offset: Option<i32>,
}

#[Object(use_type_description)]
impl RunValue {
    /// The length of the value's JSON in bytes of UTF-8.
    async fn bytes(&self) -> i32 {
        count(self.content.size)
    }

    /// The media type, always `application/json`.
    async fn media_type(&self) -> &str {
        runs::MEDIA_TYPE
    }

    /// Whether the value is longer than 1 MiB. The field `input` or `output` is then null although
    /// there is a value; read it with `text`, or from `downloadUrl`.
    async fn truncated(&self) -> bool {
        self.content.is_truncated()
    }

    /// The beginning of the JSON, at most 160 bytes.
    async fn preview(&self) -> &str {
        &self.content.preview
    }

    /// A part of the JSON: up to `length` bytes (at most 262,144), starting at byte `offset`.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn text(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] offset: i32,
        #[graphql(default = 65_536)] length: i32,
    ) -> Result<ValuePage, ApiError> {
        let offset = u64::try_from(offset)
            .map_err(|_| invalid(format!("offset: is {offset}; offsets begin at 0")))?;
        let length = u64::try_from(length)
            .ok()
            .filter(|length| (1..=runs::PIECE).contains(length))
            .ok_or_else(|| {
                invalid(format!(
                    "length: is {length}; it must be 1 to {}",
                    runs::PIECE
                ))
            })?;
        let (text, next) = runs::text_piece(caller(ctx)?, &self.content, offset, length).await?;
        Ok(ValuePage {
            text: Text(text.into()),
            next_offset: next.map(count),
        })
    }

    /// The path of the value's JSON on this server, for requests with the same session or API key.
    /// Range requests are supported.
    async fn download_url(&self) -> String {
        links::download(self.run, self.part, self.stage.as_deref())
    }
}

fn invalid(text: String) -> ApiError {
    ApiError::new(ErrorCode::InvalidInput, text)
}

/// The whole value; `None` if it is too large for a response.
pub async fn whole(ctx: &Context<'_>, content: &Content) -> Result<Option<Json>, ApiError> {
    if content.is_truncated() {
        return Ok(None);
    }
    match content.to_load() {
        None => Ok(content.value()?.as_ref().map(Json::from)),
        Some(name) => {
            let value = Loaders::of(ctx)?.stored_value(name).await?;
            Ok(Some(Json::from(&value)))
        }
    }
}
