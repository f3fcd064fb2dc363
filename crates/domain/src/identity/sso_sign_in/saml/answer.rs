//! What a response has proved about a person. It waits, sealed, for the browser that brought it.

use std::collections::BTreeMap;

use saml::Verified;
use serde::{Deserialize, Serialize};
use sso::Identity;

use crate::{
    App,
    error::{AppError, Result},
    identity::{
        external_identities::NameKind,
        sessions::SsoName,
        sso_providers::{SamlProvider, Source, identity_issuer},
        sso_sign_in::entity,
    },
    sealed,
};

/// The purpose under which answers are sealed.
const PURPOSE: &str = "SAML answer";

/// The largest number of groups that are read, and the longest name of one, in bytes.
const MOST_GROUPS: usize = 1_000;
const LONGEST_GROUP: usize = 256;

/// The longest other value, in bytes.
const LONGEST: usize = 254;

/// The usual attributes with the email address: of products, of LDAP, of Microsoft.
const EMAIL: [&str; 7] = [
    "email",
    "mail",
    "Email",
    "emailAddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "urn:oid:1.2.840.113549.1.9.1",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
];

/// The usual attributes with the display name.
const NAME: [&str; 6] = [
    "displayName",
    "name",
    "cn",
    "urn:oid:2.16.840.1.113730.3.1.241",
    "urn:oid:2.5.4.3",
    "http://schemas.microsoft.com/identity/claims/displayname",
];

/// The format of a name that is an email address.
const EMAIL_FORMAT: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// What is known of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// When the settings were saved by which it was judged, in microseconds.
    judged_by: Option<i64>,
    /// The issuer under which the person is known here.
    issuer: String,
    /// The provider's name of the person and of its session.
    pub name: SsoName,
    /// What kind of name it is, as it is stored.
    #[serde(default)]
    name_kind: String,
    email: Option<String>,
    shown: Option<String>,
    groups: Vec<String>,
}

impl Answer {
    /// Reads the name and the attributes.
    pub fn of(verified: &Verified, source: &Source, provider: &SamlProvider) -> Result<Self> {
        let (id, all) = (&verified.name_id, &verified.attributes);
        let email = only(all, provider.email_attribute.as_deref(), &EMAIL);
        let by_name = (provider.email_attribute.is_none() && id.format == EMAIL_FORMAT)
            .then(|| id.value.clone());
        let groups = provider.groups_attribute.as_ref();
        let groups = groups.and_then(|name| all.get(name));
        let groups = groups.into_iter().flatten();
        let groups = groups.filter(|group| group.len() <= LONGEST_GROUP);
        let name = SsoName {
            value: id.value.clone(),
            format: id.format.clone(),
            qualifier: id.name_qualifier.clone(),
            service_qualifier: id.sp_name_qualifier.clone(),
            session: verified.session_index.clone(),
        };
        Ok(Self {
            judged_by: saved_at(source),
            issuer: identity_issuer(provider.own.0, &provider.entity_id),
            name_kind: kind_of(&name, provider).stored()?,
            name,
            email: email
                .or(by_name)
                .filter(|email| email.len() <= LONGEST)
                .map(|email| email.to_lowercase()),
            shown: only(all, provider.name_attribute.as_deref(), &NAME),
            groups: groups.take(MOST_GROUPS).cloned().collect(),
        })
    }

    /// The person. The provider says that the address is theirs; whether it is believed is decided
    /// elsewhere, as for every provider.
    pub fn identity(&self) -> Identity {
        Identity {
            issuer: self.issuer.clone(),
            subject: self.name.value.clone(),
            subject_kind: self.name_kind.clone(),
            email: self.email.clone(),
            email_verified: self.email.is_some(),
            hosted_domain: None,
            name: self.shown.clone(),
            groups: self.groups.clone(),
        }
    }

    /// Whether the settings by which it was judged are still those of the provider. Others may believe
    /// another certificate, and more of it.
    pub fn fits(&self, source: &Source) -> bool {
        self.judged_by == saved_at(source)
    }

    /// The sealed form, for one sign-in.
    pub fn sealed(&self, app: &App, state_hash: &[u8]) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(self).map_err(AppError::internal)?;
        sealed::seal(app, PURPOSE, state_hash, &plain)
    }

    /// The answer of a sign-in; `None`: it has none yet.
    pub fn opened(app: &App, attempt: &entity::Model) -> Result<Option<Self>> {
        let Some(answer) = &attempt.answer else {
            return Ok(None);
        };
        let plain = sealed::open(app, PURPOSE, &attempt.state_hash, answer)?;
        serde_json::from_slice(&plain).map_err(AppError::internal)
    }
}

/// The kind of a name that this provider has sent.
pub fn kind_of(name: &SsoName, provider: &SamlProvider) -> NameKind {
    NameKind::of(
        (&provider.entity_id, &provider.addresses.entity_id),
        &name.format,
        name.qualifier.as_deref(),
        name.service_qualifier.as_deref(),
    )
}

fn saved_at(source: &Source) -> Option<i64> {
    source.saved_at.map(|at| at.timestamp_micros())
}

/// The only value of the attribute with this name, or else of the first usual one that has exactly one.
/// Of several values, none is chosen.
fn only(all: &BTreeMap<String, Vec<String>>, name: Option<&str>, usual: &[&str]) -> Option<String> {
    let value = |name: &str| match all.get(name).map(Vec::as_slice) {
        Some([one]) if !one.trim().is_empty() && one.len() <= LONGEST => {
            Some(one.trim().to_owned())
        }
        _ => None,
    };
    match name {
        Some(name) => value(name),
        None => usual.iter().copied().find_map(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(all: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        let one = |(name, values): &(&str, &[&str])| {
            let values = values.iter().map(ToString::to_string).collect();
            ((*name).to_owned(), values)
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn an_attribute_counts_by_its_exact_name_and_with_exactly_one_value() {
        let all = attributes(&[
            ("mail", &[" a@b.test "]),
            ("other", &["c@d.test"]),
            ("many", &["a", "b"]),
            ("empty", &[" "]),
        ]);
        assert_eq!(only(&all, None, &EMAIL).as_deref(), Some("a@b.test"));
        assert_eq!(
            only(&all, Some("other"), &EMAIL).as_deref(),
            Some("c@d.test")
        );
        for none in ["many", "empty", "Mail", "missing"] {
            assert_eq!(only(&all, Some(none), &EMAIL), None, "{none}");
        }
    }
}
