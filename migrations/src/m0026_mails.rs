//! The outbox of emails, and the addresses to which nothing is sent after a hard bounce.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

// Mails outside of any organization, such as those that reset a password, belong to the nil
// organization (`OrgId::SERVER`), so `org_id` is not a foreign key.
const TABLES: &str = "
CREATE TABLE mails (
    id uuid NOT NULL PRIMARY KEY,
    org_id uuid NOT NULL,
    kind text NOT NULL,
    language text NOT NULL,
    recipient text NOT NULL,
    about_id uuid NOT NULL,
    content bytea,
    message_id text NOT NULL,
    status text NOT NULL CHECK (status IN
        ('queued', 'sent', 'failed', 'bounced', 'suppressed', 'expired')),
    job_id uuid NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    error_message text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX mails_list ON mails (org_id, id DESC);
CREATE INDEX mails_about ON mails (org_id, about_id);
CREATE INDEX mails_with_content ON mails (expires_at) WHERE content IS NOT NULL;
CREATE INDEX mails_kept ON mails (finished_at) WHERE finished_at IS NOT NULL;
CREATE TABLE mail_suppressions (
    org_id uuid NOT NULL,
    address text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, address)
);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLES).await?;
        ddl::tenant_table(manager, "mails", "org_id", "SELECT, INSERT, UPDATE").await?;
        let all = "SELECT, INSERT, UPDATE, DELETE";
        ddl::tenant_table(manager, "mail_suppressions", "org_id", all).await?;
        // The system erases contents that have expired, and removes old rows.
        ddl::system_table(manager, "mails", "SELECT, UPDATE, DELETE").await?;
        ddl::system_table(manager, "mail_suppressions", "SELECT, DELETE").await
    }
}
