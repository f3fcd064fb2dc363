//! Statements on uploads and their parts.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value,
};
use types::UploadId;
use uuid::Uuid;

use super::{
    Status,
    entity::{Column, Entity, Model},
    room::Held,
};
use crate::{Ctx, SystemCtx, Tx, tenancy::OrgEntity};

/// The reason for reading the uploads of all organizations; see `statements::ACROSS`.
const PURGE: &str = "purge";

/// Parts that are read per statement.
const PARTS: usize = 8;

/// The organization's current uploads, before a new one starts. Until the transaction ends, no
/// other upload can start in the organization.
pub async fn held(tx: &Tx, row: &Model) -> Result<Held, DbErr> {
    if tx.is_postgres() {
        // Two concurrent transactions would not see each other's rows. SQLite has one writer.
        tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('uploads ' || $1, 0))",
            [row.org_id.to_string().into()],
        )
        .await?;
    }
    let statement = Statement::from_sql_and_values(
        tx.conn().get_database_backend(),
        "SELECT count(*) AS files, CAST(coalesce(sum(size), 0) AS bigint) AS bytes, \
           count(CASE WHEN status = 'receiving' THEN 1 END) AS receiving, \
           count(CASE WHEN sender_id = $2 THEN 1 END) AS own_files, \
           CAST(coalesce(sum(CASE WHEN sender_id = $2 THEN size END), 0) AS bigint) AS own_bytes, \
           count(CASE WHEN sender_id = $2 AND status = 'receiving' THEN 1 END) AS own_receiving \
         FROM uploads WHERE org_id = $1 AND status IN ('receiving', 'ready') AND expires_at > $3",
        [
            row.org_id.into(),
            row.sender_id.into(),
            row.created_at.into(),
        ],
    );
    let found = tx.conn().query_one_raw(statement).await?;
    found.map_or(Ok(Held::default()), |found| {
        Held::from_query_result(&found, "")
    })
}

/// Inserts an upload that starts; see [`held`].
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let values: [Value; 10] = [
        row.id.into(),
        row.org_id.into(),
        row.status.as_str().into(),
        row.name.as_str().into(),
        row.media_type.as_str().into(),
        row.size.into(),
        row.created_by.as_str().into(),
        row.sender_id.into(),
        row.created_at.into(),
        row.expires_at.into(),
    ];
    tx.execute(
        "INSERT INTO uploads (id, org_id, status, name, media_type, size, created_by, sender_id, \
           created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values,
    )
    .await
    .map(drop)
}

/// Extends the expiry time of an upload.
pub async fn keep(tx: &Tx, ctx: &Ctx, upload: UploadId, until: DateTime<Utc>) -> Result<(), DbErr> {
    tx.execute(
        "UPDATE uploads SET expires_at = $1 \
         WHERE org_id = $2 AND id = $3 AND status = 'ready' AND expires_at < $1",
        [until.into(), ctx.org.0.into(), upload.0.into()],
    )
    .await
    .map(drop)
}

/// Inserts a part. Returns `false` if the upload was removed meanwhile.
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

/// Makes an upload usable. Returns `false` if it was removed meanwhile.
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

/// Deletes an upload with this status, and its parts. Returns `false` if there is none.
pub async fn remove(tx: &Tx, ctx: &Ctx, upload: Uuid, status: Status) -> Result<bool, DbErr> {
    let gone = tx
        .execute(
            "DELETE FROM uploads WHERE org_id = $1 AND id = $2 AND status = $3",
            [ctx.org.0.into(), upload.into(), status.as_str().into()],
        )
        .await?;
    if gone == 0 {
        return Ok(false);
    }
    tx.execute(
        "DELETE FROM upload_parts WHERE org_id = $1 AND upload_id = $2",
        [ctx.org.0.into(), upload.into()],
    )
    .await?;
    Ok(true)
}

/// One upload.
pub async fn find(ctx: &Ctx, id: UploadId) -> Result<Option<Model>, DbErr> {
    ctx.one(Entity::in_org(ctx).filter(Column::Id.eq(id.0)))
        .await
}

/// A part of a file.
#[derive(Debug, FromQueryResult)]
pub struct Part {
    pub number: i32,
    pub body: Vec<u8>,
}

/// The next parts from a number on, up to [`PARTS`].
pub async fn parts(ctx: &Ctx, upload: UploadId, from: i32) -> Result<Vec<Part>, DbErr> {
    let sql = format!(
        "SELECT number, body FROM upload_parts \
         WHERE org_id = $1 AND {{scope}} AND upload_id = $2 AND number >= $3 \
         ORDER BY number LIMIT {PARTS}"
    );
    ctx.rows(&sql, [upload.0.into(), from.into()]).await
}

/// Uploads whose time is over and that still have parts.
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

/// Marks an upload as expired and deletes its parts. Returns `false` if it was extended or has
/// changed meanwhile.
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

/// Deletes up to `limit` uploads that expired before `before`. Returns how many.
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
