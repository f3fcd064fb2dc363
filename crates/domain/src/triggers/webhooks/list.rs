//! The deliveries of a webhook, and delivering one again.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use types::{ErrorCode, TriggerFiringId, TriggerId};
use uuid::Uuid;

use super::{
    deliver,
    repo::{self, Row},
};
use crate::{
    Ctx, SystemCtx,
    access::Permission,
    error::{AppError, Result},
    trigger_definitions::note,
    triggers::{
        Firing, FiringState, MAX_FIRINGS, TriggerError, manage, repo as firings, shows, work,
    },
};

/// A delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its id, which is that of its firing.
    pub id: TriggerFiringId,
    /// When it arrived, or was delivered again.
    pub received_at: DateTime<Utc>,
    /// The id that its sender gave it.
    pub delivery_id: Option<String>,
    /// The kind of its body: `json`, `form` or `text`.
    pub body_kind: String,
    /// The sender's address.
    pub address: Option<String>,
    /// Its headers, without secrets.
    pub headers: Json,
    /// Its query string.
    pub query: Json,
    /// The beginning of its body.
    pub body: String,
    /// The size of its body, in bytes.
    pub bytes: i64,
    /// How often the same delivery arrived again.
    pub repeats: i64,
    /// The delivery that somebody had delivered again.
    pub redelivery_of: Option<TriggerFiringId>,
    /// Its firing, as long as it is kept.
    pub firing: Option<Firing>,
}

impl Delivery {
    fn of(row: Row, firing: Option<Firing>) -> Self {
        let json = |text: &str| -> Json { serde_json::from_str(text).unwrap_or_default() };
        Self {
            id: TriggerFiringId(row.id),
            received_at: row.received_at,
            delivery_id: row.delivery_id,
            body_kind: row.body_kind,
            address: row.address,
            headers: json(&row.headers),
            query: json(&row.query),
            body: String::from_utf8_lossy(&row.body).into_owned(),
            bytes: row.bytes,
            repeats: row.repeats,
            redelivery_of: row.redelivery_of.map(TriggerFiringId),
            firing,
        }
    }
}

/// The newest deliveries of a trigger, the newest first.
pub async fn deliveries(ctx: &Ctx, id: TriggerId, first: Option<i32>) -> Result<Vec<Delivery>> {
    if !shows(ctx, Permission::RunRead, id).await? {
        return Ok(Vec::new());
    }
    let count = first.map_or(20, |first| u64::try_from(first).unwrap_or_default());
    let rows = repo::newest(ctx, id, count.min(MAX_FIRINGS)).await?;
    let mut all: HashMap<Uuid, Firing> = HashMap::new();
    for row in repo::firings(ctx, id).await? {
        all.insert(row.id, Firing::of(row)?);
    }
    let with_firing = |row: Row| {
        let firing = all.remove(&row.id);
        Delivery::of(row, firing)
    };
    Ok(rows.into_iter().map(with_firing).collect())
}

/// Delivers again what was delivered before, to the version that runs now. It is a firing of its own.
pub async fn redeliver(ctx: &Ctx, id: TriggerFiringId) -> Result<Delivery> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
    let no_delivery = || AppError::not_found("delivery");
    let old = repo::find(&ctx.app, ctx.org, id.0).await?;
    let old = old.ok_or_else(no_delivery)?;
    let trigger = manage::authorized(ctx, TriggerId(old.trigger_id), false).await;
    // Whoever is not shown the trigger is not told that it has this delivery.
    let trigger = trigger.map_err(|error| match error.code {
        ErrorCode::NotFound => no_delivery(),
        _ => error,
    })?;
    if !trigger.enabled {
        return Err(TriggerError::Disabled.into());
    }
    let now = ctx.clock().now();
    let system = SystemCtx::new(&ctx.app);
    let tx = ctx.begin().await?;
    let row = manage::locked(&tx, ctx, trigger.id).await?;
    let mut firing = firings::firing(&system, &row, (now, now), FiringState::Pending);
    firing.next_try_at = Some(now + deliver::CLAIM);
    let delivery = Row {
        id: firing.id,
        received_at: now,
        repeats: 0,
        redelivery_of: Some(old.id),
        ..old
    };
    deliver::write_pair(&tx, &mut firing, &delivery).await?;
    note(&tx, ctx, "trigger.redeliver", &row).await?;
    tx.commit().await?;
    work::fire(&system, &firing, now).await?;
    let id = TriggerFiringId(firing.id);
    let fired = repo::firing(&ctx.app, ctx.org, id).await?;
    let fired = fired.map(Firing::of).transpose()?;
    Ok(Delivery::of(delivery, fired))
}
