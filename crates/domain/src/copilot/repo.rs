//! Reads and writes of exchanges with the co-pilot, and of organizations' settings for it.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, FromQueryResult, QueryFilter, Value};
use types::{CopilotExchangeId, OrgId};
use uuid::Uuid;

use super::{
    ABANDONED, Ending, NOT_BEGUN, STOPPED, State, TOO_BUSY,
    entity::{Column, Entity, Model},
};
use crate::{Ctx, Tx, tenancy::OrgEntity};

/// An organization's own settings.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct SettingsRow {
    pub enabled: bool,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub daily_budget: Option<i64>,
}

/// The organization's own settings, if it has any.
pub async fn settings(ctx: &Ctx) -> Result<Option<SettingsRow>, DbErr> {
    let sql = "SELECT enabled, provider, model, daily_budget FROM copilot_settings \
        WHERE org_id = $1 AND {scope} LIMIT 1";
    Ok(ctx.rows(sql, []).await?.pop())
}

/// Like [`settings`], in a transaction.
pub async fn settings_in(tx: &Tx, org: OrgId) -> Result<Option<SettingsRow>, DbErr> {
    let sql = "SELECT enabled, provider, model, daily_budget FROM copilot_settings \
        WHERE org_id = $1";
    let row = tx.query_one(sql, [org.0.into()]).await?;
    row.map(|row| SettingsRow::from_query_result(&row, ""))
        .transpose()
}

/// Writes the organization's own settings.
pub async fn set_settings(
    tx: &Tx,
    org: OrgId,
    row: &SettingsRow,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO copilot_settings \
            (org_id, enabled, provider, model, daily_budget, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (org_id) DO UPDATE SET enabled = excluded.enabled, \
            provider = excluded.provider, model = excluded.model, \
            daily_budget = excluded.daily_budget, updated_at = excluded.updated_at";
    let values: [Value; 6] = [
        org.0.into(),
        row.enabled.into(),
        row.provider.clone().into(),
        row.model.clone().into(),
        row.daily_budget.into(),
        now.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Lets the exchanges of an organization begin one after the other, until the transaction ends.
pub async fn lock(tx: &Tx, org: OrgId) -> Result<(), DbErr> {
    if tx.is_postgres() {
        // Two concurrent transactions would not see each other's rows. SQLite has one writer.
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended('copilot ' || $1, 0))";
        tx.execute(sql, [org.0.to_string().into()]).await?;
    }
    Ok(())
}

/// How many exchanges of an actor have not ended, and how many of the organization. Abandoned ones do not
/// count.
pub async fn under_way(
    tx: &Tx,
    org: OrgId,
    asker: Uuid,
    now: DateTime<Utc>,
) -> Result<(i64, i64), DbErr> {
    let sql = "SELECT CAST(count(*) AS bigint) AS every, \
            CAST(coalesce(sum(CASE WHEN asked_by = $2 THEN 1 ELSE 0 END), 0) AS bigint) AS own \
        FROM copilot_exchanges WHERE org_id = $1 AND state = 'writing' \
            AND (begun_at > $3 OR (begun_at IS NULL AND asked_at > $4))";
    let values: [Value; 4] = [
        org.0.into(),
        asker.into(),
        (now - ABANDONED).into(),
        (now - NOT_BEGUN).into(),
    ];
    match tx.query_one(sql, values).await? {
        Some(row) => Ok((row.try_get("", "own")?, row.try_get("", "every")?)),
        None => Ok((0, 0)),
    }
}

/// How many exchanges an organization has begun since a time, however they ended.
pub async fn asked(tx: &Tx, org: OrgId, after: DateTime<Utc>) -> Result<i64, DbErr> {
    let sql = "SELECT CAST(count(*) AS bigint) AS number FROM copilot_exchanges \
        WHERE org_id = $1 AND asked_at > $2";
    let row = tx.query_one(sql, [org.0.into(), after.into()]).await?;
    row.map_or(Ok(0), |row| row.try_get("", "number"))
}

/// What the exchanges of an organization since a time have cost, in millionths of a dollar. Of those for which
/// a model was asked, one of unknown cost counts as much as the most expensive one.
pub async fn spent(tx: &Tx, org: OrgId, after: DateTime<Utc>) -> Result<i64, DbErr> {
    let sql = "SELECT CAST(coalesce(sum(cost), 0) + coalesce(max(cost), 0) * coalesce(sum( \
            CASE WHEN cost IS NULL AND begun_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS bigint) AS number \
        FROM copilot_exchanges WHERE org_id = $1 AND asked_at > $2";
    let row = tx.query_one(sql, [org.0.into(), after.into()]).await?;
    row.map_or(Ok(0), |row| row.try_get("", "number"))
}

/// Writes a new exchange.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO copilot_exchanges (id, org_id, pipeline_id, task, request, state, revision, \
            source, run_id, provider, model, written, accepted, asked_by_kind, asked_by, \
            asked_by_name, asked_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let values: [Value; 17] = [
        row.id.into(),
        row.org_id.into(),
        row.pipeline_id.into(),
        row.task.as_str().into(),
        row.request.as_str().into(),
        row.state.as_str().into(),
        row.revision.into(),
        row.source.as_str().into(),
        row.run_id.into(),
        row.provider.clone().into(),
        row.model.clone().into(),
        row.written.as_str().into(),
        row.accepted.as_str().into(),
        row.asked_by_kind.as_str().into(),
        row.asked_by.into(),
        row.asked_by_name.as_str().into(),
        row.asked_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// An exchange.
pub async fn find(ctx: &Ctx, id: CopilotExchangeId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// Where an exchange is, without its texts.
#[derive(Clone, Debug, FromQueryResult)]
pub struct HeadRow {
    pub state: String,
}

/// Where an exchange is.
pub async fn head(ctx: &Ctx, id: CopilotExchangeId) -> Result<Option<HeadRow>, DbErr> {
    let sql = "SELECT state FROM copilot_exchanges \
        WHERE org_id = $1 AND {scope} AND id = $2 LIMIT 1";
    Ok(ctx.rows(sql, [id.0.into()]).await?.pop())
}

/// Notes that a worker begins to ask the model. `false`: it has ended, or one has begun before.
pub async fn begin(
    tx: &Tx,
    ctx: &Ctx,
    id: CopilotExchangeId,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE copilot_exchanges SET begun_at = $1 \
        WHERE org_id = $2 AND id = $3 AND state = 'writing' AND begun_at IS NULL";
    let values: [Value; 3] = [now.into(), ctx.org.0.into(), id.0.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Stores what the model has written so far. `false`: the exchange has ended.
pub async fn write(
    tx: &Tx,
    ctx: &Ctx,
    id: CopilotExchangeId,
    written: &str,
) -> Result<bool, DbErr> {
    let sql = "UPDATE copilot_exchanges SET written = $1 \
        WHERE org_id = $2 AND id = $3 AND state = 'writing'";
    let values: [Value; 3] = [written.into(), ctx.org.0.into(), id.0.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Ends an exchange. `false`: it has ended before.
pub async fn end(
    tx: &Tx,
    ctx: &Ctx,
    id: CopilotExchangeId,
    ending: &Ending,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE copilot_exchanges SET state = $1, written = coalesce($2, written), \
            answer = $3, problem = $4, model = coalesce($5, model), input_tokens = $6, \
            output_tokens = $7, cost = $8, ended_at = $9 \
        WHERE org_id = $10 AND id = $11 AND state = 'writing'";
    let values: [Value; 11] = [
        ending.state.as_str().into(),
        ending.written.clone().into(),
        ending.answer.clone().into(),
        ending.problem.clone().into(),
        ending.model.clone().into(),
        ending.input_tokens.into(),
        ending.output_tokens.into(),
        ending.cost.into(),
        now.into(),
        ctx.org.0.into(),
        id.0.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Writes which pieces were accepted. `false`: that has changed since it was read.
pub async fn accept(
    tx: &Tx,
    ctx: &Ctx,
    id: CopilotExchangeId,
    (before, after): (&str, &str),
) -> Result<bool, DbErr> {
    let sql = "UPDATE copilot_exchanges SET accepted = $1 \
        WHERE org_id = $2 AND id = $3 AND accepted = $4";
    let values: [Value; 4] = [after.into(), ctx.org.0.into(), id.0.into(), before.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Ends the abandoned exchanges of all organizations.
pub async fn fail_abandoned(tx: &Tx, now: DateTime<Utc>) -> Result<(), DbErr> {
    const BEGUN: &str = "/* across organizations: purge */ UPDATE copilot_exchanges \
        SET state = $1, problem = $2, ended_at = $3 WHERE state = 'writing' AND begun_at < $4";
    const NEVER: &str = "/* across organizations: purge */ UPDATE copilot_exchanges \
        SET state = $1, problem = $2, ended_at = $3 \
        WHERE state = 'writing' AND begun_at IS NULL AND asked_at < $4";
    for (sql, problem, before) in [
        (BEGUN, STOPPED, now - ABANDONED),
        (NEVER, TOO_BUSY, now - NOT_BEGUN),
    ] {
        let values: [Value; 4] = [
            State::Failed.as_str().into(),
            problem.into(),
            now.into(),
            before.into(),
        ];
        tx.execute(sql, values).await?;
    }
    Ok(())
}

/// Removes exchanges of all organizations that were asked before a time, at most 1,000.
pub async fn forget(tx: &Tx, before: DateTime<Utc>) -> Result<u64, DbErr> {
    let sql = "/* across organizations: purge */ DELETE FROM copilot_exchanges \
        WHERE id IN (SELECT id FROM copilot_exchanges WHERE asked_at < $1 LIMIT 1000)";
    tx.execute(sql, [before.into()]).await
}
