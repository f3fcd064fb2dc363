//! The keys that sign access tokens.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// `private_key` is sealed. `number` counts up, so that two processes cannot add the same key.
const TABLES: &str = "
CREATE TABLE signing_keys (
    number bigint NOT NULL PRIMARY KEY,
    kid text NOT NULL UNIQUE,
    private_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    signs_from timestamptz NOT NULL,
    signs_until timestamptz NOT NULL
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        ddl::shared_table(manager, "signing_keys", "SELECT, INSERT, DELETE").await
    }
}
