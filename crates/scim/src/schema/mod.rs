//! Schemas: the attributes of users and groups, their types, and the spelling of the standard.

mod attribute;
mod canonical;
mod group;
mod user;

pub use attribute::{Attribute, Kind};
pub use canonical::{LONGEST_LIST, LONGEST_TEXT, MOST_MEMBERS};
pub(crate) use canonical::{one, whole};
pub use group::GROUP;
pub use user::USER;

/// The attributes of an extension, under its URN.
pub type Extension = (&'static str, &'static [Attribute]);

/// A kind of resource.
#[derive(Debug)]
pub struct Schema {
    /// The URN of the core schema.
    pub id: &'static str,
    /// The name: `User`.
    pub name: &'static str,
    /// What it is.
    pub says: &'static str,
    /// The path of the resources below the base address.
    pub endpoint: &'static str,
    /// The attributes of the core schema, and those that every resource has.
    pub attributes: &'static [Attribute],
    /// The extensions.
    pub extensions: &'static [Extension],
}
