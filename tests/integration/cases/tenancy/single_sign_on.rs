//! The arguments about identity providers and enforced single sign-on that take an id (T01).

use types::SsoProviderId;

use super::{
    rows::{DOMAIN, NO_DOMAIN, NO_MEMBER, Row},
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
