//! Changes of one draft take turns within a process, first come, first served.
//!
//! Across processes the revision decides: a change is only written if nobody else was faster. Without
//! turns, many people who change one draft at once would mostly make each other start again.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::{Mutex as Turn, OwnedMutexGuard},
    time::timeout,
};
use types::{OrgId, PipelineId};

use super::DraftError;

/// How long a turn is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A draft, by its organization and its pipeline.
type Key = (OrgId, PipelineId);

/// The drafts that are being changed at the moment.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<Key, Weak<Turn<()>>>>);

impl Turns {
    /// Waits for the turn to change a draft. It ends when the guard is dropped.
    ///
    /// # Errors
    /// [`DraftError::Busy`] if the turn does not come in time: what the caller may do was checked before.
    pub async fn take(
        &self,
        org: OrgId,
        pipeline: PipelineId,
    ) -> Result<OwnedMutexGuard<()>, DraftError> {
        timeout(PATIENCE, self.of(org, pipeline).lock_owned())
            .await
            .map_err(|_| DraftError::Busy)
    }

    fn of(&self, org: OrgId, pipeline: PipelineId) -> Arc<Turn<()>> {
        let mut all = self.0.lock();
        if let Some(turn) = all.get(&(org, pipeline)).and_then(Weak::upgrade) {
            return turn;
        }
        all.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Turn::new(()));
        all.insert((org, pipeline), Arc::downgrade(&turn));
        turn
    }
}
