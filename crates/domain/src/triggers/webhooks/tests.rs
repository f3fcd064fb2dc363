//! Tests of webhooks: signatures as their vendors document them, and deliveries on both databases.

use engine::trigger::{BodyKind, Trigger as Definition, Webhook};
use serde_json::json;
use types::{ErrorCode, RunId, TriggerId};

use super::{signature::is_proved, *};
use crate::{
    Ctx, SystemCtx,
    access::Environment,
    pipelines, runs,
    testing::{TestApp, on_each_database},
    triggers::{self, FiringState, Trigger},
};

fn webhook(signature: Json) -> Webhook {
    let text = json!({ "type": "webhook", "signature": signature }).to_string();
    let read = Definition::parse(&text).unwrap();
    read.webhook().unwrap().clone()
}

fn headers(all: &[(&str, &str)]) -> Headers {
    let all = all.iter();
    Headers::new(all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn proved(hook: &Webhook, secret: &str, sent: &[(&str, &str)], body: &str, now: i64) -> bool {
    let secrets = [secret.as_bytes().to_vec()];
    is_proved(hook, &secrets, &headers(sent), (body.as_bytes(), now)).unwrap()
}

/// GitHub, "Validating webhook deliveries", section "Testing the webhook payload validation".
#[test]
fn w01_the_example_of_github_is_accepted_and_no_other_form_of_it() {
    let hook = webhook(json!("github"));
    let secret = "It's a Secret to Everybody";
    let hash = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let with =
        |value: &str, body: &str| proved(&hook, secret, &[("X-Hub-Signature-256", value)], body, 0);
    let right = format!("sha256={hash}");
    assert!(with(&right, "Hello, World!"));
    assert!(!with(&right, "Hello, World! "), "another body");
    assert!(!with(hash, "Hello, World!"), "without its prefix");
    assert!(!with(&right[..60], "Hello, World!"), "truncated");
    let upper = format!("sha256={}", hash.to_uppercase());
    assert!(!with(&upper, "Hello, World!"), "in upper case");
    assert!(!with("", "Hello, World!"), "empty");
    let sent = [("X-Hub-Signature-256", right.as_str())];
    assert!(!proved(&hook, "another secret", &sent, "Hello, World!", 0));
    assert!(
        !proved(&hook, "", &sent, "Hello, World!", 0),
        "an empty secret"
    );
    assert!(
        !proved(&hook, secret, &[], "Hello, World!", 0),
        "no signature"
    );
    let twice = [sent[0], sent[0]];
    assert!(
        !proved(&hook, secret, &twice, "Hello, World!", 0),
        "sent twice"
    );
    let none = is_proved(&hook, &[], &headers(&sent), (b"Hello, World!", 0)).unwrap();
    assert!(!none, "no secret is set");
}

/// Slack, "Verifying requests from Slack", the example of a slash command.
#[test]
fn w02_the_example_of_slack_is_accepted_within_its_time() {
    let hook = webhook(json!("slack"));
    let secret = "8f742231b10e8888abcd99yyyzzz85a5";
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&\
        channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&\
        command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F\
        T1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.\
        803a0bc887a14d10d2c447fce8b6703c";
    let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    let at = |time: &str, now: i64| {
        let sent = [
            ("X-Slack-Request-Timestamp", time),
            ("X-Slack-Signature", signature),
        ];
        proved(&hook, secret, &sent, body, now)
    };
    let time = 1_531_420_618;
    assert!(at("1531420618", time));
    assert!(at("1531420618", time + 300) && at("1531420618", time - 300));
    assert!(!at("1531420618", time + 301) && !at("1531420618", time - 301));
    assert!(!at("1531420619", time), "another time than the signed one");
    assert!(!at("soon", time) && !at("", time) && !at("-1531420618", time));
    let without = [("X-Slack-Signature", signature)];
    assert!(!proved(&hook, secret, &without, body, time));
}

/// standard-webhooks, the example of the specification's reference libraries, which is also Svix's.
#[test]
fn w01_the_example_of_standard_webhooks_is_accepted_among_several_signatures() {
    let hook = webhook(json!("standard"));
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let body = "{\"test\": 2432232314}";
    let right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let with = |signature: &str| {
        let sent = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", signature),
        ];
        proved(&hook, secret, &sent, body, 1_614_265_330)
    };
    assert!(with(right));
    assert!(with(&format!("v1,AAAA {right} v2,BBBB")));
    assert!(!with("v1,AAAA") && !with(&right.replace("v1,", "v2,")));
}

/// Stripe documents the form of the header without a whole example: `HMAC-SHA256(secret, "t.body")`.
#[test]
fn w02_a_signature_of_stripe_s_form_is_accepted_within_its_time() {
    let hook = webhook(json!("stripe"));
    let body = "{\"id\": \"evt_1\"}";
    let right = "10b0a2815816a45e6b874658b928cae03296be10637343405aaf1e8306ddffdc";
    let with = |value: &str, now: i64| {
        let sent = [("Stripe-Signature", value)];
        proved(&hook, "whsec_test_secret", &sent, body, now)
    };
    let time = 1_492_774_577;
    assert!(with(&format!("t=1492774577,v1={right}"), time));
    assert!(with(&format!("t=1492774577,v1=00,v1={right},v0=11"), time));
    assert!(
        !with(&format!("t=1492774577,v0={right}"), time),
        "the test scheme"
    );
    assert!(!with(&format!("t=1492774577,v1={right}"), time + 301));
    assert!(!with(&format!("t=1492774578,v1={right}"), time));
    assert!(!with(&format!("v1={right}"), time), "no time");
}

#[test]
fn w01_a_plain_secret_and_a_plain_signature_are_compared_whole() {
    let hook = webhook(json!("secret"));
    let with = |value: &str| {
        proved(
            &hook,
            "0123456789abcdef",
            &[("X-Webhook-Secret", value)],
            "",
            0,
        )
    };
    assert!(with("0123456789abcdef"));
    assert!(!with("0123456789abcde") && !with("0123456789abcdefg") && !with(""));
    let hook = webhook(json!({ "scheme": "hmac", "header": "X-Sig", "prefix": "sha256=" }));
    let hash = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let sent = format!("sha256={hash}");
    let secret = "It's a Secret to Everybody";
    assert!(proved(
        &hook,
        secret,
        &[("X-Sig", sent.as_str())],
        "Hello, World!",
        0
    ));
    assert!(!proved(
        &hook,
        secret,
        &[("X-Sig", hash)],
        "Hello, World!",
        0
    ));
}

#[test]
fn headers_are_kept_without_secrets() {
    let sent = headers(&[
        ("Authorization", "Bearer canary"),
        ("Cookie", "canary"),
        ("X-Own", "canary"),
        ("X-Hub-Signature-256", "canary"),
        ("X-GitHub-Event", "push"),
        ("Accept", "a"),
        ("accept", "b"),
    ]);
    let kept = Json::Object(sent.redacted(Some("x-own")));
    assert!(!kept.to_string().contains("canary"), "{kept}");
    assert_eq!(kept["x-github-event"], "push");
    assert_eq!(kept["accept"], "a, b");
    assert_eq!(kept["cookie"], "[redacted]");
}

/// A webhook that is enabled, with its URL's token.
async fn enabled(ctx: &Ctx, more: Json) -> (Trigger, String) {
    let source = pipelines::tests::source("hooked", "x");
    let (made, _) = pipelines::create(ctx, &source, None).await.unwrap();
    let mut definition = json!({ "type": "webhook", "name": "hook", "signature": "none" });
    for (key, value) in more.as_object().unwrap() {
        definition[key] = value.clone();
    }
    let environment = Environment::Development;
    let made = triggers::create(ctx, made.id, environment, &definition)
        .await
        .unwrap();
    let refused = triggers::set_enabled(ctx, made.id, true).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Conflict, "it has no address");
    let token = rotated(ctx, made.id, TimeDelta::zero()).await;
    let trigger = triggers::set_enabled(ctx, made.id, true).await.unwrap();
    (trigger, token)
}

async fn rotated(ctx: &Ctx, id: TriggerId, overlap: TimeDelta) -> String {
    let (_, url) = rotate_address(ctx, id, overlap).await.unwrap();
    let (_, token) = url.split_once(PATH).unwrap();
    token.to_owned()
}

async fn sent(app: &TestApp, token: &str, id: &str, body: &str) -> Result<Reply> {
    let hook = open(&app.app, token, None).await?;
    let headers = headers(&[("Idempotency-Key", id)]);
    hook.prove(&headers, body.as_bytes()).await?;
    let request = Request {
        headers,
        ..Request::default()
    };
    hook.deliver(&request, body.as_bytes(), BodyKind::Json)
        .await
}

async fn runs_of(ctx: &Ctx, trigger: &Trigger) -> Vec<RunId> {
    let filter = runs::Filter::of(trigger.pipeline);
    let page = crate::paging::Page::default();
    let list = runs::list(ctx, &page, &filter).await.unwrap();
    list.edges.into_iter().map(|(_, run)| run.id).collect()
}

#[tokio::test]
async fn w03_the_same_delivery_starts_one_run_in_parallel_and_again() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (trigger, token) = enabled(&owner, json!({})).await;
        let (one, other) = tokio::join!(
            sent(&app, &token, "one", "{\"n\": 1}"),
            sent(&app, &token, "one", "{\"n\": 1}")
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one, other);
        assert_eq!(one.state, FiringState::Fired);
        let again = sent(&app, &token, "one", "{\"n\": 1}").await.unwrap();
        assert_eq!(again, one);
        assert_eq!(runs_of(&owner, &trigger).await, [one.run.unwrap()]);
        let another = sent(&app, &token, "two", "{\"n\": 1}").await.unwrap();
        assert_ne!(another.run, one.run);
        let listed = deliveries(&owner, trigger.id, None).await.unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[1].delivery_id.as_deref(), Some("one"));
        assert_eq!(listed[1].repeats, 2);
        assert_eq!(listed[1].firing.as_ref().unwrap().run, one.run);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn w03_the_same_body_starts_one_run_if_the_trigger_says_so() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (trigger, token) = enabled(&owner, json!({ "dedupe": "body" })).await;
        let one = sent(&app, &token, "one", "{\"n\": 1}").await.unwrap();
        let same = sent(&app, &token, "two", "{\"n\": 1}").await.unwrap();
        assert_eq!(one, same);
        sent(&app, &token, "one", "{\"n\": 2}").await.unwrap();
        assert_eq!(runs_of(&owner, &trigger).await.len(), 2);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn w07_a_replaced_address_counts_until_its_end_and_only_the_hash_is_stored() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (trigger, old) = enabled(&owner, json!({})).await;
        let new = rotated(&owner, trigger.id, TimeDelta::seconds(3_600)).await;
        sent(&app, &old, "a", "{}").await.unwrap();
        sent(&app, &new, "b", "{}").await.unwrap();
        let newest = rotated(&owner, trigger.id, TimeDelta::zero()).await;
        for gone in [&old, &new] {
            let refused = sent(&app, gone, "c", "{}").await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::NotFound);
        }
        sent(&app, &newest, "d", "{}").await.unwrap();
        let found = keys(&owner, trigger.id).await.unwrap();
        assert!(found.address_since.is_some() && found.old_address_until.is_none());
        for key in repo::keys(&app.app, owner.org, trigger.id.0).await.unwrap() {
            let hash = key.token_hash.unwrap_or_default();
            assert_eq!(hash.len(), 32);
            assert!(key.sealed.is_none());
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn w07_an_old_secret_counts_until_its_end() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (trigger, token) = enabled(&owner, json!({})).await;
        let definition = json!({ "type": "webhook", "name": "hook", "signature": "secret" });
        let refused = triggers::update(&owner, trigger.id, &definition).await;
        assert_eq!(
            refused.unwrap_err().code,
            ErrorCode::Conflict,
            "it has no secret"
        );
        let set = async |secret: &str, overlap: i64| {
            let overlap = TimeDelta::seconds(overlap);
            set_secret(&owner, trigger.id, Some(secret), overlap).await
        };
        let short = set("short", 0).await.unwrap_err();
        assert_eq!(short.code, ErrorCode::InvalidInput);
        set("the first secret", 0).await.unwrap();
        triggers::update(&owner, trigger.id, &definition)
            .await
            .unwrap();
        set("the second secret", 3_600).await.unwrap();
        let hook = open(&app.app, &token, None).await.unwrap();
        let with = async |secret: &str| {
            let sent = headers(&[("X-Webhook-Secret", secret)]);
            hook.prove(&sent, b"{}").await.map_err(|error| error.code)
        };
        assert_eq!(with("the first secret").await, Ok(()));
        assert_eq!(with("the second secret").await, Ok(()));
        let wrong = Err(ErrorCode::Unauthenticated);
        assert_eq!(with("the third secret").await, wrong);
        set("the third secret", 0).await.unwrap();
        assert_eq!(with("the second secret").await, wrong);
        assert_eq!(with("the third secret").await, Ok(()));
        let (_, made) = set_secret(&owner, trigger.id, None, TimeDelta::zero())
            .await
            .unwrap();
        assert_eq!(with(made.unwrap().as_str()).await, Ok(()));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn w08_a_delivery_whose_process_ended_is_started_by_the_scheduler_with_the_same_run() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (trigger, token) = enabled(&owner, json!({})).await;
        let first = sent(&app, &token, "one", "{\"n\": 1}").await.unwrap();
        let now = owner.clock().now();
        let tx = owner.begin().await.unwrap();
        let sql = "UPDATE trigger_firings SET state = 'pending', run_id = NULL, next_try_at = $2 \
            WHERE org_id = $1";
        tx.execute(sql, [owner.org.0.into(), now.into()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let system = SystemCtx::new(&app.app);
        for _ in 0..5 {
            triggers::tick_at(&system, now + TimeDelta::seconds(1))
                .await
                .unwrap();
        }
        let again = sent(&app, &token, "one", "{\"n\": 1}").await.unwrap();
        assert_eq!(again, first);
        assert_eq!(runs_of(&owner, &trigger).await.len(), 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn w13_whatever_is_not_a_current_token_is_not_found() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (trigger, token) = enabled(&owner, json!({})).await;
        let id = trigger.id.to_string();
        let other = secret();
        for wrong in [
            "",
            &token[..token.len() - 1],
            token.to_uppercase().as_str(),
            format!("{token}/").as_str(),
            id.as_str(),
            other.as_str(),
        ] {
            let refused = open(&app.app, wrong, None).await.err().unwrap();
            assert_eq!(refused.code, ErrorCode::NotFound, "{wrong}");
            assert_eq!(refused.message, "There is no such address");
        }
        triggers::set_enabled(&owner, trigger.id, false)
            .await
            .unwrap();
        let refused = open(&app.app, &token, None).await.err().unwrap();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}

fn secret() -> String {
    crate::identity::secret::new(crate::identity::secret::WEBHOOK)
}

#[tokio::test]
async fn deliveries_beyond_the_last_hundred_are_forgotten_and_one_can_be_made_again() {
    on_each_database(|app| async move {
        let (owner, token) = app.owner().await;
        let (trigger, address) = enabled(&owner, json!({ "rate": 6_000 })).await;
        for number in 0..103 {
            let id = number.to_string();
            sent(&app, &address, &id, "{\"n\": 1}").await.unwrap();
        }
        let all = deliveries(&owner, trigger.id, Some(100)).await.unwrap();
        assert_eq!(all.len(), 100);
        assert_eq!(all[0].delivery_id.as_deref(), Some("102"));
        let again = redeliver(&owner, all[0].id).await.unwrap();
        assert_eq!(again.redelivery_of, Some(all[0].id));
        let fired = again.firing.unwrap();
        assert_eq!(fired.state, FiringState::Fired);
        assert_ne!(fired.run, all[0].firing.as_ref().unwrap().run);
        let other = app.elsewhere(&owner, &token).await;
        let missing = redeliver(&other, again.id).await.unwrap_err();
        assert_eq!(missing.code, ErrorCode::NotFound);
        let missing = rotate_address(&other, trigger.id, TimeDelta::zero()).await;
        assert_eq!(missing.unwrap_err().code, ErrorCode::NotFound);
        assert!(
            deliveries(&other, trigger.id, None)
                .await
                .unwrap()
                .is_empty()
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_body_that_does_not_fit_starts_nothing_and_only_networks_that_are_allowed_deliver() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let more = json!({ "networks": ["203.0.113.0/24"] });
        let (trigger, token) = enabled(&owner, more).await;
        let from = |address: &str| Some(address.parse().unwrap());
        let refused = open(&app.app, &token, from("198.51.100.1")).await;
        assert_eq!(refused.err().unwrap().code, ErrorCode::Forbidden);
        let hook = open(&app.app, &token, from("203.0.113.9")).await.unwrap();
        let request = Request::default();
        for (body, code) in [
            ("[1]", ErrorCode::InvalidInput),
            ("{", ErrorCode::InvalidJson),
            ("", ErrorCode::InvalidJson),
            ("{\"a\": 1, \"a\": 2}", ErrorCode::DuplicateKey),
            ("{\"a\": \"\\u0000\"}", ErrorCode::InvalidInput),
        ] {
            let refused = hook
                .deliver(&request, body.as_bytes(), BodyKind::Json)
                .await;
            assert_eq!(refused.unwrap_err().code, code, "{body}");
        }
        assert!(
            hook.accepts(Some("application/json; charset=utf-8"))
                .is_some()
        );
        for other in [
            None,
            Some("application/xml"),
            Some("multipart/form-data; boundary=x"),
        ] {
            assert_eq!(hook.accepts(other), None);
        }
        assert!(runs_of(&owner, &trigger).await.is_empty());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_no_longer_remembered_and_old_deliveries_are_purged() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (trigger, token) = enabled(&owner, json!({})).await;
        sent(&app, &token, "one", "{}").await.unwrap();
        let system = SystemCtx::new(&app.app);
        assert_eq!(purge(&system).await.unwrap(), 0);
        let long_ago = owner.clock().now() - TimeDelta::days(100);
        let tx = owner.begin().await.unwrap();
        for sql in [
            "UPDATE webhook_deliveries SET received_at = $2 WHERE org_id = $1",
            "UPDATE webhook_seen SET expires_at = $2 WHERE org_id = $1",
        ] {
            tx.execute(sql, [owner.org.0.into(), long_ago.into()])
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(purge(&system).await.unwrap(), 2);
        assert!(
            deliveries(&owner, trigger.id, None)
                .await
                .unwrap()
                .is_empty()
        );
        triggers::delete(&owner, trigger.id).await.unwrap();
        let left = repo::keys(&app.app, owner.org, trigger.id.0).await.unwrap();
        assert!(left.is_empty(), "its address is gone with it");
        app.close().await;
    })
    .await;
}
