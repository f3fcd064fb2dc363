//! The creator of an organization, to limit how many a person can create in a day. Older
//! organizations have no creator and do not count.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMN: &str = "
ALTER TABLE organizations ADD COLUMN created_by uuid;
CREATE INDEX organizations_created_by ON organizations (created_by, created_at);
";

/// Runs with the owner's rights, to also count organizations that their creator has left.
const FUNCTIONS: &str = "
CREATE FUNCTION flowmason_organizations_created(person uuid, since timestamptz)
RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) FROM organizations WHERE created_by = person AND created_at > since
$$;
REVOKE ALL ON FUNCTION flowmason_organizations_created(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_organizations_created(uuid, timestamptz) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMN).await?;
        ddl::run_on_postgres(manager, FUNCTIONS).await
    }
}
