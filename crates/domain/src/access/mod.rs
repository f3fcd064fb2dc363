//! Access control: permissions, permission sets, the built-in roles, and their names in the
//! database.
//!
//! `Ctx::authorize` checks permissions. Access to an organization's rows is controlled by
//! `tenancy`.

#[cfg(test)]
mod cells;
mod permission;
mod rights;
mod role;
mod set;
pub mod stored;
#[cfg(test)]
mod tests;

pub use permission::Permission;
pub use rights::Rights;
pub use role::Role;
pub use set::PermissionSet;
pub use stored::UnknownWord;
