//! Starting and cancelling runs. Retrying them is in `retry`.

use std::sync::Arc;

use components::input_file::{Reading, Remark};
use engine::{
    Value,
    run::{
        EventBody, Reused, ReusedEvents, RowValue, Selection, Unchanged, decode, unchanged_since,
    },
};
use serde_json::json;
use types::{PipelineId, PipelineVersionId, RunId, RunOperationId};

use super::{
    Run, RunError, RunStatus, ShortError, draft, entity,
    input::{self, StartInput},
    repo, seen,
    signals::{CancelBody, send_cancel},
};
use crate::{
    Ctx, Tx,
    access::{Environment, Permission},
    audit::{self, Entry},
    blocking::blocking,
    error::Result,
    live::{Message, RunChanged},
    pipelines::{self, Compiled, PipelineError},
    publications::{self, Target},
    queue, text,
};

/// The parameters of a start.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The environment in which it runs.
    pub environment: Environment,
    /// The number of the version; absent: the latest in development, otherwise the published one, which
    /// is the only one that runs there.
    pub version: Option<i32>,
    /// The input.
    pub input: StartInput,
    /// The run whose results it takes over where nothing changed.
    pub reuse: Option<Reuse>,
    /// Idempotency key: requests with the same key start one run.
    pub idempotency_key: Option<String>,
}

/// An earlier run whose results a new one takes over. Its version may be another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reuse {
    /// The earlier run: of the same pipeline, in the same environment, and finished.
    pub run: RunId,
    /// Whether stages that read or change something outside may be reused too.
    pub outside: bool,
}

/// A run that was started.
#[derive(Clone, Debug)]
pub struct Started {
    /// The run.
    pub run: Run,
    /// Notes about what was guessed or left out when the input file was read.
    pub remarks: Vec<Remark>,
}

/// Starts a run of a pipeline.
pub async fn start(ctx: &Ctx, pipeline: PipelineId, what: Start) -> Result<Run> {
    Ok(start_with_remarks(ctx, pipeline, what).await?.run)
}

/// Like [`start`], with the remarks about reading the input file.
pub async fn start_with_remarks(ctx: &Ctx, pipeline: PipelineId, start: Start) -> Result<Started> {
    let environment = start.environment;
    ctx.authorize_in(Permission::RunStart, pipeline, environment)
        .await?;
    let key = text::idempotency_key(start.idempotency_key.as_deref())?;
    let earlier = match start.reuse {
        Some(reuse) => Some((earlier(ctx, reuse.run, pipeline, environment).await?, reuse)),
        None => None,
    };
    let target = match environment.is_published_to() {
        true => publications::target(ctx, pipeline, environment, start.version).await?,
        false => any_version(ctx, pipeline, start.version).await?,
    };
    let version = target.version;
    let compiled = pipelines::compiled_by_id(ctx, version).await?;
    // The permit is held until the run is written, as long as a value of many megabytes is in
    // memory.
    let input = input::read(ctx, start.input).await?;
    let (Reading { value, remarks }, _permit) = (input.reading, input.permit);
    let input = ready(ctx, &compiled, value).await?;
    let taken = match &earlier {
        Some((old, reuse)) => beginning(ctx, old, *reuse, &input)?,
        None => ReusedEvents::default(),
    };
    let new = New {
        pipeline,
        pipeline_name: target.pipeline_name,
        environment,
        version,
        draft: None,
        input,
        stages: compiled.pipeline.stages.len(),
        retried_from: None,
        reuses: earlier.map(|(_, reuse)| reuse),
        key,
        taken,
        only: None,
    };
    let run = new.write(ctx).await?;
    Ok(Started { run, remarks })
}

/// Checks whether a run with this input could be started now, without starting it. The caller has
/// authorized.
pub(crate) async fn could_start(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
    input: Value,
) -> Result<()> {
    let target = match environment.is_published_to() {
        true => publications::target(ctx, pipeline, environment, None).await?,
        false => any_version(ctx, pipeline, None).await?,
    };
    let compiled = pipelines::compiled_by_id(ctx, target.version).await?;
    ready(ctx, &compiled, input).await.map(drop)
}

/// Checks whether runs could be started now, whatever their input is. The caller has authorized.
pub(crate) async fn can_run(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
) -> Result<()> {
    let compiled = would_run(ctx, pipeline, environment).await?;
    runnable(ctx, &compiled)
}

/// The version that a run would execute if it were started now. The caller has authorized.
pub(crate) async fn would_run(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
) -> Result<Arc<Compiled>> {
    let target = match environment.is_published_to() {
        true => publications::target(ctx, pipeline, environment, None).await?,
        false => any_version(ctx, pipeline, None).await?,
    };
    pipelines::compiled_by_id(ctx, target.version).await
}

/// The run whose results are taken over, for a caller who may read it.
pub(super) async fn earlier(
    ctx: &Ctx,
    id: RunId,
    pipeline: PipelineId,
    environment: Environment,
) -> Result<Run> {
    let old = super::get(ctx, id).await?;
    if old.pipeline != pipeline {
        return Err(RunError::OtherPipeline.into());
    }
    if old.environment != environment {
        return Err(RunError::OtherEnvironment(old.environment).into());
    }
    if !old.status.is_finished() {
        return Err(RunError::NotFinished(old.status).into());
    }
    Ok(old)
}

/// The first event of a run that takes over results of another one. The worker reads there from
/// which.
fn beginning(ctx: &Ctx, old: &Run, reuse: Reuse, input: &RowValue) -> Result<ReusedEvents> {
    let how = Unchanged {
        version: old.version.to_string(),
        outside: reuse.outside,
    };
    let input = draft::journalled(input)?;
    let at = ctx.clock().now();
    Ok(unchanged_since(&old.id.to_string(), how, input, at))
}

/// The latest version, or the one with this number.
async fn any_version(ctx: &Ctx, pipeline: PipelineId, number: Option<i32>) -> Result<Target> {
    match (pipelines::target(ctx, pipeline, number).await?, number) {
        (Some(target), _) if target.deleted_at.is_some() => Err(PipelineError::Deleted.into()),
        (Some(target), _) => Ok(Target {
            pipeline_name: target.pipeline_name,
            version: PipelineVersionId(target.version_id),
        }),
        // The pipeline may exist without a version of this number.
        (None, Some(_)) => match pipelines::get(ctx, pipeline).await?.deleted {
            Some(_) => Err(PipelineError::Deleted.into()),
            None => Err(PipelineError::VersionNotFound.into()),
        },
        (None, None) => Err(PipelineError::NotFound.into()),
    }
}

/// Requests the cancellation of a run. It ends at the next safe point, usually immediately. Effects
/// that it already had are not undone.
pub async fn cancel(ctx: &Ctx, id: RunId, reason: Option<&str>) -> Result<Run> {
    ctx.authorize_anywhere(Permission::RunCancel).await?;
    let reason = reason
        .filter(|reason| !reason.trim().is_empty())
        .map(|reason| text::line("reason", reason, 1_000))
        .transpose()?;
    let run = super::find(ctx, id).await?;
    seen::may(ctx, Permission::RunCancel, &run).await?;
    if run.status.is_finished() {
        return Err(RunError::Finished(run.status).into());
    }
    let tx = ctx.begin().await?;
    cancel_in(&tx, ctx, id, reason.as_deref(), None).await?;
    queue::wake_jobs(&ctx.app).ensure(&tx).await?;
    tx.commit().await?;
    ctx.app.live().publish(Message::Signalled(id));
    // The run may have ended in the meantime.
    super::find(ctx, id).await
}

/// Requests the cancellation of a run in the caller's transaction. After the commit, the caller
/// must wake the run's worker.
pub(crate) async fn cancel_in(
    tx: &Tx,
    ctx: &Ctx,
    id: RunId,
    reason: Option<&str>,
    operation: Option<RunOperationId>,
) -> Result<()> {
    let body = CancelBody {
        by: Some(ctx.actor.name.to_string()),
        reason: reason.map(str::to_owned),
    };
    send_cancel(tx, ctx.clock(), (ctx.org, id), &body).await?;
    let mut detail = json!({ "reason": reason });
    if let Some(operation) = operation {
        detail["operation"] = json!(operation);
    }
    let entry = Entry::new("run.cancel", "run", id).detail(detail);
    Ok(audit::write(tx, ctx, entry).await?)
}

/// The size of an input, in bytes, above which it is checked on a thread for blocking work.
const LARGE: usize = 64 * 1024;

/// Checks that this server can run the version with this input. Returns the input with its
/// defaults.
pub(super) async fn ready(ctx: &Ctx, compiled: &Arc<Compiled>, input: Value) -> Result<RowValue> {
    if input.size(LARGE) <= LARGE {
        return check(ctx, compiled, input);
    }
    let (ctx, compiled) = (ctx.clone(), compiled.clone());
    blocking(move || check(&ctx, &compiled, input)).await
}

fn check(ctx: &Ctx, compiled: &Compiled, input: Value) -> Result<RowValue> {
    runnable(ctx, compiled)?;
    let schema = compiled.pipeline.input_schema.as_ref();
    let input = components::input::prepare(schema, input).map_err(RunError::Input)?;
    Ok(RowValue::of(&input))
}

/// Checks that this server can run the version.
fn runnable(ctx: &Ctx, compiled: &Compiled) -> Result<()> {
    compiled.plan()?;
    let env = compiled.structure.env_reads();
    if !env.is_empty() {
        return Err(RunError::Env(env.to_vec()).into());
    }
    ctx.app
        .providers()
        .ready_for(&compiled.pipeline, ctx.app.registry())
        .map_err(RunError::Provider)?;
    Ok(())
}

/// A run to start.
pub(super) struct New {
    pub pipeline: PipelineId,
    pub pipeline_name: String,
    pub environment: Environment,
    /// The version, or the snapshot of a draft.
    pub version: PipelineVersionId,
    /// For a run of a draft: its revision, and which stages are executed.
    pub draft: Option<(i32, Selection)>,
    /// The input, as returned by [`ready`].
    pub input: RowValue,
    pub stages: usize,
    pub retried_from: Option<RunId>,
    /// Whose results it takes over while it runs, if it is not a retry.
    pub reuses: Option<Reuse>,
    pub key: Option<String>,
    /// The beginning of its journal: what it reuses of another run's.
    pub taken: ReusedEvents,
    /// The stage to which the run is limited; `None` for all stages.
    pub only: Option<String>,
}

impl New {
    pub async fn write(self, ctx: &Ctx) -> Result<Run> {
        let id = RunId::new(ctx.clock());
        let row = entity::Model {
            id: id.0,
            org_id: ctx.org.0,
            pipeline_id: self.pipeline.0,
            version_id: self.version.0,
            status: RunStatus::Queued.as_str().to_owned(),
            input: self.input.row().to_owned(),
            output: None,
            error_code: None,
            error_message: None,
            error_stage: None,
            started_by_kind: ctx.actor.kind.as_str().to_owned(),
            started_by_id: ctx.actor.id,
            started_by_name: ctx.actor.name.to_string(),
            retried_from: self.retried_from.map(|id| id.0),
            idempotency_key: self.key,
            created_at: ctx.clock().now(),
            started_at: None,
            finished_at: None,
            stages_total: i32::try_from(self.stages).unwrap_or(i32::MAX),
            stages_done: 0,
            calls: 0,
            prompt_tokens: Some(0),
            completion_tokens: Some(0),
            cost_micros: None,
            last_seq: i64::try_from(self.taken.last_seq).unwrap_or(i64::MAX),
            only_stage: self.only,
            stages_reused: i32::try_from(self.taken.stages.len()).unwrap_or(i32::MAX),
            environment: self.environment.as_str().to_owned(),
            draft_revision: self.draft.as_ref().map(|(revision, _)| *revision),
            lease_owner: None,
            lease_epoch: 0,
            lease_until: None,
            wake_at: None,
        };
        let (action, detail) = match self.retried_from {
            None => {
                let mut detail = json!({ "pipeline": self.pipeline, "version": self.version,
                    "environment": self.environment });
                if let Some(reuse) = self.reuses {
                    detail["reuseFrom"] = json!(reuse.run);
                    detail["reuseOutside"] = json!(reuse.outside);
                }
                if let Some((revision, selection)) = &self.draft {
                    detail["draftRevision"] = json!(revision);
                    detail["selection"] = json!(selection);
                }
                ("run.start", detail)
            }
            Some(old) => (
                "run.retry",
                json!({ "retriedFrom": old, "stage": row.only_stage, "reused": row.stages_reused,
                    "environment": self.environment }),
            ),
        };
        let entry = Entry::new(action, "run", id).detail(detail);
        if !repo::insert::insert(ctx, &row, &self.input, &entry, &self.taken).await? {
            return same_key(ctx, &row, &self.taken).await;
        }
        let live = ctx.app.live();
        live.publish(Message::Wake);
        live.publish(Message::RunChanged(RunChanged {
            org: ctx.org,
            run: id,
            status: row.status.clone(),
            stages_done: 0,
            stages_total: u32::try_from(self.stages).unwrap_or(u32::MAX),
            last_seq: self.taken.last_seq,
            finished_at: None,
        }));
        Ok(queued(row, self.pipeline_name, self.environment))
    }
}

/// Handles a used idempotency key: returns the run that it started, if the request is the same.
async fn same_key(ctx: &Ctx, row: &entity::Model, taken: &ReusedEvents) -> Result<Run> {
    let key = row.idempotency_key.as_deref().unwrap_or_default();
    let first: Run = repo::by_key(ctx, key)
        .await?
        .ok_or(RunError::KeyUsed)?
        .into();
    let values = repo::values(ctx, &[first.id.0], usize::MAX)
        .await?
        .and_then(|mut rows| rows.pop())
        .ok_or(RunError::KeyUsed)?;
    let begun = repo::segments_at(ctx, first.id, &[1]).await?;
    let theirs = begun.first().map(Vec::as_slice);
    let ours = taken.segments.first().map(|segment| &*segment.body);
    let same = first.pipeline.0 == row.pipeline_id
        && first.retried_from.map(|id| id.0) == row.retried_from
        && first.only_stage == row.only_stage
        && first.environment.as_str() == row.environment
        && first.draft_revision == row.draft_revision
        && (first.stages_reused > 0) == (row.stages_reused > 0)
        && values.input == row.input
        && reuse_in(theirs)? == reuse_in(ours)?;
    if same {
        Ok(first)
    } else {
        Err(RunError::KeyUsed.into())
    }
}

/// Whether nobody has chosen stages to which a run is limited, for a use case that has authorized.
pub(crate) async fn has_all_stages(ctx: &Ctx, run: &Run) -> Result<bool> {
    if run.only_stage.is_some() {
        return Ok(false);
    }
    if run.draft_revision.is_none() && run.retried_from.is_none() {
        return Ok(true);
    }
    let begun = repo::segments_at(ctx, run.id, &[1]).await?;
    let asked = reuse_in(begun.first().map(Vec::as_slice))?;
    let chosen = asked.and_then(|(_, _, selection)| selection);
    Ok(matches!(chosen, None | Some(Selection::All)))
}

/// What was asked for in the beginning of a journal: from which run results are taken over, how, and which
/// stages of a draft are executed.
type Asked = (String, Option<Unchanged>, Option<Selection>);

/// What was asked for, by the beginning of a journal. A retry of a run of a version asks for nothing here.
fn reuse_in(journal: Option<&[u8]>) -> Result<Option<Asked>> {
    let events = journal.map_or(Ok(Vec::new()), decode);
    let first = events.map_err(RunError::Journal)?.into_iter().next();
    let reused = match first.map(|event| event.body) {
        Some(EventBody::RunStarted { reused, .. }) => reused,
        _ => None,
    };
    let asked = reused.filter(|one| one.unchanged.is_some() || one.selection.is_some());
    Ok(asked.map(
        |Reused {
             run,
             unchanged,
             selection,
             ..
         }| (run, unchanged, selection),
    ))
}

/// The run that was just written, without reading it back.
fn queued(row: entity::Model, pipeline_name: String, environment: Environment) -> Run {
    Run {
        id: RunId(row.id),
        pipeline: PipelineId(row.pipeline_id),
        pipeline_name,
        version: PipelineVersionId(row.version_id),
        status: RunStatus::Queued,
        error: None::<ShortError>,
        started_by_kind: row.started_by_kind,
        started_by_id: row.started_by_id,
        started_by_name: row.started_by_name,
        retried_from: row.retried_from.map(RunId),
        created_at: row.created_at,
        started_at: None,
        finished_at: None,
        stages_total: row.stages_total,
        stages_done: 0,
        usage: engine::component::Usage::default(),
        last_seq: row.last_seq,
        only_stage: row.only_stage,
        stages_reused: row.stages_reused,
        environment,
        draft_revision: row.draft_revision,
    }
}
