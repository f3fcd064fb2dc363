//! Uploads: files that are sent ahead of the run that they are the input of, since a request of the
//! API holds 2 MB at most.
//!
//! The bytes are kept as they came, in parts, for some hours after each use and for a day at most;
//! they are read when a run is started with them (`runs::start`), any number of times until then.
//! Receiving them is the API's.

pub mod entity;
mod error;
mod purge;
mod receive;
mod repo;
mod room;
#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use types::UploadId;

pub use error::UploadError;
pub use purge::purge;
pub use receive::{Receiving, begin};

use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    blocking::blocking,
    error::{AppError, Result},
};

/// Bytes of one upload.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Bytes that the uploads of an organization may have together.
pub const MAX_ORG_BYTES: u64 = 1024 * 1024 * 1024;

/// Uploads that an organization may have at one time.
pub const MAX_UPLOADS: i64 = 1_000;

/// Uploads that an organization may be sending at one time.
pub const MAX_RECEIVING: i64 = 16;

/// How long an upload can be used at most.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long an upload is kept that nobody uses.
pub const UNUSED: Duration = Duration::from_secs(6 * 60 * 60);

/// After which time one that is not whole is given up.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// How long it is known of an expired upload that there was one.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Uses that follow each other faster than this are written down once.
const USED_AGAIN: TimeDelta = TimeDelta::minutes(5);

fn span(time: Duration) -> TimeDelta {
    TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX)
}

/// Until when an upload is kept that was sent at one time and is used at another.
fn kept_until(sent: DateTime<Utc>, used: DateTime<Utc>) -> DateTime<Utc> {
    (used + span(UNUSED)).min(sent + span(KEPT))
}

/// Sizes of uploads never come near the end of the type.
fn stored_size(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Receiving,
    Ready,
    Expired,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Ready => "ready",
            Self::Expired => "expired",
        }
    }
}

/// A file that was sent as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// The file's name, without folders.
    pub name: String,
    /// As its sender declared it.
    pub media_type: String,
    /// In bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Until when runs can be started with it, unless it is used before then.
    pub expires_at: DateTime<Utc>,
}

impl From<entity::Model> for Upload {
    fn from(row: entity::Model) -> Self {
        Self {
            id: UploadId(row.id),
            name: row.name,
            media_type: row.media_type,
            size: u64::try_from(row.size).unwrap_or(0),
            sha256: row.sha256.unwrap_or_default(),
            expires_at: row.expires_at,
        }
    }
}

/// How long an upload is, in bytes.
pub async fn size(ctx: &Ctx, id: UploadId) -> Result<usize> {
    ctx.authorize(Permission::RunStart).await?;
    let row = repo::find(ctx, id).await?.ok_or(UploadError::NotFound)?;
    Ok(usize::try_from(row.size).unwrap_or(usize::MAX))
}

/// Deletes an upload. Runs that were started with it keep their input.
pub async fn delete(ctx: &Ctx, id: UploadId) -> Result<()> {
    ctx.authorize(Permission::RunStart).await?;
    let row = repo::find(ctx, id).await?.ok_or(UploadError::NotFound)?;
    if row.status == Status::Receiving.as_str() {
        return Err(UploadError::NotWhole.into());
    }
    if row.status == Status::Expired.as_str() {
        return Err(UploadError::Expired(row.expires_at).into());
    }
    let tx = ctx.begin().await?;
    if !repo::remove(&tx, ctx, row.id, Status::Ready).await? {
        // It was deleted, or it expired, since it was looked at.
        return Err(UploadError::NotFound.into());
    }
    let entry = Entry::new("upload.delete", "upload", id)
        .detail(json!({ "name": row.name, "bytes": row.size }));
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// An upload that can be used, with its bytes. Using it keeps it for [`UNUSED`] more.
pub async fn content(ctx: &Ctx, id: UploadId) -> Result<(Upload, Vec<u8>)> {
    ctx.authorize(Permission::RunStart).await?;
    let row = repo::find(ctx, id).await?.ok_or(UploadError::NotFound)?;
    if row.status == Status::Receiving.as_str() {
        return Err(UploadError::NotWhole.into());
    }
    if row.status == Status::Expired.as_str() || row.expires_at <= ctx.clock().now() {
        return Err(UploadError::Expired(row.expires_at).into());
    }
    let until = kept_until(row.created_at, ctx.clock().now());
    if until - row.expires_at > USED_AGAIN {
        let tx = ctx.begin().await?;
        repo::keep(&tx, ctx, id, until).await?;
        tx.commit().await?;
    }
    let upload = Upload::from(row);
    let mut bytes = Vec::with_capacity(usize::try_from(upload.size).unwrap_or(0));
    let mut number = 0;
    loop {
        let parts = repo::parts(ctx, id, number).await?;
        let Some(last) = parts.last() else { break };
        number = last.number + 1;
        for part in parts {
            bytes.extend_from_slice(&part.body);
        }
    }
    let (bytes, sha256) = blocking(move || {
        let sha256 = engine::run::sha256_hex(&bytes);
        Ok((bytes, sha256))
    })
    .await?;
    if sha256 != upload.sha256 {
        // It may have expired while it was read.
        return match repo::find(ctx, id).await? {
            Some(row) if row.status == Status::Expired.as_str() => {
                Err(UploadError::Expired(row.expires_at).into())
            }
            _ => Err(AppError::internal(format!("the upload {id} is damaged"))),
        };
    }
    Ok((upload, bytes))
}
