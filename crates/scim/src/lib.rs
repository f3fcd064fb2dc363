//! SCIM 2.0: the protocol of provisioning (RFC 7643, RFC 7644), without a database.
//!
//! A resource is a JSON object in the spelling of its [`Schema`]: [`Schema::canonical`] turns what a
//! client sends into one, and refuses what does not fit. [`Patch::apply`] changes one, all operations
//! or none. [`Filter`] selects resources. [`ScimError`] and [`list`] are what is answered.
//!
//! Everything that a client sends is bounded: the length and depth of a filter, the operations of a
//! patch, the length of a text.

mod discovery;
mod error;
pub mod filter;
mod message;
pub mod patch;
mod path;
mod project;
pub mod schema;
mod user;

pub use discovery::{Limits, resource_types, schemas, service_provider_config};
pub use error::{ScimError, ScimType};
pub use filter::Filter;
pub use message::{Paging, error_body, etag, list, matches_etag};
pub use patch::Patch;
pub use path::AttributePath;
pub use project::Projection;
pub use schema::{GROUP, Schema, USER};
pub use user::UserView;

/// A resource or a part of one.
pub type Object = serde_json::Map<String, serde_json::Value>;

/// The media type of requests and answers.
pub const MEDIA_TYPE: &str = "application/scim+json";

/// The schema of users.
pub const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of what companies add to users.
pub const ENTERPRISE_SCHEMA: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The schema of groups.
pub const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
