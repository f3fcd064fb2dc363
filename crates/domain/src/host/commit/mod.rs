//! The group commit: the segments of many runs in one transaction, fenced by their leases.
//!
//! `batch` holds what is committed, independent of the database; `postgres` and `sqlite` write it.

mod batch;
mod postgres;
mod sqlite;

pub(super) use batch::{Batch, End, Row};

use super::{HostError, pools::Pools};

/// Commits the rows in one transaction. Returns, per row, whether its lease was still ours. Rows
/// whose lease was lost are skipped; the others are committed.
pub(super) async fn commit(
    pools: &Pools,
    owner: &str,
    rows: &[Row],
) -> Result<Vec<bool>, HostError> {
    let work = async {
        match pools {
            Pools::Postgres(pg) => postgres::commit(pg, owner, rows).await,
            Pools::Sqlite(lite) => sqlite::commit(lite, owner, rows).await,
        }
    };
    pools.in_time(work).await
}

/// Finds out whether a commit took effect whose response was lost. Returns `None` if it did not;
/// otherwise, per row, whether its lease was still ours. A row with events is recognized by its
/// segment and epoch. Rows without events only give a lease back, and count as committed when any
/// other row was.
pub(super) async fn happened(pools: &Pools, rows: &[Row]) -> Result<Option<Vec<bool>>, HostError> {
    let work = async {
        match pools {
            Pools::Postgres(pg) => postgres::written(pg, rows).await,
            Pools::Sqlite(lite) => sqlite::written(lite, rows).await,
        }
    };
    let written = pools.in_time(work).await?;
    let ours = rows
        .iter()
        .map(|row| row.count == 0 || written.contains(&row.lease.run));
    Ok((!written.is_empty()).then(|| ours.collect()))
}
