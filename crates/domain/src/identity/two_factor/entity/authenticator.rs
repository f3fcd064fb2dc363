//! The `authenticators` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// A person's authenticator app.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authenticators")]
pub struct Model {
    /// The person; each has at most one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The shared secret, encrypted with the server's key.
    pub secret: Vec<u8>,
    /// When the secret was created.
    pub created_at: DateTimeUtc,
    /// When a code proved that the app has the secret. Until then, it counts for nothing.
    pub confirmed_at: Option<DateTimeUtc>,
    /// The time step of the newest accepted code. Codes of this and of earlier steps are refused.
    pub last_step: i64,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
