//! Whether whoever saved an identity provider had all permissions of an admin: such a provider signs in
//! the people that were provisioned.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMN: &str =
    "ALTER TABLE sso_providers ADD COLUMN saved_by_admin boolean NOT NULL DEFAULT false";

/// The function returns the table's rows, and is made anew for its new column.
const FUNCTION: &str = "
DROP FUNCTION flowmason_sso_provider(uuid);
CREATE FUNCTION flowmason_sso_provider(wanted uuid)
RETURNS SETOF sso_providers
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM sso_providers p WHERE p.id = wanted
$$;
REVOKE ALL ON FUNCTION flowmason_sso_provider(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_sso_provider(uuid) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMN).await?;
        ddl::run_on_postgres(manager, FUNCTION).await
    }
}
