//! The built-in components, the model providers and the guarded HTTP client.
//!
//! Hosts get the components from [`registry`] and provide two resources: [`http::GuardedClient`]
//! and [`model::Providers`]. [`run_plan`] tells [`engine::run_plan`] what these components do outside, and [`copilot`] calls the model of a co-pilot. This crate knows neither databases nor organizations.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "test code"))]

#[cfg(test)]
mod advice_tests;
pub mod charset;
pub mod comparison;
pub mod control;
pub mod copilot;
#[cfg(test)]
mod copilot_tests;
pub mod http;
pub mod input;
pub mod input_file;
pub mod invisible;
mod jmespath;
pub mod lenient;
#[cfg(test)]
mod literals_tests;
pub mod model;
pub mod nodes;
pub mod operators;
pub mod paths;
pub mod project;
mod registry;
pub mod run_plan;
pub mod schema;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod toml_error;
#[cfg(test)]
mod trial_tests;

pub use registry::registry;
pub use toml_error::toml_error;
