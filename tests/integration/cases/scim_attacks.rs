//! Provisioning over SCIM: what a token reaches, and what is refused. C01, C02, C04, C08.

use domain::Role;
use reqwest::Method;
use serde_json::json;
use types::{ScimGroupId, ScimUserId};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        callers::Secret,
        people::{key, new_session, random_id},
        scim::{CREATE, Scim, client, id, prove, role, scim_type},
    },
};

cases![Shared:
    c01_only_a_valid_token_of_the_organization_reaches_its_users_and_groups,
    c02_ids_of_the_provider_are_texts_and_never_ids_here,
    c04_a_wrong_patch_or_filter_is_refused_and_changes_nothing,
    c08_passwords_roles_and_organizations_have_no_effect,
];

const VIEWER: &str = "{ viewer { role } }";

async fn c01_only_a_valid_token_of_the_organization_reaches_its_users_and_groups(app: TestApp) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    let (mine, theirs) = (client(&app, &a).await, client(&app, &b).await);
    let user = id(&theirs.user("u@b.example").await);
    let group = theirs.group("G", &[&user]).await;
    for (path, random) in [
        (
            format!("/Users/{user}"),
            format!("/Users/{}", random_id::<ScimUserId>(&app)),
        ),
        (
            format!("/Groups/{group}"),
            format!("/Groups/{}", random_id::<ScimGroupId>(&app)),
        ),
    ] {
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            let body = match method {
                Method::PATCH => {
                    json!({ "Operations": [{ "op": "replace", "path": "externalId", "value": "x" }] })
                }
                _ => json!({ "userName": "x", "displayName": "x" }),
            };
            let body = body.to_string();
            let foreign = mine.body(method.clone(), &path, &body).await;
            let nobody = mine.body(method.clone(), &random, &body).await;
            assert_eq!(foreign.status, 404, "{method} {path}: {}", foreign.text);
            assert_eq!(foreign.comparable(), nobody.comparable(), "{method}");
        }
    }
    assert_eq!(
        mine.find("/Users", &format!("id eq \"{user}\""))
            .await
            .json()["totalResults"],
        0
    );
    let added = mine
        .post(
            "/Groups",
            &json!({ "displayName": "H", "members": [{ "value": user }] }),
        )
        .await;
    assert_eq!(
        (added.status.as_u16(), scim_type(&added).as_str()),
        (400, "invalidValue")
    );
    assert_eq!(theirs.get(&format!("/Users/{user}")).await.status, 200);

    // No other credential is accepted, and what is wrong does not show.
    let made = a
        .owner()
        .caller
        .data(CREATE, json!({ "name": "short" }))
        .await;
    let token = made["createScimToken"]["secret"]
        .as_str()
        .expect("a secret")
        .to_owned();
    let revoked = Scim::new(&app.base, &token);
    assert_eq!(revoked.get("/Users").await.status, 200);
    let revoke = "mutation($id: ID!) { revokeScimToken(input: {id: $id}) { token { revokedAt } } }";
    let token_id = &made["createScimToken"]["token"]["id"];
    a.owner()
        .caller
        .data(revoke, json!({ "id": token_id }))
        .await;
    let (_, session) = new_session(&app, a.owner().user, 600).await;
    let (_, program) = key(&app, a.owner(), Role::Admin).await;
    let Secret::Key(program) = program.secret else {
        panic!("a key")
    };
    let last = if token.ends_with('x') { 'y' } else { 'x' };
    let changed = format!("{}{last}", &token[..token.len() - 1]);
    let mut answers = Vec::new();
    for wrong in [token.as_str(), &session, &program, "fmscim_", &changed, "é"] {
        let refused = Scim::new(&app.base, wrong).get("/Users").await;
        assert_eq!(refused.status, 401, "{wrong}");
        answers.push(refused.comparable());
    }
    let cookie = Caller::new(&app.base, Secret::Session(session))
        .get("/scim/v2/Users")
        .await;
    answers.push(cookie.comparable());
    answers.push(app.anonymous().get("/scim/v2/Users").await.comparable());
    let tx = app.app.db().begin(&[a.id]).await.expect("a transaction");
    let sql = "UPDATE scim_tokens SET revoked_at = NULL, expires_at = $1 WHERE org_id = $2 AND name = 'short'";
    let past = app.app.clock().now() - chrono::Duration::seconds(1);
    tx.execute(sql, [past.into(), a.id.0.into()])
        .await
        .expect(sql);
    tx.commit().await.expect("committed");
    answers.push(revoked.get("/Users").await.comparable());
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    // A token has no rights elsewhere.
    let made = a
        .owner()
        .caller
        .data(CREATE, json!({ "name": "more" }))
        .await;
    let token = made["createScimToken"]["secret"]
        .as_str()
        .expect("a secret")
        .to_owned();
    let elsewhere = Caller::new(&app.base, Secret::Key(token));
    assert_eq!(elsewhere.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
}

async fn c02_ids_of_the_provider_are_texts_and_never_ids_here(app: TestApp) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    let scim = client(&app, &a).await;
    let theirs = client(&app, &b).await;
    let foreign = id(&theirs.user("x@b.example").await);
    for (n, taken) in [
        "1",
        &foreign,
        &b.owner().user.to_string(),
        &a.id.to_string(),
    ]
    .iter()
    .enumerate()
    {
        let made = scim
            .post(
                "/Users",
                &json!({ "id": taken, "externalId": taken, "userName": format!("u{n}") }),
            )
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        let user = made.json();
        assert_ne!(user["id"], **taken);
        assert_eq!(user["externalId"], **taken);
        let found = scim
            .find("/Users", &format!("externalId eq \"{taken}\""))
            .await
            .json();
        assert_eq!(found["totalResults"], 1);
        assert_eq!(found["Resources"][0]["id"], user["id"]);
        assert_eq!(scim.get(&format!("/Users/{taken}")).await.status, 404);
    }
    let read = theirs.get(&format!("/Users/{foreign}")).await;
    assert_eq!(read.json()["userName"], "x@b.example");
}

async fn c04_a_wrong_patch_or_filter_is_refused_and_changes_nothing(app: TestApp) {
    let org = app.org("A").await;
    let scim = client(&app, &org).await;
    let user = scim.user("u@x.example").await;
    let path = format!("/Users/{}", id(&user));
    let many = vec![json!({ "op": "add", "path": "title", "value": "x" }); 10_000];
    let deep = format!(
        "emails[{}type pr{}].value",
        "(".repeat(200),
        ")".repeat(200)
    );
    for operations in [
        json!([{ "op": "replace", "path": "title", "value": "x" }, { "op": "remove" }]),
        json!([{ "op": "replace", "path": "title", "value": "x" }, { "op": "copy", "path": "a" }]),
        json!([{ "op": "replace", "path": "title'; DROP TABLE scim_users; --", "value": "x" }]),
        json!([{ "op": "replace", "path": "orgId", "value": org.id.to_string() }]),
        json!([{ "op": "replace", "path": "id", "value": "x" }]),
        json!([{ "op": "replace", "path": "emails[type eq \"x\" or 1=1].value", "value": "x" }]),
        json!([{ "op": "replace", "path": deep, "value": "x" }]),
        json!([{ "op": "replace", "path": "emails[type eq \"fax\"].value", "value": "x" }]),
        json!([{ "op": "replace", "path": "title", "value": "x" }, { "op": "replace", "path": "active", "value": "off" }]),
        json!([{ "op": "add", "path": "title", "value": "\u{0}" }]),
        json!([{ "op": "replace", "path": "displayName", "value": "Ada\u{202e}nimda" }]),
        json!([{ "op": "replace", "path": "userName", "value": "u\u{2066}@x.example" }]),
        json!([{ "op": "add", "path": "name.givenName", "value": "Ada\u{7}" }]),
        json!([]),
        json!(many),
        json!({ "op": "add" }),
    ] {
        let refused = scim.patch(&path, operations.clone()).await;
        let shown = operations.to_string().chars().take(100).collect::<String>();
        assert_eq!(refused.status, 400, "{shown}: {}", refused.text);
        assert!(!scim_type(&refused).is_empty());
        assert_eq!(refused.json()["code"], "INVALID_INPUT");
    }
    for body in [
        "",
        "x",
        "[]",
        "{\"Operations\":",
        "{\"a\":1,\"a\":2}",
        &"[".repeat(10_000),
    ] {
        let refused = scim.body(Method::PATCH, &path, body).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(scim_type(&refused), "invalidSyntax");
    }
    assert_eq!(scim.get(&path).await.json(), user);
    for names in [
        json!({ "userName": "v\u{202e}@x.example" }),
        json!({ "userName": "v@x.example", "displayName": "Ada\u{2066}" }),
        json!({ "userName": "v@x.example", "name": { "familyName": "\u{7}Lovelace" } }),
    ] {
        let refused = scim.body(Method::POST, "/Users", &names.to_string()).await;
        assert_eq!(refused.status, 400, "{names}: {}", refused.text);
        assert_eq!(scim_type(&refused), "invalidValue");
    }
    for filter in [
        "userName eq",
        "userName xx \"a\"",
        "userName eq \"a\" or 1=1",
        "password eq \"x\"",
        "org_id eq \"x\"",
        "userName eq \"a\"; DROP TABLE scim_users",
        "'",
        &format!("{}userName pr{}", "(".repeat(60), ")".repeat(60)),
        &format!("userName eq \"{}\"", "x".repeat(5_000)),
    ] {
        let refused = scim.find("/Users", filter).await;
        assert_eq!(refused.status, 400, "{filter}: {}", refused.text);
        assert_eq!(scim_type(&refused), "invalidFilter");
    }
    for quoted in [
        "' OR '1'='1",
        "%",
        "_",
        "\\\" or userName pr or userName eq \\\"",
    ] {
        let found = scim
            .find("/Users", &format!("userName eq \"{quoted}\""))
            .await;
        assert_eq!(found.json()["totalResults"], 0, "{quoted}: {}", found.text);
    }
    let wrong = scim.get("/Users?startIndex=one").await;
    assert_eq!(
        (wrong.status.as_u16(), scim_type(&wrong).as_str()),
        (400, "invalidValue")
    );
    let large = format!("{{\"userName\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let refused = scim.body(Method::POST, "/Users", &large).await;
    assert_eq!(refused.status, 413, "{}", refused.text);
}

async fn c08_passwords_roles_and_organizations_have_no_effect(app: TestApp) {
    let (org, other) = (app.org("A").await, app.org("B").await);
    prove(&app, &org, "a.example").await;
    let scim = client(&app, &org).await;
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let body = json!({
        "userName": "u@a.example", "password": "correct horse", "role": "owner", "orgId": other.id.to_string(),
        "roles": [{ "value": "owner", "primary": true }], "entitlements": [{ "value": "admin" }],
        "groups": [{ "value": "x", "display": "admins" }], "user_id": other.owner().user.to_string(),
        enterprise: { "organization": other.id.to_string(), "department": "D" },
    });
    let made = scim.post("/Users", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let user = made.json();
    for dropped in ["password", "role", "orgId", "user_id", "groups"] {
        assert!(user.get(dropped).is_none(), "{dropped}");
    }
    assert_eq!(user[enterprise]["department"], "D");
    assert_eq!(role(&org, "u@a.example").await.as_deref(), Some("VIEWER"));
    assert!(role(&other, "u@a.example").await.is_none());
    let path = format!("/Users/{}", id(&user));
    let more = json!([{ "op": "replace", "value": { "password": "another horse", "role": "owner" } },
        { "op": "add", "path": "roles", "value": [{ "value": "admin" }] }]);
    let changed = scim.patch(&path, more).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert!(!changed.text.contains("horse"));
    for wrong in ["password", "groups", "orgId"] {
        let refused = scim
            .patch(&path, json!([{ "op": "add", "path": wrong, "value": "x" }]))
            .await;
        assert_eq!(refused.status, 400, "{wrong}");
    }
    assert_eq!(role(&org, "u@a.example").await.as_deref(), Some("VIEWER"));
    for password in ["correct horse", "another horse"] {
        let body = json!({ "email": "u@a.example", "password": password });
        let refused = app.anonymous().post("/auth/password", &body).await;
        assert_eq!(refused.status, 401, "{}", refused.text);
    }
}
