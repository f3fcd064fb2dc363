//! Checks, in tests, that every statement on an organization's table is restricted to one
//! organization.
//!
//! In test builds (and with the feature `check-statements`) each statement sent to SQLite or
//! PostgreSQL is parsed; one that could access rows of two organizations panics where it is run.
//! The tables that belong to organizations are read from the migrated schema. The few statements
//! that are meant for all organizations carry a comment with one of the names in [`ACROSS`]. The
//! exact rules are in [`rules`].
//!
//! None of this is part of the released program.

mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use parking_lot::Mutex;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

pub use rules::{Tables, check};

/// The reasons for which a statement may access the rows of all organizations. The statement names
/// its reason in a comment: `/* across organizations: claim */`.
pub const ACROSS: &[(&str, &str)] = &[
    ("claim", "a worker claims due runs of any organization"),
    (
        "reconcile",
        "timers of finished runs and waiting runs without a timer are repaired",
    ),
    (
        "signals",
        "a worker reads the signals of all its runs at once",
    ),
    (
        "seal",
        "one process chains the audit rows of all organizations",
    ),
    (
        "purge",
        "rows that were deleted long ago are found and removed",
    ),
    (
        "jobs",
        "jobs that lost their delivery or have expired are found",
    ),
    (
        "triggers",
        "triggers that are due are found, and firings that are to be started",
    ),
    ("domains", "domains whose check is due are found"),
    (
        "webhooks",
        "organizations whose ended runs are announced to webhook endpoints are found",
    ),
    (
        "metadata",
        "SAML providers whose metadata is read again are found",
    ),
    (
        "sign-in",
        "the organization of a credential is known only after it is looked up",
    ),
    (
        "test",
        "a test deliberately reads across organizations; `cargo xtask tidy` refuses it elsewhere",
    ),
];

/// The tables that belong to organizations, from the schemas of all opened databases.
static TABLES: Mutex<Tables> = Mutex::new(BTreeMap::new());

/// The statements that passed the check.
static CHECKED: Mutex<Option<HashSet<(bool, String)>>> = Mutex::new(None);

/// The violations so far, for test suites whose tasks survive a panic.
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
        // The only table whose own ID is the organization.
        tables.insert("organizations".to_owned(), "id".to_owned());
    }
    Ok(())
}

/// Checks a statement that is about to run or just ran.
///
/// # Panics
///
/// If the statement is not restricted to an organization, so that the test that ran it fails.
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

/// The number of different statements that passed the check, and the violations.
pub fn report() -> (usize, Vec<String>) {
    let checked = CHECKED.lock().as_ref().map_or(0, HashSet::len);
    (checked, FOUND.lock().clone())
}
