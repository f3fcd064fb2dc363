//! Events that were sent to the organization, and what they fired.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use domain::triggers::{self, events};
use types::TriggerId;

use super::{
    caller,
    connection::{Connection, page},
    cost, ids,
    runs::Actor,
    scalars::Json,
    triggers::{Trigger, TriggerFiring},
};
use crate::error::ApiError;

/// An event that was sent to the organization, as CloudEvents has it.
#[derive(Description)]
pub struct Event(pub events::Event);

#[Object(use_type_description)]
impl Event {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The id that its sender gave it. With the source it tells that an event was sent before.
    async fn sender_id(&self) -> &str {
        &self.0.sender_id
    }

    /// What sent it, as a URI or a part of one.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// Its type, such as `com.example.order.paid`.
    #[graphql(name = "type")]
    async fn event_type(&self) -> &str {
        &self.0.event_type
    }

    /// What it is about within the source.
    async fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// When it happened, as its sender wrote it.
    async fn time(&self) -> Option<&str> {
        self.0.time.as_deref()
    }

    /// Its further attributes, by name.
    async fn extensions(&self) -> Result<Json, ApiError> {
        Json::of(&self.0.extensions)
    }

    /// What it says. Null if it has no data.
    async fn data(&self) -> Result<Option<Json>, ApiError> {
        match &self.0.data {
            Some(data) => Ok(Some(Json::of(data)?)),
            None => Ok(None),
        }
    }

    /// The person or API key that sent it.
    async fn sent_by(&self) -> Actor {
        let (kind, name) = self.0.sent_by.clone();
        Actor { kind, name }
    }

    /// When it arrived.
    async fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }

    /// What it fired, the newest first.
    #[graphql(complexity = "cost::STATEMENT + cost::list(None, 20, child_complexity)")]
    async fn firings(&self, ctx: &Context<'_>) -> Result<Vec<EventFiring>, ApiError> {
        let found = events::fired(caller(ctx)?, self.0.id).await?;
        let found = found.into_iter();
        Ok(found
            .map(|(trigger, firing)| EventFiring { trigger, firing })
            .collect())
    }
}

/// The firing of a trigger for an event.
#[derive(Description)]
pub struct EventFiring {
    trigger: TriggerId,
    firing: triggers::Firing,
}

#[Object(use_type_description)]
impl EventFiring {
    /// The trigger that waits for such events. Null if it was deleted.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn trigger(&self, ctx: &Context<'_>) -> Result<Option<Trigger>, ApiError> {
        match triggers::get(caller(ctx)?, self.trigger).await {
            Ok(trigger) => Ok(Some(Trigger(trigger))),
            Err(error) if error.code == types::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What became of it, with its run.
    async fn firing(&self) -> TriggerFiring {
        TriggerFiring(self.firing.clone())
    }
}

/// Queries for events.
#[derive(Default)]
pub struct EventQuery;

#[Object]
impl EventQuery {
    /// The events that were sent to the organization in the last 30 days, newest first. Requires the
    /// permission `run.read`.
    #[graphql(complexity = "cost::page(first, child_complexity) + cost::of_text(&after)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Event>, ApiError> {
        let found = events::list(caller(ctx)?, &page(first, after)).await?;
        Ok(Connection::of(found, Event))
    }

    /// One event, by its id. Requires the permission `run.read`.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn event(&self, ctx: &Context<'_>, id: ID) -> Result<Event, ApiError> {
        let event = events::get(caller(ctx)?, ids::read(&id)).await?;
        Ok(Event(event))
    }
}
