//! The authorization server over HTTP: which entry points accept a token, what ends it there, and a foreign
//! application. S01, S05, S07, S21.

use std::time::{Duration, Instant};

use domain::{
    Permission, Role,
    identity::oauth::{self, ClientKind},
    service_accounts::{self, AccountTerms},
};
use reqwest::Method;
use serde_json::json;

use super::uploads;
use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        applications::{Application, CALLBACK, allow_device, foreign, post, value},
        callers::Secret,
        people::{mail_settings, mails_to, set_email},
        pipelines::{chain, create, finished, start},
        socket::Socket,
    },
};

cases![Shared:
    a_foreign_application_goes_through_every_flow,
    an_access_token_is_accepted_wherever_an_api_key_is,
    s01_a_forged_token_is_accepted_nowhere,
    s05_a_stolen_refresh_token_signs_both_holders_out_and_the_person_gets_a_mail,
    s07_a_token_fails_at_every_entry_point_and_process_within_five_seconds_after_its_grant_ended,
    s21_the_command_line_gets_its_tokens_from_a_person_in_a_browser;
None:
    a_wrong_request_sends_nobody_on_and_shows_a_way_back_to_a_known_address_only,
    the_endpoints_accept_only_forms_with_each_field_once,
    what_is_published_may_be_cached_and_has_no_secret;
];

const ALL: &[Permission] = &[
    Permission::OrganizationRead,
    Permission::PipelineRead,
    Permission::PipelineWrite,
    Permission::RunRead,
    Permission::RunStart,
];

const VIEWER: &str = "{ viewer { permissions } }";

async fn a_foreign_application_goes_through_every_flow(app: TestApp) {
    // Its own address is the issuer.
    let app = app.again(|_| {}).await;
    let org = app.org("Engines").await;
    let account = AccountTerms {
        name: "Deploy".to_owned(),
        description: String::new(),
        role: Role::Developer.into(),
        disabled: false,
    };
    let owner = org.owner();
    let account = service_accounts::create(&owner.ctx, &account).await;
    let account = Some(account.expect("an account").id);
    let confidential = ClientKind::Confidential;
    let server = Application::register(&app, owner, confidential, ALL, account).await;
    let native = Application::register(&app, owner, ClientKind::Public, ALL, None).await;
    if let Some(done) = foreign(&app, &owner.caller, &server, &native).await {
        assert_eq!(done["organization"], "Engines");
    }
}

/// Whether each entry point accepts a caller: GraphQL, uploads, downloads, MCP.
async fn entry_points(caller: &Caller, run: &str) -> [bool; 4] {
    let viewer = caller.graphql(VIEWER, json!({})).await;
    let sent = uploads::send(caller, "a.json", "application/json", "{}").await;
    let output = caller.get(&format!("/api/runs/{run}/output")).await;
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let mcp = caller.post("/mcp", &ping).await;
    assert!(matches!(mcp.status.as_u16(), 200 | 401), "{}", mcp.text);
    for refused in [&viewer, &sent, &output] {
        if let Some(code) = refused.code() {
            assert_eq!(code, "UNAUTHENTICATED", "{}", refused.text);
        }
    }
    [
        viewer.code().is_none(),
        sent.status == 201,
        output.status == 200,
        mcp.status == 200,
    ]
}

async fn an_access_token_is_accepted_wherever_an_api_key_is(app: TestApp) {
    app.work();
    let org = app.org("A").await;
    let owner = org.owner();
    let client = Application::register(&app, owner, ClientKind::Confidential, ALL, None).await;
    let tokens = client.tokens(&owner.caller).await;
    let pipeline = create(&tokens.caller, &chain(1)).await;
    let run = start(&tokens.caller, &pipeline).await;
    assert_eq!(finished(&tokens.caller, &run).await, "SUCCEEDED");
    assert_eq!(entry_points(&tokens.caller, &run).await, [true; 4]);
    let mut socket = Socket::open(&tokens.caller).await;
    let feed = "subscription { runFeed { id } }";
    socket.subscribe("1", feed, json!({})).await;
    start(&tokens.caller, &pipeline).await;
    assert_eq!(socket.next().await.expect("an open socket")["type"], "next");
    // A token is no session, and no person.
    for (refused, code) in [
        (
            "mutation { createApiKey(input: {name: \"k\", role: VIEWER}) { secret } }",
            "FORBIDDEN",
        ),
        ("{ sessions { device } }", "FORBIDDEN"),
        ("{ members(first: 1) { edges { cursor } } }", "FORBIDDEN"),
    ] {
        assert_eq!(
            tokens.caller.code(refused, json!({})).await,
            code,
            "{refused}"
        );
    }
    let cookie = Caller::new(&app.base, Secret::Session(tokens.access.clone()));
    assert_eq!(cookie.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    let query = format!("/api/runs/{run}/output?access_token={}", tokens.access);
    assert_eq!(app.anonymous().get(&query).await.status, 401);
}

async fn s01_a_forged_token_is_accepted_nowhere(app: TestApp) {
    let org = app.org("A").await;
    let owner = org.owner();
    let client = Application::register(&app, owner, ClientKind::Public, ALL, None).await;
    let tokens = client.tokens(&owner.caller).await;
    let run = "run_00000000000000000000000000";
    let (body, _) = tokens.access.rsplit_once('.').expect("three parts");
    let (_, payload) = body.split_once('.').expect("two parts");
    // {"alg":"none","typ":"at+jwt"}
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{payload}.");
    for forged in [none, format!("{body}."), body.to_owned(), tokens.refresh] {
        let caller = Caller::new(&app.base, Secret::Key(forged.clone()));
        assert_eq!(entry_points(&caller, run).await, [false; 4], "{forged}");
        let closed = Socket::connect(&caller, None).await;
        let mut socket = closed.expect("a socket");
        let init = json!({ "type": "connection_init", "payload": { "accessToken": forged } });
        socket.send(init).await;
        assert_eq!(socket.next().await.expect_err("closed").0, 4401);
    }
}

async fn s05_a_stolen_refresh_token_signs_both_holders_out_and_the_person_gets_a_mail(
    app: TestApp,
) {
    let app = app
        .again(|settings| settings.mail = Some(mail_settings()))
        .await;
    let org = app.org("A").await;
    let owner = org.owner();
    set_email(&app, owner.user, "ada@example.test").await;
    let client = Application::register(&app, owner, ClientKind::Public, ALL, None).await;
    let stolen = client.tokens(&owner.caller).await;
    let next = client.refresh(&stolen.refresh).await;
    assert_eq!(next.status, 200, "{}", next.text);
    let next = client.read(&next);
    // Two requests at the same time are no alarm.
    let parallel = client.read(&client.refresh(&stolen.refresh).await);
    assert_eq!(parallel.refresh, next.refresh);
    let tx = app.app.db().begin(&[org.id]).await.expect("a transaction");
    let earlier = app.app.clock().now() - chrono::Duration::seconds(20);
    let sql = "UPDATE oauth_refresh_tokens SET used_at = $1 WHERE org_id = $2 \
        AND used_at IS NOT NULL";
    tx.execute(sql, [earlier.into(), org.id.0.into()])
        .await
        .expect("an earlier time");
    tx.commit().await.expect("committed");

    let thief = client.refresh(&stolen.refresh).await;
    assert_eq!(
        (thief.status.as_u16(), &thief.json()["error"]),
        (400, &json!("invalid_grant"))
    );
    let good = client.refresh(&next.refresh).await;
    assert_eq!(good.json()["error"], "invalid_grant");
    for tokens in [&stolen, &next, &parallel] {
        assert_eq!(
            tokens.caller.code(VIEWER, json!({})).await,
            "UNAUTHENTICATED"
        );
    }
    let rows = domain::audit::list(&owner.ctx, 100).await.expect("rows");
    let alarms = rows
        .iter()
        .filter(|row| row.action == "application.token_reused");
    assert_eq!(alarms.count(), 1);
    assert_eq!(mails_to(&app, "token_reused", "ada@example.test").await, 1);
}

async fn s07_a_token_fails_at_every_entry_point_and_process_within_five_seconds_after_its_grant_ended(
    app: TestApp,
) {
    app.work();
    let org = app.org("A").await;
    let owner = org.owner();
    let client = Application::register(&app, owner, ClientKind::Confidential, ALL, None).await;
    let tokens = client.tokens(&owner.caller).await;
    let pipeline = create(&tokens.caller, &chain(1)).await;
    let run = start(&tokens.caller, &pipeline).await;
    assert_eq!(finished(&tokens.caller, &run).await, "SUCCEEDED");
    let base_url = app.app.settings().base_url.clone();
    let other = app.again(|settings| settings.base_url = base_url).await;
    let there = tokens.caller.at(&other.base);
    assert_eq!(entry_points(&there, &run).await, [true; 4]);
    let mut sockets = [
        Socket::open(&tokens.caller).await,
        Socket::open(&there).await,
    ];

    let grants = oauth::list_own_grants(&owner.ctx).await.expect("grants");
    oauth::revoke_grant(&owner.ctx, grants[0].id)
        .await
        .expect("revoked");
    let ended = Instant::now();
    assert_eq!(entry_points(&tokens.caller, &run).await, [false; 4]);
    while entry_points(&there, &run).await != [false; 4] {
        assert!(
            ended.elapsed() < Duration::from_secs(5),
            "the other process"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for socket in &mut sockets {
        let left = Duration::from_secs(7).saturating_sub(ended.elapsed());
        let closed = tokio::time::timeout(left, socket.closed()).await;
        assert_eq!(closed.expect("closed in time").0, 4401);
    }
    let refreshed = client.refresh(&tokens.refresh).await;
    assert_eq!(refreshed.json()["error"], "invalid_grant");
}

async fn s21_the_command_line_gets_its_tokens_from_a_person_in_a_browser(app: TestApp) {
    let org = app.org("A").await;
    let person = &org.of(Role::Developer).caller;
    let client = ("client_id", "flowmason-cli");
    let codes = post(&app.base, "/oauth/device_authorization", &[client])
        .await
        .json();
    let (device, user) = (codes["device_code"].clone(), codes["user_code"].clone());
    let device = device.as_str().expect("a code");
    let poll = async || {
        let flow = "urn:ietf:params:oauth:grant-type:device_code";
        let form = [client, ("grant_type", flow), ("device_code", device)];
        post(&app.base, "/oauth/token", &form).await
    };
    assert_eq!(poll().await.json()["error"], "authorization_pending");
    assert_eq!(poll().await.json()["error"], "slow_down");
    let shown = "query($code: String!) { deviceRequest(code: $code) { applicationName address \
        scopes { name description isHeld } } }";
    let shown = person.data(shown, json!({ "code": user })).await;
    assert_eq!(shown["deviceRequest"]["address"], "127.0.0.1");
    allow_device(person, user.as_str().expect("a code")).await;
    // As if the device had waited.
    let tx = app.app.db().begin(&[]).await.expect("a transaction");
    tx.execute("UPDATE oauth_devices SET polled_at = NULL", [])
        .await
        .expect("no time");
    tx.commit().await.expect("committed");
    let answer = poll().await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let token = answer.json()["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let caller = Caller::new(&app.base, Secret::Key(token));
    let viewer = "{ viewer { user { name } organization { name } } }";
    let viewer = caller.data(viewer, json!({})).await;
    assert_eq!(viewer["viewer"]["organization"]["name"], "A");
    assert_eq!(poll().await.json()["error"], "invalid_grant");
}

async fn the_endpoints_accept_only_forms_with_each_field_once(app: TestApp) {
    let org = app.org("A").await;
    let owner = org.owner();
    let client = Application::register(&app, owner, ClientKind::Confidential, ALL, None).await;
    let tokens = client.tokens(&owner.caller).await;
    let secret = client.secret.clone().expect("a secret");
    let nobody = app.anonymous();
    let send = async |kind: &str, basic: Option<(&str, &str)>, body: String| {
        let mut request = nobody
            .request(Method::POST, "/oauth/token")
            .header("content-type", kind.to_owned());
        if let Some((name, secret)) = basic {
            request = request.basic_auth(name, Some(secret));
        }
        let answer = request.body(body).send().await.expect("the server answers");
        let answer = Answer::of(answer).await;
        let json = answer.json();
        assert!(json["error_description"].is_string(), "{json}");
        assert_eq!(answer.headers["cache-control"], "no-store");
        (
            answer.status.as_u16(),
            json["error"].as_str().expect("a code").to_owned(),
        )
    };
    let form = "application/x-www-form-urlencoded";
    let refused = |status: u16, code: &str| (status, code.to_owned());
    let refresh = format!("grant_type=refresh_token&refresh_token={}", tokens.refresh);
    let own = format!("{refresh}&client_id={}", client.id);
    let invalid = refused(400, "invalid_request");
    assert_eq!(
        send("application/json", None, json!({}).to_string()).await,
        invalid
    );
    assert_eq!(send(form, None, String::new()).await, invalid);
    assert_eq!(
        send(form, None, format!("{own}&scope=a&scope=b")).await,
        invalid
    );
    let both = format!("{own}&client_secret={secret}");
    let basic = Some((client.id.as_str(), secret.as_str()));
    assert_eq!(send(form, basic, both).await, invalid);
    let other = format!("{refresh}&client_id=flowmason-cli");
    assert_eq!(send(form, basic, other).await, invalid);
    let client_error = refused(401, "invalid_client");
    assert_eq!(send(form, None, own).await, client_error);
    assert_eq!(
        send(form, Some((&client.id, "wrong")), refresh.clone()).await,
        client_error
    );
    assert_eq!(send(form, None, refresh.clone()).await, client_error);
    let password = "grant_type=password&username=a&password=b".to_owned();
    assert_eq!(
        send(form, basic, password).await,
        refused(400, "unsupported_grant_type")
    );
    let token = nobody.get("/oauth/token").await;
    assert_eq!(token.status, 405);
    assert_eq!(token.json()["error"], "invalid_request");
}

async fn a_wrong_request_sends_nobody_on_and_shows_a_way_back_to_a_known_address_only(
    app: TestApp,
) {
    let org = app.org("A").await;
    let client = Application::register(&app, org.owner(), ClientKind::Public, ALL, None).await;
    let nobody = app.anonymous();
    let page = async |query: String| {
        let page = nobody.get(&format!("/oauth/authorize?{query}")).await;
        assert_eq!(page.status, 400);
        assert!(page.headers.get("location").is_none());
        page.text
    };
    let evil = client.query().replace("127.0.0.1", "evil.example");
    assert!(!page(evil).await.contains("evil.example"));
    let wrong = page(client.query().replace("S256", "plain")).await;
    let (_, link) = wrong.split_once("<a href=\"").expect("a link");
    let (link, _) = link.split_once('"').expect("its end");
    assert!(link.starts_with(CALLBACK), "{link}");
    let link = link.replace("&amp;", "&");
    assert_eq!(value(&link, "error").as_deref(), Some("invalid_request"));
}

async fn what_is_published_may_be_cached_and_has_no_secret(app: TestApp) {
    let nobody = app.anonymous();
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/jwks.json",
    ] {
        let answer = nobody.get(path).await;
        assert_eq!(answer.status, 200);
        let cached = answer.headers["cache-control"].to_str().expect("a text");
        assert!(cached.starts_with("public, max-age="), "{cached}");
        assert!(!answer.text.contains("\"d\":"), "{}", answer.text);
    }
    let metadata = nobody
        .get("/.well-known/oauth-authorization-server")
        .await
        .json();
    assert_eq!(metadata["issuer"], json!(app.app.settings().base_url));
    assert!(
        metadata.get("registration_endpoint").is_none(),
        "nobody registers themselves"
    );
}
