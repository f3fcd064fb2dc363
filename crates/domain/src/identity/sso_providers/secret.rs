//! The secret of a provider, which is stored sealed and never returned.

use uuid::Uuid;

use super::entity::Model;
use crate::{
    App,
    error::{AppError, Result},
    sealed,
};

/// The purpose under which secrets are sealed.
const PURPOSE: &str = "client secret";

/// The longest secret, in bytes.
const LONGEST: usize = 1_000;

/// Seals the secret of a provider.
pub fn seal(app: &App, id: Uuid, secret: &str) -> Result<Vec<u8>> {
    if secret.is_empty() || secret.len() > LONGEST || secret.chars().any(char::is_control) {
        let problem = format!("must have 1 to {LONGEST} bytes and no control characters");
        return Err(AppError::invalid("clientSecret", problem));
    }
    sealed::seal(app, PURPOSE, id.as_bytes(), secret.as_bytes())
}

/// The secret of a provider; `None` if it has none.
pub fn open(app: &App, row: &Model) -> Result<Option<String>> {
    let Some(secret) = &row.client_secret else {
        return Ok(None);
    };
    let plain = sealed::open(app, PURPOSE, row.id.as_bytes(), secret)?;
    String::from_utf8(plain)
        .map(Some)
        .map_err(AppError::internal)
}
