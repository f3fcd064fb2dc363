//! Taking away the second factor of somebody who has lost it. S24.

use super::*;
use crate::{ctx::ActorKind, mail::Letter};

async fn reset(app: &TestApp, email: &str) -> Result<()> {
    reset_second_factor(&app.app, email, "test").await
}

#[tokio::test]
async fn s24_a_reset_removes_the_app_and_its_codes_and_ends_what_was_open() {
    on_each_database(|app| async move {
        let (ctx, token) = person(&app).await;
        let (secret, codes) = enrolled(&app, &ctx).await;
        let held = first_step(&app).await;
        let before = second_factor_of(&app.app, " ADA@example.org")
            .await
            .unwrap();
        assert!(before.app && before.has_password);
        assert_eq!((before.recovery_codes, before.passkeys), (10, 0));
        assert_eq!(before.organizations.len(), 1);
        assert!(before.break_glass_of.is_empty());

        reset(&app, "ADA@example.org").await.unwrap();
        let after = second_factor_of(&app.app, EMAIL).await.unwrap();
        assert!(after.is_none() && after.has_password);
        let old = authenticate(&app.app, Credential::Session(&token), None, "t").await;
        assert_eq!(code(old), ErrorCode::Unauthenticated);
        // The sign-in that waited for a code has ended, too.
        for text in [shown(&app, &secret, 0), codes[0].clone()] {
            let late = second_step(&app, &held, &text).await;
            assert_eq!(code(late), ErrorCode::Unauthenticated);
        }
        let visitor = Visitor::default();
        let signed_in = sign_in(&app.app, EMAIL, PASSWORD, visitor, "t").await;
        let signed_in = signed_in.unwrap();
        assert!(!signed_in.needs_code);
        let ctx = app.session(&signed_in.token).await;
        assert_eq!(two_factor(&ctx).await.unwrap().on_since, None);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s24_a_reset_is_in_the_audit_log_of_each_organization_and_the_person_gets_a_mail() {
    on_each_database(|app| async move {
        let app = app.with_mail().await;
        let (ctx, token) = person(&app).await;
        enrolled(&app, &ctx).await;
        let elsewhere = app.elsewhere(&ctx, &token).await;
        reset(&app, EMAIL).await.unwrap();
        for ctx in [&ctx, &elsewhere] {
            let log = audit::list(ctx, 100).await.unwrap();
            let row = log.iter().find(|row| row.action == "two_factor.reset");
            let row = row.unwrap();
            assert_eq!(row.actor_kind, ActorKind::System.as_str());
            assert_eq!(row.actor_name, "server administrator");
            let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap();
            assert_eq!(detail, serde_json::json!({ "app": true, "passkeys": 0 }));
        }
        let letters = app.letters(EMAIL).await;
        let told = letters
            .iter()
            .filter(|letter| matches!(letter, Letter::SecondFactorReset { .. }));
        assert_eq!(told.count(), 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s24_an_address_without_an_account_changes_nothing() {
    on_each_database(|app| async move {
        let (ctx, token) = person(&app).await;
        enrolled(&app, &ctx).await;
        for wrong in ["bo@example.org", "ada"] {
            assert!(reset(&app, wrong).await.is_err(), "{wrong}");
        }
        assert!(second_factor_of(&app.app, EMAIL).await.unwrap().app);
        app.session(&token).await;
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s24_whoever_resets_is_warned_about_a_break_glass_owner_also_of_everyone() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        let tx = ctx.begin().await.unwrap();
        let sql = "UPDATE organizations SET break_glass_owner = $1 WHERE id = $2";
        let owner = users::person(&ctx).unwrap();
        tx.execute(sql, [owner.into(), ctx.org.0.into()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let found = second_factor_of(&app.app, EMAIL).await.unwrap();
        assert!(found.break_glass_of.is_empty(), "nothing is enforced");
        app.enforce_sso_for_everyone(&ctx).await;
        let found = second_factor_of(&app.app, EMAIL).await.unwrap();
        assert_eq!(found.break_glass_of, found.organizations);
        assert_eq!(found.break_glass_of.len(), 1);
        app.close().await;
    })
    .await;
}
