//! Reads and writes of endpoints and of what is sent to them.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value,
};
use types::{OrgId, PipelineId, WebhookEndpointId, WebhookMessageId};
use uuid::Uuid;

use super::{
    MessageStatus,
    entity::{Column, Entity, Model},
    events::EndedRun,
    message,
};
use crate::{Ctx, Tx, paging::Window, tenancy::OrgEntity};

type Time = DateTime<Utc>;

/// How many messages of an endpoint are kept.
const KEPT: usize = 100;

/// The rows of a statement in a transaction.
async fn rows<M: FromQueryResult>(
    tx: &Tx,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<M>, DbErr> {
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| M::from_query_result(row, ""))
        .collect()
}

/// The organization's endpoints, newest first.
pub async fn all(ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    ctx.all(Entity::in_org(ctx).order_by_desc(Column::Id)).await
}

/// One endpoint.
pub async fn find(ctx: &Ctx, id: WebhookEndpointId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// One endpoint, locked until the end of the transaction.
pub async fn locked(tx: &Tx, ctx: &Ctx, id: WebhookEndpointId) -> Result<Option<Model>, DbErr> {
    let lock = match tx.is_postgres() {
        true => " FOR UPDATE",
        false => "",
    };
    let sql =
        format!("SELECT e.* FROM webhook_endpoints e WHERE e.org_id = $1 AND e.id = $2{lock}");
    let mut found: Vec<Model> = rows(tx, &sql, [ctx.org.0.into(), id.0.into()]).await?;
    Ok(found.pop())
}

/// How many endpoints the organization has.
pub async fn count(tx: &Tx, ctx: &Ctx) -> Result<usize, DbErr> {
    Ok(Entity::in_org(ctx).all(tx.conn()).await?.len())
}

/// The endpoints of an organization to which events are sent.
pub async fn enabled(tx: &Tx, ctx: &Ctx) -> Result<Vec<Model>, DbErr> {
    Entity::in_org(ctx)
        .filter(Column::Enabled.eq(true))
        .all(tx.conn())
        .await
}

/// Writes a new endpoint.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO webhook_endpoints (id, org_id, url, description, format, events, \
        takes_runs, enabled, secret, secret_since, runs_since, runs_cursor, created_by, \
        created_by_name, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let values: [Value; 16] = [
        row.id.into(),
        row.org_id.into(),
        row.url.as_str().into(),
        row.description.as_str().into(),
        row.format.as_str().into(),
        row.events.as_str().into(),
        row.takes_runs.into(),
        row.enabled.into(),
        row.secret.clone().into(),
        row.secret_since.into(),
        row.runs_since.into(),
        row.runs_cursor.into(),
        row.created_by.into(),
        row.created_by_name.as_str().into(),
        row.created_at.into(),
        row.updated_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Writes what people can change of an endpoint, and what follows from it.
pub async fn update(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "UPDATE webhook_endpoints SET url = $1, description = $2, format = $3, events = $4, \
        takes_runs = $5, enabled = $6, disabled_reason = $7, failing_since = $8, runs_since = $9, \
        runs_cursor = $10, updated_at = $11 WHERE org_id = $12 AND id = $13";
    let values: [Value; 13] = [
        row.url.as_str().into(),
        row.description.as_str().into(),
        row.format.as_str().into(),
        row.events.as_str().into(),
        row.takes_runs.into(),
        row.enabled.into(),
        row.disabled_reason.clone().into(),
        row.failing_since.into(),
        row.runs_since.into(),
        row.runs_cursor.into(),
        row.updated_at.into(),
        row.org_id.into(),
        row.id.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Replaces the secret. The one before signs, too, until `until`.
pub async fn rotate(
    tx: &Tx,
    row: &Model,
    secret: &[u8],
    (now, until): (Time, Time),
) -> Result<(), DbErr> {
    let sql = "UPDATE webhook_endpoints SET old_secret = secret, old_secret_until = $1, \
        secret = $2, secret_since = $3, updated_at = $3 WHERE org_id = $4 AND id = $5";
    let values: [Value; 5] = [
        until.into(),
        secret.to_vec().into(),
        now.into(),
        row.org_id.into(),
        row.id.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Removes an endpoint with all that was sent to it. `false`: there is none.
pub async fn delete(tx: &Tx, ctx: &Ctx, id: WebhookEndpointId) -> Result<bool, DbErr> {
    let sql = "DELETE FROM webhook_endpoints WHERE org_id = $1 AND id = $2";
    Ok(tx.execute(sql, [ctx.org.0.into(), id.0.into()]).await? == 1)
}

/// Writes an event for an endpoint. `false`: the run was announced to it already.
pub async fn post(tx: &Tx, row: &message::Model) -> Result<bool, DbErr> {
    let sql = "INSERT INTO webhook_messages (id, org_id, endpoint_id, event_type, run_id, body, \
        status, job_id, attempts, created_at, next_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $9) ON CONFLICT DO NOTHING";
    let values: [Value; 9] = [
        row.id.into(),
        row.org_id.into(),
        row.endpoint_id.into(),
        row.event_type.as_str().into(),
        row.run_id.into(),
        row.body.as_str().into(),
        row.status.as_str().into(),
        row.job_id.into(),
        row.created_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// What was sent to an endpoint, newest first.
pub async fn messages(
    ctx: &Ctx,
    endpoint: WebhookEndpointId,
    window: &Window,
) -> Result<Vec<message::Model>, DbErr> {
    let select = message::Entity::in_org(ctx)
        .filter(message::Column::EndpointId.eq(endpoint.0))
        .filter(message::Column::Id.lt(window.below))
        .order_by_desc(message::Column::Id)
        .limit(u64::from(window.limit()));
    ctx.all(select).await
}

/// One event for an endpoint.
pub async fn message(ctx: &Ctx, id: WebhookMessageId) -> Result<Option<message::Model>, DbErr> {
    ctx.one(message::Entity::in_org(ctx).filter(message::Column::Id.eq(id.0)))
        .await
}

/// Queues an event again, with a new job and as many attempts as at first. `false`: it is not kept any more.
pub async fn requeue(tx: &Tx, row: &message::Model, job: Uuid, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE webhook_messages SET status = 'queued', job_id = $1, attempts = 0, \
        next_at = $2, finished_at = NULL \
        WHERE org_id = $3 AND id = $4";
    let values = [job.into(), now.into(), row.org_id.into(), row.id.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// How an attempt ended.
pub struct Ended<'a> {
    /// The status that follows.
    pub status: MessageStatus,
    /// The status code of the response.
    pub response_status: Option<u16>,
    /// The beginning of the response.
    pub response: Option<&'a str>,
    /// Why it failed.
    pub error: Option<&'a str>,
    /// The job of the next attempt, and when it is made.
    pub next: Option<(Uuid, Time)>,
}

/// Records the end of an attempt of the message's current job. `false`: another job took over.
pub async fn ended(
    tx: &Tx,
    row: &message::Model,
    end: &Ended<'_>,
    now: Time,
) -> Result<bool, DbErr> {
    let sql = "UPDATE webhook_messages SET status = $1, response_status = $2, response = $3, \
        error_message = $4, job_id = $5, next_at = $6, attempted_at = $7, finished_at = $8, \
        attempts = attempts + 1 \
        WHERE org_id = $9 AND id = $10 AND job_id = $11 AND status = 'queued'";
    let finished = (end.status != MessageStatus::Queued).then_some(now);
    let values: [Value; 11] = [
        end.status.as_str().into(),
        end.response_status.map(i32::from).into(),
        end.response.map(str::to_owned).into(),
        end.error.map(str::to_owned).into(),
        end.next.map_or(row.job_id, |(job, _)| job).into(),
        end.next.map(|(_, at)| at).into(),
        now.into(),
        finished.into(),
        row.org_id.into(),
        row.id.into(),
        row.job_id.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Writes whether an endpoint fails, and since when.
pub async fn set_failing(tx: &Tx, row: &Model, since: Option<Time>) -> Result<(), DbErr> {
    let sql = "UPDATE webhook_endpoints SET failing_since = $1 WHERE org_id = $2 AND id = $3";
    let values = [since.into(), row.org_id.into(), row.id.into()];
    tx.execute(sql, values).await.map(drop)
}

/// Disables an endpoint that has failed for too long. `false`: it is disabled already, or has been changed
/// since it was read.
pub async fn disable(tx: &Tx, row: &Model, reason: &str, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE webhook_endpoints SET enabled = $1, disabled_reason = $2, updated_at = $3 \
        WHERE org_id = $4 AND id = $5 AND enabled = $6 AND updated_at = $7";
    let values: [Value; 7] = [
        false.into(),
        reason.into(),
        now.into(),
        row.org_id.into(),
        row.id.into(),
        true.into(),
        row.updated_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Removes the oldest messages of an endpoint beyond those that are kept. One that waits for an attempt
/// stays, and so does a recent one, by which it is known that its run was announced.
pub async fn trim(tx: &Tx, row: &message::Model, before: Time) -> Result<(), DbErr> {
    let sql = format!(
        "DELETE FROM webhook_messages WHERE org_id = $1 AND endpoint_id = $2 \
         AND status <> 'queued' AND created_at < $3 AND id IN ( \
           SELECT m.id FROM webhook_messages m WHERE m.org_id = $1 AND m.endpoint_id = $2 \
           ORDER BY m.id DESC LIMIT 1000 OFFSET {KEPT})"
    );
    let values = [row.org_id.into(), row.endpoint_id.into(), before.into()];
    tx.execute(&sql, values).await.map(drop)
}

#[derive(FromQueryResult)]
struct Org {
    org_id: Uuid,
}

/// The organizations whose ended runs are announced.
pub async fn orgs_of_runs(tx: &Tx) -> Result<Vec<OrgId>, DbErr> {
    let sql = "/* across organizations: webhooks */ SELECT DISTINCT e.org_id \
        FROM webhook_endpoints e WHERE e.enabled = $1 AND e.takes_runs = $1";
    let found: Vec<Org> = rows(tx, sql, [true.into()]).await?;
    Ok(found.into_iter().map(|row| OrgId(row.org_id)).collect())
}

/// The runs with one of these statuses that ended after `since` and were not announced to the endpoint yet,
/// in the order of their ends. Runs of drafts are left out.
pub async fn ended_runs(
    tx: &Tx,
    row: &Model,
    statuses: &[&'static str],
    since: Time,
    limit: usize,
) -> Result<Vec<EndedRun>, DbErr> {
    let quoted: Vec<String> = statuses.iter().map(|one| format!("'{one}'")).collect();
    let sql = format!(
        "SELECT r.id, r.pipeline_id, p.name AS pipeline_name, r.status, r.environment, \
           r.started_by_name, r.created_at, r.started_at, r.finished_at, r.error_code, r.error_stage \
         FROM runs r LEFT JOIN pipelines p ON p.org_id = $1 AND p.id = r.pipeline_id \
         WHERE r.org_id = $1 AND r.finished_at IS NOT NULL AND r.finished_at > $2 \
         AND r.status IN ({}) AND r.draft_revision IS NULL \
         AND NOT EXISTS (SELECT 1 FROM webhook_messages m WHERE m.org_id = $1 \
           AND m.endpoint_id = $3 AND m.run_id = r.id) \
         ORDER BY r.finished_at, r.id LIMIT {limit}",
        quoted.join(", ")
    );
    rows(tx, &sql, [row.org_id.into(), since.into(), row.id.into()]).await
}

/// Writes up to when ended runs were looked at.
pub async fn set_cursor(tx: &Tx, row: &Model, at: Time) -> Result<(), DbErr> {
    let sql = "UPDATE webhook_endpoints SET runs_cursor = $1 WHERE org_id = $2 AND id = $3";
    let values = [at.into(), row.org_id.into(), row.id.into()];
    tx.execute(sql, values).await.map(drop)
}

/// The name of a pipeline.
pub async fn pipeline_name(tx: &Tx, ctx: &Ctx, id: PipelineId) -> Result<Option<String>, DbErr> {
    let sql = "SELECT p.name FROM pipelines p WHERE p.org_id = $1 AND p.id = $2";
    let row = tx.query_one(sql, [ctx.org.0.into(), id.0.into()]).await?;
    row.map(|row| row.try_get("", "name")).transpose()
}

/// The name of a person.
pub async fn person_name(tx: &Tx, id: Uuid) -> Result<Option<String>, DbErr> {
    let sql = "SELECT u.name FROM users u WHERE u.id = $1";
    let row = tx.query_one(sql, [id.into()]).await?;
    row.map(|row| row.try_get("", "name")).transpose()
}

/// Removes messages that ended before `then`, at most `limit`. Returns how many.
pub async fn purge(tx: &Tx, then: Time, limit: usize) -> Result<u64, DbErr> {
    let sql = format!(
        "/* across organizations: purge */ DELETE FROM webhook_messages WHERE id IN ( \
           SELECT m.id FROM webhook_messages m WHERE m.finished_at < $1 LIMIT {limit})"
    );
    tx.execute(&sql, [then.into()]).await
}
