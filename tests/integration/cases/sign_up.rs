//! Signing up on a server that is open to strangers: what it tells them, and what the link does. S25,
//! S26.

use std::time::Duration;

use domain::SignUp;
use mailer::SmtpSettings;
use serde_json::{Value as Json, json};
use types::DomainId;

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        callers::Secret,
        people::{mails_to, set_email},
        smtp::{self, Smtp},
    },
};

cases![Shared:
    s25_sign_up_is_answered_alike_whether_or_not_the_address_has_an_account,
    s25_a_server_is_open_to_strangers_only_if_it_is_configured_so,
    s26_the_link_makes_the_account_once_and_only_for_who_has_chosen_the_password,
];

const PASSWORD: &str = "correct horse battery";

/// The application, open to strangers.
async fn open(app: &TestApp) -> TestApp {
    let app = app.again(|own| own.sign_up = SignUp::Open).await;
    app.work();
    app
}

async fn sign_up(app: &TestApp, email: &str) -> Answer {
    let body = json!({ "email": email, "name": "Ada", "password": PASSWORD,
        "organization": "Engines" });
    app.anonymous().post("/auth/sign-up", &body).await
}

async fn confirm(app: &TestApp, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "password": password });
    app.anonymous().post("/auth/sign-up/confirm", &body).await
}

/// Waits until a letter of this kind was written to an address.
async fn until_written(app: &TestApp, kind: &str, email: &str) {
    for _ in 0..600 {
        if mails_to(app, kind, email).await == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no letter `{kind}` to {email} within a minute");
}

async fn s25_sign_up_is_answered_alike_whether_or_not_the_address_has_an_account(app: TestApp) {
    let a = app.org("A").await;
    set_email(&app, a.owner().user, "ann@example.test").await;
    // An organization that enforces single sign-on for a domain.
    let sql = "INSERT INTO domains (id, org_id, name, token, created_at, proved_at, enforced_at) \
        VALUES ($1, $2, 'company.test', 'x', $3, $3, $3)";
    let domain = DomainId::new(app.app.clock());
    let values = [domain.0.into(), a.id.0.into(), app.app.clock().now().into()];
    let tx = app.app.db().begin(&[a.id]).await.expect("a transaction");
    tx.execute(sql, values).await.expect(sql);
    tx.commit().await.expect("committed");

    let app = open(&app).await;
    let known = sign_up(&app, " Ann@Example.test").await;
    assert_eq!(known.json(), json!({ "ok": true }));
    assert!(known.cookie().is_none());
    for other in ["bob@example.test", "cy@company.test"] {
        assert_eq!(sign_up(&app, other).await.comparable(), known.comparable());
    }
    for (kind, email) in [
        ("account_exists", "ann@example.test"),
        ("confirm_sign_up", "bob@example.test"),
        ("sign_up_by_provider", "cy@company.test"),
    ] {
        until_written(&app, kind, email).await;
    }
    assert_eq!(
        mails_to(&app, "confirm_sign_up", "ann@example.test").await,
        0
    );
    // The limits are the same, too; others can still sign up with the address from elsewhere.
    for email in ["ann@example.test", "bob@example.test"] {
        let mut allowed = 1;
        while allowed < 10 && sign_up(&app, email).await.status == 200 {
            allowed += 1;
        }
        assert_eq!(allowed, 5, "{email}");
    }
    let wrong = sign_up(&app, "nobody").await;
    assert_eq!(wrong.code().as_deref(), Some("INVALID_INPUT"));
}

async fn s25_a_server_is_open_to_strangers_only_if_it_is_configured_so(app: TestApp) {
    let methods = async |app: &TestApp| -> Json {
        let answer = app.anonymous().post("/auth/methods", &json!({})).await;
        answer.json()["signUp"].clone()
    };
    for setting in [SignUp::Invited, SignUp::Closed] {
        let app = app.again(|own| own.sign_up = setting).await;
        assert_eq!(methods(&app).await, false);
        let refused = sign_up(&app, "ada@example.test").await;
        assert_eq!(refused.code().as_deref(), Some("FORBIDDEN"));
        let refused = confirm(&app, "fme_x", PASSWORD).await;
        assert_eq!(refused.code().as_deref(), Some("FORBIDDEN"));
        let owner = app.org("A").await.owner().caller.at(&app.base);
        let viewer = owner
            .data("{ viewer { invitesStrangers } }", json!({}))
            .await;
        let invites = setting == SignUp::Invited;
        assert_eq!(viewer["viewer"]["invitesStrangers"], invites);
    }
    let app = app.again(|own| own.sign_up = SignUp::Open).await;
    assert_eq!(methods(&app).await, true);
}

async fn s26_the_link_makes_the_account_once_and_only_for_who_has_chosen_the_password(
    app: TestApp,
) {
    let Some(smtp) = Smtp::start() else { return };
    let settings = SmtpSettings::new(smtp.options()).expect("valid settings");
    let app = app
        .again(|own| {
            own.mail = Some(settings);
            own.sign_up = SignUp::Open;
        })
        .await;
    app.work();
    let asked = sign_up(&app, "ada@example.test").await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    let mail = &smtp.wait("ada@example.test", 1).await[0];
    let text = smtp::text(mail);
    assert!(text.contains(&format!("{}/sign-up/confirm#", app.base)));
    // A stranger's own texts are not sent to anybody.
    assert!(!text.contains("Engines"), "{text}");
    let token = smtp::token(mail, "sign-up/confirm");

    let other = confirm(&app, &token, "another horse battery").await;
    assert_eq!(other.code().as_deref(), Some("INVALID_INPUT"));
    let body = json!({ "email": "ada@example.test", "password": PASSWORD });
    let early = app.anonymous().post("/auth/password", &body).await;
    assert_eq!(early.code().as_deref(), Some("UNAUTHENTICATED"));

    let done = confirm(&app, &token, PASSWORD).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let session = Secret::Session(done.cookie().expect("a cookie"));
    let caller = Caller::new(&app.base, session);
    let query = "{ viewer { role organization { name } user { email emailVerified } } }";
    let viewer = caller.data(query, json!({})).await;
    let expected = json!({ "viewer": { "role": "OWNER", "organization": { "name": "Engines" },
        "user": { "email": "ada@example.test", "emailVerified": true } } });
    assert_eq!(viewer, expected);

    // Used once; truncated; of another kind; after 24 hours.
    for dead in [
        token.as_str(),
        &token[..40],
        &token.replace("fme_", "fmr_"),
        "",
    ] {
        let answer = confirm(&app, dead, PASSWORD).await;
        assert_eq!(answer.code().as_deref(), Some("NOT_FOUND"), "{dead}");
    }
    sign_up(&app, "late@example.test").await;
    let mail = &smtp.wait("late@example.test", 1).await[0];
    let late = smtp::token(mail, "sign-up/confirm");
    let tx = app.app.db().begin(&[]).await.expect("a transaction");
    let sql = "UPDATE sign_ups SET expires_at = created_at WHERE email = $1";
    tx.execute(sql, ["late@example.test".into()])
        .await
        .expect(sql);
    tx.commit().await.expect("committed");
    let answer = confirm(&app, &late, PASSWORD).await;
    assert_eq!(answer.code().as_deref(), Some("NOT_FOUND"));
}
