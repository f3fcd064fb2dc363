//! Checks each connection that is returned to a pool for open transactions.
//!
//! The driver tracks the transactions of a connection itself, and its count can be wrong. SQLite
//! rolls back by itself when the disk is full: the driver's `ROLLBACK` then fails, and the driver
//! still counts a transaction. A `BEGIN` whose future was dropped leaves a transaction that the
//! driver does not count. The next user of such a connection would write into a transaction that is
//! never committed, without any error.
//!
//! A returned connection is therefore checked against both the driver's count and the database's
//! state. If it is inside a transaction or does not respond, it is closed, and the database rolls
//! back any open transaction.

use sqlx::{Connection as _, Database, Error, pool::PoolOptions};

/// Adds the check to a pool's options.
pub(crate) fn checked<DB: Database>(options: PoolOptions<DB>) -> PoolOptions<DB> {
    options.after_release(|conn, _| Box::pin(is_clean::<DB>(conn)))
}

/// Whether neither the driver nor the database knows of an open transaction. An error means that
/// the connection is unusable.
///
/// The driver refuses a custom `BEGIN` while it counts a transaction. Otherwise it runs the
/// statement and then checks the database's own state. A statement that begins no transaction
/// therefore fails with `BeginFailed` on a clean connection, and only there.
async fn is_clean<DB: Database>(conn: &mut DB::Connection) -> Result<bool, Error> {
    match conn.begin_with("SELECT 1").await {
        Err(Error::BeginFailed) => Ok(true),
        Ok(_) | Err(Error::InvalidSavePointStatement) => {
            tracing::warn!("a connection was returned inside a transaction; closing it");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
