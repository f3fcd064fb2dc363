//! The settings of a provider that speaks SAML 2.0: its metadata, the certificates with which it signs,
//! and a key of this server for it alone.

mod addresses;
mod certificates;
pub mod entity;
mod job;
mod key;
mod metadata;
mod parts;
mod provider;
mod renewal;
pub(super) mod repo;
mod reread;
mod test;

use chrono::{DateTime, Utc};
use saml::{ProviderMetadata, SignedParts};
use types::SsoProviderId;

pub use addresses::Addresses;
pub use certificates::ShownCertificate;
pub use job::ReadMetadata;
pub(in crate::identity) use provider::SamlProvider;
pub use renewal::{create_saml_key, remove_old_saml_key};
pub(in crate::identity) use repo::tested;
pub use reread::enqueue_reads;
pub use test::{SamlPerson, SamlRefusal, SamlSeen, SamlTest};

use super::{Prepared, Protocol, SsoProviderError};
use crate::{
    App, Ctx,
    access::Role,
    error::{AppError, Result},
    text,
};

/// The settings of SAML, as they are entered.
#[derive(Clone, Debug, Default)]
pub struct SamlSettings {
    /// The provider's metadata. Without it and its address, what is known stays.
    pub metadata: Option<String>,
    /// Where its metadata is read: now, whenever the settings are saved, and then once a day, unless
    /// certificates are entered beside it.
    pub metadata_url: Option<String>,
    /// The certificates with which it signs; `None`: those of new metadata, or those that are known;
    /// none, beside an address: those of the metadata there.
    pub certificates: Option<Vec<String>>,
    /// What it has to sign.
    pub signed: SignedParts,
    /// Whether it may begin a sign-in.
    pub unsolicited: bool,
    /// The attribute with the email address; `None`: the usual ones.
    pub email_attribute: Option<String>,
    /// The attribute with the display name; `None`: the usual ones.
    pub name_attribute: Option<String>,
}

/// The settings of SAML, as they are shown.
#[derive(Clone, Debug)]
pub struct ShownSaml {
    /// This server's addresses at the provider.
    pub addresses: Addresses,
    /// The certificate of this server's key.
    pub own_certificate: ShownCertificate,
    /// The certificate of the key that replaces it, while there are both.
    pub next_certificate: Option<ShownCertificate>,
    /// Where the provider signs people in.
    pub sso_url: Option<String>,
    /// Where the provider signs people out.
    pub slo_url: Option<String>,
    /// The certificates with which it signs.
    pub certificates: Vec<ShownCertificate>,
    /// The role whose permissions whoever vouches for these has; `None`: less.
    pub vouched_by: Option<Role>,
    /// What it has to sign.
    pub signed: SignedParts,
    /// Whether it may begin a sign-in.
    pub unsolicited: bool,
    /// The attribute with the email address; `None`: the usual ones.
    pub email_attribute: Option<String>,
    /// The attribute with the display name; `None`: the usual ones.
    pub name_attribute: Option<String>,
    /// Where its metadata is read.
    pub metadata_url: Option<String>,
    /// When its metadata was last read there.
    pub metadata_read_at: Option<DateTime<Utc>>,
    /// When its metadata could last not be read or taken over, since it last was.
    pub metadata_failed_at: Option<DateTime<Utc>>,
    /// Whether its certificates are those at that address, which is then read once a day.
    pub follows_metadata: bool,
    /// The result of the last test, and when that was.
    pub test: Option<(SamlTest, DateTime<Utc>)>,
}

impl ShownSaml {
    pub(super) fn of(app: &App, row: entity::Model, vouched_by: Option<Role>) -> Result<Self> {
        let test = row.test_report.as_deref().map(serde_json::from_str);
        let test = test.transpose().map_err(AppError::internal)?;
        let all = certificates::read(&row.certificates)?;
        Ok(Self {
            addresses: Addresses::of(app, row.provider_id),
            own_certificate: ShownCertificate::from(&key::certificate(&row)?),
            next_certificate: key::next_certificate(&row)?
                .as_ref()
                .map(ShownCertificate::from),
            certificates: all.iter().map(ShownCertificate::from).collect(),
            vouched_by,
            signed: parts::read(&row.signed_parts)?,
            sso_url: row.sso_url,
            slo_url: row.slo_url,
            unsolicited: row.unsolicited,
            email_attribute: row.email_attribute,
            name_attribute: row.name_attribute,
            metadata_url: row.metadata_url,
            metadata_read_at: row.metadata_read_at,
            metadata_failed_at: row.metadata_failed_at,
            follows_metadata: row.follows_metadata,
            test: test.zip(row.tested_at),
        })
    }
}

impl SamlSettings {
    /// Checks all fields and reads the metadata. `old`: what is known, with the provider's name for
    /// itself.
    pub(super) async fn prepared(
        self,
        ctx: &Ctx,
        id: SsoProviderId,
        enabled: bool,
        old: Option<(entity::Model, String)>,
    ) -> Result<Prepared> {
        let attribute = |field: &str, name: Option<&str>| {
            let name = name.filter(|name| !name.trim().is_empty());
            name.map(|name| text::line(field, name, 200)).transpose()
        };
        let email_attribute = attribute("emailAttribute", self.email_attribute.as_deref())?;
        let name_attribute = attribute("nameAttribute", self.name_attribute.as_deref())?;
        let (old, entity_id) = match old {
            Some((row, entity_id)) => (row, entity_id),
            None => (empty(ctx, id).await?, String::new()),
        };
        let before = (entity_id.clone(), old.certificates.clone());
        let followed = old.follows_metadata;
        let mut row = entity::Model {
            signed_parts: parts::as_str(self.signed).to_owned(),
            unsolicited: self.unsolicited,
            email_attribute,
            name_attribute,
            ..old
        };
        let known_address = row.metadata_url.take();
        let entered = self.metadata.filter(|text| !text.trim().is_empty());
        let address = self.metadata_url.filter(|text| !text.trim().is_empty());
        row.metadata_url = address
            .as_deref()
            .map(metadata::checked_address)
            .transpose()?;
        let found = match (entered, &row.metadata_url) {
            (Some(_), Some(_)) => {
                let problem = "enter the metadata or its address, not both";
                return Err(AppError::invalid("metadata", problem));
            }
            (Some(text), None) => Some(metadata::pasted(text).await?),
            // Whatever is wrong with the provider, it can be turned off.
            (None, Some(address)) if enabled || known_address.as_ref() != Some(address) => {
                Some(metadata::fetched(&ctx.app, address).await?)
            }
            (None, _) => None,
        };
        let now = ctx.clock().now();
        row.follows_metadata = match (&row.metadata_url, &self.certificates) {
            (None, _) => false,
            (Some(_), Some(given)) => given.iter().all(|one| one.trim().is_empty()),
            // Those that somebody entered stay as long as the address does.
            (address, None) => followed || *address != known_address,
        };
        let follows = row.follows_metadata;
        row.metadata_next_at = (enabled && follows).then(|| reread::next(now));
        if row.metadata_url.is_none() || found.is_some() {
            row.metadata_read_at = row.metadata_url.as_ref().map(|_| now);
            row.metadata_failed_at = None;
        }
        let entered = self.certificates.filter(|_| !follows);
        let entity_id = pin(&mut row, found, entered, (entity_id, now))?;
        if enabled && (row.sso_url.is_none() || row.certificates.is_empty()) {
            return Err(SsoProviderError::NoMetadata.into());
        }
        // Who reads what an address says adds nothing to it if somebody else has decided to believe it.
        // Whoever replaces entered certificates by the address decides that anew, whatever it says now.
        let same_certificates = before.0 == entity_id
            && known_address == row.metadata_url
            && match follows {
                true => followed,
                false => before.1 == row.certificates,
            };
        Ok(Prepared {
            protocol: Protocol::Saml,
            same_certificates,
            issuer: entity_id,
            client_id: String::new(),
            client_secret: None,
            scopes: String::new(),
            audiences: String::new(),
            saml: Some(row),
        })
    }
}

/// Takes over what the metadata says and the certificates that were entered. Returns the provider's
/// name for itself.
fn pin(
    row: &mut entity::Model,
    found: Option<ProviderMetadata>,
    entered: Option<Vec<String>>,
    (entity_id, now): (String, DateTime<Utc>),
) -> Result<String> {
    let entered = entered.as_deref().map(certificates::entered).transpose()?;
    if let Some(entered) = &entered {
        row.certificates = certificates::stored(entered);
    }
    let Some(found) = found else {
        return Ok(entity_id);
    };
    metadata::take_over(row, &found);
    let stay = row.metadata_url.is_some() && !row.follows_metadata;
    if entered.is_none() && !stay {
        let all = certificates::of_metadata(found.certificates, now)?;
        row.certificates = certificates::stored(&all);
    }
    Ok(found.entity_id)
}

/// The row of a new provider, with a key of its own.
async fn empty(ctx: &Ctx, id: SsoProviderId) -> Result<entity::Model> {
    let (private_key, own_certificate) = key::new(&ctx.app, id).await?;
    Ok(entity::Model {
        provider_id: id.0,
        org_id: ctx.org.0,
        sso_url: None,
        sso_binding: None,
        slo_url: None,
        slo_binding: None,
        slo_response_url: None,
        certificates: String::new(),
        signed_parts: parts::as_str(SignedParts::default()).to_owned(),
        unsolicited: false,
        email_attribute: None,
        name_attribute: None,
        metadata_url: None,
        follows_metadata: false,
        metadata_next_at: None,
        metadata_read_at: None,
        metadata_failed_at: None,
        private_key,
        own_certificate,
        next_private_key: None,
        next_certificate: None,
        test_report: None,
        tested_at: None,
    })
}
