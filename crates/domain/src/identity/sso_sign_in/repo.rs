//! Reads and writes of sign-ins that have begun, and of the memberships that they lead to.

use sea_orm::{ColumnTrait, DbErr, QueryFilter};
use types::OrgId;
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{App, Tx, access::Role, tenancy::SharedEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// Writes a sign-in that begins, and deletes those that have expired.
pub async fn insert(tx: &Tx, row: &Model, now: Time) -> Result<(), DbErr> {
    let sql = "DELETE FROM sso_attempts WHERE expires_at <= $1";
    tx.execute(sql, [now.into()]).await?;
    let sql = "INSERT INTO sso_attempts \
        (state_hash, browser_hash, provider, nonce, verifier, user_id, next, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        row.state_hash.clone().into(),
        row.browser_hash.clone().into(),
        row.provider.as_str().into(),
        row.nonce.as_str().into(),
        row.verifier.clone().into(),
        row.user_id.into(),
        row.next.as_str().into(),
        row.expires_at.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The sign-in with this state that this browser began.
pub async fn find(app: &App, state: &[u8; 32], browser: &[u8; 32]) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::StateHash.eq(state.to_vec()))
        .filter(Column::BrowserHash.eq(browser.to_vec()))
        .one(app.db().conn())
        .await
}

/// Uses up a sign-in. `false`: its answer was already received.
pub async fn take(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let sql = "DELETE FROM sso_attempts WHERE state_hash = $1";
    Ok(tx.execute(sql, [row.state_hash.clone().into()]).await? == 1)
}

/// Gives a member the role of their groups. Owners keep theirs. `false`: nothing changed.
pub async fn set_role(tx: &Tx, org: OrgId, user: Uuid, role: Role) -> Result<bool, DbErr> {
    let sql = "UPDATE memberships SET role = $1, role_id = NULL \
        WHERE org_id = $2 AND user_id = $3 AND role <> $1 AND role <> 'owner'";
    let values = [role.as_str().into(), org.0.into(), user.into()];
    Ok(tx.execute(sql, values).await? == 1)
}
