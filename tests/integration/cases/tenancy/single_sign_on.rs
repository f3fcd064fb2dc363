//! The arguments about identity providers and enforced single sign-on that take an id (T01).

use types::SsoProviderId;

use super::{
    rows::{DOMAIN, NO_DOMAIN, NO_MEMBER, NO_ROLE, ROLE, Row},
    victim::Victim,
};
use crate::harness::{TestApp, people::random_id};

pub const PROVIDER: fn(&Victim) -> &str = |victim| &victim.provider;
const SAML_PROVIDER: fn(&Victim) -> &str = |victim| &victim.saml_provider;
const NO_PROVIDER: fn(&TestApp) -> String = random_id::<SsoProviderId>;

pub const ROWS: &[Row] = &[
    Row {
        place: "Mutation.enforceSso(input.domainId)",
        document: "mutation($id: ID!, $owner: ID!) { \
            enforceSso(input: {domainId: $id, breakGlassOwnerId: $owner}) { domain { status } } \
            stopEnforcingSso(input: {domainId: $id}) { domain { status } } }",
        id: DOMAIN,
        random: NO_DOMAIN,
    },
    Row {
        place: "Mutation.enforceSso(input.breakGlassOwnerId)",
        document: "mutation($id: ID!, $domain: ID!) { \
            enforceSso(input: {domainId: $domain, breakGlassOwnerId: $id}) { domain { status } } \
            stopEnforcingSso(input: {domainId: $domain}) { domain { status } } }",
        id: |victim| &victim.owner,
        random: NO_MEMBER,
    },
    Row {
        place: "Mutation.stopEnforcingSso(input.domainId)",
        document: "mutation($id: ID!) { stopEnforcingSso(input: {domainId: $id}) { domain { status } } }",
        id: DOMAIN,
        random: NO_DOMAIN,
    },
    Row {
        place: "Query.ssoUnprepared(domainId)",
        document: "query($id: ID!) { ssoUnprepared(domainId: $id) { count } }",
        id: DOMAIN,
        random: NO_DOMAIN,
    },
    Row {
        place: "Mutation.enforceSsoForEveryone(input.breakGlassOwnerId)",
        document: "mutation($id: ID!) { \
            enforceSsoForEveryone(input: {breakGlassOwnerId: $id}) { ssoForEveryone { since } } \
            stopEnforcingSsoForEveryone { ssoForEveryone { since } } }",
        id: |victim| &victim.owner,
        random: NO_MEMBER,
    },
    Row {
        place: "Mutation.addSsoGuest(input.userId)",
        document: "mutation($id: ID!) { addSsoGuest(input: {userId: $id}) { \
            ssoForEveryone { since } } }",
        id: |victim| &victim.owner,
        random: NO_MEMBER,
    },
    Row {
        place: "Mutation.removeSsoGuest(input.userId)",
        document: "mutation($id: ID!) { removeSsoGuest(input: {userId: $id}) { \
            ssoForEveryone { since } } }",
        id: |victim| &victim.owner,
        random: NO_MEMBER,
    },
    Row {
        place: "Mutation.testSsoProvider(input.id)",
        document: "mutation($id: ID!) { testSsoProvider(input: {id: $id}) { passed } }",
        id: PROVIDER,
        random: NO_PROVIDER,
    },
    Row {
        place: "Mutation.updateSsoProvider(input.id)",
        document: "mutation($id: ID!) { updateSsoProvider(input: {id: $id, settings: {kind: OTHER, \
            name: \"N\", issuer: \"http://127.0.0.1:9\", clientId: \"c\", scopes: [], \
            mappings: [], joining: NOBODY, enabled: false}}) { provider { name } } }",
        id: PROVIDER,
        random: NO_PROVIDER,
    },
    Row {
        place: "Mutation.createSsoProvider(input.settings.mappings.customRoleId)",
        document: "mutation($id: ID!) { createSsoProvider(input: {settings: {kind: OTHER, \
            name: \"Roles of groups\", saml: {}, groupsClaim: \"groups\", \
            mappings: [{group: \"g\", customRoleId: $id}], joining: NOBODY, enabled: false}}) { \
            provider { name } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.createSsoProvider(input.settings.defaultCustomRoleId)",
        document: "mutation($id: ID!) { createSsoProvider(input: {settings: {kind: OTHER, \
            name: \"Role of others\", saml: {}, mappings: [], defaultCustomRoleId: $id, \
            joining: NOBODY, enabled: false}}) { provider { name } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.updateSsoProvider(input.settings.mappings.customRoleId)",
        document: "mutation($id: ID!, $provider: ID!) { updateSsoProvider(input: {id: $provider, \
            settings: {kind: OTHER, name: \"S\", saml: {}, groupsClaim: \"groups\", \
            mappings: [{group: \"g\", customRoleId: $id}], joining: NOBODY, enabled: false}}) { \
            provider { name } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.updateSsoProvider(input.settings.defaultCustomRoleId)",
        document: "mutation($id: ID!, $provider: ID!) { updateSsoProvider(input: {id: $provider, \
            settings: {kind: OTHER, name: \"S\", saml: {}, mappings: [], \
            defaultCustomRoleId: $id, joining: NOBODY, enabled: false}}) { provider { name } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.updateProvisioning(input.defaultCustomRoleId)",
        document: "mutation($id: ID!) { updateProvisioning(input: {defaultCustomRoleId: $id}) { \
            provisioning { baseUrl } } }",
        id: ROLE,
        random: NO_ROLE,
    },
    Row {
        place: "Mutation.createSamlKey(input.id)",
        document: "mutation($id: ID!) { createSamlKey(input: {id: $id}) { provider { name } } }",
        id: SAML_PROVIDER,
        random: NO_PROVIDER,
    },
    Row {
        place: "Mutation.removeOldSamlKey(input.id)",
        document: "mutation($id: ID!) { removeOldSamlKey(input: {id: $id}) { provider { name } } }",
        id: SAML_PROVIDER,
        random: NO_PROVIDER,
    },
    Row {
        place: "Mutation.deleteSsoProvider(input.id)",
        document: "mutation($id: ID!) { deleteSsoProvider(input: {id: $id}) { id } }",
        id: PROVIDER,
        random: NO_PROVIDER,
    },
];
