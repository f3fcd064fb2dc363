//! The `address_changes` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// A change of a person's email address, from the request to the end of the time in which it can be
/// undone. A verification is a change to the address that the person has.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "address_changes")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The person.
    pub user_id: Uuid,
    /// The address before the change; `None` for a verification, or if there was none.
    pub old_email: Option<String>,
    /// The address after it.
    pub new_email: String,
    /// Whether the old address must confirm too. It must if it was verified: one that was not may
    /// be mistyped, and nobody could confirm it.
    pub needs_old: bool,
    /// SHA-256 of the token that was sent to the old address.
    pub old_hash: Option<Vec<u8>>,
    /// SHA-256 of the token that was sent to the new address.
    pub new_hash: Vec<u8>,
    /// SHA-256 of the token with which the old address undoes the change.
    pub undo_hash: Option<Vec<u8>>,
    /// When the old address confirmed.
    pub old_confirmed_at: Option<DateTimeUtc>,
    /// When the new address confirmed.
    pub new_confirmed_at: Option<DateTimeUtc>,
    /// A hash of the stored hash of the password at that time; once there is another password, the
    /// change can no longer be confirmed.
    pub password_sha256: Vec<u8>,
    /// The session that requested it, which stays open when the change takes effect.
    pub session_id: Option<Uuid>,
    /// Whether single sign-on asked for the proof, and not the person's session (`at_sign_in`).
    pub at_sign_in: bool,
    /// The code of the language in which the person wrote.
    pub language: String,
    /// How often its mails were sent.
    pub sent: i64,
    /// When it was requested.
    pub created_at: DateTimeUtc,
    /// Until when it can be confirmed.
    pub expires_at: DateTimeUtc,
    /// When it took effect.
    pub applied_at: Option<DateTimeUtc>,
    /// Until when it can be undone.
    pub undo_until: Option<DateTimeUtc>,
    /// When it was cancelled, refused, replaced by a newer one, or undone.
    pub ended_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
