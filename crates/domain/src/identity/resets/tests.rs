//! Resetting a password on both databases: what a link does, and what invalidates it. S11, S13.

use types::ErrorCode;

use super::*;
use crate::{
    Ctx, audit,
    identity::{self, Credential, ProfileChange},
    sealed,
    testing::{TestApp, on_each_database},
};

const ADDRESS: &str = "bo@example.test";

/// The owner, with an address and a password.
async fn person(app: &TestApp) -> (Ctx, String) {
    let (ctx, session) = app.owner().await;
    let change = ProfileChange {
        email: Some(ADDRESS.to_owned()),
        ..ProfileChange::default()
    };
    identity::update_profile(&ctx, change).await.unwrap();
    identity::set_password(&ctx, None, "correct horse")
        .await
        .unwrap();
    (ctx, session)
}

/// Does the job of a request, and returns the token in its mail, if it wrote one.
async fn link(app: &TestApp, email: &str) -> Option<String> {
    let ctx = mail::server(&app.app, "test");
    let job = JobId::new(ctx.clock());
    send(&ctx, job, email, Language::German).await.unwrap();
    // A job that is repeated after a crash writes no second mail.
    send(&ctx, job, email, Language::German).await.unwrap();
    let rows = mails(&ctx).await;
    let row = rows.into_iter().find(|row| row.about_id == job.0)?;
    let content = row.content.unwrap();
    let letter = sealed::open(&app.app, "mail", row.id.as_bytes(), &content).unwrap();
    let Letter::PasswordReset { link, .. } = serde_json::from_slice(&letter).unwrap() else {
        panic!("another letter");
    };
    let (page, token) = link.split_once('#').unwrap();
    assert_eq!(page, "http://127.0.0.1:8080/reset-password");
    Some(token.to_owned())
}

async fn mails(ctx: &Ctx) -> Vec<mail::entity::Model> {
    use crate::tenancy::OrgEntity;
    ctx.all(mail::entity::Entity::in_org(ctx)).await.unwrap()
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Result<()> {
    reset_password(&app.app, token, password, Visitor::default(), "test").await
}

async fn sign_in(app: &TestApp, password: &str) -> Result<String> {
    let visitor = Visitor::default();
    let signed_in = identity::sign_in(&app.app, ADDRESS, password, visitor, "test").await?;
    Ok(signed_in.token)
}

#[tokio::test]
async fn the_letter_is_in_the_language_that_the_person_has_chosen() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        let change = ProfileChange {
            locale: Some("en-GB".to_owned()),
            time_zone: Some("Europe/Berlin".to_owned()),
            ..ProfileChange::default()
        };
        let viewer = identity::update_profile(&ctx, change).await.unwrap();
        let user = viewer.user.unwrap();
        assert_eq!(user.locale.as_deref(), Some("en-GB"));
        assert_eq!(user.time_zone.as_deref(), Some("Europe/Berlin"));
        // The browser is German.
        link(&app, ADDRESS).await.unwrap();
        let rows = mails(&mail::server(&app.app, "test")).await;
        assert!(!rows.is_empty() && rows.iter().all(|row| row.language == "en"));

        // An empty one is that of the browser again; what is absent stays.
        let change = ProfileChange {
            locale: Some(String::new()),
            ..ProfileChange::default()
        };
        let viewer = identity::update_profile(&ctx, change).await.unwrap();
        let user = viewer.user.unwrap();
        assert_eq!(user.locale, None);
        assert_eq!(user.time_zone.as_deref(), Some("Europe/Berlin"));
        link(&app, ADDRESS).await.unwrap();
        let rows = mails(&mail::server(&app.app, "test")).await;
        assert!(rows.iter().any(|row| row.language == "de"));
        app.close().await;
    })
    .await;
}

async fn is_dead(app: &TestApp, token: &str) {
    let error = reset(app, token, "another horse").await.unwrap_err();
    assert_eq!(error, ResetError::Ended.into());
}

#[tokio::test]
async fn s11_a_link_sets_the_password_once_and_ends_all_sessions() {
    on_each_database(|app| async move {
        let (ctx, session) = person(&app).await;
        let token = link(&app, ADDRESS).await.unwrap();
        let short = reset(&app, &token, "short").await.unwrap_err();
        assert_eq!(short.code, ErrorCode::InvalidInput);
        reset(&app, &token, "battery staple").await.unwrap();
        is_dead(&app, &token).await;
        let credential = Credential::Session(&session);
        let gone = identity::authenticate(&app.app, credential, None, "test").await;
        assert_eq!(gone.unwrap_err().code, ErrorCode::Unauthenticated);
        assert!(sign_in(&app, "correct horse").await.is_err());
        sign_in(&app, "battery staple").await.unwrap();
        let log = audit::list(&ctx, 100).await.unwrap();
        assert!(log.iter().any(|row| row.action == "profile.password_reset"));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s11_a_link_ends_when_it_is_replaced_truncated_or_old_or_the_password_or_address_changes() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        let older = link(&app, ADDRESS).await.unwrap();
        let newer = link(&app, ADDRESS).await.unwrap();
        is_dead(&app, &older).await;
        is_dead(&app, &newer[..newer.len() - 1]).await;
        is_dead(&app, &secret::new(secret::RESET)).await;
        is_dead(&app, &newer.replace("fmr_", "fml_")).await;
        identity::set_password(&ctx, Some("correct horse"), "battery staple")
            .await
            .unwrap();
        is_dead(&app, &newer).await;

        let token = link(&app, ADDRESS).await.unwrap();
        let user = users::by_email(&app.app, ADDRESS).await.unwrap().unwrap();
        let tx = ctx.begin().await.unwrap();
        let changed = users::prove_address(&tx, &user, "other@example.test", ctx.clock().now());
        assert!(changed.await.unwrap());
        tx.commit().await.unwrap();
        is_dead(&app, &token).await;

        let token = link(&app, "other@example.test").await.unwrap();
        app.app.clock().advance(Duration::seconds(3_601));
        is_dead(&app, &token).await;
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s13_a_request_does_the_same_for_a_known_and_an_unknown_address() {
    on_each_database(|app| async move {
        person(&app).await;
        let db = app.app.db();
        let mut statements = Vec::new();
        // The first request also looks whether the queue's tables exist.
        for email in [ADDRESS, ADDRESS, "nobody@example.test"] {
            let before = db.statements();
            let visitor = Visitor::default();
            let language = Language::English;
            let done = request_reset(&app.app, email, language, visitor, "test").await;
            assert_eq!(done.unwrap(), Delivery::Folder);
            statements.push(db.statements() - before);
        }
        assert_eq!(statements[1], statements[2]);
        assert_eq!(link(&app, "nobody@example.test").await, None);
        let wrong = request_reset(
            &app.app,
            "no",
            Language::English,
            Visitor::default(),
            "test",
        );
        assert_eq!(wrong.await.unwrap_err().code, ErrorCode::InvalidInput);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn attack_further_requests_in_an_hour_send_nothing_and_the_newest_link_stays_valid() {
    on_each_database(|app| async move {
        person(&app).await;
        let mut newest = None;
        for _ in 0..PER_HOUR {
            newest = link(&app, ADDRESS).await;
        }
        for _ in 0..3 {
            assert_eq!(link(&app, ADDRESS).await, None);
        }
        reset(&app, &newest.unwrap(), "battery staple")
            .await
            .unwrap();
        app.close().await;
    })
    .await;
}

/// A second factor that is on, and an API key, which somebody else may have added.
async fn prepare(app: &TestApp, session: &str) -> String {
    let ctx = app.session(session).await;
    identity::begin_two_factor(&ctx).await.unwrap();
    let tx = ctx.begin().await.unwrap();
    let user = users::person(&ctx).unwrap();
    let sql = "UPDATE authenticators SET confirmed_at = $1 WHERE user_id = $2";
    tx.execute(sql, [ctx.clock().now().into(), user.into()])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let none = crate::access::PermissionSet::NONE;
    let (_, key) = identity::create_api_key(&ctx, "ci", none).await.unwrap();
    key
}

#[tokio::test]
async fn s31_a_reset_that_is_the_first_proof_of_the_address_takes_back_keys_and_codes() {
    on_each_database(|app| async move {
        let (_, session) = person(&app).await;
        let works = async |key: &str| {
            let key = Credential::ApiKey(key);
            let used = identity::authenticate(&app.app, key, None, "test").await;
            used.is_ok()
        };
        let visitor = Visitor::default();
        let key = prepare(&app, &session).await;
        assert!(works(&key).await);
        let token = link(&app, ADDRESS).await.unwrap();
        reset(&app, &token, "battery staple").await.unwrap();
        assert!(!works(&key).await);
        let signed_in = identity::sign_in(&app.app, ADDRESS, "battery staple", visitor, "test");
        let signed_in = signed_in.await.unwrap();
        assert!(!signed_in.needs_code);

        // From then on, the address is verified, and a reset changes the password only.
        let key = prepare(&app, &signed_in.token).await;
        let token = link(&app, ADDRESS).await.unwrap();
        reset(&app, &token, "another horse").await.unwrap();
        assert!(works(&key).await);
        let signed_in = identity::sign_in(&app.app, ADDRESS, "another horse", visitor, "test");
        assert!(signed_in.await.unwrap().needs_code);
        app.close().await;
    })
    .await;
}
