//! The `oauth_clients` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A registered application.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_clients")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that it belongs to.
    pub org_id: Uuid,
    /// The display name.
    pub name: String,
    /// Whether it can keep a secret; see [`super::ClientKind`].
    pub kind: String,
    /// Where people are sent back to, separated by spaces.
    pub redirect_uris: String,
    /// The permissions that it may ask for, separated by spaces.
    pub scopes: String,
    /// Whether it may use the device flow.
    pub device_flow: bool,
    /// The service account as which it acts without a person.
    pub service_account_id: Option<Uuid>,
    /// SHA-256 of the secret.
    pub secret_hash: Option<Vec<u8>>,
    /// The first characters of the secret.
    pub secret_shown: Option<String>,
    /// SHA-256 of the secret before the last rotation.
    pub former_hash: Option<Vec<u8>>,
    /// Until when that secret is accepted.
    pub former_until: Option<DateTimeUtc>,
    /// The person who registered it.
    pub created_by: Uuid,
    /// When it was registered.
    pub created_at: DateTimeUtc,
    /// When it last got a token, accurate to about a minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// When it was deleted.
    pub deleted_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
