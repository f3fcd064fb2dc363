//! The fields about OAuth applications and what people have granted to them (R02).

use domain::Role;

use super::rows::{Row, row};

pub const ROWS: &[Row] = &[
    row(
        "Query.applications",
        "{ applications { clientId } }",
        Role::Developer,
    ),
    row(
        "Query.applicationGrants",
        "{ applicationGrants { grantId } }",
        Role::Admin,
    ),
    row(
        "Query.myApplicationGrants",
        "{ myApplicationGrants { grantId } }",
        Role::Viewer,
    ),
    row(
        "Query.authorizationRequest",
        "{ authorizationRequest(query: \"client_id=x\") { applicationName } }",
        Role::Viewer,
    ),
    row(
        "Query.deviceRequest",
        "{ deviceRequest(code: \"x\") { code } }",
        Role::Viewer,
    ),
    row(
        "Mutation.registerApplication",
        "mutation { registerApplication(input: {name: \"x\", kind: PUBLIC, scopes: [\"run.read\"], \
            deviceFlow: true}) { secret } }",
        Role::Developer,
    ),
    row(
        "Mutation.updateApplication",
        "mutation { updateApplication(input: {clientId: \"app_x\", name: \"x\", redirectUris: [], \
            scopes: [\"run.read\"], deviceFlow: true}) { application { name } } }",
        Role::Developer,
    ),
    row(
        "Mutation.rotateApplicationSecret",
        "mutation { rotateApplicationSecret(input: {clientId: \"app_x\"}) { secret } }",
        Role::Developer,
    ),
    row(
        "Mutation.deleteApplication",
        "mutation { deleteApplication(input: {clientId: \"app_x\"}) { clientId } }",
        Role::Developer,
    ),
    row(
        "Mutation.answerAuthorization",
        "mutation { answerAuthorization(input: {query: \"client_id=x\", allow: false}) { \
            redirectTo } }",
        Role::Viewer,
    ),
    row(
        "Mutation.answerDevice",
        "mutation { answerDevice(input: {code: \"x\", allow: false}) { allowed } }",
        Role::Viewer,
    ),
    row(
        "Mutation.revokeApplicationGrant",
        "mutation { revokeApplicationGrant(input: {grantId: \"appgrant_x\"}) { grantId } }",
        Role::Viewer,
    ),
];
