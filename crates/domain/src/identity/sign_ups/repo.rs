//! Reads and writes of sign-ups.

use sea_orm::{ColumnTrait, DbErr, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Value};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{App, Tx, tenancy::SharedEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// Writes a new sign-up.
pub async fn insert(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let sql = "INSERT INTO sign_ups (id, email, name, organization, password_hash, language, \
        created_at, expires_at, network) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        row.id.into(),
        row.email.as_str().into(),
        row.name.as_str().into(),
        row.organization.as_str().into(),
        row.password_hash.as_str().into(),
        row.language.as_str().into(),
        row.created_at.into(),
        row.expires_at.into(),
        row.network.clone().into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// The sign-up with this id.
pub async fn find(app: &App, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::Id.eq(id))
        .one(app.db())
        .await
}

/// The sign-up whose link has this hash, used or unused.
pub async fn by_hash(app: &App, hash: &[u8; 32]) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::TokenHash.eq(hash.to_vec()))
        .one(app.db())
        .await
}

/// The newest open sign-ups with the address of another one: those from this network, or those from
/// anywhere.
pub async fn others(
    app: &App,
    link: &Model,
    (network, most): (Option<&str>, u64),
    now: Time,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::shared(app)
        .filter(Column::Email.eq(link.email.as_str()))
        .filter(Column::Id.ne(link.id))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now));
    if let Some(network) = network {
        select = select.filter(Column::Network.eq(network));
    }
    select
        .order_by_desc(Column::Id)
        .limit(most)
        .all(app.db())
        .await
}

/// How many letters were written to an address since a time.
pub async fn sent_since(app: &App, email: &str, since: Time) -> Result<u64, DbErr> {
    Entity::shared(app)
        .filter(Column::Email.eq(email))
        .filter(Column::SentAt.gt(since))
        .count(app.db())
        .await
}

/// Marks the letter as written. `false`: a repeated job has already written it.
pub async fn sent(tx: &Tx, id: Uuid, hash: Option<[u8; 32]>, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE sign_ups SET token_hash = $1, sent_at = $2 WHERE id = $3 AND sent_at IS NULL";
    let hash = hash.map(|hash| hash.to_vec());
    let values = [hash.into(), now.into(), id.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Marks a link as used. `false`: it was already used, or has expired.
pub async fn redeem(tx: &Tx, id: Uuid, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE sign_ups SET used_at = $1 \
        WHERE id = $2 AND used_at IS NULL AND expires_at > $1";
    Ok(tx.execute(sql, [now.into(), id.into()]).await? == 1)
}

/// Removes what has expired, used or unused. Returns how many there were.
pub async fn forget(tx: &Tx, now: Time) -> Result<u64, DbErr> {
    tx.execute("DELETE FROM sign_ups WHERE expires_at <= $1", [now.into()])
        .await
}
