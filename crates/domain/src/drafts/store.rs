//! Writing a change: the draft and its log, in one transaction that succeeds only if nobody was faster.

use bytes::Bytes;
use types::PipelineId;

use super::{
    Author, Change, DraftError, LOG_BYTES, LOG_CHANGES, MAX_CHANGE, Reason, Unsaved, change,
    entity, pins, repo, rights, texts::Step,
};
use crate::{
    Ctx, Tx,
    error::{AppError, Result},
    live::{Message, Topic},
};

/// The largest change that is sent whole in a live message, in bytes. Slow readers keep a few dozen messages.
const MAX_MESSAGE: usize = 64 * 1024;

/// Checks that the log has all changes after a revision.
pub fn reachable(asked: i32, oldest: i32, current: i32) -> Result<(), DraftError> {
    if asked > current {
        return Err(DraftError::Ahead { asked, current });
    }
    match asked < oldest {
        true => Err(DraftError::TooOld { asked, oldest }),
        false => Ok(()),
    }
}

/// A change that is ready to be written.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The draft after the change.
    pub row: entity::Model,
    /// The change.
    pub change: change::Model,
    /// The revision that the draft must still have.
    pub from: i32,
    /// The changes up to this revision leave the log.
    pub dropped: Option<i32>,
}

/// Prepares a change of a draft. `row` is the draft as it was read; the change has a reason, an id and, if
/// its author chose the id, a hash of what the author asked for.
pub async fn prepare(
    ctx: &Ctx,
    row: &entity::Model,
    step: &Step,
    (reason, change_id, hash): (Reason, &str, Option<&str>),
) -> Result<Prepared> {
    let author = Author::of(ctx)?;
    let edits = serde_json::to_string(&step.edits).map_err(AppError::internal)?;
    let inverse = serde_json::to_string(&step.inverse).map_err(AppError::internal)?;
    let now = ctx.clock().now();
    let bytes = i64::try_from(edits.len() + inverse.len()).unwrap_or(i64::MAX);
    if bytes > MAX_CHANGE {
        return Err(DraftError::TooLarge(bytes).into());
    }
    let change = change::Model {
        id: ctx.clock().new_uuid(),
        org_id: row.org_id,
        pipeline_id: row.pipeline_id,
        revision: row.revision + 1,
        reason: reason.as_str().to_owned(),
        edits,
        inverse,
        bytes,
        author_kind: author.kind.clone(),
        author_id: author.id,
        author_name: author.name.clone(),
        change_id: change_id.to_owned(),
        created_at: now,
        content_hash: hash.map(str::to_owned),
    };
    let mut next = entity::Model {
        revision: change.revision,
        log_bytes: row.log_bytes.saturating_add(bytes),
        source: step.source.clone(),
        unsaved: with(super::unsaved(&row.unsaved)?, &author)?,
        updated_at: now,
        updated_by_kind: author.kind,
        updated_by_name: author.name,
        ..row.clone()
    };
    let mut dropped = None;
    if next.revision - next.log_start > LOG_CHANGES || next.log_bytes > LOG_BYTES {
        let pipeline = PipelineId(row.pipeline_id);
        for entry in repo::entries(ctx, pipeline, None).await? {
            if next.revision - next.log_start <= LOG_CHANGES / 2 && next.log_bytes <= LOG_BYTES / 2
            {
                break;
            }
            next.log_start = entry.revision;
            next.log_bytes -= entry.bytes;
            dropped = Some(entry.revision);
        }
    }
    Ok(Prepared {
        row: next,
        change,
        from: row.revision,
        dropped,
    })
}

/// Counts a change by an author that is in no version yet.
fn with(mut unsaved: Vec<Unsaved>, author: &Author) -> Result<String> {
    match unsaved.iter_mut().find(|one| one.author.id == author.id) {
        Some(known) => {
            known.changes = known.changes.saturating_add(1);
            known.author.name.clone_from(&author.name);
        }
        None => unsaved.push(Unsaved {
            author: author.clone(),
            changes: 1,
        }),
    }
    serde_json::to_string(&unsaved).map_err(AppError::internal)
}

/// Writes a change in a transaction, and tells it to others once that is committed. `None`: the draft has
/// another revision by now, and nothing was written.
pub async fn write_in(tx: &Tx, ctx: &Ctx, prepared: Prepared) -> Result<Option<Change>> {
    if !repo::advance(tx, &prepared.row, prepared.from).await? {
        return Ok(None);
    }
    repo::insert_change(tx, &prepared.change).await?;
    let pipeline = PipelineId(prepared.row.pipeline_id);
    if let Some(up_to) = prepared.dropped {
        repo::drop_changes(tx, ctx, pipeline, up_to).await?;
    }
    let change = Change::try_from(prepared.change)?;
    pins::follow(tx, ctx, pipeline, &change.edits).await?;
    if ctx.app.live().has_subscribers(Topic::Draft(pipeline)) {
        let mut body = serde_json::to_vec(&change).map_err(AppError::internal)?;
        if body.len() > MAX_MESSAGE {
            // Readers then read it from the log.
            body.clear();
        }
        let (live, revision) = (ctx.app.live().clone(), change.revision);
        tx.after_commit(move || {
            live.publish(Message::DraftChanged {
                pipeline,
                revision,
                body: Bytes::from(body),
            });
        });
    }
    Ok(Some(change))
}

/// Like [`write_in`], in a transaction of its own.
pub async fn write(ctx: &Ctx, prepared: Prepared) -> Result<Option<Change>> {
    let tx = rights::begin(ctx, PipelineId(prepared.row.pipeline_id)).await?;
    let Some(change) = write_in(&tx, ctx, prepared).await? else {
        tx.rollback().await?;
        return Ok(None);
    };
    tx.commit().await?;
    Ok(Some(change))
}
