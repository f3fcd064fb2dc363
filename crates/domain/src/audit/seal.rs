//! The hash chain: each row's seal is a hash of the row and of the previous seal.
//!
//! A changed, added or removed row breaks every later seal. A copy of one seal, kept elsewhere,
//! therefore proves that all rows before it are unchanged.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    iter::repeat_n,
    time::Duration,
};

use sha2::{Digest, Sha256};
use thiserror::Error;
use types::OrgId;
use uuid::Uuid;

use super::{entity::Model, repo};
use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
    tenancy::SystemCtx,
};

/// The largest number of rows sealed in one transaction.
const BATCH: u64 = 2_000;

/// The number of rows in each of the first transactions of a call, how many of them there are, and the
/// pause after each: a second's rows in one piece would hold up the runs that start at that moment.
const SLICE: u64 = 100;
const SLICES: usize = 10;
const PAUSE: Duration = Duration::from_millis(5);

/// A broken chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("The audit log's chain is broken at entry {seq}")]
pub struct Broken {
    /// The first position at which the chain does not match.
    pub seq: i64,
}

/// The largest number of transactions of [`BATCH`] rows in one call, for a backlog.
const MAX_TRANSACTIONS: usize = 10;

/// Seals the unsealed rows, oldest first. One process calls this once a second. Returns the number
/// of rows sealed.
pub async fn seal_waiting(system: &SystemCtx) -> Result<usize> {
    let mut sealed = 0;
    for limit in repeat_n(SLICE, SLICES).chain(repeat_n(BATCH, MAX_TRANSACTIONS)) {
        let some = seal_once(system, limit).await?;
        sealed += some;
        if (some as u64) < limit {
            break;
        }
        if limit == SLICE {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(sealed)
}

/// Seals the oldest unsealed rows in one transaction.
async fn seal_once(system: &SystemCtx, limit: u64) -> Result<usize> {
    let tx = system.begin_across().await?;
    repo::lock(&tx).await?;
    let rows = repo::unsealed(system, &tx, limit).await?;
    let mut heads: BTreeMap<Uuid, (i64, Vec<u8>)> = BTreeMap::new();
    let mut seals = Vec::with_capacity(rows.len());
    for row in &rows {
        let (seq, previous) = match heads.entry(row.org_id) {
            Entry::Occupied(head) => head.into_mut(),
            Entry::Vacant(place) => {
                let last = repo::last_sealed(system, &tx, OrgId(row.org_id)).await?;
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
        repo::seal(&tx, &seals).await?;
    }
    tx.commit().await?;
    Ok(rows.len())
}

/// Verifies the organization's whole chain. Returns the number of sealed rows, or where it is
/// broken.
pub async fn verify(ctx: &Ctx) -> Result<std::result::Result<i64, Broken>> {
    ctx.authorize(Permission::AuditRead).await?;
    let (mut seq, mut previous) = (0i64, Vec::new());
    loop {
        let rows = repo::sealed_after(ctx, seq, BATCH).await?;
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

/// Computes a row's seal. Each part is preceded by its length, so that no two rows give the same
/// bytes.
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
