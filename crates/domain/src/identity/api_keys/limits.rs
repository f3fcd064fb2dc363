//! The limits of an API key besides its permissions: an expiry, and the networks from which it may
//! be used.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde_json::json;
use types::ApiKeyId;

use super::{ApiKeyError, Networks};
use crate::{
    Ctx,
    audit::{self, Entry},
    error::{AppError, Result},
    expiry,
};

/// The limits of a key. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyLimits {
    /// When it expires; `None`: never.
    pub expires_at: Option<DateTime<Utc>>,
    /// The networks from which it may be used.
    pub networks: Networks,
}

impl KeyLimits {
    /// Whether the key has expired.
    pub fn expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Checks the expiry of a new key; see [`expiry::check`].
    pub(super) fn check(&self, now: DateTime<Utc>) -> Result<()> {
        expiry::check(self.expires_at, now)
    }
}

/// Writes to the audit log that a key was used from an address that it does not allow, and returns
/// the error. The error does not name the allowed networks, since the key may have been stolen.
pub(in crate::identity) async fn refuse_address(
    ctx: &Ctx,
    id: ApiKeyId,
    address: Option<IpAddr>,
) -> AppError {
    let written = async {
        let tx = ctx.begin().await?;
        let detail = json!({ "address": address.map(|address| address.to_string()) });
        let entry = Entry::new("api_key.refuse_address", "api_key", id).detail(detail);
        audit::write(&tx, ctx, entry).await?;
        tx.commit().await
    };
    match written.await {
        Ok(()) => ApiKeyError::Address(address).into(),
        Err(error) => error.into(),
    }
}
