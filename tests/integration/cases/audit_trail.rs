//! The audit log: each mutation of the schema that succeeds writes a row with the id of its request, and
//! so does each that is refused. The rows of T01 and R02 are the mutations.

use std::collections::BTreeSet;

use domain::{Ctx, Permission, Role, audit, identity::oauth::ClientKind};
use reqwest::Method;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    roles,
    schema::Contract,
    tenancy::{self, victim::Victim},
    two_factor,
};
use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        applications::{Application, post},
        people::{Person, failed_job, key, set_email},
        pipelines::{chain, create, start, text},
    },
};

cases![Shared:
    the_log_names_the_action_of_each_change,
    every_mutation_that_succeeds_is_in_the_log_with_its_request,
    every_mutation_that_is_refused_is_in_the_log_with_its_request,
];

/// Mutations that write nothing here.
const SILENT: &[&str] = &[
    // It only makes the challenge for `addPasskey`, which needs an authenticator and is tested in
    // `domain::identity::passkeys`.
    "beginPasskey",
    "addPasskey",
    // They write a row for each domain whose state changes, and for each person who joins.
    "checkDomain",
    "checkWaitingUsers",
    // The row is in the log of the new organization.
    "createOrganization",
    // The operation has ended before; tested in `domain::run_operations`.
    "stopRunOperation",
    // It changes nothing.
    "testSsoProvider",
    // Changes of a draft are in the log of the draft, with their authors. Who is where is not stored.
    "editDraft",
    "setDraftText",
    "undoDraft",
    "redoDraft",
    "restoreDraft",
    "draftPresence",
    // The exchange has ended before; tested in `copilot`.
    "cancelCopilot",
];

/// Sends a document with this id of the request.
async fn sent(caller: &Caller, id: &str, document: &str, variables: Json) -> Answer {
    let request = caller
        .request(Method::POST, "/graphql")
        .header("x-request-id", id)
        .json(&json!({ "query": document, "variables": variables }));
    Answer::of(request.send().await.expect("an answer")).await
}

/// The action and the actor of each row with this id of the request.
async fn rows_of(ctx: &Ctx, id: &str) -> Vec<(String, Option<Uuid>)> {
    let rows = audit::list(ctx, 100).await.expect("the log").into_iter();
    rows.filter(|row| row.request_id == id)
        .map(|row| (row.action, row.actor_id))
        .collect()
}

/// Sends mutations that succeed, and remembers those that are in the log.
struct Log<'a> {
    ctx: &'a Ctx,
    mutations: BTreeSet<String>,
    sent: usize,
    written: BTreeSet<String>,
}

impl Log<'_> {
    async fn send(&mut self, person: &Person, document: &str, variables: Json) -> Json {
        self.sent += 1;
        let id = format!("audit-{:04}", self.sent);
        let json = sent(&person.caller, &id, document, variables).await.json();
        assert!(json.get("errors").is_none(), "{document}: {json}");
        let rows = rows_of(self.ctx, &id).await;
        let own = rows.iter().any(|(_, actor)| *actor == Some(person.user.0));
        assert!(own || rows.is_empty(), "{document}: {rows:?}");
        let words = document.split(|c: char| !c.is_ascii_alphanumeric());
        let names: BTreeSet<String> = words
            .filter(|word| self.mutations.contains(*word))
            .map(str::to_owned)
            .collect();
        if rows.len() >= names.len() {
            self.written.extend(names);
        }
        json["data"].clone()
    }
}

async fn every_mutation_that_succeeds_is_in_the_log_with_its_request(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let victim = Victim::of(&app, &a).await;
    let (owner, person, other) = (a.owner(), a.of(Role::Billing), a.of(Role::Developer));
    let contract = Contract::read();
    let mutations: BTreeSet<String> = contract
        .mutations()
        .into_keys()
        .map(str::to_owned)
        .collect();
    let mut log = Log {
        ctx: &owner.ctx,
        mutations: mutations.clone(),
        sent: 0,
        written: BTreeSet::new(),
    };
    set_email(&app, person.user, "bo@example.test").await;
    // Mutations without an id, or for which T01 has no change.
    for (who, document) in [
        (
            owner,
            "createCustomRole(input: {name: \"r\", permissions: []}) { customRole { id } }",
        ),
        (owner, "createTeam(input: {name: \"t\"}) { team { id } }"),
        (
            owner,
            "createFolder(input: {name: \"f\"}) { folder { id } }",
        ),
        (owner, "createScimToken(input: {name: \"N\"}) { secret }"),
        (
            owner,
            "createPipelineFromExample(input: {name: \"dependency-report\"}) { pipeline { id } }",
        ),
        (
            owner,
            "createWebhookEndpoint(input: {url: \"https://hooks.example.com/\", \
                events: [\"run.failed\"]}) { secret }",
        ),
        (
            owner,
            "claimDomain(input: {name: \"company-of-bo.com\"}) { domain { id } }",
        ),
        (
            owner,
            "updatePublicationSettings(input: {secondPerson: false}) { __typename }",
        ),
        (
            owner,
            "setCopilotSettings(input: {enabled: true, provider: \"scripted\"}) { __typename }",
        ),
        (
            person,
            "updateProfile(input: {name: \"Bo\"}) { viewer { role } }",
        ),
        (
            person,
            "setPassword(input: {newPassword: \"correct horse\"}) { ok }",
        ),
        (
            person,
            "changeEmail(input: {email: \"new@example.test\"}) { emailChange { email } }",
        ),
        (person, "resendEmailChange { emailChange { email } }"),
        (person, "cancelEmailChange { ok }"),
        (person, "endOtherSessions { ended }"),
        (
            person,
            "updateRequestLetters(input: {wanted: false}) { wanted }",
        ),
        (
            other,
            "updateProfile(input: {email: \"cy@example.test\"}) { viewer { role } }",
        ),
        (other, "verifyEmail(input: {}) { emailChange { email } }"),
    ] {
        log.send(who, &format!("mutation {{ {document} }}"), json!({}))
            .await;
    }
    let rename = "mutation($id: ID!) { \
        renamePipeline(input: {pipelineId: $id, name: \"N\"}) { pipeline { id } } }";
    log.send(owner, rename, json!({ "id": victim.pipeline }))
        .await;
    let begun = log.send(person, two_factor::BEGIN, json!({})).await;
    let secret = text(&begun["beginTwoFactor"]["secret"]);
    let code = two_factor::code(&app, &secret, 0);
    log.send(person, two_factor::CONFIRM, json!({ "c": code }))
        .await;
    let renew = "mutation { renewRecoveryCodes { recoveryCodes } }";
    log.send(person, renew, json!({})).await;
    log.send(person, two_factor::DISABLE, json!({})).await;
    allow(&app, owner, &mut log).await;
    for row in tenancy::rows::rows().filter(|row| row.place.starts_with("Mutation.")) {
        let variables = victim.variables(&a, row.document, (row.id)(&victim));
        log.send(owner, row.document, variables).await;
    }
    log.send(person, "mutation { leaveOrganization { ok } }", json!({}))
        .await;

    let silent: BTreeSet<String> = SILENT.iter().map(|name| (*name).to_owned()).collect();
    assert!(silent.is_subset(&mutations), "{silent:?}");
    let missing: Vec<&String> = mutations
        .iter()
        .filter(|name| !log.written.contains(*name) && !silent.contains(*name))
        .collect();
    assert!(missing.is_empty(), "not in the log: {missing:?}");
}

/// Lets the person allow an application and a device.
async fn allow(app: &TestApp, person: &Person, log: &mut Log<'_>) {
    let scopes = [Permission::RunRead];
    let application = Application::register(app, person, ClientKind::Public, &scopes, None).await;
    let allow = "mutation($query: String!) { \
        answerAuthorization(input: {query: $query, allow: true}) { redirectTo } }";
    let query = json!({ "query": application.query() });
    log.send(person, allow, query).await;
    let client = [("client_id", "flowmason-cli")];
    let codes = post(&app.base, "/oauth/device_authorization", &client).await;
    let code = json!({ "code": codes.json()["user_code"] });
    let look = "query($code: String!) { deviceRequest(code: $code) { applicationName } }";
    person.caller.data(look, code.clone()).await;
    let allow = "mutation($code: String!) { \
        answerDevice(input: {code: $code, allow: true}) { allowed } }";
    log.send(person, allow, code).await;
}

async fn every_mutation_that_is_refused_is_in_the_log_with_its_request(app: TestApp) {
    let a = app.org("A").await;
    let (owner, viewer) = (a.owner(), a.of(Role::Viewer));
    let pipeline = create(&owner.caller, &chain(1)).await;
    let run = start(&owner.caller, &pipeline).await;
    let (kept, _) = key(&app, owner, Role::Viewer).await;
    let job = failed_job(owner).await.to_string();
    let all = json!({ "pipeline": pipeline, "run": run, "job": job, "key": kept.to_string(),
        "source": chain(1) });
    let refused =
        roles::rows().filter(|row| row.field.starts_with("Mutation.") && row.least != Role::Viewer);
    for (at, row) in refused.enumerate() {
        let id = format!("refused-{at:04}");
        let variables = roles::used(row.document, &all);
        let answer = sent(&viewer.caller, &id, row.document, variables).await;
        assert_eq!(answer.code().as_deref(), Some("FORBIDDEN"), "{}", row.field);
        let expected = ("access.refused".to_owned(), Some(viewer.user.0));
        let rows = rows_of(&owner.ctx, &id).await;
        assert!(rows.contains(&expected), "{}: {rows:?}", row.field);
    }
}

async fn the_log_names_the_action_of_each_change(app: TestApp) {
    let a = app.org("A").await;
    set_email(&app, a.owner().user, "ann@example.test").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let send = async |document: &str, variables: Json| {
        let request = owner
            .request(Method::POST, "/graphql")
            .header("x-request-id", "audit-0001");
        let body = json!({ "query": document, "variables": variables });
        let answer = request.json(&body).send().await.expect("an answer");
        let json: Json = answer.json().await.expect("JSON");
        assert!(json.get("errors").is_none(), "{document}: {json}");
        json["data"].clone()
    };
    let steps = [
        (
            "updateProfile(input: {name: \"Ann\"}) { viewer { role } }",
            "profile.update",
        ),
        (
            "updateProfile(input: {organizationName: \"Acme\"}) { viewer { role } }",
            "organization.rename",
        ),
        (
            "setPassword(input: {newPassword: \"correct horse\"}) { ok }",
            "profile.password",
        ),
        (
            "createPipelineFromExample(input: {name: \"dependency-report\"}) { version { id } }",
            "pipeline.create",
        ),
        (
            "createApiKey(input: {name: \"k\", role: VIEWER}) { apiKey { id } }",
            "api_key.create",
        ),
    ];
    for (step, action) in steps {
        send(&format!("mutation {{ {step} }}"), json!({})).await;
        newest_is(&a.owner().ctx, action).await;
    }
    let push = "mutation($p: ID!, $s: String!) { pushPipelineVersion(input: {pipelineId: $p, source: $s}) { created } }";
    send(push, json!({ "p": pipeline, "s": chain(2) })).await;
    newest_is(&a.owner().ctx, "pipeline.push").await;
    for (change, action) in [
        (
            "renamePipeline(input: {pipelineId: $p, name: \"N\"})",
            "pipeline.rename",
        ),
        ("deletePipeline(input: {pipelineId: $p})", "pipeline.delete"),
        (
            "restorePipeline(input: {pipelineId: $p})",
            "pipeline.restore",
        ),
    ] {
        let document = format!("mutation($p: ID!) {{ {change} {{ pipeline {{ id }} }} }}");
        send(&document, json!({ "p": pipeline })).await;
        newest_is(&a.owner().ctx, action).await;
    }
    let start =
        "mutation($p: ID!) { startRun(input: {pipelineId: $p, input: {value: 1}}) { run { id } } }";
    let run = text(&send(start, json!({ "p": pipeline })).await["startRun"]["run"]["id"]);
    newest_is(&a.owner().ctx, "run.start").await;
    let cancel =
        "mutation($r: ID!) { cancelRun(input: {runId: $r, reason: \"enough\"}) { run { id } } }";
    send(cancel, json!({ "r": run })).await;
    newest_is(&a.owner().ctx, "run.cancel").await;

    let refused = a
        .of(Role::Viewer)
        .caller
        .code(push, json!({ "p": pipeline, "s": chain(3) }))
        .await;
    assert_eq!(refused, "FORBIDDEN");
    let rows = audit::list(&a.owner().ctx, 1).await.expect("the log");
    assert_eq!(rows[0].action, "access.refused");
}

async fn newest_is(ctx: &domain::Ctx, action: &str) {
    let rows = audit::list(ctx, 1).await.expect("the log");
    assert_eq!(rows[0].action, action);
    assert_eq!(rows[0].request_id, "audit-0001");
    assert_eq!(rows[0].actor_id, ctx.actor.id);
}
