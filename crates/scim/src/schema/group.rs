//! The attributes of groups.

use super::{
    Schema,
    attribute::{Attribute, EXTERNAL_ID, ID, Kind, META},
};
use crate::GROUP_SCHEMA;

const MEMBERS: &[Attribute] = &[
    Attribute::text("value", "The user's id.").exact(),
    Attribute::new("$ref", Kind::Reference, "The user's address.").exact(),
    Attribute::text("type", "`User`; groups in groups are not supported."),
    Attribute::text("display", "The user's name, for people."),
];

/// Groups.
pub static GROUP: Schema = Schema {
    id: GROUP_SCHEMA,
    name: "Group",
    says: "A group of users",
    endpoint: "/Groups",
    attributes: &[
        ID,
        EXTERNAL_ID,
        Attribute::text("displayName", "The name. It gives no role by itself.")
            .required()
            .unique(),
        Attribute::complex("members", MEMBERS, "The users in the group.").many(),
        META,
    ],
    extensions: &[],
};
