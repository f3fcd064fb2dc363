//! A run's whole journal and what it comes to.
//!
//! Values that are stored outside of the journal stay where they are until somebody asks for them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use engine::{
    Value,
    run::{Env, Event, EventBody, InputSources, RunView, artifact_ref, decode, stage_input},
};
use types::{ErrorCode, RunId};

use super::{Run, RunError, content::stored_values, repo};
use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
    pipelines::{self, Compiled},
};

/// Bytes of the stored values that one stage's input may be computed from.
const SOURCES: usize = 64 * 1024 * 1024;

/// A run's whole journal and what it comes to.
pub struct RunDetails {
    /// The run's row.
    pub run: Run,
    /// Its version.
    pub compiled: Arc<Compiled>,
    /// The events; values may be references.
    pub events: Arc<Vec<Event>>,
    /// What they come to; values may be references.
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
    /// The input that a stage's attempts got, resolved again from the journal; `None` where it
    /// was never resolved. Loads what this stage may have read, and nothing else.
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
        let mut wanted: HashMap<usize, String> = HashMap::new();
        for (at, event) in self.events[..=upto].iter().enumerate() {
            let stored = event.body.value().and_then(artifact_ref);
            if let Some(stored) = stored.filter(|_| sources.has(&plan, event)) {
                wanted.insert(at, stored.sha256);
            }
        }
        let names: HashSet<String> = wanted.values().cloned().collect();
        let names: Vec<String> = names.into_iter().collect();
        let values: HashMap<String, Value> = stored_values(ctx, &names, SOURCES)
            .await?
            .ok_or_else(too_much)?
            .into_iter()
            .collect();
        let (events, id, address) = (self.events.clone(), self.run.id, address.to_owned());
        blocking(move || {
            let mut events = events[..=upto].to_vec();
            for (at, name) in wanted {
                let value = values
                    .get(&name)
                    .ok_or_else(|| AppError::internal(format!("the artifact {name} is gone")))?;
                if let Some(place) = events[at].body.value_mut() {
                    *place = value.clone();
                }
            }
            // A server lends its environment to no run.
            let env: Env = Arc::new(|_| None);
            Ok(stage_input(&plan, id, &env, &events, &address).ok())
        })
        .await
    }
}

fn too_much() -> AppError {
    AppError::new(
        ErrorCode::LimitExceeded,
        format!(
            "The stage reads more than {SOURCES} bytes of results; its input cannot be shown here. \
             Read the outputs of the stages before it"
        ),
    )
}

/// Work that may take as long as a journal is.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(AppError::internal)?
}

/// A run's stages, from its journal.
pub async fn view(ctx: &Ctx, run: RunId) -> Result<RunDetails> {
    let run = super::get(ctx, run).await?;
    view_of(ctx, run).await
}

/// As [`view`], of a run that was read already.
pub async fn view_of(ctx: &Ctx, run: Run) -> Result<RunDetails> {
    ctx.authorize(Permission::RunRead).await?;
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
