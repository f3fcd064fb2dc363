//! The `scim_tokens` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A token of an identity provider.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scim_tokens")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// The display name.
    pub name: String,
    /// SHA-256 of the token. The token itself is not stored.
    pub token_hash: Vec<u8>,
    /// The first characters of the token, to tell tokens apart.
    pub prefix: String,
    /// Whether it may end the membership of owners: whoever created it could.
    pub removes_owners: bool,
    /// The person who created it.
    pub created_by: Uuid,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When it expires; `None`: never.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was last used, accurate to about a minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
