//! Tools for writing cases: an application, people, callers, pipelines, sockets
//! and servers that runs call.

pub mod app;
pub mod applications;
pub mod backend;
pub mod callers;
pub mod dns;
pub mod oidc;
pub mod peer;
pub mod people;
pub mod pipelines;
pub mod saml;
pub mod saml_idp;
pub mod scim;
pub mod site;
pub mod smtp;
pub mod socket;
pub mod suite;

pub use app::TestApp;
pub use backend::Backend;
pub use callers::{Answer, Caller};
pub use suite::{Backends, Case};
