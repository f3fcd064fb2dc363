//! Events: what programs of the organization tell, for which triggers fire.
//!
//! One transaction stores an event and writes the firings of all triggers that wait for it. An event that
//! was sent before, which its source and its id tell, does nothing again.

pub mod cloud;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use engine::{
    Map, Value,
    trigger::{EventTrigger, Overlap, Trigger as Definition},
};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use types::{ErrorCode, EventId, OrgId, TriggerId};

use super::{
    Firing, FiringState, causes, definition, entity,
    repo::{self as firings, watching::CauseRow},
    watching::insert_moved,
    webhooks::Rates,
};
use crate::{
    Ctx, SystemCtx, Tx,
    access::Permission,
    error::{AppError, Result},
    paging::{Listed, Page},
    trigger_definitions::FOR_EVENTS,
};
use cloud::Sent;
use repo::Row;

/// The path to which events are sent.
pub const PATH: &str = "/events";

/// The largest body of a request with events, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// The largest number of events of an organization per minute. Each server process counts by itself.
const RATE: u32 = 6_000;

/// How long events are kept, and how many of an organization.
const KEPT: TimeDelta = TimeDelta::days(30);
const MOST: usize = 100_000;

/// The largest number of firings of a trigger that wait for their runs, and of those that wait for an
/// earlier run.
const MAX_PENDING: i64 = 1_000;
const MAX_QUEUED: i64 = 20;

/// The largest number of rows that one statement removes, and of statements in a purge.
const PURGED: usize = 10_000;
const PURGES: usize = 100;

/// What became of an event that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The event's id here.
    pub id: EventId,
    /// Whether it was sent before, so that nothing was done.
    pub repeated: bool,
    /// How many triggers fire for it.
    pub firings: usize,
}

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The event's id here.
    pub id: EventId,
    /// The id that its sender gave it.
    pub sender_id: String,
    /// What it is about.
    pub source: String,
    /// Its type.
    pub event_type: String,
    /// What it is about within the source.
    pub subject: Option<String>,
    /// When it happened, as its sender wrote it.
    pub time: Option<String>,
    /// Its further attributes.
    pub extensions: Json,
    /// What it says.
    pub data: Option<Json>,
    /// The kind and the name of who sent it.
    pub sent_by: (String, String),
    /// When it arrived.
    pub received_at: DateTime<Utc>,
}

impl From<Row> for Event {
    fn from(row: Row) -> Self {
        let json = |text: &str| -> Json { serde_json::from_str(text).unwrap_or_default() };
        Self {
            id: EventId(row.id),
            extensions: json(&row.extensions),
            data: row.data.as_deref().map(json),
            sender_id: row.event_id,
            source: row.source,
            event_type: row.event_type,
            subject: row.subject,
            time: row.happened_at,
            sent_by: (row.sent_by_kind, row.sent_by_name),
            received_at: row.received_at,
        }
    }
}

/// Stores events, and writes the firings of the triggers that wait for them.
///
/// # Errors
/// `FORBIDDEN`, and `RATE_LIMITED`. Then none of them is stored.
pub async fn receive(ctx: &Ctx, all: &[Sent]) -> Result<Vec<Received>> {
    ctx.authorize(Permission::EventSend).await?;
    let rates = ctx.app.state::<Rates>();
    for _ in all {
        rates.count(ctx.org.0, RATE)?;
    }
    let now = ctx.clock().now();
    let tx = ctx.begin().await?;
    let mut waiting = None;
    let mut received = Vec::with_capacity(all.len());
    for sent in all {
        let row = row_of(ctx, sent, now);
        let id = EventId(row.id);
        let key = key_of(sent);
        if !repo::insert(&tx, &row, &key).await? {
            let known = repo::known(&tx, ctx.org, &key).await?;
            received.push(Received {
                id: known.map_or(id, EventId),
                repeated: true,
                firings: 0,
            });
            continue;
        }
        let triggers = match waiting.take() {
            Some(triggers) => triggers,
            None => repo::waiting(&tx, ctx.org).await?,
        };
        let facts: Value = facts_of(&row)?.into();
        let mut fired = 0;
        for trigger in &triggers {
            // One that this version cannot read fires nothing here.
            let Ok(read) = Definition::parse(&trigger.definition) else {
                continue;
            };
            if let Some(event) = read.event()
                && event.matches(&facts)
            {
                let overlap = read.schedule.overlap;
                fire(ctx, &tx, (trigger, event, overlap), (&row, now)).await?;
                fired += 1;
            }
        }
        waiting = Some(triggers);
        received.push(Received {
            id,
            repeated: false,
            firings: fired,
        });
    }
    tx.commit().await?;
    Ok(received)
}

/// Writes the firing of a trigger for an event.
async fn fire(
    ctx: &Ctx,
    tx: &Tx,
    (trigger, event, overlap): (&definition::Model, &EventTrigger, Overlap),
    (row, now): (&Row, DateTime<Utc>),
) -> Result<()> {
    let mut state = FiringState::Pending;
    let mut reason = None;
    if event.cooldown > 0 {
        // Two events at once see each other's firings.
        firings::lock(tx, ctx, TriggerId(trigger.id)).await?;
        let last = repo::last_fired(tx, trigger).await?;
        let cooldown = TimeDelta::seconds(i64::from(event.cooldown));
        if last.is_some_and(|last| now - last < cooldown) {
            state = FiringState::Skipped;
            reason = Some("The trigger fired less than its cooldown before");
        }
    }
    let most = match overlap {
        Overlap::Queue => MAX_QUEUED,
        _ => MAX_PENDING,
    };
    if state == FiringState::Pending && firings::waiting(tx, trigger).await? >= most {
        state = FiringState::Skipped;
        reason = Some("Too many earlier firings wait already");
    }
    let system = SystemCtx::new(&ctx.app);
    let mut firing = firings::firing(&system, trigger, (now, now), state);
    firing.reason = reason.map(str::to_owned);
    insert_moved(tx, &mut firing).await?;
    let cause = CauseRow {
        firing_id: firing.id,
        org_id: firing.org_id,
        trigger_id: firing.trigger_id,
        kind: FOR_EVENTS.to_owned(),
        cause_id: row.id,
        runs: "[]".to_owned(),
        depth: 1,
        created_at: now,
    };
    Ok(firings::watching::insert_cause(tx, &cause).await?)
}

fn row_of(ctx: &Ctx, sent: &Sent, now: DateTime<Utc>) -> Row {
    let data = sent.data.as_ref().map(Json::to_string);
    let bytes = data.as_ref().map_or(0, String::len);
    Row {
        id: EventId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        event_id: sent.id.clone(),
        source: sent.source.clone(),
        event_type: sent.event_type.clone(),
        subject: sent.subject.clone(),
        happened_at: sent.time.clone(),
        extensions: Json::Object(sent.extensions.clone()).to_string(),
        data,
        bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        sent_by_kind: ctx.actor.kind.as_str().to_owned(),
        sent_by_name: ctx.actor.name.to_string(),
        received_at: now,
    }
}

/// The stored form of what tells that an event is the same.
fn key_of(sent: &Sent) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(sent.source.len().to_be_bytes());
    hash.update(sent.source.as_bytes());
    hash.update(sent.id.as_bytes());
    hash.finalize().into()
}

/// What a definition can look at in an event.
fn facts_of(row: &Row) -> Result<Map> {
    let mut facts = Map::default();
    let mut put = |name: &str, value: Value| facts.insert(name.into(), value);
    put("id", row.event_id.as_str().into());
    put("source", row.source.as_str().into());
    put("type", row.event_type.as_str().into());
    if let Some(subject) = &row.subject {
        put("subject", subject.as_str().into());
    }
    if let Some(time) = &row.happened_at {
        put("time", time.as_str().into());
    }
    let json = |text: &str| Value::parse_json(text).map_err(AppError::internal);
    put("extensions", json(&row.extensions)?);
    if let Some(data) = &row.data {
        put("data", json(data)?);
    }
    Ok(facts)
}

/// The input of the run of a firing for an event.
pub(super) async fn input_of(
    ctx: &Ctx,
    firing: &entity::Model,
    read: &Definition,
    event: &EventTrigger,
) -> Result<Value> {
    let cause = causes::of(ctx, firing).await?;
    let row = repo::find(&ctx.app, OrgId(firing.org_id), cause.cause_id).await?;
    let row = row.ok_or_else(|| causes::gone("The event is not kept any more"))?;
    let mut facts = facts_of(&row)?;
    facts.insert("trigger".into(), read.name.as_str().into());
    event.input(&read.input, &facts.into()).ok_or_else(|| {
        let message = "data: is no object, and the trigger has no `input_mapping`";
        AppError::new(ErrorCode::InvalidInput, message)
    })
}

/// The organization's events, the newest first.
pub async fn list(ctx: &Ctx, page: &Page) -> Result<Listed<Event>> {
    ctx.authorize(Permission::RunRead).await?;
    let window = page.window(ctx.org, "events")?;
    let rows = repo::list(ctx, &window).await?;
    let events = rows.into_iter().map(Event::from).collect();
    Ok(window.listed(events, |event: &Event| event.id.0))
}

/// One event.
pub async fn get(ctx: &Ctx, id: EventId) -> Result<Event> {
    ctx.authorize(Permission::RunRead).await?;
    let row = repo::find(&ctx.app, ctx.org, id.0).await?;
    let row = row.ok_or_else(|| AppError::not_found("event"))?;
    Ok(Event::from(row))
}

/// The firings for an event, each with its trigger, the newest first.
pub async fn fired(ctx: &Ctx, id: EventId) -> Result<Vec<(TriggerId, Firing)>> {
    ctx.authorize(Permission::RunRead).await?;
    let rows = firings::watching::firings_for(ctx, id.0).await?;
    rows.into_iter()
        .map(|row| Ok((TriggerId(row.trigger_id), Firing::of(row)?)))
        .collect()
}

/// Removes old events.
pub async fn purge(system: &SystemCtx) -> Result<u64> {
    let mut all = 0;
    for _ in 0..PURGES {
        let now = system.app.clock().now();
        let tx = system.begin_across().await?;
        let mut gone = repo::purge(&tx, now - KEPT, PURGED).await?;
        if gone == 0 {
            gone = repo::trim(&tx, MOST, PURGED).await?;
        }
        tx.commit().await?;
        all += gone;
        if gone < PURGED as u64 {
            break;
        }
    }
    Ok(all)
}
