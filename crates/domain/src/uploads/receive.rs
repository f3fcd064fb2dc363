//! Receives files part by part, so that only one part is in memory, whatever the file's size.

use serde_json::json;
use sha2::{Digest, Sha256};
use types::UploadId;

use super::{
    MAX_BYTES, PATIENCE, Status, Upload, UploadError, entity, kept_until, repo, span, stored_size,
};
use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    error::{AppError, Result},
    text,
};

/// The size of a part in bytes.
const PART: usize = 512 * 1024;

/// An upload in progress. If it is dropped, the received bytes are removed; if the process dies,
/// the purge removes them.
pub struct Receiving {
    ctx: Ctx,
    is_over: bool,
    pub(super) row: entity::Model,
    part: Vec<u8>,
    parts: i32,
    size: u64,
    hash: Sha256,
}

impl std::fmt::Debug for Receiving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiving")
            .field("id", &self.row.id)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// Starts receiving a file. `declared` is the size in bytes that the sender announced, if any.
pub async fn begin(
    ctx: &Ctx,
    name: &str,
    media_type: &str,
    declared: Option<u64>,
) -> Result<Receiving> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
    let name = text::line("name", last_part(name), 255)?;
    let media_type = text::line("Content-Type", media_type, 255)?;
    if declared.is_some_and(|declared| declared > MAX_BYTES) {
        return Err(UploadError::TooLarge.into());
    }
    if declared == Some(0) {
        return Err(UploadError::Empty.into());
    }
    let now = ctx.clock().now();
    let expected = declared.unwrap_or(MAX_BYTES);
    let row = entity::Model {
        id: UploadId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        status: Status::Receiving.as_str().to_owned(),
        name,
        media_type,
        size: stored_size(expected),
        sha256: None,
        created_by: ctx.actor.name.to_string(),
        sender_id: ctx.actor.id,
        created_at: now,
        expires_at: now + span(PATIENCE),
    };
    let tx = ctx.begin().await?;
    repo::held(&tx, &row).await?.room_for(row.size)?;
    repo::insert(&tx, &row).await?;
    tx.commit().await?;
    Ok(Receiving {
        ctx: ctx.clone(),
        is_over: false,
        row,
        part: Vec::new(),
        parts: 0,
        size: 0,
        hash: Sha256::new(),
    })
}

/// The file name without folders, which some browsers and programs send along.
fn last_part(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

impl Receiving {
    /// Receives the next bytes.
    pub async fn push(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size > MAX_BYTES {
            return Err(UploadError::TooLarge.into());
        }
        self.hash.update(bytes);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.part.len()));
            self.part.extend_from_slice(now);
            bytes = later;
            if self.part.len() == PART {
                self.flush().await?;
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<()> {
        let body = std::mem::take(&mut self.part);
        let tx = self.ctx.begin().await?;
        if !repo::insert_part(&tx, &self.ctx, self.row.id, self.parts, body).await? {
            // It took too long, and the purge removed the upload.
            return Err(UploadError::NotWhole.into());
        }
        tx.commit().await?;
        self.parts += 1;
        Ok(())
    }

    /// Completes the upload after the last byte. From now on it can be used.
    pub async fn finish(mut self) -> Result<Upload> {
        if self.size == 0 {
            self.abandon().await;
            return Err(UploadError::Empty.into());
        }
        if !self.part.is_empty() {
            self.flush().await?;
        }
        let ctx = &self.ctx;
        let mut row = self.row.clone();
        Status::Ready.as_str().clone_into(&mut row.status);
        row.size = i64::try_from(self.size).map_err(AppError::internal)?;
        row.sha256 = Some(types::hex(&self.hash.clone().finalize()));
        row.expires_at = kept_until(row.created_at, ctx.clock().now());
        let tx = ctx.begin().await?;
        if !repo::finish(&tx, ctx, &row).await? {
            // It took too long, and the purge removed the upload.
            return Err(UploadError::NotWhole.into());
        }
        let entry = Entry::new("upload.create", "upload", UploadId(row.id)).detail(json!({
            "name": row.name, "mediaType": row.media_type, "bytes": row.size, "sha256": row.sha256,
        }));
        audit::write(&tx, ctx, entry).await?;
        tx.commit().await?;
        self.is_over = true;
        Ok(row.into())
    }

    /// Aborts the upload and removes the received bytes.
    pub async fn abandon(mut self) {
        self.is_over = true;
        remove(self.ctx.clone(), self.row.id).await;
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        // The sender disconnected, so the request's future was dropped.
        if !self.is_over
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(remove(self.ctx.clone(), self.row.id));
        }
    }
}

async fn remove(ctx: Ctx, upload: uuid::Uuid) {
    let done = async {
        let tx = ctx.begin().await?;
        repo::remove(&tx, &ctx, upload, Status::Receiving).await?;
        tx.commit().await
    };
    if let Err(error) = done.await {
        tracing::warn!(%error, "an aborted upload could not be removed; the purge will remove it");
    }
}
