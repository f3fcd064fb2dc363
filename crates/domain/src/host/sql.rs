//! The one place from which the host's own statements go to the database.
//!
//! In tests each is checked for naming its organization, as those of the object mapper are.

#![allow(
    clippy::disallowed_methods,
    reason = "this is the place where the host's statements begin"
)]

use sqlx::{
    Database, FromRow,
    query::{Query, QueryAs},
};

/// A statement.
pub(super) fn query<'q, DB: Database>(sql: &'static str) -> Query<'q, DB, DB::Arguments> {
    checked::<DB>(sql);
    sqlx::query(sql)
}

/// A statement whose rows are read as a type.
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
