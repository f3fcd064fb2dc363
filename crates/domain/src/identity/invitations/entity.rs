//! The `invitations` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// An invitation to an organization.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// The role of the person who accepts; see `access::Role`.
    pub role: String,
    /// The id of a custom role.
    pub role_id: Option<Uuid>,
    /// Whether the person joins as a guest, for whom single sign-on is not enforced.
    pub sso_guest: bool,
    /// If set, only the account with this email address can accept. In lower case.
    pub email: Option<String>,
    /// Whether the newest link was only sent by mail to that address, and shown to nobody.
    pub mailed: bool,
    /// SHA-256 of the newest link's token.
    pub token_hash: Vec<u8>,
    /// The person who created or last renewed it.
    pub created_by: Uuid,
    /// The person's name at that time.
    pub created_by_name: String,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When the newest link expires.
    pub expires_at: DateTimeUtc,
    /// When it was accepted.
    pub accepted_at: Option<DateTimeUtc>,
    /// The person who accepted it.
    pub accepted_by: Option<Uuid>,
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
