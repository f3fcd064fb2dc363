//! What kind of name a provider of SAML uses for a person. Two people can have the same name, if it is
//! of two kinds: the standard compares the format and both qualifiers, too.

use serde::{Deserialize, Serialize};

use super::entity::Model;
use crate::error::{AppError, Result};

/// The format of a name whose kind the provider leaves open.
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// The kind of a name at a provider of SAML.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameKind {
    /// The format; `None`: unspecified.
    format: Option<String>,
    /// The provider in whose domain the name is unique; `None`: the one that sends it.
    qualifier: Option<String>,
    /// The service for which the name was made; `None`: this server.
    service: Option<String>,
}

impl NameKind {
    /// The kind of a name with this format and these qualifiers, which the provider `by` has sent to the
    /// service `to`. What a missing qualifier means can also be said in words.
    pub fn of(
        (by, to): (&str, &str),
        format: &str,
        qualifier: Option<&str>,
        service: Option<&str>,
    ) -> Self {
        let unless = |value: Option<&str>, usual: &str| {
            let other = value.filter(|value| !value.is_empty() && *value != usual);
            other.map(str::to_owned)
        };
        Self {
            format: unless(Some(format), UNSPECIFIED),
            qualifier: unless(qualifier, by),
            service: unless(service, to),
        }
    }

    /// The stored form.
    pub fn stored(&self) -> Result<String> {
        serde_json::to_string(self).map_err(AppError::internal)
    }

    /// Whether names of both kinds are those of one person if their values are equal. An unspecified
    /// format says nothing about it; the qualifiers are known.
    pub fn fits(&self, other: &Self) -> bool {
        let formats = match (&self.format, &other.format) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        formats && self.qualifier == other.qualifier && self.service == other.service
    }
}

/// Of the identities of one issuer and one subject, the one that a provider means by a name of this
/// kind, in the stored form. An identity whose kind is not known fits all of them. `None`: there is
/// none, or the name may be that of several people.
pub fn meant(mut rows: Vec<Model>, kind: &str) -> Option<Model> {
    if let Some(at) = rows.iter().position(|row| row.name_kind == kind) {
        return Some(rows.swap_remove(at));
    }
    rows.retain(|row| fits(&row.name_kind, kind));
    match rows.len() {
        1 => rows.pop(),
        _ => None,
    }
}

fn fits(known: &str, sent: &str) -> bool {
    if sent.is_empty() {
        // Of another protocol, which compares the subject only.
        return false;
    }
    let read = |text: &str| serde_json::from_str::<NameKind>(text).ok();
    match (read(known), read(sent)) {
        (Some(known), Some(sent)) => known.fits(&sent),
        _ => known.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    const ENDS: (&str, &str) = ("urn:idp", "urn:here");
    const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

    fn kind(format: &str, qualifier: Option<&str>, service: Option<&str>) -> String {
        NameKind::of(ENDS, format, qualifier, service)
            .stored()
            .unwrap()
    }

    fn row(id: u128, kind: &str) -> Model {
        Model {
            issuer: "saml:x".to_owned(),
            subject: "alice".to_owned(),
            name_kind: kind.to_owned(),
            user_id: Uuid::from_u128(id),
            id: Uuid::from_u128(id),
            email: None,
            created_at: DateTime::UNIX_EPOCH,
            used_at: DateTime::UNIX_EPOCH,
        }
    }

    fn found(known: &[&str], sent: &str) -> Option<u128> {
        let rows = known.iter().zip(1..).map(|(kind, id)| row(id, kind));
        meant(rows.collect(), sent).map(|row| row.id.as_u128())
    }

    #[test]
    fn a_name_of_another_format_or_qualifier_is_somebody_else_s() {
        let known = kind(PERSISTENT, Some("urn:far"), None);
        for other in [
            kind(EMAIL, Some("urn:far"), None),
            kind(PERSISTENT, None, None),
            kind(PERSISTENT, Some("urn:near"), None),
            kind(PERSISTENT, Some("urn:far"), Some("urn:there")),
            kind(UNSPECIFIED, None, None),
        ] {
            assert_eq!(found(&[&known], &other), None, "{other}");
        }
        assert_eq!(found(&[&known], &known), Some(1));
        let open = kind(UNSPECIFIED, Some("urn:far"), None);
        assert_eq!(found(&[&known], &open), Some(1));
        assert_eq!(found(&[&open], &known), Some(1));
    }

    #[test]
    fn a_qualifier_that_says_what_a_missing_one_means_is_the_same() {
        let plain = kind(EMAIL, None, None);
        assert_eq!(kind(EMAIL, Some("urn:idp"), Some("urn:here")), plain);
        assert_eq!(kind(EMAIL, Some(""), Some("")), plain);
        assert_eq!(kind("", None, None), kind(UNSPECIFIED, None, None));
    }

    #[test]
    fn an_identity_from_before_fits_every_kind_and_an_ambiguous_name_is_nobody_s() {
        let (email, persistent) = (kind(EMAIL, None, None), kind(PERSISTENT, None, None));
        assert_eq!(found(&[""], &kind(EMAIL, Some("urn:far"), None)), Some(1));
        assert_eq!(found(&[&email, &persistent], &persistent), Some(2));
        let open = kind(UNSPECIFIED, None, None);
        assert_eq!(found(&[&email, &persistent], &open), None);
    }

    #[test]
    fn other_protocols_compare_the_subject_only() {
        assert_eq!(found(&[""], ""), Some(1));
        assert_eq!(found(&[&kind(EMAIL, None, None)], ""), None);
    }
}
