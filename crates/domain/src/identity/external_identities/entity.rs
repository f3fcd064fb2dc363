//! The `external_identities` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::SharedEntity;

/// An account at an identity provider that belongs to a person. Issuer and subject identify it, with
/// SAML together with the kind of name; an email address never does.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "external_identities")]
pub struct Model {
    /// The provider; one of an organization counts only within it (`sso_providers::issuers`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub issuer: String,
    /// The provider's unchanging name of the person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// With SAML, what kind of name the subject is, as JSON (`name_kind`). Empty: not known, or another
    /// protocol.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name_kind: String,
    /// The person.
    pub user_id: Uuid,
    /// UUIDv7.
    pub id: Uuid,
    /// The address that the provider asserted at the last sign-in, if it is believed about addresses once
    /// their domain is proved. It identifies nobody by itself (`scim::users::account`).
    pub email: Option<String>,
    /// When it was connected.
    pub created_at: DateTimeUtc,
    /// When it was last used.
    pub used_at: DateTimeUtc,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SharedEntity for Entity {}
