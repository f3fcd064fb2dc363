//! Helpers of the migrations: one text of a table for both databases, and row-level security.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// Whether this is PostgreSQL.
pub fn is_postgres(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Postgres
}

/// Runs statements that are written with PostgreSQL's types on either database.
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

/// SQLite keeps ids and bytes as blobs and times as text.
fn for_sqlite(sql: &str) -> String {
    sql.replace(" uuid", " blob")
        .replace(" bytea", " blob")
        .replace(" timestamptz", " text")
}

/// Lets the application use a table that belongs to no single organization.
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

/// Lets the application use a table with `column` as its organization, behind row-level
/// security: only rows of the organizations in `app.orgs` exist for it. `app.orgs` is read once
/// per statement; unset gives no rows.
///
/// The condition stands in a CASE because the planner would otherwise take `= ANY` as a condition
/// on the index as well: an index that is read for several values gives no order, and the list's
/// first twenty rows would be found by sorting all of them. Queries name their organization
/// themselves, and that is what the index is read by.
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

/// Lets the system role (scheduler, reconciler, sealer) use the table for all organizations.
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

/// Lets the owner's reviewed look-up functions read the table. The application is never the
/// owner.
pub async fn lookup_table(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let sql = format!("CREATE POLICY lookup ON {table} FOR SELECT TO CURRENT_USER USING (true)");
    run_on_postgres(manager, &sql).await
}
