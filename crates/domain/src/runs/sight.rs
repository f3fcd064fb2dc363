//! Looking into a run: its events, and what they come to.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use engine::{
    Value,
    component::BoxFuture,
    run::{ArtifactError, Artifacts, Env, Event, RunView, decode, load_artifacts},
};
use serde_json::{Map as JsonMap, Value as Json};
use types::RunId;

use super::{Run, RunError, repo};
use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
    pipelines::{self, Compiled},
};

/// One event as programs read it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEvent {
    /// 1, 2, 3 … without a gap.
    pub seq: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// `stage.succeeded` …
    pub kind: String,
    /// The address of the stage it is about.
    pub stage: Option<String>,
    /// The other fields.
    pub body: JsonMap<String, Json>,
}

impl RunEvent {
    /// Reads a line of a journal. Values that are stored as artifacts stay references.
    pub fn parse(line: &[u8]) -> Result<Self> {
        let damaged =
            |why: String| AppError::from(RunError::Journal(engine::run::DecodeError::Damaged(why)));
        let mut body: JsonMap<String, Json> =
            serde_json::from_slice(line).map_err(|e| damaged(e.to_string()))?;
        let seq = body.shift_remove("seq").and_then(|seq| seq.as_u64());
        let at = body
            .shift_remove("at")
            .and_then(|at| DateTime::parse_from_rfc3339(at.as_str()?).ok());
        let kind = body
            .shift_remove("type")
            .and_then(|kind| kind.as_str().map(str::to_owned));
        let stage = body
            .shift_remove("stage")
            .and_then(|s| s.as_str().map(str::to_owned));
        match (seq, at, kind) {
            (Some(seq), Some(at), Some(kind)) => Ok(Self {
                seq,
                at: at.with_timezone(&Utc),
                kind,
                stage,
                body,
            }),
            _ => Err(damaged("an event lacks seq, at or type".to_owned())),
        }
    }
}

/// Up to `first` events (at most 1,000) after position `after` (0: from the start).
pub async fn events(
    ctx: &Ctx,
    run: RunId,
    after: Option<i64>,
    first: Option<i32>,
) -> Result<Vec<RunEvent>> {
    let run = super::get(ctx, run).await?;
    events_of(ctx, &run, after, first).await
}

/// As [`events`], of a run that was read already.
pub async fn events_of(
    ctx: &Ctx,
    run: &Run,
    after: Option<i64>,
    first: Option<i32>,
) -> Result<Vec<RunEvent>> {
    ctx.authorize(Permission::RunRead).await?;
    let run = run.id;
    let after = u64::try_from(after.unwrap_or(0))
        .map_err(|_| AppError::invalid("after", "is negative; positions begin at 0"))?;
    let first = match first {
        None => 1_000,
        Some(first) => usize::try_from(first)
            .ok()
            .filter(|first| (1..=1_000).contains(first))
            .ok_or_else(|| {
                AppError::invalid("first", format!("is {first}; it can be 1 to 1000"))
            })?,
    };
    let mut events = Vec::new();
    for segment in repo::segments(ctx, run, after).await? {
        for line in segment
            .body
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            let event = RunEvent::parse(line)?;
            if event.seq > after {
                events.push(event);
            }
            if events.len() == first {
                return Ok(events);
            }
        }
    }
    Ok(events)
}

/// A run's whole journal and what it comes to.
pub struct Sight {
    /// The run's row.
    pub run: Run,
    /// Its version.
    pub compiled: Arc<Compiled>,
    /// The events, with the values that were stored as artifacts.
    pub events: Vec<Event>,
    /// What they come to.
    pub view: RunView,
}

impl std::fmt::Debug for Sight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sight")
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

impl Sight {
    /// The input that a stage's attempts got, resolved again from the journal; `None` where it
    /// was never resolved.
    pub fn stage_input(&self, address: &str) -> Option<Value> {
        let plan = self.compiled.plan.as_ref()?;
        // A server lends its environment to no run.
        let env: Env = Arc::new(|_| None);
        engine::run::stage_input(plan, self.run.id, &env, &self.events, address).ok()
    }
}

/// A run's stages, from its journal.
pub async fn view(ctx: &Ctx, run: RunId) -> Result<Sight> {
    let run = super::get(ctx, run).await?;
    view_of(ctx, run).await
}

/// As [`view`], of a run that was read already.
pub async fn view_of(ctx: &Ctx, run: Run) -> Result<Sight> {
    ctx.authorize(Permission::RunRead).await?;
    let compiled = pipelines::compiled_by_id(ctx, run.version).await?;
    let plan = compiled.plan()?;
    let mut events = Vec::new();
    for segment in repo::segments(ctx, run.id, 0).await? {
        events.extend(decode(&segment.body).map_err(RunError::Journal)?);
    }
    let artifacts = OfOrg { ctx: ctx.clone() };
    load_artifacts(&mut events, &artifacts)
        .await
        .map_err(RunError::Journal)?;
    let view = RunView::fold(&plan, &events);
    Ok(Sight {
        run,
        compiled,
        events,
        view,
    })
}

/// The organization's artifacts, for a reader.
struct OfOrg {
    ctx: Ctx,
}

impl Artifacts for OfOrg {
    fn put<'a>(
        &'a self,
        sha256: &'a str,
        _bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<(), ArtifactError>> {
        // A reader stores nothing; the engine only asks a worker's host to.
        Box::pin(async move { Err(ArtifactError(format!("{sha256} was given to a reader"))) })
    }

    fn get(&self, sha256: &str) -> BoxFuture<'_, Result<Vec<u8>, ArtifactError>> {
        let sha256 = sha256.to_owned();
        Box::pin(async move {
            match repo::artifact(&self.ctx, &sha256).await {
                Ok(Some(bytes)) => Ok(bytes),
                Ok(None) => Err(ArtifactError("it is not there".to_owned())),
                Err(error) => {
                    tracing::error!(cause = %error, "an artifact cannot be read");
                    Err(ArtifactError("it cannot be read right now".to_owned()))
                }
            }
        })
    }
}
