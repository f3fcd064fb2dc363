//! Organizations do not see each other: T01, T02, T03, T12, T15 over HTTP.
//!
//! T17 and T18, row-level security, are tested in `domain::tenancy`.

mod applications;
mod drafts;
mod environments;
pub(super) mod rows;
mod single_sign_on;
mod triggers;
pub(super) mod victim;
mod webhook_endpoints;

use std::time::Duration;

use domain::Role;
use futures::future::join_all;
use serde_json::{Value as Json, json};

use super::schema::Contract;
use crate::{
    cases,
    harness::{
        Caller, TestApp,
        pipelines::{chain, create, start, text},
        scim::client,
        socket::Socket,
    },
};

use environments::{FOLDER, REQUEST};
use rows::{
    ACCOUNT, DOMAIN, GRANT, INVITATION, JOB, KEY, MAIL, OPERATION, ROLE, RUN, TEAM, VIEW, rows,
};
use victim::Victim;

cases![Shared:
    t01_every_id_of_the_schema_works_for_its_owner_and_is_not_found_for_others,
    t02_node_and_nodes_return_only_own_objects,
    t03_a_retyped_truncated_or_padded_id_is_not_found,
    t12_a_subscription_to_another_organization_is_not_found_before_its_first_event,
    t15_two_hundred_concurrent_requests_of_two_organizations_never_mix,
];

async fn t01_every_id_of_the_schema_works_for_its_owner_and_is_not_found_for_others(app: TestApp) {
    let mut places: Vec<&str> = rows().map(|row| row.place).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        Contract::read().id_arguments(),
        "each place of an id needs a row here"
    );

    app.work();
    let (a, b) = (app.org("A").await, app.org("B").await);
    let victim = Victim::of(&app, &b).await;
    let source = chain(3);
    let own = create(&a.owner().caller, &chain(1)).await;
    let made = "mutation { createTeam(input: {name: \"own\"}) { team { id } } \
        createServiceAccount(input: {name: \"own\", role: VIEWER}) { serviceAccount { id } } }";
    let made = a.owner().caller.data(made, json!({})).await;
    let own_team = text(&made["createTeam"]["team"]["id"]);
    let own_account = text(&made["createServiceAccount"]["serviceAccount"]["id"]);
    let own_group = client(&app, &a).await.group("own", &[]).await;
    for row in rows() {
        let id = (row.id)(&victim);
        let ask = async |caller: &Caller, id: &str| {
            let mut variables = json!({ "id": id });
            if row.document.contains("$source") {
                variables["source"] = json!(source);
            }
            if row.document.contains("$pipeline") {
                // The caller's own object, so that only the other id is foreign.
                let is_b = caller.secret == b.owner().caller.secret;
                variables["pipeline"] = json!(if is_b { &victim.pipeline } else { &own });
            }
            let (is_b, billing) = (caller.secret == b.owner().caller.secret, Role::Billing);
            for (name, theirs, ours) in [
                ("group", &victim.scim_group, &own_group),
                ("team", &victim.team, &own_team),
                ("account", &victim.account, &own_account),
                (
                    "member",
                    &b.of(billing).user.to_string(),
                    &a.of(billing).user.to_string(),
                ),
                ("owner", &victim.owner, &a.owner().user.to_string()),
                ("domain", &victim.domain, &"x".to_owned()),
                ("provider", &victim.saml_provider, &"x".to_owned()),
            ] {
                if row.document.contains(&format!("${name}:")) {
                    variables[name] = json!(if is_b { theirs } else { ours });
                }
            }
            if row.document.starts_with("subscription") {
                first_message(caller, row.document, variables).await
            } else {
                caller.graphql(row.document, variables).await.comparable()
            }
        };
        let own = ask(&b.owner().caller, id).await;
        assert!(!own.contains("errors"), "{}: {own}", row.place);
        let foreign = ask(&a.owner().caller, id).await;
        let random = ask(&a.owner().caller, &(row.random)(&app)).await;
        assert_eq!(foreign, random, "{}", row.place);
        assert!(foreign.contains("NOT_FOUND"), "{}: {foreign}", row.place);
    }
}

/// The first message of a subscription, without its ids.
async fn first_message(caller: &Caller, document: &str, variables: Json) -> String {
    let mut socket = Socket::open(caller).await;
    socket.subscribe("1", document, variables).await;
    let mut message = socket.next().await.expect("a message");
    if let Some(errors) = message.pointer_mut("/payload/errors") {
        for error in errors.as_array_mut().expect("a list") {
            error["extensions"]
                .as_object_mut()
                .expect("extensions")
                .remove("requestId");
        }
    }
    message.to_string()
}

async fn t02_node_and_nodes_return_only_own_objects(app: TestApp) {
    app.work();
    let (a, b) = (app.org("A").await, app.org("B").await);
    let own = create(&a.owner().caller, &chain(1)).await;
    let foreign = create(&b.owner().caller, &chain(1)).await;
    let caller = &a.owner().caller;
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(
        caller.code(node, json!({ "id": foreign })).await,
        "NOT_FOUND"
    );
    assert_eq!(
        caller.data(node, json!({ "id": own })).await["node"]["id"],
        json!(own)
    );

    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }";
    let answer = caller
        .graphql(nodes, json!({ "ids": [own, foreign, "nonsense"] }))
        .await
        .json();
    let list = answer["data"]["nodes"].as_array().expect("a list").clone();
    assert_eq!(list[0], json!({ "id": own, "__typename": "Pipeline" }));
    assert_eq!(list[1..], [Json::Null, Json::Null]);
    let codes: Vec<String> = answer["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| text(&error["extensions"]["code"]))
        .collect();
    assert_eq!(codes, ["NOT_FOUND", "NOT_FOUND"]);
    // All other types with ids are nodes too.
    let (mine, theirs) = (Victim::of(&app, &a).await, Victim::of(&app, &b).await);
    for (id, kind) in [
        (RUN, "Run"),
        (KEY, "ApiKey"),
        (JOB, "Job"),
        (MAIL, "Mail"),
        (DOMAIN, "Domain"),
        (single_sign_on::PROVIDER, "SsoProvider"),
        (INVITATION, "Invitation"),
        (OPERATION, "RunOperation"),
        (VIEW, "SavedRunView"),
        (ROLE, "CustomRole"),
        (TEAM, "Team"),
        (ACCOUNT, "ServiceAccount"),
        (GRANT, "Grant"),
        (FOLDER, "Folder"),
        (REQUEST, "Publication"),
        (triggers::TRIGGER, "Trigger"),
        (webhook_endpoints::ENDPOINT, "WebhookEndpoint"),
    ] {
        let answer = caller.data(nodes, json!({ "ids": [id(&mine)] })).await;
        let found = json!({ "id": id(&mine), "__typename": kind });
        assert_eq!(answer["nodes"][0], found);
        let foreign = caller.code(node, json!({ "id": id(&theirs) })).await;
        assert_eq!(foreign, "NOT_FOUND", "{kind}");
    }
    // People and organizations are nodes too; only the caller's own are found.
    for (id, visible) in [
        (a.id.to_string(), true),
        (b.id.to_string(), false),
        (a.owner().user.to_string(), true),
        (b.owner().user.to_string(), false),
    ] {
        let answer = caller.graphql(node, json!({ "id": id })).await.json();
        assert_eq!(
            answer["data"]["node"]["id"] == json!(id),
            visible,
            "{answer}"
        );
    }
}

async fn t03_a_retyped_truncated_or_padded_id_is_not_found(app: TestApp) {
    let a = app.org("A").await;
    let caller = &a.owner().caller;
    let pipeline = create(caller, &chain(1)).await;
    let run = start(caller, &pipeline).await;
    let wrong = [
        run.replacen("run_", "pipe_", 1),
        run[..run.len() - 1].to_owned(),
        format!("{run}0"),
        run.to_uppercase(),
        format!("{run}\u{0}"),
        format!(" {run}"),
        "run_' OR '1'='1".to_owned(),
        "x".repeat(128),
        String::new(),
    ];
    let too_long = "x".repeat(129);
    for id in wrong {
        for document in [
            "query($id: ID!) { pipeline(id: $id) { id } }",
            "query($id: ID!) { run(id: $id) { id } }",
            "query($id: ID!) { node(id: $id) { id } }",
            "mutation($id: ID!) { cancelRun(input: {runId: $id}) { run { id } } }",
        ] {
            let code = caller.code(document, json!({ "id": id })).await;
            assert_eq!(code, "NOT_FOUND", "{document} {id:.40}");
        }
    }
    // Longer than any id: refused because of its length, before any look-up.
    let document = "query($id: ID!) { run(id: $id) { id } }";
    let code = caller.code(document, json!({ "id": too_long })).await;
    assert_eq!(code, "LIMIT_EXCEEDED");
}

async fn t12_a_subscription_to_another_organization_is_not_found_before_its_first_event(
    app: TestApp,
) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    let pipeline = create(&b.owner().caller, &chain(1)).await;
    let run = start(&b.owner().caller, &pipeline).await;

    let mut socket = Socket::open(&a.owner().caller).await;
    let watch = "subscription($id: ID!) { runEvents(runId: $id) { __typename } }";
    socket
        .subscribe("events", watch, json!({ "id": run }))
        .await;
    let answer = socket.next().await.expect("an answer");
    assert_eq!(
        answer["payload"]["errors"][0]["extensions"]["code"], "NOT_FOUND",
        "{answer}"
    );
    assert_eq!(socket.next().await.expect("the end")["type"], "complete");

    // The feed is that of the caller's organization: it has A's new run, and not B's.
    socket
        .subscribe("feed", "subscription { runFeed { id } }", json!({}))
        .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    start(&b.owner().caller, &pipeline).await;
    let own_pipeline = create(&a.owner().caller, &chain(1)).await;
    let own = start(&a.owner().caller, &own_pipeline).await;
    let told = socket.next().await.expect("a message");
    assert_eq!(
        told["payload"]["data"]["runFeed"]["id"],
        json!(own),
        "{told}"
    );

    // A connection that names B's organization is refused.
    let stranger = a.owner().caller.in_org(b.id);
    let mut socket = Socket::connect(&stranger, Some(&stranger.base))
        .await
        .expect("an upgrade");
    let payload = json!({ "org": b.id.to_string() });
    socket
        .send(json!({ "type": "connection_init", "payload": payload }))
        .await;
    assert_eq!(socket.closed().await.0, 4401);
}

async fn t15_two_hundred_concurrent_requests_of_two_organizations_never_mix(app: TestApp) {
    let orgs = [app.org("A").await, app.org("B").await];
    for (org, name) in orgs.iter().zip(["of-a", "of-b"]) {
        let source = chain(1).replace("Chain", name);
        for _ in 0..3 {
            let pipeline = create(&org.owner().caller, &source).await;
            start(&org.owner().caller, &pipeline).await;
        }
    }
    let query = "{ organization { id } runs(first: 10) { edges { node { \
        pipeline { name description } version { number source } } } } }";
    let requests = (0..200).map(|at| {
        let org = &orgs[at % 2];
        async move { (at % 2, org.owner().caller.data(query, json!({})).await) }
    });
    for (which, data) in join_all(requests).await {
        let (own, foreign) = [("of-a", "of-b"), ("of-b", "of-a")][which];
        assert_eq!(
            data["organization"]["id"],
            json!(orgs[which].id.to_string())
        );
        let text = data["runs"].to_string();
        assert_eq!(text.matches(own).count(), 6, "{text}");
        assert!(!text.contains(foreign), "{text}");
    }
}
