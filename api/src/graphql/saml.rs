//! The settings of an identity provider that speaks SAML 2.0, and the result of its test. The provider
//! itself is in `sso`.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use domain::identity;

use super::enums::{Role, SamlSignedParts};

/// The settings of SAML, and what to enter at the provider.
#[derive(SimpleObject)]
pub struct SamlProvider {
    /// What to enter at the provider: the name of this server there (entity id, audience). It is also
    /// the address of this server's metadata.
    service_entity_id: String,
    /// What to enter at the provider: where it sends its responses (ACS URL, reply URL).
    service_acs_url: String,
    /// What to enter at the provider: where it sends messages about signing out.
    service_logout_url: String,
    /// The certificate of this server's key for this provider: it signs requests, and the provider may
    /// encrypt with it.
    service_certificate: SamlCertificate,
    /// The certificate of the key that replaces it, while there are both: requests are signed with the
    /// old one, and the provider may encrypt with either.
    next_service_certificate: Option<SamlCertificate>,
    /// Where the provider signs people in; null until its metadata is entered.
    sign_in_url: Option<String>,
    /// Where the provider signs people out; null if it does not.
    sign_out_url: Option<String>,
    /// The certificates with which the provider signs; two while it replaces one.
    certificates: Vec<SamlCertificate>,
    /// Who vouches for the certificates: somebody who may do all that an owner may, or an admin; null:
    /// somebody who may do less. Whoever saves the settings does. The provider signs in nobody who may do
    /// more, except by a role that their groups give.
    vouched_by: Option<Role>,
    /// What the provider has to sign.
    signed_parts: SamlSignedParts,
    /// Whether the provider may begin a sign-in.
    unsolicited: bool,
    /// The attribute with the email address; null: the usual ones.
    email_attribute: Option<String>,
    /// The attribute with the display name; null: the usual ones.
    name_attribute: Option<String>,
    /// Where the provider's metadata is read.
    metadata_url: Option<String>,
    /// Whether the certificates are those of the metadata there, which is read once a day while the
    /// provider is turned on. Otherwise somebody entered the certificates, and they stay.
    follows_metadata: bool,
    /// When the metadata was last read there.
    metadata_read_at: Option<DateTime<Utc>>,
    /// When the metadata could last not be read or taken over; null: it could since. If it is
    /// `lastProblemAt`, then `lastProblem` says why.
    metadata_failed_at: Option<DateTime<Utc>>,
    /// The result of the last test.
    last_test: Option<SamlTest>,
}

/// A certificate.
#[derive(SimpleObject)]
pub struct SamlCertificate {
    /// Its SHA-256, in pairs with colons.
    fingerprint: String,
    not_before: DateTime<Utc>,
    /// Until when it is meant to be used. Signatures of a provider count nevertheless.
    not_after: DateTime<Utc>,
    pem: String,
}

/// The result of a test sign-in.
#[derive(SimpleObject)]
pub struct SamlTest {
    at: DateTime<Utc>,
    /// Why the response was refused; null: it was accepted.
    refusal: Option<SamlRefusal>,
    /// What signing in would give; null if the response was refused.
    person: Option<SamlPerson>,
    /// What the provider sent, by its place in the message. Nothing of it is proved if the response was
    /// refused.
    values: Vec<SamlValue>,
    /// The attributes that the provider sent.
    attributes: Vec<SamlAttribute>,
    /// Whether the response has a signature.
    response_signed: bool,
    /// Whether the assertion has a signature.
    assertion_signed: bool,
    /// Whether the assertion is encrypted.
    encrypted: bool,
}

/// Why a response was refused.
#[derive(SimpleObject)]
pub struct SamlRefusal {
    /// A word that does not change, such as `audience`.
    kind: String,
    /// The place in the message, such as `Assertion/Issuer`.
    field: String,
    /// What is wrong.
    problem: String,
    /// What the provider sent there.
    sent: Option<String>,
    /// What was expected.
    expected: Option<String>,
    /// What to do about it.
    way_out: String,
}

/// The person to whom a sign-in would lead.
#[derive(SimpleObject)]
pub struct SamlPerson {
    /// The provider's name of the person, by which they are recognized.
    subject: String,
    email: Option<String>,
    /// Whether the provider is believed about the address: its domain is one that the organization has
    /// proved.
    email_proved: bool,
    name: Option<String>,
    groups: Vec<String>,
    /// The role that the groups give; null: none of them has one.
    role: Option<String>,
}

/// One value of a message.
#[derive(SimpleObject)]
pub struct SamlValue {
    /// Its place in the message.
    name: String,
    value: String,
}

/// An attribute of a person.
#[derive(SimpleObject)]
pub struct SamlAttribute {
    name: String,
    values: Vec<String>,
}

impl From<&identity::ShownSaml> for SamlProvider {
    fn from(saml: &identity::ShownSaml) -> Self {
        let test = saml.test.clone();
        Self {
            service_entity_id: saml.addresses.entity_id.clone(),
            service_acs_url: saml.addresses.acs.clone(),
            service_logout_url: saml.addresses.slo.clone(),
            service_certificate: saml.own_certificate.clone().into(),
            next_service_certificate: saml.next_certificate.clone().map(Into::into),
            sign_in_url: saml.sso_url.clone(),
            sign_out_url: saml.slo_url.clone(),
            certificates: saml.certificates.iter().cloned().map(Into::into).collect(),
            vouched_by: saml.vouched_by.map(Into::into),
            signed_parts: saml.signed.into(),
            unsolicited: saml.unsolicited,
            email_attribute: saml.email_attribute.clone(),
            name_attribute: saml.name_attribute.clone(),
            metadata_url: saml.metadata_url.clone(),
            follows_metadata: saml.follows_metadata,
            metadata_read_at: saml.metadata_read_at,
            metadata_failed_at: saml.metadata_failed_at,
            last_test: test.map(|(test, at)| SamlTest::of(test, at)),
        }
    }
}

impl From<identity::ShownCertificate> for SamlCertificate {
    fn from(one: identity::ShownCertificate) -> Self {
        Self {
            fingerprint: one.fingerprint,
            not_before: one.not_before,
            not_after: one.not_after,
            pem: one.pem,
        }
    }
}

impl SamlTest {
    fn of(test: identity::SamlTest, at: DateTime<Utc>) -> Self {
        let values = test.seen.values.into_iter();
        let attributes = test.seen.attributes.into_iter();
        Self {
            at,
            refusal: test.refusal.map(|refusal| SamlRefusal {
                kind: refusal.kind,
                field: refusal.field,
                problem: refusal.problem,
                sent: refusal.sent,
                expected: refusal.expected,
                way_out: refusal.way_out,
            }),
            person: test.person.map(|person| SamlPerson {
                subject: person.subject,
                email: person.email,
                email_proved: person.email_proved,
                name: person.name,
                groups: person.groups,
                role: person.role,
            }),
            values: values
                .map(|(name, value)| SamlValue { name, value })
                .collect(),
            attributes: attributes
                .map(|(name, values)| SamlAttribute { name, values })
                .collect(),
            response_signed: test.seen.response_signed,
            assertion_signed: test.seen.assertion_signed,
            encrypted: test.seen.encrypted,
        }
    }
}

/// The settings of a provider that speaks SAML 2.0. Without `metadata` and `metadataUrl`, what is known
/// of the provider stays.
#[derive(InputObject)]
pub struct SamlSettings {
    /// The provider's metadata (XML).
    metadata: Option<String>,
    /// The address of the provider's metadata, which is read now and whenever the settings are saved;
    /// once a day, too, unless `certificates` were entered.
    metadata_url: Option<String>,
    /// The certificates with which the provider signs, in PEM; at most two. Absent: those of new
    /// metadata, or those that are known. Empty, with `metadataUrl`: those of the metadata there.
    certificates: Option<Vec<String>>,
    /// What the provider has to sign.
    #[graphql(default_with = "SamlSignedParts::Either")]
    signed_parts: SamlSignedParts,
    /// Whether the provider may begin a sign-in. People are then asked whether they want it.
    #[graphql(default)]
    unsolicited: bool,
    /// The attribute with the email address; absent: the usual ones.
    email_attribute: Option<String>,
    /// The attribute with the display name; absent: the usual ones.
    name_attribute: Option<String>,
}

impl From<SamlSettings> for identity::SamlSettings {
    fn from(input: SamlSettings) -> Self {
        Self {
            metadata: input.metadata,
            metadata_url: input.metadata_url,
            certificates: input.certificates,
            signed: input.signed_parts.into(),
            unsolicited: input.unsolicited,
            email_attribute: input.email_attribute,
            name_attribute: input.name_attribute,
        }
    }
}
