//! A provider's metadata.

use chrono::{DateTime, Utc};
use roxmltree::Node;
use types::is_loopback_url;
use url::Url;

use crate::{
    Certificate, Refusal, RefusalKind,
    binding::Binding,
    names::{DSIG, METADATA, PROTOCOL},
    refusal::{quoted, short},
    time::written,
    xml::{
        read::{attribute, child, children, is, time},
        strict,
    },
};

/// The longest entity id and address, in bytes.
const LONGEST: usize = 1_024;
/// The most signing certificates. A provider has one, and two while it replaces it.
const MOST_CERTIFICATES: usize = 8;

const MEND: &str = "Enter the metadata that the provider shows for this application";

/// Where a provider receives messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// How.
    pub binding: Binding,
    /// The address for requests.
    pub location: String,
    /// The address for responses, if it is another one.
    pub response_location: Option<String>,
}

/// What a provider says about itself. Who says it is not proved: the administrator decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderMetadata {
    /// Its name.
    pub entity_id: String,
    /// Where it signs people in; at least one.
    pub sso: Vec<Endpoint>,
    /// Where it signs people out.
    pub slo: Vec<Endpoint>,
    /// What it signs with; at least one.
    pub certificates: Vec<Certificate>,
    /// Why other signing certificates cannot be used.
    pub unusable: Vec<String>,
    /// Whether it wants requests to be signed.
    pub wants_signed_requests: bool,
    /// Until when the document is meant to be used.
    pub valid_until: Option<DateTime<Utc>>,
}

impl ProviderMetadata {
    /// Reads metadata with one identity provider.
    ///
    /// # Errors
    /// What is missing or wrong; without a signing certificate [`RefusalKind::NoCertificate`].
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        // Programs for Windows put a mark before files, and people empty lines.
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let document = strict::parse(bytes.trim_ascii())?;
        let (entity, provider) = only_provider(document.root_element())?;
        let entity_id = attribute(entity, "entityID").unwrap_or_default().trim();
        if entity_id.is_empty() || entity_id.len() > LONGEST {
            let words = "a name of 1 to 1,024 bytes";
            let field = "EntityDescriptor/@entityID";
            let kind = RefusalKind::Metadata;
            return Err(Refusal::needs(kind, field, Some(entity_id), words, MEND));
        }
        let sso = endpoints(provider, "SingleSignOnService")?;
        if sso.is_empty() {
            return Err(metadata(
                "IDPSSODescriptor/SingleSignOnService",
                "The provider has no address for signing in by a redirect or a form".to_owned(),
            ));
        }
        let (certificates, unusable) = certificates(provider)?;
        // The provider's own part and those around it may each say so.
        let parts = provider.ancestors().filter(Node::is_element);
        let valid_until: Result<Vec<_>, Refusal> = parts
            .map(|part| time(part, "validUntil", "@validUntil"))
            .collect();
        Ok(Self {
            entity_id: entity_id.to_owned(),
            sso,
            slo: endpoints(provider, "SingleLogoutService")?,
            certificates,
            unusable,
            wants_signed_requests: matches!(
                attribute(provider, "WantAuthnRequestsSigned"),
                Some("true" | "1")
            ),
            valid_until: valid_until?.into_iter().flatten().min(),
        })
    }

    /// What an administrator should know: what has expired, and what cannot be used.
    pub fn warnings(&self, now: DateTime<Utc>) -> Vec<String> {
        let mut all: Vec<String> = self.unusable.clone();
        for certificate in &self.certificates {
            let name = certificate.fingerprint();
            let (from, until) = (certificate.not_before(), certificate.not_after());
            if certificate.is_expired(now) {
                all.push(format!(
                    "The certificate {name} expired on {}",
                    written(until)
                ));
            } else if now < from {
                all.push(format!(
                    "The certificate {name} begins on {}",
                    written(from)
                ));
            }
        }
        if let Some(until) = self.valid_until.filter(|until| *until < now) {
            all.push(format!("The metadata expired on {}", written(until)));
        }
        all
    }
}

/// The entity that is an identity provider, with its description.
fn only_provider<'a, 'i: 'a>(root: Node<'a, 'i>) -> Result<(Node<'a, 'i>, Node<'a, 'i>), Refusal> {
    let mut found = None;
    for entity in root
        .descendants()
        .filter(|node| is(*node, METADATA, "EntityDescriptor"))
    {
        let speaks = |node: &Node<'_, '_>| {
            let protocols = attribute(*node, "protocolSupportEnumeration").unwrap_or_default();
            protocols
                .split_ascii_whitespace()
                .any(|one| one == PROTOCOL)
        };
        let Some(provider) = children(entity, METADATA, "IDPSSODescriptor").find(speaks) else {
            continue;
        };
        if found.replace((entity, provider)).is_some() {
            let problem = "The metadata has more than one identity provider".to_owned();
            return Err(metadata("EntitiesDescriptor", problem));
        }
    }
    found.ok_or_else(|| {
        let problem = match is(root, METADATA, "EntityDescriptor") {
            true => "The metadata has no identity provider that speaks SAML 2.0",
            false => "The document is not metadata of SAML 2.0",
        };
        metadata("EntityDescriptor/IDPSSODescriptor", problem.to_owned())
    })
}

/// The endpoints with a binding that can be used.
fn endpoints(provider: Node<'_, '_>, name: &'static str) -> Result<Vec<Endpoint>, Refusal> {
    let mut all = Vec::new();
    for node in children(provider, METADATA, name) {
        let Some(binding) = attribute(node, "Binding").and_then(Binding::named) else {
            continue;
        };
        let location = attribute(node, "Location").unwrap_or_default();
        let response_location = attribute(node, "ResponseLocation");
        for address in [Some(location), response_location].into_iter().flatten() {
            check_address(address)?;
        }
        all.push(Endpoint {
            binding,
            location: location.to_owned(),
            response_location: response_location.map(str::to_owned),
        });
    }
    Ok(all)
}

/// Whether it is an https address of at most 1,024 bytes, without credentials and fragment; http only on
/// this machine. Browsers are sent there, or whoever answers there decides who is signed in.
pub fn is_safe_address(address: &str) -> bool {
    let url = Url::parse(address)
        .ok()
        .filter(|_| address.len() <= LONGEST);
    url.is_some_and(|url| {
        let plain = url.username().is_empty() && url.password().is_none();
        let safe = url.scheme() == "https" || url.scheme() == "http" && is_loopback_url(&url);
        plain && safe && url.fragment().is_none()
    })
}

fn check_address(address: &str) -> Result<(), Refusal> {
    match is_safe_address(address) {
        true => Ok(()),
        false => {
            let problem = format!(
                "The address {} is not an https URL of at most {LONGEST} bytes without credentials and fragment",
                quoted(address)
            );
            Err(metadata("@Location", problem))
        }
    }
}

/// M02: the signing certificates that can be used, and why others cannot.
fn certificates(provider: Node<'_, '_>) -> Result<(Vec<Certificate>, Vec<String>), Refusal> {
    let (mut usable, mut unusable) = (Vec::new(), Vec::new());
    for key in children(provider, METADATA, "KeyDescriptor") {
        if !matches!(attribute(key, "use"), None | Some("signing")) {
            continue;
        }
        let field = "IDPSSODescriptor/KeyDescriptor/KeyInfo";
        let Some(info) = child(key, DSIG, "KeyInfo", field)? else {
            continue;
        };
        for node in info
            .descendants()
            .filter(|node| is(*node, DSIG, "X509Certificate"))
        {
            match Certificate::from_text(node.text().unwrap_or_default()) {
                Ok(certificate) if !usable.contains(&certificate) => usable.push(certificate),
                Ok(_) => {}
                Err(error) => unusable.push(short(&error.to_string())),
            }
        }
    }
    unusable.truncate(MOST_CERTIFICATES);
    if usable.len() > MOST_CERTIFICATES {
        let problem = format!("The provider has more than {MOST_CERTIFICATES} certificates");
        return Err(metadata("IDPSSODescriptor/KeyDescriptor", problem));
    }
    if usable.is_empty() {
        let why = unusable.first().map(|why| format!(": {why}"));
        let why = why.unwrap_or_default();
        return Err(Refusal::new(
            RefusalKind::NoCertificate,
            "IDPSSODescriptor/KeyDescriptor",
            format!("The metadata has no signing certificate that can be used{why}"),
            "Configure the provider to sign its assertions, and put the certificate into its metadata",
        ));
    }
    Ok((usable, unusable))
}

fn metadata(field: &'static str, problem: String) -> Refusal {
    Refusal::new(RefusalKind::Metadata, field, problem, MEND)
}
