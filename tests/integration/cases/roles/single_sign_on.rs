//! The fields about identity providers and enforced single sign-on (R02).

use domain::Role;

use super::rows::{Row, row};

pub const ROWS: &[Row] = &[
    row("Query.ssoProviders", "{ ssoProviders { id } }", Role::Admin),
    row(
        "Query.ssoOwnerChoices",
        "{ ssoOwnerChoices { userId } }",
        Role::Admin,
    ),
    row(
        "Mutation.enforceSso",
        "mutation { enforceSso(input: {domainId: \"x\", breakGlassOwnerId: \"x\"}) { domain { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.stopEnforcingSso",
        "mutation { stopEnforcingSso(input: {domainId: \"x\"}) { domain { id } } }",
        Role::Admin,
    ),
    row(
        "Query.ssoForEveryone",
        "{ ssoForEveryone { since } }",
        Role::Admin,
    ),
    row(
        "Query.ssoUnprepared",
        "{ ssoUnprepared { count } }",
        Role::Admin,
    ),
    row(
        "Mutation.enforceSsoForEveryone",
        "mutation { enforceSsoForEveryone(input: {breakGlassOwnerId: \"x\"}) { \
            ssoForEveryone { since } } }",
        Role::Admin,
    ),
    row(
        "Mutation.stopEnforcingSsoForEveryone",
        "mutation { stopEnforcingSsoForEveryone { ssoForEveryone { since } } }",
        Role::Admin,
    ),
    row(
        "Mutation.addSsoGuest",
        "mutation { addSsoGuest(input: {userId: \"x\"}) { ssoForEveryone { since } } }",
        Role::Admin,
    ),
    row(
        "Mutation.removeSsoGuest",
        "mutation { removeSsoGuest(input: {userId: \"x\"}) { ssoForEveryone { since } } }",
        Role::Admin,
    ),
    row("Query.ssoRedirectUri", "{ ssoRedirectUri }", Role::Admin),
];
