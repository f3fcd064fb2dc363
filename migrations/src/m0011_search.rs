//! Search that ignores case and accents, and requested email addresses.
//!
//! `pipelines.name_folded` is the name in folded form, for search. The program writes it, because
//! the databases fold text differently, and SQLite only ASCII. `users.email_wanted` is an address
//! that a user requested while it belongs to another user: it is shown, but cannot be used to sign
//! in.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement},
};

use crate::{ddl, fold::fold};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Rows per batch.
const TOGETHER: usize = 500;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, "ALTER TABLE users ADD COLUMN email_wanted text").await?;
        ddl::run(
            manager,
            "ALTER TABLE pipelines ADD COLUMN name_folded text NOT NULL DEFAULT ''",
        )
        .await?;
        fill(manager).await
    }
}

/// Writes the folded names of existing pipelines.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    // Forced policies apply to the owner of the table, too, so they are not forced for this step.
    ddl::run_on_postgres(manager, "ALTER TABLE pipelines NO FORCE ROW LEVEL SECURITY").await?;
    let backend = manager.get_database_backend();
    let mut last = String::new();
    loop {
        // IDs are compared as text, which works on both databases.
        let (key, id_of) = match backend {
            DbBackend::Postgres => ("id::text", "$2::uuid"),
            _ => ("hex(id)", "unhex($2)"),
        };
        let select = format!(
            "SELECT {key} AS key, name FROM pipelines WHERE {key} > $1 ORDER BY key LIMIT {TOGETHER}"
        );
        let select = Statement::from_sql_and_values(backend, select, [last.clone().into()]);
        let rows = connection.query_all_raw(select).await?;
        for row in &rows {
            let (id, name): (String, String) = (row.try_get("", "key")?, row.try_get("", "name")?);
            let update = format!("UPDATE pipelines SET name_folded = $1 WHERE id = {id_of}");
            let values = [fold(&name).into(), id.clone().into()];
            let update = Statement::from_sql_and_values(backend, update, values);
            connection.execute_raw(update).await?;
            last = id;
        }
        if rows.len() < TOGETHER {
            break;
        }
    }
    ddl::run_on_postgres(manager, "ALTER TABLE pipelines FORCE ROW LEVEL SECURITY").await
}
