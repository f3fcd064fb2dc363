//! Signing in and out: links, passwords, cookies, other origins. S08, S09, S10, S13 over HTTP.

use domain::{Role, identity};
use reqwest::Method;
use serde_json::json;

use crate::{
    cases,
    harness::{Answer, Caller, TestApp, callers::Secret},
};

cases![Shared:
    a_printed_link_signs_the_first_owner_in_once,
    s07_signing_out_invalidates_the_session_immediately,
    s08_the_cookie_is_strict_and_is_deleted_as_it_was_set,
    s09_other_pages_cannot_use_the_cookie,
    s10_no_other_origin_is_ever_allowed,
    s13_a_known_and_an_unknown_address_get_the_same_answer,
    s14_the_eleventh_password_is_refused_with_a_time_to_wait,
    l01_behind_a_trusted_proxy_each_client_has_its_own_attempts_and_cannot_forge_another,
    r08_a_key_in_the_query_in_a_cookie_or_in_another_header_is_nobody,
    f11_a_page_of_one_person_does_nothing_as_another;
];

async fn first_owner(app: &TestApp) -> Caller {
    let token = identity::print_link(&app.app)
        .await
        .expect("a link")
        .expect("nobody is there");
    let answer = app
        .anonymous()
        .post("/auth/link", &json!({ "token": token }))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    Caller::new(
        &app.base,
        Secret::Session(answer.cookie().expect("a cookie")),
    )
}

async fn with_password(app: &TestApp, email: &str, password: &str) -> Caller {
    let owner = first_owner(app).await;
    let profile = "mutation($e: String!) { updateProfile(input: {email: $e}) { viewer { role } } }";
    owner.data(profile, json!({ "e": email })).await;
    let set = "mutation($p: String!) { setPassword(input: {newPassword: $p}) { ok } }";
    owner.data(set, json!({ "p": password })).await;
    owner
}

async fn password(app: &TestApp, email: &str, password: &str) -> Answer {
    app.anonymous()
        .post(
            "/auth/password",
            &json!({ "email": email, "password": password }),
        )
        .await
}

async fn a_printed_link_signs_the_first_owner_in_once(app: TestApp) {
    let token = identity::print_link(&app.app)
        .await
        .expect("a link")
        .expect("nobody is there");
    let nobody = app.anonymous();
    let answer = nobody.post("/auth/link", &json!({ "token": token })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let owner = Caller::new(
        &app.base,
        Secret::Session(answer.cookie().expect("a cookie")),
    );
    let data = owner
        .data("{ viewer { role hasPassword } }", json!({}))
        .await;
    assert_eq!(
        data["viewer"],
        json!({ "role": "OWNER", "hasPassword": false })
    );

    let again = nobody.post("/auth/link", &json!({ "token": token })).await;
    assert_eq!(
        (again.status.as_u16(), again.code().as_deref()),
        (401, Some("UNAUTHENTICATED"))
    );
    assert!(again.cookie().is_none());
    for body in [
        json!({}),
        json!({ "token": 5 }),
        json!({ "token": "x", "role": "owner" }),
    ] {
        assert_eq!(nobody.post("/auth/link", &body).await.status, 422, "{body}");
    }
}

async fn s07_signing_out_invalidates_the_session_immediately(app: TestApp) {
    let owner = first_owner(&app).await;
    let answer = owner.post("/auth/sign-out", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        owner.code("{ viewer { role } }", json!({})).await,
        "UNAUTHENTICATED"
    );
    // Signing out again has no effect and gives no error.
    assert_eq!(owner.post("/auth/sign-out", &json!({})).await.status, 200);
}

async fn s08_the_cookie_is_strict_and_is_deleted_as_it_was_set(app: TestApp) {
    let token = identity::print_link(&app.app)
        .await
        .expect("a link")
        .expect("nobody is there");
    let set = app
        .anonymous()
        .post("/auth/link", &json!({ "token": token }))
        .await;
    let owner = Caller::new(&app.base, Secret::Session(set.cookie().expect("a cookie")));
    let cleared = owner.post("/auth/sign-out", &json!({})).await;
    for answer in [&set, &cleared] {
        let cookie = answer.headers["set-cookie"].to_str().expect("a text");
        assert!(cookie.starts_with("__Host-flowmason="), "{cookie}");
        for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert!(
        cleared.headers["set-cookie"]
            .to_str()
            .expect("a text")
            .contains("Max-Age=0")
    );
}

async fn s09_other_pages_cannot_use_the_cookie(app: TestApp) {
    let owner = first_owner(&app).await;
    let Secret::Session(token) = &owner.secret else {
        panic!("a session")
    };
    let nobody = app.anonymous();
    let send = async |origin: Option<&str>, kind: &str, path: &str| {
        let request = nobody
            .request(Method::POST, path)
            .header("content-type", kind);
        let mut request = request.header("cookie", format!("__Host-flowmason={token}"));
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let body = match path {
            "/graphql" => json!({ "query": "{ viewer { role } }" }),
            _ => json!({}),
        };
        request
            .body(body.to_string())
            .send()
            .await
            .expect("an answer")
            .status()
            .as_u16()
    };
    let own = app.base.as_str();
    let json = "application/json";
    assert_eq!(send(Some(own), json, "/graphql").await, 200);
    for path in ["/graphql", "/auth/sign-out"] {
        assert_eq!(
            send(Some("https://evil.example"), json, path).await,
            403,
            "{path}"
        );
        assert_eq!(send(Some("null"), json, path).await, 403, "{path}");
        assert_eq!(send(None, json, path).await, 403, "{path}");
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ] {
            assert_eq!(send(Some(own), kind, path).await, 403, "{path} {kind}");
        }
    }
    // Signing in from a page of another origin is refused too.
    let request = nobody
        .request(Method::POST, "/auth/password")
        .header("origin", "https://evil.example");
    let request = request.json(&json!({ "email": "a@b.example", "password": "x" }));
    assert_eq!(request.send().await.expect("an answer").status(), 403);
    owner.data("{ viewer { role } }", json!({})).await;
}

async fn s10_no_other_origin_is_ever_allowed(app: TestApp) {
    let port = app.base.rsplit(':').next().expect("a port").to_owned();
    for origin in [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("http://evil-127.0.0.1:{port}"),
        format!("https://127.0.0.1:{port}"),
        app.base.clone(),
    ] {
        for path in ["/graphql", "/auth/password", "/healthz"] {
            let request = app
                .anonymous()
                .request(Method::OPTIONS, path)
                .header("origin", &origin);
            let request = request.header("access-control-request-method", "POST");
            let answer = request.send().await.expect("an answer");
            assert!(
                !answer.headers().contains_key("access-control-allow-origin"),
                "{origin} {path}"
            );
        }
    }
}

async fn s13_a_known_and_an_unknown_address_get_the_same_answer(app: TestApp) {
    with_password(&app, "ann@example.test", "correct horse").await;
    let good = password(&app, "Ann@Example.test ", "correct horse").await;
    assert_eq!(good.status, 200, "{}", good.text);
    let known = password(&app, "ann@example.test", "wrong horse").await;
    let unknown = password(&app, "bob@example.test", "wrong horse").await;
    assert_eq!(known.comparable(), unknown.comparable());
    assert_eq!(known.status, 401);
    assert!(known.cookie().is_none() && unknown.cookie().is_none());
}

async fn s14_the_eleventh_password_is_refused_with_a_time_to_wait(app: TestApp) {
    for _ in 0..10 {
        assert_eq!(
            password(&app, "ann@example.test", "guess").await.status,
            401
        );
    }
    let refused = password(&app, "ann@example.test", "guess").await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_deref()),
        (429, Some("RATE_LIMITED"))
    );
    assert_eq!(refused.headers["retry-after"], "60");
}

async fn f11_a_page_of_one_person_does_nothing_as_another(app: TestApp) {
    const CHANGE: &str = "mutation { createFolder(input: {name: \"new\"}) { folder { name } } }";
    const FOLDERS: &str = "{ folders { name } }";
    let a = app.org("A").await;
    let (owner, admin) = (a.owner(), a.of(Role::Admin));
    // The browser has the admin's cookie by now; the page names whom it shows.
    let send = async |shown: &str| {
        let request = admin.caller.request(Method::POST, "/graphql");
        let request = request.header("x-flowmason-person", shown);
        let request = request.json(&json!({ "query": CHANGE }));
        Answer::of(request.send().await.expect("the server answers")).await
    };
    for shown in [owner.user.to_string(), a.id.to_string(), String::new()] {
        let refused = send(&shown).await;
        let found = (refused.status.as_u16(), refused.code());
        assert_eq!(found, (409, Some("CONFLICT".to_owned())), "{shown}");
    }
    let folders = admin.caller.data(FOLDERS, json!({})).await;
    assert_eq!(folders["folders"], json!([]));
    let done = send(&admin.user.to_string()).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let folders = admin.caller.data(FOLDERS, json!({})).await;
    assert_eq!(folders["folders"], json!([{ "name": "new" }]));
    // Without a session, it is refused as always.
    let out = admin.caller.post("/auth/sign-out", &json!({})).await;
    assert_eq!(out.status, 200, "{}", out.text);
    let refused = send(&owner.user.to_string()).await;
    assert_eq!(refused.code().as_deref(), Some("UNAUTHENTICATED"));
}

async fn r08_a_key_in_the_query_in_a_cookie_or_in_another_header_is_nobody(app: TestApp) {
    let a = app.org("A").await;
    let (_, program) = crate::harness::people::key(&app, a.owner(), domain::Role::Owner).await;
    program.data("{ viewer { role } }", json!({})).await;
    let Secret::Key(key) = &program.secret else {
        panic!("a key")
    };
    let body = json!({ "query": "{ viewer { role } }" });
    let nobody = app.anonymous();
    let attempts = [
        nobody.request(
            Method::POST,
            &format!("/graphql?api_key={key}&access_token={key}"),
        ),
        nobody
            .request(Method::POST, "/graphql")
            .header("x-api-key", key),
        nobody
            .request(Method::POST, "/graphql")
            .header("authorization", key),
        nobody
            .request(Method::POST, "/graphql")
            .header("authorization", format!("Basic {key}")),
        nobody
            .request(Method::POST, "/graphql")
            .header("cookie", format!("__Host-flowmason={key}"))
            .header("origin", &app.base),
    ];
    for attempt in attempts {
        let answer = Answer::of(attempt.json(&body).send().await.expect("an answer")).await;
        assert_eq!(
            answer.code().as_deref(),
            Some("UNAUTHENTICATED"),
            "{}",
            answer.text
        );
    }
}

async fn l01_behind_a_trusted_proxy_each_client_has_its_own_attempts_and_cannot_forge_another(
    app: TestApp,
) {
    let proxied = app.serve(|config| {
        config.trusted_proxies = "127.0.0.1".parse().expect("a network");
    });
    let status = async |base: &str, forwarded: &str| {
        let caller = Caller::new(base, Secret::None);
        let body = json!({ "email": "ann@a.example", "password": "wrong-password" });
        let request = caller
            .request(Method::POST, "/auth/password")
            .header("x-forwarded-for", forwarded)
            .header("x-real-ip", forwarded)
            .header("forwarded", format!("for={forwarded}"))
            .json(&body);
        request.send().await.expect("an answer").status().as_u16()
    };
    for _ in 0..10 {
        assert_eq!(status(&proxied, "203.0.113.7").await, 401);
    }
    // The eleventh attempt is refused, even if it claims to come from another address. Another
    // client is not refused.
    assert_eq!(status(&proxied, "198.51.100.1, 203.0.113.7").await, 429);
    assert_eq!(status(&proxied, "198.51.100.1").await, 401);
    // Without a trusted proxy, all requests count as one client, whatever their headers.
    let refused = async || {
        for i in 0..12 {
            if status(&app.base, &format!("192.0.2.{i}")).await == 429 {
                return i;
            }
        }
        12
    };
    assert_eq!(refused().await, 10);
}
