//! One WebSocket connection: it authenticates the caller, runs operations, checks the caller's
//! rights regularly, and closes.

use std::time::Duration;

use actix_web::web;
use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseReason, Message, MessageStream, Session,
};
use async_graphql::Response;
use domain::{Ctx, identity::Source};
use futures::StreamExt;
use serde_json::Value as Json;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout, timeout_at};
use types::ErrorCode;
use uuid::Uuid;

use super::{
    protocol::{Close, FromClient, ToClient},
    streams::Streams,
};
use crate::{
    auth::{self, Credential},
    error::{self, ApiError},
    graphql::{Budget, Operation, Prepared, Transport},
    guard::{self, json::Unreadable},
    limits,
    request::Share,
    state::State,
};

/// How long the client may take to send the first message.
const INIT: Duration = Duration::from_secs(10);
/// How often the caller's rights are checked again.
const RIGHTS: Duration = Duration::from_secs(1);
/// How often a silent client is pinged, counted in checks of the rights.
const BEATS: u32 = 20;

/// A connection that has been upgraded.
pub struct Connection {
    state: web::Data<State>,
    session: Session,
    credential: Option<Credential>,
    org: Option<String>,
    source: Source,
    streams: Streams,
    silent: u32,
}

impl Connection {
    /// Creates a connection with the data of the upgrade request.
    pub fn new(
        state: web::Data<State>,
        session: Session,
        credential: Option<Credential>,
        org: Option<String>,
        source: Source,
    ) -> Self {
        let streams = Streams::default();
        Self {
            state,
            session,
            credential,
            org,
            source,
            streams,
            silent: 0,
        }
    }

    /// Serves the connection until either side closes it.
    pub async fn serve(mut self, messages: MessageStream) {
        // Before authentication, a message must be one small frame. Fragments of messages are not
        // kept.
        let mut messages = messages.max_frame_size(limits::WS_OPENING);
        let end = match self.open(&mut messages).await {
            Ok(Some(ctx)) => match self.state.callers.take(caller_of(&ctx), 1) {
                Some(_place) => {
                    let mut messages = messages
                        .max_frame_size(limits::WS_MESSAGE)
                        .aggregate_continuations()
                        .max_continuation_size(limits::WS_MESSAGE);
                    self.talk(ctx, &mut messages).await
                }
                None => Err(Close::TooManySockets),
            },
            Ok(None) => Ok(()),
            Err(close) => Err(close),
        };
        let reason = end.err().map(|close| {
            let (code, text) = close.parts();
            tracing::debug!(request_id = %self.source.request_id, code, text, "closing a connection");
            CloseReason {
                code: code.into(),
                description: Some(text),
            }
        });
        let _ = timeout(self.state.unread, self.session.close(reason)).await;
    }

    /// Waits for `connection_init` and authenticates the caller.
    async fn open(&mut self, messages: &mut MessageStream) -> Result<Option<Ctx>, Close> {
        let deadline = Instant::now() + INIT;
        let closing = self.state.closing.clone();
        loop {
            let next = timeout_at(deadline, messages.next());
            let next = tokio::select! {
                next = next => next,
                () = closing.cancelled() => return Err(Close::GoingAway),
            };
            let text = match next {
                Err(_) => return Err(Close::InitTimeout),
                Ok(None | Some(Err(_) | Ok(Message::Close(_)))) => return Ok(None),
                Ok(Some(Ok(Message::Text(text)))) => text,
                Ok(Some(Ok(Message::Ping(bytes)))) => {
                    self.frame(AggregatedMessage::Ping(bytes)).await?;
                    continue;
                }
                Ok(Some(Ok(Message::Binary(_) | Message::Continuation(_)))) => {
                    let text = "send connection_init as one text frame";
                    return Err(Close::BadMessage(text.to_owned()));
                }
                Ok(Some(Ok(Message::Pong(_) | Message::Nop))) => continue,
            };
            match read(&text)? {
                FromClient::ConnectionInit { payload } => {
                    if let Some(key) = payload.as_ref().and_then(bearer) {
                        self.credential = Some(Credential::Bearer(key));
                    }
                    if let Some(Json::String(org)) = payload.as_ref().and_then(|p| p.get("org")) {
                        self.org = Some(org.clone());
                    }
                    let ctx = self.caller().await?.ok_or(Close::Unauthorized)?;
                    self.send(&ToClient::ConnectionAck).await?;
                    return Ok(Some(ctx));
                }
                FromClient::Ping { payload } => self.send(&ToClient::Pong { payload }).await?,
                FromClient::Pong {} => {}
                _ => return Err(Close::Unauthorized),
            }
        }
    }

    async fn talk(
        &mut self,
        ctx: Ctx,
        messages: &mut AggregatedMessageStream,
    ) -> Result<(), Close> {
        let mut watch = interval(RIGHTS);
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let closing = self.state.closing.clone();
        loop {
            tokio::select! {
                biased;
                () = closing.cancelled() => return Err(Close::GoingAway),
                _ = watch.tick() => self.check_rights(&ctx).await?,
                message = messages.next() => {
                    self.silent = 0;
                    match message {
                        None | Some(Err(_) | Ok(AggregatedMessage::Close(_))) => return Ok(()),
                        Some(Ok(AggregatedMessage::Text(text))) => {
                            self.message(&ctx, read(&text)?).await?;
                        }
                        Some(Ok(other)) => self.frame(other).await?,
                    }
                }
                Some((id, result)) = self.streams.next() => match result {
                    Some(mut response) => {
                        error::finish(&mut response, &self.source.request_id);
                        self.send(&ToClient::Next { id: &id, payload: &response }).await?;
                    }
                    None => self.send(&ToClient::Complete { id: &id }).await?,
                },
            }
        }
    }

    async fn message(&mut self, ctx: &Ctx, message: FromClient) -> Result<(), Close> {
        match message {
            FromClient::ConnectionInit { .. } => Err(Close::SecondInit),
            FromClient::Ping { payload } => self.send(&ToClient::Pong { payload }).await,
            FromClient::Pong {} => Ok(()),
            FromClient::Complete { id } => {
                self.streams.stop(&id);
                Ok(())
            }
            FromClient::Subscribe { id, payload } => self.subscribe(ctx, id, payload).await,
        }
    }

    async fn subscribe(
        &mut self,
        ctx: &Ctx,
        id: String,
        operation: Operation,
    ) -> Result<(), Close> {
        if self.streams.has(&id) {
            return Err(Close::IdInUse(id));
        }
        match self.prepare(ctx, operation).await {
            Ok((prepared, place)) => {
                let answers = prepared.stream(&self.state.schema).map(move |answer| {
                    // Counted until the stream has ended.
                    let _place = &place;
                    answer
                });
                self.streams.start(id, answers);
                Ok(())
            }
            Err(error) => {
                let mut refused: Response = error.into_response();
                error::finish(&mut refused, &self.source.request_id);
                self.send(&ToClient::Error {
                    id: &id,
                    payload: &refused.errors,
                })
                .await
            }
        }
    }

    async fn prepare(
        &self,
        ctx: &Ctx,
        operation: Operation,
    ) -> Result<(Prepared, Share<Uuid>), ApiError> {
        if self.streams.len() >= limits::STREAMS {
            return Err(guard::limit_exceeded(
                "connection",
                limits::STREAMS + 1,
                limits::STREAMS,
                "streams",
            ));
        }
        let place = self.state.streams.take(caller_of(ctx), 1).ok_or_else(|| {
            ApiError::new(
                ErrorCode::RateLimited,
                format!(
                    "You have {} streams open, which is the limit; end some of them",
                    limits::STREAMS_OF_CALLER
                ),
            )
        })?;
        let budget = Budget::new(&self.state.answers);
        let mut prepared = operation.prepare(
            Some(ctx.clone()),
            Transport::Socket,
            &self.source.request_id,
            &budget,
        )?;
        if prepared.is_subscription() {
            // A subscription is paid for once but delivers many messages, so its limit is lower.
            let points = prepared.weigh(&self.state.scale).await?;
            if points > limits::MESSAGE {
                return Err(guard::limit_exceeded(
                    "subscription",
                    points,
                    limits::MESSAGE,
                    "points for each message",
                ));
            }
        }
        Ok((prepared, place))
    }

    /// Authenticates again, and closes the connection if the credential is no longer valid or the
    /// rights have changed. Pings silent clients.
    async fn check_rights(&mut self, ctx: &Ctx) -> Result<(), Close> {
        self.silent += 1;
        if self.silent.is_multiple_of(BEATS) {
            if self.silent > 2 * BEATS {
                return Err(Close::SlowReader);
            }
            let beat = timeout(self.state.unread, self.session.ping(b"")).await;
            beat.map_err(|_| Close::SlowReader)?
                .map_err(|_| Close::GoingAway)?;
        }
        match self.caller().await? {
            // The session has a new token: with it, the client can connect again.
            Some(now) if now.session.is_some() && now.proved_at.is_none() => {
                Err(Close::RightsChanged)
            }
            Some(now) if now.org == ctx.org && now.rights == ctx.rights => Ok(()),
            Some(_) => Err(Close::RightsChanged),
            None => Err(Close::Unauthorized),
        }
    }

    async fn caller(&self) -> Result<Option<Ctx>, Close> {
        let caller = auth::caller(
            &self.state.app,
            self.credential.clone(),
            self.org.as_deref(),
            self.source.clone(),
        );
        match caller.await {
            Ok(ctx) => Ok(ctx),
            // Without the database, nobody can be authenticated: the client should try again.
            Err(error) if matches!(error.code, ErrorCode::Unavailable | ErrorCode::StorageFull) => {
                Err(Close::TryLater)
            }
            Err(_) => Err(Close::Unauthorized),
        }
    }

    async fn frame(&mut self, frame: AggregatedMessage) -> Result<(), Close> {
        match frame {
            AggregatedMessage::Ping(bytes) => {
                let pong = timeout(self.state.unread, self.session.pong(&bytes)).await;
                pong.map_err(|_| Close::SlowReader)?
                    .map_err(|_| Close::GoingAway)
            }
            AggregatedMessage::Binary(_) => Err(Close::BadMessage("send text".to_owned())),
            _ => Ok(()),
        }
    }

    async fn send(&mut self, message: &ToClient<'_>) -> Result<(), Close> {
        let text = serde_json::to_string(message).map_err(|error| {
            tracing::error!(%error, "a result could not be written");
            Close::GoingAway
        })?;
        let sent = timeout(self.state.unread, self.session.text(text)).await;
        sent.map_err(|_| Close::SlowReader)?
            .map_err(|_| Close::GoingAway)
    }
}

/// The key by which sockets and streams are counted: the person, the API key, or what a person granted
/// an application.
fn caller_of(ctx: &Ctx) -> Uuid {
    ctx.actor.id.unwrap_or(ctx.org.0)
}

fn read(text: &str) -> Result<FromClient, Close> {
    guard::json::read(text.as_bytes()).map_err(|error| {
        Close::BadMessage(match error {
            Unreadable::Refused(error) => error.message,
            Unreadable::Syntax(error) => error.to_string(),
        })
    })
}

/// The key or token in an init message: `{"apiKey": "…"}`, `{"accessToken": "…"}` or
/// `{"authorization": "Bearer …"}`.
fn bearer(payload: &Json) -> Option<String> {
    let bare = ["apiKey", "accessToken"]
        .iter()
        .find_map(|name| payload.get(name)?.as_str());
    let header = ["authorization", "Authorization"]
        .iter()
        .find_map(|name| payload.get(name)?.as_str()?.strip_prefix("Bearer "));
    bare.or(header).map(str::to_owned)
}
