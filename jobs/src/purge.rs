//! Removes pipelines that were deleted long ago, uploads, tokens, assertions and sign-ups that have expired,
//! old mails, exchanges with the co-pilot, firings of triggers, events, deliveries to and
//! from webhooks; ends requests to publish that have expired; replaces the key that signs access
//!
//! This may be many megabytes, so it runs in its own task, not in the reconciler's loop.

use domain::{
    SystemCtx, copilot, identity, mail, pipelines, publications, triggers, uploads,
    webhook_endpoints,
};

/// Removes everything that has expired.
pub async fn purge(system: SystemCtx) {
    match pipelines::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "purged pipelines that were deleted long ago"),
        Err(error) => tracing::warn!(%error, "could not purge deleted pipelines"),
    }
    match publications::expire(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "requests to publish have expired"),
        Err(error) => tracing::warn!(%error, "could not write that requests have expired"),
    }
    match uploads::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed uploads that had expired"),
        Err(error) => tracing::warn!(%error, "could not remove expired uploads"),
    }
    match mail::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed mails that were sent long ago"),
        Err(error) => tracing::warn!(%error, "could not remove old mails"),
    }
    match copilot::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed old exchanges with the co-pilot"),
        Err(error) => tracing::warn!(%error, "could not remove old exchanges with the co-pilot"),
    }
    match triggers::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed firings that ended long ago"),
        Err(error) => tracing::warn!(%error, "could not remove old firings"),
    }
    match triggers::webhooks::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed old deliveries of webhooks"),
        Err(error) => tracing::warn!(%error, "could not remove old deliveries of webhooks"),
    }
    match triggers::events::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed old events"),
        Err(error) => tracing::warn!(%error, "could not remove old events"),
    }
    match webhook_endpoints::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed events that were sent to webhooks long ago"),
        Err(error) => tracing::warn!(%error, "could not remove old events of webhooks"),
    }
    match identity::oauth::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed tokens that had expired"),
        Err(error) => tracing::warn!(%error, "could not remove expired tokens"),
    }
    match identity::sso_sign_in::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed assertions that had expired"),
        Err(error) => tracing::warn!(%error, "could not remove expired assertions"),
    }
    match identity::sign_ups::purge(&system).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed sign-ups that had expired"),
        Err(error) => tracing::warn!(%error, "could not remove expired sign-ups"),
    }
    match identity::rotate_signing_keys(&system.app).await {
        Ok(false) => {}
        Ok(true) => tracing::info!("the keys that sign access tokens were rotated"),
        Err(error) => tracing::warn!(%error, "could not rotate the keys that sign access tokens"),
    }
}
