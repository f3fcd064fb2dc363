//! The dashboard's files: security headers, caching, unknown paths. F03, F04, F06, F09.

use reqwest::Method;
use serde_json::json;

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        callers::Secret,
        pipelines::{chain, create, start},
    },
};

cases![None:
    f03_every_page_has_a_strict_policy_with_a_nonce_of_its_own,
    f04_no_response_may_be_framed,
    f06_opening_an_address_changes_nothing,
    compressed_assets_are_served_to_clients_that_accept_them,
    assets_are_cached_forever_and_unknown_ones_are_missing,
    f09_a_page_that_rebinds_a_name_to_loopback_is_refused,
    the_graphql_explorer_is_served_in_development_only,
    a_missing_dashboard_says_how_to_build_it;
];

/// Starts a server with a small dashboard.
fn small(app: &TestApp) -> Caller {
    small_with(app, false)
}

fn small_with(app: &TestApp, dev: bool) -> Caller {
    let folder = app.folder().join("dist");
    std::fs::create_dir_all(folder.join("assets")).expect("a folder");
    let page = "<!doctype html><style nonce=\"__NONCE__\"></style><title>small</title>";
    std::fs::write(folder.join("index.html"), page).expect("a page");
    let explorer = "<!doctype html><style nonce=\"__NONCE__\"></style><title>queries</title>";
    std::fs::write(folder.join("explorer.html"), explorer).expect("a page");
    std::fs::write(folder.join("assets/app-1a2b.js"), "1").expect("a script");
    std::fs::write(folder.join("assets/big-3c4d.js"), "big").expect("a script");
    std::fs::write(folder.join("assets/big-3c4d.js.gz"), "compressed").expect("a script");
    std::fs::write(folder.join("theme.js"), "2").expect("a script");
    std::fs::write(app.folder().join("secret.txt"), "secret").expect("a secret");
    let base = app.serve(|config| {
        config.dashboard_dir = Some(folder.clone());
        config.dev = dev;
    });
    Caller::new(&base, Secret::None)
}

async fn f03_every_page_has_a_strict_policy_with_a_nonce_of_its_own(app: TestApp) {
    let caller = small(&app);
    let mut nonces = Vec::new();
    for path in ["/", "/index.html", "/runs", "/pipelines/pipe_1"] {
        let answer = caller.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let policy = answer.headers["content-security-policy"]
            .to_str()
            .expect("a text");
        let nonce = answer.text.split('"').nth(1).expect("a nonce").to_owned();
        let expected = format!(
            "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
             img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
             manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        assert_eq!(policy, expected);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["cache-control"], "no-cache");
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 4, "each response has its own nonce");
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let value = answer.headers.get(name);
    value.map_or("", |value| value.to_str().expect("a text"))
}

async fn f04_no_response_may_be_framed(app: TestApp) {
    let caller = small_with(&app, true);
    let mut pages = 0;
    for path in [
        "/",
        "/index.html",
        "/runs",
        "/sign-in",
        "/sign-up/confirm",
        "/consent",
        "/device",
        "/mail/unsubscribe/x",
        "/graphql",
        "/dev/mails",
        "/dev/mails/invitation.en/html",
        "/dev/mails/invitation.en/text",
        "/sign-in/oidc/none",
        "/sign-in/oidc/callback?code=x&state=x",
        "/sign-in/saml/none",
        "/theme.js",
        "/assets/app-1a2b.js",
        "/assets/missing.js",
        "/api/runs/x/output",
        "/scim/v2/Users",
        "/.well-known/jwks.json",
    ] {
        let answer = caller.get(path).await;
        assert_eq!(header(&answer, "x-frame-options"), "DENY", "{path}");
        if header(&answer, "content-type").starts_with("text/html") {
            pages += 1;
            let policy = header(&answer, "content-security-policy");
            assert!(
                policy.contains("frame-ancestors 'none'"),
                "{path}: {policy}"
            );
        }
    }
    assert!(pages >= 10, "{pages}");
}

async fn f06_opening_an_address_changes_nothing(app: TestApp) {
    const STATE: &str = "{ viewer { role user { name } } \
        pipelines { edges { node { id name deletedAt } } } runs { edges { node { id status } } } }";
    let a = app.org("A").await;
    // Signed in: another site can lead a person to any address of this one.
    let caller = &a.owner().caller;
    let pipeline = create(caller, &chain(1)).await;
    let run = start(caller, &pipeline).await;
    let before = caller.data(STATE, json!({})).await;
    let cancel =
        format!("mutation {{ cancelRun(input: {{runId: \"{run}\"}}) {{ run {{ id }} }} }}");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("query", &cancel)
        .finish();
    for path in [
        format!("/graphql?{query}"),
        format!("/pipelines/{pipeline}?run=true"),
        format!("/pipelines/{pipeline}?delete=1&confirm=1"),
        format!("/runs/{run}?cancel=1&retry=1&approve=1"),
        "/consent?approve=1&decision=allow".to_owned(),
        "/device?user_code=BBBB-BBBB&approve=1".to_owned(),
        "/invitation?token=x&accept=1".to_owned(),
        "/auth/sign-out".to_owned(),
        "/auth/link?token=x".to_owned(),
        "/auth/invitation?token=x".to_owned(),
        "/auth/email/confirm?token=x".to_owned(),
        "/auth/sign-up/confirm?token=x".to_owned(),
        "/mail/unsubscribe/x".to_owned(),
        "/uploads?name=x".to_owned(),
    ] {
        let answer = caller.get(&path).await;
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
        // A page that may ask, or nothing.
        let page = header(&answer, "content-type").starts_with("text/html");
        assert!(
            page || answer.status.is_client_error(),
            "{path}: {}",
            answer.status
        );
        assert_eq!(caller.data(STATE, json!({})).await, before, "{path}");
    }
}

async fn compressed_assets_are_served_to_clients_that_accept_them(app: TestApp) {
    let url = format!("{}/assets/big-3c4d.js", small(&app).base);
    let client = reqwest::Client::builder().no_proxy().no_gzip().no_brotli();
    let client = client.build().expect("a client");
    for (accept, encoding, body) in [
        ("br, gzip", Some("gzip"), "compressed"),
        ("gzip;q=0.5", Some("gzip"), "compressed"),
        ("gzip;q=0", None, "big"),
        ("identity", None, "big"),
    ] {
        let request = client.get(&url).header("accept-encoding", accept);
        let answer = request.send().await.expect("an answer");
        let got = answer.headers().get("content-encoding").cloned();
        assert_eq!(got.as_ref().map(|v| v.to_str().expect("text")), encoding);
        assert!(answer.headers().contains_key("vary"), "{accept}");
        assert_eq!(answer.text().await.expect("a body"), body, "{accept}");
    }
}

async fn assets_are_cached_forever_and_unknown_ones_are_missing(app: TestApp) {
    let caller = small(&app);
    let asset = caller.get("/assets/app-1a2b.js").await;
    assert_eq!(
        asset.headers["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        asset.headers["content-type"],
        "text/javascript; charset=utf-8"
    );
    assert_eq!(asset.text, "1");
    let theme = caller.get("/theme.js").await;
    assert_eq!(theme.headers["cache-control"], "no-cache");
    let tag = theme.headers["etag"].clone();
    let again = caller
        .request(Method::GET, "/theme.js")
        .header("if-none-match", tag);
    assert_eq!(again.send().await.expect("an answer").status(), 304);
    for path in [
        "/assets/missing.js",
        "/assets/missing",
        "/missing.js",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets%2f..%2f..%2fsecret.txt",
    ] {
        let answer = caller.get(path).await;
        assert!(
            !answer.text.contains("secret") && !answer.text.contains("small"),
            "{path}"
        );
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(
        caller
            .request(Method::POST, "/runs")
            .send()
            .await
            .expect("an answer")
            .status(),
        405
    );
}

async fn f09_a_page_that_rebinds_a_name_to_loopback_is_refused(app: TestApp) {
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/graphql/ws"),
        (Method::GET, "/api/runs/x/output"),
        (Method::POST, "/"),
        (Method::POST, "/graphql"),
        (Method::POST, "/uploads?name=x"),
        (Method::POST, "/auth/sign-out"),
    ] {
        let request = app
            .anonymous()
            .request(method, path)
            .header("host", "evil.example");
        assert_eq!(
            request.send().await.expect("an answer").status(),
            403,
            "{path}"
        );
    }
}

async fn the_graphql_explorer_is_served_in_development_only(app: TestApp) {
    let caller = small_with(&app, true);
    let answer = caller.get("/graphql").await;
    assert_eq!(answer.status, 200);
    assert!(answer.text.contains("queries"), "{}", answer.text);
    assert!(!answer.text.contains("__NONCE__"), "{}", answer.text);
    let policy = answer.headers["content-security-policy"].to_str();
    let policy = policy.expect("a text");
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
    // A link never causes a change, not even in development.
    assert_eq!(
        caller.get("/graphql?query={viewer{role}}").await.status,
        405
    );
    assert_eq!(caller.get("/explorer.html").await.status, 404);
    let caller = small(&app);
    assert_eq!(caller.get("/graphql").await.status, 405);
    assert_eq!(caller.get("/explorer.html").await.status, 404);
}

async fn a_missing_dashboard_says_how_to_build_it(app: TestApp) {
    let folder = app.folder().join("nothing");
    let base = app.serve(|config| config.dashboard_dir = Some(folder));
    let answer = Caller::new(&base, Secret::None).get("/").await;
    assert!(answer.text.contains("cargo xtask up"), "{}", answer.text);
}
