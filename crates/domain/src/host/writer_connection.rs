//! The journal writer's own connection to PostgreSQL.
//!
//! A group commit is one statement, so it needs no explicit transaction. It does need the setting
//! that tells row-level security which organizations' rows are visible. The setting stays on this
//! connection, which nothing else uses, and is changed only when a batch is for other
//! organizations. Most commits therefore take one round trip instead of three.

use parking_lot::Mutex;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection, postgres::PgConnectOptions,
};
use types::OrgId;

use crate::db::orgs_text;

/// Holds the connection between commits. Empty before the first commit and after an error.
#[derive(Default)]
pub(super) struct WriterConnection(Mutex<Option<CheckedOut>>);

/// The connection while a commit uses it. If it is dropped instead of given back, it is closed and
/// the next commit opens a new one, because its state is unknown after an error.
pub(super) struct CheckedOut {
    pub conn: PgConnection,
    /// The organizations whose rows are visible, as text.
    orgs: String,
}

impl WriterConnection {
    /// Checks out the connection, opening it if needed. Only rows of `orgs` are visible on it.
    pub async fn lend(
        &self,
        options: &PgConnectOptions,
        orgs: &[OrgId],
    ) -> sqlx::Result<CheckedOut> {
        let kept = self.0.lock().take();
        let mut lent = match kept {
            Some(lent) => lent,
            None => CheckedOut {
                conn: options.connect().await?,
                orgs: String::new(),
            },
        };
        let orgs = orgs_text(orgs);
        if lent.orgs != orgs {
            // Safe from injection: the text consists of UUIDs only.
            let sql = format!("SET app.orgs = '{orgs}'");
            lent.conn.execute(AssertSqlSafe(sql)).await?;
            lent.orgs = orgs;
        }
        Ok(lent)
    }

    /// Returns the connection after a successful commit.
    pub fn give_back(&self, lent: CheckedOut) {
        *self.0.lock() = Some(lent);
    }
}
