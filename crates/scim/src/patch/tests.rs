//! Changes that are applied whole or not at all, in the spellings of Okta and Entra.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{ENTERPRISE_SCHEMA, GROUP, USER};

fn object(value: Json) -> Object {
    match value {
        Json::Object(map) => map,
        other => panic!("{other}"),
    }
}

fn user() -> Object {
    object(json!({
        "userName": "ada", "active": true, "name": { "familyName": "L", "givenName": "A" },
        "emails": [{ "value": "w@x", "type": "work", "primary": true }, { "value": "h@x", "type": "home" }],
    }))
}

fn patched(schema: &Schema, resource: &Object, operations: Json) -> Result<Json, ScimError> {
    let body = object(json!({ "schemas": ["x"], "Operations": operations }));
    Patch::read(schema, &body)?
        .apply(schema, resource)
        .map(Json::Object)
}

fn users(operations: Json) -> Json {
    patched(&USER, &user(), operations).unwrap()
}

#[test]
fn users_are_changed_in_the_spellings_of_okta_and_entra() {
    let off = users(json!([{ "op": "replace", "value": { "active": false } }]));
    assert_eq!(off["active"], false);
    let off = users(json!([{ "op": "Replace", "path": "active", "value": "False" }]));
    assert_eq!(off["active"], false);
    let changed = users(json!([
        { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "new@x" },
        { "op": "Replace", "path": "name.familyName", "value": "Byron" },
        { "op": "ADD", "path": "emails[type eq \"other\"].value", "value": "o@x" },
        { "op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "D" },
        { "op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": "m" },
    ]));
    assert_eq!(
        changed["emails"][0],
        json!({ "value": "new@x", "type": "work", "primary": true })
    );
    assert_eq!(
        changed["emails"][2],
        json!({ "value": "o@x", "type": "other" })
    );
    assert_eq!(
        changed["name"],
        json!({ "familyName": "Byron", "givenName": "A" })
    );
    assert_eq!(
        changed[ENTERPRISE_SCHEMA],
        json!({ "department": "D", "manager": { "value": "m" } })
    );
    let changed = users(json!([{ "op": "replace", "value": {
        "name.givenName": "B", "emails[type eq \"home\"].primary": true, "id": "7", "nonsense": 1,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "division": "V" } } }]));
    assert_eq!(changed["name"]["givenName"], "B");
    assert_eq!(changed["emails"][0]["primary"], false);
    assert_eq!(changed["emails"][1]["primary"], true);
    assert_eq!(changed[ENTERPRISE_SCHEMA]["division"], "V");
    let changed = users(
        json!([{ "op": "remove", "path": "emails[type eq \"work\"]" },
        { "op": "remove", "path": "name.familyName" }, { "op": "replace", "path": "title", "value": null }]),
    );
    assert_eq!(
        changed["emails"],
        json!([{ "value": "h@x", "type": "home" }])
    );
    assert_eq!(changed["name"], json!({ "givenName": "A" }));
    let changed = users(
        json!([{ "op": "add", "path": "emails", "value": [{ "value": "W@x", "type": "work" },
        { "value": "2@x", "primary": true }] }]),
    );
    assert_eq!(changed["emails"].as_array().unwrap().len(), 3);
    assert_eq!(changed["emails"][0]["primary"], false);
}

#[test]
fn members_are_added_removed_and_replaced_in_every_form() {
    let group =
        object(json!({ "displayName": "G", "members": [{ "value": "1" }, { "value": "2" }] }));
    let members = |operations: Json| {
        let changed = patched(&GROUP, &group, operations).unwrap();
        let list = changed["members"].as_array().cloned().unwrap_or_default();
        let values = list
            .iter()
            .map(|one| one["value"].as_str().unwrap().to_owned());
        (changed["displayName"].clone(), values.collect::<Vec<_>>())
    };
    let (name, all) = members(json!([
        { "op": "replace", "value": { "id": "x", "displayName": "H" } },
        { "op": "remove", "path": "members[value eq \"1\"]" },
        { "op": "remove", "path": "members[value eq \"9\"]" },
        { "op": "add", "path": "members", "value": [{ "value": "3", "display": "C" }, { "value": "2" }] },
    ]));
    assert_eq!(
        (name, all),
        (json!("H"), vec!["2".to_owned(), "3".to_owned()])
    );
    let (_, all) = members(json!([
        { "op": "Add", "path": "members", "value": [{ "$ref": null, "value": "3" }] },
        { "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": "1" }] },
    ]));
    assert_eq!(all, ["2", "3"]);
    let (_, all) =
        members(json!([{ "op": "replace", "path": "members", "value": [{ "value": "7" }] }]));
    assert_eq!(all, ["7"]);
    let (_, all) = members(json!([{ "op": "remove", "path": "members" }]));
    assert!(all.is_empty());
}

#[test]
fn c04_a_wrong_operation_is_named_and_nothing_is_applied() {
    let many = vec![json!({ "op": "add", "path": "title", "value": "x" }); MOST_OPERATIONS + 1];
    let nested = format!("emails[{}type pr{}]", "(".repeat(50), ")".repeat(50));
    for (operations, kind) in [
        (json!([]), ScimType::InvalidSyntax),
        (json!(many), ScimType::InvalidSyntax),
        (json!(["x"]), ScimType::InvalidSyntax),
        (
            json!([{ "op": "drop", "path": "title" }]),
            ScimType::InvalidSyntax,
        ),
        (json!([{ "op": "add", "path": 1 }]), ScimType::InvalidSyntax),
        (json!([{ "op": "remove" }]), ScimType::NoTarget),
        (json!([{ "op": "remove", "path": " " }]), ScimType::NoTarget),
        (
            json!([{ "op": "replace", "value": "x" }]),
            ScimType::InvalidValue,
        ),
        (
            json!([{ "op": "replace", "path": "orgId", "value": "x" }]),
            ScimType::InvalidPath,
        ),
        (
            json!([{ "op": "replace", "path": "userName'; DROP", "value": "x" }]),
            ScimType::InvalidPath,
        ),
        (
            json!([{ "op": "replace", "path": "emails[", "value": "x" }]),
            ScimType::InvalidPath,
        ),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"a\"]value", "value": "x" }]),
            ScimType::InvalidPath,
        ),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"a\"].x", "value": "x" }]),
            ScimType::InvalidPath,
        ),
        (
            json!([{ "op": "replace", "path": "emails[1=1]", "value": "x" }]),
            ScimType::InvalidFilter,
        ),
        (
            json!([{ "op": "replace", "path": nested, "value": "x" }]),
            ScimType::InvalidFilter,
        ),
        (
            json!([{ "op": "replace", "path": "emails[type eq \"fax\"].value", "value": "x" }]),
            ScimType::NoTarget,
        ),
        (
            json!([{ "op": "replace", "path": "id", "value": "x" }]),
            ScimType::Mutability,
        ),
        (
            json!([{ "op": "add", "path": "groups", "value": [] }]),
            ScimType::Mutability,
        ),
        (
            json!([{ "op": "remove", "path": "userName" }]),
            ScimType::InvalidValue,
        ),
        (
            json!([{ "op": "replace", "path": "active", "value": "maybe" }]),
            ScimType::InvalidValue,
        ),
        (
            json!([{ "op": "add", "path": "title", "value": "x" }, { "op": "replace", "path": "name", "value": 1 }]),
            ScimType::InvalidValue,
        ),
    ] {
        let error = patched(&USER, &user(), operations.clone()).expect_err("refused");
        assert_eq!(error.scim_type, kind, "{error}");
    }
    let error = patched(
        &USER,
        &user(),
        json!([{ "op": "add", "path": "title", "value": "x" },
        { "op": "add", "path": "nope", "value": "x" }]),
    )
    .unwrap_err();
    assert!(
        error.detail.starts_with("Operations[1]: path: `nope`"),
        "{error}"
    );
}

#[test]
fn the_most_operations_are_applied() {
    let most = vec![json!({ "op": "add", "path": "title", "value": "x" }); MOST_OPERATIONS];
    assert_eq!(users(json!(most))["title"], "x");
}

proptest! {
    #[test]
    fn no_path_and_no_value_makes_it_fail_otherwise(
        op in prop::sample::select(vec!["add", "replace", "remove"]),
        path in prop::sample::select(vec!["emails", "emails.value", "name", "name.formatted", "active",
            "emails[type eq \"work\"]", "emails[primary eq true].type", "emails[not (type pr)].value",
            "addresses[type eq \"x\" or primary eq true].country", "externalId",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName"]),
        value in prop::sample::select(vec![json!(null), json!("x"), json!(true), json!({"value": "v"}),
            json!([{"value": "v", "primary": true}, "w"]), json!([]), json!(3)]),
    ) {
        if let Ok(Json::Object(changed)) = patched(&USER, &user(), json!([{ "op": op, "path": path, "value": value }])) {
            // What comes out is canonical: it comes out again unchanged.
            prop_assert_eq!(USER.canonical(&changed).unwrap(), changed);
        }
    }
}
