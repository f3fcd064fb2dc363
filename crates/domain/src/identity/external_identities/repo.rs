//! Reads and writes of external identities.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{App, Tx, tenancy::SharedEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// The identities with this issuer and subject, of whatever kind.
pub async fn of_subject(app: &App, issuer: &str, subject: &str) -> Result<Vec<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::Issuer.eq(issuer))
        .filter(Column::Subject.eq(subject))
        .order_by_asc(Column::Id)
        .all(app.db())
        .await
}

/// A person's identities, oldest first; at most `most`. On a connection or in a transaction.
pub async fn of_person(
    conn: &impl ConnectionTrait,
    app: &App,
    user: Uuid,
    most: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::UserId.eq(user))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(most)
        .all(conn)
        .await
}

/// Writes a new identity. Fails with a violation of uniqueness if it belongs to somebody.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO external_identities \
            (issuer, subject, user_id, id, created_at, used_at, name_kind, email) \
        VALUES ($1, $2, $3, $4, $5, $5, $6, $7)";
    let values = [
        row.issuer.as_str().into(),
        row.subject.as_str().into(),
        row.user_id.into(),
        row.id.into(),
        row.created_at.into(),
        row.name_kind.as_str().into(),
        row.email.clone().into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Records that an identity was used, of what kind its name is, if that was not known, and the address
/// that the provider asserts. `false`: it was removed in the meantime.
pub async fn used(
    tx: &Tx,
    id: Uuid,
    (kind, email): (&str, Option<&str>),
    now: Time,
) -> Result<bool, DbErr> {
    let sql = "UPDATE external_identities SET used_at = $1, \
        name_kind = CASE WHEN name_kind = '' THEN $2 ELSE name_kind END, email = $3 WHERE id = $4";
    let values = [now.into(), kind.into(), email.into(), id.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Removes the identities that were connected to a person since a time.
pub async fn delete_since(tx: &Tx, user: Uuid, since: Time) -> Result<u64, DbErr> {
    let sql = "DELETE FROM external_identities WHERE user_id = $1 AND created_at >= $2";
    tx.execute(sql, [user.into(), since.into()]).await
}

/// Removes an identity of a person. `false`: they have no such identity.
pub async fn delete(tx: &Tx, user: Uuid, id: Uuid) -> Result<bool, DbErr> {
    let sql = "DELETE FROM external_identities WHERE user_id = $1 AND id = $2";
    Ok(tx.execute(sql, [user.into(), id.into()]).await? == 1)
}
