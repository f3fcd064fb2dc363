//! The `sso_attempts` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// A sign-in at an identity provider that has begun. The row is deleted when the answer arrives.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sso_attempts")]
pub struct Model {
    /// SHA-256 of the state, which the answer repeats.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: Vec<u8>,
    /// SHA-256 of the token in the browser's cookie.
    pub browser_hash: Vec<u8>,
    /// The provider's name in addresses.
    pub provider: String,
    /// What the ID token must repeat.
    pub nonce: String,
    /// The sealed proof that this server began the sign-in.
    pub verifier: Vec<u8>,
    /// The signed-in person who connects an account; `None`: a sign-in.
    pub user_id: Option<Uuid>,
    /// The path of this server to go to afterwards.
    pub next: String,
    /// When it expires.
    pub expires_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
