//! Reads and writes of authenticator apps, recovery codes and pending sign-ins.

use sea_orm::{ColumnTrait, DbErr, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::entity::{authenticator, pending_sign_in, recovery_code};
use crate::{App, Tx, tenancy::SharedEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// A person's authenticator app, confirmed or not.
pub async fn find(app: &App, user: Uuid) -> Result<Option<authenticator::Model>, DbErr> {
    authenticator::Entity::shared(app)
        .filter(authenticator::Column::UserId.eq(user))
        .one(app.db())
        .await
}

/// A person's confirmed authenticator app.
pub async fn confirmed(
    tx: &Tx,
    app: &App,
    user: Uuid,
) -> Result<Option<authenticator::Model>, DbErr> {
    authenticator::Entity::shared(app)
        .filter(authenticator::Column::UserId.eq(user))
        .filter(authenticator::Column::ConfirmedAt.is_not_null())
        .one(tx.conn())
        .await
}

/// Writes the secret of an app that is not confirmed yet, in place of an earlier one. `false`: the
/// person has a confirmed app.
pub async fn begin(tx: &Tx, user: Uuid, secret: Vec<u8>, now: Time) -> Result<bool, DbErr> {
    let sql = "INSERT INTO authenticators (user_id, secret, created_at, last_step) \
        VALUES ($1, $2, $3, 0) ON CONFLICT (user_id) DO UPDATE \
        SET secret = excluded.secret, created_at = excluded.created_at \
        WHERE authenticators.confirmed_at IS NULL";
    let values = [user.into(), secret.into(), now.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Confirms the app that has this secret, with the time step of its code. `false`: it was confirmed
/// or replaced in the meantime.
pub async fn confirm(
    tx: &Tx,
    user: Uuid,
    secret: Vec<u8>,
    (step, now): (i64, Time),
) -> Result<bool, DbErr> {
    let sql = "UPDATE authenticators SET confirmed_at = $1, last_step = $2 \
        WHERE user_id = $3 AND secret = $4 AND confirmed_at IS NULL";
    let values = [now.into(), step.into(), user.into(), secret.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Accepts a code of a time step. `false`: this step's code, or a later one, was accepted before.
pub async fn accept_step(tx: &Tx, user: Uuid, step: i64) -> Result<bool, DbErr> {
    let sql = "UPDATE authenticators SET last_step = $1 \
        WHERE user_id = $2 AND last_step < $1 AND confirmed_at IS NOT NULL";
    Ok(tx.execute(sql, [step.into(), user.into()]).await? == 1)
}

/// Deletes a person's app and recovery codes. `false`: there was no confirmed app.
pub async fn delete(tx: &Tx, user: Uuid) -> Result<bool, DbErr> {
    let sql = "DELETE FROM authenticators WHERE user_id = $1 AND confirmed_at IS NOT NULL";
    let deleted = tx.execute(sql, [user.into()]).await? == 1;
    let sql = "DELETE FROM recovery_codes WHERE user_id = $1";
    tx.execute(sql, [user.into()]).await?;
    Ok(deleted)
}

/// Deletes a person's app with its recovery codes if it was set up since a time.
pub async fn delete_since(tx: &Tx, user: Uuid, since: Time) -> Result<(), DbErr> {
    let sql = "DELETE FROM authenticators WHERE user_id = $1 AND created_at >= $2";
    if tx.execute(sql, [user.into(), since.into()]).await? == 1 {
        let sql = "DELETE FROM recovery_codes WHERE user_id = $1";
        tx.execute(sql, [user.into()]).await?;
    }
    Ok(())
}

/// Replaces a person's recovery codes.
pub async fn replace_codes(tx: &Tx, user: Uuid, hashes: &[[u8; 32]]) -> Result<(), DbErr> {
    let sql = "DELETE FROM recovery_codes WHERE user_id = $1";
    tx.execute(sql, [user.into()]).await?;
    for hash in hashes {
        let sql = "INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)";
        tx.execute(sql, [user.into(), hash.to_vec().into()]).await?;
    }
    Ok(())
}

/// How many recovery codes a person has not used.
pub async fn codes_left(app: &App, user: Uuid) -> Result<u64, DbErr> {
    recovery_code::Entity::shared(app)
        .filter(recovery_code::Column::UserId.eq(user))
        .filter(recovery_code::Column::UsedAt.is_null())
        .count(app.db())
        .await
}

/// Uses up a recovery code. `false`: there is none, or it was used.
pub async fn use_code(tx: &Tx, user: Uuid, hash: [u8; 32], now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE recovery_codes SET used_at = $1 \
        WHERE user_id = $2 AND code_hash = $3 AND used_at IS NULL";
    let values = [now.into(), user.into(), hash.to_vec().into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Writes a pending sign-in, and deletes those of the person that have expired.
pub async fn insert_pending(tx: &Tx, row: pending_sign_in::Model, now: Time) -> Result<(), DbErr> {
    let sql = "DELETE FROM pending_sign_ins WHERE user_id = $1 AND expires_at <= $2";
    tx.execute(sql, [row.user_id.into(), now.into()]).await?;
    let sql = "INSERT INTO pending_sign_ins \
        (token_hash, user_id, proved_by, expires_at, failures, only_org, strong, sso_provider, \
         sso_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = [
        row.token_hash.into(),
        row.user_id.into(),
        row.proved_by.into(),
        row.expires_at.into(),
        row.failures.into(),
        row.only_org.into(),
        row.strong.into(),
        row.sso_provider.into(),
        row.sso_name.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The pending sign-in with this hash.
pub async fn pending(app: &App, hash: &[u8; 32]) -> Result<Option<pending_sign_in::Model>, DbErr> {
    pending_sign_in::Entity::shared(app)
        .filter(pending_sign_in::Column::TokenHash.eq(hash.to_vec()))
        .one(app.db())
        .await
}

/// Counts a wrong code for a pending sign-in.
pub async fn count_failure(tx: &Tx, hash: &[u8; 32]) -> Result<(), DbErr> {
    let sql = "UPDATE pending_sign_ins SET failures = failures + 1 WHERE token_hash = $1";
    tx.execute(sql, [hash.to_vec().into()]).await.map(drop)
}

/// Uses up a pending sign-in. `false`: it was used or ended in the meantime.
pub async fn end_pending(tx: &Tx, hash: &[u8; 32]) -> Result<bool, DbErr> {
    let sql = "DELETE FROM pending_sign_ins WHERE token_hash = $1";
    Ok(tx.execute(sql, [hash.to_vec().into()]).await? == 1)
}

/// Ends the pending sign-ins of a person with an identity provider.
pub async fn end_pending_of_provider(tx: &Tx, provider: Uuid, user: Uuid) -> Result<(), DbErr> {
    let sql = "DELETE FROM pending_sign_ins WHERE user_id = $1 AND sso_provider = $2";
    let values = [user.into(), provider.into()];
    tx.execute(sql, values).await.map(drop)
}

/// Ends all pending sign-ins of a person.
pub async fn end_all_pending(tx: &Tx, user: Uuid) -> Result<(), DbErr> {
    let sql = "DELETE FROM pending_sign_ins WHERE user_id = $1";
    tx.execute(sql, [user.into()]).await.map(drop)
}
