//! The audit log: who did what, as a hash chain per organization.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: &str = "
CREATE TABLE audit (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    detail text NOT NULL,
    request_id text NOT NULL,
    seq bigint,
    hash bytea
);
CREATE UNIQUE INDEX audit_chain ON audit (org_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (id) WHERE seq IS NULL;
CREATE INDEX audit_list ON audit (org_id, id DESC);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        // The application inserts rows; only the sealer may update them, and only their seal.
        ddl::tenant_table(manager, "audit", "org_id", "SELECT, INSERT").await?;
        ddl::system_table(manager, "audit", "SELECT, UPDATE (seq, hash)").await
    }
}
