//! The `sessions` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// A browser session.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The person who is signed in.
    pub user_id: Uuid,
    /// SHA-256 of the token. The token itself is not stored.
    pub token_hash: Vec<u8>,
    /// When it was opened.
    pub created_at: DateTimeUtc,
    /// When it was last used, accurate to about ten minutes.
    pub last_seen_at: DateTimeUtc,
    /// When it expires.
    pub expires_at: DateTimeUtc,
    /// When it was ended, by signing out or by a change of the password.
    pub revoked_at: Option<DateTimeUtc>,
    /// The IP address from which it was opened.
    pub address: Option<String>,
    /// The browser's `User-Agent` when it was opened.
    pub agent: Option<String>,
    /// When the person last proved their identity again; `None`: not since it was opened.
    pub proved_at: Option<DateTimeUtc>,
    /// The hash of the token before the last renewal.
    pub former_hash: Option<Vec<u8>>,
    /// Until when that token is accepted.
    pub former_until: Option<DateTimeUtc>,
    /// The only organization that it reaches; `None`: all of the person's.
    pub only_org: Option<Uuid>,
    /// Whether it was opened with a passkey, or with a link that the operator of the server printed.
    pub strong: bool,
    /// The organization's identity provider that opened it.
    pub sso_provider: Option<Uuid>,
    /// The provider's name of the person and of its session, as JSON.
    pub sso_name: Option<String>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
