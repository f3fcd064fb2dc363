//! A token that an application shows for introspection or revocation. It can ask about its own tokens
//! only, and learns nothing about others: not even whether they exist.

use chrono::{DateTime, Utc};
use types::TokenFamilyId;

use super::{
    clients::Client,
    error::{OauthError, Result},
    families::{self, FamilyRow},
};
use crate::{
    App,
    identity::access_tokens::{self, Claims},
};

/// A valid token of the application that shows it.
pub enum OwnToken {
    /// An access token, with what it says.
    Access(FamilyRow, Box<Claims>),
    /// A refresh token, with the time at which it expires.
    Refresh(FamilyRow, DateTime<Utc>),
}

impl OwnToken {
    /// The token, if it is valid and the application's own.
    pub async fn find(app: &App, client: &Client, token: Option<&str>) -> Result<Option<Self>> {
        let token = token.filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| OauthError::parameter("token", "is missing"))?;
        match access_tokens::is_plausible(token) {
            true => access(app, client, token).await,
            false => refresh(app, client, token).await,
        }
    }

    /// The family that it belongs to.
    pub const fn family(&self) -> &FamilyRow {
        match self {
            Self::Access(family, _) | Self::Refresh(family, _) => family,
        }
    }
}

async fn access(app: &App, client: &Client, token: &str) -> Result<Option<OwnToken>> {
    let claims = match access_tokens::verify(app, token).await {
        Ok(claims) => claims,
        Err(error) if error.code == types::ErrorCode::Unauthenticated => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let row = families::find(app, claims.org, claims.family).await?;
    Ok(own(row, client).map(|row| OwnToken::Access(row, Box::new(claims))))
}

async fn refresh(app: &App, client: &Client, token: &str) -> Result<Option<OwnToken>> {
    let Some((org, refresh)) = families::refresh_token(app, token).await? else {
        return Ok(None);
    };
    if refresh.used_at.is_some() || refresh.expires_at <= app.clock().now() {
        return Ok(None);
    }
    let family = TokenFamilyId(refresh.family_id);
    let row = families::find(app, org, family).await?;
    Ok(own(row, client).map(|row| OwnToken::Refresh(row, refresh.expires_at)))
}

fn own(row: Option<FamilyRow>, client: &Client) -> Option<FamilyRow> {
    row.filter(|row| row.client_id == client.application.id.0)
}
