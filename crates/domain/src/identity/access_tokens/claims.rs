//! The claims of an access token. All of them are required, and there are no others.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use types::{OrgId, TokenFamilyId};
use uuid::Uuid;

use super::{LASTS, LEEWAY, issuer};
use crate::{
    App,
    access::{PermissionSet, stored},
};

/// What a token says. A claim of another type, a missing one or one that is not listed here makes
/// the token invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The issuer: this server.
    pub iss: String,
    /// The audience: this server.
    pub aud: String,
    /// The person or service account.
    pub sub: String,
    /// The application.
    pub client_id: String,
    /// The organization.
    pub org: OrgId,
    /// The family of tokens that it belongs to.
    pub family: TokenFamilyId,
    /// Names of permissions, separated by spaces.
    pub scope: String,
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
    /// From when on it is valid, in seconds since 1970.
    pub nbf: i64,
    /// Until when it is valid, in seconds since 1970.
    pub exp: i64,
    /// Its own id.
    pub jti: Uuid,
}

/// What its signer decides about a new token.
pub struct NewClaims<'a> {
    /// The person or service account.
    pub subject: &'a str,
    /// The application.
    pub client_id: &'a str,
    /// The organization.
    pub org: OrgId,
    /// The family.
    pub family: TokenFamilyId,
    /// The permissions.
    pub scopes: PermissionSet,
}

impl Claims {
    /// The claims of a token that is signed now.
    pub(super) fn new(app: &App, new: &NewClaims<'_>) -> Self {
        let now = app.clock().now().timestamp();
        Self {
            iss: issuer(app).to_owned(),
            aud: issuer(app).to_owned(),
            sub: new.subject.to_owned(),
            client_id: new.client_id.to_owned(),
            org: new.org,
            family: new.family,
            scope: new.scopes.to_string(),
            iat: now,
            nbf: now,
            exp: now + LASTS.num_seconds(),
            jti: app.clock().new_uuid(),
        }
    }

    /// Reads the verified bytes of a token.
    pub(super) fn read(bytes: Vec<u8>) -> Option<Self> {
        serde_json::from_slice(&bytes).ok()
    }

    /// Whether the token is from this server, for this server, and valid now.
    pub(super) fn are_valid(&self, app: &App) -> bool {
        let here = issuer(app);
        let at = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0);
        let (Some(issued), Some(from), Some(until)) = (at(self.iat), at(self.nbf), at(self.exp))
        else {
            return false;
        };
        let now = app.clock().now();
        self.iss == here
            && self.aud == here
            && !self.sub.is_empty()
            && !self.client_id.is_empty()
            && self.iat > 0
            && self.nbf > 0
            && issued <= now + LEEWAY
            && from <= now + LEEWAY
            && until + LEEWAY > now
            && until - issued <= LASTS
            && self.scopes().is_some()
    }

    /// The permissions; `None` if a name is unknown.
    pub fn scopes(&self) -> Option<PermissionSet> {
        stored::of_list(&self.scope).ok()
    }
}
