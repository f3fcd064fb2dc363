//! A connection is checked before the pool hands it out again: one rule for every pool.
//!
//! A driver counts the transactions of a connection by itself, and the count can be wrong. SQLite
//! rolls back on its own when the disk is full: the driver's `ROLLBACK` then fails, and it goes on
//! counting one transaction. A `BEGIN` whose caller went away leaves a transaction that the driver
//! does not count. Whoever gets such a connection next writes into a transaction that nobody
//! commits, without any error.
//!
//! So a connection that comes back is asked for both: what the driver counts, and what the
//! database says. One that is inside a transaction, or that does not answer, is closed; the
//! database then rolls back what was open.

use sqlx::{Connection as _, Database, Error, pool::PoolOptions};

/// Adds the rule to a pool.
pub(crate) fn checked<DB: Database>(options: PoolOptions<DB>) -> PoolOptions<DB> {
    options.after_release(|conn, _| Box::pin(is_clean::<DB>(conn)))
}

/// Whether neither the driver nor the database knows of an open transaction. An error means that
/// the connection is of no further use.
///
/// A custom `BEGIN` is refused by the driver when it counts a transaction; else it is run, and the
/// driver looks at the database's own state afterwards. A statement that begins nothing therefore
/// fails with `BeginFailed` on a clean connection, and on no other one.
async fn is_clean<DB: Database>(conn: &mut DB::Connection) -> Result<bool, Error> {
    match conn.begin_with("SELECT 1").await {
        Err(Error::BeginFailed) => Ok(true),
        Ok(_) | Err(Error::InvalidSavePointStatement) => {
            tracing::warn!("a connection came back inside a transaction; it is closed");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
