//! Two-factor authentication, fresh proofs and one's own sessions over HTTP. S06, S07, S13, S18.
//!
//! The rules of codes are tested in `domain::identity::two_factor`, and which mutations need a fresh
//! proof in `roles/proofs.rs`.

use std::time::{Duration, Instant};

use domain::Role;
use serde_json::{Value as Json, json};
use totp_rs::{Builder, Secret as TotpSecret};

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        callers::Secret,
        people::{Org, key},
        socket::Socket,
    },
};

cases![Shared:
    s18_signing_in_takes_a_password_and_then_a_code_once,
    s18_of_two_requests_with_one_code_one_signs_in,
    s18_turning_it_off_needs_a_fresh_proof,
    s06_the_session_is_new_after_sign_in_and_after_a_fresh_proof,
    s07_signing_out_everywhere_else_closes_sockets_and_other_sign_ins,
    s13_a_second_factor_is_not_told_without_the_password,
    a_key_is_not_affected_by_a_second_factor_and_proves_nothing,
];

const PASSWORD: &str = "correct horse";
const VIEWER: &str = "{ viewer { role } }";
pub(super) const BEGIN: &str = "mutation { beginTwoFactor { secret uri qrCode } }";
pub(super) const CONFIRM: &str = "mutation($c: String!) { confirmTwoFactor(input: {code: $c}) { \
    recoveryCodes twoFactor { onSince recoveryCodesLeft } } }";
pub(super) const DISABLE: &str = "mutation { disableTwoFactor { twoFactor { onSince } } }";

/// Gives a person this address and a password.
async fn with_password(caller: &Caller, email: &str) {
    let profile = "mutation($e: String!) { updateProfile(input: {email: $e}) { viewer { role } } }";
    caller.data(profile, json!({ "e": email })).await;
    let set = "mutation($p: String!) { setPassword(input: {newPassword: $p}) { ok } }";
    caller.data(set, json!({ "p": PASSWORD })).await;
}

/// The code that an app shows, `steps` of 30 seconds from now.
pub(super) fn code(app: &TestApp, secret: &str, steps: i64) -> String {
    let secret = TotpSecret::try_from_base32(secret).expect("base32");
    let totp = Builder::new().with_secret(secret).build().expect("an app");
    let at = app.app.clock().now().timestamp() + 30 * steps;
    totp.generate(u64::try_from(at).expect("after 1970"))
        .to_string()
}

struct Enrolled {
    secret: String,
    recovery: Vec<String>,
}

/// Turns the second factor on.
async fn enrol(app: &TestApp, caller: &Caller) -> Enrolled {
    let begun = caller.data(BEGIN, json!({})).await;
    let secret = begun["beginTwoFactor"]["secret"].as_str().expect("a text");
    let confirm = json!({ "c": code(app, secret, 0) });
    let done = caller.data(CONFIRM, confirm).await;
    assert_eq!(
        done["confirmTwoFactor"]["twoFactor"]["recoveryCodesLeft"],
        10
    );
    let codes = done["confirmTwoFactor"]["recoveryCodes"].as_array();
    Enrolled {
        secret: secret.to_owned(),
        recovery: codes
            .expect("a list")
            .iter()
            .filter_map(|code| Some(code.as_str()?.to_owned()))
            .collect(),
    }
}

/// The whole `Set-Cookie` header of a cookie.
fn set_cookie<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let mut all = answer.headers.get_all("set-cookie").iter();
    all.find_map(|text| {
        let text = text.to_str().ok()?;
        text.strip_prefix(name)?.starts_with('=').then_some(text)
    })
}

fn value(cookie: &str) -> String {
    let (_, rest) = cookie.split_once('=').expect("a value");
    rest.split(';').next().unwrap_or_default().to_owned()
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    app.anonymous().post("/auth/password", &body).await
}

/// The token of the sign-in that waits for a code.
async fn first_step(app: &TestApp, email: &str) -> String {
    let answer = sign_in(app, email, PASSWORD).await;
    assert_eq!(answer.json(), json!({ "ok": true, "codeRequired": true }));
    value(set_cookie(&answer, "__Host-flowmason-pending").expect("a cookie"))
}

async fn second_step(app: &TestApp, pending: &str, code: &str) -> Answer {
    let request = app
        .anonymous()
        .request(reqwest::Method::POST, "/auth/code")
        .header("cookie", format!("__Host-flowmason-pending={pending}"))
        .header("origin", &app.base)
        .json(&json!({ "code": code }));
    Answer::of(request.send().await.expect("an answer")).await
}

fn session(app: &TestApp, answer: &Answer) -> Caller {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let cookie = set_cookie(answer, "__Host-flowmason").expect("a cookie");
    Caller::new(&app.base, Secret::Session(value(cookie)))
}

/// Makes the proofs of all sessions of a person old.
async fn forget_proofs(app: &TestApp, org: &Org) {
    let old = app.app.clock().now() - chrono::Duration::minutes(11);
    let tx = app.app.db().begin(&[]).await.expect("a transaction");
    let sql = "UPDATE sessions SET proved_at = $1 WHERE user_id = $2";
    let values = [old.into(), org.owner().user.0.into()];
    tx.execute(sql, values).await.expect("changed");
    tx.commit().await.expect("committed");
    // Longer than principals are cached.
    tokio::time::sleep(Duration::from_millis(5_100)).await;
}

async fn s18_signing_in_takes_a_password_and_then_a_code_once(app: TestApp) {
    let a = app.org("A").await;
    let ann = &a.owner().caller;
    with_password(ann, "ann@example.test").await;
    let Enrolled { secret, recovery } = enrol(&app, ann).await;
    ann.data(VIEWER, json!({})).await;

    let answer = sign_in(&app, "ann@example.test", PASSWORD).await;
    assert!(set_cookie(&answer, "__Host-flowmason").is_none());
    assert!(set_cookie(&answer, "__Host-flowmason-device").is_none());
    let cookie = set_cookie(&answer, "__Host-flowmason-pending").expect("a cookie");
    for part in [
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
        "Path=/",
        "Max-Age=",
    ] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    let pending = value(cookie);
    // It opens nothing: neither as a session, nor as a key, nor without a code.
    for as_credential in [
        Secret::Session(pending.clone()),
        Secret::Key(pending.clone()),
    ] {
        let caller = Caller::new(&app.base, as_credential);
        assert_eq!(caller.code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    }
    let wrong = second_step(&app, &pending, "000000").await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    assert!(
        wrong.json()["error"]["message"]
            .as_str()
            .expect("a text")
            .starts_with("code: ")
    );
    let other_site = app
        .anonymous()
        .request(reqwest::Method::POST, "/auth/code")
        .header("cookie", format!("__Host-flowmason-pending={pending}"))
        .header("origin", "https://evil.example")
        .json(&json!({ "code": code(&app, &secret, 1) }));
    assert_eq!(other_site.send().await.expect("an answer").status(), 403);

    let next = code(&app, &secret, 1);
    let done = second_step(&app, &pending, &next).await;
    let signed_in = session(&app, &done);
    signed_in.data(VIEWER, json!({})).await;
    let cleared = set_cookie(&done, "__Host-flowmason-pending").expect("removed");
    assert!(cleared.contains("Max-Age=0"), "{cleared}");
    assert!(set_cookie(&done, "__Host-flowmason-device").is_some());

    let again = second_step(&app, &pending, &recovery[0]).await;
    assert_eq!(again.code().as_deref(), Some("UNAUTHENTICATED"));
    let reused = second_step(&app, &first_step(&app, "ann@example.test").await, &next).await;
    assert_eq!(reused.code().as_deref(), Some("INVALID_INPUT"));
    let pending = first_step(&app, "ann@example.test").await;
    session(&app, &second_step(&app, &pending, &recovery[0]).await);
    let pending = first_step(&app, "ann@example.test").await;
    let reused = second_step(&app, &pending, &recovery[0]).await;
    assert_eq!(reused.code().as_deref(), Some("INVALID_INPUT"));
    let left = "{ twoFactor { recoveryCodesLeft } }";
    let data = ann.data(left, json!({})).await;
    assert_eq!(data["twoFactor"]["recoveryCodesLeft"], 9);
}

async fn s18_of_two_requests_with_one_code_one_signs_in(app: TestApp) {
    let a = app.org("A").await;
    let ann = &a.owner().caller;
    with_password(ann, "ann@example.test").await;
    let enrolled = enrol(&app, ann).await;
    for text in [
        code(&app, &enrolled.secret, 1),
        enrolled.recovery[0].clone(),
    ] {
        let one = first_step(&app, "ann@example.test").await;
        let other = first_step(&app, "ann@example.test").await;
        let (one, other) = tokio::join!(
            second_step(&app, &one, &text),
            second_step(&app, &other, &text)
        );
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422], "{} {}", one.text, other.text);
    }
}

async fn s18_turning_it_off_needs_a_fresh_proof(app: TestApp) {
    let a = app.org("A").await;
    let ann = &a.owner().caller;
    with_password(ann, "ann@example.test").await;
    let enrolled = enrol(&app, ann).await;
    forget_proofs(&app, &a).await;
    let renew = "mutation { renewRecoveryCodes { recoveryCodes } }";
    for document in [DISABLE, renew] {
        assert_eq!(ann.code(document, json!({})).await, "STEP_UP_REQUIRED");
    }
    let body = json!({ "code": enrolled.recovery[0] });
    let fresh = session(&app, &ann.post("/auth/step-up", &body).await);
    let off = fresh.data(DISABLE, json!({})).await;
    assert_eq!(off["disableTwoFactor"]["twoFactor"]["onSince"], Json::Null);
    let answer = sign_in(&app, "ann@example.test", PASSWORD).await;
    session(&app, &answer).data(VIEWER, json!({})).await;
}

async fn s06_the_session_is_new_after_sign_in_and_after_a_fresh_proof(app: TestApp) {
    let a = app.org("A").await;
    let ann = &a.owner().caller;
    with_password(ann, "ann@example.test").await;
    // A session that somebody else chose before the sign-in stays dead.
    let chosen = Caller::new(
        &app.base,
        Secret::Session(format!("fms_{}", "a".repeat(43))),
    );
    let body = json!({ "email": "ann@example.test", "password": PASSWORD });
    let signed_in = session(&app, &chosen.post("/auth/password", &body).await);
    assert_ne!(signed_in.secret, chosen.secret);
    assert_eq!(chosen.code(VIEWER, json!({})).await, "UNAUTHENTICATED");

    forget_proofs(&app, &a).await;
    let mut socket = Socket::open(&signed_in).await;
    let wrong = json!({ "password": "wrong horse" });
    let refused = signed_in.post("/auth/step-up", &wrong).await;
    assert_eq!(refused.code().as_deref(), Some("INVALID_INPUT"));
    for neither in [json!({}), json!({ "password": PASSWORD, "code": "1" })] {
        let refused = signed_in.post("/auth/step-up", &neither).await;
        assert_eq!(refused.code().as_deref(), Some("INVALID_INPUT"));
    }
    let proof = json!({ "password": PASSWORD });
    let fresh = session(&app, &signed_in.post("/auth/step-up", &proof).await);
    assert_ne!(fresh.secret, signed_in.secret);
    // A request on its way is answered, but a copy of the old token does not profit.
    signed_in.data(VIEWER, json!({})).await;
    assert_eq!(signed_in.code(BEGIN, json!({})).await, "STEP_UP_REQUIRED");
    fresh.data(BEGIN, json!({})).await;
    let closed = socket.next().await.expect_err("closed");
    assert_eq!(closed.0, 1012, "{closed:?}");
}

async fn s07_signing_out_everywhere_else_closes_sockets_and_other_sign_ins(app: TestApp) {
    let a = app.org("A").await;
    let ann = &a.owner().caller;
    with_password(ann, "ann@example.test").await;
    let others = [
        session(&app, &sign_in(&app, "ann@example.test", PASSWORD).await),
        session(&app, &sign_in(&app, "ann@example.test", PASSWORD).await),
    ];
    let list = "{ sessions { sessionId isCurrent address device createdAt lastSeenAt } }";
    let sessions = ann.data(list, json!({})).await;
    let sessions = sessions["sessions"].as_array().expect("a list").clone();
    assert_eq!(sessions.len(), 3);
    assert_eq!(sessions[0]["address"], "127.0.0.1");
    let current = sessions.iter().filter(|one| one["isCurrent"] == true);
    assert_eq!(current.count(), 1);

    let end = "mutation($id: ID!) { endSession(input: {sessionId: $id}) { endedSessionId } }";
    let id = json!({ "id": sessions[0]["sessionId"] });
    ann.data(end, id.clone()).await;
    assert_eq!(ann.code(end, id).await, "NOT_FOUND");
    let mut alive = Vec::new();
    for other in &others {
        if other.graphql(VIEWER, json!({})).await.code().is_none() {
            alive.push(other);
        }
    }
    assert_eq!(alive.len(), 1);
    let mut socket = Socket::open(alive[0]).await;
    let mut own = Socket::open(ann).await;
    let began = Instant::now();
    let end = "mutation { endOtherSessions { ended } }";
    let ended = ann.data(end, json!({})).await;
    assert_eq!(ended["endOtherSessions"]["ended"], 1);
    assert_eq!(alive[0].code(VIEWER, json!({})).await, "UNAUTHENTICATED");
    let closed = socket.next().await.expect_err("closed");
    assert_eq!(closed.0, 4401, "{closed:?}");
    assert!(began.elapsed() < Duration::from_secs(5));
    own.send(json!({ "type": "ping" })).await;
    assert_eq!(own.next().await.expect("open")["type"], "pong");
}

async fn s13_a_second_factor_is_not_told_without_the_password(app: TestApp) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    with_password(&a.owner().caller, "ann@example.test").await;
    with_password(&b.owner().caller, "bob@example.test").await;
    enrol(&app, &a.owner().caller).await;
    let wrong = async |email: &str| {
        let before = app.app.db().statements();
        let answer = sign_in(&app, email, "wrong horse").await;
        // The audit row is written after the answer.
        app.app.finish_afterwards().await;
        (answer.comparable(), app.app.db().statements() - before)
    };
    // The same bytes and the same statements, so the time does not tell either.
    wrong("ann@example.test").await;
    assert_eq!(
        wrong("ann@example.test").await,
        wrong("bob@example.test").await
    );
    let nobody = wrong("eve@example.test").await;
    assert_eq!(wrong("ann@example.test").await.0, nobody.0);
    // Without the first step, a code gets one answer, whatever it is for.
    let invented = second_step(&app, &format!("fmp_{}", "a".repeat(43)), "123456").await;
    let none = app
        .anonymous()
        .post("/auth/code", &json!({ "code": "123456" }))
        .await;
    assert_eq!(invented.status, 401);
    assert_eq!(invented.comparable(), none.comparable());
}

async fn a_key_is_not_affected_by_a_second_factor_and_proves_nothing(app: TestApp) {
    let a = app.org("A").await;
    let ann = &a.owner().caller;
    with_password(ann, "ann@example.test").await;
    let (_, program) = key(&app, a.owner(), Role::Owner).await;
    enrol(&app, ann).await;
    program.data(VIEWER, json!({})).await;
    for document in [
        BEGIN,
        DISABLE,
        "{ twoFactor { onSince } }",
        "{ sessions { device } }",
    ] {
        assert_eq!(program.code(document, json!({})).await, "FORBIDDEN");
    }
    let proof = json!({ "password": PASSWORD });
    let refused = program.post("/auth/step-up", &proof).await;
    assert_eq!(refused.code().as_deref(), Some("FORBIDDEN"));
    let refused = app.anonymous().post("/auth/step-up", &proof).await;
    assert_eq!(refused.code().as_deref(), Some("UNAUTHENTICATED"));
}
