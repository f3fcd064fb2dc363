//! The attributes of users: of the core schema, and what companies add to them.

use super::{
    Schema,
    attribute::{Attribute, EXTERNAL_ID, ID, Kind, META},
};
use crate::{ENTERPRISE_SCHEMA, USER_SCHEMA};

const NAME: &[Attribute] = &[
    Attribute::text("formatted", "The whole name."),
    Attribute::text("familyName", "The family name."),
    Attribute::text("givenName", "The given name."),
    Attribute::text("middleName", "The middle names."),
    Attribute::text("honorificPrefix", "Titles before the name."),
    Attribute::text("honorificSuffix", "Titles after the name."),
];

const VALUE: Attribute = Attribute::text("value", "The value.");
const DISPLAY: Attribute = Attribute::text("display", "The value, for people.");
const TYPE: Attribute = Attribute::text("type", "What the value is for, such as `work`.");
const PRIMARY: Attribute = Attribute::new(
    "primary",
    Kind::Boolean,
    "Whether it is the preferred one; at most one is.",
);

const PLAIN: &[Attribute] = &[VALUE, DISPLAY, TYPE, PRIMARY];

const ADDRESS: &[Attribute] = &[
    Attribute::text("formatted", "The whole address."),
    Attribute::text("streetAddress", "The street."),
    Attribute::text("locality", "The city."),
    Attribute::text("region", "The state or region."),
    Attribute::text("postalCode", "The postal code."),
    Attribute::text("country", "The country."),
    TYPE,
    PRIMARY,
];

const GROUPS: &[Attribute] = &[
    Attribute::text("value", "The group's id.")
        .exact()
        .read_only(),
    Attribute::new("$ref", Kind::Reference, "The group's address.")
        .exact()
        .read_only(),
    Attribute::text("display", "The group's name.").read_only(),
    Attribute::text("type", "`direct`.").read_only(),
];

const MANAGER: &[Attribute] = &[
    Attribute::text("value", "The manager's id.").exact(),
    Attribute::new("$ref", Kind::Reference, "The manager's address.").exact(),
    Attribute::text("displayName", "The manager's name."),
];

const ENTERPRISE: &[Attribute] = &[
    Attribute::text("employeeNumber", "The employee's number."),
    Attribute::text("costCenter", "The cost center."),
    Attribute::text("organization", "The name of the company. It has no effect."),
    Attribute::text("division", "The division."),
    Attribute::text("department", "The department."),
    Attribute::complex("manager", MANAGER, "The manager."),
];

/// Users.
pub static USER: Schema = Schema {
    id: USER_SCHEMA,
    name: "User",
    says: "A person of the organization",
    endpoint: "/Users",
    attributes: &[
        ID,
        EXTERNAL_ID,
        Attribute::text(
            "userName",
            "The person's name at the identity provider, usually an email address.",
        )
        .required()
        .unique(),
        Attribute::complex("name", NAME, "The parts of the person's name."),
        Attribute::text("displayName", "The name to show."),
        Attribute::text("nickName", "The name among colleagues."),
        Attribute::new("profileUrl", Kind::Reference, "The person's page.").exact(),
        Attribute::text("title", "The person's position."),
        Attribute::text("userType", "The kind of employment."),
        Attribute::text("preferredLanguage", "The preferred language."),
        Attribute::text("locale", "The form of dates and numbers."),
        Attribute::text("timezone", "The time zone."),
        Attribute::new(
            "active",
            Kind::Boolean,
            "Whether the person is a member of the organization. False ends everything that they have in it.",
        ),
        Attribute::complex(
            "emails",
            PLAIN,
            "Email addresses. The primary one, or else that of the type `work`, is the person's.",
        )
        .many(),
        Attribute::complex("phoneNumbers", PLAIN, "Phone numbers.").many(),
        Attribute::complex("ims", PLAIN, "Addresses for messages.").many(),
        Attribute::complex("photos", PLAIN, "Addresses of pictures.").many(),
        Attribute::complex("addresses", ADDRESS, "Postal addresses.").many(),
        Attribute::complex(
            "groups",
            GROUPS,
            "The groups that the person is in. They are changed at the groups.",
        )
        .many()
        .read_only(),
        Attribute::complex("entitlements", PLAIN, "Kept as given, without effect.").many(),
        Attribute::complex(
            "roles",
            PLAIN,
            "Kept as given, without effect: roles come from groups.",
        )
        .many(),
        META,
    ],
    extensions: &[(ENTERPRISE_SCHEMA, ENTERPRISE)],
};
