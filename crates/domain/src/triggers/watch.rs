//! Finds triggers that should have fired and did not, and tells whoever enabled them; once, until they fire
//! again. It also has each enabled trigger tried once a day: a marked firing goes the whole way, with the
//! rights and the input that the next run would have, and starts nothing.
//!
//! Every worker looks. What one of them told or tried is written on the trigger, so no other one does it.

use chrono::{DateTime, TimeDelta, Utc};
use engine::trigger::Trigger as Definition;
use types::{ErrorCode, OrgId, PipelineId, TriggerId};

use super::{
    FiringState, definition, entity,
    repo::{
        self,
        watch::{self, IS_LATE, IS_MISSED, IS_UNABLE, Troubled},
    },
    work,
};
use crate::{
    Ctx, SystemCtx, Tx,
    access::Environment,
    ctx::ActorKind,
    error::{AppError, Result},
    mail::{self, Letter, Outgoing},
    organizations, pipelines, runs,
};

/// How long sending a letter is retried.
const LASTS: TimeDelta = TimeDelta::days(3);

/// Looks at all triggers at once. Returns how many persons were told.
pub async fn watch(system: &SystemCtx) -> Result<u64> {
    let now = repo::now(system).await?;
    watch_at(system, now).await
}

/// Like [`watch`], at a given time.
pub async fn watch_at(system: &SystemCtx, now: DateTime<Utc>) -> Result<u64> {
    let tx = system.begin_across().await?;
    watch::recover(&tx, now).await?;
    let troubled = watch::troubled(&tx, now).await?;
    let due = watch::to_try(&tx, now).await?;
    tx.commit().await?;
    let mut told = 0;
    for one in troubled {
        if tell(system, one, now).await? {
            told += 1;
        }
    }
    for row in due {
        plan_trial(system, &row, now).await?;
    }
    Ok(told)
}

/// Tells the person who enabled a trigger. `false`: somebody else does, or there is nobody to write to.
async fn tell(system: &SystemCtx, one: Troubled, now: DateTime<Utc>) -> Result<bool> {
    let org = OrgId(one.org_id);
    let tx = system.begin_in(&[org]).await?;
    if !watch::told(&tx, &one, now).await? {
        return Ok(false);
    }
    let ctx = Ctx {
        org,
        ..Ctx::of_server(&system.app, "triggers", "watch")
    };
    let told = write(&tx, &ctx, &one, now).await?;
    tx.commit().await?;
    let id = TriggerId(one.id);
    tracing::warn!(%id, what = %one.what, told, "a trigger does not fire");
    Ok(told)
}

/// Writes the letter. `false`: a key enabled the trigger, or the person is gone or wants no such letters.
async fn write(tx: &Tx, ctx: &Ctx, one: &Troubled, now: DateTime<Utc>) -> Result<bool> {
    if !mail::is_on(&ctx.app) {
        return Ok(false);
    }
    let Some(row) = repo::lock(tx, ctx, TriggerId(one.id)).await? else {
        return Ok(false);
    };
    let kind = row.enabled_by_kind.as_deref().and_then(ActorKind::parse);
    let person = row.enabled_by_id.filter(|_| kind == Some(ActorKind::User));
    let Some(person) = person else {
        return Ok(false);
    };
    if mail::unsubscribed(tx, ctx).await?.contains(&person) {
        return Ok(false);
    }
    let Some((address, language)) = organizations::address_of(tx, ctx.org, person).await? else {
        return Ok(false);
    };
    let pipeline = pipelines::get(ctx, PipelineId(row.pipeline_id)).await?;
    if pipeline.deleted.is_some() {
        return Ok(false);
    }
    let path = format!("/pipelines/{}/triggers/{}", pipeline.id, TriggerId(row.id));
    let problem = match one.what.as_str() {
        IS_LATE | IS_MISSED => None,
        IS_UNABLE => row.probe_detail.clone(),
        _ => one.message.clone(),
    };
    let letter = Letter::TriggerTrouble {
        organization: organizations::name(ctx).await?,
        pipeline: pipeline.name.clone(),
        trigger: row.name.clone(),
        environment: row.environment.clone(),
        missed: one.what == IS_MISSED,
        disabled: !row.enabled,
        problem: problem.unwrap_or_default(),
        link: mail::link(&ctx.app, &path),
        unsubscribe: mail::unsubscribe_link(ctx, person)?,
    };
    let outgoing = Outgoing {
        to: &address,
        letter: &letter,
        language,
        about: row.id,
        expires_at: now + LASTS,
    };
    mail::post(tx, ctx, outgoing).await?;
    Ok(true)
}

/// Writes the marked firing of a trigger.
async fn plan_trial(system: &SystemCtx, row: &definition::Model, now: DateTime<Utc>) -> Result<()> {
    let tx = system.begin_in(&[OrgId(row.org_id)]).await?;
    if !watch::try_now(&tx, row, now).await? {
        return Ok(());
    }
    // Between two seconds, where no schedule fires.
    let second = DateTime::from_timestamp(now.timestamp(), 500_000_000).unwrap_or(now);
    let firing = repo::firing(system, row, (second, now), FiringState::Pending);
    watch::add_trial(&tx, &firing, now).await?;
    Ok(tx.commit().await?)
}

/// Does all that a firing does except to start the run, and writes what became of it.
pub(super) async fn tried(
    system: &SystemCtx,
    row: Option<&definition::Model>,
    firing: &entity::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let enabled = row.filter(|row| row.enabled);
    let result = match enabled {
        Some(row) => Some(could_start(system, row, firing, now).await),
        None => None,
    };
    let tx = system.begin_in(&[OrgId(firing.org_id)]).await?;
    if let Some(result) = result {
        let detail = result.as_ref().err().map(|error| error.message.to_string());
        watch::probed(&tx, firing, (result.is_ok(), detail), now).await?;
    }
    watch::remove(&tx, firing).await?;
    Ok(tx.commit().await?)
}

/// Whether the next run of a trigger could be started.
async fn could_start(
    system: &SystemCtx,
    row: &definition::Model,
    firing: &entity::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let read = Definition::parse(&row.definition).map_err(|_| {
        let message = "This version of FlowMason cannot read the definition; update the server";
        AppError::new(ErrorCode::Unsupported, message)
    })?;
    let ctx = work::context(system, row, firing).await?;
    let environment = Environment::parse(&row.environment)
        .ok_or_else(|| AppError::internal(format!("environment {}", row.environment)))?;
    let pipeline = PipelineId(row.pipeline_id);
    ctx.authorize_in(crate::access::Permission::RunStart, pipeline, environment)
        .await?;
    if !read.schedule.timing.is_planned() {
        return runs::can_run(&ctx, pipeline, environment).await;
    }
    let next = read.schedule.next_after(now).unwrap_or(now);
    runs::could_start(&ctx, pipeline, environment, read.input_at(next)).await
}
