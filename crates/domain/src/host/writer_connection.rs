//! The journal writer's own connection to PostgreSQL.
//!
//! A group commit is one statement, so it needs no transaction around it. What it needs is the
//! setting that says of which organizations rows exist (row-level security reads it). The setting
//! stays on this connection, which nothing else uses, and changes only with a batch of other
//! organizations. So most commits are one round trip instead of three.

use parking_lot::Mutex;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection, postgres::PgConnectOptions,
};
use types::OrgId;

use crate::db::orgs_text;

/// The connection while nobody uses it; none before the first commit and after an error.
#[derive(Default)]
pub(super) struct WriterConnection(Mutex<Option<Lent>>);

/// The connection while a commit uses it. Dropped instead of given back, it is closed, and the
/// next commit makes a new one: after an error nobody knows what state it is in.
pub(super) struct Lent {
    pub conn: PgConnection,
    /// The organizations whose rows exist on it.
    orgs: String,
}

impl WriterConnection {
    /// Lends the connection; on it exactly the rows of `orgs` exist.
    pub async fn lend(&self, options: &PgConnectOptions, orgs: &[OrgId]) -> sqlx::Result<Lent> {
        let kept = self.0.lock().take();
        let mut lent = match kept {
            Some(lent) => lent,
            None => Lent {
                conn: options.connect().await?,
                orgs: String::new(),
            },
        };
        let orgs = orgs_text(orgs);
        if lent.orgs != orgs {
            // Safe: the text consists of ids.
            let sql = format!("SET app.orgs = '{orgs}'");
            lent.conn.execute(AssertSqlSafe(sql)).await?;
            lent.orgs = orgs;
        }
        Ok(lent)
    }

    /// Takes it back after a commit that succeeded.
    pub fn give_back(&self, lent: Lent) {
        *self.0.lock() = Some(lent);
    }
}
