//! The `sign_in_links` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// A single-use sign-in link.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_links")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// The person it signs in; `None`: the first owner, whose account does not exist yet.
    pub user_id: Option<Uuid>,
    /// When it expires.
    pub expires_at: DateTimeUtc,
    /// When it was used or replaced.
    pub used_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
