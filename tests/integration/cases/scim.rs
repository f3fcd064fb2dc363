//! Provisioning over SCIM: repeated requests, versions, and what the administrator sees. C06.

use domain::Role;
use reqwest::Method;
use serde_json::json;

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        callers::Secret,
        scim::{CREATE, audit, client, id, prove, role, scim_type},
    },
};

cases![Shared:
    c06_requests_can_be_repeated_and_sent_in_parallel,
    versions_attributes_and_media_types_are_those_of_the_standard,
    the_administrator_sees_tokens_requests_and_refusals,
];

async fn c06_requests_can_be_repeated_and_sent_in_parallel(app: TestApp) {
    let org = app.org("A").await;
    prove(&app, &org, "a.example").await;
    let scim = client(&app, &org).await;
    let body = json!({ "userName": "u@a.example", "active": true });
    let posts = futures::future::join_all((0..4).map(|_| scim.post("/Users", &body))).await;
    let made: Vec<_> = posts.iter().filter(|one| one.status == 201).collect();
    assert_eq!(
        made.len(),
        1,
        "{:?}",
        posts.iter().map(|one| &one.text).collect::<Vec<_>>()
    );
    for refused in posts.iter().filter(|one| one.status != 201) {
        assert_eq!(
            (refused.status.as_u16(), scim_type(refused).as_str()),
            (409, "uniqueness")
        );
    }
    let user = id(&made[0].json());
    let path = format!("/Users/{user}");
    let body = json!({ "userName": "U@a.example", "title": "Engineer", "active": "True" });
    let first = scim.put(&path, &body).await;
    let second = scim.put(&path, &body).await;
    assert_eq!(first.text, second.text);
    assert_eq!(first.json()["userName"], "U@a.example");
    let puts = futures::future::join_all((0..4).map(|n| {
        let body = json!({ "userName": "u@a.example", "title": format!("{n}") });
        let (scim, path) = (&scim, &path);
        async move { scim.put(path, &body).await }
    }))
    .await;
    for one in puts {
        assert!(matches!(one.status.as_u16(), 200 | 503), "{}", one.text);
    }
    // Deleted and created again: another user, the same person.
    assert_eq!(scim.delete(&path).await.status, 204);
    let again = scim.user("u@a.example").await;
    assert_ne!(id(&again), user);
    assert!(role(&org, "u@a.example").await.is_some());
    assert_eq!(scim.get(&path).await.status, 404);
    let group = scim.group("One", &[]).await;
    scim.group("Two", &[]).await;
    let rename = |name: &str| json!([{ "op": "replace", "value": { "displayName": name } }]);
    let path = format!("/Groups/{group}");
    assert_eq!(scim.patch(&path, rename("ONE")).await.status, 204);
    assert_eq!(scim.patch(&path, rename("ONE")).await.status, 204);
    let taken = scim.patch(&path, rename("two")).await;
    assert_eq!(
        (taken.status.as_u16(), scim_type(&taken).as_str()),
        (409, "uniqueness")
    );
    let posts = futures::future::join_all((0..3).map(|_| {
        let (scim, body) = (&scim, json!({ "displayName": "Three" }));
        async move { scim.post("/Groups", &body).await.status.as_u16() }
    }))
    .await;
    assert_eq!(
        posts.iter().filter(|status| **status == 201).count(),
        1,
        "{posts:?}"
    );
}

async fn versions_attributes_and_media_types_are_those_of_the_standard(app: TestApp) {
    let org = app.org("A").await;
    let scim = client(&app, &org).await;
    let user = scim.user("u@x.example").await;
    let path = format!("/Users/{}", id(&user));
    let read = scim.get(&path).await;
    let version = read.headers["etag"].to_str().expect("a text").to_owned();
    assert_eq!(user["meta"]["version"], version);
    let known = scim
        .with(Method::GET, &path, "", &[("if-none-match", &version)])
        .await;
    assert_eq!(known.status, 304);
    let body = json!({ "userName": "u@x.example", "title": "A" }).to_string();
    let changed = scim
        .with(Method::PUT, &path, &body, &[("if-match", &version)])
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_ne!(changed.headers["etag"].to_str().expect("a text"), version);
    for method in [Method::PUT, Method::DELETE] {
        let stale = scim
            .with(method, &path, &body, &[("if-match", &version)])
            .await;
        assert_eq!(stale.status, 412, "{}", stale.text);
        assert_eq!(stale.json()["code"], "PRECONDITION_FAILED");
    }
    let some = scim
        .get(&format!("{path}?attributes=userName,meta.version"))
        .await
        .json();
    let names: Vec<&String> = some.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["schemas", "id", "userName", "meta"]);
    let less = scim
        .get("/Users?excludedAttributes=meta,emails")
        .await
        .json();
    let first = less["Resources"][0].as_object().expect("an object");
    assert!(!first.contains_key("meta") && first.contains_key("userName"));
    // Sent as text, it is refused; as plain JSON, it is accepted.
    let request = |kind: &str| {
        let token = scim.secret();
        Caller::new(&app.base, Secret::Key(token))
            .request(Method::PUT, &format!("/scim/v2{path}"))
            .header("content-type", kind)
            .body(body.clone())
    };
    let plain = request("application/json").send().await.expect("an answer");
    assert_eq!(plain.status(), 200);
    let text = request("text/plain").send().await.expect("an answer");
    assert_eq!(text.status(), 415);
}

async fn the_administrator_sees_tokens_requests_and_refusals(app: TestApp) {
    let org = app.org("A").await;
    let scim = client(&app, &org).await;
    scim.user("u@x.example").await;
    let again = scim
        .post("/Users", &json!({ "userName": "U@X.example" }))
        .await;
    assert_eq!(again.status, 409);
    scim.get("/Users").await;
    scim.find("/Users", "nonsense").await;
    let query = "{ provisioning { baseUrl defaultRole activeUsers tokens { name prefix lastUsedAt } \
        requests { method path status problem token } groups { name } } }";
    let seen = org.owner().caller.data(query, json!({})).await;
    let seen = &seen["provisioning"];
    assert!(
        seen["baseUrl"]
            .as_str()
            .is_some_and(|url| url.ends_with("/scim/v2"))
    );
    assert_eq!(seen["activeUsers"], 1);
    assert_eq!(seen["tokens"][0]["name"], "Okta");
    assert!(seen["tokens"][0]["lastUsedAt"].is_string());
    let requests = seen["requests"].as_array().expect("a list");
    let shown: Vec<(&str, u64)> = requests
        .iter()
        .map(|one| {
            (
                one["method"].as_str().unwrap_or_default(),
                one["status"].as_u64().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(shown, [("GET", 400), ("POST", 409), ("POST", 201)]);
    assert!(
        requests[1]["problem"]
            .as_str()
            .is_some_and(|text| text.starts_with("userName: another"))
    );
    assert!(!seen.to_string().contains(&scim.secret()));
    assert_eq!(audit(&org, "scim_user.create").await, 1);
    // Only 200 are kept.
    for n in 0..205 {
        scim.delete(&format!("/Users/{n}")).await;
    }
    let seen = org.owner().caller.data(query, json!({})).await;
    assert_eq!(
        seen["provisioning"]["requests"]
            .as_array()
            .expect("a list")
            .len(),
        200
    );

    let expired = json!({ "name": "x", "expiresAt": "2020-01-01T00:00:00Z" });
    assert_eq!(
        org.owner().caller.code(CREATE, expired).await,
        "INVALID_INPUT"
    );
    let code = org
        .of(Role::Developer)
        .caller
        .code(CREATE, json!({ "name": "x" }))
        .await;
    assert_eq!(code, "FORBIDDEN");
    let owner_role = "mutation { updateProvisioning(input: {defaultRole: OWNER}) { provisioning { defaultRole } } }";
    assert_eq!(
        org.owner().caller.code(owner_role, json!({})).await,
        "INVALID_INPUT"
    );
}
