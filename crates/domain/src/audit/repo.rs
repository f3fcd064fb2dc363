//! Reads and writes of the audit log.

use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder, QuerySelect, Value};
use serde_json::json;
use types::OrgId;
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{
    Ctx,
    db::Tx,
    tenancy::{OrgEntity, SystemCtx},
};

/// The reason, in the statements, why the sealer reads the rows of all organizations.
const SEAL: &str = "seal";

/// Writes a row, unsealed.
pub async fn insert(tx: &Tx, row: Model) -> Result<(), DbErr> {
    const SQL: &str = "INSERT INTO audit (id, org_id, at, actor_kind, actor_id, \
        actor_name, action, object_kind, object_id, detail, request_id) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values: [Value; 11] = [
        row.id.into(),
        row.org_id.into(),
        row.at.into(),
        row.actor_kind.into(),
        row.actor_id.into(),
        row.actor_name.into(),
        row.action.into(),
        row.object_kind.into(),
        row.object_id.into(),
        row.detail.into(),
        row.request_id.into(),
    ];
    tx.execute(SQL, values).await.map(drop)
}

/// The newest rows of the organization's log.
pub async fn newest(ctx: &Ctx, limit: u64) -> Result<Vec<Model>, DbErr> {
    let select = Entity::in_org(ctx).order_by_desc(Column::Id).limit(limit);
    ctx.all(select).await
}

/// The organization's sealed rows after a position of the chain, in order.
pub async fn sealed_after(ctx: &Ctx, seq: i64, limit: u64) -> Result<Vec<Model>, DbErr> {
    let page = Entity::in_org(ctx)
        .filter(Column::Seq.gt(seq))
        .order_by_asc(Column::Seq)
        .limit(limit);
    ctx.all(page).await
}

/// Excludes other sealers until the transaction ends, since two at once would fork a chain. The
/// second one waits and then finds nothing to do. SQLite has one writer and needs no lock.
pub async fn lock(tx: &Tx) -> Result<(), DbErr> {
    if tx.is_postgres() {
        tx.execute("SELECT pg_advisory_xact_lock(7236115903443)", [])
            .await?;
    }
    Ok(())
}

/// The oldest unsealed rows of all organizations.
pub async fn unsealed(system: &SystemCtx, tx: &Tx, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::across_orgs(system, SEAL)
        .filter(Column::Seq.is_null())
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(tx.conn())
        .await
}

/// The last row of an organization's chain; `None` if nothing is sealed yet.
pub async fn last_sealed(system: &SystemCtx, tx: &Tx, org: OrgId) -> Result<Option<Model>, DbErr> {
    Entity::in_org_of(system, org)
        .filter(Column::Seq.is_not_null())
        .order_by_desc(Column::Seq)
        .one(tx.conn())
        .await
}

/// Writes the positions and seals of a batch in one statement.
pub async fn seal(tx: &Tx, seals: &[(Uuid, i64, Vec<u8>)]) -> Result<(), DbErr> {
    const SQL: &str = "/* across organizations: seal */ \
        UPDATE audit SET seq = v.seq, hash = decode(v.hash, 'hex') \
        FROM jsonb_to_recordset($1::jsonb) AS v (id uuid, seq bigint, hash text) \
        WHERE audit.id = v.id AND audit.seq IS NULL";
    const LITE: &str = "/* across organizations: seal */ \
        UPDATE audit SET seq = v.value ->> 'seq', hash = unhex(v.value ->> 'hash') \
        FROM json_each($1) AS v \
        WHERE audit.id = unhex(v.value ->> 'id') AND audit.seq IS NULL";
    let list: Vec<_> = seals
        .iter()
        .map(|(id, seq, hash)| {
            let hex = types::hex(hash);
            if tx.is_postgres() {
                json!({ "id": id, "seq": seq, "hash": hex })
            } else {
                json!({ "id": id.simple().to_string(), "seq": seq, "hash": hex })
            }
        })
        .collect();
    let sql = if tx.is_postgres() { SQL } else { LITE };
    let list = serde_json::Value::from(list).to_string();
    tx.execute(sql, [list.into()]).await.map(drop)
}
