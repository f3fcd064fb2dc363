//! The `saml_settings` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// The settings of a provider that speaks SAML.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saml_settings")]
pub struct Model {
    /// The provider.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider_id: Uuid,
    /// The organization.
    pub org_id: Uuid,
    /// Where it signs people in; `None` until its metadata is entered.
    pub sso_url: Option<String>,
    /// The standard's name of the binding of that address.
    pub sso_binding: Option<String>,
    /// Where it signs people out.
    pub slo_url: Option<String>,
    /// The standard's name of the binding of that address.
    pub slo_binding: Option<String>,
    /// Where it receives responses about signing out, if elsewhere.
    pub slo_response_url: Option<String>,
    /// The certificates with which it signs, in PEM; at most two.
    pub certificates: String,
    /// What it has to sign; see `parts`.
    pub signed_parts: String,
    /// Whether it may begin a sign-in.
    pub unsolicited: bool,
    /// The attribute with the email address; `None`: the usual ones.
    pub email_attribute: Option<String>,
    /// The attribute with the display name; `None`: the usual ones.
    pub name_attribute: Option<String>,
    /// Where its metadata is read when the settings are saved, and later.
    pub metadata_url: Option<String>,
    /// Whether its certificates are those at that address. Otherwise somebody entered them.
    pub follows_metadata: bool,
    /// When its metadata is read again by itself; `None`: only when the settings are saved.
    pub metadata_next_at: Option<DateTimeUtc>,
    /// When its metadata was last read at that address.
    pub metadata_read_at: Option<DateTimeUtc>,
    /// When its metadata could last not be read or taken over, since it last was. This is then the
    /// time of the provider's problem, unless it has another one since.
    pub metadata_failed_at: Option<DateTimeUtc>,
    /// The sealed key of this server for this provider, and no other.
    pub private_key: Vec<u8>,
    /// The certificate of that key, in PEM.
    pub own_certificate: String,
    /// The sealed key that replaces it, while there are both.
    pub next_private_key: Option<Vec<u8>>,
    /// The certificate of the next key, in PEM.
    pub next_certificate: Option<String>,
    /// The result of the last test, as JSON; see `SamlTest`.
    pub test_report: Option<String>,
    /// When that was.
    pub tested_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
