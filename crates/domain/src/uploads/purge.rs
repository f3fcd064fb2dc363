//! What has expired goes: the bytes at once, the row a month later, so that it can be said that an
//! upload is too old rather than that there never was one.

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

/// Uploads in one transaction: their parts may be many megabytes, and SQLite has one writer.
const BATCH: u64 = 2;

/// Rows of uploads without bytes that are forgotten in one transaction.
const FORGOTTEN: u64 = 200;

/// Transactions in one call.
const MOST: usize = 500;

/// Removes what has expired. Gives how many files; a call that finds very many leaves the rest to
/// the next one.
pub async fn purge(system: &SystemCtx) -> Result<usize> {
    let mut all = 0;
    for _ in 0..MOST {
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
        // One that never was whole was nobody's, as far as the log says.
        if row.status == Status::Ready.as_str() {
            let entry = Entry::new("upload.expire", "upload", UploadId(row.id))
                .detail(json!({ "name": row.name, "bytes": row.size }));
            let actor = Actor::system("FlowMason");
            audit::write_raw(&tx, clock, OrgId(row.org_id), &actor, "purge", entry).await?;
        }
    }
    let month = TimeDelta::from_std(REMEMBERED).unwrap_or(TimeDelta::MAX);
    repo::forget(&tx, system, now - month, FORGOTTEN).await?;
    tx.commit().await?;
    Ok((rows.len() as u64, gone))
}
