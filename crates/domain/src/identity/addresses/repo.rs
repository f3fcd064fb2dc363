//! Reads and writes of changes of email addresses.

use sea_orm::{ColumnTrait, Condition, DbErr, PaginatorTrait, QueryFilter, QueryOrder, Value};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{App, Tx, tenancy::SharedEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// Writes a new change.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO address_changes (id, user_id, old_email, new_email, needs_old, \
        old_hash, new_hash, password_sha256, session_id, language, sent, created_at, expires_at, \
        at_sign_in) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let values: [Value; 14] = [
        row.id.into(),
        row.user_id.into(),
        row.old_email.clone().into(),
        row.new_email.as_str().into(),
        row.needs_old.into(),
        row.old_hash.clone().into(),
        row.new_hash.clone().into(),
        row.password_sha256.clone().into(),
        row.session_id.into(),
        row.language.as_str().into(),
        row.sent.into(),
        row.created_at.into(),
        row.expires_at.into(),
        row.at_sign_in.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The newest change of a person that is neither applied nor ended: one that a session of theirs requested,
/// or a proof that single sign-on asked for. It may have expired.
pub async fn open(app: &App, user: Uuid, at_sign_in: bool) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::UserId.eq(user))
        .filter(Column::AtSignIn.eq(at_sign_in))
        .filter(Column::AppliedAt.is_null())
        .filter(Column::EndedAt.is_null())
        .order_by_desc(Column::Id)
        .one(app.db())
        .await
}

/// Like [`open`], all of them of both kinds, in a transaction.
pub async fn all_open(tx: &Tx, app: &App, user: Uuid) -> Result<Vec<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::UserId.eq(user))
        .filter(Column::AppliedAt.is_null())
        .filter(Column::EndedAt.is_null())
        .all(tx.conn())
        .await
}

/// How many changes of one kind there have been of a person since a time. Each kind has its own limit:
/// whoever has a session of the account must not use up the proofs that single sign-on asks for.
pub async fn count_since(
    app: &App,
    user: Uuid,
    at_sign_in: bool,
    since: Time,
) -> Result<u64, DbErr> {
    Entity::shared(app)
        .filter(Column::UserId.eq(user))
        .filter(Column::AtSignIn.eq(at_sign_in))
        .filter(Column::CreatedAt.gt(since))
        .count(app.db())
        .await
}

/// The change with this hash of the token of its old or its new address.
pub async fn by_hash(app: &App, hash: &[u8; 32]) -> Result<Option<Model>, DbErr> {
    let hash = hash.to_vec();
    let either = Condition::any()
        .add(Column::OldHash.eq(hash.clone()))
        .add(Column::NewHash.eq(hash));
    Entity::shared(app).filter(either).one(app.db()).await
}

/// The change that the token with this hash undoes.
pub async fn by_undo_hash(app: &App, hash: &[u8; 32]) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::UndoHash.eq(hash.to_vec()))
        .one(app.db())
        .await
}

/// One change, in a transaction.
pub async fn find_in(tx: &Tx, app: &App, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::Id.eq(id))
        .one(tx.conn())
        .await
}

/// Gives an open change new tokens. `false`: it was applied or ended, or sent again by another
/// request.
pub async fn renew(tx: &Tx, old: &Model, new: &Model) -> Result<bool, DbErr> {
    let sql = "UPDATE address_changes SET old_hash = $1, new_hash = $2, sent = $3, \
        expires_at = $4 WHERE id = $5 AND sent = $6 AND applied_at IS NULL AND ended_at IS NULL";
    let values: [Value; 6] = [
        new.old_hash.clone().into(),
        new.new_hash.clone().into(),
        new.sent.into(),
        new.expires_at.into(),
        old.id.into(),
        old.sent.into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Records the confirmation of the old address. `false`: it confirmed before, or the change was
/// applied or ended.
pub async fn confirm_old(tx: &Tx, id: Uuid, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE address_changes SET old_confirmed_at = $1 WHERE id = $2 \
        AND old_confirmed_at IS NULL AND applied_at IS NULL AND ended_at IS NULL";
    Ok(tx.execute(sql, [now.into(), id.into()]).await? == 1)
}

/// Like [`confirm_old`], for the new address.
pub async fn confirm_new(tx: &Tx, id: Uuid, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE address_changes SET new_confirmed_at = $1 WHERE id = $2 \
        AND new_confirmed_at IS NULL AND applied_at IS NULL AND ended_at IS NULL";
    Ok(tx.execute(sql, [now.into(), id.into()]).await? == 1)
}

/// Records that a change took effect, and the hash of the token that undoes it.
pub async fn applied(
    tx: &Tx,
    id: Uuid,
    undo: Option<([u8; 32], Time)>,
    now: Time,
) -> Result<(), DbErr> {
    let sql = "UPDATE address_changes SET applied_at = $1, undo_hash = $2, undo_until = $3 \
        WHERE id = $4";
    let values: [Value; 4] = [
        now.into(),
        undo.map(|(hash, _)| hash.to_vec()).into(),
        undo.map(|(_, until)| until).into(),
        id.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Ends one change. `false`: it had ended.
pub async fn end(tx: &Tx, id: Uuid, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE address_changes SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL";
    Ok(tx.execute(sql, [now.into(), id.into()]).await? == 1)
}

/// Ends all changes of a person, so that none can be confirmed or undone.
pub async fn end_all(tx: &Tx, user: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE address_changes SET ended_at = $1 WHERE user_id = $2 AND ended_at IS NULL";
    tx.execute(sql, [now.into(), user.into()]).await.map(drop)
}
