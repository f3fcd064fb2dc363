//! The only module that creates the host's own SQL statements.
//!
//! In tests, each statement is checked for restricting its rows to an organization, like the
//! statements of the ORM.

#![allow(
    clippy::disallowed_methods,
    reason = "this is the only module that creates the host's statements"
)]

use sqlx::{
    Database, FromRow,
    query::{Query, QueryAs},
};

/// Creates a statement.
pub(super) fn query<'q, DB: Database>(sql: &'static str) -> Query<'q, DB, DB::Arguments> {
    checked::<DB>(sql);
    sqlx::query(sql)
}

/// Creates a statement whose rows are decoded as `O`.
pub(super) fn query_as<'q, DB: Database, O>(sql: &'static str) -> QueryAs<'q, DB, O, DB::Arguments>
where
    O: for<'r> FromRow<'r, DB::Row>,
{
    checked::<DB>(sql);
    sqlx::query_as(sql)
}

fn checked<DB: Database>(_sql: &'static str) {
    #[cfg(any(test, feature = "check-statements"))]
    crate::statements::run(_sql, DB::NAME == "PostgreSQL");
}
