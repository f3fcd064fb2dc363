//! The subscription to what happens in a draft.

use std::sync::Arc;

use async_graphql::{Context, ID, SimpleObject, Subscription, Union};
use domain::{Ctx, drafts};
use futures::{StreamExt, stream::BoxStream};
use types::ErrorCode;
use uuid::Uuid;

use super::{
    super::{caller, ids, runs::Actor},
    DraftChange, actor,
};
use crate::{
    error::ApiError,
    limits,
    request::{Share, Shares},
};

/// Something that happened in a draft.
#[derive(Union)]
pub enum DraftEvent {
    /// It was changed.
    Change(DraftChange),
    /// A version became its base.
    Base(DraftBase),
    /// Those who have it open.
    People(DraftPeople),
    /// The output of a stage was pinned, or is pinned no longer.
    Pin(DraftPinChange),
}

/// The draft was saved as a version, or a version was taken into it: its base is another one now.
#[derive(SimpleObject)]
pub struct DraftBase {
    version_number: i32,
}

/// Those who have the draft open: all of them, whenever one comes, moves or goes.
#[derive(SimpleObject)]
pub struct DraftPeople {
    people: Vec<DraftPerson>,
}

/// The output of a stage was pinned, or is pinned no longer. `Draft.pins` has the output. It may get lost: the
/// pins are no part of the revisions.
#[derive(SimpleObject)]
pub struct DraftPinChange {
    /// The id of the stage.
    stage: String,
    /// Whether the stage has a pin now.
    pinned: bool,
}

/// A person or program that has a draft open.
#[derive(SimpleObject)]
pub struct DraftPerson {
    actor: Actor,
    /// Tells those with the same name apart.
    key: String,
    /// Whether it is the caller.
    own: bool,
    /// The selected stage.
    stage: Option<String>,
    /// The selected field of the stage, or of the pipeline.
    field: Option<String>,
}

impl DraftEvent {
    fn of(ctx: &Ctx, event: drafts::DraftEvent) -> Result<Self, ApiError> {
        Ok(match event {
            drafts::DraftEvent::Changed(change) => Self::Change(DraftChange::of(ctx, change)?),
            drafts::DraftEvent::Based(number) => Self::Base(DraftBase {
                version_number: number,
            }),
            drafts::DraftEvent::Pinned { stage, pinned } => {
                Self::Pin(DraftPinChange { stage, pinned })
            }
            drafts::DraftEvent::Present(people) => Self::People(DraftPeople {
                people: people
                    .into_iter()
                    .map(|one| DraftPerson {
                        actor: actor(&one.author),
                        key: one.author.id.simple().to_string(),
                        own: ctx.actor.id == Some(one.author.id),
                        stage: one.stage,
                        field: one.field,
                    })
                    .collect(),
            }),
        })
    }
}

/// The open streams of drafts of each person, API key and grant to an application.
pub struct DraftStreams(Arc<Shares<Uuid>>);

impl Default for DraftStreams {
    fn default() -> Self {
        Self(Shares::new(limits::DRAFT_STREAMS_OF_CALLER))
    }
}

impl DraftStreams {
    /// Counts a stream of a caller, until the place is dropped.
    fn take(&self, caller: Uuid) -> Result<Share<Uuid>, ApiError> {
        self.0.take(caller, 1).ok_or_else(|| {
            ApiError::new(
                ErrorCode::RateLimited,
                format!(
                    "You follow {} drafts, which is the limit; end some of these streams",
                    limits::DRAFT_STREAMS_OF_CALLER
                ),
            )
        })
    }
}

/// Subscriptions to drafts.
#[derive(Default)]
pub struct DraftSubscription;

#[Subscription]
impl DraftSubscription {
    /// Who has the draft of a pipeline open, then the changes after a revision (if absent: from now on),
    /// then whatever happens in it: changes, another base, pins, and who comes, moves and goes. It ends with
    /// `PRECONDITION_FAILED` if the log no longer has the changes that come next; read the draft again
    /// then. `RATE_LIMITED` if the caller has 256 of these streams open.
    async fn draft_events(
        &self,
        ctx: &Context<'_>,
        pipeline_id: ID,
        after: Option<i32>,
    ) -> Result<BoxStream<'static, Result<DraftEvent, ApiError>>, ApiError> {
        let streams = ctx.data_opt::<DraftStreams>();
        let streams = streams.ok_or_else(|| ApiError::internal("the schema counts no streams"))?;
        let ctx = caller(ctx)?.clone();
        let place = streams.take(ctx.actor.id.unwrap_or(ctx.org.0))?;
        let events = drafts::events(&ctx, ids::read(&pipeline_id), after).await?;
        Ok(events
            .map(move |event| {
                // Counted until the stream has ended.
                let _place = &place;
                DraftEvent::of(&ctx, event?)
            })
            .boxed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_has_a_limit_of_streams_and_an_ended_one_makes_room() {
        let streams = DraftStreams::default();
        let (ada, bo) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut places: Vec<_> = (0..limits::DRAFT_STREAMS_OF_CALLER)
            .map(|_| streams.take(ada).unwrap())
            .collect();
        assert_eq!(streams.take(ada).unwrap_err().code, ErrorCode::RateLimited);
        assert!(streams.take(bo).is_ok());
        places.pop();
        assert!(streams.take(ada).is_ok());
    }
}
