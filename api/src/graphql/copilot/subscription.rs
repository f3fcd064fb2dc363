//! The subscription to what a model writes.

use async_graphql::{Context, ID, SimpleObject, Subscription, Union};
use domain::copilot;
use futures::{StreamExt, stream::BoxStream};

use super::{
    super::{caller, ids},
    CopilotExchange,
};
use crate::error::ApiError;

/// Something that happens in an exchange with the co-pilot.
#[derive(Union)]
pub enum CopilotEvent {
    /// The model has written something.
    Text(CopilotText),
    /// The exchange has ended.
    Ended(CopilotEnded),
}

/// What the model has written since the last event; in the first event, all that it has written so far.
#[derive(SimpleObject)]
pub struct CopilotText {
    /// Show it as text: nothing of it is checked.
    text: String,
}

/// The end of an exchange. No event follows.
#[derive(SimpleObject)]
pub struct CopilotEnded {
    exchange: Box<CopilotExchange>,
}

impl From<copilot::CopilotEvent> for CopilotEvent {
    fn from(event: copilot::CopilotEvent) -> Self {
        match event {
            copilot::CopilotEvent::Text(text) => Self::Text(CopilotText { text }),
            copilot::CopilotEvent::Ended(exchange) => Self::Ended(CopilotEnded {
                exchange: Box::new(CopilotExchange(*exchange)),
            }),
        }
    }
}

/// Subscriptions to the co-pilot.
#[derive(Default)]
pub struct CopilotSubscription;

#[Subscription]
impl CopilotSubscription {
    /// What the model writes in an exchange: first all that it has written so far, then what it adds, until the
    /// exchange ends. One that has ended gives its end at once.
    async fn copilot_events(
        &self,
        ctx: &Context<'_>,
        id: ID,
    ) -> Result<BoxStream<'static, Result<CopilotEvent, ApiError>>, ApiError> {
        let events = copilot::events(caller(ctx)?, ids::read(&id)).await?;
        let told =
            |event: domain::Result<copilot::CopilotEvent>| -> Result<CopilotEvent, ApiError> {
                Ok(event?.into())
            };
        Ok(events.map(told).boxed())
    }
}
