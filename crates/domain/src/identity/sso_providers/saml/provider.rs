//! A SAML provider, as signing in and out needs it.

use saml::{Certificate, OwnMetadata, PrivateKey, SignedParts, binding::Binding};
use types::OrgId;
use uuid::Uuid;

use super::{Addresses, certificates, entity::Model, key, parts, repo};
use crate::{
    App,
    error::{AppError, Result},
};

/// A SAML provider.
#[derive(Clone, Debug)]
pub(in crate::identity) struct SamlProvider {
    /// The organization, and the provider's id.
    pub own: (OrgId, Uuid),
    /// The provider's name for itself.
    pub entity_id: String,
    /// Where it signs people in.
    pub sso: Option<(Binding, String)>,
    /// Where it signs people out.
    pub slo: Option<SignsOut>,
    /// The certificates with which it signs.
    pub certificates: Vec<Certificate>,
    /// What it has to sign.
    pub signed: SignedParts,
    /// Whether it may begin a sign-in.
    pub unsolicited: bool,
    /// The attribute with the email address; `None`: the usual ones.
    pub email_attribute: Option<String>,
    /// The attribute with the display name; `None`: the usual ones.
    pub name_attribute: Option<String>,
    /// The attribute with the groups.
    pub groups_attribute: Option<String>,
    /// This server's key, with which it signs.
    pub key: PrivateKey,
    /// The keys with which it decrypts: that one, and the next one while it is replaced.
    pub keys: Vec<PrivateKey>,
    /// The certificates of these keys.
    pub own_certificates: Vec<Certificate>,
    /// This server's addresses.
    pub addresses: Addresses,
}

/// Where a provider signs people out.
#[derive(Clone, Debug)]
pub(in crate::identity) struct SignsOut {
    /// How.
    pub binding: Binding,
    /// The address for requests.
    pub url: String,
    /// The address for responses.
    pub response_url: String,
}

impl SamlProvider {
    /// Reads what is stored of a provider.
    pub async fn load(
        app: &App,
        own: (OrgId, Uuid),
        entity_id: &str,
        groups_attribute: Option<&str>,
    ) -> Result<Self> {
        let row = repo::lookup(app, own.0, own.1).await?;
        let row = row.ok_or_else(|| AppError::internal("a SAML provider without settings"))?;
        Self::of(app, row, entity_id, groups_attribute)
    }

    fn of(app: &App, row: Model, entity_id: &str, groups_attribute: Option<&str>) -> Result<Self> {
        let slo = endpoint(row.slo_binding.as_deref(), row.slo_url.as_deref());
        let slo = slo.map(|(binding, url)| SignsOut {
            binding,
            response_url: row.slo_response_url.clone().unwrap_or_else(|| url.clone()),
            url,
        });
        let key = key::open(app, &row)?;
        let next = key::open_next(app, &row)?;
        let certificate = key::certificate(&row)?;
        let next_certificate = key::next_certificate(&row)?;
        Ok(Self {
            own: (OrgId(row.org_id), row.provider_id),
            entity_id: entity_id.to_owned(),
            sso: endpoint(row.sso_binding.as_deref(), row.sso_url.as_deref()),
            slo,
            certificates: certificates::read(&row.certificates)?,
            signed: parts::read(&row.signed_parts)?,
            unsolicited: row.unsolicited,
            keys: [Some(key.clone()), next].into_iter().flatten().collect(),
            key,
            own_certificates: [Some(certificate), next_certificate]
                .into_iter()
                .flatten()
                .collect(),
            email_attribute: row.email_attribute,
            name_attribute: row.name_attribute,
            groups_attribute: groups_attribute.map(str::to_owned),
            addresses: Addresses::of(app, row.provider_id),
        })
    }

    /// What this server says about itself to the provider.
    pub fn own_metadata(&self) -> String {
        let own = OwnMetadata {
            entity_id: &self.addresses.entity_id,
            acs: &self.addresses.acs,
            slo: Some(&self.addresses.slo),
            signing: &self.own_certificates,
            encryption: &self.own_certificates,
            signs_requests: true,
            wants_signed_assertions: matches!(
                self.signed,
                SignedParts::Assertion | SignedParts::Both
            ),
            name_id_format: None,
        };
        own.to_xml()
    }
}

fn endpoint(binding: Option<&str>, url: Option<&str>) -> Option<(Binding, String)> {
    Some((Binding::named(binding?)?, url?.to_owned()))
}
