//! Webhooks: the addresses and secrets of triggers, and what was delivered to them.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// A key is an address, of whose token only the hash is stored, or a secret, which is sealed. The id of a
// delivery is that of its firing. `webhook_seen` tells deliveries that were made before; its rows expire, so
// that they need no foreign key.
const TABLES: &str = "
CREATE TABLE webhook_keys (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    trigger_id uuid NOT NULL REFERENCES triggers (id) ON DELETE CASCADE,
    kind text NOT NULL,
    token_hash bytea,
    sealed bytea,
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);
CREATE UNIQUE INDEX webhook_keys_token ON webhook_keys (token_hash) WHERE token_hash IS NOT NULL;
CREATE INDEX webhook_keys_of_trigger ON webhook_keys (trigger_id);
CREATE TABLE webhook_deliveries (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    trigger_id uuid NOT NULL REFERENCES triggers (id) ON DELETE CASCADE,
    received_at timestamptz NOT NULL,
    delivery_id text,
    body_kind text NOT NULL,
    address text,
    headers text NOT NULL,
    query text NOT NULL,
    body bytea NOT NULL,
    bytes bigint NOT NULL,
    repeats bigint NOT NULL,
    redelivery_of uuid
);
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (trigger_id, id DESC);
CREATE INDEX webhook_deliveries_received ON webhook_deliveries (received_at);
CREATE TABLE webhook_seen (
    org_id uuid NOT NULL,
    trigger_id uuid NOT NULL,
    key_hash bytea NOT NULL,
    firing_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, trigger_id, key_hash)
);
CREATE INDEX webhook_seen_expired ON webhook_seen (expires_at);
";

/// Runs with the owner's rights, because the organization of an address is known only after it is looked
/// up.
const FUNCTIONS: &str = "
CREATE FUNCTION flowmason_webhook(hash bytea)
RETURNS SETOF webhook_keys
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM webhook_keys k WHERE k.token_hash = hash
$$;
REVOKE ALL ON FUNCTION flowmason_webhook(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flowmason_webhook(bytea) TO flowmason_app;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        let rights = "SELECT, INSERT, UPDATE, DELETE";
        for table in ["webhook_keys", "webhook_deliveries", "webhook_seen"] {
            ddl::tenant_table(manager, table, "org_id", rights).await?;
        }
        // Old deliveries and what is remembered of them are purged.
        for table in ["webhook_deliveries", "webhook_seen"] {
            ddl::system_table(manager, table, "SELECT, DELETE").await?;
        }
        ddl::lookup_table(manager, "webhook_keys").await?;
        ddl::run_on_postgres(manager, FUNCTIONS).await
    }
}
