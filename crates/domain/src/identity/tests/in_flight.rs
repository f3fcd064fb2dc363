//! Requests that were on their way when their session ended, as when somebody takes their account back.
//! S28.

use super::*;
use crate::{Ctx, mail::Language};

const EMAIL: &str = "ada@example.test";
const PASSWORD: &str = "correct horse";

/// The owner with a password, as a request sees them that was authenticated a moment ago.
async fn person(app: &TestApp) -> (Ctx, String) {
    let (ctx, token) = app.owner().await;
    let change = ProfileChange {
        email: Some(EMAIL.to_owned()),
        ..ProfileChange::default()
    };
    update_profile(&ctx, change).await.unwrap();
    set_password(&ctx, None, PASSWORD).await.unwrap();
    (ctx, token)
}

/// What a request tries that would give its sender a way back in, with the code of the refusal.
async fn tried(ctx: &Ctx) -> Vec<(&'static str, Option<ErrorCode>)> {
    fn code_of<T>(result: Result<T, AppError>) -> Option<ErrorCode> {
        result.err().map(|error| error.code)
    }
    let key = list_api_keys(ctx).await.unwrap()[0].id;
    let (none, english) = (PermissionSet::NONE, Language::English);
    let name = ProfileChange {
        name: Some("Eve".to_owned()),
        ..ProfileChange::default()
    };
    let token = NewScimToken {
        name: "Eve".to_owned(),
        ..NewScimToken::default()
    };
    let new = "battery staple";
    vec![
        (
            "changeEmail",
            code_of(change_address(ctx, "eve@evil.test", english).await),
        ),
        ("verifyEmail", code_of(verify_address(ctx, english).await)),
        (
            "setPassword",
            code_of(set_password(ctx, Some(PASSWORD), new).await),
        ),
        ("updateProfile", code_of(update_profile(ctx, name).await)),
        ("beginTwoFactor", code_of(begin_two_factor(ctx).await)),
        (
            "createApiKey",
            code_of(create_api_key(ctx, "Eve", none).await),
        ),
        (
            "rotateApiKey",
            code_of(rotate_api_key(ctx, key, None).await),
        ),
        (
            "createScimToken",
            code_of(scim::create_scim_token(ctx, token).await),
        ),
        (
            "createInvitation",
            code_of(create_invitation(ctx, Role::Owner, None, english).await),
        ),
        (
            "step-up",
            code_of(step_up(ctx, Proof::Password(PASSWORD)).await),
        ),
    ]
}

#[tokio::test]
async fn s28_a_request_adds_no_way_in_once_its_session_has_ended() {
    on_each_database(|app| async move {
        let (ctx, token) = person(&app).await;
        let none = PermissionSet::NONE;
        create_api_key(&ctx, "Own", none).await.unwrap();
        sign_out(&app.app, &token, "test").await.unwrap();
        for (what, code) in tried(&ctx).await {
            assert_eq!(code, Some(ErrorCode::Unauthenticated), "{what}");
        }
        assert_eq!(list_api_keys(&ctx).await.unwrap().len(), 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s28_a_proof_of_an_account_counts_only_while_the_account_is_as_it_was() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        let read = users::by_email(&app.app, EMAIL).await.unwrap().unwrap();
        let tx = ctx.begin().await.unwrap();
        assert!(users::lock_unchanged(&tx, &app.app, &read).await.unwrap());
        tx.rollback().await.unwrap();
        set_password(&ctx, Some(PASSWORD), "battery staple")
            .await
            .unwrap();
        let now = users::by_email(&app.app, EMAIL).await.unwrap().unwrap();
        let tx = ctx.begin().await.unwrap();
        assert!(!users::lock_unchanged(&tx, &app.app, &read).await.unwrap());
        assert!(users::lock_unchanged(&tx, &app.app, &now).await.unwrap());
        let written = users::prove_address(&tx, &now, "other@example.test", ctx.clock().now());
        assert!(written.await.unwrap());
        assert!(!users::lock_unchanged(&tx, &app.app, &now).await.unwrap());
        tx.rollback().await.unwrap();
        app.close().await;
    })
    .await;
}
