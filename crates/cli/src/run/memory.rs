//! The journal of a run without a server: nothing is kept, everything is durable at once.

use std::sync::Arc;

use engine::{
    component::BoxFuture,
    run::{ArtifactError, Artifacts, Journal, JournalError, Segment},
};

struct Forgetful;

impl Journal for Forgetful {
    fn append(&self, _segment: Segment) {}

    fn durable(&self, _seq: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Artifacts for Forgetful {
    fn put<'a>(
        &'a self,
        _sha256: &'a str,
        _bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<(), ArtifactError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn get<'a>(&'a self, sha256: &'a str) -> BoxFuture<'a, Result<Vec<u8>, ArtifactError>> {
        // Only a journal that is read back refers to them.
        let error = ArtifactError(format!("{sha256} was not kept"));
        Box::pin(std::future::ready(Err(error)))
    }
}

/// A journal that keeps nothing: the run ends with the program.
pub fn journal() -> Arc<dyn Journal> {
    Arc::new(Forgetful)
}

/// Large values, which the run itself holds for as long as it reads them.
pub fn artifacts() -> Arc<dyn Artifacts> {
    Arc::new(Forgetful)
}
