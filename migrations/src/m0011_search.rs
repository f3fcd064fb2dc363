//! Search without case and accents, and addresses that a person asked for.
//!
//! `pipelines.name_folded` is the name as search compares it, written by the program, because the
//! two databases fold text differently and SQLite only ASCII. `users.email_wanted` is an address
//! that its person asked for while another one has it: shown to them, and nobody signs in by it.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement},
};

use crate::{ddl, fold::fold};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Rows written at once.
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

/// Writes the folded names of the pipelines that there are.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    // The owner of the tables is bound by the policies too: for this step they are not forced.
    ddl::run_on_postgres(manager, "ALTER TABLE pipelines NO FORCE ROW LEVEL SECURITY").await?;
    let backend = manager.get_database_backend();
    let mut last = String::new();
    loop {
        // Ids as text: the same on both databases.
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
