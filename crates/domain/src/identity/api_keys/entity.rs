//! The `api_keys` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A key for programs.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The display name.
    pub name: String,
    /// The role whose permissions it has; `None` if it has its own list.
    pub role: Option<String>,
    /// Its own list: names of permissions, separated by spaces; `None` if it has a role.
    pub permissions: Option<String>,
    /// SHA-256 of the key. The key itself is not stored.
    pub token_hash: Vec<u8>,
    /// The first characters of the key, to tell keys apart.
    pub prefix: String,
    /// The user who created it.
    pub created_by: Uuid,
    /// The service account that it belongs to; `None`: it belongs to the user who created it.
    pub service_account_id: Option<Uuid>,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// When it expires; `None`: never.
    pub expires_at: Option<DateTimeUtc>,
    /// The networks from which it may be used, separated by spaces; `None`: from everywhere. See
    /// [`super::Networks`].
    pub allowed_networks: Option<String>,
    /// When it was last used, accurate to about a minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// The IP address that last used it, if known.
    pub last_used_from: Option<String>,
    /// The key that replaces it.
    pub replaced_by: Option<Uuid>,
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
