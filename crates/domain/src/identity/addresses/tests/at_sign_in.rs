//! The proof that single sign-on asks for, and somebody else who entered the address before. S27.

use super::*;

/// The owner's account, as single sign-on finds it: with an address that nobody has verified.
async fn account(app: &TestApp) -> users::entity::Model {
    users::by_email(&app.app, OLD).await.unwrap().unwrap()
}

/// Asks for the proof. Returns the newest link.
async fn ask(app: &TestApp) -> String {
    let user = account(app).await;
    ask_at_sign_in(&app.app, &user, ("Acme", "Okta"), "test")
        .await
        .unwrap();
    token(app, OLD, "confirm-email").await.unwrap()
}

#[tokio::test]
async fn s27_a_session_of_the_account_neither_sees_nor_replaces_nor_ends_the_proof() {
    on_each_database(|app| async move {
        let (ctx, own) = person(&app).await;
        verify_address(&ctx, Language::English).await.unwrap();
        let older = token(&app, OLD, "confirm-email").await.unwrap();
        let proof = ask(&app).await;
        // What waited before could leave the account with whoever asked for it.
        is_dead(&app, &older).await;
        assert_eq!(address_change(&ctx).await.unwrap(), None);
        let pending = AddressError::ProofPending.into();
        let again = verify_address(&ctx, Language::English).await;
        assert_eq!(again.unwrap_err(), pending);
        let none = AddressError::NonePending.into();
        assert_eq!(resend_address_change(&ctx).await.unwrap_err(), none);
        assert_eq!(cancel_address_change(&ctx).await.unwrap_err(), none);
        // A change to another address is a matter of its own.
        change(&ctx).await;
        resend_address_change(&ctx).await.unwrap();
        cancel_address_change(&ctx).await.unwrap();
        identity::set_password(&ctx, Some(PASSWORD), "battery staple")
            .await
            .unwrap();

        let shown = preview_address(&app.app, &proof, Visitor::default()).await;
        assert!(shown.unwrap().at_sign_in);
        assert_eq!(confirm(&app, &proof).await.unwrap(), Confirmed::Done);
        let user = account(&app).await;
        assert_eq!(
            (user.password_hash, user.email_verified_at.is_some()),
            (None, true)
        );
        let gone = session(&app, &own).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::Unauthenticated);
        is_dead(&app, &proof).await;
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s27_requests_of_a_session_do_not_use_up_the_proofs_nor_the_other_way_round() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        for _ in 0..PER_HOUR {
            change(&ctx).await;
        }
        let more = change_address(&ctx, NEW, Language::English).await;
        assert_eq!(more.unwrap_err().code, ErrorCode::RateLimited);
        let mut proofs = Vec::new();
        for _ in 0..PER_HOUR {
            app.app.clock().advance(Duration::seconds(61));
            let proof = ask(&app).await;
            assert!(!proofs.contains(&proof));
            proofs.push(proof);
        }
        app.app.clock().advance(Duration::seconds(61));
        let newest = ask(&app).await;
        assert_eq!(Some(&newest), proofs.last(), "no more than five an hour");
        app.app.clock().advance(Duration::minutes(58));
        change(&fresh(&ctx)).await;
        assert_eq!(confirm(&app, &newest).await.unwrap(), Confirmed::Done);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s27_a_proof_ends_when_the_address_is_verified_in_another_way() {
    on_each_database(|app| async move {
        person(&app).await;
        let proof = ask(&app).await;
        let user = account(&app).await;
        let tx = app.app.db().begin(&[]).await.unwrap();
        let now = app.app.clock().now();
        assert!(users::prove_address(&tx, &user, OLD, now).await.unwrap());
        tx.commit().await.unwrap();
        is_dead(&app, &proof).await;
        assert!(signs_in(&app, OLD).await);
        app.close().await;
    })
    .await;
}
