//! The email address that an identity provider asserts for a person, by which provisioning finds the
//! account of somebody who has signed in before the organization proved the domain.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Written at each sign-in; null from before, and if the provider asserts none.
const COLUMNS: &str = "
ALTER TABLE external_identities ADD COLUMN email text;
CREATE INDEX external_identities_email ON external_identities (email) WHERE email IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMNS).await
    }
}
