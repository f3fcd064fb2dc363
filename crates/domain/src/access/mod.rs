//! Access control: permissions, permission sets, roles and rights, what they count on, and their names in
//! the database.
//!
//! `Ctx::authorize` checks permissions. Access to an organization's rows is controlled by
//! `tenancy`.

mod assigned;
mod environment;
mod object;
mod permission;
mod rights;
mod role;
mod set;
pub mod stored;
#[cfg(test)]
mod tests;

pub use assigned::{AssignedRole, CustomRole};
pub use environment::Environment;
pub use object::Object;
pub use permission::Permission;
pub use rights::{Rights, RightsOn};
pub use role::Role;
pub use set::PermissionSet;
pub use stored::{StoredRights, StoredRole, UnknownWord};
