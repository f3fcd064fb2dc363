//! Two further proofs of an email address: an invitation whose link was only sent by mail, and a link
//! that single sign-on sends to whoever it cannot let in yet.

use sea_orm_migration::prelude::*;

use crate::ddl;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Of the invitations from before it is not known how they were sent, so they prove nothing.
const COLUMNS: &str = "
ALTER TABLE invitations ADD COLUMN mailed boolean NOT NULL DEFAULT false;
ALTER TABLE address_changes ADD COLUMN at_sign_in boolean NOT NULL DEFAULT false;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, COLUMNS).await
    }
}
