//! Introspection (RFC 7662) and revocation (RFC 7009). An application can ask about its own tokens
//! only, and learns nothing about others: not even whether they exist.

use serde_json::{Value as Json, json};
use types::{OrgId, TokenFamilyId};

use super::{
    clients::{self, Client, ClientKind, ClientProof},
    error::{OauthCode, OauthError, Result},
    families::{self, FamilyRow},
};
use crate::{
    App,
    error::AppError,
    identity::access_tokens::{self, Claims},
};

/// A token of the application that asks.
enum Known {
    Access(FamilyRow, Box<Claims>),
    Refresh(FamilyRow, chrono::DateTime<chrono::Utc>),
}

impl Known {
    const fn family(&self) -> &FamilyRow {
        match self {
            Self::Access(family, _) | Self::Refresh(family, _) => family,
        }
    }
}

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
    let Some(known) = known(app, &client, token).await? else {
        return Ok(inactive);
    };
    // What no door lets in is not active, although it may be again later.
    if !families::is_let_in(app.db().conn(), app, known.family()).await? {
        return Ok(inactive);
    }
    Ok(match known {
        Known::Access(_, claims) => json!({
            "active": true, "token_type": "Bearer", "scope": claims.scope,
            "client_id": claims.client_id, "sub": claims.sub, "aud": claims.aud,
            "iss": claims.iss, "iat": claims.iat, "nbf": claims.nbf, "exp": claims.exp,
            "jti": claims.jti, "org": claims.org,
        }),
        Known::Refresh(family, until) => json!({
            "active": true, "scope": family.scopes, "client_id": client.client_id(),
            "sub": families::subject(&family)?, "iss": access_tokens::issuer(app),
            "exp": until.timestamp(), "org": OrgId(family.org_id),
        }),
    })
}

/// Ends the family of a token. Says nothing about a token that is not the application's.
pub async fn revoke_token(
    app: &App,
    proof: ClientProof<'_>,
    token: Option<&str>,
    request_id: &str,
) -> Result<()> {
    let client = clients::authenticate(app, proof).await?;
    let Some(known) = known(app, &client, token).await? else {
        return Ok(());
    };
    Ok(families::end(app, known.family(), request_id).await?)
}

/// The token, if it is valid and the application's own.
async fn known(app: &App, client: &Client, token: Option<&str>) -> Result<Option<Known>> {
    let token = token.filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| OauthError::parameter("token", "is missing"))?;
    if access_tokens::is_plausible(token) {
        let claims = match access_tokens::verify(app, token).await {
            Ok(claims) => claims,
            Err(error) if error.code == types::ErrorCode::Unauthenticated => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let row = families::find(app, claims.org, claims.family).await?;
        return Ok(own(row, client).map(|row| Known::Access(row, Box::new(claims))));
    }
    let Some((org, refresh)) = families::refresh_token(app, token).await? else {
        return Ok(None);
    };
    if refresh.used_at.is_some() || refresh.expires_at <= app.clock().now() {
        return Ok(None);
    }
    let family = TokenFamilyId(refresh.family_id);
    let row = families::find(app, org, family)
        .await
        .map_err(AppError::from)?;
    Ok(own(row, client).map(|row| Known::Refresh(row, refresh.expires_at)))
}

fn own(row: Option<FamilyRow>, client: &Client) -> Option<FamilyRow> {
    row.filter(|row| row.client_id == client.application.id.0)
}
