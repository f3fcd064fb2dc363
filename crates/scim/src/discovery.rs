//! What clients ask to learn what this server supports: `/ServiceProviderConfig`, `/Schemas` and
//! `/ResourceTypes`.

use serde_json::{Value as Json, json};

use crate::{ENTERPRISE_SCHEMA, GROUP, Object, Schema, USER, schema::Attribute};

/// The bounds that clients are told.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest number of resources in one answer.
    pub most_results: u64,
}

const META_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
const META_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const META_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// What is supported. `base` is the address of `/scim/v2`.
pub fn service_provider_config(base: &str, limits: Limits) -> Json {
    json!({
        "schemas": [META_CONFIG],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": limits.most_results },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token of the organization, from Settings, Provisioning",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

/// The kinds of resources.
pub fn resource_types(base: &str) -> Vec<Object> {
    [&USER, &GROUP]
        .map(|schema| resource_type(schema, base))
        .into()
}

fn resource_type(schema: &Schema, base: &str) -> Object {
    let extensions = schema.extensions.iter();
    let extensions: Vec<Json> = extensions
        .map(|(urn, _)| json!({ "schema": urn, "required": false }))
        .collect();
    object(json!({
        "schemas": [META_TYPE],
        "id": schema.name,
        "name": schema.name,
        "description": schema.says,
        "endpoint": schema.endpoint,
        "schema": schema.id,
        "schemaExtensions": extensions,
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{base}/ResourceTypes/{}", schema.name),
        },
    }))
}

/// The schemas.
pub fn schemas(base: &str) -> Vec<Object> {
    let mut found = Vec::new();
    for schema in [&USER, &GROUP] {
        found.push(described(
            (schema.id, schema.name, schema.says),
            schema.attributes,
            base,
        ));
        for (urn, attributes) in schema.extensions {
            debug_assert_eq!(*urn, ENTERPRISE_SCHEMA);
            let named = (*urn, "EnterpriseUser", "What companies add to users");
            found.push(described(named, attributes, base));
        }
    }
    found
}

fn described((id, name, says): (&str, &str, &str), list: &[Attribute], base: &str) -> Object {
    let list = list.iter().filter(|one| !one.common);
    object(json!({
        "schemas": [META_SCHEMA],
        "id": id,
        "name": name,
        "description": says,
        "attributes": list.map(attribute).collect::<Vec<_>>(),
        "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
    }))
}

fn attribute(one: &Attribute) -> Json {
    let mut out = json!({
        "name": one.name,
        "type": one.kind.as_str(),
        "multiValued": one.many,
        "description": one.says,
        "required": one.required,
        "caseExact": one.exact,
        "mutability": if one.read_only { "readOnly" } else { "readWrite" },
        "returned": "default",
        "uniqueness": if one.unique { "server" } else { "none" },
    });
    if !one.parts.is_empty() {
        out["subAttributes"] = one.parts.iter().map(attribute).collect();
    }
    if one.kind == crate::schema::Kind::Reference {
        out["referenceTypes"] = json!(["external"]);
    }
    out
}

fn object(value: Json) -> Object {
    match value {
        Json::Object(map) => map,
        _ => Object::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_describe_what_is_supported_and_nothing_else() {
        let found = schemas("https://x/scim/v2");
        let ids: Vec<&str> = found.iter().filter_map(|one| one["id"].as_str()).collect();
        assert_eq!(ids, [USER.id, ENTERPRISE_SCHEMA, GROUP.id]);
        let names: Vec<&str> = found[0]["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["name"].as_str())
            .collect();
        assert!(names.contains(&"userName") && !names.contains(&"meta"));
        assert!(!names.contains(&"password"));
        let types = resource_types("https://x/scim/v2");
        assert_eq!(
            types[0]["meta"]["location"],
            "https://x/scim/v2/ResourceTypes/User"
        );
        let config = service_provider_config("https://x", Limits { most_results: 200 });
        assert_eq!(config["filter"]["maxResults"], 200);
    }
}
