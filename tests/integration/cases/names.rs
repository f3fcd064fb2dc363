//! Names that callers set: every argument that takes one refuses invisible characters (X13).

use domain::Role;
use serde_json::json;

use super::{schema::Contract, uploads};
use crate::{
    cases,
    harness::{
        TestApp,
        people::key,
        pipelines::{chain, create},
    },
};

cases![None:
    x13_a_name_with_invisible_characters_is_refused_wherever_one_is_given,
    i03_a_duplicate_key_in_a_body_is_refused_by_name;
Shared:
    x13_names_from_before_the_check_lose_their_invisible_characters;
];

/// Each argument that takes a name, and a mutation that sets it. The name in
/// `createPipelineFromExample` is that of an example.
const PLACES: &[(&str, &str)] = &[
    (
        "Mutation.addPasskey(input.name)",
        "mutation($name: String!) { addPasskey(input: {token: \"x\", name: $name, credential: {}}) \
            { passkey { name } } }",
    ),
    (
        "Mutation.claimDomain(input.name)",
        "mutation($name: String!) { claimDomain(input: {name: $name}) { domain { id } } }",
    ),
    (
        "Mutation.createApiKey(input.name)",
        "mutation($name: String!) { createApiKey(input: {name: $name, role: VIEWER}) { secret } }",
    ),
    (
        "Mutation.createCustomRole(input.name)",
        "mutation($name: String!) { createCustomRole(input: {name: $name, permissions: []}) { customRole { id } } }",
    ),
    (
        "Mutation.createFolder(input.name)",
        "mutation($name: String!) { createFolder(input: {name: $name}) { folder { id } } }",
    ),
    (
        "Mutation.createOrganization(input.name)",
        "mutation($name: String!) { createOrganization(input: {name: $name}) { organization { id } } }",
    ),
    (
        "Mutation.createPipeline(input.name)",
        "mutation($name: String!) { createPipeline(input: {name: $name}) { pipeline { id } } }",
    ),
    (
        "Mutation.createPipelineFromExample(input.name)",
        "mutation($name: String!) { createPipelineFromExample(input: {name: $name}) { pipeline { id } } }",
    ),
    (
        "Mutation.createScimToken(input.name)",
        "mutation($name: String!) { createScimToken(input: {name: $name}) { secret } }",
    ),
    (
        "Mutation.createServiceAccount(input.name)",
        "mutation($name: String!) { createServiceAccount(input: {name: $name, role: VIEWER}) { serviceAccount { id } } }",
    ),
    (
        "Mutation.createSsoProvider(input.settings.name)",
        "mutation($name: String!) { createSsoProvider(input: {settings: {kind: OTHER, name: $name, \
            issuer: \"x\", clientId: \"c\", scopes: [], mappings: [], joining: NOBODY, \
            enabled: false}}) { provider { id } } }",
    ),
    (
        "Mutation.createTeam(input.name)",
        "mutation($name: String!) { createTeam(input: {name: $name}) { team { id } } }",
    ),
    (
        "Mutation.registerApplication(input.name)",
        "mutation($name: String!) { registerApplication(input: {name: $name, kind: PUBLIC, \
            scopes: [\"run.read\"], deviceFlow: true}) { secret } }",
    ),
    (
        "Mutation.renameFolder(input.name)",
        "mutation($name: String!) { renameFolder(input: {id: \"x\", name: $name}) { folder { id } } }",
    ),
    (
        "Mutation.renamePipeline(input.name)",
        "mutation($name: String!, $pipeline: ID!) { \
            renamePipeline(input: {pipelineId: $pipeline, name: $name}) { pipeline { id } } }",
    ),
    (
        "Mutation.renameTeam(input.name)",
        "mutation($name: String!) { renameTeam(input: {id: \"x\", name: $name}) { team { id } } }",
    ),
    (
        "Mutation.saveRunView(input.name)",
        "mutation($name: String!) { saveRunView(input: {name: $name, filter: {}}) { savedRunView { id } } }",
    ),
    (
        "Mutation.startRun(input.inputFile.name)",
        "mutation($name: String!, $pipeline: ID!) { startRun(input: {pipelineId: $pipeline, \
            inputFile: {name: $name, text: \"{}\"}}) { run { id } } }",
    ),
    (
        "Mutation.updateApplication(input.name)",
        "mutation($name: String!) { updateApplication(input: {clientId: \"x\", name: $name, \
            redirectUris: [], scopes: [\"run.read\"], deviceFlow: true}) { application { name } } }",
    ),
    (
        "Mutation.updateCustomRole(input.name)",
        "mutation($name: String!) { updateCustomRole(input: {id: \"x\", name: $name, permissions: []}) { customRole { id } } }",
    ),
    (
        "Mutation.updateProfile(input.name)",
        "mutation($name: String!) { updateProfile(input: {name: $name}) { viewer { role } } }",
    ),
    (
        "Mutation.updateProfile(input.organizationName)",
        "mutation($name: String!) { updateProfile(input: {organizationName: $name}) { viewer { role } } }",
    ),
    (
        "Mutation.updateServiceAccount(input.name)",
        "mutation($name: String!) { updateServiceAccount(input: {id: \"x\", name: $name, role: VIEWER}) { serviceAccount { id } } }",
    ),
    (
        "Mutation.updateSsoProvider(input.settings.name)",
        "mutation($name: String!) { updateSsoProvider(input: {id: \"x\", settings: {kind: OTHER, \
            name: $name, issuer: \"x\", clientId: \"c\", scopes: [], mappings: [], \
            joining: NOBODY, enabled: false}}) { provider { id } } }",
    ),
];

async fn x13_a_name_with_invisible_characters_is_refused_wherever_one_is_given(app: TestApp) {
    let places: Vec<&str> = PLACES.iter().map(|place| place.0).collect();
    assert_eq!(
        places,
        Contract::read().name_arguments(),
        "each place of a name needs a row here"
    );
    let org = app.org("A").await;
    let caller = &org.owner().caller;
    let pipeline = create(caller, &chain(1)).await;
    for (name, code_point) in [
        ("report\u{202e}nosj.exe", "U+202E"),
        ("pay\u{200b}roll", "U+200B"),
        ("a\u{2066}b\u{2069}", "U+2066"),
    ] {
        for (place, document) in PLACES {
            let mut variables = json!({ "name": name });
            if document.contains("$pipeline") {
                variables["pipeline"] = json!(pipeline);
            }
            let refused = caller.graphql(document, variables).await;
            if place.contains("Example") {
                assert_eq!(
                    refused.code().as_deref(),
                    Some("NOT_FOUND"),
                    "{}",
                    refused.text
                );
                continue;
            }
            assert_eq!(refused.code().as_deref(), Some("INVALID_INPUT"), "{place}");
            assert!(
                refused.text.contains(code_point),
                "{place}: {}",
                refused.text
            );
        }
        // The name in a pipeline's file, when the pipeline is created and when a version is pushed.
        let source = chain(1).replace("Chain", name);
        for document in [
            "mutation($source: String!) { createPipeline(input: {source: $source}) { pipeline { id } } }",
            "mutation($source: String!, $pipeline: ID!) { \
                pushPipelineVersion(input: {pipelineId: $pipeline, source: $source}) { created } }",
        ] {
            let mut variables = json!({ "source": source });
            if document.contains("$pipeline") {
                variables["pipeline"] = json!(pipeline);
            }
            let refused = caller.graphql(document, variables).await;
            assert_eq!(
                refused.code().as_deref(),
                Some("INVALID_INPUT"),
                "{}",
                refused.text
            );
            assert!(refused.text.contains(code_point), "{}", refused.text);
        }
        let refused = uploads::send(caller, name, "text/plain", "x").await;
        assert_eq!(
            refused.code().as_deref(),
            Some("INVALID_INPUT"),
            "{}",
            refused.text
        );
        assert!(refused.text.contains(code_point), "{}", refused.text);
    }
}

async fn i03_a_duplicate_key_in_a_body_is_refused_by_name(app: TestApp) {
    let org = app.org("A").await;
    let caller = &org.owner().caller;
    let query = "mutation($i: CreateOrganizationInput!) { createOrganization(input: $i) { organization { id } } }";
    for (path, body) in [
        (
            "/graphql",
            format!("{{\"query\":\"{query}\",\"variables\":{{\"i\":{{\"name\":\"a\",\"name\":\"b\"}}}}}}"),
        ),
        (
            "/graphql",
            format!("[{{\"query\":\"{query}\",\"variables\":{{\"i\":{{\"name\":\"a\",\"n\\u0061me\":\"b\"}}}}}}]"),
        ),
        (
            "/graphql",
            "{\"query\":\"mutation { createOrganization(input: {name: \\\"a\\\", name: \\\"b\\\"}) \
              { organization { id } } }\"}".to_owned(),
        ),
        (
            "/auth/password",
            "{\"email\":\"a@b.c\",\"name\":1,\"name\":2,\"password\":\"x\"}".to_owned(),
        ),
    ] {
        let request = caller
            .request(reqwest::Method::POST, path)
            .header("content-type", "application/json")
            .body(body.clone());
        let answer = request.send().await.expect("the server answers");
        let answer = crate::harness::Answer::of(answer).await;
        assert_eq!(answer.code().as_deref(), Some("DUPLICATE_KEY"), "{body}: {}", answer.text);
        assert!(answer.text.contains("`name`"), "{}", answer.text);
    }
    let mine = "{ viewer { organizations { id } } }";
    let data = caller.data(mine, json!({})).await;
    assert_eq!(
        data["viewer"]["organizations"].as_array().map(Vec::len),
        Some(1)
    );
}

async fn x13_names_from_before_the_check_lose_their_invisible_characters(app: TestApp) {
    const NAMES: &str = "{ viewer { user { name } organization { name } } \
        pipelines(search: \"report\") { edges { node { name } } } apiKeys { name } }";
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    create(owner, &chain(1)).await;
    key(&app, a.owner(), Role::Viewer).await;
    // Written as before the check, and the migration undone, which is then applied again.
    app.sql(
        "UPDATE users SET name = 'A\u{202e}da'; \
         UPDATE organizations SET name = ' \u{200b}Acme\u{feff}'; \
         UPDATE api_keys SET name = '\u{3164}'; \
         UPDATE pipelines SET name = 'Re\u{ad}port می\u{200c}خواهم'; \
         DELETE FROM seaql_migrations WHERE version = 'm0030_visible_names'",
    )
    .await;
    let url = app.app.settings().database_url();
    migrations::migrate(&url).await.expect("migrated");
    let data = owner.data(NAMES, json!({})).await;
    assert_eq!(data["viewer"]["user"]["name"], "Ada", "{data}");
    assert_eq!(data["viewer"]["organization"]["name"], "Acme", "{data}");
    let keys = data["apiKeys"].as_array().expect("a list");
    assert!(!keys.is_empty(), "{data}");
    assert!(keys.iter().all(|key| key["name"] == "Unnamed"), "{data}");
    let pipelines = &data["pipelines"]["edges"];
    assert_eq!(
        pipelines[0]["node"]["name"], "Report می\u{200c}خواهم",
        "{data}"
    );
}
