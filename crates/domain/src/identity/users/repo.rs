//! Reads and writes of people.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use crate::{App, Tx, tenancy::SharedEntity};

type Time = chrono::DateTime<chrono::Utc>;

/// The person with this email address.
pub async fn by_email(app: &App, email: &str) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::Email.eq(email))
        .one(app.db())
        .await
}

/// The person with this id.
pub async fn find(app: &App, id: Uuid) -> Result<Option<Model>, DbErr> {
    find_in(app.db(), app, id).await
}

/// Like [`find`], on a connection or in a transaction.
pub async fn find_in(
    conn: &impl ConnectionTrait,
    app: &App,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .filter(Column::Id.eq(id))
        .one(conn)
        .await
}

/// Waits for other changes of a person's ways to sign in, and makes later ones wait until the
/// transaction ends. On PostgreSQL it locks the person's row; SQLite has one writer anyway.
pub async fn lock(tx: &Tx, id: Uuid) -> Result<(), DbErr> {
    if tx.is_postgres() {
        let sql = "SELECT id FROM users WHERE id = $1 FOR UPDATE";
        tx.execute(sql, [id.into()]).await?;
    }
    Ok(())
}

/// Locks an account as it was read when somebody proved that it is theirs. `false`: the password or the
/// address has changed in the meantime, so that the proof may no longer be one.
pub async fn lock_unchanged(tx: &Tx, app: &App, read: &Model) -> Result<bool, DbErr> {
    lock(tx, read.id).await?;
    let now = find_in(tx.conn(), app, read.id).await?;
    Ok(now.is_some_and(|now| now.password_hash == read.password_hash && now.email == read.email))
}

/// The oldest account.
pub async fn first(app: &App) -> Result<Option<Model>, DbErr> {
    Entity::shared(app)
        .order_by_asc(Column::Id)
        .one(app.db())
        .await
}

/// How many people have a password.
pub async fn with_password(app: &App) -> Result<u64, DbErr> {
    Entity::shared(app)
        .filter(Column::PasswordHash.is_not_null())
        .count(app.db())
        .await
}

/// How many people there are. Until the transaction ends, no one else can insert one.
pub async fn count_alone(tx: &Tx, app: &App) -> Result<u64, DbErr> {
    if tx.is_postgres() {
        let sql = "LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE";
        tx.execute(sql, []).await?;
    }
    Entity::shared(app).count(tx.conn()).await
}

/// Writes a new person.
pub async fn insert(tx: &Tx, id: Uuid, name: &str, now: Time) -> Result<(), DbErr> {
    let sql = "INSERT INTO users (id, name, name_folded, created_at) VALUES ($1, $2, $3, $4)";
    let folded = types::fold(name);
    let values = [id.into(), name.into(), folded.into(), now.into()];
    tx.execute(sql, values).await.map(drop)
}

/// Writes a new person with an email address and the hash of a password. Fails with a violation of
/// uniqueness if another account has the address.
pub async fn insert_account(
    tx: &Tx,
    id: Uuid,
    name: &str,
    (email, hash): (&str, &str),
    now: Time,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO users (id, name, name_folded, email, password_hash, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    let values = [
        id.into(),
        name.into(),
        types::fold(name).into(),
        email.into(),
        hash.into(),
        now.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Verifies the address of an account that was written in the same transaction.
pub async fn verify_new(tx: &Tx, id: Uuid, now: Time) -> Result<(), DbErr> {
    let sql = "UPDATE users SET email_verified_at = $1 WHERE id = $2";
    tx.execute(sql, [now.into(), id.into()]).await.map(drop)
}

/// Writes a new person without a password: with a verified email address, or with one that is only
/// shown. Fails with a violation of uniqueness if another account has the address.
pub async fn insert_external(
    tx: &Tx,
    id: Uuid,
    name: &str,
    (email, shown): (Option<&str>, Option<&str>),
    now: Time,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO users (id, name, name_folded, email, email_verified_at, email_wanted, \
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        id.into(),
        name.into(),
        types::fold(name).into(),
        email.into(),
        email.map(|_| now).into(),
        shown.into(),
        now.into(),
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Writes the name and the email address, if given. An address that is not `free` is stored as
/// `email_wanted`: the response shows it like any other, so it does not reveal that another account
/// has the address, but nobody can sign in with it.
pub async fn update(
    tx: &Tx,
    id: Uuid,
    (name, email): (Option<&str>, Option<&str>),
    free: bool,
) -> Result<(), DbErr> {
    const FREE: &str = "UPDATE users SET name = coalesce($1, name), \
        name_folded = coalesce($4, name_folded), email = coalesce($2, email), \
        email_wanted = CASE WHEN $2 IS NULL THEN email_wanted END WHERE id = $3";
    const TAKEN: &str = "UPDATE users SET name = coalesce($1, name), \
        name_folded = coalesce($4, name_folded), email_wanted = $2 WHERE id = $3";
    let values = [
        name.into(),
        email.into(),
        id.into(),
        name.map(types::fold).into(),
    ];
    let sql = if free { FREE } else { TAKEN };
    tx.execute(sql, values).await.map(drop)
}

/// Writes the locale and the time zone, each if given; `Some(None)`: that of the browser.
pub async fn set_region(
    tx: &Tx,
    id: Uuid,
    (locale, time_zone): (Option<Option<&str>>, Option<Option<&str>>),
) -> Result<(), DbErr> {
    for (sql, value) in [
        ("UPDATE users SET locale = $1 WHERE id = $2", locale),
        ("UPDATE users SET time_zone = $1 WHERE id = $2", time_zone),
    ] {
        if let Some(value) = value {
            tx.execute(sql, [value.into(), id.into()]).await?;
        }
    }
    Ok(())
}

/// Gives a person, as they were read, a verified email address, or verifies the one that they have.
/// `false`: their address has changed in the meantime. Fails with a violation of uniqueness if
/// another account has the new one.
pub async fn prove_address(tx: &Tx, user: &Model, email: &str, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET email = $1, email_wanted = NULL, email_verified_at = $2 \
        WHERE id = $3 AND coalesce(email, '') = $4";
    let values = [
        email.into(),
        now.into(),
        user.id.into(),
        user.email.clone().unwrap_or_default().into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Verifies the email address that a person has, if it is this one. `false`: it is not, or was verified
/// before.
pub async fn verify_address(tx: &Tx, id: Uuid, email: &str, now: Time) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET email_verified_at = $1 \
        WHERE id = $2 AND email = $3 AND email_verified_at IS NULL";
    let values = [now.into(), id.into(), email.into()];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Gives a person an earlier email address back, which they have just proved, and removes their
/// password. An account that has taken the address without proving it loses it. Fails with a
/// violation of uniqueness if one has proved it.
pub async fn restore_address(tx: &Tx, id: Uuid, email: &str, now: Time) -> Result<(), DbErr> {
    let free = "UPDATE users SET email = NULL, email_wanted = email \
        WHERE email = $1 AND id <> $2 AND email_verified_at IS NULL";
    tx.execute(free, [email.into(), id.into()]).await?;
    let sql = "UPDATE users SET email = $1, email_wanted = NULL, email_verified_at = $2, \
        password_hash = NULL WHERE id = $3";
    let values = [email.into(), now.into(), id.into()];
    tx.execute(sql, values).await.map(drop)
}

/// Removes a person's password.
pub async fn drop_password(tx: &Tx, id: Uuid) -> Result<(), DbErr> {
    let sql = "UPDATE users SET password_hash = NULL WHERE id = $1";
    tx.execute(sql, [id.into()]).await.map(drop)
}

/// Replaces the password's hash of a person as they were read. `false`: their password or their
/// address has changed in the meantime.
pub async fn replace_password(tx: &Tx, user: &Model, new: String) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET password_hash = $1 WHERE id = $2 \
        AND coalesce(password_hash, '') = $3 AND coalesce(email, '') = $4";
    let values = [
        new.into(),
        user.id.into(),
        user.password_hash.clone().unwrap_or_default().into(),
        user.email.clone().unwrap_or_default().into(),
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Replaces the password's hash. `false`: the old one has changed in the meantime.
pub async fn set_password(
    tx: &Tx,
    id: Uuid,
    old: Option<String>,
    new: String,
) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET password_hash = $1 WHERE id = $2 \
        AND coalesce(password_hash, '') = $3";
    let values = [new.into(), id.into(), old.unwrap_or_default().into()];
    Ok(tx.execute(sql, values).await? == 1)
}
