//! One attempt to send an event to an endpoint.
//!
//! The response and the message's row cannot be written at once. If the process dies between the two, the
//! event is sent again with the same `webhook-id`, by which the receiver recognizes the copy.

use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use components::http::{GuardedClient, HttpError, Request};
use rand::RngCore;
use serde_json::json;
use types::{WebhookEndpointId, WebhookMessageId};

use super::{MessageStatus, entity, job::DeliverWebhook, message, repo, signature};
use crate::{
    App, Ctx,
    audit::{self, Entry},
    error::{AppError, Result},
    mail::{self, Letter, Outgoing},
    organizations,
    queue::{self, Running},
};

/// How long an attempt may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How long a response may be, in bytes, before the rest of it is ignored.
const MAX_BYTES: usize = 1024 * 1024;

/// How much of a response is read, in bytes, and how much of it is kept, in characters.
const READ: usize = 4 * 1024;
const SHOWN: usize = 500;

/// The pauses after failed attempts, in seconds, before they are varied: three days in all.
const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 72_000];

/// How long an endpoint may fail before it is disabled.
const PATIENCE: TimeDelta = TimeDelta::days(5);

/// How long a message is kept at least, however many follow: its run is not announced again.
const RECENT: TimeDelta = TimeDelta::hours(1);

/// How long the letter about a disabled endpoint is tried.
const LETTER: TimeDelta = TimeDelta::days(7);

/// The reason of an endpoint that FlowMason disabled.
const FAILING: &str = "Disabled, because every attempt of the last five days has failed";

/// The client for endpoints.
pub(super) fn client(app: &App) -> Result<GuardedClient> {
    match &app.settings().http {
        Some(client) => Ok(client.clone()),
        None => GuardedClient::builder().build().map_err(AppError::internal),
    }
}

/// What came back.
struct Outcome {
    status: Option<u16>,
    response: Option<String>,
    /// `None`: the endpoint has accepted the event.
    error: Option<String>,
}

/// Sends an event, if there is anything left to send.
pub async fn attempt(job: &Running, id: WebhookMessageId) -> Result<()> {
    let ctx = &job.ctx;
    let Some(row) = repo::message(ctx, id).await? else {
        return Ok(());
    };
    let waits = MessageStatus::parse(&row.status) == Some(MessageStatus::Queued);
    if row.job_id != job.id.0 || !waits {
        return Ok(());
    }
    let endpoint = repo::find(ctx, WebhookEndpointId(row.endpoint_id)).await?;
    let Some(endpoint) = endpoint else {
        return Ok(());
    };
    if !endpoint.enabled {
        let outcome = Outcome {
            status: None,
            response: None,
            error: Some("The webhook endpoint was disabled".to_owned()),
        };
        return end(ctx, &endpoint, &row, outcome).await;
    }
    let outcome = match send(ctx, &endpoint, &row).await? {
        Ok(outcome) => outcome,
        Err(error) => Outcome {
            status: None,
            response: None,
            error: Some(error.to_string()),
        },
    };
    end(ctx, &endpoint, &row, outcome).await
}

/// The outer error is ours, the inner one that of the connection.
async fn send(
    ctx: &Ctx,
    endpoint: &entity::Model,
    row: &message::Model,
) -> Result<Result<Outcome, HttpError>> {
    let now = ctx.clock().now();
    let id = WebhookMessageId(row.id).to_string();
    let at = now.timestamp();
    let secrets = signature::secrets(&ctx.app, endpoint, now)?;
    let signature = signature::header(&secrets, &id, at, row.body.as_bytes())?;
    let mut request = Request::get(endpoint.url.as_str());
    request.method = "POST".parse().map_err(AppError::internal)?;
    request.body = Some(Bytes::from(row.body.clone().into_bytes()));
    request.timeout = TIMEOUT;
    request.max_bytes = MAX_BYTES;
    request.follow_redirects = false;
    for (name, value) in [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", signature),
    ] {
        let value = value.parse().map_err(AppError::internal)?;
        request.headers.insert(name, value);
    }
    let mut incoming = match client(&ctx.app)?.open(request).await {
        Ok(incoming) => incoming,
        Err(error) => return Ok(Err(error)),
    };
    let status = incoming.status;
    let mut begin = Vec::new();
    // The status says whether the event was accepted, so nothing depends on the body.
    while begin.len() < READ
        && let Ok(Some(chunk)) = incoming.chunk().await
    {
        begin.extend_from_slice(&chunk);
    }
    let error = match status {
        200..=299 => None,
        300..=399 => Some(format!(
            "The status of the answer is {status}; redirects are not followed, so enter the address that it \
             leads to"
        )),
        _ => Some(format!("The status of the answer is {status}")),
    };
    Ok(Ok(Outcome {
        status: Some(status),
        response: Some(shown(&begin)),
        error,
    }))
}

/// The beginning of a response as it is kept: text without control characters.
fn shown(begin: &[u8]) -> String {
    let text = String::from_utf8_lossy(begin);
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(SHOWN).collect()
}

/// The pause before the next attempt, varied by up to a fifth, so that what failed together is not tried
/// again together. `None`: there is no next attempt. `failed`: attempts so far.
fn pause(failed: i32) -> Option<TimeDelta> {
    let place = usize::try_from(failed - 1).ok()?;
    let millis = PAUSES.get(place)? * 1_000;
    let varied = i64::from(rand::rng().next_u32() % 401) + 800;
    Some(TimeDelta::milliseconds(millis * varied / 1_000))
}

/// Writes the result of an attempt, with the next one, and what follows for the endpoint.
async fn end(
    ctx: &Ctx,
    endpoint: &entity::Model,
    row: &message::Model,
    outcome: Outcome,
) -> Result<()> {
    let now = ctx.clock().now();
    let failed = outcome.error.is_some();
    let tx = ctx.begin().await?;
    // As every transaction that writes both: the endpoint first.
    let endpoint = repo::locked(&tx, ctx, WebhookEndpointId(endpoint.id)).await?;
    let Some(endpoint) = endpoint else {
        return Ok(());
    };
    let mut next = None;
    if failed
        && endpoint.enabled
        && let Some(pause) = pause(row.attempts + 1)
    {
        let again = DeliverWebhook {
            message: WebhookMessageId(row.id),
        };
        let wait = pause.to_std().unwrap_or_default();
        let job = queue::enqueue(&tx, ctx, &again, wait).await?;
        next = Some((job.0, now + pause));
    }
    let status = match (failed, next.is_some()) {
        (false, _) => MessageStatus::Delivered,
        (true, true) => MessageStatus::Queued,
        (true, false) => MessageStatus::Failed,
    };
    let ended = repo::Ended {
        status,
        response_status: outcome.status,
        response: outcome.response.as_deref(),
        error: outcome.error.as_deref(),
        next,
    };
    if !repo::ended(&tx, row, &ended, now).await? {
        // Somebody had it sent again meanwhile.
        tx.rollback().await?;
        return Ok(());
    }
    if endpoint.enabled {
        health(&tx, ctx, &endpoint, failed).await?;
    }
    repo::trim(&tx, row, now - RECENT).await?;
    tx.commit().await?;
    Ok(())
}

/// Notes whether the endpoint fails, and disables one that has failed for too long.
async fn health(tx: &crate::Tx, ctx: &Ctx, endpoint: &entity::Model, failed: bool) -> Result<()> {
    let now = ctx.clock().now();
    match (failed, endpoint.failing_since) {
        (false, None) => {}
        (false, Some(_)) => repo::set_failing(tx, endpoint, None).await?,
        (true, None) => repo::set_failing(tx, endpoint, Some(now)).await?,
        (true, Some(since)) if now - since < PATIENCE => {}
        (true, Some(_)) => {
            if repo::disable(tx, endpoint, FAILING, now).await? {
                let id = WebhookEndpointId(endpoint.id);
                let detail = json!({ "host": super::host(&endpoint.url), "reason": FAILING });
                let entry = Entry::new("webhook_endpoint.disable", "webhook_endpoint", id);
                audit::write(tx, ctx, entry.detail(detail)).await?;
                tell(tx, ctx, endpoint).await?;
                tracing::warn!(%id, "a webhook endpoint has failed for five days and was disabled");
            }
        }
    }
    Ok(())
}

/// Writes to whoever created the endpoint that it was disabled, if they are still a member.
async fn tell(tx: &crate::Tx, ctx: &Ctx, endpoint: &entity::Model) -> Result<()> {
    let person = endpoint.created_by.filter(|_| mail::is_on(&ctx.app));
    let Some(person) = person else { return Ok(()) };
    let Some((address, language)) = organizations::address_of(tx, ctx.org, person).await? else {
        return Ok(());
    };
    let letter = Letter::WebhookDisabled {
        organization: organizations::name(ctx).await?,
        host: super::host(&endpoint.url),
        link: mail::link(&ctx.app, "/settings/webhooks"),
    };
    let outgoing = Outgoing {
        to: &address,
        letter: &letter,
        language,
        about: endpoint.id,
        expires_at: ctx.clock().now() + LETTER,
    };
    mail::post(tx, ctx, outgoing).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_are_made_in_about_three_days() {
        let pauses: Vec<TimeDelta> = (1..=9).filter_map(pause).collect();
        assert_eq!(pauses.len(), 9);
        let all = pauses.iter().sum::<TimeDelta>();
        let about = TimeDelta::hours(57)..TimeDelta::hours(87);
        assert!(about.contains(&all), "{all}");
        assert_eq!((pause(0), pause(10)), (None, None));
        let first = TimeDelta::seconds(4)..=TimeDelta::seconds(6);
        assert!((0..100).all(|_| first.contains(&pause(1).unwrap())));
    }

    #[test]
    fn the_shown_beginning_of_a_response_has_no_control_characters_and_is_short() {
        assert_eq!(shown(b"a\0b\r\n\x1bc\xff"), "a b   c\u{fffd}");
        assert_eq!(shown(&[b'x'; 4_000]).len(), SHOWN);
    }
}
