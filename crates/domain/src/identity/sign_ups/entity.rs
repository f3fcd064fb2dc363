//! The `sign_ups` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// An account that somebody wants, until the link in its letter is opened.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_ups")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The address that was entered, in lower case.
    pub email: String,
    /// The display name for the account.
    pub name: String,
    /// The name for the organization.
    pub organization: String,
    /// The hash of the password that was chosen.
    pub password_hash: String,
    /// SHA-256 of the link's token; `None` until it is sent, and if the letter has no link.
    pub token_hash: Option<Vec<u8>>,
    /// The code of the language of the person's browser.
    pub language: String,
    /// The network from which it was requested, if known (`network`).
    pub network: Option<String>,
    /// When it was requested.
    pub created_at: DateTimeUtc,
    /// When the link expires.
    pub expires_at: DateTimeUtc,
    /// When the letter was written.
    pub sent_at: Option<DateTimeUtc>,
    /// When the link was used.
    pub used_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
