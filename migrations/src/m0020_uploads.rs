//! Uploads: files that are sent ahead of the run whose input they are, stored in parts.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// `receiving`: not complete yet; `ready`: can start runs; `expired`: the parts are deleted.
const TABLES: &str = "
CREATE TABLE uploads (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES organizations (id),
    status text NOT NULL CHECK (status IN ('receiving', 'ready', 'expired')),
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 text,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX uploads_by_org ON uploads (org_id, status);
CREATE INDEX uploads_expiring ON uploads (expires_at);
CREATE TABLE upload_parts (
    org_id uuid NOT NULL,
    upload_id uuid NOT NULL,
    number integer NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (upload_id, number)
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let all = "SELECT, INSERT, UPDATE, DELETE";
        ddl::tenant_table(manager, "uploads", "org_id", all).await?;
        ddl::tenant_table(manager, "upload_parts", "org_id", all).await?;
        // The system removes expired uploads.
        ddl::system_table(manager, "uploads", "SELECT, UPDATE, DELETE").await?;
        ddl::system_table(manager, "upload_parts", "SELECT, DELETE").await
    }
}
