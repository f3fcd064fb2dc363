//! Pipelines and their immutable versions.

pub mod entity;
pub mod version;

/// What is derived from versions, which never change.
#[derive(Default)]
pub struct PlanCache {}
