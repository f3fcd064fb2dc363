//! The `sso_attempts` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// A sign-in at an identity provider that has begun. The row is deleted when it ends.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sso_attempts")]
pub struct Model {
    /// SHA-256 of the state, which the answer repeats.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: Vec<u8>,
    /// SHA-256 of the token in the browser's cookie.
    pub browser_hash: Vec<u8>,
    /// The provider's name in addresses.
    pub provider: String,
    /// What the answer must repeat: the nonce of OpenID Connect, the request's id of SAML.
    pub nonce: String,
    /// Sealed: the proof of OpenID Connect that this server began the sign-in; for SAML the form that
    /// the browser has yet to send, if there is one.
    pub verifier: Vec<u8>,
    /// The signed-in person who connects an account; `None`: a sign-in.
    pub user_id: Option<Uuid>,
    /// The path of this server to go to afterwards.
    pub next: String,
    /// When it expires.
    pub expires_at: DateTimeUtc,
    /// What it is for; see `Purpose`.
    pub purpose: String,
    /// SAML: SHA-256 of the ticket that the browser got which brought the answer.
    pub ticket_hash: Option<Vec<u8>>,
    /// SAML: the sealed answer, which was accepted and waits for that browser.
    pub answer: Option<Vec<u8>>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
