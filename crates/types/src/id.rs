//! Ids: UUIDv7 internally, TypeID as text (`run_01h…`: prefix, `_`, 26 characters of base32).
//!
//! The text form follows the TypeID specification 0.3 (Crockford's alphabet in lower case, the 128
//! bits right-aligned in 130). Parsing accepts exactly what formatting writes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use uuid::Uuid;

use crate::Clock;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The text is not an id of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not a valid id; expected `{prefix}_` and 26 characters")]
pub struct IdError {
    /// The prefix that was expected.
    pub prefix: &'static str,
    /// The rejected text, cut to 64 characters.
    pub text: String,
}

/// A UUID as 26 characters of Crockford's base32 in lower case. In upper case it is a ULID.
pub fn base32(uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    (0..26)
        .rev()
        .map(|i| char::from(ALPHABET[(bits >> (i * 5)) as usize & 31]))
        .collect()
}

fn decode(text: &str) -> Option<Uuid> {
    let bytes = text.as_bytes();
    if bytes.len() != 26 || bytes[0] > b'7' {
        return None;
    }
    let mut bits = 0u128;
    for byte in bytes {
        let digit = ALPHABET.iter().position(|c| c == byte)?;
        bits = bits << 5 | digit as u128;
    }
    Some(Uuid::from_u128(bits))
}

/// Splits the text of an id of any kind into prefix and UUID, for `node(id)`. `None` if it is not
/// an id.
pub fn parse_any(text: &str) -> Option<(&str, Uuid)> {
    let (prefix, suffix) = text.rsplit_once('_')?;
    Some((prefix, decode(suffix)?))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The prefix of the text form, without the `_`.
            pub const PREFIX: &'static str = $prefix;

            /// Creates a new id.
            pub fn new(clock: &Clock) -> Self {
                Self(clock.new_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, base32(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                match parse_any(text) {
                    Some(($prefix, uuid)) => Ok(Self(uuid)),
                    _ => Err(IdError { prefix: $prefix, text: text.chars().take(64).collect() }),
                }
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// An organization.
    OrgId = "org";
    /// A person, who may be a member of several organizations.
    UserId = "user";
    /// A session of a signed-in browser.
    SessionId = "sess";
    /// An API key for programs.
    ApiKeyId = "key";
    /// A pipeline.
    PipelineId = "pipe";
    /// One immutable version of a pipeline.
    PipelineVersionId = "pver";
    /// A folder of pipelines.
    FolderId = "folder";
    /// A version of a pipeline that is published to an environment, or the request for it.
    PublicationId = "publ";
    /// A run of one pipeline version.
    RunId = "run";
    /// A background job of an organization.
    JobId = "job";
    /// An operation on many runs at once.
    RunOperationId = "runop";
    /// A saved view: a named filter of runs.
    SavedViewId = "view";
    /// A file that was uploaded before the run that uses it.
    UploadId = "upl";
    /// An invitation to an organization.
    InvitationId = "inv";
    /// A role that an organization defined itself.
    RoleId = "role";
    /// A team of members.
    TeamId = "team";
    /// A service account, to which API keys belong.
    ServiceAccountId = "svc";
    /// A grant: a role that somebody has in addition to their own.
    GrantId = "grant";
    /// A domain that an organization claims.
    DomainId = "dom";
    /// A trigger of a pipeline.
    TriggerId = "trig";
    /// A firing of a trigger.
    TriggerFiringId = "firing";
    /// A back-fill of a trigger.
    TriggerBackfillId = "backfill";
    /// An event that was sent to an organization.
    EventId = "event";
    /// An endpoint to which an organization's events are sent.
    WebhookEndpointId = "endpoint";
    /// An event that is sent to an endpoint.
    WebhookMessageId = "msg";
    /// A passkey of a person.
    PasskeyId = "pkey";
    /// A mail in the outbox.
    MailId = "mail";
    /// An identity provider of an organization.
    SsoProviderId = "sso";
    /// An account at an identity provider that belongs to a person.
    ExternalIdentityId = "xid";
    /// A token with which an identity provider provisions people.
    ScimTokenId = "scimtok";
    /// A provisioned user: what an identity provider says about a person.
    ScimUserId = "scimuser";
    /// A provisioned group.
    ScimGroupId = "scimgroup";
    /// A request of an identity provider.
    ScimRequestId = "scimreq";
    /// An application that uses the server over OAuth 2.0.
    ApplicationId = "app";
    /// What a person has granted to an application in an organization.
    ApplicationGrantId = "appgrant";
    /// The tokens that began with one authorization of an application.
    TokenFamilyId = "tokens";
    /// An entry in the audit log.
    AuditId = "audit";
    /// A request to the co-pilot, with its answer.
    CopilotExchangeId = "copilot";
}

impl OrgId {
    /// The server itself: the organization of work that belongs to none, such as a mail that resets
    /// a password. It has no row and no members, so nobody can act in it.
    pub const SERVER: Self = Self(Uuid::nil());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = RunId::new(&Clock::system());
        let text = id.to_string();
        assert_eq!(text.len(), 30);
        assert_eq!(text.parse::<RunId>(), Ok(id));
        assert_eq!(
            "run_00000000000000000000000000".parse(),
            Ok(RunId(Uuid::nil()))
        );
        assert_eq!(
            "run_7zzzzzzzzzzzzzzzzzzzzzzzzz".parse(),
            Ok(RunId(Uuid::max()))
        );
    }

    #[test]
    fn the_specification_s_example_has_the_expected_text() {
        let uuid = Uuid::parse_str("01893726-efee-7f02-8fbf-9f2b7bc2f910").unwrap();
        assert_eq!(RunId(uuid).to_string(), "run_01h4vjdvzefw18zfwz5dxw5y8g");
    }

    #[test]
    fn another_prefix_upper_case_and_overflow_are_refused() {
        let text = RunId::new(&Clock::system()).to_string();
        for wrong in [
            text.replace("run_", "pipe_"),
            text.to_uppercase(),
            format!("{text}0"),
            format!("{text} "),
            text[..29].to_owned(),
            "run_8zzzzzzzzzzzzzzzzzzzzzzzzz".to_owned(),
            String::new(),
        ] {
            assert!(wrong.parse::<RunId>().is_err(), "{wrong}");
        }
    }
}
