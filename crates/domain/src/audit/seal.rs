//! The chain: each row's seal is a hash over the row and the seal before it.
//!
//! A changed, added or removed row breaks every seal after it, so a copy of one seal kept
//! elsewhere vouches for all that came before.

use std::collections::{BTreeMap, btree_map::Entry};

use sea_orm::{ColumnTrait, DbErr, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{
    Ctx,
    access::Permission,
    db::Tx,
    error::{AppError, Result},
    tenancy::{OrgEntity, SystemCtx},
};

/// Rows sealed in one transaction.
const BATCH: u64 = 2_000;

/// Where a chain does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the audit log's chain does not hold at place {seq}")]
pub struct Broken {
    /// The first place that does not hold.
    pub seq: i64,
}

/// Gives the oldest unsealed rows their places; called once a second by one process. Returns how
/// many rows it sealed.
pub async fn seal_once(system: &SystemCtx) -> Result<usize> {
    let tx = system.begin_across().await?;
    if tx.is_postgres() {
        // Two sealers would fork a chain; the second waits and then finds nothing to do.
        tx.execute("SELECT pg_advisory_xact_lock(7236115903443)", [])
            .await?;
    }
    let rows = Entity::across_orgs(system)
        .filter(Column::Seq.is_null())
        .order_by_asc(Column::Id)
        .limit(BATCH)
        .all(tx.conn())
        .await?;
    let mut heads: BTreeMap<Uuid, (i64, Vec<u8>)> = BTreeMap::new();
    let mut seals = Vec::with_capacity(rows.len());
    for row in &rows {
        let (seq, previous) = match heads.entry(row.org_id) {
            Entry::Occupied(head) => head.into_mut(),
            Entry::Vacant(place) => {
                let last = Entity::across_orgs(system)
                    .filter(Column::OrgId.eq(row.org_id))
                    .filter(Column::Seq.is_not_null())
                    .order_by_desc(Column::Seq)
                    .one(tx.conn())
                    .await?;
                place.insert(last.map_or((0, Vec::new()), |last| {
                    (last.seq.unwrap_or_default(), last.hash.unwrap_or_default())
                }))
            }
        };
        *seq += 1;
        *previous = seal(previous, *seq, row);
        seals.push((row.id, *seq, previous.clone()));
    }
    if !seals.is_empty() {
        store(&tx, &seals).await?;
    }
    tx.commit().await?;
    Ok(rows.len())
}

/// All seals of a batch in one statement.
async fn store(tx: &Tx, seals: &[(Uuid, i64, Vec<u8>)]) -> Result<(), DbErr> {
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
    let sql = if tx.is_postgres() {
        "UPDATE audit SET seq = v.seq, hash = decode(v.hash, 'hex')
         FROM jsonb_to_recordset($1::jsonb) AS v (id uuid, seq bigint, hash text)
         WHERE audit.id = v.id AND audit.seq IS NULL"
    } else {
        "UPDATE audit SET seq = v.value ->> 'seq', hash = unhex(v.value ->> 'hash')
         FROM json_each($1) AS v
         WHERE audit.id = unhex(v.value ->> 'id') AND audit.seq IS NULL"
    };
    tx.execute(sql, [serde_json::Value::from(list).to_string().into()])
        .await?;
    Ok(())
}

/// Checks the organization's whole chain; gives the number of sealed rows.
pub async fn verify(ctx: &Ctx) -> Result<std::result::Result<i64, Broken>> {
    ctx.authorize(Permission::AuditRead).await?;
    let (mut seq, mut previous) = (0i64, Vec::new());
    loop {
        let page = Entity::in_org(ctx)
            .filter(Column::Seq.gt(seq))
            .order_by_asc(Column::Seq)
            .limit(BATCH);
        let rows = ctx.all(page).await?;
        if rows.is_empty() {
            return Ok(Ok(seq));
        }
        for row in rows {
            seq += 1;
            let expected = seal(&previous, seq, &row);
            if row.seq != Some(seq) || row.hash.as_deref() != Some(&expected) {
                return Ok(Err(Broken { seq }));
            }
            previous = expected;
        }
    }
}

/// Every part is preceded by its length, so that no two rows read the same.
fn seal(previous: &[u8], seq: i64, row: &Model) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(previous);
    part(&seq.to_be_bytes());
    part(row.id.as_bytes());
    part(row.org_id.as_bytes());
    part(&row.at.timestamp_micros().to_be_bytes());
    part(row.actor_kind.as_bytes());
    part(row.actor_id.as_ref().map_or(&[][..], |id| id.as_bytes()));
    for text in [
        &row.actor_name,
        &row.action,
        &row.object_kind,
        &row.object_id,
        &row.detail,
        &row.request_id,
    ] {
        part(text.as_bytes());
    }
    hash.finalize().to_vec()
}

impl From<Broken> for AppError {
    fn from(broken: Broken) -> Self {
        AppError::conflict(broken.to_string()).with("seq", broken.seq.into())
    }
}
