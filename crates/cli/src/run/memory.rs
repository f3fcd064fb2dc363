//! The journal and artifact store of a run without a server. They store nothing and report every
//! write as durable.

use std::sync::Arc;

use engine::{
    component::BoxFuture,
    run::{ArtifactError, Artifacts, Journal, JournalError, Segment},
};

struct NullStore;

impl Journal for NullStore {
    fn append(&self, _segment: Segment) {}

    fn durable(&self, _seq: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Artifacts for NullStore {
    fn put<'a>(
        &'a self,
        _sha256: &'a str,
        _bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<(), ArtifactError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn get<'a>(&'a self, sha256: &'a str) -> BoxFuture<'a, Result<Vec<u8>, ArtifactError>> {
        // Never reached: only a journal that is read back refers to stored artifacts.
        let error = ArtifactError(format!("the artifact {sha256} was not stored"));
        Box::pin(std::future::ready(Err(error)))
    }
}

/// A journal that stores nothing: the run ends with the program.
pub fn journal() -> Arc<dyn Journal> {
    Arc::new(NullStore)
}

/// An artifact store that stores nothing: the run keeps large values in memory while it needs them.
pub fn artifacts() -> Arc<dyn Artifacts> {
    Arc::new(NullStore)
}
