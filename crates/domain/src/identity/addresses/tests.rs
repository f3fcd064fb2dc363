//! Verifying and changing an email address on both databases: what the links do, and what ends them.
//! S11, S12.

mod at_sign_in;

use types::ErrorCode;

use super::*;
use crate::{
    identity::{self, Credential, ProfileChange, Visitor},
    mail::Letter,
    testing::{TestApp, on_each_database},
};

const OLD: &str = "bo@example.test";
const NEW: &str = "bo@new.test";
const PASSWORD: &str = "correct horse";

/// The owner, with an address and a password.
async fn person(app: &TestApp) -> (Ctx, String) {
    let (ctx, session) = app.owner().await;
    let change = ProfileChange {
        email: Some(OLD.to_owned()),
        ..ProfileChange::default()
    };
    identity::update_profile(&ctx, change).await.unwrap();
    identity::set_password(&ctx, None, PASSWORD).await.unwrap();
    (ctx, session)
}

/// The owner, with a verified address.
async fn verified(app: &TestApp) -> (Ctx, String) {
    let (ctx, session) = person(app).await;
    verify_address(&ctx, Language::English).await.unwrap();
    let done = confirm(app, &token(app, OLD, "confirm-email").await.unwrap()).await;
    assert_eq!(done.unwrap(), Confirmed::Done);
    app.app.clock().advance(Duration::hours(2));
    (fresh(&ctx), session)
}

/// The same person with a new proof of identity.
fn fresh(ctx: &Ctx) -> Ctx {
    Ctx {
        proved_at: Some(ctx.clock().now()),
        ..ctx.clone()
    }
}

/// The token of the newest link to a page that waits for an address.
async fn token(app: &TestApp, to: &str, page: &str) -> Option<String> {
    let letters = app.letters(to).await;
    let links = letters.iter().map(Letter::link);
    let start = format!("http://127.0.0.1:8080/{page}#");
    let mut tokens = links.filter_map(|link| Some(link.strip_prefix(&start)?.to_owned()));
    tokens.next_back()
}

/// The tokens of the two links of the change.
async fn tokens(app: &TestApp) -> (String, String) {
    let new = token(app, NEW, "confirm-email").await.unwrap();
    (token(app, OLD, "confirm-email").await.unwrap(), new)
}

async fn confirm(app: &TestApp, token: &str) -> Result<Confirmed> {
    confirm_address(&app.app, token, None, Visitor::default(), "test").await
}

async fn undo(app: &TestApp, token: &str) -> Result<()> {
    undo_address_change(&app.app, token, Visitor::default(), "test").await
}

async fn is_dead(app: &TestApp, token: &str) {
    let error = confirm(app, token).await.unwrap_err();
    assert_eq!(error, AddressError::Ended.into());
    let preview = preview_address(&app.app, token, Visitor::default()).await;
    assert_eq!(preview.unwrap_err(), AddressError::Ended.into());
}

async fn signs_in(app: &TestApp, email: &str) -> bool {
    let visitor = Visitor::default();
    identity::sign_in(&app.app, email, PASSWORD, visitor, "test")
        .await
        .is_ok()
}

async fn session(app: &TestApp, token: &str) -> Result<Ctx> {
    identity::authenticate(&app.app, Credential::Session(token), None, "test").await
}

async fn address(ctx: &Ctx) -> (Option<String>, bool) {
    let user = identity::viewer(ctx).await.unwrap().user.unwrap();
    (user.email, user.email_verified)
}

async fn change(ctx: &Ctx) -> AddressChange {
    change_address(ctx, NEW, Language::German).await.unwrap()
}

#[tokio::test]
async fn an_old_address_that_was_never_verified_is_told_that_it_need_not_confirm() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        change(&ctx).await;
        let (old, new) = tokens(&app).await;
        let letters = app.letters(OLD).await;
        let told = letters.iter().find_map(|letter| match letter {
            Letter::AllowAddressChange { needed, .. } => Some(*needed),
            _ => None,
        });
        assert_eq!(told, Some(false));
        let preview = preview_address(&app.app, &old, Visitor::default()).await;
        assert!(!preview.unwrap().needed);
        let preview = preview_address(&app.app, &new, Visitor::default()).await;
        assert!(preview.unwrap().needed);
        assert_eq!(confirm(&app, &new).await.unwrap(), Confirmed::Done);
        // Instead of the link that has ended, there is one that undoes the change.
        is_dead(&app, &old).await;
        assert!(token(&app, OLD, "undo-email").await.is_some());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s12_a_change_takes_effect_when_both_addresses_have_confirmed_and_not_before() {
    on_each_database(|app| confirmed_by_both(app, true)).await;
    on_each_database(|app| confirmed_by_both(app, false)).await;
}

async fn confirmed_by_both(app: TestApp, old_first: bool) {
    let (ctx, own) = verified(&app).await;
    let visitor = Visitor::default();
    let other = identity::sign_in(&app.app, OLD, PASSWORD, visitor, "test").await;
    let other = other.unwrap().token;
    let waiting = change(&ctx).await;
    assert_eq!(
        (waiting.new_confirmed, waiting.old_confirmed),
        (false, Some(false))
    );
    let (old, new) = tokens(&app).await;
    let (first, second) = if old_first {
        (&old, &new)
    } else {
        (&new, &old)
    };
    let preview = preview_address(&app.app, &old, visitor).await.unwrap();
    assert_eq!(
        (preview.side, preview.old_email.as_deref()),
        (Side::Old, Some(OLD))
    );
    assert_eq!(preview.new_email, NEW);
    let waits = if old_first { Side::New } else { Side::Old };
    assert_eq!(
        confirm(&app, first).await.unwrap(),
        Confirmed::WaitsFor(waits)
    );
    is_dead(&app, first).await;
    // A pending change gives nothing.
    assert_eq!(address(&ctx).await, (Some(OLD.to_owned()), true));
    assert!(signs_in(&app, OLD).await && !signs_in(&app, NEW).await);
    let waiting = address_change(&ctx).await.unwrap().unwrap();
    assert_eq!(
        (waiting.new_confirmed, waiting.old_confirmed),
        (!old_first, Some(old_first))
    );

    assert_eq!(confirm(&app, second).await.unwrap(), Confirmed::Done);
    is_dead(&app, second).await;
    assert_eq!(address_change(&ctx).await.unwrap(), None);
    assert_eq!(address(&ctx).await, (Some(NEW.to_owned()), true));
    assert!(!signs_in(&app, OLD).await && signs_in(&app, NEW).await);
    // The session that asked stays open, and no other one.
    session(&app, &own).await.unwrap();
    assert_eq!(
        session(&app, &other).await.unwrap_err().code,
        ErrorCode::Unauthenticated
    );
    let log = audit::list(&ctx, 100).await.unwrap();
    for action in [
        "profile.email_change_request",
        "profile.email_confirm",
        "profile.email_change",
    ] {
        assert!(log.iter().any(|row| row.action == action), "{action}");
    }
    app.close().await;
}

#[tokio::test]
async fn s12_both_addresses_confirm_at_the_same_time() {
    on_each_database(|app| async move {
        let (ctx, _) = verified(&app).await;
        change(&ctx).await;
        let (old, new) = tokens(&app).await;
        let (one, two) = tokio::join!(confirm(&app, &old), confirm(&app, &new));
        let ends = [one.unwrap(), two.unwrap()];
        assert_eq!(
            ends.iter().filter(|end| **end == Confirmed::Done).count(),
            1,
            "{ends:?}"
        );
        assert_eq!(address(&ctx).await, (Some(NEW.to_owned()), true));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s12_the_old_address_takes_the_account_back_for_seven_days_whatever_became_of_it() {
    on_each_database(|app| async move {
        let (ctx, own) = verified(&app).await;
        change(&ctx).await;
        let (old, new) = tokens(&app).await;
        confirm(&app, &old).await.unwrap();
        confirm(&app, &new).await.unwrap();
        let back = token(&app, OLD, "undo-email").await.unwrap();
        // The account goes on to a third address, and a fourth one waits.
        app.app.clock().advance(Duration::hours(2));
        change_address(&fresh(&ctx), "eve@evil.test", Language::English)
            .await
            .unwrap();
        confirm(&app, &token(&app, NEW, "confirm-email").await.unwrap())
            .await
            .unwrap();
        confirm(
            &app,
            &token(&app, "eve@evil.test", "confirm-email").await.unwrap(),
        )
        .await
        .unwrap();
        let second = token(&app, NEW, "undo-email").await.unwrap();
        change_address(&fresh(&ctx), "eve@worse.test", Language::English)
            .await
            .unwrap();
        let waiting = token(&app, "eve@worse.test", "confirm-email")
            .await
            .unwrap();
        let none = crate::access::PermissionSet::NONE;
        identity::create_api_key(&fresh(&ctx), "eve", none)
            .await
            .unwrap();
        // The links are not exchangeable.
        assert_eq!(
            undo(&app, &new).await.unwrap_err(),
            AddressError::UndoEnded.into()
        );
        is_dead(&app, &back).await;

        app.app
            .clock()
            .advance(Duration::days(7) - Duration::hours(3));
        undo(&app, &back).await.unwrap();
        for used in [&back, &second] {
            assert_eq!(
                undo(&app, used).await.unwrap_err(),
                AddressError::UndoEnded.into()
            );
        }
        let log = crate::audit::list(&ctx, 100).await.unwrap();
        let revoked = log.iter().filter(|row| row.action == "api_key.revoke");
        assert_eq!(revoked.count(), 1, "each key that ends is in the audit log");
        is_dead(&app, &waiting).await;
        assert_eq!(
            session(&app, &own).await.unwrap_err().code,
            ErrorCode::Unauthenticated
        );
        let user = users::by_email(&app.app, OLD).await.unwrap().unwrap();
        assert_eq!(
            (user.password_hash, user.email_verified_at.is_some()),
            (None, true)
        );
        assert!(!signs_in(&app, OLD).await && !signs_in(&app, "eve@evil.test").await);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s12_after_seven_days_the_change_stays() {
    on_each_database(|app| async move {
        let (ctx, _) = verified(&app).await;
        change(&ctx).await;
        let (old, new) = tokens(&app).await;
        confirm(&app, &old).await.unwrap();
        confirm(&app, &new).await.unwrap();
        let back = token(&app, OLD, "undo-email").await.unwrap();
        app.app.clock().advance(UNDO);
        assert_eq!(
            undo(&app, &back).await.unwrap_err(),
            AddressError::UndoEnded.into()
        );
        assert!(signs_in(&app, NEW).await);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s11_a_link_ends_when_it_is_replaced_cancelled_refused_old_or_the_password_or_address_changes()
 {
    on_each_database(|app| async move {
        let (ctx, own) = verified(&app).await;
        change(&ctx).await;
        let (old, new) = tokens(&app).await;
        is_dead(&app, &old[..old.len() - 1]).await;
        is_dead(&app, &old.replace("fma_", "fmr_")).await;
        is_dead(&app, &secret::new(secret::ADDRESS)).await;
        // Sent again: new links, and a side that has confirmed stays confirmed.
        confirm(&app, &old).await.unwrap();
        let again = resend_address_change(&ctx).await.unwrap();
        assert_eq!(again.old_confirmed, Some(true));
        is_dead(&app, &new).await;
        let (_, new) = tokens(&app).await;
        cancel_address_change(&ctx).await.unwrap();
        is_dead(&app, &new).await;
        let none = cancel_address_change(&ctx).await.unwrap_err();
        assert_eq!(none, AddressError::NonePending.into());

        change(&ctx).await;
        let (old, new) = tokens(&app).await;
        change(&ctx).await;
        is_dead(&app, &old).await;
        is_dead(&app, &new).await;
        let (old, new) = tokens(&app).await;
        app.app.clock().advance(LASTS);
        is_dead(&app, &old).await;
        is_dead(&app, &new).await;
        assert_eq!(address_change(&ctx).await.unwrap(), None);

        change(&fresh(&ctx)).await;
        let (old, new) = tokens(&app).await;
        identity::set_password(&ctx, Some(PASSWORD), "battery staple")
            .await
            .unwrap();
        is_dead(&app, &old).await;
        is_dead(&app, &new).await;

        // Refused by the old address: everything ends, also the session of whoever asked.
        change(&fresh(&ctx)).await;
        let (old, new) = tokens(&app).await;
        refuse_address(&app.app, &old, Visitor::default(), "test")
            .await
            .unwrap();
        is_dead(&app, &old).await;
        is_dead(&app, &new).await;
        assert_eq!(
            session(&app, &own).await.unwrap_err().code,
            ErrorCode::Unauthenticated
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s11_tokens_are_stored_as_hashes_only() {
    on_each_database(|app| async move {
        let (ctx, _) = verified(&app).await;
        change(&ctx).await;
        let (old, new) = tokens(&app).await;
        let user = users::person(&ctx).unwrap();
        let row = repo::open(&app.app, user, false).await.unwrap().unwrap();
        assert_eq!(row.old_hash, Some(hash(&old)));
        assert_eq!(row.new_hash, hash(&new));
        let shown = format!("{row:?}");
        assert!(!shown.contains(&old) && !shown.contains(&new));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s22_a_change_cannot_be_undone_out_of_a_domain_with_enforced_single_sign_on() {
    on_each_database(|app| async move {
        let (ctx, _) = verified(&app).await;
        change(&ctx).await;
        let (old, new) = tokens(&app).await;
        confirm(&app, &old).await.unwrap();
        confirm(&app, &new).await.unwrap();
        let back = token(&app, OLD, "undo-email").await.unwrap();
        app.enforce_sso(&ctx, "new.test").await;
        let refused = undo(&app, &back).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::SsoRequired);
        let tx = ctx.begin().await.unwrap();
        let sql = "UPDATE domains SET enforced_at = NULL WHERE org_id = $1";
        tx.execute(sql, [ctx.org.0.into()]).await.unwrap();
        tx.commit().await.unwrap();
        undo(&app, &back).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s13_a_change_to_a_taken_address_looks_like_any_other_and_its_owner_gets_no_link() {
    on_each_database(|app| async move {
        let (ctx, _) = verified(&app).await;
        let tx = app.app.db().begin(&[]).await.unwrap();
        let other = UserId::new(app.app.clock()).0;
        let account = ("taken@example.test", "no hash");
        users::insert_account(&tx, other, "Other", account, app.app.clock().now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let db = app.app.db();
        let mut seen = Vec::new();
        for email in [
            "free@example.test",
            "free@example.test",
            "taken@example.test",
        ] {
            let before = db.statements();
            let waiting = change_address(&ctx, email, Language::English)
                .await
                .unwrap();
            let waiting = AddressChange {
                email: String::new(),
                ..waiting
            };
            let times = (
                waiting.expires_at - waiting.created_at,
                waiting.new_confirmed,
            );
            seen.push((db.statements() - before, times, waiting.old_confirmed));
        }
        // The first request finds no older one to replace.
        assert_eq!(seen[1], seen[2]);
        assert_eq!(
            token(&app, "taken@example.test", "confirm-email").await,
            None
        );
        let told = app.letters("taken@example.test").await;
        assert!(
            matches!(told.as_slice(), [Letter::AddressInUse { .. }]),
            "{told:?}"
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_address_that_was_never_verified_need_not_confirm_but_can_refuse_and_undo() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        assert_eq!(address(&ctx).await, (Some(OLD.to_owned()), false));
        let waiting = change(&ctx).await;
        assert_eq!(waiting.old_confirmed, None);
        let (old, new) = tokens(&app).await;
        assert_eq!(confirm(&app, &new).await.unwrap(), Confirmed::Done);
        is_dead(&app, &old).await;
        assert_eq!(address(&ctx).await, (Some(NEW.to_owned()), true));
        let back = token(&app, OLD, "undo-email").await.unwrap();
        undo(&app, &back).await.unwrap();
        assert!(users::by_email(&app.app, OLD).await.unwrap().is_some());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_change_to_the_same_or_an_invalid_address_or_by_the_profile_is_refused() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        let same = change_address(&ctx, " BO@example.test", Language::English).await;
        assert_eq!(same.unwrap_err(), AddressError::Same.into());
        let wrong = change_address(&ctx, "bo@", Language::English).await;
        assert_eq!(wrong.unwrap_err().code, ErrorCode::InvalidInput);
        // The profile sets a first address only.
        let direct = ProfileChange {
            email: Some(NEW.to_owned()),
            ..ProfileChange::default()
        };
        let direct = identity::update_profile(&ctx, direct).await.unwrap_err();
        assert_eq!(direct.code, ErrorCode::Conflict);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_person_requests_five_links_an_hour_and_has_each_change_sent_five_times() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        let verified = verify_address(&ctx, Language::English).await.unwrap();
        assert!(verified.is_verification);
        for _ in 1..PER_HOUR {
            change(&ctx).await;
        }
        let more = change_address(&ctx, NEW, Language::English).await;
        assert_eq!(more.unwrap_err().code, ErrorCode::RateLimited);
        for _ in 1..MOST_SENT {
            resend_address_change(&ctx).await.unwrap();
        }
        let more = resend_address_change(&ctx).await;
        assert_eq!(more.unwrap_err().code, ErrorCode::Conflict);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_change_of_the_address_needs_a_fresh_proof() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        app.app.clock().advance(Duration::minutes(61));
        let stale = change_address(&ctx, NEW, Language::English).await;
        assert_eq!(stale.unwrap_err().code, ErrorCode::StepUpRequired);
        app.close().await;
    })
    .await;
}
