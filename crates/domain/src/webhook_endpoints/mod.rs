//! Webhook endpoints: addresses to which an organization's events are sent.
//!
//! An event is written to the outbox (`message`) once for each endpoint that chose its type, in the
//! transaction of the change (`announce`), and a job sends it (`deliver`), signed by the specification of
//! standard webhooks. `events` is the catalogue of types. Webhooks that are received are triggers.

mod announce;
mod deliver;
pub mod entity;
mod error;
pub mod events;
pub mod job;
pub mod message;
mod repo;
mod signature;
mod status;
#[cfg(test)]
mod tests;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use types::{WebhookEndpointId, WebhookMessageId};

pub use announce::collect;
pub(crate) use announce::{member_added, member_removed, published, trigger_disabled};
pub use error::WebhookEndpointError;
pub use status::{Format, MessageStatus};

use crate::{
    Ctx, SystemCtx, Tx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    paging::{Listed, Page},
    queue, text,
};

/// The largest number of endpoints in an organization.
pub const MAX_ENDPOINTS: usize = 20;

/// How long the secret before a new one still signs.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// The longest address, in characters.
const LONGEST_URL: usize = 2_000;

/// How long what was sent is kept at most, and how many rows one statement removes.
const RETENTION: TimeDelta = TimeDelta::days(30);
const PURGED: usize = 10_000;

/// An endpoint, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEndpoint {
    /// The endpoint's id.
    pub id: WebhookEndpointId,
    /// Where events are sent.
    pub url: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The form of the events.
    pub format: Format,
    /// The names of the event types that it chose, in the order of the catalogue.
    pub events: Vec<&'static str>,
    /// Whether events are sent.
    pub enabled: bool,
    /// Why it was disabled, if FlowMason did it.
    pub disabled_reason: Option<String>,
    /// When its secret was made.
    pub secret_since: DateTime<Utc>,
    /// Until when the secret before it signs, too; `None` if it does not.
    pub old_secret_until: Option<DateTime<Utc>>,
    /// Since when every attempt has failed; `None` if the latest did not.
    pub failing_since: Option<DateTime<Utc>>,
    /// The name of who created it.
    pub created_by: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

impl WebhookEndpoint {
    fn of(row: entity::Model, now: DateTime<Utc>) -> Result<Self> {
        let format = Format::parse(&row.format).ok_or_else(|| {
            AppError::internal(format!("unknown format of a webhook `{}`", row.format))
        })?;
        let chosen: Vec<&str> = row.events.split(' ').collect();
        let all = events::ALL.iter().map(|kind| kind.name);
        Ok(Self {
            id: WebhookEndpointId(row.id),
            format,
            events: all.filter(|name| chosen.contains(name)).collect(),
            url: row.url,
            description: row.description,
            enabled: row.enabled,
            disabled_reason: row.disabled_reason,
            secret_since: row.secret_since,
            old_secret_until: row.old_secret_until.filter(|until| *until > now),
            failing_since: row.failing_since,
            created_by: row.created_by_name,
            created_at: row.created_at,
        })
    }
}

/// What an endpoint is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointTerms {
    /// Where events are sent.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// The form of the events.
    pub format: Format,
    /// The names of the event types.
    pub events: Vec<String>,
    /// Whether events are sent.
    pub enabled: bool,
}

/// An event for one endpoint, with its latest attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, which is sent as `webhook-id`.
    pub id: WebhookMessageId,
    /// The name of the event type.
    pub event: String,
    /// The body that is sent.
    pub body: String,
    /// The status.
    pub status: MessageStatus,
    /// Attempts so far, since a person last sent it again.
    pub attempts: i32,
    /// The status code of the latest response.
    pub response_status: Option<i32>,
    /// The beginning of the latest response.
    pub response: Option<String>,
    /// Why the latest attempt failed.
    pub error: Option<String>,
    /// When the event happened.
    pub created_at: DateTime<Utc>,
    /// When the next attempt is made.
    pub next_at: Option<DateTime<Utc>>,
    /// When the latest attempt ended.
    pub attempted_at: Option<DateTime<Utc>>,
}

impl TryFrom<message::Model> for Delivery {
    type Error = AppError;

    fn try_from(row: message::Model) -> Result<Self> {
        let status = MessageStatus::parse(&row.status).ok_or_else(|| {
            AppError::internal(format!("unknown status of a webhook `{}`", row.status))
        })?;
        Ok(Self {
            id: WebhookMessageId(row.id),
            event: row.event_type,
            body: row.body,
            status,
            attempts: row.attempts,
            response_status: row.response_status,
            response: row.response,
            error: row.error_message,
            created_at: row.created_at,
            next_at: row.next_at,
            attempted_at: row.attempted_at,
        })
    }
}

/// The organization's endpoints, newest first.
pub async fn list(ctx: &Ctx) -> Result<Vec<WebhookEndpoint>> {
    ctx.authorize(Permission::OrganizationUpdate).await?;
    let mut rows = repo::all(ctx).await?;
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    let now = ctx.clock().now();
    let all = rows.into_iter().map(|row| WebhookEndpoint::of(row, now));
    all.collect()
}

/// One endpoint.
pub async fn get(ctx: &Ctx, id: WebhookEndpointId) -> Result<WebhookEndpoint> {
    ctx.authorize(Permission::OrganizationUpdate).await?;
    shown(ctx, id).await
}

async fn shown(ctx: &Ctx, id: WebhookEndpointId) -> Result<WebhookEndpoint> {
    let row = repo::find(ctx, id).await?;
    WebhookEndpoint::of(
        row.ok_or(WebhookEndpointError::NotFound)?,
        ctx.clock().now(),
    )
}

/// The types of events that endpoints can choose.
pub async fn catalogue(ctx: &Ctx) -> Result<&'static [&'static events::EventType]> {
    ctx.authorize(Permission::OrganizationUpdate).await?;
    Ok(events::ALL)
}

/// What was sent to an endpoint last, newest first.
pub async fn deliveries(ctx: &Ctx, id: WebhookEndpointId, page: &Page) -> Result<Listed<Delivery>> {
    ctx.authorize(Permission::OrganizationUpdate).await?;
    let window = page.window(ctx.org, &format!("webhook deliveries/{id}"))?;
    let rows = repo::messages(ctx, id, &window).await?;
    let all: Vec<Delivery> = rows
        .into_iter()
        .map(Delivery::try_from)
        .collect::<Result<_>>()?;
    Ok(window.listed(all, |delivery| delivery.id.0))
}

/// Creates an endpoint. Returns its secret, which cannot be read again.
pub async fn create(ctx: &Ctx, terms: &EndpointTerms) -> Result<(WebhookEndpoint, String)> {
    ctx.authorize_person(Permission::OrganizationUpdate).await?;
    ctx.require_fresh_proof()?;
    let checked = Checked::of(ctx, terms)?;
    let now = ctx.clock().now();
    let id = WebhookEndpointId::new(ctx.clock());
    let (secret, sealed) = signature::new_secret(&ctx.app, id.0)?;
    let row = entity::Model {
        id: id.0,
        org_id: ctx.org.0,
        url: checked.url,
        description: checked.description,
        format: terms.format.as_str().to_owned(),
        events: checked.events,
        takes_runs: checked.takes_runs,
        enabled: terms.enabled,
        disabled_reason: None,
        secret: sealed,
        secret_since: now,
        old_secret: None,
        old_secret_until: None,
        failing_since: None,
        runs_since: now,
        runs_cursor: now,
        created_by: ctx.actor.id,
        created_by_name: ctx.actor.name.to_string(),
        created_at: now,
        updated_at: now,
    };
    let tx = ctx.begin().await?;
    if repo::count(&tx, ctx).await? >= MAX_ENDPOINTS {
        return Err(WebhookEndpointError::TooMany.into());
    }
    repo::insert(&tx, &row).await?;
    note(&tx, ctx, "webhook_endpoint.create", &row).await?;
    tx.commit().await?;
    Ok((WebhookEndpoint::of(row, now)?, secret))
}

/// Changes an endpoint. One that is enabled again gets what happens from now on.
pub async fn update(
    ctx: &Ctx,
    id: WebhookEndpointId,
    terms: &EndpointTerms,
) -> Result<WebhookEndpoint> {
    ctx.authorize(Permission::OrganizationUpdate).await?;
    let checked = Checked::of(ctx, terms)?;
    let now = ctx.clock().now();
    let tx = ctx.begin().await?;
    let old = repo::locked(&tx, ctx, id).await?;
    let old = old.ok_or(WebhookEndpointError::NotFound)?;
    let announced = old.enabled && old.takes_runs;
    let starts = terms.enabled && checked.takes_runs && !announced;
    let moved = old.url != checked.url || !old.enabled;
    let row = entity::Model {
        url: checked.url,
        description: checked.description,
        format: terms.format.as_str().to_owned(),
        events: checked.events,
        takes_runs: checked.takes_runs,
        enabled: terms.enabled,
        disabled_reason: old.disabled_reason.clone().filter(|_| !terms.enabled),
        failing_since: old.failing_since.filter(|_| !moved),
        runs_since: if starts { now } else { old.runs_since },
        runs_cursor: if starts { now } else { old.runs_cursor },
        updated_at: now,
        ..old
    };
    repo::update(&tx, &row).await?;
    note(&tx, ctx, "webhook_endpoint.update", &row).await?;
    tx.commit().await?;
    WebhookEndpoint::of(row, now)
}

/// Deletes an endpoint, with all that was sent to it.
pub async fn delete(ctx: &Ctx, id: WebhookEndpointId) -> Result<()> {
    ctx.authorize(Permission::OrganizationUpdate).await?;
    let tx = ctx.begin().await?;
    let row = repo::locked(&tx, ctx, id).await?;
    let row = row.ok_or(WebhookEndpointError::NotFound)?;
    repo::delete(&tx, ctx, id).await?;
    note(&tx, ctx, "webhook_endpoint.delete", &row).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a new secret, which cannot be read again. For [`OVERLAP`], the one before signs, too.
pub async fn rotate_secret(ctx: &Ctx, id: WebhookEndpointId) -> Result<(WebhookEndpoint, String)> {
    ctx.authorize_person(Permission::OrganizationUpdate).await?;
    ctx.require_fresh_proof()?;
    let now = ctx.clock().now();
    let (secret, sealed) = signature::new_secret(&ctx.app, id.0)?;
    let tx = ctx.begin().await?;
    let row = repo::locked(&tx, ctx, id).await?;
    let row = row.ok_or(WebhookEndpointError::NotFound)?;
    repo::rotate(&tx, &row, &sealed, (now, now + OVERLAP)).await?;
    note(&tx, ctx, "webhook_endpoint.rotate_secret", &row).await?;
    tx.commit().await?;
    Ok((shown(ctx, id).await?, secret))
}

/// Sends an event of the type `webhook.test`.
pub async fn test(ctx: &Ctx, id: WebhookEndpointId) -> Result<Delivery> {
    ctx.authorize(Permission::OrganizationUpdate).await?;
    let tx = ctx.begin().await?;
    let row = repo::locked(&tx, ctx, id).await?;
    let row = row.ok_or(WebhookEndpointError::NotFound)?;
    if !row.enabled {
        return Err(WebhookEndpointError::Disabled.into());
    }
    let event = events::webhook_test::event(id, &ctx.actor.name);
    let sent = announce::post(&tx, ctx, &row, &event).await?;
    note(&tx, ctx, "webhook_endpoint.test", &row).await?;
    tx.commit().await?;
    sent.try_into()
}

/// Sends an event again at once, with the same id and body: one that was delivered or has failed, or one that
/// waits for its next attempt.
pub async fn redeliver(ctx: &Ctx, id: WebhookMessageId) -> Result<Delivery> {
    ctx.authorize(Permission::OrganizationUpdate).await?;
    let old = repo::message(ctx, id).await?;
    let old = old.ok_or(WebhookEndpointError::NoDelivery)?;
    let now = ctx.clock().now();
    let sending = job::DeliverWebhook { message: id };
    let tx = ctx.begin().await?;
    let endpoint = repo::locked(&tx, ctx, WebhookEndpointId(old.endpoint_id)).await?;
    let endpoint = endpoint.ok_or(WebhookEndpointError::NoDelivery)?;
    if !endpoint.enabled {
        return Err(WebhookEndpointError::Disabled.into());
    }
    let job = queue::enqueue(&tx, ctx, &sending, std::time::Duration::ZERO).await?;
    if !repo::requeue(&tx, &old, job.0, now).await? {
        return Err(WebhookEndpointError::NoDelivery.into());
    }
    let entry = Entry::new("webhook_endpoint.redeliver", "webhook_message", id)
        .detail(json!({ "endpoint": WebhookEndpointId(old.endpoint_id), "event": old.event_type }));
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    let row = repo::message(ctx, id).await?;
    row.ok_or(WebhookEndpointError::NoDelivery)?.try_into()
}

/// Removes what was sent long ago. Returns how many messages.
pub async fn purge(system: &SystemCtx) -> Result<u64> {
    let now = system.app.clock().now();
    let tx = system.begin_across().await?;
    let gone = repo::purge(&tx, now - RETENTION, PURGED).await?;
    tx.commit().await?;
    Ok(gone)
}

/// Terms whose values are valid.
struct Checked {
    url: String,
    description: String,
    events: String,
    takes_runs: bool,
}

impl Checked {
    fn of(ctx: &Ctx, terms: &EndpointTerms) -> Result<Self> {
        let url = text::line("url", &terms.url, LONGEST_URL)?;
        let client = deliver::client(&ctx.app)?;
        client
            .check(&url)
            .map_err(|error| AppError::invalid("url", error))?;
        if is_same_server(&url, &ctx.app.settings().base_url) {
            let problem =
                "is the address of this server; an event that starts a run would never end";
            return Err(AppError::invalid("url", problem));
        }
        let description = text::line_or_empty("description", &terms.description, 500)?;
        for name in &terms.events {
            if events::find(name).is_none() {
                let problem = format!("`{name}` is not a type of event; see `webhookEventTypes`");
                return Err(AppError::invalid("events", problem));
            }
        }
        let chosen = events::ALL.iter().filter(|kind| {
            let mut names = terms.events.iter();
            names.any(|name| name == kind.name)
        });
        let chosen: Vec<_> = chosen.collect();
        if chosen.is_empty() {
            let problem = "is empty; choose at least one type of event";
            return Err(AppError::invalid("events", problem));
        }
        let names: Vec<&str> = chosen.iter().map(|kind| kind.name).collect();
        Ok(Self {
            url,
            description,
            events: names.join(" "),
            takes_runs: chosen.iter().any(|kind| kind.run_status.is_some()),
        })
    }
}

/// Whether two addresses have the same host and port.
fn is_same_server(one: &str, other: &str) -> bool {
    let place = |url: &str| {
        let url = url::Url::parse(url).ok()?;
        Some((url.host_str()?.to_owned(), url.port_or_known_default()))
    };
    place(one).is_some_and(|found| Some(found) == place(other))
}

/// The host of an address. The rest of it may be a secret, as it is with Slack.
fn host(url: &str) -> String {
    let url = url::Url::parse(url).ok();
    let host = url.as_ref().and_then(|url| url.host_str());
    host.unwrap_or_default().to_owned()
}

/// Writes what happened to an endpoint into the audit log.
async fn note(tx: &Tx, ctx: &Ctx, action: &str, row: &entity::Model) -> Result<()> {
    let detail = json!({ "host": host(&row.url), "events": row.events, "enabled": row.enabled });
    let id = WebhookEndpointId(row.id);
    let entry = Entry::new(action, "webhook_endpoint", id).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}
