//! Saving a draft as the next version of its pipeline, and following versions that others push.
//!
//! Others may push versions while there is a draft. Saving takes them in: what they changed and the draft
//! did not is kept. Where both changed the same, saving says so and does nothing.

use std::sync::Arc;

use engine::edit::Conflict;
use serde_json::json;
use types::{PipelineId, PipelineVersionId};
use uuid::Uuid;

use super::{
    Draft, DraftError, Reason, Unsaved,
    edit::{ATTEMPTS, opened, planned},
    entity, repo, rights, store,
    texts::{Plan, Task},
    turns::Turns,
};
use crate::{
    Ctx, Tx,
    audit::{self, Entry},
    error::Result,
    live::Message,
    pipelines::{self, MAX_SOURCE, NextVersion, PipelineError, Version},
};

/// How a draft is saved.
#[derive(Clone, Copy, Debug, Default)]
pub struct Save<'a> {
    /// The revision that the caller has seen.
    pub revision: i32,
    /// What is new in the version.
    pub note: Option<&'a str>,
    /// Whether to save the changes of others, too.
    pub include_others: bool,
    /// The number of the latest version, if what it changed is to be replaced by the draft.
    pub over_version: Option<i32>,
}

/// What became of saving.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The draft now.
    pub draft: Draft,
    /// The version, and whether it is new. `None` if nothing was saved.
    pub version: Option<(Version, bool)>,
    /// Whose changes would be saved besides the caller's. Nothing was saved then.
    pub others: Vec<Unsaved>,
    /// Where the draft conflicts with versions that were pushed meanwhile. Nothing was saved then.
    pub conflicts: Vec<Conflict>,
}

/// Saves the draft as the next version of its pipeline, with the rules of [`pipelines::push`].
pub async fn save(ctx: &Ctx, pipeline: PipelineId, how: Save<'_>) -> Result<Saved> {
    rights::may_change(ctx, pipeline).await?;
    let author = ctx.actor.id.ok_or(DraftError::NoAuthor)?;
    let _turn = ctx.app.state::<Turns>().take(ctx.org, pipeline).await?;
    for _ in 0..ATTEMPTS {
        let (row, latest) = opened(ctx, pipeline).await?;
        unmoved(&row, how.revision)?;
        let others = of_others(&row, author)?;
        if !others.is_empty() && !how.include_others {
            return unsaved(row, latest.number, others, Vec::new());
        }
        let step = match behind(&row, latest) && how.over_version != Some(latest.number) {
            false => None,
            true => match merge(ctx, &row, latest).await? {
                Plan::Step(step) => Some(step),
                Plan::Nothing => None,
                Plan::Conflicts(conflicts) => {
                    return unsaved(row, latest.number, Vec::new(), conflicts);
                }
            },
        };
        let source = step.as_ref().map_or(&row.source, |step| &step.source);
        let next = NextVersion::checked(ctx, source, how.note).await?;
        let prepared = match &step {
            Some(step) => {
                let id = ctx.clock().new_uuid().to_string();
                Some(store::prepare(ctx, &row, step, (Reason::Update, &id, None)).await?)
            }
            None => None,
        };
        let tx = rights::begin(ctx, pipeline).await?;
        let locked = pipelines::lock(&tx, ctx, pipeline).await?;
        let locked = locked.ok_or(PipelineError::NotFound)?;
        if locked.latest_version_id != latest.id.0 {
            tx.rollback().await?;
            continue;
        }
        let (tx, version, created) = pipelines::push_in(tx, ctx, pipeline, &next).await?;
        let base = Latest {
            id: version.id,
            number: version.number,
        };
        let Some((tx, row)) = moved(ctx, tx, (&row, prepared), base).await? else {
            continue;
        };
        let names: Vec<&str> = others.iter().map(|one| one.author.name.as_str()).collect();
        let detail = json!({
            "number": version.number, "revision": how.revision, "others": names,
        });
        let entry = Entry::new("draft.save", "pipeline", pipeline).detail(detail);
        audit::write(&tx, ctx, entry).await?;
        tx.commit().await?;
        return Ok(Saved {
            draft: Draft::read(row, version.number)?,
            version: Some((version, created)),
            others: Vec::new(),
            conflicts: Vec::new(),
        });
    }
    Err(DraftError::Busy.into())
}

fn unsaved(
    row: entity::Model,
    latest_number: i32,
    others: Vec<Unsaved>,
    conflicts: Vec<Conflict>,
) -> Result<Saved> {
    Ok(Saved {
        draft: Draft::read(row, latest_number)?,
        version: None,
        others,
        conflicts,
    })
}

/// Gives the draft the file of the latest version. Its changes that are in no version are gone from it, but
/// stay in its log: `undo` brings them back, unless a version was pushed meanwhile. Returns the draft, and
/// whose changes besides the caller's would be discarded; with `others`, they are.
pub async fn discard(
    ctx: &Ctx,
    pipeline: PipelineId,
    revision: i32,
    others: bool,
) -> Result<(Draft, Vec<Unsaved>)> {
    rights::may_change(ctx, pipeline).await?;
    let author = ctx.actor.id.ok_or(DraftError::NoAuthor)?;
    let _turn = ctx.app.state::<Turns>().take(ctx.org, pipeline).await?;
    for _ in 0..ATTEMPTS {
        let (row, latest) = opened(ctx, pipeline).await?;
        unmoved(&row, revision)?;
        let theirs = of_others(&row, author)?;
        if !theirs.is_empty() && !others {
            return Ok((Draft::read(row, latest.number)?, theirs));
        }
        // With another base, undoing it would take back what was pushed, too. It is then no change of the
        // caller's.
        let reason = match behind(&row, latest) {
            true => Reason::Update,
            false => Reason::Discard,
        };
        let Some((tx, row)) = at_latest(ctx, &row, latest, reason).await? else {
            continue;
        };
        let detail = json!({ "revision": row.revision, "number": row.base_number });
        let entry = Entry::new("draft.discard", "pipeline", pipeline).detail(detail);
        audit::write(&tx, ctx, entry).await?;
        tx.commit().await?;
        return Ok((Draft::read(row, latest.number)?, Vec::new()));
    }
    Err(DraftError::Busy.into())
}

/// Gives a draft without changes the file of the latest version.
pub(super) async fn follow(ctx: &Ctx, pipeline: PipelineId) -> Result<Draft> {
    let _turn = ctx.app.state::<Turns>().take(ctx.org, pipeline).await?;
    for _ in 0..ATTEMPTS {
        let (row, latest) = opened(ctx, pipeline).await?;
        if !behind(&row, latest) || !super::unsaved(&row.unsaved)?.is_empty() {
            return Draft::read(row, latest.number);
        }
        if let Some((tx, row)) = at_latest(ctx, &row, latest, Reason::Update).await? {
            let detail = json!({ "revision": row.revision, "number": row.base_number });
            let entry = Entry::new("draft.follow", "pipeline", pipeline).detail(detail);
            audit::write(&tx, ctx, entry).await?;
            tx.commit().await?;
            return Draft::read(row, latest.number);
        }
    }
    Err(DraftError::Busy.into())
}

/// The latest version of a pipeline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Latest {
    pub id: PipelineVersionId,
    pub number: i32,
}

/// Whether a version was pushed that the draft does not have.
pub(super) fn behind(row: &entity::Model, latest: Latest) -> bool {
    row.base_version_id != latest.id.0
}

/// Refuses a caller who has seen another revision.
pub(super) fn unmoved(row: &entity::Model, asked: i32) -> Result<(), DraftError> {
    match row.revision == asked {
        true => Ok(()),
        false => Err(DraftError::Moved {
            asked,
            current: row.revision,
        }),
    }
}

/// Whose changes besides an author's are in no version yet.
fn of_others(row: &entity::Model, author: Uuid) -> Result<Vec<Unsaved>> {
    let mut all = super::unsaved(&row.unsaved)?;
    all.retain(|one| one.author.id != author);
    Ok(all)
}

/// The file of a version.
pub(super) async fn source_of(ctx: &Ctx, version: PipelineVersionId) -> Result<Arc<str>> {
    let found = pipelines::versions_by_id(ctx, &[version], MAX_SOURCE).await?;
    let found = found.and_then(|mut found| found.pop());
    Ok(found.ok_or(PipelineError::VersionNotFound)?.source)
}

/// Plans to take in what was pushed since the draft started.
async fn merge(ctx: &Ctx, row: &entity::Model, latest: Latest) -> Result<Plan> {
    let base = source_of(ctx, PipelineVersionId(row.base_version_id)).await?;
    let theirs = source_of(ctx, latest.id).await?;
    let task = Task::Merge {
        base: base.to_string(),
        theirs: theirs.to_string(),
    };
    planned(ctx, row, row.revision, task).await
}

/// Gives the draft the file of the latest version, in a transaction that is not committed yet. `None`:
/// somebody else changed the draft first.
async fn at_latest(
    ctx: &Ctx,
    row: &entity::Model,
    latest: Latest,
    reason: Reason,
) -> Result<Option<(Tx, entity::Model)>> {
    let source = source_of(ctx, latest.id).await?;
    let task = Task::Replace(source.to_string());
    let prepared = match planned(ctx, row, row.revision, task).await? {
        Plan::Step(step) => {
            let id = ctx.clock().new_uuid().to_string();
            Some(store::prepare(ctx, row, &step, (reason, &id, None)).await?)
        }
        Plan::Nothing | Plan::Conflicts(_) => None,
    };
    let tx = rights::begin(ctx, PipelineId(row.pipeline_id)).await?;
    moved(ctx, tx, (row, prepared), latest).await
}

/// Writes a draft whose text is that of a version, which becomes its base, with the change that led there
/// if there was one. `None`: somebody else changed the draft first, and the transaction is rolled back.
async fn moved(
    ctx: &Ctx,
    tx: Tx,
    (row, prepared): (&entity::Model, Option<store::Prepared>),
    base: Latest,
) -> Result<Option<(Tx, entity::Model)>> {
    let on = |row: entity::Model| entity::Model {
        base_version_id: base.id.0,
        base_number: base.number,
        unsaved: "[]".to_owned(),
        updated_at: ctx.clock().now(),
        updated_by_kind: ctx.actor.kind.as_str().to_owned(),
        updated_by_name: ctx.actor.name.to_string(),
        ..row
    };
    let (next, written) = match prepared {
        Some(prepared) => {
            let prepared = store::Prepared {
                row: on(prepared.row),
                ..prepared
            };
            let next = prepared.row.clone();
            (next, store::write_in(&tx, ctx, prepared).await?.is_some())
        }
        None => {
            let next = on(row.clone());
            let written = repo::advance(&tx, &next, row.revision).await?;
            (next, written)
        }
    };
    if !written {
        tx.rollback().await?;
        return Ok(None);
    }
    let (live, pipeline) = (ctx.app.live().clone(), PipelineId(row.pipeline_id));
    tx.after_commit(move || live.publish(Message::DraftSaved(pipeline)));
    Ok(Some((tx, next)))
}
