//! Access control: permissions, permission sets, roles and rights, and their names in the database.
//!
//! `Ctx::authorize` checks permissions. Access to an organization's rows is controlled by
//! `tenancy`.

mod assigned;
#[cfg(test)]
mod cells;
mod permission;
mod rights;
mod role;
mod set;
pub mod stored;
#[cfg(test)]
mod tests;

pub use assigned::{AssignedRole, CustomRole};
pub use permission::Permission;
pub use rights::{PipelineRights, Rights};
pub use role::Role;
pub use set::PermissionSet;
pub use stored::{StoredRights, StoredRole, UnknownWord};
