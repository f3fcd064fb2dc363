//! Reads one stage of a run from the parts of its journal that are about the stage, so that the
//! cost does not grow with the run.
//!
//! That takes two statements: one for the segment index, one for the bodies of a few segments. An
//! input takes up to two more. The whole journal is read if the index does not help: for journals
//! of older programs, and for a stage that reads values that any item of a loop may have set.

use std::sync::Arc;

use engine::{
    Value,
    run::{Event, OneStage, StageRun, Wanted},
};
use types::RunId;

use super::{
    Run, RunError,
    details::{self, Stored, no_env},
    repo::{self, IndexRow},
    seen,
};
use crate::{
    Ctx,
    blocking::blocking,
    error::Result,
    pipelines::{self, Compiled},
};

/// One stage of a run.
pub struct StageDetails {
    /// The run's row.
    pub run: Run,
    /// The state and history of the stage. Values may be references. For a loop, the number of
    /// finished items is not counted.
    pub view: StageRun,
    compiled: Arc<Compiled>,
    stage: Arc<OneStage>,
    index: Vec<IndexRow>,
}

impl std::fmt::Debug for StageDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StageDetails")
            .field("view", &self.view)
            .finish_non_exhaustive()
    }
}

/// One stage of a run by its address; `None` if the journal has no such stage.
pub async fn stage(ctx: &Ctx, run: Run, address: &str) -> Result<Option<StageDetails>> {
    seen::require(ctx, &run).await?;
    let compiled = pipelines::compiled_by_id(ctx, run.version).await?;
    let plan = compiled.plan()?;
    let Some(stage) = OneStage::of(&plan, address).map(Arc::new) else {
        return Ok(None);
    };
    let index = repo::segment_index(ctx, run.id).await?;
    let events = read(ctx, run.id, &index, stage.wanted()).await?;
    let one = stage.clone();
    let view = blocking(move || Ok(one.view(&plan, &events))).await?;
    Ok(view.map(|view| StageDetails {
        run,
        view,
        compiled,
        stage,
        index,
    }))
}

/// Like [`stage`], for a run by its id.
pub async fn stage_of(ctx: &Ctx, run: RunId, address: &str) -> Result<Option<StageDetails>> {
    let run = super::get(ctx, run).await?;
    stage(ctx, run, address).await
}

impl StageDetails {
    /// Whether [`input`](Self::input) needs the whole journal. A caller that has already read it
    /// should use [`details::RunDetails::stage_input`] instead.
    pub fn input_takes_all(&self) -> bool {
        self.stage.wanted_for_input().is_none()
    }

    /// How many segments are read for the stage and its input, and their total bytes.
    #[cfg(test)]
    pub(crate) async fn cost(&self, ctx: &Ctx) -> (usize, usize) {
        let wanted = self.stage.wanted_for_input().unwrap();
        let firsts = needed(&self.index, &wanted);
        let bodies = repo::segments_at(ctx, self.run.id, &firsts).await.unwrap();
        (bodies.len(), bodies.iter().map(Vec::len).sum())
    }

    /// The input of the stage's attempts, resolved again from the journal; `None` if it was never
    /// resolved.
    pub async fn input(&self, ctx: &Ctx) -> Result<Option<Value>> {
        seen::require(ctx, &self.run).await?;
        if self.view.scheduled_at.is_none() {
            return Ok(None);
        }
        let Some(wanted) = self.stage.wanted_for_input() else {
            let whole = details::view_of(ctx, self.run.clone()).await?;
            return whole.stage_input(ctx, &self.view.address).await;
        };
        let mut events = read(ctx, self.run.id, &self.index, wanted).await?;
        let Some(upto) = self.stage.scheduled(&events) else {
            return Ok(None);
        };
        events.retain(|event| event.seq <= upto);
        let stored = Stored::wanted(&events, |_| true).load(ctx).await?;
        let plan = self.compiled.plan()?;
        let (stage, run) = (self.stage.clone(), self.run.id);
        blocking(move || {
            stored.put_into(&mut events)?;
            Ok(stage.input(&plan, run, &no_env(), &events).ok())
        })
        .await
    }
}

/// The segments that may be about these stages, and the first and last one, which hold the start
/// and the end of the run.
fn needed(index: &[IndexRow], wanted: &Wanted) -> Vec<i64> {
    let last = index.len().saturating_sub(1);
    let is_needed = |(at, row): &(usize, &IndexRow)| {
        let named = |stages: &Vec<u8>| wanted.may_be_in(stages);
        *at == 0 || *at == last || row.stages.as_ref().is_none_or(named)
    };
    let needed = index.iter().enumerate().filter(is_needed);
    needed.map(|(_, row)| row.first_seq).collect()
}

/// Reads the events that are about these stages or about the whole run.
async fn read(ctx: &Ctx, run: RunId, index: &[IndexRow], wanted: Wanted) -> Result<Vec<Event>> {
    let firsts = needed(index, &wanted);
    let bodies = repo::segments_at(ctx, run, &firsts).await?;
    blocking(move || {
        let mut events = Vec::new();
        for body in bodies {
            events.extend(wanted.decode(&body).map_err(RunError::Journal)?);
        }
        Ok(events)
    })
    .await
}
