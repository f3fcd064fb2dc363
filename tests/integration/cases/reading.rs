//! Reading by a grant on a folder or a pipeline (R16): what it does not cover does not exist.

use std::time::Duration;

use domain::Role;
use serde_json::{Value as Json, json};
use types::{FolderId, PipelineId, PipelineVersionId, RunId};

use super::folders::CREATE;
use crate::{
    cases,
    harness::{
        Caller, TestApp,
        people::random_id,
        pipelines::{chain, create, start, text},
        socket::Socket,
    },
};

cases![Shared:
    r16_what_a_grant_on_a_folder_does_not_cover_does_not_exist,
    r16_lists_searches_counts_and_cursors_say_nothing_of_what_is_left_out,
    r16_a_moved_pipeline_and_its_runs_are_seen_where_they_are_now,
    r16_who_may_start_reads_the_runs_that_they_started_and_no_others,
    r16_the_feed_shows_each_listener_only_what_they_may_read,
];

const MOVE: &str = "mutation($pipeline: ID!, $folder: ID) { \
    movePipeline(input: {pipelineId: $pipeline, folderId: $folder}) { pipeline { id } } }";
const GRANT: &str = "mutation($who: ID!, $folder: ID!, $role: Role!) { \
    createGrant(input: {subjectId: $who, role: $role, folderId: $folder}) { grant { id } } }";
const PIPELINE: &str = "query($id: ID!) { pipeline(id: $id) { id name lastRun { id } } }";
const RUN: &str = "query($id: ID!) { run(id: $id) { id input events { seq } } }";

/// A folder with a pipeline of the same name, and a run of it.
struct Place {
    folder: String,
    pipeline: String,
    version: String,
    run: String,
}

async fn place(owner: &Caller, name: &str) -> Place {
    let made = owner.data(CREATE, json!({ "name": name })).await;
    let folder = text(&made["createFolder"]["folder"]["id"]);
    let pipeline = create(owner, &chain(1).replace("Chain", name)).await;
    owner
        .data(MOVE, json!({ "pipeline": pipeline, "folder": folder }))
        .await;
    let version = "query($id: ID!) { pipeline(id: $id) { latestVersion { id } } }";
    let version = owner.data(version, json!({ "id": pipeline })).await;
    Place {
        version: text(&version["pipeline"]["latestVersion"]["id"]),
        run: start(owner, &pipeline).await,
        folder,
        pipeline,
    }
}

/// The ids of a list.
fn ids(list: &Json) -> Vec<String> {
    let edges = list["edges"].as_array().expect("a list");
    edges.iter().map(|edge| text(&edge["node"]["id"])).collect()
}

async fn r16_what_a_grant_on_a_folder_does_not_cover_does_not_exist(app: TestApp) {
    let a = app.org("A").await;
    let (owner, reader) = (&a.owner().caller, a.of(Role::Billing));
    let (open, hidden) = (place(owner, "Open").await, place(owner, "Hidden").await);
    let terms = json!({ "who": reader.user.to_string(), "folder": open.folder,
        "role": "DEVELOPER" });
    owner.data(GRANT, terms).await;
    let reader = &reader.caller;

    let found = reader.data(PIPELINE, json!({ "id": open.pipeline })).await;
    assert_eq!(found["pipeline"]["name"], "Open");
    assert_eq!(found["pipeline"]["lastRun"]["id"], json!(open.run));
    let found = reader.data(RUN, json!({ "id": open.run })).await;
    assert_eq!(found["run"]["input"], json!({ "value": 1 }));
    let node = "query($id: ID!) { node(id: $id) { id } }";
    for id in [&open.folder, &open.pipeline, &open.version, &open.run] {
        let found = reader.data(node, json!({ "id": id })).await;
        assert_eq!(found["node"]["id"], json!(id));
    }

    let (no_pipeline, no_run) = (random_id::<PipelineId>(&app), random_id::<RunId>(&app));
    let no_folder = random_id::<FolderId>(&app);
    let no_version = random_id::<PipelineVersionId>(&app);
    let inside = "query($id: ID!) { pipelines(folderId: $id) { edges { node { id } } } }";
    let runs = "query($id: ID!) { runs(pipelineId: $id) { edges { node { id } } } }";
    let without = "query($id: ID!) { \
        runs(filter: {notPipelineIds: [$id]}) { edges { node { id } } } }";
    let counts = "query($id: ID!) { runCounts(filter: {pipelineIds: [$id]}) { total } }";
    let chosen = "query($id: ID!) { runs(filter: {ids: [$id]}) { edges { node { id } } } }";
    let begin = "mutation($id: ID!) { \
        startRun(input: {pipelineId: $id, input: {value: 1}}) { run { id } } }";
    let cancel = "mutation($id: ID!) { cancelRun(input: {runId: $id}) { run { id } } }";
    let retry = "mutation($id: ID!) { retryRun(input: {runId: $id}) { run { id } } }";
    for (document, there, never, code) in [
        (PIPELINE, &hidden.pipeline, &no_pipeline, "NOT_FOUND"),
        (RUN, &hidden.run, &no_run, "NOT_FOUND"),
        (node, &hidden.pipeline, &no_pipeline, "NOT_FOUND"),
        (node, &hidden.run, &no_run, "NOT_FOUND"),
        (node, &hidden.folder, &no_folder, "NOT_FOUND"),
        (node, &hidden.version, &no_version, "NOT_FOUND"),
        (inside, &hidden.folder, &no_folder, "NOT_FOUND"),
        (runs, &hidden.pipeline, &no_pipeline, "NOT_FOUND"),
        (without, &hidden.pipeline, &no_pipeline, "NOT_FOUND"),
        (counts, &hidden.pipeline, &no_pipeline, "NOT_FOUND"),
        (chosen, &hidden.run, &no_run, "NOT_FOUND"),
        (begin, &hidden.pipeline, &no_pipeline, "FORBIDDEN"),
        (cancel, &hidden.run, &no_run, "NOT_FOUND"),
        (retry, &hidden.run, &no_run, "NOT_FOUND"),
    ] {
        let there = reader.graphql(document, json!({ "id": there })).await;
        let never = reader.graphql(document, json!({ "id": never })).await;
        assert_eq!(there.code().as_deref(), Some(code), "{document}");
        assert_eq!(there.comparable(), never.comparable(), "{document}");
    }

    let mut socket = Socket::open(reader).await;
    let watch = "subscription($id: ID!) { runEvents(runId: $id) { __typename } }";
    socket
        .subscribe("events", watch, json!({ "id": hidden.run }))
        .await;
    let answer = socket.next().await.expect("an answer");
    assert_eq!(
        answer["payload"]["errors"][0]["extensions"]["code"], "NOT_FOUND",
        "{answer}"
    );
}

async fn r16_lists_searches_counts_and_cursors_say_nothing_of_what_is_left_out(app: TestApp) {
    let a = app.org("A").await;
    let (owner, reader) = (&a.owner().caller, a.of(Role::Billing));
    let (open, hidden) = (place(owner, "Open").await, place(owner, "Hidden").await);
    let terms = json!({ "who": reader.user.to_string(), "folder": open.folder,
        "role": "VIEWER" });
    owner.data(GRANT, terms).await;
    let reader = &reader.caller;
    let mut visible = vec![open.run.clone()];
    for _ in 0..2 {
        start(owner, &hidden.pipeline).await;
        visible.insert(0, start(owner, &open.pipeline).await);
        start(owner, &hidden.pipeline).await;
    }

    let lists = "{ all: pipelines { edges { node { id } } } \
        open: pipelines(search: \"open\") { edges { node { id } } } \
        hidden: pipelines(search: \"hidden\") { edges { node { id } } } \
        deleted: pipelines(deleted: true) { edges { node { id } } } \
        folders { id } }";
    let found = reader.data(lists, json!({})).await;
    assert_eq!(ids(&found["all"]), [&*open.pipeline]);
    assert_eq!(ids(&found["open"]), [&*open.pipeline]);
    assert!(ids(&found["hidden"]).is_empty(), "{found}");
    assert!(ids(&found["deleted"]).is_empty(), "{found}");
    assert_eq!(found["folders"], json!([{ "id": open.folder }]));
    let counts = "{ runCounts { total complete } \
        few: runCounts(filter: {environments: [DEVELOPMENT]}) { total } }";
    let found = reader.data(counts, json!({})).await;
    assert_eq!(
        found["runCounts"],
        json!({ "total": visible.len(), "complete": true })
    );
    assert_eq!(found["few"]["total"], json!(visible.len()));

    // All, by an environment, which no index helps with, and by a text; page by page.
    let page = "query($after: String, $filter: RunFilterInput) { \
        runs(first: 1, after: $after, filter: $filter) { \
            edges { node { id } } pageInfo { hasNextPage endCursor } } }";
    for filter in [
        json!({}),
        json!({ "environments": ["DEVELOPMENT"] }),
        json!({ "text": "Open" }),
        json!({ "pipelineIds": [open.pipeline] }),
    ] {
        let (mut after, mut seen) = (Json::Null, Vec::new());
        for _ in 0..visible.len() {
            let variables = json!({ "after": after, "filter": filter });
            let found = reader.data(page, variables).await;
            let runs = &found["runs"];
            seen.extend(ids(runs));
            after = runs["pageInfo"]["endCursor"].clone();
            let goes_on = json!(seen.len() < visible.len());
            assert_eq!(
                runs["pageInfo"]["hasNextPage"], goes_on,
                "{filter}: {found}"
            );
        }
        assert_eq!(seen, visible, "{filter}");
    }
    for nothing in [json!({ "text": "Hidden" }), json!({ "text": hidden.run })] {
        let variables = json!({ "filter": nothing });
        let found = reader.data(page, variables).await;
        let info = &found["runs"]["pageInfo"];
        assert!(ids(&found["runs"]).is_empty(), "{nothing}: {found}");
        assert_eq!(info["hasNextPage"], false, "{nothing}: {found}");
    }

    // Whoever may read everything still does.
    let all = "{ pipelines { edges { node { id } } } runCounts { total } }";
    let all = owner.data(all, json!({})).await;
    assert_eq!(ids(&all["pipelines"]), [&*hidden.pipeline, &*open.pipeline]);
    assert_eq!(all["runCounts"]["total"], json!(visible.len() + 5));
}

async fn r16_a_moved_pipeline_and_its_runs_are_seen_where_they_are_now(app: TestApp) {
    let a = app.org("A").await;
    let (owner, reader) = (&a.owner().caller, a.of(Role::Billing));
    let (open, hidden) = (place(owner, "Open").await, place(owner, "Hidden").await);
    let terms = json!({ "who": reader.user.to_string(), "folder": open.folder,
        "role": "VIEWER" });
    owner.data(GRANT, terms).await;
    let reader = &reader.caller;
    let to = async |folder: Option<&str>| {
        let variables = json!({ "pipeline": hidden.pipeline, "folder": folder });
        owner.data(MOVE, variables).await;
    };
    let pipeline = json!({ "id": hidden.pipeline });
    let run = json!({ "id": hidden.run });
    assert_eq!(reader.code(RUN, run.clone()).await, "NOT_FOUND");
    to(Some(&open.folder)).await;
    let found = reader.data(PIPELINE, pipeline.clone()).await;
    assert_eq!(found["pipeline"]["name"], "Hidden");
    let found = reader.data(RUN, run.clone()).await;
    assert_eq!(found["run"]["id"], json!(hidden.run));
    to(None).await;
    assert_eq!(reader.code(PIPELINE, pipeline).await, "NOT_FOUND");
    assert_eq!(reader.code(RUN, run).await, "NOT_FOUND");
}

async fn r16_who_may_start_reads_the_runs_that_they_started_and_no_others(app: TestApp) {
    let a = app.org("A").await;
    let (owner, starter) = (&a.owner().caller, a.of(Role::Billing));
    let open = place(owner, "Open").await;
    let role = "mutation { createCustomRole(input: {name: \"Starter\", \
        permissions: [\"run.start\"]}) { customRole { id } } }";
    let role = owner.data(role, json!({})).await;
    let grant = "mutation($who: ID!, $role: ID!, $pipeline: ID!) { createGrant(input: \
        {subjectId: $who, customRoleId: $role, pipelineId: $pipeline}) { grant { id } } }";
    let terms = json!({ "who": starter.user.to_string(), "pipeline": open.pipeline,
        "role": role["createCustomRole"]["customRole"]["id"] });
    let granted = owner.data(grant, terms).await;
    let starter = &starter.caller;

    let own = start(starter, &open.pipeline).await;
    let found = starter.data(RUN, json!({ "id": own })).await;
    assert_eq!(found["run"]["input"], json!({ "value": 1 }));
    // Of the same pipeline, but somebody else's; and one that there never was.
    let theirs = starter.graphql(RUN, json!({ "id": open.run })).await;
    let never = json!({ "id": random_id::<RunId>(&app) });
    let never = starter.graphql(RUN, never).await;
    assert_eq!(theirs.code().as_deref(), Some("FORBIDDEN"));
    assert_eq!(theirs.comparable(), never.comparable());
    for list in [
        "{ runs { edges { node { id } } } }",
        "{ runCounts { total } }",
        "{ pipelines { edges { node { id } } } }",
    ] {
        assert_eq!(starter.code(list, json!({})).await, "FORBIDDEN", "{list}");
    }
    let withdraw = "mutation($id: ID!) { deleteGrant(input: {id: $id}) { deletedId } }";
    let id = &granted["createGrant"]["grant"]["id"];
    owner.data(withdraw, json!({ "id": id })).await;
    assert_eq!(starter.code(RUN, json!({ "id": own })).await, "FORBIDDEN");
}

async fn r16_the_feed_shows_each_listener_only_what_they_may_read(app: TestApp) {
    let a = app.org("A").await;
    let (owner, reader) = (&a.owner().caller, a.of(Role::Billing));
    let (open, hidden) = (place(owner, "Open").await, place(owner, "Hidden").await);
    let terms = json!({ "who": reader.user.to_string(), "folder": open.folder,
        "role": "VIEWER" });
    owner.data(GRANT, terms).await;
    let feed = "subscription { runFeed { id pipeline { name } } }";
    // The first listener, with whose rights nothing is read for the others.
    let mut limited = Socket::open(&reader.caller).await;
    limited.subscribe("feed", feed, json!({})).await;
    let mut whole = Socket::open(owner).await;
    whole.subscribe("feed", feed, json!({})).await;
    let (mut hears_hidden, mut hears_open) = (false, false);
    // A subscription begins at some time after it was asked for.
    for _ in 0..40 {
        start(owner, &hidden.pipeline).await;
        start(owner, &open.pipeline).await;
        while let Some(message) = limited.next_within(Duration::from_millis(100)).await {
            let message = message.expect("a message");
            let run = &message["payload"]["data"]["runFeed"];
            assert_eq!(run["pipeline"]["name"], "Open", "{message}");
            hears_open = true;
        }
        while let Some(message) = whole.next_within(Duration::from_millis(100)).await {
            let message = message.expect("a message");
            let run = &message["payload"]["data"]["runFeed"];
            hears_hidden |= run["pipeline"]["name"] == "Hidden";
        }
        if hears_open && hears_hidden {
            return;
        }
    }
    panic!("open: {hears_open}, hidden: {hears_hidden}");
}
