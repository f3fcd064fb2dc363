//! Introspection (RFC 7662).

use serde_json::{Value as Json, json};
use types::OrgId;

use super::{
    clients::{self, ClientKind, ClientProof},
    error::{OauthCode, OauthError, Result},
    families,
    own_token::OwnToken,
};
use crate::{App, error::AppError, identity::access_tokens};

/// What is known about a token.
///
/// # Errors
/// `invalid_client` for an application without a secret: anybody could ask in its name.
pub async fn introspect(app: &App, proof: ClientProof<'_>, token: Option<&str>) -> Result<Json> {
    let client = clients::authenticate(app, proof).await?;
    if client.application.kind == ClientKind::Public {
        return Err(OauthError::new(
            OauthCode::InvalidClient,
            "client_id: only a confidential application may ask, since it proves who it is",
        ));
    }
    let inactive = json!({ "active": false });
    let Some(own) = OwnToken::find(app, &client, token).await? else {
        return Ok(inactive);
    };
    // What is accepted nowhere is not active, although it may be again later.
    if !families::is_let_in(app.db(), app, own.family()).await? {
        return Ok(inactive);
    }
    Ok(match own {
        OwnToken::Access(family, claims) => {
            // The application may have lost scopes since the token was signed.
            let left = family.scopes().map_err(AppError::from)?;
            let scopes = claims.scopes().unwrap_or_default().and(left);
            json!({
                "active": true, "token_type": "Bearer", "scope": scopes.to_string(),
                "client_id": claims.client_id, "sub": claims.sub, "aud": claims.aud,
                "iss": claims.iss, "iat": claims.iat, "nbf": claims.nbf, "exp": claims.exp,
                "jti": claims.jti, "org": claims.org,
            })
        }
        OwnToken::Refresh(family, until) => json!({
            "active": true, "scope": family.scopes, "client_id": client.client_id(),
            "sub": families::subject(&family)?, "iss": access_tokens::issuer(app),
            "exp": until.timestamp(), "org": OrgId(family.org_id),
        }),
    })
}
