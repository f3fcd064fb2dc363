//! Reads and writes of what is told about triggers that do not fire, and of their trials.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use types::ErrorCode;
use uuid::Uuid;

use super::Model;
use crate::{Tx, trigger_definitions::entity as definition};

/// How long a firing may wait to be planned. It is far more than the scheduler needs.
const LATE: TimeDelta = TimeDelta::minutes(5);

/// How far back missed firings are looked for.
const MISSED: TimeDelta = TimeDelta::hours(1);

/// How often a trigger is tried, and after which time a trial should have come through.
const TRIED: TimeDelta = TimeDelta::days(1);
const LOST: TimeDelta = TimeDelta::minutes(15);

/// The largest number of triggers that are told about, or tried, at a time.
const BATCH: usize = 100;

/// What is wrong with a trigger, as stored: a code of its problem, or one of these.
pub const IS_LATE: &str = "late";
pub const IS_MISSED: &str = "missed";
pub const IS_UNABLE: &str = "trial";

/// A trigger that does not fire.
#[derive(Debug, FromQueryResult)]
pub struct Troubled {
    pub id: Uuid,
    pub org_id: Uuid,
    /// What is wrong.
    pub what: String,
    /// What the trigger says about it.
    pub message: Option<String>,
}

/// Triggers about which nobody was told yet.
pub async fn troubled(tx: &Tx, now: DateTime<Utc>) -> Result<Vec<Troubled>, DbErr> {
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
pub async fn recover(tx: &Tx, now: DateTime<Utc>) -> Result<(), DbErr> {
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

/// Notes what is told about a trigger. `false`: somebody else has told it.
pub async fn told(tx: &Tx, one: &Troubled, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE triggers SET trouble = $3, told_at = $4 \
        WHERE org_id = $1 AND id = $2 AND (trouble IS NULL OR trouble <> $5)";
    let values: [Value; 5] = [
        one.org_id.into(),
        one.id.into(),
        one.what.as_str().into(),
        now.into(),
        one.what.as_str().into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Enabled triggers that were not tried for a day.
pub async fn to_try(tx: &Tx, now: DateTime<Utc>) -> Result<Vec<definition::Model>, DbErr> {
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

/// Notes that a trigger is tried now. `false`: somebody else does.
pub async fn try_now(tx: &Tx, row: &definition::Model, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let sql = "UPDATE triggers SET trial_at = $3 WHERE org_id = $1 AND id = $2 AND enabled \
            AND coalesce(trial_at, enabled_at) < $4";
    let values: [Value; 4] = [
        row.org_id.into(),
        row.id.into(),
        now.into(),
        (now - TRIED).into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Adds the marked firing of a trial.
pub async fn add_trial(tx: &Tx, firing: &Model, now: DateTime<Utc>) -> Result<(), DbErr> {
    let sql = "INSERT INTO trigger_firings (id, org_id, trigger_id, due_at, state, missed, attempts, \
            next_try_at, created_at, is_trial) \
        VALUES ($1, $2, $3, $4, 'pending', 0, 0, $5, $6, true) ON CONFLICT DO NOTHING";
    let values: [Value; 6] = [
        firing.id.into(),
        firing.org_id.into(),
        firing.trigger_id.into(),
        firing.due_at.into(),
        now.into(),
        now.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Writes what became of a trial.
pub async fn probed(
    tx: &Tx,
    firing: &Model,
    (ok, detail): (bool, Option<String>),
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "UPDATE triggers SET probe_at = $3, probe_ok = $4, probe_detail = $5 \
        WHERE org_id = $1 AND id = $2";
    let values: [Value; 5] = [
        firing.org_id.into(),
        firing.trigger_id.into(),
        now.into(),
        ok.into(),
        detail.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Removes the firing of a trial.
pub async fn remove(tx: &Tx, firing: &Model) -> Result<(), DbErr> {
    let sql = "DELETE FROM trigger_firings WHERE org_id = $1 AND trigger_id = $2 AND id = $3";
    let values: [Value; 3] = [
        firing.org_id.into(),
        firing.trigger_id.into(),
        firing.id.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}
