//! What a provider says about a person.

use std::ops::Deref;

use openidconnect::LocalizedClaim;
use serde_json::{Map, Value as Json, json};

use crate::{Provider, verify::Verified};

/// The largest number of groups that are read, and the longest name of one, in bytes.
const MOST_GROUPS: usize = 1_000;
const LONGEST_GROUP: usize = 256;

/// A person, as a provider knows them. Issuer and subject identify them, and nothing else does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// The provider's own, unchanging name of the person.
    pub subject: String,
    /// With other protocols, what kind of name the subject is, which identifies the person too; here
    /// empty.
    pub subject_kind: String,
    /// The email address, in lower case.
    pub email: Option<String>,
    /// Whether the provider says that the address is the person's.
    pub email_verified: bool,
    /// At Google: the domain of the organization that the account belongs to (the claim `hd`).
    pub hosted_domain: Option<String>,
    /// The display name.
    pub name: Option<String>,
    /// The groups; empty if there are none, or no claim is configured.
    pub groups: Vec<String>,
}

/// The claims of the ID token, completed by those of the user info endpoint.
pub(crate) struct Claims {
    subject: String,
    all: Map<String, Json>,
}

impl Claims {
    pub fn of_token(claims: Verified) -> Self {
        let mut all = claims.additional_claims().all.clone();
        if let Some(email) = claims.email() {
            all.insert("email".to_owned(), json!(email.as_str()));
            let verified = claims.email_verified() == Some(true);
            all.insert("email_verified".to_owned(), json!(verified));
        }
        if let Some(name) = claims.name().and_then(first) {
            all.insert("name".to_owned(), json!(name));
        }
        Self {
            subject: claims.subject().to_string(),
            all,
        }
    }

    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether something is missing that the user info endpoint may have.
    pub fn lacks(&self, provider: &Provider) -> bool {
        let groups = provider.groups_claim.as_deref();
        self.all.get("email").is_none()
            || groups.is_some_and(|claim| at(&self.all, claim).is_none())
    }

    /// Adds claims that are missing. An address and whether it is verified belong together.
    pub fn add(&mut self, more: &Map<String, Json>) {
        let has_email = self.all.contains_key("email");
        for (name, value) in more {
            let of_email = matches!(name.as_str(), "email" | "email_verified");
            if !(has_email && of_email) {
                self.all.entry(name.clone()).or_insert(value.clone());
            }
        }
    }

    pub fn identity(self, provider: &Provider) -> Identity {
        let text = |name: &str| {
            let text = self.all.get(name)?.as_str()?.trim();
            (!text.is_empty() && text.len() <= 254).then(|| text.to_owned())
        };
        let claim = provider.groups_claim.as_deref();
        let groups = claim.and_then(|claim| at(&self.all, claim));
        Identity {
            issuer: provider.issuer.clone(),
            email: text("email").map(|email| email.to_lowercase()),
            // Only the boolean counts: `"true"` may be any text.
            email_verified: self.all.get("email_verified") == Some(&Json::Bool(true)),
            hosted_domain: text("hd").map(|domain| domain.to_lowercase()),
            name: text("name"),
            groups: groups.map(names).unwrap_or_default(),
            subject: self.subject,
            subject_kind: String::new(),
        }
    }
}

/// The claim with this name, or else at this path of names.
fn at<'a>(all: &'a Map<String, Json>, claim: &str) -> Option<&'a Json> {
    if let Some(found) = all.get(claim) {
        return Some(found);
    }
    let mut parts = claim.split('.');
    let mut found = all.get(parts.next()?)?;
    for part in parts {
        found = found.get(part)?;
    }
    Some(found)
}

/// The names in a list, or the only one.
fn names(value: &Json) -> Vec<String> {
    let one = std::slice::from_ref(value);
    let list = value.as_array().map_or(one, Vec::as_slice);
    list.iter()
        .filter_map(Json::as_str)
        .filter(|name| name.len() <= LONGEST_GROUP)
        .take(MOST_GROUPS)
        .map(str::to_owned)
        .collect()
}

fn first<T: Deref<Target = String>>(claim: &LocalizedClaim<T>) -> Option<String> {
    let text = claim.get(None);
    let text = text.or_else(|| claim.iter().next().map(|(_, text)| text));
    text.map(|text| (**text).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(all: Json) -> Claims {
        let all = all.as_object().cloned().unwrap_or_default();
        Claims {
            subject: "s".to_owned(),
            all,
        }
    }

    #[test]
    fn o09_only_the_boolean_true_verifies_an_address() {
        let verified = |value: Json| {
            let all = json!({ "email": "A@b.test", "email_verified": value });
            claims(all).identity(&Provider::default())
        };
        assert!(verified(json!(true)).email_verified);
        assert_eq!(verified(json!(true)).email.as_deref(), Some("a@b.test"));
        for other in [
            json!("true"),
            json!(1),
            json!(null),
            json!(false),
            json!({}),
        ] {
            assert!(!verified(other.clone()).email_verified, "{other}");
        }
        let missing = claims(json!({ "email": "a@b.test" }));
        assert!(!missing.identity(&Provider::default()).email_verified);
    }

    #[test]
    fn o09_an_address_of_one_source_is_not_verified_by_the_other() {
        let mut token = claims(json!({ "email": "victim@b.test" }));
        let more = json!({ "email": "mine@b.test", "email_verified": true, "name": "M" });
        token.add(more.as_object().unwrap());
        let person = token.identity(&Provider::default());
        assert_eq!(person.email.as_deref(), Some("victim@b.test"));
        assert!(!person.email_verified);
        assert_eq!(person.name.as_deref(), Some("M"));
    }

    #[test]
    fn groups_are_read_by_name_or_by_path_from_a_list_or_a_text() {
        let groups = |claim: &str| {
            let all = json!({
                "groups": ["a", 7, "b"], "one": "a", "realm": { "roles": ["c"] },
                "https://x.test/groups": ["d"],
            });
            let provider = Provider {
                groups_claim: Some(claim.to_owned()),
                ..Provider::default()
            };
            claims(all).identity(&provider).groups
        };
        assert_eq!(groups("groups"), ["a", "b"]);
        assert_eq!(groups("one"), ["a"]);
        assert_eq!(groups("realm.roles"), ["c"]);
        assert_eq!(groups("https://x.test/groups"), ["d"]);
        assert!(groups("none.at.all").is_empty());
    }
}
