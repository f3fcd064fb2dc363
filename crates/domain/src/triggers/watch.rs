//! Finds triggers that should have fired and did not, and tells whoever enabled them; once, until they fire
//! again. It also has each enabled trigger tried once a day: a marked firing goes the whole way, with the
//! rights and the input that the next run would have, and starts nothing.
//!
//! Every worker looks. What one of them told or tried is written on the trigger, so no other one does it.

use chrono::{DateTime, TimeDelta, Utc};
use engine::trigger::Trigger as Definition;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use types::{ErrorCode, OrgId, PipelineId, TriggerId};
use uuid::Uuid;

use super::{FiringState, definition, entity, repo, work};
use crate::{
    Ctx, SystemCtx, Tx,
    access::Environment,
    ctx::ActorKind,
    error::{AppError, Result},
    mail::{self, Letter, Outgoing},
    organizations, pipelines, runs,
};

/// How long a firing may wait to be planned. It is far more than the scheduler needs.
const LATE: TimeDelta = TimeDelta::minutes(5);

/// How far back missed firings are looked for.
const MISSED: TimeDelta = TimeDelta::hours(1);

/// How often a trigger is tried, and after which time a trial should have come through.
const TRIED: TimeDelta = TimeDelta::days(1);
const LOST: TimeDelta = TimeDelta::minutes(15);

/// The largest number of triggers that are told about, or tried, at a time.
const BATCH: usize = 100;

/// How long sending a letter is retried.
const LASTS: TimeDelta = TimeDelta::days(3);

/// What is wrong with a trigger, as stored: a code of its problem, or one of these.
const IS_LATE: &str = "late";
const IS_MISSED: &str = "missed";
const IS_UNABLE: &str = "trial";

/// Looks at all triggers at once. Returns how many persons were told.
pub async fn watch(system: &SystemCtx) -> Result<u64> {
    let now = repo::now(system).await?;
    watch_at(system, now).await
}

/// Like [`watch`], at a given time.
pub async fn watch_at(system: &SystemCtx, now: DateTime<Utc>) -> Result<u64> {
    let tx = system.begin_across().await?;
    recover(&tx, now).await?;
    let troubled = troubled(&tx, now).await?;
    let due = to_try(&tx, now).await?;
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

/// A trigger that does not fire.
#[derive(Debug, FromQueryResult)]
struct Troubled {
    id: Uuid,
    org_id: Uuid,
    /// What is wrong.
    what: String,
    /// What the trigger says about it.
    message: Option<String>,
}

/// Triggers about which nobody was told yet.
async fn troubled(tx: &Tx, now: DateTime<Utc>) -> Result<Vec<Troubled>, DbErr> {
    // What strangers send to the address of a webhook is no reason for a letter.
    let stranger = ErrorCode::Unauthenticated.as_str();
    let sql = format!(
        "/* across organizations: triggers */ SELECT w.id AS id, w.org_id AS org_id, w.what AS what, \
             w.message AS message FROM ( \
           SELECT t.id, t.org_id, t.trouble, t.enabled_by_id, t.problem AS message, \
             CASE WHEN t.problem_code IS NOT NULL AND t.problem_code <> '{stranger}' THEN t.problem_code \
               WHEN NOT t.enabled THEN NULL \
               WHEN t.next_due IS NOT NULL AND t.next_due < $1 THEN '{IS_LATE}' \
               WHEN t.trial_at IS NOT NULL AND t.trial_at < $2 \
                 AND (t.probe_at IS NULL OR t.probe_at < t.trial_at) THEN '{IS_LATE}' \
               WHEN t.probe_ok = false THEN '{IS_UNABLE}' \
               WHEN t.id IN (SELECT f.trigger_id FROM trigger_firings f WHERE f.ended_at > $3 \
                 AND f.state = 'missed' AND (t.told_at IS NULL OR f.ended_at > t.told_at)) \
                 THEN '{IS_MISSED}' END AS what \
           FROM triggers t WHERE t.enabled OR t.problem_code IS NOT NULL) w \
         WHERE w.what IS NOT NULL AND (w.trouble IS NULL OR w.trouble <> w.what) \
           AND w.enabled_by_id IS NOT NULL \
         ORDER BY w.id LIMIT {BATCH}"
    );
    let values: [Value; 3] = [
        (now - LATE).into(),
        (now - LOST).into(),
        (now - MISSED).into(),
    ];
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Troubled::from_query_result(row, ""))
        .collect()
}

/// Forgets what was told about triggers that fire again.
async fn recover(tx: &Tx, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = format!(
        "/* across organizations: triggers */ UPDATE triggers SET trouble = NULL \
         WHERE trouble IS NOT NULL AND CASE trouble \
           WHEN '{IS_LATE}' THEN NOT enabled OR ((next_due IS NULL OR next_due >= $1) \
             AND (trial_at IS NULL OR trial_at >= $2 OR probe_at >= trial_at)) \
           WHEN '{IS_UNABLE}' THEN NOT enabled OR probe_ok = true \
           WHEN '{IS_MISSED}' THEN NOT enabled OR EXISTS (SELECT 1 FROM trigger_firings f \
             WHERE f.org_id = triggers.org_id AND f.trigger_id = triggers.id AND f.state = 'fired' \
               AND f.ended_at > triggers.told_at) \
           ELSE problem_code IS NULL END"
    );
    let values: [Value; 2] = [(now - LATE).into(), (now - LOST).into()];
    tx.execute(&sql, values).await.map(drop)
}

/// Tells the person who enabled a trigger. `false`: somebody else does, or there is nobody to write to.
async fn tell(system: &SystemCtx, one: Troubled, now: DateTime<Utc>) -> Result<bool> {
    let org = OrgId(one.org_id);
    let tx = system.begin_in(&[org]).await?;
    let sql = "UPDATE triggers SET trouble = $3, told_at = $4 \
        WHERE org_id = $1 AND id = $2 AND (trouble IS NULL OR trouble <> $5)";
    let values: [Value; 5] = [
        one.org_id.into(),
        one.id.into(),
        one.what.as_str().into(),
        now.into(),
        one.what.as_str().into(),
    ];
    if tx.execute(sql, values).await? == 0 {
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

/// Enabled triggers that were not tried for a day.
async fn to_try(tx: &Tx, now: DateTime<Utc>) -> Result<Vec<definition::Model>, DbErr> {
    let sql = format!(
        "/* across organizations: triggers */ SELECT t.* FROM triggers t \
         WHERE t.enabled AND coalesce(t.trial_at, t.enabled_at) < $1 \
         ORDER BY t.id LIMIT {BATCH}"
    );
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [(now - TRIED).into()]);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| definition::Model::from_query_result(row, ""))
        .collect()
}

/// Writes the marked firing of a trigger.
async fn plan_trial(system: &SystemCtx, row: &definition::Model, now: DateTime<Utc>) -> Result<()> {
    let tx = system.begin_in(&[OrgId(row.org_id)]).await?;
    let sql = "UPDATE triggers SET trial_at = $3 WHERE org_id = $1 AND id = $2 AND enabled \
            AND coalesce(trial_at, enabled_at) < $4";
    let values: [Value; 4] = [
        row.org_id.into(),
        row.id.into(),
        now.into(),
        (now - TRIED).into(),
    ];
    if tx.execute(sql, values).await? == 0 {
        return Ok(());
    }
    // Between two seconds, where no schedule fires.
    let second = DateTime::from_timestamp(now.timestamp(), 500_000_000).unwrap_or(now);
    let firing = repo::firing(system, row, (second, now), FiringState::Pending);
    let sql = "INSERT INTO trigger_firings (id, org_id, trigger_id, due_at, state, missed, attempts, \
            next_try_at, created_at, is_trial) \
        VALUES ($1, $2, $3, $4, 'pending', 0, 0, $5, $6, true) ON CONFLICT DO NOTHING";
    let values: [Value; 6] = [
        firing.id.into(),
        row.org_id.into(),
        row.id.into(),
        second.into(),
        now.into(),
        now.into(),
    ];
    tx.execute(sql, values).await?;
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
    let place = || -> [Value; 2] { [firing.org_id.into(), firing.trigger_id.into()] };
    if let Some(result) = result {
        let detail = result.as_ref().err().map(|error| error.message.to_string());
        let sql = "UPDATE triggers SET probe_at = $3, probe_ok = $4, probe_detail = $5 \
            WHERE org_id = $1 AND id = $2";
        let more: [Value; 3] = [now.into(), result.is_ok().into(), detail.into()];
        tx.execute(sql, place().into_iter().chain(more)).await?;
    }
    let sql = "DELETE FROM trigger_firings WHERE org_id = $1 AND trigger_id = $2 AND id = $3";
    let more: [Value; 1] = [firing.id.into()];
    tx.execute(sql, place().into_iter().chain(more)).await?;
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
