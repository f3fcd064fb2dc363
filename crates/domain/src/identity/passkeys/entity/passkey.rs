//! The `passkeys` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// A passkey of a person.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkeys")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The person.
    pub user_id: Uuid,
    /// The name that they gave it.
    pub name: String,
    /// The id that the authenticator gave it; unique.
    pub credential_id: Vec<u8>,
    /// The public key and its counter, as JSON of the library.
    pub credential: String,
    /// When it was added.
    pub created_at: DateTimeUtc,
    /// When it last proved the person's identity.
    pub last_used_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
