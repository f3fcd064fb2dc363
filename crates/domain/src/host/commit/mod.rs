//! The group commit: the segments of many runs in one transaction, fenced by their leases.
//!
//! `batch` is what is committed and knows no database; `postgres` and `sqlite` write it.

mod batch;
mod postgres;
mod sqlite;

pub(super) use batch::{Batch, End, Row};

use super::{HostError, pools::Pools};

/// Commits the rows in one transaction. Gives, per row, whether its lease still was ours; those
/// that were not are left out and the others stand.
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

/// After a commit whose answer got lost: whether it happened, and if so, per row, whether its
/// lease still was ours then. A row's segment, under its epoch, speaks for it. A row without
/// events goes with the others: all it could do is give its lease back.
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
