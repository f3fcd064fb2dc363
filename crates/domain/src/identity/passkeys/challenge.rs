//! Challenges: created for one purpose, answered once.

use chrono::Duration;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{PasskeyError, entity::challenge::Model, repo};
use crate::{
    App, Tx,
    error::{AppError, Result},
    identity::secret,
};

/// How long a challenge can be answered.
const LASTS: Duration = Duration::minutes(5);

/// What a challenge is for. An answer for one purpose is none for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Adding a passkey.
    Registration,
    /// Signing in without a password.
    SignIn,
    /// Completing a sign-in that waits for a second factor.
    SecondStep,
    /// A new proof of identity by a signed-in person.
    StepUp,
}

impl Use {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::SignIn => "sign_in",
            Self::SecondStep => "second_step",
            Self::StepUp => "step_up",
        }
    }
}

/// Stores a challenge. Returns the token with which it is answered.
pub async fn keep(
    app: &App,
    used_for: Use,
    user: Option<Uuid>,
    state: &impl Serialize,
) -> Result<String> {
    let (now, token) = (app.clock().now(), secret::new(secret::CHALLENGE));
    let row = Model {
        token_hash: secret::hash(&token).to_vec(),
        used_for: used_for.as_str().to_owned(),
        user_id: user,
        state: serde_json::to_string(state).map_err(AppError::internal)?,
        expires_at: now + LASTS,
    };
    let tx = app.db().begin(&[]).await?;
    repo::insert_challenge(&tx, row, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// Uses a challenge up, whether or not its answer is right.
pub async fn take<S: DeserializeOwned>(
    app: &App,
    used_for: Use,
    user: Option<Uuid>,
    token: &str,
) -> Result<S> {
    if !secret::is_plausible(token, secret::CHALLENGE) {
        return Err(PasskeyError::Ended.into());
    }
    let hash = secret::hash(token);
    let row = repo::challenge(app, &hash).await?;
    let row = row
        .filter(|row| row.used_for == used_for.as_str() && row.user_id == user)
        .filter(|row| row.expires_at > app.clock().now())
        .ok_or(PasskeyError::Ended)?;
    let tx: Tx = app.db().begin(&[]).await?;
    if !repo::end_challenge(&tx, &hash).await? {
        return Err(PasskeyError::Ended.into());
    }
    tx.commit().await?;
    serde_json::from_str(&row.state).map_err(AppError::internal)
}
