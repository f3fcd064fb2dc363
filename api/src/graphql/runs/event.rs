//! Events of a run's journal, and text that a model is still writing.

use async_graphql::{SimpleObject, Union};
use chrono::{DateTime, Utc};
use domain::{host::stream::RunItem, runs};

use super::{super::scalars::Json, count};
use crate::error::ApiError;

/// One event of a run's journal.
#[derive(SimpleObject)]
pub struct RunEvent {
    /// The event's number in the journal: 1, 2, 3 …, without gaps.
    seq: i32,
    at: DateTime<Utc>,
    /// The event's type, such as `stage.succeeded`.
    #[graphql(name = "type")]
    kind: String,
    /// The address of the stage that the event is about.
    stage: Option<String>,
    /// The event's other fields.
    body: Json,
}

/// A journal event, or a piece of text that a model is still writing. The text is not in the
/// journal; append it to the stage's text so far.
#[derive(Union)]
pub enum RunEventMessage {
    /// An event.
    RunEvent(RunEvent),
    /// Text.
    TokenChunk(TokenChunk),
}

/// A piece of text that a model is still writing.
#[derive(SimpleObject)]
pub struct TokenChunk {
    /// The stage's address.
    stage: String,
    attempt: i32,
    /// The number of characters before this piece.
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
