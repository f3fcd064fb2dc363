//! The sessions of the signed-in person.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::identity;

use super::{caller, cost, ids};
use crate::error::ApiError;

/// A browser in which the person is signed in.
#[derive(Description)]
pub struct Session(identity::Session);

#[Object(use_type_description)]
impl Session {
    async fn session_id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The browser and the operating system, such as "Firefox on Windows", if known.
    async fn device(&self) -> Option<&str> {
        self.0.device.as_deref()
    }

    /// The IP address from which the person signed in, if known.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last used, accurate to about ten minutes.
    async fn last_seen_at(&self) -> DateTime<Utc> {
        self.0.last_seen_at
    }

    /// Whether it is the session of this request.
    async fn is_current(&self) -> bool {
        self.0.is_current
    }
}

/// Queries for sessions.
#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// The signed-in person's sessions, last used first; at most 100.
    #[graphql(complexity = "cost::STATEMENT + cost::times(100, child_complexity)")]
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>, ApiError> {
        let sessions = identity::list_sessions(caller(ctx)?).await?;
        Ok(sessions.into_iter().map(Session).collect())
    }
}

/// The session to end.
#[derive(InputObject)]
pub struct EndSessionInput {
    session_id: ID,
}

/// The ended session.
#[derive(SimpleObject)]
pub struct EndSessionPayload {
    ended_session_id: ID,
}

/// How many sessions were ended.
#[derive(SimpleObject)]
pub struct EndOtherSessionsPayload {
    ended: usize,
}

/// Mutations of sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Ends one of the person's sessions. It stops working immediately. Requires `profile.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn end_session(
        &self,
        ctx: &Context<'_>,
        input: EndSessionInput,
    ) -> Result<EndSessionPayload, ApiError> {
        identity::end_session(caller(ctx)?, ids::read(&input.session_id)).await?;
        Ok(EndSessionPayload {
            ended_session_id: input.session_id,
        })
    }

    /// Ends all of the person's sessions but this one. Requires `profile.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn end_other_sessions(
        &self,
        ctx: &Context<'_>,
    ) -> Result<EndOtherSessionsPayload, ApiError> {
        Ok(EndOtherSessionsPayload {
            ended: identity::end_other_sessions(caller(ctx)?).await?,
        })
    }
}
