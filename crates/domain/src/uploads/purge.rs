//! Removes expired uploads: the bytes at once, and the row a month later, so that requests until
//! then are told that the upload has expired, not that it does not exist.

use chrono::TimeDelta;
use serde_json::json;
use types::{OrgId, UploadId};

use super::{REMEMBERED, Status, repo};
use crate::{
    audit::{self, Entry},
    ctx::Actor,
    error::Result,
    tenancy::SystemCtx,
};

/// Uploads per transaction. Few, because an upload may be large and SQLite has one writer.
const BATCH: u64 = 2;

/// Rows of expired uploads that are deleted per transaction.
const FORGET_BATCH: u64 = 200;

/// The maximum number of transactions per call.
const MAX_TRANSACTIONS: usize = 500;

/// Removes expired uploads and returns how many. If there are very many, the rest is left to the
/// next call.
pub async fn purge(system: &SystemCtx) -> Result<usize> {
    let mut all = 0;
    for _ in 0..MAX_TRANSACTIONS {
        let (found, gone) = batch(system).await?;
        all += gone;
        if found < BATCH {
            break;
        }
    }
    Ok(all)
}

async fn batch(system: &SystemCtx) -> Result<(u64, usize)> {
    let clock = system.app.clock();
    let now = clock.now();
    let tx = system.begin_across().await?;
    let rows = repo::over(&tx, system, now, BATCH).await?;
    let mut gone = 0;
    for row in &rows {
        if !repo::expire(&tx, row, now).await? {
            continue;
        }
        gone += 1;
        // An incomplete upload is not in the audit log, so its end is not logged either.
        if row.status == Status::Ready.as_str() {
            let entry = Entry::new("upload.expire", "upload", UploadId(row.id))
                .detail(json!({ "name": row.name, "bytes": row.size }));
            let actor = Actor::system("FlowMason");
            audit::write_raw(&tx, clock, OrgId(row.org_id), &actor, "purge", entry).await?;
        }
    }
    let month = TimeDelta::from_std(REMEMBERED).unwrap_or(TimeDelta::MAX);
    repo::forget(&tx, system, now - month, FORGET_BATCH).await?;
    tx.commit().await?;
    Ok((rows.len() as u64, gone))
}
