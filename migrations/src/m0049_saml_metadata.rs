//! Whether the certificates of SAML providers are those at the address of their metadata, and when that
//! is read again.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Certificates of before stay until an administrator removes them or enters another address.
const COLUMNS: &str = "
ALTER TABLE saml_settings ADD COLUMN follows_metadata boolean NOT NULL DEFAULT false;
ALTER TABLE saml_settings ADD COLUMN metadata_next_at timestamptz;
ALTER TABLE saml_settings ADD COLUMN metadata_read_at timestamptz;
ALTER TABLE saml_settings ADD COLUMN metadata_failed_at timestamptz;
CREATE INDEX saml_settings_due ON saml_settings (metadata_next_at)
    WHERE metadata_next_at IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMNS).await?;
        // Nothing else: the table has keys.
        let rights = "SELECT (provider_id, org_id, metadata_next_at)";
        ddl::system_table(manager, "saml_settings", rights).await
    }
}
