//! The definitions of triggers: their table, and the triggers that a version brings with it.
//!
//! A lower layer of `pipelines` and `publications`, which bring them, and of `triggers`, which fires
//! them. A version that is pushed brings its triggers to development, and one that is published to an
//! environment to that environment. A new one is disabled until somebody enables it, and a changed one
//! stays as it was: who enabled it stays, too.

pub mod entity;
pub(crate) mod repo;

use chrono::{DateTime, Utc};
use engine::trigger::{Schedule, Trigger};
use serde_json::json;
use types::{PipelineId, TriggerId};

use crate::{
    Ctx, Tx,
    access::Environment,
    audit::{self, Entry},
    error::Result,
};

/// Where a trigger comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file of the version that runs in the environment.
    File,
    /// Somebody created it here.
    Product,
}

impl Origin {
    /// The name that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Product => "product",
        }
    }

    /// The origin with this name. An unknown one counts as the file's: nothing here changes it.
    pub fn stored(name: &str) -> Self {
        match name {
            "product" => Self::Product,
            _ => Self::File,
        }
    }
}

/// A row for a trigger that is disabled.
pub(crate) fn new_row(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
    (trigger, origin): (&Trigger, Origin),
) -> entity::Model {
    let now = ctx.clock().now();
    entity::Model {
        id: TriggerId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        pipeline_id: pipeline.0,
        environment: environment.as_str().to_owned(),
        name: trigger.name.clone(),
        origin: origin.as_str().to_owned(),
        definition: trigger.to_serde().to_string(),
        enabled: false,
        frequent: false,
        enabled_by_kind: None,
        enabled_by_id: None,
        enabled_by_name: None,
        enabled_at: None,
        next_at: None,
        next_due: None,
        problem_code: None,
        problem: None,
        created_at: now,
        updated_at: now,
    }
}

/// Plans the next firing of a trigger after an instant, if it is enabled.
pub(crate) fn plan(row: &mut entity::Model, schedule: &Schedule, now: DateTime<Utc>) {
    row.next_at = match row.enabled {
        true => schedule.next_after(now),
        false => None,
    };
    let delay = schedule.delay(row.id.as_u128());
    row.next_due = row.next_at.map(|at| at + delay);
    row.frequent = row.enabled && schedule.is_frequent(now);
}

/// Brings the triggers of a version to an environment, in the transaction that pushes or publishes it.
pub(crate) async fn bring(
    tx: &Tx,
    ctx: &Ctx,
    (pipeline, environment): (PipelineId, Environment),
    declared: &[Trigger],
) -> Result<()> {
    let known = repo::of_pipeline_in(tx, ctx, pipeline, environment).await?;
    let now = ctx.clock().now();
    for trigger in declared {
        let Some(row) = known.iter().find(|row| row.name == trigger.name) else {
            let row = new_row(ctx, pipeline, environment, (trigger, Origin::File));
            repo::insert(tx, &row).await?;
            note(tx, ctx, "trigger.create", &row).await?;
            continue;
        };
        let definition = trigger.to_serde().to_string();
        let origin = Origin::File.as_str();
        if (&*row.definition, &*row.origin) == (&*definition, origin) {
            continue;
        }
        let mut row = row.clone();
        row.definition = definition;
        row.origin = origin.to_owned();
        row.updated_at = now;
        let was_frequent = row.frequent;
        plan(&mut row, &trigger.schedule, now);
        if row.frequent && !was_frequent {
            // How many of these there are is limited, and checked when one is enabled.
            row.enabled = false;
            plan(&mut row, &trigger.schedule, now);
        }
        repo::update(tx, &row).await?;
        note(tx, ctx, "trigger.update", &row).await?;
    }
    for row in &known {
        let gone = !declared.iter().any(|trigger| trigger.name == row.name);
        if gone && Origin::stored(&row.origin) == Origin::File {
            repo::delete(tx, row.org_id, row.id).await?;
            note(tx, ctx, "trigger.delete", row).await?;
        }
    }
    Ok(())
}

/// Writes what happened to a trigger into the audit log.
pub(crate) async fn note(tx: &Tx, ctx: &Ctx, action: &str, row: &entity::Model) -> Result<()> {
    let detail = json!({ "name": row.name, "pipeline": PipelineId(row.pipeline_id),
        "environment": row.environment, "origin": row.origin });
    let entry = Entry::new(action, "trigger", TriggerId(row.id)).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}
