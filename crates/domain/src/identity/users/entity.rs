//! The `users` table.

use sea_orm::entity::prelude::*;

use crate::{mail::Language, tenancy::SharedEntity};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The display name.
    pub name: String,
    /// The email address that they sign in with, in lower case; `None` if they have set none. No other
    /// account has it.
    pub email: Option<String>,
    /// The address that they entered although another account has it. It is shown to them, but does
    /// not work for signing in.
    pub email_wanted: Option<String>,
    /// When it was proved that they read the mail of `email`: by a link, or by an identity provider that
    /// is believed about it; `None` if it was not.
    pub email_verified_at: Option<DateTimeUtc>,
    /// The hash of the password; `None`: they have none, and sign in with a passkey, an identity provider
    /// or a link.
    pub password_hash: Option<String>,
    /// The language tag (BCP 47) that they have chosen; `None`: that of their browser.
    pub locale: Option<String>,
    /// The name of the time zone (IANA) that they have chosen; `None`: that of their browser.
    pub time_zone: Option<String>,
    /// When the account was created.
    pub created_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl Model {
    /// The language for letters to the person; `None` if they have chosen no locale.
    pub fn language(&self) -> Option<Language> {
        self.locale.as_deref().map(Language::accepted)
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
