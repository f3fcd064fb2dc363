//! Members for whom single sign-on is enforced although their address is not verified: a link to the
//! address lets them in, and nobody else with them. S22, S27.

use domain::Role;
use reqwest::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    cases,
    harness::{
        TestApp,
        oidc::{Browser, Oidc, create, owner},
        people::{Person, key, mails_to, member, passkey, secret, set_email},
        scim::prove,
    },
};

cases![Shared:
    s22_whoever_has_not_verified_their_address_proves_it_at_sign_in_and_nobody_else_stays,
    s27_whoever_entered_the_address_before_cannot_keep_its_owner_from_proving_it,
];

const VIEWER: &str = "{ viewer { user { id } } }";
const MEMBER: &str = "query($id: ID!) { member(userId: $id) { \
    signInMethods signInProviders mayRejoin email unverifiedEmail } }";
const UNPREPARED: &str = "query($d: ID) { ssoUnprepared(domainId: $d) { \
    count members { userId email } } }";
const ENFORCE: &str = "mutation($d: ID!, $o: ID!) { \
    enforceSso(input: {domainId: $d, breakGlassOwnerId: $o}) { domain { ssoEnforcedAt } } }";

async fn execute(app: &TestApp, sql: &str, values: Vec<sea_orm::Value>) {
    let tx = app.app.db().begin(&[]).await.expect("a transaction");
    tx.execute(sql, values).await.expect(sql);
    tx.commit().await.expect("committed");
}

/// The token of the link that was sent to a person.
async fn link(app: &TestApp, person: &Person) -> String {
    let token = secret("fma_");
    let hash = Sha256::digest(token.as_bytes()).to_vec();
    let sql = "UPDATE address_changes SET new_hash = $1 WHERE user_id = $2 AND at_sign_in";
    execute(app, sql, vec![hash.into(), person.user.0.into()]).await;
    token
}

async fn s22_whoever_has_not_verified_their_address_proves_it_at_sign_in_and_nobody_else_stays(
    app: TestApp,
) {
    let Some(oidc) = Oidc::start() else { return };
    let org = app.org("A").await;
    prove(&app, &org, "example.test").await;
    let app = oidc.app(&app).await;
    let admin = owner(&app, &org);
    let provider = create(&admin, &oidc.settings()).await;
    let claims = |name: &str| {
        json!({ "email": format!("{name}@example.test"), "email_verified": true, "name": name,
            "groups": ["eng"] })
    };
    oidc.ctl(
        json!({ "claims": { "bob": claims("bob"), "carol": claims("carol"),
        "dana": claims("dana") } }),
    )
    .await;
    let mut people = Vec::new();
    for name in ["carol", "alice", "bob"] {
        let person = member(&app, org.id, Role::Developer).await;
        set_email(&app, person.user, &format!("{name}@example.test")).await;
        people.push(person);
    }
    let entered = Browser::new(&app).sign_in(&provider, "carol").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    // Others see how she signs in, and before a removal that she could come back.
    let carol = people.remove(0).user;
    let shown = admin.data(MEMBER, json!({ "id": carol })).await;
    let ways = json!({ "signInMethods": ["SINGLE_SIGN_ON"], "signInProviders": ["Example"],
        "mayRejoin": true, "email": "carol@example.test", "unverifiedEmail": null });
    assert_eq!(shown["member"], ways);
    for person in &people {
        let sql = "UPDATE users SET email_verified_at = NULL WHERE id = $1";
        execute(&app, sql, vec![person.user.0.into()]).await;
    }

    let dana = member(&app, org.id, Role::Admin).await;
    set_email(&app, dana.user, "dana@example.test").await;

    // The settings name them before anybody is kept out.
    let domains = admin.data("{ domains { id } }", json!({})).await;
    let domain = &domains["domains"][0]["id"];
    let found = admin.data(UNPREPARED, json!({ "d": domain })).await;
    let named = json!([
        { "userId": people[0].user, "email": "alice@example.test" },
        { "userId": people[1].user, "email": "bob@example.test" },
    ]);
    assert_eq!(
        found["ssoUnprepared"],
        json!({ "count": 2, "members": named })
    );

    passkey(&app, org.owner().user).await;
    let enforced = json!({ "d": domain, "o": org.owner().user });
    admin.data(ENFORCE, enforced).await;
    // Dana may do more than the provider gives, and is not told to sign in as before.
    let refused = Browser::new(&app).sign_in(&provider, "dana").await;
    let to = refused.headers["refresh"].to_str().expect("a text");
    assert!(to.contains("problem=may_do_more"), "{to}");
    // Alice opens the link where she is signed in to the account; Bob is not, so it may be anybody's.
    for (name, person, is_hers) in [("alice", &people[0], true), ("bob", &people[1], false)] {
        let address = format!("{name}@example.test");
        let (_, program) = key(&app, person, Role::Developer).await;
        let before = person.caller.at(&app.base);
        assert_eq!(before.code(VIEWER, json!({})).await, "SSO_REQUIRED");
        for _ in 0..2 {
            let refused = Browser::new(&app).sign_in(&provider, name).await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
            let to = refused.headers["refresh"].to_str().expect("a text");
            assert!(to.contains("problem=prove_address"), "{to}");
            assert_eq!(mails_to(&app, "prove_address", &address).await, 1);
        }
        let body = json!({ "token": link(&app, person).await });
        let shown = app.anonymous().post("/auth/email/preview", &body).await;
        assert_eq!(shown.json()["atSignIn"], true, "{}", shown.text);
        let opener = match is_hers {
            true => before.clone(),
            false => app.anonymous(),
        };
        let proved = opener.post("/auth/email/confirm", &body).await;
        assert_eq!(
            proved.json(),
            json!({ "waitsFor": null }),
            "{}",
            proved.text
        );

        let mut browser = Browser::new(&app);
        let entered = browser.sign_in(&provider, name).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
        let seen = browser.caller().data(VIEWER, json!({})).await;
        assert_eq!(seen["viewer"]["user"]["id"], json!(person.user));
        let program = program.at(&app.base);
        let left = before.code(VIEWER, json!({})).await;
        let used = program
            .graphql("{ viewer { permissions } }", json!({}))
            .await;
        if is_hers {
            assert_eq!(left, "SSO_REQUIRED");
            assert_eq!(used.code(), None, "{}", used.text);
        } else {
            assert_eq!(left, "UNAUTHENTICATED");
            assert_eq!(used.code().as_deref(), Some("UNAUTHENTICATED"));
        }
    }
}

async fn s27_whoever_entered_the_address_before_cannot_keep_its_owner_from_proving_it(
    app: TestApp,
) {
    let Some(oidc) = Oidc::start() else { return };
    let (org, other) = (app.org("A").await, app.org("B").await);
    prove(&app, &org, "example.test").await;
    // Somebody in both organizations has entered Bob's address, and keeps a session in the other one.
    let eve = member(&app, org.id, Role::Developer).await;
    set_email(&app, eve.user, "bob@example.test").await;
    let sql = "UPDATE users SET email_verified_at = NULL WHERE id = $1";
    execute(&app, sql, vec![eve.user.0.into()]).await;
    let tx = app
        .app
        .db()
        .begin(&[other.id])
        .await
        .expect("a transaction");
    let sql = "INSERT INTO memberships (org_id, user_id, role, created_at) \
        VALUES ($1, $2, 'developer', $3)";
    let now = app.app.clock().now();
    tx.execute(sql, [other.id.0.into(), eve.user.0.into(), now.into()])
        .await
        .expect(sql);
    tx.commit().await.expect("committed");

    let app = oidc.app(&app).await;
    let admin = owner(&app, &org);
    let provider = create(&admin, &oidc.settings()).await;
    let claims = |name: &str| {
        json!({ "email": format!("{name}@example.test"), "email_verified": true, "name": name,
            "groups": ["eng"] })
    };
    oidc.ctl(json!({ "claims": { "bob": claims("bob"), "carol": claims("carol") } }))
        .await;
    // Nobody is locked out by a wrong setting: somebody has to have entered.
    let carol = member(&app, org.id, Role::Developer).await;
    set_email(&app, carol.user, "carol@example.test").await;
    let entered = Browser::new(&app).sign_in(&provider, "carol").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
    passkey(&app, org.owner().user).await;
    let domains = admin.data("{ domains { id } }", json!({})).await;
    let enforced = json!({ "d": domains["domains"][0]["id"], "o": org.owner().user });
    admin.data(ENFORCE, enforced).await;
    let refused = Browser::new(&app).sign_in(&provider, "bob").await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    let body = json!({ "token": link(&app, &eve).await });

    let before = eve.caller.at(&app.base).in_org(other.id);
    for change in [
        "mutation { verifyEmail(input: {}) { emailChange { email } } }",
        "mutation { resendEmailChange { emailChange { email } } }",
        "mutation { cancelEmailChange { ok } }",
    ] {
        assert_eq!(before.code(change, json!({})).await, "CONFLICT", "{change}");
    }
    let set = "mutation { setPassword(input: {newPassword: \"correct horse battery\"}) { ok } }";
    before.data(set, json!({})).await;

    let proved = app.anonymous().post("/auth/email/confirm", &body).await;
    let done = json!({ "waitsFor": null });
    assert_eq!(proved.json(), done, "{}", proved.text);
    assert_eq!(before.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    let body = json!({ "email": "bob@example.test", "password": "correct horse battery" });
    let again = app.anonymous().post("/auth/password", &body).await;
    assert_eq!(again.code().as_deref(), Some("UNAUTHENTICATED"));
    let entered = Browser::new(&app).sign_in(&provider, "bob").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
}
