//! Environments, publications and the second person over GraphQL.

use domain::Role;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        people::key,
        pipelines::{chain, create, push, text},
    },
};

cases![Shared:
    only_the_published_version_runs_in_production_and_the_error_names_it,
    r18_production_is_closed_to_developers_and_open_where_it_is_granted,
    r19_a_second_person_approves_and_nobody_approves_their_own_request,
    r21_what_is_published_to_production_is_not_deleted_or_renamed_by_developers,
    what_is_published_is_read_again_after_each_mutation_of_a_request,
];

const START: &str = "mutation($p: ID!, $in: Environment, $version: Int) { \
    startRun(input: {pipelineId: $p, environment: $in, versionNumber: $version, \
        input: {value: 1}}) { run { id environment version { number } } } }";
const PUBLISH: &str = "mutation($p: ID!, $in: Environment!, $version: Int!) { \
    publishPipeline(input: {pipelineId: $p, environment: $in, versionNumber: $version}) { \
        publication { id status environment version { number } expiresAt } } }";
const CANCEL: &str = "mutation($id: ID!) { cancelRun(input: {runId: $id}) { run { id } } }";
const SETTING: &str = "mutation($on: Boolean!) { \
    updatePublicationSettings(input: {secondPerson: $on}) { publicationSettings { secondPerson } } }";

/// A pipeline with two versions.
async fn pipeline(caller: &Caller) -> String {
    let id = create(caller, &chain(1)).await;
    push(caller, &id, &chain(2)).await;
    id
}

async fn publish(caller: &Caller, pipeline: &str, environment: &str, version: i32) -> Json {
    let variables = json!({ "p": pipeline, "in": environment, "version": version });
    let data = caller.data(PUBLISH, variables).await;
    data["publishPipeline"]["publication"].clone()
}

async fn only_the_published_version_runs_in_production_and_the_error_names_it(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let one = pipeline(owner).await;
    let dev = owner.data(START, json!({ "p": one })).await;
    let run = &dev["startRun"]["run"];
    assert_eq!(
        (&run["environment"], &run["version"]["number"]),
        (&json!("DEVELOPMENT"), &json!(2))
    );
    let none = owner
        .graphql(START, json!({ "p": one, "in": "PRODUCTION" }))
        .await
        .json();
    let extensions = &none["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "NOT_PUBLISHED");
    assert_eq!(extensions["publishedVersion"], Json::Null);

    let published = publish(owner, &one, "PRODUCTION", 1).await;
    assert_eq!(published["status"], "PUBLISHED");
    let made = owner
        .data(START, json!({ "p": one, "in": "PRODUCTION" }))
        .await;
    let run = &made["startRun"]["run"];
    assert_eq!(
        (&run["environment"], &run["version"]["number"]),
        (&json!("PRODUCTION"), &json!(1))
    );
    let other = json!({ "p": one, "in": "PRODUCTION", "version": 2 });
    let other = owner.graphql(START, other).await.json();
    let error = &other["errors"][0];
    assert_eq!(error["extensions"]["code"], "NOT_PUBLISHED");
    assert_eq!(error["extensions"]["publishedVersion"], 1);
    assert!(
        text(&error["message"]).contains("which is 1, not 2"),
        "{error}"
    );
    let nowhere = json!({ "p": one, "in": "DEVELOPMENT", "version": 1 });
    assert_eq!(owner.code(PUBLISH, nowhere).await, "INVALID_INPUT");

    let filter = "{ runs(filter: {environments: [PRODUCTION]}) { edges { node { environment } } } \
        runCounts(filter: {environments: [STAGING, PRODUCTION]}) { total } }";
    let found = owner.data(filter, json!({})).await;
    assert_eq!(found["runs"]["edges"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["runCounts"]["total"], 1);
    publish(owner, &one, "PRODUCTION", 2).await;
    let shown = "query($p: ID!) { pipeline(id: $p) { \
        production: published(environment: PRODUCTION) { version { number } } \
        staging: published(environment: STAGING) { id } \
        publications { version { number } requestedBy { kind } decidedAt pipeline { id } } } }";
    let shown = owner.data(shown, json!({ "p": one })).await;
    let shown = &shown["pipeline"];
    assert_eq!(shown["production"]["version"]["number"], 2);
    assert_eq!(shown["staging"], Json::Null);
    let history = shown["publications"].as_array().expect("a list");
    assert_eq!(history.len(), 2);
    assert_eq!(history[1]["version"]["number"], 1);
    assert_eq!(history[1]["requestedBy"]["kind"], "user");
}

async fn r18_production_is_closed_to_developers_and_open_where_it_is_granted(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let developer = &a.of(Role::Developer).caller;
    let viewer = a.of(Role::Viewer);
    let one = pipeline(owner).await;
    publish(owner, &one, "PRODUCTION", 1).await;
    publish(developer, &one, "STAGING", 1).await;
    let in_production = json!({ "p": one, "in": "PRODUCTION" });
    let made = owner.data(START, in_production.clone()).await;
    let run = text(&made["startRun"]["run"]["id"]);
    let publishing = json!({ "p": one, "in": "PRODUCTION", "version": 2 });
    for (document, variables) in [
        (START, in_production.clone()),
        (PUBLISH, publishing),
        (CANCEL, json!({ "id": run })),
    ] {
        let refused = developer.graphql(document, variables).await;
        assert_eq!(refused.code().as_deref(), Some("FORBIDDEN"));
        assert!(refused.text.contains("production.use"), "{}", refused.text);
    }
    let grant = "mutation($who: ID!, $role: Role!, $in: Environment!) { \
        createGrant(input: {subjectId: $who, role: $role, environment: $in}) { \
            grant { environment } } }";
    let who = viewer.user.to_string();
    for (role, environment) in [("DEVELOPER", "STAGING"), ("ADMIN", "PRODUCTION")] {
        let variables = json!({ "who": who, "role": role, "in": environment });
        let granted = owner.data(grant, variables).await;
        assert_eq!(granted["createGrant"]["grant"]["environment"], environment);
        let there = json!({ "p": one, "in": environment });
        viewer.caller.data(START, there).await;
        assert_eq!(
            viewer.caller.code(START, json!({ "p": one })).await,
            "FORBIDDEN",
            "not in development"
        );
    }
    viewer.caller.data(CANCEL, json!({ "id": run })).await;
    let useless = json!({ "who": who, "role": "VIEWER", "in": "STAGING" });
    assert_eq!(owner.code(grant, useless).await, "INVALID_INPUT");
    let why = "query($who: ID!, $p: ID!) { whyCan(holderId: $who, permission: \"run.start\", \
        pipelineId: $p, environment: PRODUCTION) { allowed text } }";
    let developer = a.of(Role::Developer).user.to_string();
    for (who, allowed, part) in [
        (who, true, "in production, given by"),
        (developer, false, "That needs `production.use` as well"),
    ] {
        let why = owner.data(why, json!({ "who": who, "p": one })).await;
        assert_eq!(why["whyCan"]["allowed"], allowed, "{why}");
        assert!(text(&why["whyCan"]["text"]).contains(part), "{why}");
    }
}

async fn r19_a_second_person_approves_and_nobody_approves_their_own_request(app: TestApp) {
    let a = app.org("A").await;
    let (owner, admin) = (&a.owner().caller, &a.of(Role::Admin).caller);
    let one = pipeline(owner).await;
    owner.data(SETTING, json!({ "on": true })).await;
    let setting = "{ publicationSettings { secondPerson } }";
    let setting = a.of(Role::Viewer).caller.data(setting, json!({})).await;
    assert_eq!(setting["publicationSettings"]["secondPerson"], true);
    let request = publish(owner, &one, "PRODUCTION", 1).await;
    assert_eq!(request["status"], "REQUESTED");
    assert!(request["expiresAt"].is_string());
    let request = text(&request["id"]);
    let approve = "mutation($id: ID!) { approvePublication(input: {id: $id}) { \
        publication { status decidedBy } } }";
    let refuse = "mutation($id: ID!) { refusePublication(input: {id: $id}) { \
        publication { status } } }";
    let (_, program) = key(&app, a.of(Role::Admin), Role::Admin).await;
    for (who, caller) in [
        ("oneself", owner),
        ("a key", &program),
        ("a developer", &a.of(Role::Developer).caller),
    ] {
        let refused = caller.code(approve, json!({ "id": request })).await;
        assert_eq!(refused, "FORBIDDEN", "{who}");
    }
    let waiting = "{ publicationRequests { id requestedByViewer pipeline { id } } }";
    for (caller, own) in [(owner, true), (admin, false)] {
        let found = caller.data(waiting, json!({})).await;
        assert_eq!(
            found["publicationRequests"],
            json!([{ "id": request, "requestedByViewer": own, "pipeline": { "id": one } }])
        );
    }
    let approved = admin.data(approve, json!({ "id": request })).await;
    let publication = &approved["approvePublication"]["publication"];
    assert_eq!(publication["status"], "PUBLISHED");
    assert!(publication["decidedBy"].is_string());
    assert_eq!(
        admin.code(refuse, json!({ "id": request })).await,
        "CONFLICT"
    );

    // What a key requests, its creator requests.
    let by_key = publish(&program, &one, "PRODUCTION", 2).await;
    let by_key = text(&by_key["id"]);
    assert_eq!(
        admin.code(approve, json!({ "id": by_key })).await,
        "FORBIDDEN"
    );
    let refused = owner.data(refuse, json!({ "id": by_key })).await;
    let publication = &refused["refusePublication"]["publication"];
    assert_eq!(publication["status"], "REFUSED");
    let shown = "query($p: ID!) { pipeline(id: $p) { \
        published(environment: PRODUCTION) { version { number } } } }";
    let shown = owner.data(shown, json!({ "p": one })).await;
    assert_eq!(shown["pipeline"]["published"]["version"]["number"], 1);
}

async fn r21_what_is_published_to_production_is_not_deleted_or_renamed_by_developers(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let developer = &a.of(Role::Developer).caller;
    let one = pipeline(owner).await;
    let change = |field: &str, more: &str| {
        format!(
            "mutation($p: ID!) {{ {field}(input: {{pipelineId: $p{more}}}) {{ \
                pipeline {{ id deletedAt }} }} }}"
        )
    };
    let delete = change("deletePipeline", "");
    let restore = change("restorePipeline", "");
    let rename = change("renamePipeline", ", name: \"renamed\"");
    let id = json!({ "p": one });
    publish(owner, &one, "STAGING", 1).await;
    for allowed in [&rename, &delete, &restore] {
        developer.data(allowed, id.clone()).await;
    }
    publish(owner, &one, "PRODUCTION", 1).await;
    for (refused, then) in [(&rename, &delete), (&delete, &delete), (&restore, &restore)] {
        let answer = developer.graphql(refused, id.clone()).await;
        assert_eq!(answer.code().as_deref(), Some("FORBIDDEN"), "{refused}");
        assert!(answer.text.contains("production.use"), "{}", answer.text);
        owner.data(then, id.clone()).await;
    }
}

async fn what_is_published_is_read_again_after_each_mutation_of_a_request(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let one = pipeline(owner).await;
    let both = "mutation($p: ID!) { \
        first: publishPipeline(input: {pipelineId: $p, environment: STAGING, versionNumber: 1}) { \
            publication { pipeline { published(environment: STAGING) { version { number } } } } } \
        second: publishPipeline(input: {pipelineId: $p, environment: STAGING, versionNumber: 2}) { \
            publication { pipeline { published(environment: STAGING) { version { number } } } } } }";
    let done = owner.data(both, json!({ "p": one })).await;
    for (field, number) in [("first", 1), ("second", 2)] {
        let pipeline = &done[field]["publication"]["pipeline"];
        assert_eq!(pipeline["published"]["version"]["number"], number);
    }
}
