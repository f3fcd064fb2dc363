//! Reads and writes of sign-ins that have begun, and of the memberships that they lead to.

use sea_orm::{ColumnTrait, DbErr, QueryFilter};
use types::OrgId;
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{App, Tx, tenancy::SharedEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// Writes a sign-in that begins, and deletes those that have expired.
pub async fn insert(tx: &Tx, row: &Model, now: Time) -> Result<(), DbErr> {
    let sql = "DELETE FROM sso_attempts WHERE expires_at <= $1";
    tx.execute(sql, [now.into()]).await?;
    let sql = "INSERT INTO sso_attempts \
        (state_hash, browser_hash, provider, nonce, verifier, user_id, next, expires_at, purpose, \
         ticket_hash, answer) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values = [
        row.state_hash.clone().into(),
        row.browser_hash.clone().into(),
        row.provider.as_str().into(),
        row.nonce.as_str().into(),
        row.verifier.clone().into(),
        row.user_id.into(),
        row.next.as_str().into(),
        row.expires_at.into(),
        row.purpose.as_str().into(),
        row.ticket_hash.clone().into(),
        row.answer.clone().into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The sign-in with this state that this browser began.
pub async fn find(app: &App, state: &[u8; 32], browser: &[u8; 32]) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::StateHash.eq(state.to_vec()))
        .filter(Column::BrowserHash.eq(browser.to_vec()))
        .one(app.db())
        .await
}

/// The sign-in with this state, in whatever browser.
pub async fn by_state(app: &App, state: &[u8; 32]) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::StateHash.eq(state.to_vec()))
        .one(app.db())
        .await
}

/// The sign-in of this browser whose answer has this ticket.
pub async fn by_ticket(
    app: &App,
    ticket: &[u8; 32],
    browser: &[u8; 32],
) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::TicketHash.eq(ticket.to_vec()))
        .filter(Column::BrowserHash.eq(browser.to_vec()))
        .one(app.db())
        .await
}

/// Keeps the answer to a sign-in, for a while. `false`: there is one already, or the sign-in has ended.
pub async fn answered(
    tx: &Tx,
    state: &[u8],
    (ticket, answer): ([u8; 32], Vec<u8>),
    expires_at: Time,
) -> Result<bool, DbErr> {
    let sql = "UPDATE sso_attempts SET ticket_hash = $1, answer = $2, expires_at = $3 \
        WHERE state_hash = $4 AND ticket_hash IS NULL";
    let values = [
        ticket.to_vec().into(),
        answer.into(),
        expires_at.into(),
        state.to_vec().into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Uses up a message of a provider, an assertion or a request to log out, until it would not be accepted
/// any more. `false`: it was used before.
pub async fn use_up(
    tx: &Tx,
    (org, provider): (OrgId, Uuid),
    hash: [u8; 32],
    expires_at: Time,
) -> Result<bool, DbErr> {
    let sql = "INSERT INTO saml_assertions (org_id, provider_id, assertion_hash, expires_at) \
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let values = [
        org.0.into(),
        provider.into(),
        hash.to_vec().into(),
        expires_at.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Removes the messages of all organizations that would not be accepted any more.
pub async fn forget_used(tx: &Tx, now: Time) -> Result<u64, DbErr> {
    let sql =
        "/* across organizations: purge */ DELETE FROM saml_assertions WHERE expires_at <= $1";
    tx.execute(sql, [now.into()]).await
}

/// Uses up a sign-in. `false`: its answer was already received.
pub async fn take(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let sql = "DELETE FROM sso_attempts WHERE state_hash = $1";
    Ok(tx.execute(sql, [row.state_hash.clone().into()]).await? == 1)
}
