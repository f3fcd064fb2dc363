//! Who may do what: permissions, sets of them, the built-in roles, and how the database names them.
//!
//! Whose things are meant is not decided here but in `tenancy`; the question that every use case asks
//! first is `Ctx::authorize`.

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
