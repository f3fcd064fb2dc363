//! The result of a test sign-in, for the administrator: what the provider sent, what was refused, and
//! what signing in would give. It is kept as JSON, until the next test.

use std::collections::BTreeMap;

use saml::{Refusal, Seen};
use serde::{Deserialize, Serialize};

/// The result of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlTest {
    /// Why the response was refused; `None`: it was accepted.
    pub refusal: Option<SamlRefusal>,
    /// What the provider sent. Nothing of it is proved if the response was refused.
    pub seen: SamlSeen,
    /// What signing in would give, if the response was accepted.
    pub person: Option<SamlPerson>,
}

/// Why a response was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlRefusal {
    /// A word that does not change.
    pub kind: String,
    /// The place in the message, such as `Assertion/Issuer`.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What the provider sent there.
    pub sent: Option<String>,
    /// What was expected.
    pub expected: Option<String>,
    /// What to do about it.
    pub way_out: String,
}

/// What a provider sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlSeen {
    /// Single values, by their names in the message.
    pub values: Vec<(String, String)>,
    /// The values of each attribute.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Whether the response has a signature.
    pub response_signed: bool,
    /// Whether the assertion has a signature.
    pub assertion_signed: bool,
    /// Whether the assertion is encrypted.
    pub encrypted: bool,
}

/// The person that signing in would lead to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlPerson {
    /// The provider's name of the person.
    pub subject: String,
    /// The email address.
    pub email: Option<String>,
    /// Whether the provider is believed about it.
    pub email_proved: bool,
    /// The display name.
    pub name: Option<String>,
    /// The groups.
    pub groups: Vec<String>,
    /// The role that the groups give; `None`: none of them has one.
    pub role: Option<String>,
}

impl From<&Refusal> for SamlRefusal {
    fn from(refusal: &Refusal) -> Self {
        Self {
            kind: refusal.kind.as_str().to_owned(),
            field: refusal.field.to_owned(),
            problem: format!("{}.", refusal.problem),
            sent: refusal.sent.clone(),
            expected: refusal.expected.clone(),
            way_out: format!("{}.", refusal.mend),
        }
    }
}

impl From<&Seen> for SamlSeen {
    fn from(seen: &Seen) -> Self {
        let single = [
            ("Response/Issuer", &seen.response_issuer),
            ("Response/@Destination", &seen.destination),
            ("Response/@InResponseTo", &seen.in_response_to),
            ("Assertion/Issuer", &seen.issuer),
            ("NameID", &seen.name_id),
            ("NameID/@Format", &seen.name_id_format),
            ("AuthnStatement/@SessionIndex", &seen.session_index),
        ];
        let lists = [
            ("Status", &seen.status),
            ("Audience", &seen.audiences),
            ("Algorithms", &seen.algorithms),
        ];
        let single = single
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        let lists = lists
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(name, values)| (name.to_owned(), values.join(", ")));
        let conditions = seen.conditions.clone().into_iter();
        Self {
            values: single.chain(lists).chain(conditions).collect(),
            attributes: seen.attributes.clone(),
            response_signed: seen.response_signed,
            assertion_signed: seen.assertion_signed,
            encrypted: seen.encrypted,
        }
    }
}
