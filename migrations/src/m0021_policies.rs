//! Row-level security reads the organizations of a statement once, not once for each row.
//!
//! The cast to an array stood outside of the subquery, which PostgreSQL runs once, and so was done
//! for every row: a sixth of what a page of runs cost.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// The policies were all made by `ddl::org_table` and differ in the column only.
const POSTGRES: &str = "
DO $$
DECLARE
    p record;
BEGIN
    FOR p IN
        SELECT polrelid::regclass AS tab,
            substring(pg_get_expr(polqual, polrelid) FROM 'WHEN \\(([a-z_]+) = ANY') AS col
        FROM pg_policy
        WHERE polname = 'organization' AND polrelid IN
            (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)
    LOOP
        EXECUTE format('ALTER POLICY organization ON %s USING (CASE WHEN %I = ANY ((
            SELECT nullif(current_setting(''app.orgs'', true), '''')::uuid[])::uuid[])
            THEN true ELSE false END)', p.tab, p.col);
    END LOOP;
END
$$;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_on_postgres(manager, POSTGRES).await
    }
}
