//! Folders of pipelines over GraphQL, and what is granted on them.

use domain::Role;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        pipelines::{chain, create, start, text},
    },
};

cases![Shared:
    a_folder_is_created_filled_listed_renamed_and_deleted,
    r17_a_grant_on_a_folder_counts_for_its_pipelines_and_ends_when_they_leave,
];

pub const CREATE: &str =
    "mutation($name: String!) { createFolder(input: {name: $name}) { folder { id name } } }";
const MOVE: &str = "mutation($pipeline: ID!, $folder: ID) { \
    movePipeline(input: {pipelineId: $pipeline, folderId: $folder}) { \
        pipeline { id folder { id name } } } }";
const START: &str = "mutation($p: ID!) { \
    startRun(input: {pipelineId: $p, input: {value: 1}}) { run { environment } } }";

async fn folder(caller: &Caller, name: &str) -> String {
    let data = caller.data(CREATE, json!({ "name": name })).await;
    text(&data["createFolder"]["folder"]["id"])
}

async fn listed(caller: &Caller, folder: &str) -> Vec<String> {
    let list = "query($folder: ID!) { \
        pipelines(folderId: $folder) { edges { node { id folder { name } } } } }";
    let data = caller.data(list, json!({ "folder": folder })).await;
    let edges = data["pipelines"]["edges"].as_array().expect("a list");
    edges.iter().map(|edge| text(&edge["node"]["id"])).collect()
}

async fn a_folder_is_created_filled_listed_renamed_and_deleted(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let reports = folder(owner, "Reports").await;
    let taken = owner.code(CREATE, json!({ "name": "reports" })).await;
    assert_eq!(taken, "CONFLICT");
    let one = create(owner, &chain(1)).await;
    let moved = owner
        .data(MOVE, json!({ "pipeline": one, "folder": reports }))
        .await;
    assert_eq!(
        moved["movePipeline"]["pipeline"]["folder"],
        json!({ "id": reports, "name": "Reports" })
    );
    let inside = "mutation($folder: ID!) { \
        createPipeline(input: {name: \"inside\", folderId: $folder}) { pipeline { id } } }";
    let made = owner.data(inside, json!({ "folder": reports })).await;
    let two = text(&made["createPipeline"]["pipeline"]["id"]);
    assert_eq!(listed(owner, &reports).await, [&*two, &*one]);
    let search = "query($folder: ID!) { \
        pipelines(folderId: $folder, search: \"INS\") { edges { node { id } } } }";
    let found = owner.data(search, json!({ "folder": reports })).await;
    assert_eq!(found["pipelines"]["edges"][0]["node"]["id"], json!(two));

    let rename = "mutation($id: ID!) { \
        renameFolder(input: {id: $id, name: \"Old reports\"}) { folder { name } } }";
    owner.data(rename, json!({ "id": reports })).await;
    let folders = owner.data("{ folders { id name } }", json!({})).await;
    assert_eq!(
        folders["folders"],
        json!([{ "id": reports, "name": "Old reports" }])
    );
    let out = owner.data(MOVE, json!({ "pipeline": one })).await;
    assert_eq!(out["movePipeline"]["pipeline"]["folder"], Json::Null);
    let delete = "mutation($id: ID!) { deleteFolder(input: {id: $id}) { deletedId } }";
    owner.data(delete, json!({ "id": reports })).await;
    let left = "query($p: ID!) { pipeline(id: $p) { folder { id } } }";
    let left = owner.data(left, json!({ "p": two })).await;
    assert_eq!(left["pipeline"]["folder"], Json::Null);
    assert_eq!(
        owner.code(delete, json!({ "id": reports })).await,
        "NOT_FOUND"
    );
}

async fn r17_a_grant_on_a_folder_counts_for_its_pipelines_and_ends_when_they_leave(app: TestApp) {
    let a = app.org("A").await;
    let (owner, viewer) = (&a.owner().caller, a.of(Role::Viewer));
    let reports = folder(owner, "Reports").await;
    let (one, other) = (
        create(owner, &chain(1)).await,
        create(owner, &chain(1)).await,
    );
    owner
        .data(MOVE, json!({ "pipeline": one, "folder": reports }))
        .await;
    let grant = "mutation($who: ID!, $folder: ID!) { \
        createGrant(input: {subjectId: $who, role: DEVELOPER, folderId: $folder}) { \
            grant { folderId pipelineId environment } } }";
    let who = viewer.user.to_string();
    let granted = owner
        .data(grant, json!({ "who": who, "folder": reports }))
        .await;
    assert_eq!(
        granted["createGrant"]["grant"],
        json!({ "folderId": reports, "pipelineId": null, "environment": null })
    );
    let both = "mutation($who: ID!, $folder: ID!) { createGrant(input: {subjectId: $who, \
        role: DEVELOPER, folderId: $folder, environment: STAGING}) { grant { id } } }";
    let both = owner
        .code(both, json!({ "who": who, "folder": reports }))
        .await;
    assert_eq!(both, "INVALID_INPUT");

    let run = start(&viewer.caller, &one).await;
    assert!(run.starts_with("run_"));
    assert_eq!(
        viewer.caller.code(START, json!({ "p": other })).await,
        "FORBIDDEN"
    );
    let mine = "{ viewer { permissions folderPermissions { folderId permissions } } }";
    let mine = viewer.caller.data(mine, json!({})).await;
    let on_folder = &mine["viewer"]["folderPermissions"][0];
    assert_eq!(on_folder["folderId"], json!(reports));
    assert!(on_folder["permissions"].to_string().contains("run.start"));
    let why = "query($who: ID!, $p: ID!) { \
        whyCan(holderId: $who, permission: \"run.start\", pipelineId: $p) { allowed text } }";
    let why = owner.data(why, json!({ "who": who, "p": one })).await;
    assert_eq!(why["whyCan"]["allowed"], true);
    let sentence = text(&why["whyCan"]["text"]);
    assert!(sentence.contains("on the folder `Reports`"), "{sentence}");
    let why = "query($who: ID!, $f: ID!) { \
        whyCan(holderId: $who, permission: \"run.start\", folderId: $f) { allowed text } }";
    let why = owner.data(why, json!({ "who": who, "f": reports })).await;
    assert_eq!(why["whyCan"]["allowed"], true);
    let sentence = text(&why["whyCan"]["text"]);
    assert!(
        sentence.contains("(`run.start`) on the folder `Reports`: by a grant"),
        "{sentence}"
    );

    let refused = viewer.caller.code(MOVE, json!({ "pipeline": one })).await;
    assert_eq!(
        refused, "FORBIDDEN",
        "moving is a right in the organization"
    );
    owner.data(MOVE, json!({ "pipeline": one })).await;
    assert_eq!(
        viewer.caller.code(START, json!({ "p": one })).await,
        "FORBIDDEN"
    );
}
