//! Reads a run's whole journal and computes the state of its stages.
//!
//! Values stored outside the journal are loaded only when they are needed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use engine::{
    Value,
    advice::{self, Cause},
    run::{
        Asked, Env, Event, EventBody, InputSources, Recorded, RunStatus, RunView, artifact_ref,
        decode, stage_input,
    },
};
use types::{ErrorCode, RunId};

use super::{Run, RunError, content::stored_values, repo, seen};
use crate::{
    Ctx,
    access::Permission,
    blocking::blocking,
    error::{AppError, Result},
    pipelines::{self, Compiled},
};

/// The largest total size, in bytes, of the stored values from which one stage's input is computed.
const SOURCES: usize = 64 * 1024 * 1024;

/// A run's whole journal and the state computed from it.
pub struct RunDetails {
    /// The run's row.
    pub run: Run,
    /// The compiled version that it executes.
    pub compiled: Arc<Compiled>,
    /// The events. Values may be references.
    pub events: Arc<Vec<Event>>,
    /// The state computed from the events. Values may be references.
    pub view: RunView,
}

impl std::fmt::Debug for RunDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunDetails")
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

impl RunDetails {
    /// The input of a stage's attempts, resolved again from the journal; `None` if it was never
    /// resolved. Loads only stored values that the stage may have read.
    pub async fn stage_input(&self, ctx: &Ctx, address: &str) -> Result<Option<Value>> {
        let plan = self.compiled.plan()?;
        let is_it = |event: &Event| {
            event.stage.as_deref() == Some(address)
                && matches!(event.body, EventBody::StageScheduled)
        };
        let Some(upto) = self.events.iter().rposition(is_it) else {
            return Ok(None);
        };
        let sources = InputSources::of(&plan, address);
        let wanted = Stored::wanted(&self.events[..=upto], |event| sources.has(&plan, event));
        let stored = wanted.load(ctx).await?;
        let (events, id, address) = (self.events.clone(), self.run.id, address.to_owned());
        blocking(move || {
            let mut events = events[..=upto].to_vec();
            stored.put_into(&mut events)?;
            Ok(stage_input(&plan, id, &no_env(), &events, &address).ok())
        })
        .await
    }
}

impl RunDetails {
    /// What the run has recorded that a stage of another text of the pipeline could read. Loads only
    /// stored values that may be read.
    pub async fn recorded(&self, ctx: &Ctx, stage: &str, asked: &Asked) -> Result<Recorded> {
        seen::require(ctx, &self.run).await?;
        let plan = self.compiled.plan()?;
        let needed = Recorded::needed(&plan, &self.events, stage, asked);
        let stored = Stored::wanted(&self.events, |event| needed.contains(&event.seq));
        let stored = stored.load(ctx).await?;
        let (events, id) = (self.events.clone(), self.run.id);
        let (stage, asked) = (stage.to_owned(), asked.clone());
        blocking(move || {
            let mut events = events.to_vec();
            stored.put_into(&mut events)?;
            let recorded = Recorded::of(&plan, id, &events, &stage, &asked);
            Ok(recorded.map_err(RunError::Journal)?)
        })
        .await
    }

    /// Why the run failed; `None` if it did not. Without the permission to read pipelines, there is
    /// no advice about the pipeline in it.
    pub async fn cause(&self, ctx: &Ctx) -> Result<Option<Cause>> {
        seen::require(ctx, &self.run).await?;
        if self.view.status != RunStatus::Failed {
            return Ok(None);
        }
        let pipeline = self.run.pipeline;
        let findings = match ctx.can_read(Permission::PipelineRead, pipeline).await? {
            true => pipelines::findings(ctx, &self.compiled).await?,
            false => Vec::new(),
        };
        Ok(advice::cause(&self.events, &self.view, &findings))
    }
}

/// An empty environment: runs on a server cannot read the server's environment.
pub(super) fn no_env() -> Env {
    Arc::new(|_| None)
}

/// Values of events that are stored outside of the journal.
pub(super) struct Stored {
    /// The positions in the list of events, each with the hash of its value.
    wanted: Vec<(usize, String)>,
    values: HashMap<String, Value>,
}

impl Stored {
    /// Finds the stored values of the needed events, without loading them.
    pub fn wanted(events: &[Event], is_needed: impl Fn(&Event) -> bool) -> Self {
        let stored = |(at, event): (usize, &Event)| {
            let stored = event.body.value().and_then(artifact_ref)?;
            is_needed(event).then_some((at, stored.sha256))
        };
        Self {
            wanted: events.iter().enumerate().filter_map(stored).collect(),
            values: HashMap::new(),
        }
    }

    /// Loads the values. `LIMIT_EXCEEDED` if they together exceed [`SOURCES`].
    pub async fn load(mut self, ctx: &Ctx) -> Result<Self> {
        let names: HashSet<&String> = self.wanted.iter().map(|(_, name)| name).collect();
        let names: Vec<String> = names.into_iter().cloned().collect();
        let values = stored_values(ctx, &names, SOURCES).await?;
        self.values = values.ok_or_else(too_much)?.into_iter().collect();
        Ok(self)
    }

    /// Replaces the references in the events with the values.
    pub fn put_into(self, events: &mut [Event]) -> Result<()> {
        for (at, name) in self.wanted {
            let value = self
                .values
                .get(&name)
                .ok_or_else(|| AppError::internal(format!("the artifact {name} is missing")))?;
            if let Some(place) = events.get_mut(at).and_then(|event| event.body.value_mut()) {
                *place = value.clone();
            }
        }
        Ok(())
    }
}

fn too_much() -> AppError {
    AppError::new(
        ErrorCode::LimitExceeded,
        format!(
            "The stage reads more than {SOURCES} bytes of results, so its input cannot be shown \
             here. Read the outputs of the stages before it"
        ),
    )
}

/// Reads a run's whole journal.
pub async fn view(ctx: &Ctx, run: RunId) -> Result<RunDetails> {
    let run = super::get(ctx, run).await?;
    view_of(ctx, run).await
}

/// Like [`view`], for a run that was already read.
pub async fn view_of(ctx: &Ctx, run: Run) -> Result<RunDetails> {
    seen::require(ctx, &run).await?;
    let compiled = pipelines::compiled_by_id(ctx, run.version).await?;
    let plan = compiled.plan()?;
    let segments = repo::segments(ctx, run.id).await?;
    let (events, view) = blocking(move || {
        let mut events = Vec::new();
        for body in segments {
            events.extend(decode(&body).map_err(RunError::Journal)?);
        }
        let view = RunView::fold(&plan, &events);
        Ok((events, view))
    })
    .await?;
    Ok(RunDetails {
        run,
        compiled,
        events: Arc::new(events),
        view,
    })
}
