//! The `password_resets` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// A link that sets a new password once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password_resets")]
pub struct Model {
    /// The id of the job that created it, so that a repeated job creates no second link.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The person whose password it sets.
    pub user_id: Uuid,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// The address to which it was sent; the link is invalid once the person has another one.
    pub email: String,
    /// A hash of the stored hash of the password at that time; the link is invalid once there is
    /// another password.
    pub password_sha256: Vec<u8>,
    /// The code of the language in which the person wrote.
    pub language: String,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When it expires.
    pub expires_at: DateTimeUtc,
    /// When it was used, or replaced by a newer one.
    pub used_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
