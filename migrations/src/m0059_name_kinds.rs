//! What a provider of SAML says about the name of a person is part of the name: its format, and the
//! domains in which it is unique.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// An empty `name_kind` is not known (from before this migration), or that of another protocol, which
/// has none.
const POSTGRES: &str = "
ALTER TABLE external_identities ADD COLUMN name_kind text NOT NULL DEFAULT '';
ALTER TABLE external_identities DROP CONSTRAINT external_identities_pkey;
ALTER TABLE external_identities ADD PRIMARY KEY (issuer, subject, name_kind);
";

// SQLite cannot change a primary key, so the table is recreated. No other table references it.
const SQLITE: &str = "
CREATE TABLE external_identities_new (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id blob NOT NULL REFERENCES users (id),
    id blob NOT NULL UNIQUE,
    created_at text NOT NULL,
    used_at text NOT NULL,
    name_kind text NOT NULL DEFAULT '',
    PRIMARY KEY (issuer, subject, name_kind)
);
INSERT INTO external_identities_new (issuer, subject, user_id, id, created_at, used_at)
    SELECT issuer, subject, user_id, id, created_at, used_at FROM external_identities;
DROP TABLE external_identities;
ALTER TABLE external_identities_new RENAME TO external_identities;
CREATE INDEX external_identities_user ON external_identities (user_id);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = if ddl::is_postgres(manager) {
            POSTGRES
        } else {
            SQLITE
        };
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
