//! Helpers for migrations: one SQL text for both databases, and row-level security.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Whether this is PostgreSQL.
pub fn is_postgres(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Postgres
}

/// Runs statements on either database. They are written with PostgreSQL's types.
pub async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let sql = if is_postgres(manager) {
        sql.to_owned()
    } else {
        for_sqlite(sql)
    };
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// Runs statements on PostgreSQL only.
pub async fn run_on_postgres(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    if is_postgres(manager) {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}

/// Translates types to SQLite: IDs and bytes become blobs, and times become text.
fn for_sqlite(sql: &str) -> String {
    sql.replace(" uuid", " blob")
        .replace(" bytea", " blob")
        .replace(" timestamptz", " text")
}

/// Grants the application access to a table that belongs to no organization.
pub async fn shared_table(
    manager: &SchemaManager<'_>,
    table: &str,
    rights: &str,
) -> Result<(), DbErr> {
    run_on_postgres(
        manager,
        &format!("GRANT {rights} ON {table} TO flowmason_app"),
    )
    .await
}

/// Grants the application access to a table whose organization is `column`, with row-level
/// security: it sees only rows of the organizations in `app.orgs`. `app.orgs` is read once per
/// statement; if it is not set, there are no rows.
///
/// The condition is in a CASE, because the planner would otherwise use `= ANY` as an index
/// condition, too. An index scan for several values is not ordered, so the first twenty rows of a
/// list would be found by sorting all of them. Queries have their own condition on the
/// organization, for which the index is used.
pub async fn tenant_table(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    rights: &str,
) -> Result<(), DbErr> {
    let sql = format!(
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
         ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
         CREATE POLICY organization ON {table} TO flowmason_app
           USING (CASE WHEN {column} =
             ANY ((SELECT nullif(current_setting('app.orgs', true), '')::uuid[])::uuid[])
             THEN true ELSE false END);
         GRANT {rights} ON {table} TO flowmason_app"
    );
    run_on_postgres(manager, &sql).await
}

/// Grants the system role (scheduler, reconciler, sealer) access to the rows of all organizations.
pub async fn system_table(
    manager: &SchemaManager<'_>,
    table: &str,
    rights: &str,
) -> Result<(), DbErr> {
    let sql = format!(
        "CREATE POLICY system ON {table} TO flowmason_system USING (true);
         GRANT {rights} ON {table} TO flowmason_system"
    );
    run_on_postgres(manager, &sql).await
}

/// Lets the lookup functions, which run with the owner's rights, read the table. The application
/// never has the owner's role.
pub async fn lookup_table(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let sql = format!("CREATE POLICY lookup ON {table} FOR SELECT TO CURRENT_USER USING (true)");
    run_on_postgres(manager, &sql).await
}
