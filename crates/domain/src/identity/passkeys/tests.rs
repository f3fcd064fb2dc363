//! Passkeys on both databases, with an authenticator in memory. S19.

mod authenticator;

use authenticator::Authenticator;
use chrono::Duration;
use types::ErrorCode;

use super::*;
use crate::{
    access::Role,
    audit,
    identity::{self, Credential, ProfileChange, SignedIn, Visitor},
    mail,
    tenancy::OrgEntity,
    testing::{TestApp, on_each_database},
};

const EMAIL: &str = "ada@example.test";
const PASSWORD: &str = "correct horse";
const BASE: &str = "http://localhost:8080";

fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code
}

/// An owner with a password and a passkey.
async fn person(app: &TestApp, seed: u8) -> (Ctx, Authenticator) {
    let (ctx, _) = app.owner().await;
    let change = ProfileChange {
        email: Some(EMAIL.to_owned()),
        ..ProfileChange::default()
    };
    identity::update_profile(&ctx, change).await.unwrap();
    identity::set_password(&ctx, None, PASSWORD).await.unwrap();
    let mut key = Authenticator::new(seed);
    add(&ctx, &mut key).await.unwrap();
    (ctx, key)
}

async fn add(ctx: &Ctx, key: &mut Authenticator) -> Result<Passkey> {
    let begun = begin_passkey(ctx).await?;
    add_passkey(ctx, &begun.token, "Phone", key.create(&begun.options)).await
}

async fn sign_in(app: &TestApp, key: &mut Authenticator) -> Result<SignedIn> {
    let visitor = Visitor::default();
    let begun = begin_passkey_sign_in(&app.app, visitor).await.unwrap();
    let signed = key.sign(&begun.options);
    sign_in_by_passkey(&app.app, &begun.token, signed, visitor, "test").await
}

async fn session(app: &TestApp, token: &str) -> Result<Ctx> {
    identity::authenticate(&app.app, Credential::Session(token), None, "test").await
}

async fn actions(ctx: &Ctx) -> Vec<String> {
    let log = audit::list(ctx, 100).await.unwrap();
    log.into_iter().map(|row| row.action).collect()
}

#[tokio::test]
async fn of_the_last_two_ways_to_sign_in_only_one_can_be_removed_also_at_the_same_time() {
    on_each_database(|app| async move {
        let app = app.at(BASE).await;
        // An owner without a password.
        let (ctx, _) = app.owner().await;
        let (one, two) = (
            add(&ctx, &mut Authenticator::new(1)).await.unwrap(),
            add(&ctx, &mut Authenticator::new(2)).await.unwrap(),
        );
        let (one, two) = tokio::join!(remove_passkey(&ctx, one.id), remove_passkey(&ctx, two.id));
        let refused = [one, two].into_iter().filter_map(Result::err);
        let refused: Vec<ErrorCode> = refused.map(|error| error.code).collect();
        assert_eq!(refused, [ErrorCode::Conflict]);
        assert_eq!(list_passkeys(&ctx).await.unwrap().len(), 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_person_gets_a_mail_about_a_new_passkey_and_about_a_removed_one() {
    on_each_database(|app| async move {
        let app = app.at(BASE).await.with_mail().await;
        let (ctx, _) = person(&app, 1).await;
        let own = list_passkeys(&ctx).await.unwrap()[0].id;
        remove_passkey(&ctx, own).await.unwrap();
        let letters = app.letters(EMAIL).await;
        let of_passkeys = letters.iter().filter_map(|letter| match letter {
            mail::Letter::PasskeyAdded { passkey, .. } => Some((true, passkey.as_str())),
            mail::Letter::PasskeyRemoved { passkey, .. } => Some((false, passkey.as_str())),
            _ => None,
        });
        let of_passkeys: Vec<_> = of_passkeys.collect();
        assert_eq!(of_passkeys, [(true, "Phone"), (false, "Phone")]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_passkey_signs_in_without_a_password_also_a_person_with_an_authenticator_app() {
    on_each_database(|app| async move {
        let app = app.at(BASE).await;
        let (ctx, mut key) = person(&app, 1).await;
        let signed_in = sign_in(&app, &mut key).await.unwrap();
        assert!(!signed_in.needs_code && signed_in.device.is_some());
        let own = session(&app, &signed_in.token).await.unwrap();
        assert_eq!(own.actor.id, ctx.actor.id);
        own.require_fresh_proof().unwrap();
        let all = list_passkeys(&ctx).await.unwrap();
        assert!(all.len() == 1 && all[0].last_used_at.is_some());
        assert!(actions(&ctx).await.contains(&"passkey.add".to_owned()));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s19_a_challenge_is_answered_once_in_time_and_for_its_own_purpose() {
    on_each_database(|app| async move {
        let app = app.at(BASE).await;
        let (ctx, mut key) = person(&app, 2).await;
        let visitor = Visitor::default();
        let begun = begin_passkey_sign_in(&app.app, visitor).await.unwrap();
        let signed = key.sign(&begun.options);
        let first = sign_in_by_passkey(&app.app, &begun.token, signed.clone(), visitor, "test");
        first.await.unwrap();
        // The same answer, and the next one to the same challenge.
        let next = key.sign(&begun.options);
        for again in [signed.clone(), next] {
            let again = sign_in_by_passkey(&app.app, &begun.token, again, visitor, "test").await;
            assert_eq!(again.unwrap_err(), PasskeyError::Ended.into());
        }
        // An old answer to a new challenge.
        let begun = begin_passkey_sign_in(&app.app, visitor).await.unwrap();
        let old = sign_in_by_passkey(&app.app, &begun.token, signed, visitor, "test").await;
        assert_eq!(old.unwrap_err(), PasskeyError::Refused.into());
        // Too late.
        let begun = begin_passkey_sign_in(&app.app, visitor).await.unwrap();
        app.app.clock().advance(Duration::minutes(5));
        let late = key.sign(&begun.options);
        let late = sign_in_by_passkey(&app.app, &begun.token, late, visitor, "test").await;
        assert_eq!(late.unwrap_err(), PasskeyError::Ended.into());
        // For another purpose.
        let begun = begin_passkey_proof(&ctx).await.unwrap();
        let proof = key.sign(&begun.options);
        let other = sign_in_by_passkey(&app.app, &begun.token, proof.clone(), visitor, "test");
        assert_eq!(other.await.unwrap_err(), PasskeyError::Ended.into());
        step_up_by_passkey(&ctx, &begun.token, proof).await.unwrap();
        for token in ["", "fmq_x", &begun.token[..begun.token.len() - 1]] {
            let none = sign_in_by_passkey(&app.app, token, key.sign(&begun.options), visitor, "t");
            assert_eq!(none.await.unwrap_err(), PasskeyError::Ended.into());
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s19_another_origin_or_host_and_an_unverified_person_are_refused() {
    on_each_database(|app| async move {
        let app = app.at(BASE).await;
        let (ctx, key) = person(&app, 3).await;
        let phished = |origin: &str| Authenticator {
            origin: origin.to_owned(),
            ..key.clone()
        };
        let wrong = [
            phished("https://localhost:8080"),
            phished("http://localhost:8081"),
            phished("http://localhost:8080.evil.example"),
            phished("https://evil.example"),
            Authenticator {
                host: "evil.example".to_owned(),
                ..key.clone()
            },
            Authenticator {
                verifies: false,
                ..key.clone()
            },
        ];
        for mut wrong in wrong {
            let refused = sign_in(&app, &mut wrong).await;
            assert_eq!(refused.unwrap_err(), PasskeyError::Refused.into());
            let begun = begin_passkey_proof(&ctx).await.unwrap();
            let proof = wrong.sign(&begun.options);
            let refused = step_up_by_passkey(&ctx, &begun.token, proof).await;
            assert_eq!(refused.unwrap_err(), PasskeyError::Refused.into());
            let mut new = Authenticator::new(30);
            (new.origin, new.host) = (wrong.origin, wrong.host);
            new.verifies = wrong.verifies;
            let refused = add(&ctx, &mut new).await;
            assert_eq!(refused.unwrap_err(), PasskeyError::Refused.into());
        }
        assert_eq!(list_passkeys(&ctx).await.unwrap().len(), 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s19_a_counter_that_goes_back_is_refused_also_with_two_challenges_at_once() {
    on_each_database(|app| async move {
        let app = app.at(BASE).await;
        let (ctx, mut key) = person(&app, 4).await;
        key.counter = 10;
        let mut copied = key.clone();
        sign_in(&app, &mut key).await.unwrap();
        for _ in 0..2 {
            copied.counter = 8;
            let refused = sign_in(&app, &mut copied).await;
            assert_eq!(refused.unwrap_err(), PasskeyError::Refused.into());
        }
        // The challenge of a proof is older than the last use of the passkey.
        let begun = begin_passkey_proof(&ctx).await.unwrap();
        copied.counter = 11;
        let stale = copied.sign(&begun.options);
        key.counter = 20;
        sign_in(&app, &mut key).await.unwrap();
        let refused = step_up_by_passkey(&ctx, &begun.token, stale).await;
        assert_eq!(refused.unwrap_err(), PasskeyError::Refused.into());
        sign_in(&app, &mut key).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s19_a_passkey_of_another_person_proves_nothing_and_a_forged_one_neither() {
    on_each_database(|app| async move {
        let app = app.at(BASE).await;
        let (ctx, mut key) = person(&app, 5).await;
        // Another key with the same id, one that is not registered, and another account's handle.
        let mut forged = Authenticator::new(6);
        forged.handle.clone_from(&key.handle);
        let refused = sign_in(&app, &mut forged).await;
        assert_eq!(refused.unwrap_err(), PasskeyError::Refused.into());
        let mut other = key.clone();
        other.handle = vec![9; 16];
        let refused = sign_in(&app, &mut other).await;
        assert_eq!(refused.unwrap_err(), PasskeyError::Refused.into());
        let stranger = Ctx {
            actor: crate::Actor {
                id: Some(app.app.clock().new_uuid()),
                ..ctx.actor.clone()
            },
            ..ctx.clone()
        };
        assert_eq!(
            code(begin_passkey_proof(&stranger).await),
            ErrorCode::NotFound
        );
        let own = list_passkeys(&ctx).await.unwrap()[0].id;
        assert_eq!(
            code(remove_passkey(&stranger, own).await),
            ErrorCode::NotFound
        );
        // The same passkey cannot be registered twice.
        key.counter = 0;
        let again = add(&ctx, &mut key).await;
        assert_eq!(again.unwrap_err(), PasskeyError::Refused.into());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_passkey_renews_the_proof_of_identity_and_is_removed_only_with_one() {
    on_each_database(|app| async move {
        let app = app.at(BASE).await;
        let (ctx, mut key) = person(&app, 7).await;
        app.app.clock().advance(Duration::minutes(11));
        let own = list_passkeys(&ctx).await.unwrap()[0].id;
        assert_eq!(code(begin_passkey(&ctx).await), ErrorCode::StepUpRequired);
        assert_eq!(
            code(remove_passkey(&ctx, own).await),
            ErrorCode::StepUpRequired
        );
        let begun = begin_passkey_proof(&ctx).await.unwrap();
        let proof = key.sign(&begun.options);
        let renewed = step_up_by_passkey(&ctx, &begun.token, proof).await.unwrap();
        let ctx = session(&app, &renewed.token).await.unwrap();
        remove_passkey(&ctx, own).await.unwrap();
        assert_eq!(
            code(sign_in(&app, &mut key).await),
            ErrorCode::Unauthenticated
        );
        assert_eq!(code(begin_passkey_proof(&ctx).await), ErrorCode::NotFound);
        let log = actions(&ctx).await;
        for action in ["session.step_up", "passkey.remove"] {
            assert!(log.iter().any(|one| one == action), "{action}");
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_address_without_a_name_has_no_passkeys_and_the_last_way_to_sign_in_stays() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        assert!(!passkeys_possible(&app.app));
        assert_eq!(code(begin_passkey(&ctx).await), ErrorCode::Conflict);
        let visitor = Visitor::default();
        let none = begin_passkey_sign_in(&app.app, visitor).await;
        assert_eq!(none.unwrap_err(), PasskeyError::NoHostName.into());
        app.close().await;
    })
    .await;
    on_each_database(|app| async move {
        let app = app.at(BASE).await;
        let (ctx, _) = app.owner().await;
        let mut key = Authenticator::new(8);
        let only = add(&ctx, &mut key).await.unwrap();
        let refused = remove_passkey(&ctx, only.id).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Conflict);
        sign_in(&app, &mut key).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s22_every_owner_is_told_when_the_break_glass_owner_enters_with_a_passkey() {
    on_each_database(|app| async move {
        let app = app.at(BASE).await;
        let (ctx, mut key) = person(&app, 1).await;
        app.member(&ctx, Role::Owner, "bo@elsewhere.test").await;
        app.verify_addresses().await;
        let tx = ctx.begin().await.unwrap();
        let now = ctx.clock().now();
        for sql in [
            "INSERT INTO domains (id, org_id, name, token, created_at, proved_at, enforced_at) \
             VALUES ($1, $1, 'example.test', 'x', $2, $2, $2)",
            "UPDATE organizations SET break_glass_owner = \
             (SELECT user_id FROM passkeys LIMIT 1) WHERE id = $1 AND created_at <= $2",
        ] {
            tx.execute(sql, [ctx.org.0.into(), now.into()])
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let visitor = Visitor::default();
        let by_password = identity::sign_in(&app.app, EMAIL, PASSWORD, visitor, "test").await;
        assert_eq!(code(by_password), ErrorCode::SsoRequired);
        let signed_in = sign_in(&app, &mut key).await.unwrap();
        session(&app, &signed_in.token).await.unwrap();
        let alarms = actions(&ctx).await;
        assert_eq!(
            alarms
                .iter()
                .filter(|one| *one == "sso.break_glass")
                .count(),
            1
        );
        let mails = ctx.all(mail::entity::Entity::in_org(&ctx)).await.unwrap();
        let mut told: Vec<&str> = mails
            .iter()
            .filter(|row| row.kind == "break_glass_used")
            .map(|row| row.recipient.as_str())
            .collect();
        told.sort_unstable();
        assert_eq!(told, [EMAIL, "bo@elsewhere.test"]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s24_a_reset_removes_all_passkeys_also_the_last_way_to_sign_in() {
    on_each_database(|app| async move {
        let app = app.at(BASE).await;
        let (ctx, mut key) = person(&app, 1).await;
        add(&ctx, &mut Authenticator::new(2)).await.unwrap();
        let signed_in = sign_in(&app, &mut key).await.unwrap();
        let held = identity::second_factor_of(&app.app, EMAIL).await.unwrap();
        assert_eq!((held.app, held.passkeys), (false, 2));
        identity::reset_second_factor(&app.app, EMAIL, "test")
            .await
            .unwrap();
        let held = identity::second_factor_of(&app.app, EMAIL).await.unwrap();
        assert!(held.is_none() && held.has_password);
        let gone = session(&app, &signed_in.token).await;
        assert_eq!(code(gone), ErrorCode::Unauthenticated);
        assert!(sign_in(&app, &mut key).await.is_err());
        let visitor = Visitor::default();
        let by_password = identity::sign_in(&app.app, EMAIL, PASSWORD, visitor, "test").await;
        assert!(!by_password.unwrap().needs_code);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s28_a_passkey_is_neither_added_nor_removed_once_the_session_has_ended() {
    on_each_database(|app| async move {
        let app = app.at(BASE).await;
        let (ctx, mut key) = person(&app, 1).await;
        let own = list_passkeys(&ctx).await.unwrap()[0].id;
        let mut other = Authenticator::new(2);
        let begun = begin_passkey(&ctx).await.unwrap();
        let made = other.create(&begun.options);
        let proof = begin_passkey_proof(&ctx).await.unwrap();
        let signed = key.sign(&proof.options);
        let user = crate::identity::users::person(&ctx).unwrap();
        let tx = ctx.begin().await.unwrap();
        crate::identity::sessions::end_all(&tx, &app.app, user)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let refused = [
            code(add_passkey(&ctx, &begun.token, "Eve", made).await),
            code(remove_passkey(&ctx, own).await),
            code(step_up_by_passkey(&ctx, &proof.token, signed).await),
        ];
        assert_eq!(refused, [ErrorCode::Unauthenticated; 3]);
        assert_eq!(list_passkeys(&ctx).await.unwrap().len(), 1);
        app.close().await;
    })
    .await;
}
