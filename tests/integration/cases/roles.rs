//! Permissions over HTTP: R02 for every field of the schema, R03 for the public routes.
//!
//! R01, role by permission through the use cases, is tested in `domain::access`.

use domain::{
    Permission, Role,
    identity::{self, oauth::ClientKind},
};
use serde_json::{Value as Json, json};

mod applications;
mod drafts;
mod environments;
mod proofs;
mod rows;
mod single_sign_on;
mod triggers;
mod webhook_endpoints;

use super::schema::Contract;
use crate::{
    cases,
    harness::{
        Caller, TestApp,
        applications::Application,
        callers::Secret,
        people::{failed_job, key, new_session},
        pipelines::{chain, create, start, text},
        socket::Socket,
    },
};

use proofs::every_mutation_needs_a_recent_proof_exactly_where_the_table_and_the_page_say_so;
pub(super) use rows::rows;

cases![Shared:
    r02_every_field_refuses_anonymous_expired_foreign_forbidden_and_revoked_callers,
    r03_only_health_and_sign_in_are_public,
    r07_a_key_never_does_what_only_a_person_may,
    r09_who_may_only_run_pipelines_changes_none_as_a_person_with_a_key_or_through_an_application,
    r12_fields_that_an_input_does_not_declare_are_refused,
    every_mutation_needs_a_recent_proof_exactly_where_the_table_and_the_page_say_so,
];

async fn r02_every_field_refuses_anonymous_expired_foreign_forbidden_and_revoked_callers(
    app: TestApp,
) {
    let fields: Vec<String> = rows().map(|row| row.field.to_owned()).collect();
    let contract = Contract::read();
    assert_eq!(
        fields.iter().collect::<std::collections::BTreeSet<_>>(),
        contract
            .fields(&["Query", "Mutation", "Subscription"])
            .iter()
            .collect(),
        "each field of the schema needs a row here"
    );

    let (a, b) = (app.org("A").await, app.org("B").await);
    let pipeline = create(&a.owner().caller, &chain(1)).await;
    let run = start(&a.owner().caller, &pipeline).await;
    let (kept, _) = key(&app, a.owner(), Role::Viewer).await;
    let job = failed_job(a.owner()).await.to_string();
    let all = json!({ "pipeline": pipeline, "run": run, "job": job, "key": kept.to_string(),
        "source": chain(1) });

    let (_, expired) = new_session(&app, a.owner().user, -60).await;
    let expired = Caller::new(&app.base, Secret::Session(expired));
    let (id, revoked) = key(&app, a.owner(), Role::Owner).await;
    identity::revoke_api_key(&a.owner().ctx, id)
        .await
        .expect("revoked");
    let foreign = b.owner().caller.in_org(a.id);

    for row in rows() {
        let variables = used(row.document, &all);
        for (who, caller, code) in [
            ("nobody", &app.anonymous(), "UNAUTHENTICATED"),
            ("expired session", &expired, "UNAUTHENTICATED"),
            ("revoked key", &revoked, "UNAUTHENTICATED"),
            ("other organization", &foreign, "NOT_FOUND"),
        ] {
            let found = ask(caller, row.document, variables.clone()).await;
            assert_eq!(found.as_deref(), Some(code), "{} as {who}", row.field);
        }
        if row.least != Role::Viewer {
            let viewer = &a.of(Role::Viewer).caller;
            let found = ask(viewer, row.document, variables.clone()).await;
            assert_eq!(
                found.as_deref(),
                Some("FORBIDDEN"),
                "{} as viewer",
                row.field
            );
        }
    }
    // None of the refused requests changed anything.
    let counts = "{ pipelines { edges { cursor } } runs { edges { cursor } } apiKeys { id } }";
    let data = a.owner().caller.data(counts, json!({})).await;
    assert_eq!(data["pipelines"]["edges"].as_array().map(Vec::len), Some(1));
    assert_eq!(data["runs"]["edges"].as_array().map(Vec::len), Some(1));
    assert_eq!(data["apiKeys"].as_array().map(Vec::len), Some(2));
}

/// The variables that a document declares.
pub(super) fn used(document: &str, all: &Json) -> Json {
    let all = all.as_object().expect("an object").iter();
    all.filter(|(name, _)| document.contains(&format!("${name}:")))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The error code of a refused document, over HTTP or a WebSocket.
async fn ask(caller: &Caller, document: &str, variables: Json) -> Option<String> {
    if !document.starts_with("subscription") {
        return caller.graphql(document, variables).await.code();
    }
    let origin = matches!(caller.secret, Secret::Session(_)).then_some(caller.base.as_str());
    let mut socket = match Socket::connect(caller, origin).await {
        Ok(socket) => socket,
        Err(status) => panic!("refused with {status}"),
    };
    let mut payload = json!({});
    if let Secret::Key(key) = &caller.secret {
        payload["apiKey"] = json!(key);
    }
    if let Some(org) = &caller.org {
        payload["org"] = json!(org);
    }
    socket
        .send(json!({ "type": "connection_init", "payload": payload }))
        .await;
    match socket.next().await {
        // The whole connection is refused, without revealing whether the named organization exists.
        Err(closed) if closed.0 == 4401 && caller.org.is_some() => Some("NOT_FOUND".to_owned()),
        Err(closed) if closed.0 == 4401 => Some("UNAUTHENTICATED".to_owned()),
        other => panic!("{other:?}"),
    }
}

async fn r03_only_health_and_sign_in_are_public(app: TestApp) {
    let nobody = app.anonymous();
    assert_eq!(nobody.get("/healthz").await.status, 200);
    assert_eq!(nobody.get("/readyz").await.status, 200);
    // Paths match exactly: similar paths are pages of the dashboard or missing.
    for path in ["/healthz/", "/healthz/x", "/x/healthz", "/pipelines/health"] {
        let answer = nobody.get(path).await;
        assert!(
            !answer.text.contains("\"status\""),
            "{path}: {}",
            answer.text
        );
    }
    let answer = nobody.graphql("{ __typename }", json!({})).await;
    assert_eq!(answer.json(), json!({ "data": { "__typename": "Query" } }));
}

async fn r07_a_key_never_does_what_only_a_person_may(app: TestApp) {
    let a = app.org("A").await;
    let (id, program) = key(&app, a.owner(), Role::Owner).await;
    for document in [
        "mutation { createApiKey(input: {name: \"k\", role: VIEWER}) { secret } }",
        "mutation { setPassword(input: {newPassword: \"correct horse\"}) { ok } }",
        "mutation { createOrganization(input: {name: \"C\"}) { organization { id } } }",
        "mutation { createInvitation(input: {role: VIEWER}) { path } }",
        "mutation { renewInvitation(input: {id: \"x\"}) { path } }",
        "mutation { revokeInvitation(input: {id: \"x\"}) { invitation { id } } }",
        "mutation { changeMemberRole(input: {userId: \"x\", role: VIEWER}) { member { name } } }",
        "mutation { removeMember(input: {userId: \"x\"}) { removedUserId } }",
        "mutation { transferOwnership(input: {userId: \"x\"}) { member { name } } }",
        "mutation { leaveOrganization { ok } }",
        "mutation { createCustomRole(input: {name: \"r\", permissions: []}) { customRole { id } } }",
        "mutation { deleteCustomRole(input: {id: \"x\"}) { deletedId } }",
        "mutation { createTeam(input: {name: \"t\"}) { team { id } } }",
        "mutation { addTeamMember(input: {teamId: \"x\", userId: \"x\"}) { team { id } } }",
        "mutation { createServiceAccount(input: {name: \"s\", role: VIEWER}) { serviceAccount { id } } }",
        "mutation { createGrant(input: {subjectId: \"x\", role: VIEWER}) { grant { id } } }",
        "mutation { deleteGrant(input: {id: \"x\"}) { deletedId } }",
        "mutation { changeEmail(input: {email: \"a@b.test\"}) { emailChange { email } } }",
        "mutation { verifyEmail(input: {}) { emailChange { email } } }",
        "mutation { removeDomain(input: {id: \"x\"}) { removedId } }",
        "mutation { enforceSso(input: {domainId: \"x\", breakGlassOwnerId: \"x\"}) { domain { id } } }",
        "mutation { stopEnforcingSso(input: {domainId: \"x\"}) { domain { id } } }",
        "mutation { enforceSsoForEveryone(input: {breakGlassOwnerId: \"x\"}) { \
            ssoForEveryone { since } } }",
        "mutation { stopEnforcingSsoForEveryone { ssoForEveryone { since } } }",
        "mutation { addSsoGuest(input: {userId: \"x\"}) { ssoForEveryone { since } } }",
        "mutation { removeSsoGuest(input: {userId: \"x\"}) { ssoForEveryone { since } } }",
        "mutation { beginPasskey { token } }",
        "mutation { removePasskey(input: {passkeyId: \"x\"}) { removedPasskeyId } }",
        "mutation { renewRecoveryCodes { recoveryCodes } }",
        "mutation { endOtherSessions { ended } }",
        "mutation { updateRequestLetters(input: {wanted: false}) { wanted } }",
        "mutation { approvePublication(input: {id: \"x\"}) { publication { id } } }",
        "mutation { refusePublication(input: {id: \"x\"}) { publication { id } } }",
        "mutation { updatePublicationSettings(input: {secondPerson: true}) { \
            publicationSettings { secondPerson } } }",
    ] {
        assert_eq!(
            program.code(document, json!({})).await,
            "FORBIDDEN",
            "{document}"
        );
    }
    let revoke = "mutation($id: ID!) { revokeApiKey(input: {id: $id}) { apiKey { id } } }";
    assert_eq!(
        program.code(revoke, json!({ "id": id.to_string() })).await,
        "FORBIDDEN"
    );
    let create =
        "mutation($role: Role!) { createApiKey(input: {name: \"k\", role: $role}) { secret } }";
    let developer = &a.of(Role::Developer).caller;
    assert_eq!(
        developer.code(create, json!({ "role": "OWNER" })).await,
        "FORBIDDEN"
    );
    developer.data(create, json!({ "role": "DEVELOPER" })).await;
}

async fn r09_who_may_only_run_pipelines_changes_none_as_a_person_with_a_key_or_through_an_application(
    app: TestApp,
) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let may = [
        Permission::PipelineRead,
        Permission::RunRead,
        Permission::RunStart,
        Permission::RunCancel,
    ];
    let names = json!(may.map(Permission::as_str));
    // The runner keeps what everybody has, for an account and for allowing applications.
    let mut all = may.to_vec();
    all.extend([Permission::OrganizationRead, Permission::ProfileUpdate]);
    let all: Vec<&str> = all.into_iter().map(Permission::as_str).collect();
    let define = "mutation($all: [String!]!) { \
        createCustomRole(input: {name: \"Runner\", permissions: $all}) { customRole { id } } }";
    let role = owner.data(define, json!({ "all": all })).await;
    let role = &role["createCustomRole"]["customRole"]["id"];
    let runner = a.of(Role::Developer);
    let change = "mutation($who: ID!, $role: ID!) { \
        changeMemberRole(input: {userId: $who, customRoleId: $role}) { member { name } } }";
    let who = json!({ "who": runner.user.to_string(), "role": role });
    owner.data(change, who).await;
    let made = "mutation($may: [String!]!) { \
        createApiKey(input: {name: \"k\", permissions: $may}) { secret } }";
    let made = owner.data(made, json!({ "may": names })).await;
    let key = Secret::Key(text(&made["createApiKey"]["secret"]));
    let key = Caller::new(&app.base, key);
    let application =
        Application::register(&app, a.owner(), ClientKind::Confidential, &may, None).await;
    let application = application.tokens(&runner.caller).await.caller;

    let variables = json!({ "pipeline": pipeline, "source": chain(2) });
    for (who, caller) in [
        ("a person", &runner.caller),
        ("a key", &key),
        ("an application", &application),
    ] {
        for name in [
            "createPipeline",
            "createPipelineFromExample",
            "pushPipelineVersion",
            "openDraft",
            "editDraft",
            "saveDraft",
            "discardDraft",
            "pinStageOutput",
            "unpinStageOutput",
            "renamePipeline",
            "deletePipeline",
            "restorePipeline",
            "movePipeline",
            "exposePipelineAsTool",
            "createFolder",
            "renameFolder",
            "deleteFolder",
            "publishPipeline",
        ] {
            let row = rows().find(|row| row.field == format!("Mutation.{name}"));
            let document = row.expect("a row").document;
            let refused = caller.code(document, used(document, &variables)).await;
            assert_eq!(refused, "FORBIDDEN", "{name} by {who}");
        }
        start(caller, &pipeline).await;
    }
}

async fn r12_fields_that_an_input_does_not_declare_are_refused(app: TestApp) {
    let a = app.org("A").await;
    let caller = &a.owner().caller;
    for (field, value) in [
        ("orgId", json!(a.id.to_string())),
        ("role", json!("OWNER")),
        ("ownerId", json!("x")),
        ("createdAt", json!("2020-01-01T00:00:00Z")),
        ("verified", json!(true)),
        ("price", json!(0)),
    ] {
        let mut input = json!({ "source": chain(1) });
        input[field] = value;
        let document = "mutation($input: CreatePipelineInput!) { \
            createPipeline(input: $input) { pipeline { id } } }";
        let code = caller.code(document, json!({ "input": input })).await;
        assert_eq!(code, "INVALID_INPUT", "{field}");
    }
}
