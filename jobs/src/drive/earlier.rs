//! Loads the results of an earlier run, for a run that takes them over where nothing changed.

use std::sync::Arc;

use domain::host::Claimed;
use engine::{
    limits::Grant,
    run::{Earlier, Env, Event, EventBody, Unchanged, artifact_bytes, load_artifacts},
};
use types::{PipelineVersionId, RunId};

use super::{LATER, NotDriven, plan, room_for};
use crate::shared::Shared;

/// The results of an earlier run, and the memory that they hold while the new run is driven.
pub(super) struct Held {
    pub results: Arc<Earlier>,
    _room: Grant,
}

/// Loads what a run with this history takes over; `None` if nothing, or if the earlier run cannot be
/// read any more. All stages run then.
pub(super) async fn results(
    shared: &Shared,
    run: &Claimed,
    history: &[Event],
) -> Result<Option<Held>, NotDriven> {
    let Some((old, version, outside)) = source(history) else {
        return Ok(None);
    };
    let org = run.lease.org;
    let events = shared.host.events(org, old).await;
    let events = events.map_err(|error| NotDriven::Later(LATER, error.to_string()))?;
    let Some((mut events, bytes)) = events else {
        return Ok(None);
    };
    let plan = match plan(shared, org, version).await {
        Ok(plan) => plan,
        Err(NotDriven::Fail(why)) => {
            tracing::warn!(%old, why = why.message, "no results of the earlier run are reused");
            return Ok(None);
        }
        Err(later) => return Err(later),
    };
    let bytes = artifact_bytes(&events).saturating_add(bytes);
    let room = room_for(shared, run, bytes).await?;
    let artifacts = shared.host.artifacts(&run.lease);
    if let Err(error) = load_artifacts(&mut events, &*artifacts).await {
        tracing::warn!(%old, %error, "no results of the earlier run are reused");
        return Ok(None);
    }
    // Resolves the inputs of its stages, which may take seconds.
    let read = tokio::task::spawn_blocking(move || {
        let no_env: Env = Arc::new(|_| None);
        Earlier::of(&plan, old, &no_env, &events, outside)
    });
    match read.await {
        Ok(Ok(results)) => Ok(Some(Held {
            results: Arc::new(results),
            _room: room,
        })),
        Ok(Err(error)) => {
            tracing::warn!(%old, %error, "no results of the earlier run are reused");
            Ok(None)
        }
        Err(error) => {
            tracing::error!(%old, %error, "no results of the earlier run are reused");
            Ok(None)
        }
    }
}

/// The earlier run, the version that it executed, and whether what is outside may be reused too.
fn source(history: &[Event]) -> Option<(RunId, PipelineVersionId, bool)> {
    let EventBody::RunStarted { reused, .. } = &history.first()?.body else {
        return None;
    };
    let reused = reused.as_ref()?;
    let Unchanged { version, outside } = reused.unchanged.as_ref()?;
    Some((reused.run.parse().ok()?, version.parse().ok()?, *outside))
}
