//! The `pending_sign_ins` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// A sign-in whose first proof was accepted and that waits for a code. It gives no rights.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_sign_ins")]
pub struct Model {
    /// SHA-256 of the token. The token itself is not stored.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// The person who is signing in.
    pub user_id: Uuid,
    /// The first proof, for the audit log.
    pub proved_by: String,
    /// When it expires.
    pub expires_at: DateTimeUtc,
    /// How many wrong codes were entered.
    pub failures: i64,
    /// The only organization that the session will reach; `None`: all of the person's.
    pub only_org: Option<Uuid>,
    /// Whether the session will be strong; see `sessions`.
    pub strong: bool,
    /// The organization's identity provider that gave the first proof.
    pub sso_provider: Option<Uuid>,
    /// The provider's name of the person and of its session, as JSON.
    pub sso_name: Option<String>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
