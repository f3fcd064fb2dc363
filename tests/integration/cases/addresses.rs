//! Verifying and changing an email address by mail, against a real SMTP server, and without one.

use std::time::Duration;

use mailer::SmtpSettings;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        callers::Secret,
        smtp::{self, Smtp},
    },
};

cases![Shared:
    s12_an_address_is_changed_by_the_mails_to_both_and_taken_back_by_the_old_one,
    s11_a_link_of_an_address_names_the_configured_host_and_only_its_own_kind_is_taken,
    s12_without_a_mail_server_the_links_are_in_the_data_folder,
];

const FIRST: &str =
    "mutation($e: String!) { updateProfile(input: {email: $e}) { viewer { role } } }";
const PASSWORD: &str = "mutation($p: String!) { setPassword(input: {newPassword: $p}) { ok } }";
const VERIFY: &str = "mutation { verifyEmail(input: {}) { emailChange { isVerification } } }";
const CHANGE: &str = "mutation($e: String!) { changeEmail(input: {email: $e, language: GERMAN}) { \
    emailChange { email newConfirmed oldConfirmed } } }";
const SEEN: &str = "{ viewer { user { email emailVerified } } emailChange { email newConfirmed \
    oldConfirmed } }";

async fn post(app: &TestApp, path: &str, token: &str) -> Answer {
    let body = json!({ "token": token });
    app.anonymous().post(path, &body).await
}

async fn sign_in(app: &TestApp, email: &str) -> Answer {
    let body = json!({ "email": email, "password": "correct horse" });
    app.anonymous().post("/auth/password", &body).await
}

/// Gives the caller a verified address.
async fn verified(app: &TestApp, caller: &Caller, smtp: &Smtp) {
    caller.data(FIRST, json!({ "e": "ann@example.test" })).await;
    caller.data(PASSWORD, json!({ "p": "correct horse" })).await;
    caller.data(VERIFY, json!({})).await;
    let mail = &smtp.wait("ann@example.test", 1).await[0];
    let token = smtp::token(mail, "confirm-email");
    let done = post(app, "/auth/email/confirm", &token).await;
    assert_eq!(done.json(), json!({ "waitsFor": null }), "{}", done.text);
}

async fn s12_an_address_is_changed_by_the_mails_to_both_and_taken_back_by_the_old_one(
    app: TestApp,
) {
    let Some(smtp) = Smtp::start() else { return };
    let settings = SmtpSettings::new(smtp.options()).expect("valid settings");
    let app = app.again(|own| own.mail = Some(settings)).await;
    app.work();
    let a = app.org("A").await;
    let ann = &a.owner().caller;
    verified(&app, ann, &smtp).await;
    let pending = ann.data(CHANGE, json!({ "e": "Ann@New.test" })).await;
    let waiting = json!({ "email": "ann@new.test", "newConfirmed": false, "oldConfirmed": false });
    assert_eq!(pending["changeEmail"]["emailChange"], waiting);
    let new = smtp::token(&smtp.wait("ann@new.test", 1).await[0], "confirm-email");
    let old = &smtp.wait("ann@example.test", 2).await[1];
    assert!(smtp::text(old).contains("ann@new.test") && smtp::text(old).contains("ablehnen"));
    let old = smtp::token(old, "confirm-email");
    let preview = post(&app, "/auth/email/preview", &old).await.json();
    assert_eq!(
        (&preview["sentTo"], &preview["oldEmail"]),
        (&json!("old"), &json!("ann@example.test"))
    );

    let first = post(&app, "/auth/email/confirm", &new).await;
    assert_eq!(first.json(), json!({ "waitsFor": "old" }));
    assert!(first.cookie().is_none(), "a link signs nobody in");
    let seen = ann.data(SEEN, json!({})).await;
    let user = json!({ "email": "ann@example.test", "emailVerified": true });
    assert_eq!(seen["viewer"]["user"], user);
    assert_eq!(seen["emailChange"]["newConfirmed"], true);
    assert_eq!(sign_in(&app, "ann@new.test").await.status, 401);
    let done = post(&app, "/auth/email/confirm", &old).await;
    assert_eq!(done.json(), json!({ "waitsFor": null }), "{}", done.text);
    for used in [&new, &old] {
        let again = post(&app, "/auth/email/confirm", used).await;
        assert_eq!(again.code().as_deref(), Some("NOT_FOUND"));
    }
    assert_eq!(sign_in(&app, "ann@example.test").await.status, 401);
    let signed_in = sign_in(&app, "ann@new.test").await;
    let other = Secret::Session(signed_in.cookie().expect("a cookie"));
    let other = Caller::new(&app.base, other);
    let seen = ann.data(SEEN, json!({})).await;
    assert_eq!(seen["viewer"]["user"]["email"], "ann@new.test");
    assert_eq!(seen["emailChange"], Json::Null);

    let told = &smtp.wait("ann@example.test", 3).await[2];
    let undo = smtp::token(told, "undo-email");
    let undone = post(&app, "/auth/email/undo", &undo).await;
    assert_eq!(undone.json(), json!({ "ok": true }), "{}", undone.text);
    for caller in [ann, &other] {
        assert_eq!(caller.code(SEEN, json!({})).await, "UNAUTHENTICATED");
    }
    // The password does not work any more; a link sets a new one.
    for email in ["ann@new.test", "ann@example.test"] {
        assert_eq!(sign_in(&app, email).await.status, 401);
    }
    let body = json!({ "email": "ann@example.test" });
    app.anonymous().post("/auth/password/forgot", &body).await;
    let reset = smtp::token(&smtp.wait("ann@example.test", 4).await[3], "reset-password");
    let body = json!({ "token": reset, "newPassword": "correct horse" });
    let set = app.anonymous().post("/auth/password/reset", &body).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(sign_in(&app, "ann@example.test").await.status, 200);
}

async fn s11_a_link_of_an_address_names_the_configured_host_and_only_its_own_kind_is_taken(
    app: TestApp,
) {
    let Some(smtp) = Smtp::start() else { return };
    let settings = SmtpSettings::new(smtp.options()).expect("valid settings");
    let app = app.again(|own| own.mail = Some(settings)).await;
    app.work();
    let a = app.org("A").await;
    let ann = &a.owner().caller;
    verified(&app, ann, &smtp).await;
    let body = json!({ "query": CHANGE, "variables": { "e": "ann@new.test" } });
    let request = ann
        .request(reqwest::Method::POST, "/graphql")
        .header("x-forwarded-host", "evil.example");
    let sent = request.json(&body).send().await.expect("an answer");
    assert_eq!(sent.status(), 200);
    let mail = &smtp.wait("ann@new.test", 1).await[0];
    let text = smtp::text(mail);
    assert!(
        text.contains(&format!("{}/confirm-email#", app.base)),
        "{text}"
    );
    assert!(!text.contains("evil.example"));
    let token = smtp::token(mail, "confirm-email");
    for (path, wrong) in [
        ("/auth/email/undo", token.clone()),
        ("/auth/email/confirm", token.replace("fma_", "fmu_")),
        ("/auth/email/confirm", token[..token.len() - 1].to_owned()),
        ("/auth/email/refuse", format!("{token}a")),
        ("/auth/link", token.clone()),
    ] {
        let answer = post(&app, path, &wrong).await;
        assert!(
            matches!(answer.status.as_u16(), 401 | 404),
            "{path}: {}",
            answer.text
        );
    }
    let body = json!({ "token": token, "newPassword": "battery staple" });
    let reset = app.anonymous().post("/auth/password/reset", &body).await;
    assert_eq!(reset.code().as_deref(), Some("NOT_FOUND"));
    // None of this used the link up.
    let first = post(&app, "/auth/email/confirm", &token).await;
    assert_eq!(first.json(), json!({ "waitsFor": "old" }));
}

async fn s12_without_a_mail_server_the_links_are_in_the_data_folder(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let ann = &a.owner().caller;
    ann.data(FIRST, json!({ "e": "ann@example.test" })).await;
    ann.data(VERIFY, json!({})).await;
    let folder = app.folder().join("mail");
    for _ in 0..300 {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        if let Some(file) = files.map(|file| file.path()).next() {
            let text = std::fs::read_to_string(file).expect("a text");
            if let Some((_, rest)) = text.split_once("/confirm-email#") {
                let token = rest.split_whitespace().next().expect("a token");
                let done = post(&app, "/auth/email/confirm", token).await;
                assert_eq!(done.status, 200, "{}", done.text);
                let seen = ann.data(SEEN, json!({})).await;
                assert_eq!(seen["viewer"]["user"]["emailVerified"], true);
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no link in {}", folder.display());
}
