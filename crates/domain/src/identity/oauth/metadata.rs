//! What the authorization server says about itself (RFC 8414).

use serde_json::{Value as Json, json};

use super::token::FLOWS;
use crate::{App, access::Permission, identity::access_tokens};

/// The path of the resource that applications may look for by itself: the MCP server. Access tokens are for
/// this server as a whole, so it needs no tokens of its own.
pub const RESOURCE: &str = "/mcp";

/// The path of the metadata about the resource, which the resource's path follows.
pub const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource";

/// What the resource says about who issues its tokens (RFC 9728). No scopes are listed, because programs
/// would ask for all of them: without any, they get those of their registration.
pub fn protected_resource(app: &App) -> Json {
    let issuer = access_tokens::issuer(app);
    json!({
        "resource": format!("{issuer}{RESOURCE}"),
        "resource_name": "FlowMason",
        "authorization_servers": [issuer],
        "bearer_methods_supported": ["header"],
    })
}

/// The metadata.
pub fn metadata(app: &App) -> Json {
    let issuer = access_tokens::issuer(app);
    let at = |path: &str| format!("{issuer}{path}");
    let scopes: Vec<&str> = Permission::ALL
        .iter()
        .filter(|one| !one.is_for_people_only())
        .map(|one| one.as_str())
        .collect();
    let proofs = ["client_secret_basic", "client_secret_post", "none"];
    let secrets = &proofs[..2];
    json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/token"),
        "device_authorization_endpoint": at("/oauth/device_authorization"),
        "introspection_endpoint": at("/oauth/introspect"),
        "revocation_endpoint": at("/oauth/revoke"),
        "jwks_uri": at("/.well-known/jwks.json"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": FLOWS,
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": proofs,
        "introspection_endpoint_auth_methods_supported": secrets,
        "revocation_endpoint_auth_methods_supported": proofs,
        "authorization_response_iss_parameter_supported": true,
    })
}
