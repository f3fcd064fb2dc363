//! Writes that requests have expired, with an audit row for each.
//!
//! A request has expired as soon as its time is over, whether this has run or not: see
//! [`Publication::of`].

use types::OrgId;

use super::{Publication, WAITS, repo};
use crate::{
    audit::{self, Entry},
    ctx::Actor,
    error::Result,
    tenancy::SystemCtx,
};

/// The largest number of requests written in one transaction.
const BATCH: usize = 100;

/// The largest number of transactions in one call.
const MAX_ROUNDS: usize = 50;

/// Writes that requests have expired, and returns how many. One call writes at most 5,000 and leaves the
/// rest to the next one.
pub async fn expire(system: &SystemCtx) -> Result<usize> {
    let mut all = 0;
    for _ in 0..MAX_ROUNDS {
        let done = batch(system).await?;
        all += done;
        if done < BATCH {
            break;
        }
    }
    Ok(all)
}

async fn batch(system: &SystemCtx) -> Result<usize> {
    let clock = system.app.clock();
    let now = clock.now();
    let tx = system.begin_across().await?;
    let due = repo::expired(&tx, now - WAITS, BATCH).await?;
    let done = due.len();
    for row in due {
        let org = OrgId(row.org_id);
        repo::expire(&tx, &row).await?;
        let publication = Publication::of(row, now)?;
        let entry = Entry::new("publication.expire", "publication", publication.id)
            .detail(publication.detail());
        let actor = Actor::system("FlowMason");
        audit::write_raw(&tx, clock, org, &actor, "purge", entry).await?;
    }
    tx.commit().await?;
    Ok(done)
}
