//! Reads and writes of uploads and their parts.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Value};
use types::UploadId;
use uuid::Uuid;

use super::{
    MAX_ORG_BYTES, MAX_RECEIVING, MAX_UPLOADS, Status,
    entity::{Column, Entity, Model},
    stored_size,
};
use crate::{Ctx, SystemCtx, Tx, tenancy::OrgEntity};

/// Why the uploads of all organizations are read.
const PURGE: &str = "purge";

/// Parts that are read in one statement.
const PARTS: usize = 8;

/// Writes an upload that begins, unless the organization's limits are reached: `false` then.
pub async fn insert(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    if tx.is_postgres() {
        // Two that begin at once would not see each other; SQLite has one writer.
        tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('uploads ' || $1, 0))",
            [row.org_id.to_string().into()],
        )
        .await?;
    }
    let values: [Value; 12] = [
        row.id.into(),
        row.org_id.into(),
        row.status.as_str().into(),
        row.name.as_str().into(),
        row.media_type.as_str().into(),
        row.size.into(),
        row.created_by.as_str().into(),
        row.created_at.into(),
        row.expires_at.into(),
        MAX_UPLOADS.into(),
        stored_size(MAX_ORG_BYTES).into(),
        MAX_RECEIVING.into(),
    ];
    let rows = tx
        .execute(
            "INSERT INTO uploads (id, org_id, status, name, media_type, size, created_by, created_at, \
               expires_at) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 \
             FROM (SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes, \
                     count(CASE WHEN status = 'receiving' THEN 1 END) AS receiving \
                   FROM uploads WHERE org_id = $2 AND status IN ('receiving', 'ready') \
                     AND expires_at > $8) held \
             WHERE held.files < $10 AND held.bytes + $6 <= $11 AND held.receiving < $12",
            values,
        )
        .await?;
    Ok(rows == 1)
}

/// Writes a part. `false`: its upload was given up meanwhile.
pub async fn insert_part(
    tx: &Tx,
    ctx: &Ctx,
    upload: Uuid,
    number: i32,
    body: Vec<u8>,
) -> Result<bool, DbErr> {
    let values: [Value; 4] = [ctx.org.0.into(), upload.into(), number.into(), body.into()];
    let rows = tx
        .execute(
            "INSERT INTO upload_parts (org_id, upload_id, number, body) \
             SELECT u.org_id, u.id, $3, $4 FROM uploads u \
             WHERE u.org_id = $1 AND u.id = $2 AND u.status = 'receiving'",
            values,
        )
        .await?;
    Ok(rows == 1)
}

/// Makes an upload usable. `false`: it was given up meanwhile.
pub async fn finish(tx: &Tx, ctx: &Ctx, row: &Model) -> Result<bool, DbErr> {
    let values: [Value; 6] = [
        row.status.as_str().into(),
        row.size.into(),
        row.sha256.clone().into(),
        row.expires_at.into(),
        ctx.org.0.into(),
        row.id.into(),
    ];
    let rows = tx
        .execute(
            "UPDATE uploads SET status = $1, size = $2, sha256 = $3, expires_at = $4 \
             WHERE org_id = $5 AND id = $6 AND status = 'receiving'",
            values,
        )
        .await?;
    Ok(rows == 1)
}

/// Removes an upload that is not whole, with its parts.
pub async fn remove(tx: &Tx, ctx: &Ctx, upload: Uuid) -> Result<(), DbErr> {
    let values: [Value; 2] = [ctx.org.0.into(), upload.into()];
    let gone = tx
        .execute(
            "DELETE FROM uploads WHERE org_id = $1 AND id = $2 AND status = 'receiving'",
            values.clone(),
        )
        .await?;
    if gone == 0 {
        return Ok(());
    }
    tx.execute(
        "DELETE FROM upload_parts WHERE org_id = $1 AND upload_id = $2",
        values,
    )
    .await
    .map(drop)
}

/// One upload.
pub async fn find(ctx: &Ctx, id: UploadId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// What an organization's uploads come to; those on their way count as what they may be.
#[derive(Debug, FromQueryResult)]
pub struct Held {
    pub files: i64,
    pub bytes: i64,
}

/// See [`Held`].
pub async fn held(ctx: &Ctx, now: DateTime<Utc>) -> Result<Held, DbErr> {
    let sql = "SELECT count(*) AS files, CAST(coalesce(sum(size), 0) AS bigint) AS bytes \
               FROM uploads WHERE org_id = $1 AND {scope} \
                 AND status IN ('receiving', 'ready') AND expires_at > $2 LIMIT 1";
    let found: Option<Held> = ctx.rows(sql, [now.into()]).await?.pop();
    Ok(found.unwrap_or(Held { files: 0, bytes: 0 }))
}

/// A part of a file.
#[derive(Debug, FromQueryResult)]
pub struct Part {
    pub number: i32,
    pub body: Vec<u8>,
}

/// The parts from a number on, some at once.
pub async fn parts(ctx: &Ctx, upload: UploadId, from: i32) -> Result<Vec<Part>, DbErr> {
    let sql = format!(
        "SELECT number, body FROM upload_parts \
         WHERE org_id = $1 AND {{scope}} AND upload_id = $2 AND number >= $3 \
         ORDER BY number LIMIT {PARTS}"
    );
    ctx.rows(&sql, [upload.0.into(), from.into()]).await
}

/// Uploads that are over and still have parts.
pub async fn over(
    tx: &Tx,
    system: &SystemCtx,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::across_orgs(system, PURGE)
        .filter(Column::ExpiresAt.lte(now))
        .filter(Column::Status.ne(Status::Expired.as_str()))
        .order_by_asc(Column::ExpiresAt)
        .limit(limit)
        .all(tx.conn())
        .await
}

/// Removes the parts of an upload that is over. `false`: it is not, any more.
pub async fn expire(tx: &Tx, row: &Model, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let rows = tx
        .execute(
            "UPDATE uploads SET status = 'expired' \
             WHERE org_id = $1 AND id = $2 AND expires_at <= $3 AND status <> 'expired'",
            [row.org_id.into(), row.id.into(), now.into()],
        )
        .await?;
    if rows == 0 {
        return Ok(false);
    }
    tx.execute(
        "DELETE FROM upload_parts WHERE org_id = $1 AND upload_id = $2",
        [row.org_id.into(), row.id.into()],
    )
    .await?;
    Ok(true)
}

/// Forgets uploads that expired before `before`. Gives how many.
pub async fn forget(
    tx: &Tx,
    system: &SystemCtx,
    before: DateTime<Utc>,
    limit: u64,
) -> Result<u64, DbErr> {
    let old = Entity::across_orgs(system, PURGE)
        .filter(Column::ExpiresAt.lt(before))
        .filter(Column::Status.eq(Status::Expired.as_str()))
        .limit(limit)
        .all(tx.conn())
        .await?;
    for row in &old {
        tx.execute(
            "DELETE FROM uploads WHERE org_id = $1 AND id = $2",
            [row.org_id.into(), row.id.into()],
        )
        .await?;
    }
    Ok(old.len() as u64)
}
