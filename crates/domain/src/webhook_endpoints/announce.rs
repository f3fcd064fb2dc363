//! How events come into the outbox.
//!
//! A change writes its event in its own transaction ([`published`] and others), with a job that sends it. Ended runs are
//! different: nothing is written when a run ends, which happens thousands of times a minute. Instead, a
//! regular look at the runs that ended since the last one announces them ([`collect`]).

use std::time::Duration;

use chrono::TimeDelta;
use types::{OrgId, PipelineId, PublicationId, TriggerId, UserId, WebhookMessageId};

use super::{
    Format, MessageStatus, entity,
    events::{self, Event, EventType},
    job::DeliverWebhook,
    message, repo,
};
use crate::{
    Actor, App, Ctx, Rights, SystemCtx, Tx,
    error::{AppError, Result},
    queue,
};

/// How far each look goes back behind the one before: transactions do not become visible in the order of the
/// times in their rows.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);

/// How many runs one look announces to an endpoint.
const RUNS: usize = 200;

/// How often the cursor of an endpoint is moved at least, if no run ends.
const IDLE: TimeDelta = TimeDelta::seconds(30);

/// The context in which events are sent.
fn sender(app: &App, org: OrgId) -> Ctx {
    Ctx {
        app: app.clone(),
        actor: Actor::system("webhooks"),
        session: None,
        proved_at: None,
        limited: false,
        org,
        rights: Rights::system(),
        request_id: "webhooks".into(),
    }
}

/// The types that an endpoint chose.
fn chosen(endpoint: &entity::Model) -> impl Iterator<Item = &'static EventType> {
    endpoint.events.split(' ').filter_map(events::find)
}

/// Writes an event for an endpoint, in the transaction of the change, with the job that sends it.
pub(super) async fn post(
    tx: &Tx,
    ctx: &Ctx,
    endpoint: &entity::Model,
    event: &Event,
) -> Result<message::Model> {
    let (id, now) = (WebhookMessageId::new(ctx.clock()), ctx.clock().now());
    let format = Format::parse(&endpoint.format).ok_or_else(|| {
        AppError::internal(format!("unknown format of a webhook `{}`", endpoint.format))
    })?;
    let sending = DeliverWebhook { message: id };
    let job = queue::enqueue(tx, ctx, &sending, Duration::ZERO).await?;
    let row = message::Model {
        id: id.0,
        org_id: ctx.org.0,
        endpoint_id: endpoint.id,
        event_type: event.kind.name.to_owned(),
        run_id: event.run,
        body: event.body(ctx.org, format, now),
        status: MessageStatus::Queued.as_str().to_owned(),
        job_id: job.0,
        attempts: 0,
        response_status: None,
        response: None,
        error_message: None,
        created_at: now,
        next_at: Some(now),
        attempted_at: None,
        finished_at: None,
    };
    // If another process announced the run, this job will find nothing to send.
    repo::post(tx, &row).await?;
    Ok(row)
}

/// The endpoints of an organization that chose a type of event.
struct Listeners {
    ctx: Ctx,
    endpoints: Vec<entity::Model>,
}

impl Listeners {
    /// `None` if there are none, as in most organizations.
    async fn of(tx: &Tx, app: &App, org: OrgId, kind: &EventType) -> Result<Option<Self>> {
        let ctx = sender(app, org);
        let mut endpoints = repo::enabled(tx, &ctx).await?;
        endpoints.retain(|endpoint| chosen(endpoint).any(|one| one.name == kind.name));
        Ok((!endpoints.is_empty()).then_some(Self { ctx, endpoints }))
    }

    /// Writes an event for them, in the transaction of the change.
    async fn tell(&self, tx: &Tx, event: &Event) -> Result<()> {
        for endpoint in &self.endpoints {
            post(tx, &self.ctx, endpoint, event).await?;
        }
        Ok(())
    }
}

/// Announces that a version was published, in the transaction of the change.
pub(crate) async fn published(
    tx: &Tx,
    ctx: &Ctx,
    id: PublicationId,
    (pipeline, environment): (PipelineId, &str),
    version: i32,
) -> Result<()> {
    let kind = &events::pipeline_published::TYPE;
    let Some(listeners) = Listeners::of(tx, &ctx.app, ctx.org, kind).await? else {
        return Ok(());
    };
    let name = repo::pipeline_name(tx, ctx, pipeline).await?;
    let place = (pipeline, name.as_deref().unwrap_or_default(), environment);
    let event = events::pipeline_published::event(id, place, version, &ctx.actor.name);
    listeners.tell(tx, &event).await
}

/// Announces that a person has become a member, in the transaction of the change.
pub(crate) async fn member_added(
    tx: &Tx,
    (app, org): (&App, OrgId),
    user: UserId,
    role: &str,
) -> Result<()> {
    let kind = &events::member_added::TYPE;
    let Some(listeners) = Listeners::of(tx, app, org, kind).await? else {
        return Ok(());
    };
    let name = repo::person_name(tx, user.0).await?.unwrap_or_default();
    let event = events::member_added::event(user, &name, role);
    listeners.tell(tx, &event).await
}

/// Announces that a person is no longer a member, in the transaction of the change.
pub(crate) async fn member_removed(tx: &Tx, ctx: &Ctx, user: UserId, role: &str) -> Result<()> {
    let kind = &events::member_removed::TYPE;
    let Some(listeners) = Listeners::of(tx, &ctx.app, ctx.org, kind).await? else {
        return Ok(());
    };
    let name = repo::person_name(tx, user.0).await?.unwrap_or_default();
    let event = events::member_removed::event(user, &name, role);
    listeners.tell(tx, &event).await
}

/// Announces that a trigger was disabled, in the transaction of the change.
pub(crate) async fn trigger_disabled(
    tx: &Tx,
    (app, org): (&App, OrgId),
    trigger: (TriggerId, &str),
    (pipeline, environment): (PipelineId, &str),
) -> Result<()> {
    let kind = &events::trigger_disabled::TYPE;
    let Some(listeners) = Listeners::of(tx, app, org, kind).await? else {
        return Ok(());
    };
    let event = events::trigger_disabled::event(trigger, pipeline, environment);
    listeners.tell(tx, &event).await
}

/// Announces the runs that ended since the last look. Returns how many events were written. Two processes
/// may look at once: a run is announced once to an endpoint.
pub async fn collect(system: &SystemCtx) -> Result<usize> {
    let tx = system.begin_across().await?;
    let orgs = repo::orgs_of_runs(&tx).await?;
    tx.rollback().await?;
    let mut all = 0;
    for org in orgs {
        match of_org(&sender(&system.app, org)).await {
            Ok(count) => all += count,
            // The other organizations do not wait for this one.
            Err(error) => tracing::warn!(%error, %org, "ended runs could not be announced"),
        }
    }
    Ok(all)
}

async fn of_org(ctx: &Ctx) -> Result<usize> {
    let now = ctx.clock().now();
    let base_url = &ctx.app.settings().base_url;
    let mut count = 0;
    let tx = ctx.begin().await?;
    for endpoint in repo::enabled(&tx, ctx).await? {
        let statuses: Vec<&'static str> = chosen(&endpoint)
            .filter_map(|kind| kind.run_status)
            .collect();
        if statuses.is_empty() {
            continue;
        }
        let since = endpoint.runs_since.max(endpoint.runs_cursor - OVERLAP);
        let runs = repo::ended_runs(&tx, &endpoint, &statuses, since, RUNS).await?;
        for run in &runs {
            if let Some(event) = events::ended(run, base_url) {
                post(&tx, ctx, &endpoint, &event).await?;
                count += 1;
            }
        }
        let cursor = match runs.last() {
            Some(last) if runs.len() == RUNS => last.finished_at,
            _ => now,
        };
        if !runs.is_empty() || now - endpoint.runs_cursor > IDLE {
            repo::set_cursor(&tx, &endpoint, cursor).await?;
        }
    }
    tx.commit().await?;
    Ok(count)
}
