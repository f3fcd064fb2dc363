//! Tests of expiry, networks and rotation on both databases.

use types::ErrorCode;

use super::*;
use crate::{
    identity::{Credential, Source, authenticate, secret},
    testing::{TestApp, on_each_database},
};

async fn used_from(app: &TestApp, key: &str, address: &str) -> Result<Ctx> {
    let source = Source {
        request_id: "test".into(),
        address: address.parse().ok(),
    };
    authenticate(&app.app, Credential::ApiKey(key), None, source).await
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code
}

/// The context after a fresh proof of identity, which changes of keys require.
fn proved_now(ctx: &Ctx) -> Ctx {
    Ctx {
        proved_at: Some(ctx.clock().now()),
        ..ctx.clone()
    }
}

fn terms(expires_at: Option<DateTime<Utc>>, networks: &[&str]) -> KeyTerms {
    let list: Vec<String> = networks.iter().map(|text| (*text).to_owned()).collect();
    KeyTerms {
        grant: KeyGrant::Role(Role::Developer),
        limits: KeyLimits {
            expires_at,
            networks: Networks::read("allowedNetworks", &list).unwrap(),
        },
        service_account: None,
    }
}

#[tokio::test]
async fn a_key_works_until_it_expires_also_while_its_principal_is_cached() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let clock = app.app.clock();
        for wrong in [
            clock.now(),
            clock.now() + Duration::days(3_654),
            DateTime::<Utc>::MAX_UTC,
        ] {
            let refused = create_api_key(&ctx, "ci", terms(Some(wrong), &[])).await;
            assert_eq!(code(refused), ErrorCode::InvalidInput, "{wrong}");
        }
        let end = clock.now() + Duration::hours(1);
        let (key, secret) = create_api_key(&ctx, "ci", terms(Some(end), &[]))
            .await
            .unwrap();
        assert_eq!(get_api_key(&ctx, key.id).await.unwrap().limits, key.limits);
        clock.advance(Duration::hours(1) - Duration::seconds(1));
        assert!(used_from(&app, &secret, "192.0.2.1").await.is_ok());
        clock.advance(Duration::seconds(1));
        let expired = used_from(&app, &secret, "192.0.2.1").await;
        assert_eq!(code(expired), ErrorCode::Unauthenticated);
        let rotated = rotate_api_key(&proved_now(&ctx), key.id, None).await;
        assert_eq!(code(rotated), ErrorCode::Conflict);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_works_only_from_its_networks_and_a_refusal_is_in_the_audit_log() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let within = terms(None, &["203.0.113.0/24", "2001:db8::/32"]);
        let (key, secret) = create_api_key(&ctx, "ci", within).await.unwrap();
        for refused in ["198.51.100.1", "2001:db9::1", "no address"] {
            let error = used_from(&app, &secret, refused).await.unwrap_err();
            assert_eq!(error.code, ErrorCode::Forbidden);
            assert!(!error.message.contains("203.0.113"), "{}", error.message);
        }
        // A refused use is not a use.
        let unused = get_api_key(&ctx, key.id).await.unwrap();
        assert_eq!((unused.last_used_at, unused.last_used_from), (None, None));
        let log = audit::list(&ctx, 100).await.unwrap();
        let refusals = log
            .iter()
            .filter(|row| row.action == "api_key.refuse_address");
        assert_eq!(refusals.count(), 3);

        crate::identity::auth_cache::of(&app.app).clear();
        for allowed in ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8:1::1"] {
            assert!(used_from(&app, &secret, allowed).await.is_ok(), "{allowed}");
        }
        let used = get_api_key(&ctx, key.id).await.unwrap();
        assert_eq!(used.last_used_at, Some(app.app.clock().now()));
        assert_eq!(used.last_used_from.as_deref(), Some("203.0.113.9"));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_rotated_key_has_the_same_terms_and_both_work_until_the_overlap_ends() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let clock = app.app.clock();
        let end = clock.now() + Duration::days(90);
        let (old, old_secret) = create_api_key(&ctx, "ci", terms(Some(end), &["192.0.2.0/24"]))
            .await
            .unwrap();
        clock.advance(Duration::days(60));
        let ctx = proved_now(&ctx);
        let rotated = rotate_api_key(&ctx, old.id, Some(Duration::hours(2)))
            .await
            .unwrap();
        let new = &rotated.key;
        assert_eq!((&new.name, new.role), (&old.name, old.role));
        assert_eq!(new.limits.networks, old.limits.networks);
        assert_eq!(
            new.limits.expires_at,
            Some(clock.now() + Duration::days(90))
        );
        assert_eq!(rotated.replaced.replaced_by, Some(new.id));
        let stored = get_api_key(&ctx, old.id).await.unwrap();
        assert_eq!(stored, rotated.replaced);

        let from = "192.0.2.7";
        assert!(used_from(&app, &old_secret, from).await.is_ok());
        assert!(used_from(&app, &rotated.secret, from).await.is_ok());
        let twice = rotate_api_key(&ctx, old.id, None).await.unwrap_err();
        assert_eq!(twice.code, ErrorCode::Conflict);
        assert!(twice.message.contains("replaced"), "{}", twice.message);
        clock.advance(Duration::hours(2));
        let ended = used_from(&app, &old_secret, from).await;
        assert_eq!(code(ended), ErrorCode::Unauthenticated);
        assert!(used_from(&app, &rotated.secret, from).await.is_ok());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_overlap_is_bounded_and_does_not_extend_a_key() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let now = app.app.clock().now();
        let end = now + Duration::hours(1);
        let (key, _) = create_api_key(&ctx, "ci", terms(Some(end), &[]))
            .await
            .unwrap();
        for wrong in [Duration::seconds(-1), Duration::days(31)] {
            let refused = rotate_api_key(&ctx, key.id, Some(wrong)).await;
            assert_eq!(code(refused), ErrorCode::InvalidInput);
        }
        let rotated = rotate_api_key(&ctx, key.id, Some(Duration::days(1)))
            .await
            .unwrap();
        assert_eq!(rotated.replaced.limits.expires_at, Some(end));
        let zero = Some(Duration::zero());
        let again = rotate_api_key(&ctx, rotated.key.id, zero).await.unwrap();
        assert_eq!(again.replaced.limits.expires_at, Some(now));
        let ended = used_from(&app, &rotated.secret, "192.0.2.1").await;
        assert_eq!(code(ended), ErrorCode::Unauthenticated);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r05_a_key_with_permissions_that_the_caller_lacks_cannot_be_rotated() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (key, _) = create_api_key(&owner, "ops", Role::Admin).await.unwrap();
        let developer = Ctx {
            rights: Role::Developer.into(),
            ..owner.clone()
        };
        let refused = rotate_api_key(&developer, key.id, None).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert!(refused.message.contains("rotate it"), "{}", refused.message);
        let unchanged = get_api_key(&owner, key.id).await.unwrap();
        assert_eq!(unchanged, key);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_of_an_earlier_release_keeps_working() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let (key, _) = create_api_key(&ctx, "ci", Role::Viewer).await.unwrap();
        let earlier = secret::new("fm_");
        let tx = ctx.begin().await.unwrap();
        let sql = "UPDATE api_keys SET token_hash = $1 WHERE org_id = $2 AND id = $3";
        let hash = secret::hash(&earlier).to_vec();
        let values = [hash.into(), ctx.org.0.into(), key.id.0.into()];
        assert_eq!(tx.execute(sql, values).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let program = used_from(&app, &earlier, "192.0.2.1").await.unwrap();
        assert_eq!(program.rights, Role::Viewer.into());
        app.close().await;
    })
    .await;
}
