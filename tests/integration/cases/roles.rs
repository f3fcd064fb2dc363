//! Permissions over HTTP: R02 for every field of the schema, R03 for the public routes.
//!
//! R01, role by permission through the use cases, is tested in `domain::access`.

use domain::{Role, identity};
use serde_json::{Value as Json, json};

use super::schema::Contract;
use crate::{
    cases,
    harness::{
        Caller, TestApp,
        callers::Secret,
        people::{failed_job, key, new_session},
        pipelines::{chain, create, start},
        socket::Socket,
    },
};

cases![Shared:
    r02_every_field_refuses_anonymous_expired_foreign_forbidden_and_revoked_callers,
    r03_only_health_and_sign_in_are_public,
    r07_a_key_never_does_what_only_a_person_may,
    r12_fields_that_an_input_does_not_declare_are_refused,
];

/// A field of the schema, and the lowest role that may use it.
struct Row {
    field: &'static str,
    document: &'static str,
    least: Role,
}

const fn row(field: &'static str, document: &'static str, least: Role) -> Row {
    Row {
        field,
        document,
        least,
    }
}

const ROWS: &[Row] = &[
    row(
        "Query.node",
        "query($run: ID!) { node(id: $run) { id } }",
        Role::Viewer,
    ),
    row(
        "Query.nodes",
        "query($run: ID!) { nodes(ids: [$run]) { id } }",
        Role::Viewer,
    ),
    row("Query.viewer", "{ viewer { role } }", Role::Viewer),
    row("Query.twoFactor", "{ twoFactor { onSince } }", Role::Viewer),
    row("Query.sessions", "{ sessions { device } }", Role::Viewer),
    row(
        "Query.organization",
        "{ organization { id } }",
        Role::Viewer,
    ),
    row(
        "Query.members",
        "{ members { edges { node { name role } } } }",
        Role::Viewer,
    ),
    row(
        "Query.member",
        "{ member(userId: \"x\") { name } }",
        Role::Viewer,
    ),
    row("Query.passkeys", "{ passkeys { name } }", Role::Viewer),
    row(
        "Query.passkeysPossible",
        "{ passkeysPossible }",
        Role::Viewer,
    ),
    row(
        "Query.emailChange",
        "{ emailChange { email } }",
        Role::Viewer,
    ),
    row("Query.domains", "{ domains { id } }", Role::Admin),
    row(
        "Query.invitations",
        "{ invitations { edges { cursor } } }",
        Role::Admin,
    ),
    row(
        "Query.pipelines",
        "{ pipelines { edges { cursor } } }",
        Role::Viewer,
    ),
    row(
        "Query.pipeline",
        "query($pipeline: ID!) { pipeline(id: $pipeline) { id } }",
        Role::Viewer,
    ),
    row(
        "Query.customRoles",
        "{ customRoles { name permissions } }",
        Role::Viewer,
    ),
    row(
        "Query.permissions",
        "{ permissions { name } }",
        Role::Viewer,
    ),
    row(
        "Query.teams",
        "{ teams { name members { name } } }",
        Role::Viewer,
    ),
    row(
        "Query.serviceAccounts",
        "{ serviceAccounts { name role { name } } }",
        Role::Viewer,
    ),
    row(
        "Query.grants",
        "{ grants { subjectName role { name } } }",
        Role::Viewer,
    ),
    row(
        "Query.whyCan",
        "{ whyCan(holderId: \"x\", permission: \"run.start\") { text } }",
        Role::Viewer,
    ),
    row(
        "Mutation.createCustomRole",
        "mutation { createCustomRole(input: {name: \"r\", permissions: [\"run.read\"]}) { \
            customRole { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.updateCustomRole",
        "mutation { updateCustomRole(input: {id: \"x\", name: \"r\", permissions: []}) { \
            customRole { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.deleteCustomRole",
        "mutation { deleteCustomRole(input: {id: \"x\"}) { deletedId } }",
        Role::Admin,
    ),
    row(
        "Mutation.createTeam",
        "mutation { createTeam(input: {name: \"t\"}) { team { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.renameTeam",
        "mutation { renameTeam(input: {id: \"x\", name: \"t\"}) { team { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.deleteTeam",
        "mutation { deleteTeam(input: {id: \"x\"}) { deletedId } }",
        Role::Admin,
    ),
    row(
        "Mutation.addTeamMember",
        "mutation { addTeamMember(input: {teamId: \"x\", userId: \"x\"}) { team { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.removeTeamMember",
        "mutation { removeTeamMember(input: {teamId: \"x\", userId: \"x\"}) { team { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.createServiceAccount",
        "mutation { createServiceAccount(input: {name: \"s\", role: VIEWER}) { \
            serviceAccount { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.updateServiceAccount",
        "mutation { updateServiceAccount(input: {id: \"x\", name: \"s\", role: VIEWER}) { \
            serviceAccount { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.createGrant",
        "mutation { createGrant(input: {subjectId: \"x\", role: VIEWER}) { grant { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.deleteGrant",
        "mutation { deleteGrant(input: {id: \"x\"}) { deletedId } }",
        Role::Admin,
    ),
    row("Query.runs", "{ runs { edges { cursor } } }", Role::Viewer),
    row(
        "Query.runCounts",
        "{ runCounts(filter: {notStatus: [FAILED]}) { total complete } }",
        Role::Viewer,
    ),
    row(
        "Query.runTrend",
        "{ runTrend(span: LAST_24_HOURS) { buckets { start p50Ms } } }",
        Role::Viewer,
    ),
    row(
        "Query.savedRunViews",
        "{ savedRunViews { name filter { text } } }",
        Role::Viewer,
    ),
    row(
        "Query.run",
        "query($run: ID!) { run(id: $run) { id } }",
        Role::Viewer,
    ),
    row("Query.components", "{ components { name } }", Role::Viewer),
    row("Query.examples", "{ examples { name } }", Role::Viewer),
    row("Query.apiKeys", "{ apiKeys { id } }", Role::Developer),
    row("Query.jobs", "{ jobs { edges { cursor } } }", Role::Admin),
    row(
        "Query.job",
        "query($job: ID!) { job(id: $job) { id } }",
        Role::Admin,
    ),
    row(
        "Query.validatePipeline",
        "query($source: String!) { validatePipeline(source: $source) { valid } }",
        Role::Viewer,
    ),
    row(
        "Mutation.beginTwoFactor",
        "mutation { beginTwoFactor { secret } }",
        Role::Viewer,
    ),
    row(
        "Mutation.confirmTwoFactor",
        "mutation { confirmTwoFactor(input: {code: \"1\"}) { recoveryCodes } }",
        Role::Viewer,
    ),
    row(
        "Mutation.disableTwoFactor",
        "mutation { disableTwoFactor { twoFactor { onSince } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.renewRecoveryCodes",
        "mutation { renewRecoveryCodes { recoveryCodes } }",
        Role::Viewer,
    ),
    row(
        "Mutation.endSession",
        "mutation { endSession(input: {sessionId: \"x\"}) { endedSessionId } }",
        Role::Viewer,
    ),
    row(
        "Mutation.endOtherSessions",
        "mutation { endOtherSessions { ended } }",
        Role::Viewer,
    ),
    row(
        "Mutation.createOrganization",
        "mutation { createOrganization(input: {name: \"C\"}) { organization { id } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.beginPasskey",
        "mutation { beginPasskey { token } }",
        Role::Viewer,
    ),
    row(
        "Mutation.addPasskey",
        "mutation { addPasskey(input: {token: \"x\", name: \"n\", credential: {}}) \
            { passkey { name } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.removePasskey",
        "mutation { removePasskey(input: {passkeyId: \"x\"}) { removedPasskeyId } }",
        Role::Viewer,
    ),
    row(
        "Mutation.changeEmail",
        "mutation { changeEmail(input: {email: \"a@b.test\"}) { emailChange { email } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.verifyEmail",
        "mutation { verifyEmail(input: {}) { emailChange { email } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.resendEmailChange",
        "mutation { resendEmailChange { emailChange { email } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.cancelEmailChange",
        "mutation { cancelEmailChange { ok } }",
        Role::Viewer,
    ),
    row(
        "Mutation.claimDomain",
        "mutation { claimDomain(input: {name: \"example.com\"}) { domain { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.checkDomain",
        "mutation { checkDomain(input: {id: \"x\"}) { domain { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.removeDomain",
        "mutation { removeDomain(input: {id: \"x\"}) { removedId } }",
        Role::Admin,
    ),
    row(
        "Mutation.createInvitation",
        "mutation { createInvitation(input: {role: VIEWER}) { path } }",
        Role::Admin,
    ),
    row(
        "Mutation.renewInvitation",
        "mutation { renewInvitation(input: {id: \"x\"}) { path } }",
        Role::Admin,
    ),
    row(
        "Mutation.revokeInvitation",
        "mutation { revokeInvitation(input: {id: \"x\"}) { invitation { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.changeMemberRole",
        "mutation { changeMemberRole(input: {userId: \"x\", role: VIEWER}) { member { name } } }",
        Role::Admin,
    ),
    row(
        "Mutation.removeMember",
        "mutation { removeMember(input: {userId: \"x\"}) { removedUserId } }",
        Role::Admin,
    ),
    row(
        "Mutation.transferOwnership",
        "mutation { transferOwnership(input: {userId: \"x\"}) { member { name } } }",
        Role::Owner,
    ),
    row(
        "Mutation.leaveOrganization",
        "mutation { leaveOrganization { ok } }",
        Role::Viewer,
    ),
    row(
        "Mutation.updateProfile",
        "mutation { updateProfile(input: {name: \"N\"}) { viewer { role } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.setPassword",
        "mutation { setPassword(input: {newPassword: \"correct horse\"}) { ok } }",
        Role::Viewer,
    ),
    row(
        "Mutation.createPipeline",
        "mutation($source: String!) { \
            createPipeline(input: {source: $source}) { pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.createPipelineFromExample",
        "mutation { createPipelineFromExample(input: {name: \"dependency-report\"}) { \
            pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.pushPipelineVersion",
        "mutation($pipeline: ID!, $source: String!) { \
            pushPipelineVersion(input: {pipelineId: $pipeline, source: $source}) { created } }",
        Role::Developer,
    ),
    row(
        "Mutation.renamePipeline",
        "mutation($pipeline: ID!) { \
            renamePipeline(input: {pipelineId: $pipeline}) { pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.deletePipeline",
        "mutation($pipeline: ID!) { \
            deletePipeline(input: {pipelineId: $pipeline}) { pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.restorePipeline",
        "mutation($pipeline: ID!) { \
            restorePipeline(input: {pipelineId: $pipeline}) { pipeline { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.startRun",
        "mutation($pipeline: ID!) { \
            startRun(input: {pipelineId: $pipeline, input: {value: 1}}) { run { id } } }",
        Role::Developer,
    ),
    row(
        "Query.previewInput",
        "{ previewInput(inputFile: {name: \"a.csv\", text: \"a\\n1\"}) { rows } }",
        Role::Developer,
    ),
    row(
        "Mutation.deleteUpload",
        "mutation { deleteUpload(input: {id: \"upl_x\"}) { deletedId } }",
        Role::Developer,
    ),
    row(
        "Mutation.cancelRun",
        "mutation($run: ID!) { cancelRun(input: {runId: $run}) { run { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.retryRun",
        "mutation($run: ID!) { retryRun(input: {runId: $run}) { run { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.runStage",
        "mutation($run: ID!) { runStage(input: {runId: $run, stage: \"s0\"}) { run { id } } }",
        Role::Developer,
    ),
    row(
        "Query.runOperation",
        "{ runOperation(id: \"runop_x\") { id } }",
        Role::Viewer,
    ),
    row(
        "Query.runOperations",
        "{ runOperations { edges { cursor } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.cancelRuns",
        "mutation { cancelRuns(input: {filter: {text: \"none\"}}) { operation { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.retryRuns",
        "mutation { retryRuns(input: {filter: {text: \"none\"}}) { operation { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.stopRunOperation",
        "mutation { stopRunOperation(input: {id: \"runop_x\"}) { operation { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.saveRunView",
        "mutation { saveRunView(input: {name: \"v\", filter: {status: [FAILED]}}) { \
            savedRunView { id } } }",
        Role::Viewer,
    ),
    row(
        "Mutation.deleteSavedRunView",
        "mutation { deleteSavedRunView(input: {id: \"view_x\"}) { deletedId } }",
        Role::Viewer,
    ),
    row(
        "Mutation.createApiKey",
        "mutation { createApiKey(input: {name: \"k\", role: VIEWER}) { secret } }",
        Role::Developer,
    ),
    row(
        "Mutation.revokeApiKey",
        "mutation($key: ID!) { revokeApiKey(input: {id: $key}) { apiKey { id } } }",
        Role::Developer,
    ),
    row(
        "Mutation.rotateApiKey",
        "mutation($key: ID!) { rotateApiKey(input: {id: $key}) { secret } }",
        Role::Developer,
    ),
    row(
        "Mutation.retryJob",
        "mutation($job: ID!) { retryJob(input: {id: $job}) { job { id } } }",
        Role::Admin,
    ),
    row("Query.ssoProviders", "{ ssoProviders { id } }", Role::Admin),
    row("Query.ssoRedirectUri", "{ ssoRedirectUri }", Role::Admin),
    row(
        "Query.externalIdentities",
        "{ externalIdentities { id } }",
        Role::Viewer,
    ),
    row(
        "Query.connectableProviders",
        "{ connectableProviders { key } }",
        Role::Viewer,
    ),
    row(
        "Mutation.createSsoProvider",
        "mutation { createSsoProvider(input: {settings: {kind: OTHER, name: \"N\", \
            issuer: \"x\", clientId: \"c\", scopes: [], mappings: [], joining: NOBODY, \
            enabled: false}}) { provider { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.updateSsoProvider",
        "mutation { updateSsoProvider(input: {id: \"x\", settings: {kind: OTHER, name: \"N\", \
            issuer: \"x\", clientId: \"c\", scopes: [], mappings: [], joining: NOBODY, \
            enabled: false}}) { provider { id } } }",
        Role::Admin,
    ),
    row(
        "Mutation.deleteSsoProvider",
        "mutation { deleteSsoProvider(input: {id: \"x\"}) { id } }",
        Role::Admin,
    ),
    row(
        "Mutation.testSsoProvider",
        "mutation { testSsoProvider(input: {id: \"x\"}) { passed } }",
        Role::Admin,
    ),
    row(
        "Mutation.disconnectIdentity",
        "mutation { disconnectIdentity(input: {id: \"x\"}) { id } }",
        Role::Viewer,
    ),
    row("Query.mails", "{ mails { edges { cursor } } }", Role::Admin),
    row(
        "Mutation.resendMail",
        "mutation { resendMail(input: {id: \"x\"}) { mail { id } } }",
        Role::Admin,
    ),
    row(
        "Subscription.runEvents",
        "subscription($run: ID!) { runEvents(runId: $run) { __typename } }",
        Role::Viewer,
    ),
    row(
        "Subscription.runFeed",
        "subscription { runFeed { id } }",
        Role::Viewer,
    ),
    row(
        "Subscription.runOperationFeed",
        "subscription { runOperationFeed { id } }",
        Role::Viewer,
    ),
];

async fn r02_every_field_refuses_anonymous_expired_foreign_forbidden_and_revoked_callers(
    app: TestApp,
) {
    let rows: Vec<String> = ROWS.iter().map(|row| row.field.to_owned()).collect();
    let contract = Contract::read();
    assert_eq!(
        rows.iter().collect::<std::collections::BTreeSet<_>>(),
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

    for row in ROWS {
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
fn used(document: &str, all: &Json) -> Json {
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
        "mutation { beginPasskey { token } }",
        "mutation { removePasskey(input: {passkeyId: \"x\"}) { removedPasskeyId } }",
        "mutation { renewRecoveryCodes { recoveryCodes } }",
        "mutation { endOtherSessions { ended } }",
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
