//! The subscription to what happens in a draft.

use async_graphql::{Context, ID, SimpleObject, Subscription, Union};
use domain::{Ctx, drafts};
use futures::{StreamExt, stream::BoxStream};

use super::{
    super::{caller, ids, runs::Actor},
    DraftChange, actor,
};
use crate::error::ApiError;

/// Something that happened in a draft.
#[derive(Union)]
pub enum DraftEvent {
    /// It was changed.
    Change(DraftChange),
    /// A version became its base.
    Base(DraftBase),
    /// Those who have it open.
    People(DraftPeople),
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

/// Subscriptions to drafts.
#[derive(Default)]
pub struct DraftSubscription;

#[Subscription]
impl DraftSubscription {
    /// Who has the draft of a pipeline open, then the changes after a revision (if absent: from now on),
    /// then whatever happens in it: changes, another base, and who comes, moves and goes. It ends with
    /// `PRECONDITION_FAILED` if the log no longer has the changes that come next; read the draft again
    /// then.
    async fn draft_events(
        &self,
        ctx: &Context<'_>,
        pipeline_id: ID,
        after: Option<i32>,
    ) -> Result<BoxStream<'static, Result<DraftEvent, ApiError>>, ApiError> {
        let ctx = caller(ctx)?;
        let events = drafts::events(ctx, ids::read(&pipeline_id), after).await?;
        let ctx = ctx.clone();
        Ok(events
            .map(move |event| DraftEvent::of(&ctx, event?))
            .boxed())
    }
}
