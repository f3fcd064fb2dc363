//! Reads and writes of the outbox and of suppressed addresses.

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value,
};
use types::{FolderId, MailId, OrgId, PipelineId};
use uuid::Uuid;

use super::{
    MailStatus,
    entity::{Column, Entity, Model},
};
use crate::{
    Ctx, Tx,
    access::Environment,
    paging::Window,
    tenancy::{OrgEntity, SCOPE},
};

type Time = chrono::DateTime<chrono::Utc>;

/// Rows that are removed or emptied per statement.
const BATCH: u64 = 500;

/// Writes a new mail.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO mails (id, org_id, kind, language, recipient, about_id, content, \
        message_id, status, job_id, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values: [Value; 12] = [
        row.id.into(),
        row.org_id.into(),
        row.kind.as_str().into(),
        row.language.as_str().into(),
        row.recipient.as_str().into(),
        row.about_id.into(),
        row.content.clone().into(),
        row.message_id.as_str().into(),
        row.status.as_str().into(),
        row.job_id.into(),
        row.created_at.into(),
        row.expires_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The organization's mails, newest first: all, or those that were not delivered.
pub async fn list(ctx: &Ctx, window: &Window, undelivered: bool) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::in_org(ctx)
        .filter(Column::Id.lt(window.below))
        .order_by_desc(Column::Id)
        .limit(u64::from(window.limit()));
    if undelivered {
        let dead = MailStatus::ALL
            .into_iter()
            .filter(|status| status.is_dead());
        select = select.filter(Column::Status.is_in(dead.map(MailStatus::as_str)));
    }
    ctx.all(select).await
}

/// One mail.
pub async fn find(ctx: &Ctx, id: MailId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// Records the end of an attempt of the mail's current job. The content is erased if the mail can
/// not be sent any more. `false`: another job took over.
pub async fn ended(
    tx: &Tx,
    row: &Model,
    status: MailStatus,
    error: Option<&str>,
    now: Time,
) -> Result<bool, DbErr> {
    const SQL: &str = "UPDATE mails SET status = $1, error_message = $2, \
        attempts = attempts + 1, finished_at = $3 \
        WHERE org_id = $4 AND id = $5 AND job_id = $6";
    const ERASE: &str = "UPDATE mails SET status = $1, error_message = $2, \
        attempts = attempts + 1, finished_at = $3, content = NULL \
        WHERE org_id = $4 AND id = $5 AND job_id = $6";
    let sql = match status {
        MailStatus::Sent | MailStatus::Expired => ERASE,
        _ => SQL,
    };
    let finished = (status != MailStatus::Queued).then_some(now);
    let values: [Value; 6] = [
        status.as_str().into(),
        error.into(),
        finished.into(),
        row.org_id.into(),
        row.id.into(),
        row.job_id.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Queues a mail again that was not delivered, with a new job. `false`: its status changed, or its
/// content was erased.
pub async fn requeue(tx: &Tx, row: &Model, job: Uuid, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE mails SET status = 'queued', job_id = $1, attempts = 0, \
        error_message = NULL, finished_at = NULL \
        WHERE org_id = $2 AND id = $3 AND status IN ('failed', 'bounced', 'suppressed') \
        AND content IS NOT NULL AND expires_at > $4";
    let values = [job.into(), row.org_id.into(), row.id.into(), now.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Where a publication, or the request for it, counts.
pub struct Place {
    pub pipeline: PipelineId,
    pub folder: Option<FolderId>,
    pub environment: Option<Environment>,
}

/// The place of a publication that a letter is about; `None` if it does not exist any more.
pub async fn place_of_publication(
    tx: &Tx,
    org: OrgId,
    publication: Uuid,
) -> Result<Option<Place>, DbErr> {
    let sql = "SELECT p.pipeline_id, p.environment, l.folder_id FROM publications p \
        JOIN pipelines l ON l.org_id = $1 AND l.id = p.pipeline_id \
        WHERE p.org_id = $1 AND p.id = $2";
    let row = tx
        .query_one(sql, [org.0.into(), publication.into()])
        .await?;
    let Some(row) = row else { return Ok(None) };
    let folder: Option<Uuid> = row.try_get("", "folder_id")?;
    let environment: String = row.try_get("", "environment")?;
    Ok(Some(Place {
        pipeline: PipelineId(row.try_get("", "pipeline_id")?),
        folder: folder.map(FolderId),
        environment: Environment::parse(&environment),
    }))
}

/// Withdraws the mails about an object that were not delivered yet.
pub async fn withdraw(tx: &Tx, org: OrgId, about: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE mails SET status = 'expired', content = NULL, finished_at = $1 \
        WHERE org_id = $2 AND about_id = $3 AND status <> 'sent'";
    tx.execute(sql, [now.into(), org.0.into(), about.into()])
        .await
        .map(drop)
}

/// Withdraws the mails to the address of a person that were not delivered yet.
pub async fn withdraw_from(tx: &Tx, org: OrgId, person: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE mails SET status = 'expired', content = NULL, finished_at = $1 \
        WHERE org_id = $2 AND status <> 'sent' \
        AND recipient = (SELECT email FROM users WHERE id = $3)";
    tx.execute(sql, [now.into(), org.0.into(), person.into()])
        .await
        .map(drop)
}

/// Whether there is a mail about an object.
pub async fn is_about(tx: &Tx, org: OrgId, about: Uuid) -> Result<bool, DbErr> {
    let sql = "SELECT id FROM mails WHERE org_id = $1 AND about_id = $2 LIMIT 1";
    let row = tx.query_one(sql, [org.0.into(), about.into()]).await?;
    Ok(row.is_some())
}

/// Why nothing is sent to an address now.
pub async fn suppressed(
    tx: &Tx,
    (org, address): (OrgId, &str),
    now: Time,
) -> Result<Option<String>, DbErr> {
    let sql = "SELECT reason FROM mail_suppressions \
        WHERE org_id = $1 AND address = $2 AND expires_at > $3";
    let values = [org.0.into(), address.into(), now.into()];
    let row = tx.query_one(sql, values).await?;
    row.map(|row| row.try_get("", "reason")).transpose()
}

/// Suppresses an address until a time.
pub async fn suppress(
    tx: &Tx,
    (org, address): (OrgId, &str),
    reason: &str,
    (now, until): (Time, Time),
) -> Result<(), DbErr> {
    let sql = "INSERT INTO mail_suppressions (org_id, address, reason, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org_id, address) \
        DO UPDATE SET reason = excluded.reason, expires_at = excluded.expires_at";
    let values = [
        org.0.into(),
        address.into(),
        reason.into(),
        now.into(),
        until.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Ends the suppression of an address.
pub async fn unsuppress(tx: &Tx, org: OrgId, address: &str) -> Result<(), DbErr> {
    let sql = "DELETE FROM mail_suppressions WHERE org_id = $1 AND address = $2";
    tx.execute(sql, [org.0.into(), address.into()])
        .await
        .map(drop)
}

/// Whether a person is a member of the organization.
pub async fn is_member(tx: &Tx, org: OrgId, person: Uuid) -> Result<bool, DbErr> {
    let sql = "SELECT user_id FROM memberships WHERE org_id = $1 AND user_id = $2";
    let row = tx.query_one(sql, [org.0.into(), person.into()]).await?;
    Ok(row.is_some())
}

/// The persons who have unsubscribed from the letters of an organization.
pub async fn opted_out(tx: &Tx, org: OrgId) -> Result<HashSet<Uuid>, DbErr> {
    let sql = "SELECT user_id FROM mail_opt_outs WHERE org_id = $1";
    let backend = tx.conn().get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [org.0.into()]);
    let rows = tx.conn().query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get("", "user_id")).collect()
}

#[derive(FromQueryResult)]
struct OptedOut {
    user_id: Uuid,
}

/// Whether a person has unsubscribed from the letters of the context's organization.
pub async fn has_opted_out(ctx: &Ctx, person: Uuid) -> Result<bool, DbErr> {
    let sql = format!(
        "SELECT user_id FROM mail_opt_outs WHERE {SCOPE} AND org_id = $1 AND user_id = $2 LIMIT 1"
    );
    let rows: Vec<OptedOut> = ctx.rows(&sql, [person.into()]).await?;
    Ok(rows.iter().any(|row| row.user_id == person))
}

/// Writes that a person has unsubscribed. `false`: it was written already.
pub async fn opt_out(tx: &Tx, (org, person): (OrgId, Uuid), now: Time) -> Result<bool, DbErr> {
    let sql = "INSERT INTO mail_opt_outs (org_id, user_id, created_at) VALUES ($1, $2, $3) \
        ON CONFLICT (org_id, user_id) DO NOTHING";
    let values = [org.0.into(), person.into(), now.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Writes that a person wants letters again. `false`: they had not unsubscribed.
pub async fn opt_in(tx: &Tx, org: OrgId, person: Uuid) -> Result<bool, DbErr> {
    let sql = "DELETE FROM mail_opt_outs WHERE org_id = $1 AND user_id = $2";
    Ok(tx.execute(sql, [org.0.into(), person.into()]).await? == 1)
}

/// Marks mails as failed whose job has failed without telling them, because its worker died in the
/// last attempt.
pub async fn fail_abandoned(tx: &Tx, now: Time) -> Result<u64, DbErr> {
    let sql = "/* across organizations: purge */ UPDATE mails SET status = 'failed', \
        finished_at = $1, error_message = coalesce(error_message, \
        'The worker stopped unexpectedly in every attempt') \
        WHERE status = 'queued' AND EXISTS (SELECT 1 FROM org_jobs j \
        WHERE j.org_id = mails.org_id AND j.id = mails.job_id AND j.status = 'failed')";
    tx.execute(sql, [now.into()]).await
}

/// Erases the contents of mails whose links have expired.
pub async fn erase_expired(tx: &Tx, now: Time) -> Result<u64, DbErr> {
    let sql = "/* across organizations: purge */ UPDATE mails SET content = NULL, \
        status = CASE WHEN status = 'queued' THEN 'expired' ELSE status END, \
        finished_at = coalesce(finished_at, $1) \
        WHERE id IN (SELECT id FROM mails WHERE content IS NOT NULL AND expires_at < $1 LIMIT $2)";
    tx.execute(sql, [now.into(), limit()]).await
}

/// Removes mails that ended before `then`, and suppressions that have ended.
pub async fn forget(tx: &Tx, then: Time, now: Time) -> Result<u64, DbErr> {
    let old = "/* across organizations: purge */ DELETE FROM mails \
        WHERE id IN (SELECT id FROM mails WHERE finished_at < $1 LIMIT $2)";
    let gone = tx.execute(old, [then.into(), limit()]).await?;
    let ended = "/* across organizations: purge */ DELETE FROM mail_suppressions \
        WHERE expires_at < $1";
    tx.execute(ended, [now.into()]).await?;
    Ok(gone)
}

fn limit() -> Value {
    i64::try_from(BATCH).unwrap_or(i64::MAX).into()
}
