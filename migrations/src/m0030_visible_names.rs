//! Names of people, organizations, pipelines and API keys from before invisible characters were
//! refused lose them: with U+202E, one name can look like another. Records of the past (the audit
//! log, who started a run) stay as they were written.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement, Value},
};

use crate::{ddl, fold::fold, visible::visible};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Rows per batch.
const TOGETHER: usize = 500;

/// The tables that belong to organizations.
const GUARDED: [&str; 3] = ["organizations", "pipelines", "api_keys"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        clean(manager, "users").await?;
        for table in GUARDED {
            // Forced policies apply to the owner of the table, too.
            let sql = format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY");
            ddl::run_on_postgres(manager, &sql).await?;
            clean(manager, table).await?;
            let sql = format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY");
            ddl::run_on_postgres(manager, &sql).await?;
        }
        Ok(())
    }
}

async fn clean(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = manager.get_database_backend();
    // IDs are compared as text, which works on both databases.
    let (key, id_of) = match backend {
        DbBackend::Postgres => ("id::text", "$2::uuid"),
        _ => ("hex(id)", "unhex($2)"),
    };
    let select = format!(
        "SELECT {key} AS key, name FROM {table} WHERE {key} > $1 ORDER BY key LIMIT {TOGETHER}"
    );
    let folded = table == "pipelines";
    let update = match folded {
        true => format!("UPDATE {table} SET name = $1, name_folded = $3 WHERE id = {id_of}"),
        false => format!("UPDATE {table} SET name = $1 WHERE id = {id_of}"),
    };
    let mut last = String::new();
    loop {
        let values = [last.clone().into()];
        let select = Statement::from_sql_and_values(backend, &select, values);
        let rows = connection.query_all_raw(select).await?;
        for row in &rows {
            let (id, name): (String, String) = (row.try_get("", "key")?, row.try_get("", "name")?);
            if let Some(name) = visible(&name) {
                let mut values: Vec<Value> = vec![name.clone().into(), id.clone().into()];
                values.extend(folded.then(|| fold(&name).into()));
                let update = Statement::from_sql_and_values(backend, &update, values);
                connection.execute_raw(update).await?;
            }
            last = id;
        }
        if rows.len() < TOGETHER {
            return Ok(());
        }
    }
}
