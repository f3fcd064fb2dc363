//! The application: use cases over the database, one module per resource.
//!
//! This crate does not depend on GraphQL or HTTP. The entry points (`api`, `jobs`) call it with a
//! [`Ctx`] and convert its [`AppError`] into their own errors. Runs are driven in `jobs`, through
//! the traits that `host` implements.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "test code"))]

pub mod access;
pub mod app;
pub mod audit;
mod authorize;
mod blocking;
pub mod copilot;
pub mod ctx;
pub mod db;
pub mod drafts;
pub mod error;
pub mod examples;
mod expiry;
pub mod filled;
pub mod folders;
pub mod grants;
pub mod host;
pub mod identity;
mod json;
pub mod live;
pub mod mail;
pub mod members;
pub mod organizations;
pub mod paging;
pub mod pipelines;
pub mod publications;
pub mod queue;
mod reading;
pub mod roles;
pub mod run_operations;
mod run_summary;
pub mod runs;
pub mod saved_views;
mod sealed;
mod search;
mod server_key;
pub mod service_accounts;
pub mod settings;
#[cfg(any(test, feature = "check-statements"))]
pub mod statements;
pub mod teams;
pub mod tenancy;
#[cfg(test)]
mod testing;
mod text;
mod tokens;
pub mod tools;
pub mod trigger_definitions;
pub mod triggers;
pub mod uploads;
pub mod webhook_endpoints;

pub use access::{AssignedRole, Environment, Permission, PermissionSet, Rights, Role};
pub use app::App;
pub use ctx::{ActingToken, Actor, ActorKind, Ctx};
pub use db::{Db, Tx};
pub use error::{AppError, Result};
pub use settings::{Database, ServerProvider, Settings, SignUp};
pub use sso::Provider as SsoClient;
pub use tenancy::{OrgEntity, SharedEntity, SystemCtx};
