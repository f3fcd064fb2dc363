//! The arguments that take the id of an OAuth application or of a grant to one (T01).

use types::{ApplicationGrantId, ApplicationId};

use super::{
    rows::{ACCOUNT, NO_ACCOUNT, Row},
    victim::Victim,
};
use crate::harness::{TestApp, people::random_id};

const APPLICATION: fn(&Victim) -> &str = |victim| &victim.application;
const NO_APPLICATION: fn(&TestApp) -> String = random_id::<ApplicationId>;
const ALLOWED: fn(&Victim) -> &str = |victim| &victim.application_grant;
const NOT_ALLOWED: fn(&TestApp) -> String = random_id::<ApplicationGrantId>;

pub const ROWS: &[Row] = &[
    Row {
        place: "Mutation.registerApplication(input.serviceAccountId)",
        document: "mutation($id: ID!) { registerApplication(input: {name: \"x\", \
            kind: CONFIDENTIAL, scopes: [\"run.read\"], serviceAccountId: $id}) { secret } }",
        id: ACCOUNT,
        random: NO_ACCOUNT,
    },
    Row {
        place: "Mutation.rotateApplicationSecret(input.clientId)",
        document: "mutation($id: ID!) { rotateApplicationSecret(input: {clientId: $id}) { secret } }",
        id: APPLICATION,
        random: NO_APPLICATION,
    },
    Row {
        place: "Mutation.revokeApplicationGrant(input.grantId)",
        document: "mutation($id: ID!) { revokeApplicationGrant(input: {grantId: $id}) { grantId } }",
        id: ALLOWED,
        random: NOT_ALLOWED,
    },
    Row {
        place: "Mutation.updateApplication(input.clientId)",
        document: "mutation($id: ID!) { updateApplication(input: {clientId: $id, name: \"x\", \
            redirectUris: [], scopes: [\"run.read\"], deviceFlow: true}) { application { name } } }",
        id: APPLICATION,
        random: NO_APPLICATION,
    },
    Row {
        place: "Mutation.deleteApplication(input.clientId)",
        document: "mutation($id: ID!) { deleteApplication(input: {clientId: $id}) { clientId } }",
        id: APPLICATION,
        random: NO_APPLICATION,
    },
];
