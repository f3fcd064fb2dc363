//! What is granted to single API keys, over GraphQL.

use domain::Role;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        callers::Secret,
        pipelines::{chain, create, text},
    },
};

cases![Shared:
    r20_a_key_acts_on_the_pipeline_granted_to_it_also_after_a_rotation,
    r20_a_key_gets_nothing_that_its_holder_lacks_and_nothing_of_others,
];

const GRANT: &str = "mutation($key: ID!, $p: ID!) { \
    createGrant(input: {subjectId: $key, role: DEVELOPER, pipelineId: $p}) { \
        grant { subjectKind subjectId subjectName pipelineId } } }";
const START: &str = "mutation($p: ID!) { \
    startRun(input: {pipelineId: $p, input: {value: 1}}) { run { environment } } }";
const WHY: &str = "query($key: ID!, $p: ID!) { \
    whyCan(holderId: $key, permission: \"run.start\", pipelineId: $p) { \
        allowed text inKeyPermissions grants { id } keyGrants { subjectId } } }";

/// A key without permissions: its id and its caller.
async fn key(app: &TestApp, holder: &Caller) -> (String, Caller) {
    let made = "mutation { createApiKey(input: {name: \"ci\", permissions: []}) { \
        apiKey { id } secret } }";
    let made = holder.data(made, json!({})).await;
    let made = &made["createApiKey"];
    let program = Caller::new(&app.base, Secret::Key(text(&made["secret"])));
    (text(&made["apiKey"]["id"]), program)
}

async fn r20_a_key_acts_on_the_pipeline_granted_to_it_also_after_a_rotation(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let (one, other) = (
        create(owner, &chain(1)).await,
        create(owner, &chain(1)).await,
    );
    let (id, program) = key(&app, owner).await;
    assert_eq!(program.code(START, json!({ "p": one })).await, "FORBIDDEN");
    let both = json!({ "key": id, "p": one });
    let no = owner.data(WHY, both.clone()).await;
    assert_eq!(no["whyCan"]["allowed"], false, "{no}");
    assert_eq!(no["whyCan"]["inKeyPermissions"], false);
    let missing = "The key does not have the permission `run.start`";
    assert!(text(&no["whyCan"]["text"]).contains(missing), "{no}");

    let granted = owner.data(GRANT, both.clone()).await;
    assert_eq!(
        granted["createGrant"]["grant"],
        json!({ "subjectKind": "API_KEY", "subjectId": id, "subjectName": "ci",
            "pipelineId": one })
    );
    program.data(START, json!({ "p": one })).await;
    let list = "{ pipelines { edges { node { id } } } }";
    let listed = program.data(list, json!({})).await;
    let only = json!([{ "node": { "id": one } }]);
    assert_eq!(listed["pipelines"]["edges"], only);
    let refused = program.code(START, json!({ "p": other })).await;
    assert_eq!(refused, "FORBIDDEN");
    let yes = owner.data(WHY, both).await;
    assert_eq!(yes["whyCan"]["allowed"], true, "{yes}");
    assert_eq!(yes["whyCan"]["grants"], json!([]), "by the role");
    assert_eq!(yes["whyCan"]["keyGrants"], json!([{ "subjectId": id }]));

    let rotate = "mutation($id: ID!) { rotateApiKey(input: {id: $id}) { secret apiKey { id } } }";
    let rotated = owner.data(rotate, json!({ "id": id })).await;
    let rotated = &rotated["rotateApiKey"];
    let successor = Caller::new(&app.base, Secret::Key(text(&rotated["secret"])));
    successor.data(START, json!({ "p": one })).await;
    let of_key = "query($id: ID!) { grants(subjectId: $id) { id pipelineId } }";
    let new = json!({ "id": rotated["apiKey"]["id"] });
    let carried = owner.data(of_key, new).await;
    let carried = &carried["grants"][0];
    assert_eq!(carried["pipelineId"], json!(one));
    let withdraw = "mutation($id: ID!) { deleteGrant(input: {id: $id}) { deletedId } }";
    owner.data(withdraw, json!({ "id": carried["id"] })).await;
    let refused = successor.code(START, json!({ "p": one })).await;
    assert_eq!(refused, "FORBIDDEN");
    // The old key has its own grant until it ends.
    program.data(START, json!({ "p": one })).await;
}

async fn r20_a_key_gets_nothing_that_its_holder_lacks_and_nothing_of_others(app: TestApp) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    let owner = &a.owner().caller;
    let one = create(owner, &chain(1)).await;
    let (id, program) = key(&app, &a.of(Role::Developer).caller).await;
    let in_production = "mutation($key: ID!) { \
        createGrant(input: {subjectId: $key, role: ADMIN, environment: PRODUCTION}) { \
            grant { environment } } }";
    let granted = owner.data(in_production, json!({ "key": id })).await;
    let grant = &granted["createGrant"]["grant"];
    assert_eq!(grant["environment"], "PRODUCTION");
    let start = "mutation($p: ID!) { startRun(input: {pipelineId: $p, environment: PRODUCTION, \
        input: {value: 1}}) { run { id } } }";
    let refused = program.graphql(start, json!({ "p": one })).await;
    assert_eq!(refused.code().as_deref(), Some("FORBIDDEN"));
    assert!(refused.text.contains("production.use"), "{}", refused.text);

    let stranger = &b.owner().caller;
    let theirs = create(stranger, &chain(1)).await;
    let variables = json!({ "key": id, "p": theirs });
    let list = "query($key: ID!) { grants(subjectId: $key) { id } }";
    for (document, variables) in [
        (GRANT, variables.clone()),
        (WHY, variables),
        (list, json!({ "key": id })),
    ] {
        let code: String = stranger.code(document, variables).await;
        assert_eq!(code, "NOT_FOUND", "{document}");
    }
    let revoke = "mutation($id: ID!) { revokeApiKey(input: {id: $id}) { apiKey { id } } }";
    owner.data(revoke, json!({ "id": id })).await;
    let left: Json = owner.data(list, json!({ "key": id })).await;
    assert_eq!(left["grants"], json!([]));
    let again = owner.code(GRANT, json!({ "key": id, "p": one })).await;
    assert_eq!(again, "CONFLICT");
}
