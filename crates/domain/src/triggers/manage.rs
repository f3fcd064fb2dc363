//! Creating, changing, enabling, disabling and deleting triggers.
//!
//! Whoever does it could start the runs: a change of a trigger needs `run.start` in its environment. A
//! definition that somebody changes here is theirs from then on: its runs are started as that person.

use engine::trigger::{Overlap, Trigger as Definition};
use serde_json::Value as Json;
use types::{PipelineId, TriggerId};

use super::{Trigger, TriggerError, definition, repo, webhooks};
use crate::{
    Ctx, Tx,
    access::{Environment, Permission},
    ctx::ActorKind,
    error::Result,
    pipelines::{self, PipelineError},
    runs, text,
    trigger_definitions::{self as definitions, Origin, note, plan},
};

/// Creates a trigger. It is disabled.
pub async fn create(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
    source: &Json,
) -> Result<Trigger> {
    ctx.authorize_on(Permission::PipelineWrite, pipeline)
        .await?;
    ctx.authorize_in(Permission::RunStart, pipeline, environment)
        .await?;
    let read = read(source)?;
    let tx = ctx.begin().await?;
    let locked = pipelines::lock(&tx, ctx, pipeline).await?;
    if locked.ok_or(PipelineError::NotFound)?.deleted_at.is_some() {
        return Err(PipelineError::Deleted.into());
    }
    let known = definitions::repo::of_pipeline_in(&tx, ctx, pipeline, environment).await?;
    if known.len() >= super::MAX_OF_PIPELINE {
        return Err(TriggerError::TooMany.into());
    }
    let row = definitions::new_row(ctx, pipeline, environment, (&read, Origin::Product));
    if !definitions::repo::insert(&tx, &row).await? {
        return Err(TriggerError::NameTaken(row.name).into());
    }
    note(&tx, ctx, "trigger.create", &row).await?;
    tx.commit().await?;
    Trigger::of(row)
}

/// Changes a trigger that was created here. If it is enabled, its runs are the caller's from now on.
pub async fn update(ctx: &Ctx, id: TriggerId, source: &Json) -> Result<Trigger> {
    let old = authorized(ctx, id, true).await?;
    let read = read(source)?;
    if old.enabled {
        may_fire(ctx, &old, &read).await?;
    }
    let tx = ctx.begin().await?;
    // All of the pipeline's are locked in one order, so that two changes do not wait for each other.
    let (pipeline, environment) = (old.pipeline, old.environment);
    let known = definitions::repo::of_pipeline_in(&tx, ctx, pipeline, environment).await?;
    let row = known.iter().find(|row| row.id == id.0).cloned();
    let mut row = row.ok_or(TriggerError::NotFound)?;
    if Origin::stored(&row.origin) == Origin::File {
        return Err(TriggerError::FromFile.into());
    }
    if row.enabled != old.enabled {
        return Err(TriggerError::Changed.into());
    }
    if known
        .iter()
        .any(|other| other.name == read.name && other.id != row.id)
    {
        return Err(TriggerError::NameTaken(read.name).into());
    }
    row.name.clone_from(&read.name);
    row.definition = read.to_serde().to_string();
    row.updated_at = ctx.clock().now();
    (row.problem_code, row.problem) = (None, None);
    if row.enabled {
        enabled_by(ctx, &mut row);
    }
    planned(&tx, ctx, &mut row, &read).await?;
    definitions::repo::update(&tx, &row).await?;
    note(&tx, ctx, "trigger.update", &row).await?;
    tx.commit().await?;
    Trigger::of(row)
}

/// Enables or disables a trigger. Its runs are started as whoever enabled it last.
pub async fn set_enabled(ctx: &Ctx, id: TriggerId, on: bool) -> Result<Trigger> {
    let old = authorized(ctx, id, false).await?;
    let read = Definition::parse(&old.text);
    if on {
        let read = read
            .as_ref()
            .map_err(|found| TriggerError::Definition(found.clone()))?;
        may_fire(ctx, &old, read).await?;
    }
    let tx = ctx.begin().await?;
    let mut row = locked(&tx, ctx, id).await?;
    if on && row.definition != old.text {
        return Err(TriggerError::Changed.into());
    }
    row.updated_at = ctx.clock().now();
    row.enabled = on;
    match (on, Definition::parse(&row.definition)) {
        (true, Ok(read)) => {
            (row.problem_code, row.problem) = (None, None);
            enabled_by(ctx, &mut row);
            planned(&tx, ctx, &mut row, &read).await?;
        }
        (true, Err(found)) => return Err(TriggerError::Definition(found).into()),
        (false, _) => {
            (row.next_at, row.next_due, row.frequent) = (None, None, false);
            row.waits_for = None;
            repo::drop_pending(&tx, &row, ctx.clock().now()).await?;
        }
    }
    definitions::repo::update(&tx, &row).await?;
    let action = if on {
        "trigger.enable"
    } else {
        "trigger.disable"
    };
    note(&tx, ctx, action, &row).await?;
    tx.commit().await?;
    Trigger::of(row)
}

/// Deletes a trigger that was created here. Its runs stay, and nobody sees the list of its firings any more.
pub async fn delete(ctx: &Ctx, id: TriggerId) -> Result<()> {
    authorized(ctx, id, true).await?;
    let tx = ctx.begin().await?;
    let row = locked(&tx, ctx, id).await?;
    if Origin::stored(&row.origin) == Origin::File {
        return Err(TriggerError::FromFile.into());
    }
    definitions::repo::delete(&tx, row.org_id, row.id).await?;
    note(&tx, ctx, "trigger.delete", &row).await?;
    Ok(tx.commit().await?)
}

/// The trigger, if the caller may change it. `writes`: whether its definition is changed.
pub(super) async fn authorized(ctx: &Ctx, id: TriggerId, writes: bool) -> Result<Trigger> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
    let row = repo::find(ctx, id).await?;
    let trigger = Trigger::of(row.ok_or(TriggerError::NotFound)?)?;
    let (pipeline, environment) = (trigger.pipeline, trigger.environment);
    if !ctx.can_read(Permission::PipelineRead, pipeline).await? {
        // For whoever may not start its runs either, it does not exist.
        let start = Permission::RunStart;
        let missing = ctx.missing_in(start, pipeline, environment).await?;
        if !missing.is_empty() {
            return Err(TriggerError::NotFound.into());
        }
    }
    if writes {
        ctx.authorize_on(Permission::PipelineWrite, trigger.pipeline)
            .await?;
    }
    ctx.authorize_in(Permission::RunStart, trigger.pipeline, trigger.environment)
        .await?;
    Ok(trigger)
}

/// The trigger's row, locked for the transaction.
pub(super) async fn locked(tx: &Tx, ctx: &Ctx, id: TriggerId) -> Result<definition::Model> {
    let row = repo::lock(tx, ctx, id).await?;
    Ok(row.ok_or(TriggerError::NotFound)?)
}

fn read(source: &Json) -> Result<Definition> {
    text::json_no_nul("definition", source)?;
    let read = Definition::parse(&source.to_string()).map_err(TriggerError::Definition)?;
    text::line("name", &read.name, 100)?;
    Ok(read)
}

/// Checks that the trigger may fire as the caller, and that its next run could be started.
async fn may_fire(ctx: &Ctx, trigger: &Trigger, read: &Definition) -> Result<()> {
    if !matches!(ctx.actor.kind, ActorKind::User | ActorKind::ApiKey) {
        let message = "An application may not enable a trigger, because its access ends with its token; \
             enable it in the dashboard or with an API key";
        return Err(ctx.refuse(Permission::RunStart, message.to_owned()).await);
    }
    let (pipeline, environment) = (trigger.pipeline, trigger.environment);
    if read.schedule.overlap == Overlap::CancelOldest {
        ctx.authorize_in(Permission::RunCancel, pipeline, environment)
            .await?;
    }
    // What would be refused each time is said now.
    if read.webhook().is_some() {
        webhooks::ready(ctx, trigger.id, read).await?;
        return runs::can_run(ctx, pipeline, environment).await;
    }
    if !read.schedule.timing.is_planned() {
        if let Some(run) = read.run() {
            // Its runs get what is in the others.
            ctx.authorize(Permission::RunRead).await?;
            let known = repo::watching::names(ctx, &run.pipelines).await?;
            let mut wanted = run.pipelines.iter();
            if let Some(name) = wanted.find(|name| !known.contains(*name)) {
                return Err(TriggerError::NoPipeline(name.clone()).into());
            }
        }
        return runs::can_run(ctx, pipeline, environment).await;
    }
    let now = ctx.clock().now();
    let input = read.input_at(read.schedule.next_after(now).unwrap_or(now));
    runs::could_start(ctx, pipeline, environment, input).await
}

fn enabled_by(ctx: &Ctx, row: &mut definition::Model) {
    row.enabled_by_kind = Some(ctx.actor.kind.as_str().to_owned());
    row.enabled_by_id = ctx.actor.id;
    row.enabled_by_name = Some(ctx.actor.name.to_string());
    row.enabled_at = Some(ctx.clock().now());
}

/// Plans the next firing, within the organization's limits.
async fn planned(tx: &Tx, ctx: &Ctx, row: &mut definition::Model, read: &Definition) -> Result<()> {
    plan(row, &read.schedule, ctx.clock().now());
    if !row.enabled {
        return Ok(());
    }
    repo::lock_limits(tx, ctx.org).await?;
    let (all, frequent, watching) = repo::enabled_besides(tx, row).await?;
    if all >= super::MAX_ENABLED {
        return Err(TriggerError::TooManyEnabled.into());
    }
    if row.frequent && frequent >= super::MAX_FREQUENT {
        return Err(TriggerError::TooManyFrequent.into());
    }
    if row.waits_for.is_some() && watching >= super::MAX_WATCHING {
        return Err(TriggerError::TooManyWatching.into());
    }
    Ok(())
}
