//! Webhook endpoints: what is sent to them by a real worker, and what becomes of what they do not accept.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use components::http::{GuardedClient, OutboundConfig};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        pipelines::{chain, create, finished, start, text},
        site::Site,
    },
};

cases![Shared:
    an_event_is_signed_and_sent_again_with_the_same_id_after_an_error,
    for_a_day_after_a_rotation_events_are_signed_with_both_secrets,
    a_run_that_ended_is_announced_once_to_each_endpoint_that_chose_it,
    a_publication_is_announced_as_slack_expects_it_with_names_as_text,
    an_event_that_fails_to_the_end_can_be_sent_again,
    an_endpoint_that_fails_for_five_days_is_disabled,
    an_endpoint_in_the_internal_network_is_refused,
    the_catalogue_describes_every_type_of_event;
];

const CREATE: &str = "mutation($url: String!, $events: [String!]!, $format: WebhookFormat) { \
    createWebhookEndpoint(input: {url: $url, events: $events, format: $format}) { \
    webhookEndpoint { id } secret } }";
const TEST: &str =
    "mutation($id: ID!) { testWebhookEndpoint(input: {id: $id}) { delivery { id } } }";
const AGAIN: &str = "mutation($id: ID!) { redeliverWebhookEvent(input: {deliveryId: $id}) { \
    delivery { status attempts } } }";
const SHOWN: &str = "query($id: ID!) { webhookEndpoint(id: $id) { enabled disabledReason failingSince \
    deliveries { edges { node { id event status attempts responseStatus error nextAt } } } } }";

/// The application, allowed to call the site.
async fn allowed(app: &TestApp, site: &Site) -> TestApp {
    let outbound = OutboundConfig::from_list(&site.address);
    let http = GuardedClient::builder().outbound(outbound).build();
    app.again(|settings| settings.http = Some(http.expect("a client")))
        .await
}

/// A site that answers with the next of these statuses, and with the last one from then on.
async fn site(statuses: &'static [u16]) -> Site {
    let count = Arc::new(AtomicUsize::new(0));
    Site::start("127.0.0.1", move |_| {
        let at = count.fetch_add(1, Ordering::SeqCst).min(statuses.len() - 1);
        (statuses[at], None)
    })
    .await
}

/// A new endpoint at the site: its id and its secret.
async fn endpoint(owner: &Caller, site: &Site, events: &[&str], format: &str) -> (String, String) {
    let url = format!("http://{}/in", site.address);
    let variables = json!({ "url": url, "events": events, "format": format });
    let made = owner.data(CREATE, variables).await;
    let made = &made["createWebhookEndpoint"];
    (text(&made["webhookEndpoint"]["id"]), text(&made["secret"]))
}

async fn shown(owner: &Caller, id: &str) -> Json {
    let data = owner.data(SHOWN, json!({ "id": id })).await;
    data["webhookEndpoint"].clone()
}

/// The endpoint, once its newest delivery has the status.
async fn delivered(owner: &Caller, id: &str, status: &str) -> Json {
    let mut last = Json::Null;
    for _ in 0..900 {
        last = shown(owner, id).await;
        if last["deliveries"]["edges"][0]["node"]["status"] == status {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the newest delivery is not {status}: {last}");
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let (head, _) = request.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value).expect(name)
}

fn body(request: &str) -> Json {
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("JSON")
}

/// HMAC-SHA256, by its definition, for keys of at most 64 bytes.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message);
    let outer = Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner.finalize());
    outer.finalize().to_vec()
}

/// The signature of a request by a secret, as a receiver computes it.
fn signature(request: &str, secret: &str) -> String {
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    let (id, at) = (
        header(request, "webhook-id"),
        header(request, "webhook-timestamp"),
    );
    let key = secret.strip_prefix("whsec_").expect("a secret");
    let key = STANDARD.decode(key).expect("base64");
    let mac = hmac(&key, format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac))
}

async fn an_event_is_signed_and_sent_again_with_the_same_id_after_an_error(app: TestApp) {
    let site = site(&[500, 200]).await;
    let app = allowed(&app, &site).await;
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let (id, secret) = endpoint(owner, &site, &["member.added"], "STANDARD").await;
    let sent = owner.data(TEST, json!({ "id": id })).await;
    let sent = text(&sent["testWebhookEndpoint"]["delivery"]["id"]);
    let shown = delivered(owner, &id, "DELIVERED").await;
    let delivery = &shown["deliveries"]["edges"][0]["node"];
    assert_eq!(delivery["attempts"], 2, "{delivery}");
    assert_eq!(delivery["responseStatus"], 200);
    assert_eq!(delivery["error"], Json::Null);
    assert_eq!(shown["failingSince"], Json::Null);
    let requests = site.seen();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert!(request.starts_with("POST /in "), "{request}");
        assert_eq!(header(request, "webhook-id"), sent);
        let expected = signature(request, &secret);
        assert_eq!(header(request, "webhook-signature"), expected);
        let body = body(request);
        assert_eq!(body["type"], "webhook.test");
        assert_eq!(body["version"], 1);
        assert_eq!(body["organizationId"], json!(a.id.to_string()));
        assert_eq!(body["data"]["endpointId"], json!(id));
    }
    let twice = body(&requests[0]) == body(&requests[1]);
    assert!(twice, "the body is the same in every attempt");
}

async fn for_a_day_after_a_rotation_events_are_signed_with_both_secrets(app: TestApp) {
    const ROTATE: &str = "mutation($id: ID!) { rotateWebhookEndpointSecret(input: {id: $id}) { \
        webhookEndpoint { oldSecretUntil } secret } }";
    let site = site(&[200]).await;
    let app = allowed(&app, &site).await;
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let (id, old) = endpoint(owner, &site, &["member.added"], "STANDARD").await;
    let rotated = owner.data(ROTATE, json!({ "id": id })).await;
    let rotated = &rotated["rotateWebhookEndpointSecret"];
    assert!(rotated["webhookEndpoint"]["oldSecretUntil"].is_string());
    let new = text(&rotated["secret"]);
    assert_ne!(old, new);
    owner.data(TEST, json!({ "id": id })).await;
    delivered(owner, &id, "DELIVERED").await;
    let request = &site.seen()[0];
    let both = format!("{} {}", signature(request, &new), signature(request, &old));
    assert_eq!(header(request, "webhook-signature"), both);
}

async fn a_run_that_ended_is_announced_once_to_each_endpoint_that_chose_it(app: TestApp) {
    let site = site(&[200]).await;
    let app = allowed(&app, &site).await;
    app.work();
    let (a, b) = (app.org("A").await, app.org("B").await);
    let owner = &a.owner().caller;
    let (id, _) = endpoint(owner, &site, &["run.succeeded"], "STANDARD").await;
    let (failures, _) = endpoint(owner, &site, &["run.failed"], "STANDARD").await;
    let other = &b.owner().caller;
    let (foreign, _) = endpoint(other, &site, &["run.succeeded"], "STANDARD").await;
    let pipeline = create(owner, &chain(1)).await;
    let run = start(owner, &pipeline).await;
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");
    delivered(owner, &id, "DELIVERED").await;
    // A second run shows that the first one is not announced again.
    let second = start(owner, &pipeline).await;
    assert_eq!(finished(owner, &second).await, "SUCCEEDED");
    let mut requests = Vec::new();
    for _ in 0..900 {
        requests = site.seen();
        if requests.len() > 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut runs: Vec<String> = requests
        .iter()
        .map(|request| text(&body(request)["data"]["runId"]))
        .collect();
    let mut expected = vec![run, second];
    runs.sort();
    expected.sort();
    assert_eq!(runs, expected);
    assert_eq!(body(&requests[0])["data"]["status"], "succeeded");
    for (caller, id) in [(owner, &failures), (other, &foreign)] {
        assert_eq!(shown(caller, id).await["deliveries"]["edges"], json!([]));
    }
}

async fn a_publication_is_announced_as_slack_expects_it_with_names_as_text(app: TestApp) {
    const RENAME: &str = "mutation($id: ID!) { \
        renamePipeline(input: {pipelineId: $id, name: \"<!channel> & co\"}) { pipeline { id } } }";
    const PUBLISH: &str = "mutation($id: ID!) { publishPipeline(input: {pipelineId: $id, \
        versionNumber: 1, environment: STAGING}) { publication { id } } }";
    let site = site(&[200]).await;
    let app = allowed(&app, &site).await;
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let (id, _) = endpoint(owner, &site, &["pipeline.published"], "SLACK").await;
    let pipeline = create(owner, &chain(1)).await;
    owner.data(RENAME, json!({ "id": pipeline })).await;
    owner.data(PUBLISH, json!({ "id": pipeline })).await;
    delivered(owner, &id, "DELIVERED").await;
    let requests = site.seen();
    assert_eq!(requests.len(), 1);
    let sentence = text(&body(&requests[0])["text"]);
    let expected = "published version 1 of &lt;!channel&gt; &amp; co to staging";
    assert!(sentence.ends_with(expected), "{sentence}");
}

async fn an_event_that_fails_to_the_end_can_be_sent_again(app: TestApp) {
    let site = site(&[503, 200]).await;
    let app = allowed(&app, &site).await;
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let (id, _) = endpoint(owner, &site, &["member.added"], "STANDARD").await;
    let sent = owner.data(TEST, json!({ "id": id })).await;
    let sent = json!({ "id": sent["testWebhookEndpoint"]["delivery"]["id"] });
    // The next attempt is the tenth, which is the last one.
    app.sql("UPDATE webhook_messages SET attempts = 9").await;
    app.work();
    let shown = delivered(owner, &id, "FAILED").await;
    let delivery = &shown["deliveries"]["edges"][0]["node"];
    assert_eq!(delivery["attempts"], 10, "{delivery}");
    assert_eq!(delivery["responseStatus"], 503);
    assert_eq!(delivery["nextAt"], Json::Null);
    assert!(shown["failingSince"].is_string(), "{shown}");
    let again = owner.data(AGAIN, sent).await;
    let again = &again["redeliverWebhookEvent"]["delivery"];
    assert_eq!(again["status"], "QUEUED");
    assert_eq!(again["attempts"], 0);
    let shown = delivered(owner, &id, "DELIVERED").await;
    assert_eq!(shown["failingSince"], Json::Null);
    let requests = site.seen();
    assert_eq!(requests.len(), 2);
    let ids = requests
        .iter()
        .map(|request| header(request, "webhook-id"))
        .collect::<std::collections::BTreeSet<_>>();
    assert_eq!(ids.len(), 1);
}

async fn an_endpoint_that_fails_for_five_days_is_disabled(app: TestApp) {
    let site = site(&[500]).await;
    let app = allowed(&app, &site).await;
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let (id, _) = endpoint(owner, &site, &["member.added"], "STANDARD").await;
    owner.data(TEST, json!({ "id": id })).await;
    app.sql("UPDATE webhook_endpoints SET failing_since = '2020-01-01T00:00:00+00:00'")
        .await;
    app.work();
    let mut last = Json::Null;
    for _ in 0..900 {
        last = shown(owner, &id).await;
        if last["enabled"] == json!(false) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(last["enabled"], json!(false), "{last}");
    assert!(last["disabledReason"].is_string(), "{last}");
    assert_eq!(owner.code(TEST, json!({ "id": id })).await, "CONFLICT");
}

async fn an_endpoint_in_the_internal_network_is_refused(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    for url in [
        "http://127.0.0.1/in",
        "http://10.0.0.1/in",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/in",
        "file:///etc/passwd",
        "nonsense",
    ] {
        let variables = json!({ "url": url, "events": ["run.failed"] });
        assert_eq!(
            owner.code(CREATE, variables).await,
            "INVALID_INPUT",
            "{url}"
        );
    }
    for events in [json!([]), json!(["run.unknown"])] {
        let variables = json!({ "url": "https://hooks.example.com/", "events": events });
        assert_eq!(owner.code(CREATE, variables).await, "INVALID_INPUT");
    }
}

async fn the_catalogue_describes_every_type_of_event(app: TestApp) {
    let a = app.org("A").await;
    let types = "{ webhookEventTypes { name version description schema } }";
    let data = a.owner().caller.data(types, json!({})).await;
    let all = data["webhookEventTypes"].as_array().expect("a list");
    let names: Vec<&str> = all.iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "run.succeeded",
            "run.failed",
            "run.cancelled",
            "pipeline.published",
            "member.added",
            "member.removed",
            "trigger.disabled"
        ]
    );
    for one in all {
        assert_eq!(one["version"], 1);
        assert_eq!(one["schema"]["type"], "object", "{one}");
    }
}
