//! Webhooks over HTTP: what is accepted, what is refused, and what is answered. W01, W03 to W07, W12, W13.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        pipelines::{chain, create, text},
    },
};

cases![Shared:
    w01_only_a_right_signature_of_the_bytes_starts_a_run,
    w03_the_same_delivery_gets_the_same_answer_from_every_server,
    w04_a_body_that_is_too_large_encoded_or_no_json_is_refused,
    w05_a_body_of_another_type_than_the_trigger_expects_is_refused,
    w06_a_webhook_with_too_many_deliveries_is_told_to_wait_and_others_are_not,
    w07_an_old_address_and_an_old_secret_end,
    w12_the_result_of_a_run_is_data_and_never_a_page_of_this_server,
    w13_whatever_is_no_address_is_not_found_alike,
    a_webhook_reads_no_cookie_key_or_organization_and_answers_no_other_site,
    a_delivery_is_listed_without_secrets_and_can_be_made_again,
];

const CREATE: &str = "mutation($p: ID!, $d: JSON!) { \
    createTrigger(input: {pipelineId: $p, definition: $d}) { trigger { id kind words } } }";
const ROTATE: &str = "mutation($id: ID!, $overlap: Int) { \
    rotateWebhookAddress(input: {triggerId: $id, overlapSeconds: $overlap}) { url } }";
const SECRET: &str = "mutation($id: ID!, $secret: String, $overlap: Int) { \
    setWebhookSecret(input: {triggerId: $id, secret: $secret, overlapSeconds: $overlap}) { secret } }";
const ENABLE: &str = "mutation($id: ID!) { \
    setTriggerEnabled(input: {id: $id, enabled: true}) { trigger { enabled } } }";
const LIST: &str = "query($id: ID!) { trigger(id: $id) { kind timezone webhook { signature \
    addressSince secretSince oldSecretUntil deliveries(first: 100) { id senderId address headers query \
    body bytes repeats redeliveryOf firing { state run { id } } } } } }";

/// The example of GitHub's documentation: a secret, a body and its signature.
const GITHUB: (&str, &str, &str) = (
    "It's a Secret to Everybody",
    "Hello, World!",
    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
);

/// A new address of a webhook, as a path.
async fn address(owner: &Caller, id: &str, overlap: i64) -> String {
    let made = owner
        .data(ROTATE, json!({ "id": id, "overlap": overlap }))
        .await;
    let url = text(&made["rotateWebhookAddress"]["url"]);
    let (_, token) = url.split_once("/hooks/").expect("an address");
    format!("/hooks/{token}")
}

async fn created(owner: &Caller, pipeline: &str, definition: &Json) -> String {
    let variables = json!({ "p": pipeline, "d": definition });
    let made = owner.data(CREATE, variables).await;
    assert_eq!(made["createTrigger"]["trigger"]["kind"], "WEBHOOK");
    text(&made["createTrigger"]["trigger"]["id"])
}

/// An enabled webhook that needs no secret: its trigger, and its path.
pub async fn enabled(owner: &Caller, pipeline: &str, definition: Json) -> (String, String) {
    let id = created(owner, pipeline, &definition).await;
    let path = address(owner, &id, 0).await;
    owner.data(ENABLE, json!({ "id": id })).await;
    (id, path)
}

/// An enabled webhook with a secret that the server made: its path, and the secret.
pub async fn with_secret(owner: &Caller, pipeline: &str, definition: &Json) -> (String, String) {
    let id = created(owner, pipeline, definition).await;
    let path = address(owner, &id, 0).await;
    let made = owner.data(SECRET, json!({ "id": id })).await;
    owner.data(ENABLE, json!({ "id": id })).await;
    (path, text(&made["setWebhookSecret"]["secret"]))
}

/// Delivers JSON.
pub async fn deliver(
    app: &TestApp,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Answer {
    let mut all = vec![("content-type", "application/json")];
    all.extend_from_slice(headers);
    sent(&app.anonymous(), path, &all, body).await
}

async fn sent(
    caller: &Caller,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Answer {
    let mut request = caller.request(Method::POST, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.body(body).send().await;
    Answer::of(answer.expect("the server answers")).await
}

fn open(name: &str) -> Json {
    json!({ "type": "webhook", "name": name, "signature": "none" })
}

/// How many runs there are.
pub async fn runs(owner: &Caller) -> usize {
    let data = owner
        .data("{ runs(first: 100) { edges { cursor } } }", json!({}))
        .await;
    data["runs"]["edges"].as_array().expect("a list").len()
}

async fn w01_only_a_right_signature_of_the_bytes_starts_a_run(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let definition = json!({ "type": "webhook", "name": "hook", "signature": "github",
        "accepts": ["text"], "input_mapping": { "$": "value" } });
    let id = created(owner, &pipeline, &definition).await;
    let path = address(owner, &id, 0).await;
    let refused = owner.code(ENABLE, json!({ "id": id })).await;
    assert_eq!(refused, "CONFLICT", "it has no secret");
    let (secret, body, signature) = GITHUB;
    owner
        .data(SECRET, json!({ "id": id, "secret": secret }))
        .await;
    owner.data(ENABLE, json!({ "id": id })).await;
    let nobody = app.anonymous();
    let send = async |signature: &str, body: &str| {
        let mut headers = vec![("content-type", "text/plain")];
        if !signature.is_empty() {
            headers.push(("x-hub-signature-256", signature));
        }
        sent(&nobody, &path, &headers, body.to_owned()).await
    };
    let upper = signature.to_uppercase();
    let mut refusals = Vec::new();
    for (signature, body) in [
        ("", body),
        (&signature[7..], body),
        (&signature[..70], body),
        (upper.as_str(), body),
        (signature, "Hello,  World!"),
        (signature, ""),
    ] {
        let answer = send(signature, body).await;
        assert_eq!(answer.status, 401, "{signature}: {}", answer.text);
        refusals.push(answer.comparable());
    }
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    assert_eq!(runs(owner).await, 0);
    let problem = "query($id: ID!) { trigger(id: $id) { problem { code } } }";
    let told = owner.data(problem, json!({ "id": id })).await;
    assert_eq!(told["trigger"]["problem"]["code"], "UNAUTHENTICATED");
    let answer = send(signature, body).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(answer.json()["state"], "fired");
    assert_eq!(runs(owner).await, 1);
    let told = owner.data(problem, json!({ "id": id })).await;
    assert_eq!(told["trigger"]["problem"], Json::Null);
}

async fn w03_the_same_delivery_gets_the_same_answer_from_every_server(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let (_, path) = enabled(owner, &pipeline, open("hook")).await;
    let headers = [("idempotency-key", "one")];
    let (first, second) = tokio::join!(
        deliver(&app, &path, &headers, "{\"value\": 1}"),
        deliver(&app, &path, &headers, "{\"value\": 1}")
    );
    assert_eq!(first.status, 202, "{}", first.text);
    assert_eq!(first.comparable(), second.comparable());
    let other = app.anonymous().at(&app.serve(|_| {}));
    let all = [("content-type", "application/json"), headers[0]];
    let third = sent(&other, &path, &all, "{\"value\": 1}").await;
    assert_eq!(first.comparable(), third.comparable());
    assert_eq!(runs(owner).await, 1);
    let another = [("idempotency-key", "two")];
    deliver(&app, &path, &another, "{\"value\": 1}").await;
    deliver(&app, &path, &[], "{\"value\": 1}").await;
    assert_eq!(runs(owner).await, 3);
}

async fn w04_a_body_that_is_too_large_encoded_or_no_json_is_refused(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let mut definition = open("hook");
    definition["max_bytes"] = json!(100);
    let (_, path) = enabled(owner, &pipeline, definition).await;
    let of = |bytes: usize| format!("{{\"value\":\"{}\"}}", "x".repeat(bytes - 12));
    assert_eq!(of(100).len(), 100);
    assert_eq!(deliver(&app, &path, &[], of(100)).await.status, 202);
    assert_eq!(deliver(&app, &path, &[], of(101)).await.status, 413);
    let gzip = [("content-encoding", "gzip")];
    assert_eq!(deliver(&app, &path, &gzip, of(100)).await.status, 415);
    for body in [
        "",
        "{",
        "{\"value\": 1, \"value\": 2}",
        "{\"value\": 123456789012345678901}",
        "[1]",
        "{\"value\": \"\\u0000\"}",
    ] {
        let answer = deliver(&app, &path, &[], body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
    }
    let not_utf8 = deliver(&app, &path, &[], b"{\"value\": \"\xff\"}".to_vec()).await;
    assert_eq!(not_utf8.status, 400, "{}", not_utf8.text);
    let get = app.anonymous().get(&path).await;
    assert_eq!(get.status, 405);
    assert_eq!(get.headers["allow"], "POST");
    assert_eq!(runs(owner).await, 1);
}

async fn w05_a_body_of_another_type_than_the_trigger_expects_is_refused(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let (_, path) = enabled(owner, &pipeline, open("hook")).await;
    let nobody = app.anonymous();
    for kind in [
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "text/plain",
    ] {
        let answer = sent(&nobody, &path, &[("content-type", kind)], "{}").await;
        assert_eq!(answer.status, 415, "{kind}: {}", answer.text);
    }
    assert_eq!(sent(&nobody, &path, &[], "{}").await.status, 415);
    let mut form = open("form");
    form["accepts"] = json!(["form"]);
    let (_, path) = enabled(owner, &pipeline, form).await;
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let answer = sent(&nobody, &path, &kind, "value=a%20b").await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(runs(owner).await, 1);
}

async fn w06_a_webhook_with_too_many_deliveries_is_told_to_wait_and_others_are_not(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let mut slow = open("slow");
    slow["rate"] = json!(3);
    let (_, slow) = enabled(owner, &pipeline, slow).await;
    let (_, other) = enabled(owner, &pipeline, open("other")).await;
    let mut accepted = 0;
    for _ in 0..8 {
        let answer = deliver(&app, &slow, &[], "{\"value\": 1}").await;
        if answer.status == 202 {
            accepted += 1;
            continue;
        }
        assert_eq!(answer.status, 429, "{}", answer.text);
        let wait = answer.headers["retry-after"].to_str().expect("a text");
        assert!(wait.parse::<u64>().expect("seconds") >= 1);
    }
    assert!((3..8).contains(&accepted), "{accepted}");
    assert_eq!(runs(owner).await, accepted, "each accepted one runs");
    let answer = deliver(&app, &other, &[], "{\"value\": 1}").await;
    assert_eq!(answer.status, 202);
}

async fn w07_an_old_address_and_an_old_secret_end(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let definition = json!({ "type": "webhook", "name": "hook" });
    let id = created(owner, &pipeline, &definition).await;
    let old = address(owner, &id, 0).await;
    let set = async |secret: &str, overlap: i64| {
        let variables = json!({ "id": id, "secret": secret, "overlap": overlap });
        let data = owner.data(SECRET, variables).await;
        assert_eq!(data["setWebhookSecret"]["secret"], Json::Null);
    };
    set("the first secret", 0).await;
    owner.data(ENABLE, json!({ "id": id })).await;
    let with = async |path: &str, secret: &str| {
        let headers = [("x-webhook-secret", secret)];
        deliver(&app, path, &headers, "{\"value\": 1}").await.status
    };
    set("the second secret", 3_600).await;
    let new = address(owner, &id, 3_600).await;
    for (path, secret, status) in [
        (old.as_str(), "the first secret", 202_u16),
        (new.as_str(), "the second secret", 202),
        (new.as_str(), "the third secret", 401),
    ] {
        assert_eq!(with(path, secret).await, status, "{secret}");
    }
    set("the third secret", 0).await;
    let newest = address(owner, &id, 0).await;
    assert_eq!(with(newest.as_str(), "the second secret").await, 401);
    assert_eq!(with(newest.as_str(), "the third secret").await, 202);
    assert_eq!(with(old.as_str(), "the third secret").await, 404);
    assert_eq!(with(new.as_str(), "the third secret").await, 404);
    let long = json!({ "id": id, "overlap": 604_801 });
    assert_eq!(owner.code(ROTATE, long).await, "INVALID_INPUT");
    // Neither is stored in the clear.
    let all = app.rows().await;
    let token = newest.trim_start_matches("/hooks/");
    for (table, rows) in &all {
        let found = rows
            .iter()
            .any(|row| row.contains(token) || row.contains("the third secret"));
        assert!(!found, "{table}");
    }
}

async fn w12_the_result_of_a_run_is_data_and_never_a_page_of_this_server(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let mut definition = open("hook");
    definition["answer"] = json!("result");
    let (_, path) = enabled(owner, &pipeline, definition).await;
    let page = "{\"value\": \"<script>alert(1)</script>\"}";
    let answer = deliver(&app, &path, &[], page).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["status"], "succeeded");
    assert!(answer.json()["output"].to_string().contains("alert"));
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    let policy = answer.headers["content-security-policy"].to_str();
    assert!(policy.expect("a text").contains("sandbox"));
}

async fn w13_whatever_is_no_address_is_not_found_alike(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let (id, path) = enabled(owner, &pipeline, open("hook")).await;
    let mut answers = Vec::new();
    for wrong in [
        "/hooks".to_owned(),
        "/hooks/".to_owned(),
        format!("/hooks/{id}"),
        path[..path.len() - 1].to_owned(),
        format!("{path}/"),
        format!("{path}x"),
        format!("/hooks/{}", path["/hooks/".len()..].to_uppercase()),
        format!("/hooks/fmw_{}", "A".repeat(43)),
    ] {
        let answer = deliver(&app, &wrong, &[], "{\"value\": 1}").await;
        assert_eq!(answer.status, 404, "{wrong}: {}", answer.text);
        answers.push(answer.comparable());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(
        deliver(&app, &path, &[], "{\"value\": 1}").await.status,
        202
    );
}

async fn a_webhook_reads_no_cookie_key_or_organization_and_answers_no_other_site(app: TestApp) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let (_, path) = enabled(owner, &pipeline, open("hook")).await;
    let stranger = b.owner().caller.in_org(a.id);
    let headers = [
        ("content-type", "application/json"),
        ("origin", "https://evil.example"),
    ];
    let answer = sent(&stranger, &path, &headers, "{\"value\": 1}").await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    assert!(!answer.headers.contains_key("set-cookie"));
    let wrong = sent(owner, "/hooks/x", &headers[..1], "{}").await;
    assert_eq!(wrong.status, 404, "a session gives no right here");
    let before = app.anonymous().request(Method::OPTIONS, &path);
    let before = before
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST");
    let before = Answer::of(before.send().await.expect("an answer")).await;
    assert_eq!(before.status, 405);
    assert!(!before.headers.contains_key("access-control-allow-origin"));
    assert_eq!(runs(owner).await, 1);
}

async fn a_delivery_is_listed_without_secrets_and_can_be_made_again(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let definition = json!({ "type": "webhook", "name": "hook" });
    let id = created(owner, &pipeline, &definition).await;
    let path = address(owner, &id, 0).await;
    let made = owner.data(SECRET, json!({ "id": id })).await;
    let secret = text(&made["setWebhookSecret"]["secret"]);
    owner.data(ENABLE, json!({ "id": id })).await;
    let headers = [
        ("x-webhook-secret", secret.as_str()),
        ("authorization", "Bearer canary"),
        ("idempotency-key", "one"),
        ("x-event", "push"),
    ];
    let path = format!("{path}?page=2");
    let first = deliver(&app, &path, &headers, "{\"value\": 1}").await;
    deliver(&app, &path, &headers, "{\"value\": 1}").await;
    let data = owner.data(LIST, json!({ "id": id })).await;
    let shown = data.to_string();
    assert!(
        !shown.contains("canary") && !shown.contains(&secret),
        "{shown}"
    );
    let trigger = &data["trigger"];
    assert_eq!(
        (&trigger["kind"], &trigger["timezone"]),
        (&json!("WEBHOOK"), &Json::Null)
    );
    assert_eq!(trigger["webhook"]["signature"], "secret");
    let all = trigger["webhook"]["deliveries"].as_array().expect("a list");
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["id"], first.json()["delivery"]);
    assert_eq!(all[0]["senderId"], "one");
    assert_eq!(all[0]["headers"]["x-event"], "push");
    assert_eq!(all[0]["query"], json!({ "page": "2" }));
    assert_eq!(all[0]["body"], "{\"value\": 1}");
    assert_eq!(all[0]["repeats"], 1);
    assert_eq!(all[0]["firing"]["run"]["id"], first.json()["run"]);
    let again = "mutation($id: ID!) { redeliverWebhook(input: {deliveryId: $id}) { \
        delivery { id redeliveryOf firing { state run { id } } } } }";
    let again = owner.data(again, json!({ "id": all[0]["id"] })).await;
    let again = &again["redeliverWebhook"]["delivery"];
    assert_eq!(again["redeliveryOf"], all[0]["id"]);
    assert_eq!(again["firing"]["state"], "FIRED");
    assert_ne!(again["firing"]["run"]["id"], all[0]["firing"]["run"]["id"]);
    assert_eq!(runs(owner).await, 2);
}
