//! What this server reads from a user.

use serde::Deserialize;
use serde_json::Value as Json;

use crate::Object;

/// The attributes of a user that have an effect here, from a canonical resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserView {
    /// The person's name at the identity provider.
    pub user_name: String,
    /// The provider's own id.
    pub external_id: Option<String>,
    /// Whether they are a member; absent: not said.
    pub active: Option<bool>,
    /// The name to show.
    pub display_name: Option<String>,
    name: Name,
    emails: Vec<Email>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Name {
    formatted: Option<String>,
    family_name: Option<String>,
    given_name: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Email {
    value: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    primary: bool,
}

impl UserView {
    /// Reads a canonical user. What does not fit is absent.
    pub fn of(user: &Object) -> Self {
        serde_json::from_value(Json::Object(user.clone())).unwrap_or_default()
    }

    /// The person's email address: the primary one, else that of the type `work`, else the first,
    /// else the name at the provider if it looks like one.
    pub fn email(&self) -> Option<&str> {
        let with = |wanted: &dyn Fn(&Email) -> bool| {
            let mut all = self.emails.iter();
            all.find(|one| wanted(one) && one.value.is_some())
        };
        let work = |one: &Email| {
            let kind = one.kind.as_deref();
            kind.is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
        };
        let found = with(&|one| one.primary)
            .or_else(|| with(&work))
            .or_else(|| with(&|_| true));
        let name = Some(self.user_name.as_str()).filter(|name| name.contains('@'));
        found.and_then(|one| one.value.as_deref()).or(name)
    }

    /// All names of the person, with their attributes.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("userName", Some(&self.user_name)),
            ("displayName", self.display_name.as_ref()),
            ("name.formatted", self.name.formatted.as_ref()),
            ("name.familyName", self.name.family_name.as_ref()),
            ("name.givenName", self.name.given_name.as_ref()),
        ]
        .into_iter()
        .filter_map(|(attribute, name)| Some((attribute, name?.as_str())))
    }

    /// The person's name, for people.
    pub fn shown_name(&self) -> String {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let parts = [given(&self.name.given_name), given(&self.name.family_name)];
        let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        given(&self.display_name)
            .or_else(|| given(&self.name.formatted))
            .or_else(|| given(&Some(parts)))
            .unwrap_or_else(|| self.user_name.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::USER;

    fn view(user: Json) -> UserView {
        let Json::Object(user) = user else {
            panic!("an object")
        };
        UserView::of(&USER.canonical(&user).unwrap())
    }

    #[test]
    fn the_address_is_the_primary_one_and_the_name_is_for_people() {
        let user = view(
            json!({ "userName": "a@b", "emails": [{ "value": "home@x", "type": "home" },
            { "value": "work@x", "type": "Work" }, { "type": "other", "primary": true }],
            "name": { "givenName": "Ada", "familyName": "L" } }),
        );
        assert_eq!(user.email(), Some("work@x"));
        assert_eq!(user.shown_name(), "Ada L");
        let user = view(json!({ "userName": "a@b", "displayName": " ", "emails": [] }));
        assert_eq!(
            (user.email(), user.shown_name().as_str()),
            (Some("a@b"), "a@b")
        );
        assert_eq!(view(json!({ "userName": "ada" })).email(), None);
        let user = view(
            json!({ "userName": "ada", "emails": [{ "value": "1@x" }, { "value": "2@x", "primary": "True" }] }),
        );
        assert_eq!(user.email(), Some("2@x"));
    }
}
