//! What cases are written with: an application of their own, people, callers.

pub mod app;
pub mod callers;
pub mod engine;
pub mod people;
pub mod pipelines;
pub mod socket;
pub mod suite;

pub use app::TestApp;
pub use callers::{Answer, Caller};
pub use engine::Engine;
pub use suite::{Case, Engines};
