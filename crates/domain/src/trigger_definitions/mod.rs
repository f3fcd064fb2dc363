//! The definitions of triggers: their table, and the triggers that a version brings with it.
//!
//! A lower layer of `pipelines` and `publications`, which bring them, and of `triggers`, which fires
//! them. A version that is pushed brings its triggers to development, and one that is published to an
//! environment to that environment. A new one is disabled until somebody enables it, and a changed one
//! stays as it was: who enabled it stays, too. It is disabled if whoever brings the change could not have
//! enabled it, if it takes the place of one that was created in the product, and if it becomes frequent.

pub mod entity;
pub(crate) mod repo;

use chrono::{DateTime, Utc};
use engine::trigger::{Schedule, Timing, Trigger};
use serde_json::json;
use types::{ErrorCode, OrgId, PipelineId, TriggerId};

use crate::{
    App, Ctx, Tx,
    access::{Environment, Permission, PermissionSet},
    audit::{self, Entry},
    error::{AppError, Result},
    webhook_endpoints,
};

/// The largest number of triggers that a pipeline may have in an environment.
pub const MAX_OF_PIPELINE: usize = 100;

/// What a trigger waits for, as it is stored: runs of other pipelines.
pub(crate) const FOR_RUNS: &str = "run";

/// What a trigger waits for, as it is stored: events.
pub(crate) const FOR_EVENTS: &str = "event";

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
        waits_for: None,
        problem_code: None,
        problem: None,
        trouble: None,
        told_at: None,
        trial_at: None,
        probe_at: None,
        probe_ok: None,
        probe_detail: None,
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
    let waits_for = match &schedule.timing {
        _ if !row.enabled || schedule.paused => None,
        Timing::Cron(_) | Timing::Interval { .. } | Timing::Rule(_) | Timing::Webhook(_) => None,
        // The scheduler looks at the runs regularly.
        Timing::Run(_) => Some(FOR_RUNS),
        Timing::Event(_) => Some(FOR_EVENTS),
    };
    if waits_for == Some(FOR_RUNS) {
        row.next_due = Some(now);
    }
    row.waits_for = waits_for.map(str::to_owned);
}

/// Why a version that changes an enabled trigger disables it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// Whoever brings the version may not start runs there.
    NotAllowed,
    /// The trigger was created here, and the file has another one of its name.
    TakenOver,
    /// It fires more often than once a minute now. How many of these there are is limited, and checked when
    /// one is enabled.
    Frequent,
}

impl Doubt {
    /// The code and the message that the trigger shows.
    const fn problem(self) -> (ErrorCode, &'static str) {
        match self {
            Self::NotAllowed => (
                ErrorCode::Forbidden,
                "A version changed the trigger, and whoever brought it here may not start runs; look at \
                 the trigger and enable it again",
            ),
            Self::TakenOver => (
                ErrorCode::Conflict,
                "The pipeline's file has a trigger of this name, which has replaced the one that was \
                 created here; look at it and enable it again",
            ),
            Self::Frequent => (
                ErrorCode::QuotaExceeded,
                "A version made the trigger fire more often than once a minute; enable it again if the \
                 organization has room for it",
            ),
        }
    }
}

/// Brings the triggers of a version to an environment, in the transaction that pushes or publishes it.
///
/// # Errors
/// `QUOTA_EXCEEDED` if the pipeline would have too many triggers there.
pub(crate) async fn bring(
    tx: &Tx,
    ctx: &Ctx,
    (pipeline, environment): (PipelineId, Environment),
    declared: &[Trigger],
) -> Result<()> {
    let known = repo::of_pipeline_in(tx, ctx, pipeline, environment).await?;
    has_room(&known, declared)?;
    for trigger in declared {
        let Some(row) = known.iter().find(|row| row.name == trigger.name) else {
            let row = new_row(ctx, pipeline, environment, (trigger, Origin::File));
            repo::insert(tx, &row).await?;
            note(tx, ctx, "trigger.create", &row).await?;
            continue;
        };
        let definition = trigger.to_serde().to_string();
        let origin = Origin::File.as_str();
        let same = row.definition == definition;
        if same && row.origin == origin {
            continue;
        }
        let mut row = row.clone();
        let taken_over = row.origin != origin;
        row.definition = definition;
        row.origin = origin.to_owned();
        row.updated_at = ctx.clock().now();
        let doubt = match same {
            true => None,
            false => changed(tx, ctx, &mut row, (trigger, environment), taken_over).await?,
        };
        repo::update(tx, &row).await?;
        note(tx, ctx, "trigger.update", &row).await?;
        if doubt.is_some() {
            note(tx, ctx, "trigger.disable", &row).await?;
        }
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

/// Plans a trigger whose definition was changed, and disables it in doubt.
async fn changed(
    tx: &Tx,
    ctx: &Ctx,
    row: &mut entity::Model,
    (trigger, environment): (&Trigger, Environment),
    taken_over: bool,
) -> Result<Option<Doubt>> {
    let (now, was_frequent) = (ctx.clock().now(), row.frequent);
    plan(row, &trigger.schedule, now);
    if !row.enabled {
        return Ok(None);
    }
    let doubt = if taken_over {
        Doubt::TakenOver
    } else if row.frequent && !was_frequent {
        Doubt::Frequent
    } else if !may_start(tx, ctx, PipelineId(row.pipeline_id), environment).await? {
        Doubt::NotAllowed
    } else {
        return Ok(None);
    };
    let (code, message) = doubt.problem();
    row.enabled = false;
    row.problem_code = Some(code.as_str().to_owned());
    row.problem = Some(message.to_owned());
    plan(row, &trigger.schedule, now);
    Ok(Some(doubt))
}

/// Refuses a version with which the pipeline would have more triggers than it may have, and than it has.
fn has_room(known: &[entity::Model], declared: &[Trigger]) -> Result<()> {
    let created_here = known
        .iter()
        .filter(|row| Origin::stored(&row.origin) == Origin::Product)
        .filter(|row| !declared.iter().any(|trigger| trigger.name == row.name))
        .count();
    let count = created_here + declared.len();
    if count <= MAX_OF_PIPELINE || count <= known.len() {
        return Ok(());
    }
    let message = format!(
        "The pipeline would have {count} triggers in this environment, of which {created_here} were created \
         there; at most {MAX_OF_PIPELINE} are allowed: delete some, or declare fewer in the file"
    );
    Err(AppError::new(ErrorCode::QuotaExceeded, message))
}

/// Whether the caller may start runs of the pipeline in the environment. It reads in the transaction, which
/// may have created the pipeline.
async fn may_start(
    tx: &Tx,
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
) -> Result<bool> {
    let production = (environment == Environment::Production).then_some(Permission::ProductionUse);
    let needed: PermissionSet = [Permission::RunStart]
        .into_iter()
        .chain(production)
        .collect();
    let missing = needed.without(ctx.rights.at(pipeline, None, Some(environment)));
    if missing.is_empty() || missing.exceeds(ctx.rights.by_folders()) {
        return Ok(missing.is_empty());
    }
    let folder = repo::folder_in(tx, ctx, pipeline).await?;
    let missing = needed.without(ctx.rights.at(pipeline, folder, Some(environment)));
    Ok(missing.is_empty())
}

/// Writes what happened to a trigger into the audit log.
pub(crate) async fn note(tx: &Tx, ctx: &Ctx, action: &str, row: &entity::Model) -> Result<()> {
    let detail = json!({ "name": row.name, "pipeline": PipelineId(row.pipeline_id),
        "environment": row.environment, "origin": row.origin });
    let entry = Entry::new(action, "trigger", TriggerId(row.id)).detail(detail);
    audit::write(tx, ctx, entry).await?;
    if action == "trigger.disable" {
        announce_disabled(tx, (&ctx.app, ctx.org), row).await?;
    }
    Ok(())
}

/// Announces to webhook endpoints that a trigger was disabled.
pub(crate) async fn announce_disabled(
    tx: &Tx,
    place: (&App, OrgId),
    row: &entity::Model,
) -> Result<()> {
    let trigger = (TriggerId(row.id), row.name.as_str());
    let from = (PipelineId(row.pipeline_id), row.environment.as_str());
    webhook_endpoints::trigger_disabled(tx, place, trigger, from).await
}
