//! Uploads: files that are sent ahead of the run whose input they are, because an API request is
//! limited to 2 MB.
//!
//! The bytes are stored unchanged, in parts, for some hours after each use and for a day at most.
//! They are read when a run is started with them (`runs::start`), any number of times until they
//! expire. The HTTP endpoint is in the API.

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

/// The maximum size of one upload, in bytes.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// The maximum total size of an organization's uploads, in bytes.
pub const MAX_ORG_BYTES: u64 = 1024 * 1024 * 1024;

/// The maximum number of an organization's uploads.
pub const MAX_UPLOADS: i64 = 1_000;

/// The maximum number of files that an organization may be sending at once.
pub const MAX_RECEIVING: i64 = 16;

/// The maximum time that an upload is kept.
pub const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// How long an upload is kept after its last use.
pub const UNUSED: Duration = Duration::from_secs(6 * 60 * 60);

/// The time limit for receiving a file.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// How long the row of an expired upload is kept, so that requests for it get `UPLOAD_EXPIRED`.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The expiry time is updated only if a use extends it by more than this, which limits writes.
const USED_AGAIN: TimeDelta = TimeDelta::minutes(5);

fn span(time: Duration) -> TimeDelta {
    TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX)
}

/// When an upload expires that was sent at `sent` and last used at `used`.
fn kept_until(sent: DateTime<Utc>, used: DateTime<Utc>) -> DateTime<Utc> {
    (used + span(UNUSED)).min(sent + span(RETENTION))
}

/// Converts a size in bytes, which never comes close to `i64::MAX`.
fn stored_size(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// The status of an upload.
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

/// A completely received file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The upload's ID.
    pub id: UploadId,
    /// The file's name, without folders.
    pub name: String,
    /// The media type that the sender declared.
    pub media_type: String,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 of the bytes, in hex.
    pub sha256: String,
    /// Until when runs can be started with it. Each use may extend this.
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

/// The size of an upload in bytes.
pub async fn size(ctx: &Ctx, id: UploadId) -> Result<usize> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
    let row = repo::find(ctx, id).await?.ok_or(UploadError::NotFound)?;
    Ok(usize::try_from(row.size).unwrap_or(usize::MAX))
}

/// Deletes an upload. Runs that were started with it keep their input.
pub async fn delete(ctx: &Ctx, id: UploadId) -> Result<()> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
    let row = repo::find(ctx, id).await?.ok_or(UploadError::NotFound)?;
    if row.status == Status::Receiving.as_str() {
        return Err(UploadError::NotWhole.into());
    }
    if row.status == Status::Expired.as_str() {
        return Err(UploadError::Expired(row.expires_at).into());
    }
    let tx = ctx.begin().await?;
    if !repo::remove(&tx, ctx, row.id, Status::Ready).await? {
        // It was deleted or has expired since it was read.
        return Err(UploadError::NotFound.into());
    }
    let entry = Entry::new("upload.delete", "upload", id)
        .detail(json!({ "name": row.name, "bytes": row.size }));
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Returns an upload with its bytes. This counts as a use, which keeps it for [`UNUSED`] from now.
pub async fn content(ctx: &Ctx, id: UploadId) -> Result<(Upload, Vec<u8>)> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
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
        // The upload may have expired while it was read.
        return match repo::find(ctx, id).await? {
            Some(row) if row.status == Status::Expired.as_str() => {
                Err(UploadError::Expired(row.expires_at).into())
            }
            _ => Err(AppError::internal(format!("the upload {id} is damaged"))),
        };
    }
    Ok((upload, bytes))
}
