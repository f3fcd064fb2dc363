//! Events of a journal, and text that a model is still writing.

use async_graphql::{SimpleObject, Union};
use chrono::{DateTime, Utc};
use domain::{host::stream::RunItem, runs};

use super::{super::scalars::Json, count};
use crate::error::ApiError;

/// One event of a run's journal.
#[derive(SimpleObject)]
pub struct RunEvent {
    /// 1, 2, 3 … without a gap.
    seq: i32,
    at: DateTime<Utc>,
    /// `stage.succeeded` …
    #[graphql(name = "type")]
    kind: String,
    /// The address of the stage it is about.
    stage: Option<String>,
    /// The other fields.
    body: Json,
}

/// Either a journal event, or text that a model is still writing (not journalled; appended to the
/// stage's text so far).
#[derive(Union)]
pub enum RunEventMessage {
    /// An event.
    RunEvent(RunEvent),
    /// Text.
    TokenChunk(TokenChunk),
}

/// Text that a model is still writing.
#[derive(SimpleObject)]
pub struct TokenChunk {
    /// The stage's address.
    stage: String,
    attempt: i32,
    /// How many characters came before.
    offset: i32,
    text: String,
}

impl TryFrom<runs::RunEvent> for RunEvent {
    type Error = ApiError;

    fn try_from(event: runs::RunEvent) -> Result<Self, ApiError> {
        Ok(Self {
            seq: count(event.seq),
            at: event.at,
            kind: event.kind,
            stage: event.stage,
            body: Json::of(&event.body)?,
        })
    }
}

impl TryFrom<RunItem> for RunEventMessage {
    type Error = ApiError;

    fn try_from(item: RunItem) -> Result<Self, ApiError> {
        Ok(match item {
            RunItem::Event(event) => {
                Self::RunEvent(runs::RunEvent::parse(&event.line)?.try_into()?)
            }
            RunItem::Chunk(chunk) => Self::TokenChunk(TokenChunk {
                stage: chunk.stage,
                attempt: count(chunk.attempt),
                offset: count(chunk.offset),
                text: chunk.text,
            }),
        })
    }
}
