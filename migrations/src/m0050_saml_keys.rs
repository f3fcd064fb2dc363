//! The next key of this server for a SAML provider, while it replaces the one in use.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// `next_private_key` is sealed, like `private_key`.
const COLUMNS: &str = "
ALTER TABLE saml_settings ADD COLUMN next_private_key bytea;
ALTER TABLE saml_settings ADD COLUMN next_certificate text;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMNS).await
    }
}
