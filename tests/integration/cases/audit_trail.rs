//! Every change writes a row to the audit log, with the id of its request.

use domain::{Role, audit};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        TestApp,
        people::set_email,
        pipelines::{chain, create, text},
    },
};

cases![Shared: every_change_and_every_refusal_is_in_the_audit_log];

async fn every_change_and_every_refusal_is_in_the_audit_log(app: TestApp) {
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
