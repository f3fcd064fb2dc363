//! Tests of the second factor, of fresh proofs and of one's own sessions, on both databases.

mod reset;

use chrono::Duration;
use mailer::Language;
use totp_rs::{Builder, Secret};
use types::{ApiKeyId, ErrorCode, UserId};

use super::{keys, repo};
use crate::{
    Ctx,
    access::{PermissionSet, Role},
    audit,
    error::Result,
    identity::*,
    members,
    testing::{TestApp, on_each_database},
};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "correct horse";

fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code
}

/// The code that an app with this secret shows, `steps` from now.
fn shown(app: &TestApp, secret: &str, steps: i64) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let at = app.app.clock().now().timestamp() + 30 * steps;
    totp.generate(u64::try_from(at).unwrap()).to_string()
}

/// An owner with a password, and their session token.
async fn person(app: &TestApp) -> (Ctx, String) {
    let (ctx, token) = app.owner().await;
    let change = ProfileChange {
        email: Some(EMAIL.into()),
        ..Default::default()
    };
    update_profile(&ctx, change).await.unwrap();
    set_password(&ctx, None, PASSWORD).await.unwrap();
    (app.session(&token).await, token)
}

/// Turns the second factor on. Returns the secret and the recovery codes.
async fn enrolled(app: &TestApp, ctx: &Ctx) -> (String, Vec<String>) {
    let secret = begin_two_factor(ctx).await.unwrap().secret;
    let codes = confirm_two_factor(ctx, &shown(app, &secret, 0)).await;
    app.app.clock().advance(Duration::minutes(2));
    (secret, codes.unwrap())
}

async fn first_step(app: &TestApp) -> String {
    let visitor = Visitor::default();
    let held = sign_in(&app.app, EMAIL, PASSWORD, visitor, "t").await;
    let held = held.unwrap();
    assert!(held.needs_code);
    held.token
}

async fn second_step(app: &TestApp, token: &str, code: &str) -> Result<SignedIn> {
    complete_sign_in(&app.app, token, code, Visitor::default(), "t").await
}

#[tokio::test]
async fn s18_a_code_counts_only_after_the_app_is_confirmed_and_then_every_sign_in_needs_one() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        assert_eq!(
            code(confirm_two_factor(&ctx, "123456").await),
            ErrorCode::Conflict
        );
        let first = begin_two_factor(&ctx).await.unwrap();
        let second = begin_two_factor(&ctx).await.unwrap();
        assert_ne!(first.secret, second.secret);
        let stale = shown(&app, &first.secret, 0);
        assert_eq!(
            code(confirm_two_factor(&ctx, &stale).await),
            ErrorCode::InvalidInput
        );
        let visitor = Visitor::default();
        let without = sign_in(&app.app, EMAIL, PASSWORD, visitor, "t")
            .await
            .unwrap();
        assert!(!without.needs_code);

        let now = shown(&app, &second.secret, 0);
        let spaced = format!("{} {}", &now[..3], &now[3..]);
        let codes = confirm_two_factor(&ctx, &spaced).await.unwrap();
        assert_eq!(codes.len(), 10);
        let state = two_factor(&ctx).await.unwrap();
        assert!(state.on_since.is_some() && state.recovery_codes_left == 10);
        assert_eq!(
            code(begin_two_factor(&ctx).await.map(drop)),
            ErrorCode::Conflict
        );
        assert_eq!(
            code(confirm_two_factor(&ctx, &now).await),
            ErrorCode::Conflict
        );

        let held = first_step(&app).await;
        let none = authenticate(&app.app, Credential::Session(&held), None, "t").await;
        assert_eq!(code(none), ErrorCode::Unauthenticated);
        // The code that confirmed the app is used up.
        assert_eq!(
            code(second_step(&app, &held, &now).await),
            ErrorCode::InvalidInput
        );
        let next = shown(&app, &second.secret, 1);
        let signed_in = second_step(&app, &held, &next).await.unwrap();
        app.session(&signed_in.token).await;
        // The first step counts for one sign-in.
        assert_eq!(
            code(second_step(&app, &held, &codes[0]).await),
            ErrorCode::Unauthenticated
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s18_of_two_sign_ins_with_one_code_at_the_same_time_one_succeeds() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        let (secret, codes) = enrolled(&app, &ctx).await;
        for text in [shown(&app, &secret, 0), codes[3].clone()] {
            let (one, other) = (first_step(&app).await, first_step(&app).await);
            let both = tokio::join!(
                second_step(&app, &one, &text),
                second_step(&app, &other, &text)
            );
            let won = [&both.0, &both.1].iter().filter(|one| one.is_ok()).count();
            assert_eq!(won, 1, "{both:?}");
        }
        assert_eq!(two_factor(&ctx).await.unwrap().recovery_codes_left, 9);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s18_a_code_is_accepted_one_step_early_or_late_once_and_never_after_a_later_one() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        let (secret, _) = enrolled(&app, &ctx).await;
        let held = first_step(&app).await;
        for steps in [-2, 2] {
            let refused = second_step(&app, &held, &shown(&app, &secret, steps)).await;
            assert_eq!(code(refused), ErrorCode::InvalidInput, "{steps}");
        }
        second_step(&app, &held, &shown(&app, &secret, 1))
            .await
            .unwrap();
        let held = first_step(&app).await;
        for steps in [1, 0] {
            let refused = second_step(&app, &held, &shown(&app, &secret, steps)).await;
            assert_eq!(code(refused), ErrorCode::InvalidInput, "{steps}");
        }
        app.app.clock().advance(Duration::seconds(60));
        second_step(&app, &held, &shown(&app, &secret, 0))
            .await
            .unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s18_guessing_ends_the_sign_in_after_five_codes_and_is_slowed_down() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        let (secret, codes) = enrolled(&app, &ctx).await;
        let held = first_step(&app).await;
        for guess in ["000000", "abcde-abcde", "", "🙂", &"1".repeat(10_000)] {
            assert_eq!(
                code(second_step(&app, &held, guess).await),
                ErrorCode::InvalidInput
            );
        }
        let right = shown(&app, &secret, 0);
        assert_eq!(
            code(second_step(&app, &held, &right).await),
            ErrorCode::Unauthenticated
        );
        let held = first_step(&app).await;
        for _ in 0..4 {
            assert_eq!(
                code(second_step(&app, &held, "000000").await),
                ErrorCode::InvalidInput
            );
        }
        // The ten codes of ten minutes are used up, one of them by the set-up, whatever follows.
        assert_eq!(
            code(second_step(&app, &held, &codes[0]).await),
            ErrorCode::RateLimited
        );
        let expired = first_step(&app).await;
        app.app.clock().advance(Duration::minutes(11));
        assert_eq!(
            code(second_step(&app, &expired, &right).await),
            ErrorCode::Unauthenticated
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s18_a_recovery_code_works_once_and_new_codes_replace_all() {
    on_each_database(|app| async move {
        let (ctx, token) = person(&app).await;
        let (_, old) = enrolled(&app, &ctx).await;
        second_step(&app, &first_step(&app).await, &old[0].to_uppercase())
            .await
            .unwrap();
        let again = second_step(&app, &first_step(&app).await, &old[0]).await;
        assert_eq!(code(again), ErrorCode::InvalidInput);
        assert_eq!(two_factor(&ctx).await.unwrap().recovery_codes_left, 9);
        let ctx = app.session(&token).await;
        let new = renew_recovery_codes(&ctx).await.unwrap();
        assert_eq!(two_factor(&ctx).await.unwrap().recovery_codes_left, 10);
        let replaced = second_step(&app, &first_step(&app).await, &old[1]).await;
        assert_eq!(code(replaced), ErrorCode::InvalidInput);
        second_step(&app, &first_step(&app).await, &new[1])
            .await
            .unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s18_turning_it_off_needs_a_fresh_proof_and_ends_all_codes() {
    on_each_database(|app| async move {
        let (ctx, token) = person(&app).await;
        let (secret, codes) = enrolled(&app, &ctx).await;
        app.app.clock().advance(Duration::minutes(9));
        let stale = app.session(&token).await;
        for result in [
            disable_two_factor(&stale).await,
            renew_recovery_codes(&stale).await.map(drop),
            begin_two_factor(&stale).await.map(drop),
            confirm_two_factor(&stale, "123456").await.map(drop),
        ] {
            assert_eq!(code(result), ErrorCode::StepUpRequired);
        }
        let proof = Proof::Code(&codes[0]);
        let renewed = step_up(&stale, proof).await.unwrap();
        let fresh = app.session(&renewed.token).await;
        disable_two_factor(&fresh).await.unwrap();
        assert_eq!(code(disable_two_factor(&fresh).await), ErrorCode::Conflict);
        assert_eq!(two_factor(&fresh).await.unwrap().on_since, None);
        let visitor = Visitor::default();
        let signed_in = sign_in(&app.app, EMAIL, PASSWORD, visitor, "t")
            .await
            .unwrap();
        assert!(!signed_in.needs_code);
        let none = step_up(&fresh, Proof::Code(&shown(&app, &secret, 0))).await;
        assert_eq!(code(none), ErrorCode::InvalidInput);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s06_a_fresh_proof_gives_the_session_a_new_token_and_the_old_one_has_no_part_in_it() {
    on_each_database(|app| async move {
        let (_, token) = person(&app).await;
        app.app.clock().advance(Duration::minutes(11));
        let stale = app.session(&token).await;
        assert_eq!(code(stale.require_fresh_proof()), ErrorCode::StepUpRequired);
        for proof in [Proof::Password("wrong"), Proof::Code("123456")] {
            assert_eq!(code(step_up(&stale, proof).await), ErrorCode::InvalidInput);
        }
        let renewed = step_up(&stale, Proof::Password(PASSWORD)).await.unwrap();
        assert_ne!(renewed.token, token);
        let fresh = app.session(&renewed.token).await;
        fresh.require_fresh_proof().unwrap();
        assert_eq!(fresh.session, stale.session);
        // A request that was on its way is answered, but the old token is not as good as the new one.
        let former = app.session(&token).await;
        assert_eq!(
            code(former.require_fresh_proof()),
            ErrorCode::StepUpRequired
        );
        app.app.clock().advance(Duration::seconds(61));
        crate::identity::auth_cache::of(&app.app).clear();
        let dead = authenticate(&app.app, Credential::Session(&token), None, "t").await;
        assert_eq!(code(dead), ErrorCode::Unauthenticated);
        app.session(&renewed.token).await;
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn every_dangerous_use_case_needs_a_fresh_proof() {
    on_each_database(|app| async move {
        let (fresh, _) = person(&app).await;
        let (kept, _) = create_api_key(&fresh, "kept", PermissionSet::NONE)
            .await
            .unwrap();
        app.app.clock().advance(Duration::minutes(10));
        fresh.require_fresh_proof().unwrap();
        app.app.clock().advance(Duration::seconds(1));
        let nobody = UserId::new(app.app.clock());
        let mail = ProfileChange {
            email: Some("eve@example.org".into()),
            ..Default::default()
        };
        for (what, result) in [
            (
                "key",
                create_api_key(&fresh, "a", PermissionSet::NONE)
                    .await
                    .map(drop),
            ),
            ("revoke", revoke_api_key(&fresh, kept.id).await.map(drop)),
            (
                "no key",
                revoke_api_key(&fresh, ApiKeyId::new(app.app.clock()))
                    .await
                    .map(drop),
            ),
            ("email", update_profile(&fresh, mail).await.map(drop)),
            (
                "change of email",
                change_address(&fresh, "eve@example.org", Language::English)
                    .await
                    .map(drop),
            ),
            ("two-factor", begin_two_factor(&fresh).await.map(drop)),
            (
                "transfer",
                members::transfer_ownership(&fresh, nobody).await.map(drop),
            ),
            (
                "role",
                members::change_role(&fresh, nobody, Role::Admin)
                    .await
                    .map(drop),
            ),
            (
                "invite",
                create_invitation(&fresh, Role::Owner, None, Language::English)
                    .await
                    .map(drop),
            ),
        ] {
            assert_eq!(code(result), ErrorCode::StepUpRequired, "{what}");
        }
        // These give nothing away.
        let same = ProfileChange {
            name: Some("Ada".into()),
            email: Some(EMAIL.into()),
            ..Default::default()
        };
        update_profile(&fresh, same).await.unwrap();
        create_invitation(&fresh, Role::Viewer, None, Language::English)
            .await
            .unwrap();
        let low = members::change_role(&fresh, nobody, Role::Viewer).await;
        assert_eq!(code(low), ErrorCode::NotFound);
        end_other_sessions(&fresh).await.unwrap();
        // The current password is itself the proof.
        set_password(&fresh, Some(PASSWORD), "another horse")
            .await
            .unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_password_setting_one_needs_a_fresh_proof() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let change = ProfileChange {
            email: Some(EMAIL.into()),
            ..Default::default()
        };
        update_profile(&ctx, change).await.unwrap();
        app.app.clock().advance(Duration::minutes(11));
        assert_eq!(
            code(set_password(&ctx, None, PASSWORD).await),
            ErrorCode::StepUpRequired
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s07_a_person_ends_one_session_or_all_others_and_the_sign_ins_that_wait() {
    on_each_database(|app| async move {
        let (ctx, token) = person(&app).await;
        let visitor = Visitor {
            address: Some([203, 0, 113, 9].into()),
            agent: Some("Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0"),
            device: None,
        };
        let mut tokens = Vec::new();
        for _ in 0..3 {
            app.app.clock().advance(Duration::seconds(1));
            let other = sign_in(&app.app, EMAIL, PASSWORD, visitor, "t")
                .await
                .unwrap();
            tokens.push(other.token);
        }
        let sessions = list_sessions(&ctx).await.unwrap();
        assert_eq!(sessions.len(), 4);
        assert_eq!(sessions[0].device.as_deref(), Some("Firefox on Linux"));
        assert_eq!(sessions[0].address.as_deref(), Some("203.0.113.9"));
        let current: Vec<bool> = sessions.iter().map(|one| one.is_current).collect();
        assert_eq!(current, [false, false, false, true]);

        end_session(&ctx, sessions[0].id).await.unwrap();
        assert_eq!(
            code(end_session(&ctx, sessions[0].id).await),
            ErrorCode::NotFound
        );
        let by =
            async |token: &str| authenticate(&app.app, Credential::Session(token), None, "t").await;
        assert_eq!(code(by(&tokens[2]).await), ErrorCode::Unauthenticated);
        by(&tokens[1]).await.unwrap();

        enrolled(&app, &ctx).await;
        let held = first_step(&app).await;
        assert_eq!(end_other_sessions(&ctx).await.unwrap(), 2);
        for token in &tokens {
            assert_eq!(code(by(token).await), ErrorCode::Unauthenticated);
        }
        by(&token).await.unwrap();
        assert_eq!(
            code(second_step(&app, &held, "123456").await),
            ErrorCode::Unauthenticated
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_encrypted_for_its_person_and_no_code_is_stored_as_it_is() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        let user = ctx.actor.id.unwrap();
        let (secret, _) = enrolled(&app, &ctx).await;
        let row = repo::find(&app.app, user).await.unwrap().unwrap();
        let plain = keys::open(&app.app, user, &row.secret).unwrap();
        assert_eq!(Secret::from(plain.clone()).to_base32(), secret);
        assert!(!row.secret.windows(plain.len()).any(|part| part == plain));
        let other = app.app.clock().new_uuid();
        assert_eq!(
            code(keys::open(&app.app, other, &row.secret)),
            ErrorCode::Internal
        );
        assert_eq!(
            code(keys::open(&app.app, user, &row.secret[..5])),
            ErrorCode::Internal
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn every_change_and_every_refused_code_is_in_the_audit_log() {
    on_each_database(|app| async move {
        let (ctx, _) = person(&app).await;
        let (secret, codes) = enrolled(&app, &ctx).await;
        let held = first_step(&app).await;
        second_step(&app, &held, "000000").await.unwrap_err();
        let next = shown(&app, &secret, 0);
        second_step(&app, &held, &next).await.unwrap();
        step_up(&ctx, Proof::Password("wrong")).await.unwrap_err();
        let renewed = step_up(&ctx, Proof::Code(&codes[0])).await.unwrap();
        let ctx = app.session(&renewed.token).await;
        let new = renew_recovery_codes(&ctx).await.unwrap();
        end_other_sessions(&ctx).await.unwrap();
        disable_two_factor(&ctx).await.unwrap();
        let rows = audit::list(&ctx, 100).await.unwrap();
        for action in [
            "two_factor.begin",
            "two_factor.enable",
            "session.code_refused",
            "session.start",
            "session.step_up_refused",
            "session.step_up",
            "two_factor.renew_recovery_codes",
            "session.end_others",
            "two_factor.disable",
        ] {
            assert!(rows.iter().any(|row| row.action == action), "{action}");
        }
        let all = format!("{rows:?}");
        assert!(all.contains("password and code"), "{all}");
        for text in [&secret, &codes[0], &new[0], &renewed.token] {
            assert!(!all.contains(text.as_str()), "{text} in {all}");
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_person_gets_a_mail_about_each_change_of_their_second_factor() {
    on_each_database(|app| async move {
        let app = app.with_mail().await;
        let (ctx, _) = person(&app).await;
        enrolled(&app, &ctx).await;
        renew_recovery_codes(&ctx).await.unwrap();
        disable_two_factor(&ctx).await.unwrap();
        let letters = app.letters(EMAIL).await;
        let kinds: Vec<&str> = letters.iter().map(mailer::Letter::kind).collect();
        let expected = [
            "second_factor_changed",
            "recovery_codes_renewed",
            "second_factor_changed",
        ];
        assert!(kinds.ends_with(&expected), "{kinds:?}");
        app.close().await;
    })
    .await;
}
