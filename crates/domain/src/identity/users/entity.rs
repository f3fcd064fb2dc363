//! The `users` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The display name.
    pub name: String,
    /// In lower case.
    pub email: Option<String>,
    /// The address that they want while somebody else has it: shown to them, but nobody can sign in
    /// with it.
    pub email_wanted: Option<String>,
    /// Absent: signs in by a link only.
    pub password_hash: Option<String>,
    /// When.
    pub created_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
