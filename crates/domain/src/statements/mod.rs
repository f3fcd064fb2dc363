//! The guard of tests: every statement on an organization's table names its organization.
//!
//! In test builds (and with the feature `check-statements`) each statement that goes to a database is
//! parsed before anything else looks at it, on SQLite as on PostgreSQL; one that could touch rows of
//! two organizations panics where it was run. Which tables belong to organizations is read from the
//! migrated schema. The few statements that are meant for all organizations carry a comment with one
//! of the names in [`ACROSS`]; see [`rules`] for what counts as naming the organization.
//!
//! Nothing of this is in the program that is shipped.

mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use parking_lot::Mutex;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

pub use rules::{Tables, check};

/// Why a statement may touch the rows of all organizations. It says so where it is written:
/// `/* across organizations: claim */`.
pub const ACROSS: &[(&str, &str)] = &[
    (
        "claim",
        "a worker takes the runs that are due, of whichever organization",
    ),
    (
        "reconcile",
        "timers and leases that no run stands behind are put right",
    ),
    (
        "signals",
        "a worker asks once for the signals of all runs that it drives",
    ),
    (
        "seal",
        "one process chains the audit rows of all organizations",
    ),
    ("purge", "what was deleted long ago is looked for"),
    (
        "jobs",
        "jobs that lost their delivery or whose time is over are looked for",
    ),
    (
        "sign-in",
        "whose a credential is, is known only after the look-up",
    ),
    (
        "test",
        "a test deliberately reads across organizations; `cargo xtask tidy` refuses it elsewhere",
    ),
];

/// The tables of organizations, from the schemas of the databases that were opened.
static TABLES: Mutex<Tables> = Mutex::new(BTreeMap::new());

/// Statements that were checked and are fine.
static CHECKED: Mutex<Option<HashSet<(bool, String)>>> = Mutex::new(None);

/// What was found so far, for a suite whose tasks outlive a panic.
static FOUND: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Reads from a migrated database which tables belong to organizations.
pub(crate) async fn learn(conn: &DatabaseConnection) -> Result<(), DbErr> {
    const SQLITE: &str = "SELECT m.name AS name FROM sqlite_master m \
        JOIN pragma_table_info(m.name) c ON c.name = 'org_id' WHERE m.type = 'table'";
    const POSTGRES: &str = "SELECT c.relname::text AS name FROM pg_attribute a \
        JOIN pg_class c ON c.oid = a.attrelid WHERE a.attname = 'org_id' \
        AND NOT a.attisdropped AND c.relkind = 'r' \
        AND c.relnamespace = 'public'::regnamespace";
    let backend = conn.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => POSTGRES,
        _ => SQLITE,
    };
    let rows = conn
        .query_all_raw(Statement::from_string(backend, sql))
        .await?;
    let mut tables = TABLES.lock();
    for row in rows {
        tables.insert(row.try_get("", "name")?, "org_id".to_owned());
    }
    if !tables.is_empty() {
        // The one table whose own id is the organization.
        tables.insert("organizations".to_owned(), "id".to_owned());
    }
    Ok(())
}

/// Checks a statement that is about to run or just ran.
///
/// # Panics
///
/// When the statement does not name its organization. That is the purpose: the test that ran it fails.
#[allow(
    clippy::panic,
    clippy::print_stderr,
    reason = "only in test builds, where it is how a test fails"
)]
pub fn run(sql: &str, postgres: bool) {
    let key = (postgres, sql.to_owned());
    if CHECKED
        .lock()
        .as_ref()
        .is_some_and(|checked| checked.contains(&key))
    {
        return;
    }
    let result = check(sql, postgres, &TABLES.lock());
    match result {
        Ok(()) => {
            CHECKED.lock().get_or_insert_default().insert(key);
        }
        Err(problem) => {
            let text = format!("{problem}\n    {sql}");
            eprintln!("{text}");
            FOUND.lock().push(text.clone());
            panic!("{text}");
        }
    }
}

/// How many different statements were checked and are fine, and what was found.
pub fn report() -> (usize, Vec<String>) {
    let checked = CHECKED.lock().as_ref().map_or(0, HashSet::len);
    (checked, FOUND.lock().clone())
}
