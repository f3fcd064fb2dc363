//! A host in memory, for `flowmason run`, tests and other uses without a server.
//!
//! Nothing survives the process; [`Journal::durable`] resolves at once.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use types::Clock;

use super::{
    DecodeError, Event, Journal, JournalError, MemoryArtifacts, Progress, RunHost, Segment, decode,
};
use crate::component::BoxFuture;

/// A journal that keeps its segments in memory.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Vec<Segment>>);

impl MemoryJournal {
    /// Decodes the events so far.
    pub fn events(&self) -> Result<Vec<Event>, DecodeError> {
        let mut events = Vec::new();
        for segment in self.0.lock().iter() {
            events.extend(decode(&segment.body)?);
        }
        Ok(events)
    }

    /// The bodies of the segments, as a host would store them.
    pub fn bodies(&self) -> Vec<Vec<u8>> {
        let segments = self.0.lock();
        segments
            .iter()
            .map(|segment| segment.body.clone())
            .collect()
    }

    /// The progress as of the last segment.
    pub fn progress(&self) -> Option<Progress> {
        self.0.lock().last().map(|segment| segment.summary.clone())
    }
}

impl Journal for MemoryJournal {
    fn append(&self, segment: Segment) {
        self.0.lock().push(segment);
    }

    fn durable(&self, _: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Creates a host in memory and its journal. The run is never parked: it sleeps in place.
pub fn host(clock: Clock) -> (RunHost, Arc<MemoryJournal>) {
    let journal = Arc::new(MemoryJournal::default());
    let mut host = RunHost::new(journal.clone(), Arc::new(MemoryArtifacts::default()), clock);
    host.park_after = Duration::MAX;
    (host, journal)
}
