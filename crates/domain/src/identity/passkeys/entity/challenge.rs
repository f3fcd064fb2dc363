//! The `passkey_challenges` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// A challenge that an authenticator has to sign, once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey_challenges")]
pub struct Model {
    /// SHA-256 of the token with which it is answered.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// What it is for; see [`super::super::challenge::Use`].
    pub used_for: String,
    /// The person who has to answer; `None` if the answer says who it is.
    pub user_id: Option<Uuid>,
    /// The challenge and what is expected of its answer, as JSON of the library.
    pub state: String,
    /// When it expires.
    pub expires_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
