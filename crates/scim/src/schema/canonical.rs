//! From what a client sends to a resource in the schema's spelling.
//!
//! Attributes that the schema does not have are dropped, and so are those that only the server
//! writes: clients send what they read, and passwords that nobody asked for.

use serde_json::{Value as Json, json};

use super::{Attribute, Kind, Schema};
use crate::{Object, ScimError, error::quoted};

/// The largest number of bytes of one text.
pub const LONGEST_TEXT: usize = 2_048;
/// The largest number of values of an attribute, except of a group's members.
pub const LONGEST_LIST: usize = 100;
/// The largest number of a group's members.
pub const MOST_MEMBERS: usize = 10_000;

impl Schema {
    /// A resource in the schema's spelling, with the schema's attributes only.
    ///
    /// # Errors
    /// `invalidValue` names the attribute that does not fit.
    pub fn canonical(&self, given: &Object) -> Result<Object, ScimError> {
        let mut out = attributes("", self.attributes, given)?;
        for (urn, list) in self.extensions {
            let found = given.iter().find(|(key, _)| key.eq_ignore_ascii_case(urn));
            if let Some((_, Json::Object(part))) = found {
                let part = attributes("", list, part)?;
                if !part.is_empty() {
                    out.insert((*urn).to_owned(), Json::Object(part));
                }
            }
        }
        for attribute in self.attributes.iter().filter(|one| one.required) {
            let text = out.get(attribute.name).and_then(Json::as_str);
            if text.is_none_or(|text| text.trim().is_empty()) {
                return Err(ScimError::value(attribute.name, "is missing; send it"));
            }
        }
        Ok(out)
    }

    /// The URNs of the schemas that a resource uses.
    pub fn of(&self, resource: &Object) -> Vec<&'static str> {
        let extensions = self.extensions.iter().map(|(urn, _)| *urn);
        let used = extensions.filter(|urn| resource.contains_key(*urn));
        [self.id].into_iter().chain(used).collect()
    }
}

/// The attributes of a list, in its order.
fn attributes(
    within: &str,
    list: &'static [Attribute],
    given: &Object,
) -> Result<Object, ScimError> {
    let mut out = Object::new();
    for attribute in list.iter().filter(|one| !one.read_only) {
        let mut all = given.iter();
        let found = all.find(|(key, _)| key.eq_ignore_ascii_case(attribute.name));
        let Some((_, value)) = found else { continue };
        let name = match within {
            "" => attribute.name.to_owned(),
            within => format!("{within}.{}", attribute.name),
        };
        if let Some(value) = whole(&name, attribute, value)? {
            out.insert(attribute.name.to_owned(), value);
        }
    }
    Ok(out)
}

/// The value of an attribute; `None`: it has none.
pub(crate) fn whole(
    name: &str,
    attribute: &'static Attribute,
    value: &Json,
) -> Result<Option<Json>, ScimError> {
    if value.is_null() {
        return Ok(None);
    }
    if !attribute.many {
        let value = one(name, attribute, value)?;
        let empty = value.as_object().is_some_and(Object::is_empty);
        return Ok((!empty).then_some(value));
    }
    let single = [value.clone()];
    let values = value.as_array().map_or(&single[..], Vec::as_slice);
    let most = match attribute.name {
        "members" => MOST_MEMBERS,
        _ => LONGEST_LIST,
    };
    if values.len() > most {
        let problem = format!("has {} values; at most {most} are allowed", values.len());
        return Err(ScimError::value(name, problem));
    }
    let mut out = Vec::with_capacity(values.len());
    let mut primary = false;
    for (at, value) in values.iter().enumerate() {
        let mut value = one(&format!("{name}[{at}]"), attribute, value)?;
        if value.get("primary") == Some(&json!(true)) {
            // Only one is; the first one counts.
            if primary {
                value["primary"] = json!(false);
            }
            primary = true;
        }
        if value.as_object().is_none_or(|parts| !parts.is_empty()) {
            out.push(value);
        }
    }
    Ok((!out.is_empty()).then_some(Json::Array(out)))
}

/// One value of an attribute.
pub(crate) fn one(
    name: &str,
    attribute: &'static Attribute,
    value: &Json,
) -> Result<Json, ScimError> {
    match attribute.kind {
        Kind::Text | Kind::Reference | Kind::DateTime => text(name, value),
        Kind::Boolean => boolean(name, value),
        Kind::Complex => match value {
            Json::Object(parts) => Ok(Json::Object(attributes(name, attribute.parts, parts)?)),
            // A manager or a member as its bare id.
            Json::String(_) if Attribute::find(attribute.parts, "value").is_some() => {
                Ok(json!({ "value": text(name, value)? }))
            }
            _ => Err(ScimError::value(name, "is not an object; send an object")),
        },
    }
}

fn text(name: &str, value: &Json) -> Result<Json, ScimError> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return Err(ScimError::value(name, "is not a text; send a text")),
    };
    if text.len() > LONGEST_TEXT {
        let problem = format!(
            "has {} bytes; at most {LONGEST_TEXT} are allowed",
            text.len()
        );
        return Err(ScimError::value(name, problem));
    }
    if text.contains('\0') {
        let problem = "has a NUL character, which cannot be stored; remove it";
        return Err(ScimError::value(name, problem));
    }
    Ok(Json::String(text))
}

/// A boolean; some clients send a text.
fn boolean(name: &str, value: &Json) -> Result<Json, ScimError> {
    let read = match value {
        Json::Bool(value) => Some(*value),
        Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    };
    read.map(Json::Bool).ok_or_else(|| {
        let shown = value.as_str().map(quoted);
        let shown = shown.map_or_else(String::new, |shown| format!(" {shown}"));
        ScimError::value(
            name,
            format!("is{shown} not true or false; send true or false"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ENTERPRISE_SCHEMA, GROUP, USER};

    fn object(value: Json) -> Object {
        match value {
            Json::Object(map) => map,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_user_is_kept_in_the_spelling_of_the_schema() {
        let given = json!({
            "schemas": ["x"], "ID": "1", "USERNAME": "ada@example.com", "Active": "False",
            "Name": { "FamilyName": "L", "nonsense": 1 }, "emails": { "value": "a@b", "primary": true },
            "password": "x", "role": "owner", "orgId": "B", "meta": {}, "groups": [{"value": "g"}],
            ENTERPRISE_SCHEMA.to_uppercase(): { "manager": "m1", "employeeNumber": 7 },
            "title": null,
        });
        let user = USER.canonical(&object(given)).unwrap();
        let expected = json!({
            "userName": "ada@example.com", "name": { "familyName": "L" }, "active": false,
            "emails": [{ "value": "a@b", "primary": true }],
            ENTERPRISE_SCHEMA: { "employeeNumber": "7", "manager": { "value": "m1" } },
        });
        assert_eq!(Json::Object(user.clone()), expected);
        assert_eq!(USER.of(&user), [USER.id, ENTERPRISE_SCHEMA]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let long = "x".repeat(LONGEST_TEXT + 1);
        let many: Vec<Json> = (0..=LONGEST_LIST).map(|at| json!(at.to_string())).collect();
        for (given, field) in [
            (json!({}), "userName"),
            (json!({ "userName": " " }), "userName"),
            (json!({ "userName": ["a"] }), "userName"),
            (json!({ "userName": long }), "userName"),
            (json!({ "userName": "a\u{0}" }), "userName"),
            (json!({ "userName": "a", "active": "yes" }), "active"),
            (json!({ "userName": "a", "name": "x" }), "name"),
            (
                json!({ "userName": "a", "emails": [{ "value": {} }] }),
                "emails[0].value",
            ),
            (json!({ "userName": "a", "emails": many }), "emails"),
        ] {
            let error = USER.canonical(&object(given)).unwrap_err();
            assert!(error.detail.starts_with(&format!("{field}:")), "{error}");
        }
        let longest = "x".repeat(LONGEST_TEXT);
        USER.canonical(&object(json!({ "userName": longest })))
            .unwrap();
        let members = |n: usize| json!({ "displayName": "g", "members": vec![json!("u"); n] });
        GROUP.canonical(&object(members(MOST_MEMBERS))).unwrap();
        GROUP
            .canonical(&object(members(MOST_MEMBERS + 1)))
            .unwrap_err();
    }
}
