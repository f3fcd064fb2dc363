//! Tests of signing in and of API keys, on both databases.

mod in_flight;

use chrono::Duration;
use types::{ApiKeyId, ErrorCode, OrgId};

use super::*;
use crate::{
    access::{Permission, PermissionSet, Role},
    audit,
    error::AppError,
    mail,
    tenancy::OrgEntity,
    testing::{TestApp, on_each_database},
};

fn code<T: std::fmt::Debug>(result: Result<T, AppError>) -> ErrorCode {
    result.unwrap_err().code
}

async fn by_key(app: &TestApp, key: &str) -> Result<crate::Ctx, AppError> {
    authenticate(&app.app, Credential::ApiKey(key), None, "test").await
}

async fn by_session(app: &TestApp, token: &str) -> Result<crate::Ctx, AppError> {
    authenticate(&app.app, Credential::Session(token), None, "test").await
}

#[tokio::test]
async fn a_link_signs_the_first_owner_in_once_and_the_next_link_replaces_it() {
    on_each_database(|app| async move {
        let old = print_link(&app.app).await.unwrap().unwrap();
        let link = print_link(&app.app).await.unwrap().unwrap();
        assert_eq!(
            code(redeem_link(&app.app, &old, Default::default(), "t").await),
            ErrorCode::Unauthenticated
        );
        let first = redeem_link(&app.app, &link, Default::default(), "t")
            .await
            .unwrap();
        assert_eq!(
            code(redeem_link(&app.app, &link, Default::default(), "t").await),
            ErrorCode::Unauthenticated
        );
        let ctx = by_session(&app, &first.token).await.unwrap();
        assert_eq!(ctx.rights, Role::Owner.into());
        // Without a password the owner would be locked out, so the next start prints a link for
        // them.
        let again = print_link(&app.app).await.unwrap().unwrap();
        let second = redeem_link(&app.app, &again, Default::default(), "t")
            .await
            .unwrap();
        assert_eq!(second.user, first.user);
        // A link is valid for a day.
        let late = print_link(&app.app).await.unwrap().unwrap();
        app.app.clock().advance(Duration::hours(25));
        assert_eq!(
            code(redeem_link(&app.app, &late, Default::default(), "t").await),
            ErrorCode::Unauthenticated
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_password_signs_in_and_ends_the_other_sessions() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        assert_eq!(
            code(set_password(&ctx, None, "correct horse").await),
            ErrorCode::Conflict
        );
        let change = ProfileChange {
            name: Some(" Ada ".into()),
            email: Some("Ada@Example.org".into()),
            organization_name: Some("Engines".into()),
            ..ProfileChange::default()
        };
        let viewer = update_profile(&ctx, change).await.unwrap();
        let user = viewer.user.unwrap();
        assert_eq!(
            (user.name.as_str(), user.email.as_deref()),
            ("Ada", Some("ada@example.org"))
        );
        assert_eq!(viewer.organization.name, "Engines");
        assert!(!viewer.has_password);

        set_password(&ctx, None, "correct horse").await.unwrap();
        assert!(print_link(&app.app).await.unwrap().is_none());
        let other = sign_in(
            &app.app,
            " ADA@example.org ",
            "correct horse",
            Visitor::default(),
            "t",
        )
        .await
        .unwrap();
        for (email, password) in [
            ("ada@example.org", "wrong horse"),
            ("nobody@example.org", "correct horse"),
            ("", ""),
        ] {
            let refused = sign_in(&app.app, email, password, Visitor::default(), "t").await;
            assert_eq!(code(refused), ErrorCode::Unauthenticated);
        }
        let wrong = set_password(&ctx, Some("wrong horse"), "another horse").await;
        assert_eq!(code(wrong), ErrorCode::InvalidInput);
        assert!(by_session(&app, &other.token).await.is_ok());
        set_password(&ctx, Some("correct horse"), "another horse")
            .await
            .unwrap();
        assert_eq!(
            code(by_session(&app, &other.token).await),
            ErrorCode::Unauthenticated
        );
        assert!(by_session(&app, &token).await.is_ok());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_notice_is_in_the_language_that_the_person_has_chosen() {
    on_each_database(|app| async move {
        let app = app.with_mail().await;
        let (ctx, _) = app.owner().await;
        let change = ProfileChange {
            email: Some("ada@example.org".into()),
            locale: Some("de-AT".into()),
            ..ProfileChange::default()
        };
        update_profile(&ctx, change).await.unwrap();
        set_password(&ctx, None, "correct horse").await.unwrap();
        set_password(&ctx, Some("correct horse"), "another horse")
            .await
            .unwrap();
        let server = mail::server(&app.app, "t");
        let rows = server.all(mail::entity::Entity::in_org(&server)).await;
        let rows = rows.unwrap();
        let told = rows.iter().map(|row| (&*row.kind, &*row.language));
        assert_eq!(told.collect::<Vec<_>>(), [("password_changed", "de")]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_profile_of_which_any_part_is_refused_changes_nothing() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let before = (viewer(&ctx).await.unwrap(), audit_rows(&ctx).await);
        let good = || ProfileChange {
            name: Some("Ada".into()),
            email: Some("ada@example.org".into()),
            organization_name: Some("Engines".into()),
            ..ProfileChange::default()
        };
        let bad = [
            ProfileChange {
                email: Some("not an address".into()),
                ..good()
            },
            ProfileChange {
                name: Some("a\0b".into()),
                ..good()
            },
            ProfileChange {
                organization_name: Some(" ".into()),
                ..good()
            },
            ProfileChange {
                locale: Some("de_AT".into()),
                ..good()
            },
            ProfileChange {
                time_zone: Some("Berlin".into()),
                ..good()
            },
        ];
        for change in bad {
            let refused = update_profile(&ctx, change.clone()).await;
            assert_eq!(code(refused), ErrorCode::InvalidInput, "{change:?}");
            let now = (viewer(&ctx).await.unwrap(), audit_rows(&ctx).await);
            assert_eq!(now, before, "{change:?}");
        }
        // A caller who may not rename changes nothing; only the refusal is written.
        let mut viewer_role = ctx.clone();
        viewer_role.rights = Role::Viewer.into();
        let refused = update_profile(&viewer_role, good()).await;
        assert_eq!(code(refused), ErrorCode::Forbidden);
        assert_eq!(viewer(&ctx).await.unwrap(), before.0);
        assert_eq!(audit_rows(&ctx).await, before.1 + 1);

        let viewer = update_profile(&ctx, good()).await.unwrap();
        assert_eq!(viewer.organization.name, "Engines");
        assert_eq!(viewer.user.unwrap().name, "Ada");
        let log = audit::list(&ctx, 1_000).await.unwrap();
        for action in ["organization.rename", "profile.update"] {
            assert_eq!(log.iter().filter(|row| row.action == action).count(), 1);
        }
        app.close().await;
    })
    .await;
}

async fn audit_rows(ctx: &crate::Ctx) -> usize {
    audit::list(ctx, 1_000).await.unwrap().len()
}

#[tokio::test]
async fn s13_a_wrong_password_costs_the_same_for_a_known_and_an_unknown_address() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        app.member(&owner, Role::Viewer, "bo@example.test").await;
        // The tests have one thread, so what is left for later has not begun yet.
        let cost = async |email| {
            let before = app.app.db().statements();
            let refused = sign_in(&app.app, email, "wrong horse", Visitor::default(), "t").await;
            assert_eq!(code(refused), ErrorCode::Unauthenticated);
            app.app.db().statements() - before
        };
        let unknown = cost("nobody@example.test").await;
        assert_eq!(cost("bo@example.test").await, unknown);
        // It is in the audit log all the same.
        app.app.finish_afterwards().await;
        let log = audit::list(&owner, 100).await.unwrap();
        let refusals = log.iter().filter(|row| row.action == "session.refused");
        assert_eq!(refusals.count(), 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_by_signing_out_and_by_itself() {
    on_each_database(|app| async move {
        let (_, token) = app.owner().await;
        sign_out(&app.app, &token, "test").await.unwrap();
        assert_eq!(
            code(by_session(&app, &token).await),
            ErrorCode::Unauthenticated
        );
        let link = print_link(&app.app).await.unwrap().unwrap();
        let next = redeem_link(&app.app, &link, Default::default(), "t")
            .await
            .unwrap();
        assert!(by_session(&app, &next.token).await.is_ok());
        app.app.clock().advance(Duration::days(31));
        auth_cache::of(&app.app).clear();
        assert_eq!(
            code(by_session(&app, &next.token).await),
            ErrorCode::Unauthenticated
        );
        for nonsense in [
            "",
            "fms_",
            "fms_x",
            &format!("fms_{}", "ä".repeat(43)),
            &"x".repeat(10_000),
        ] {
            assert_eq!(
                code(by_session(&app, nonsense).await),
                ErrorCode::Unauthenticated
            );
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r07_a_key_can_do_what_its_role_says_and_never_what_only_a_person_may() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let (key, secret) = create_api_key(&ctx, "ci", Role::Developer).await.unwrap();
        assert!(secret.starts_with("fmk_") && secret.starts_with(&key.prefix));
        let program = by_key(&app, &secret).await.unwrap();
        assert_eq!(program.rights, Role::Developer.into());
        assert_eq!(program.org, ctx.org);
        for refused in [
            code(create_api_key(&program, "more", Role::Viewer).await),
            code(set_password(&program, None, "correct horse").await),
            code(crate::organizations::create(&program, "another").await),
        ] {
            assert_eq!(refused, ErrorCode::Forbidden);
        }
        let renamed = crate::organizations::rename(&program, "mine").await;
        assert_eq!(code(renamed), ErrorCode::Forbidden);
        // Each refusal is in the audit log.
        let log = audit::list(&ctx, 100).await.unwrap();
        assert_eq!(
            log.iter()
                .filter(|row| row.action == "access.refused")
                .count(),
            4
        );

        // A key is bound to its organization.
        let elsewhere = Some(OrgId::new(app.app.clock()));
        let other = authenticate(&app.app, Credential::ApiKey(&secret), elsewhere, "t").await;
        assert_eq!(code(other), ErrorCode::NotFound);

        // The key loses the permissions that its creator's new role lacks.
        let tx = ctx.begin().await.unwrap();
        tx.execute(
            "UPDATE memberships SET role = 'viewer' WHERE org_id = $1",
            [ctx.org.0.into()],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        auth_cache::of(&app.app).clear();
        let program = by_key(&app, &secret).await.unwrap();
        assert_eq!(program.rights, Role::Viewer.permissions().into());

        revoke_api_key(&ctx, key.id).await.unwrap();
        assert_eq!(
            code(by_key(&app, &secret).await),
            ErrorCode::Unauthenticated
        );
        assert!(
            revoke_api_key(&ctx, key.id)
                .await
                .unwrap()
                .revoked_at
                .is_some()
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_cannot_exceed_its_creator_and_another_organization_s_key_is_not_found() {
    on_each_database(|app| async move {
        let (mut ctx, token) = app.owner().await;
        let b = app.elsewhere(&ctx, &token).await;
        let (foreign, _) = create_api_key(&b, "b", Role::Owner).await.unwrap();
        let unknown = ApiKeyId::new(app.app.clock());
        let (one, other) = (
            revoke_api_key(&ctx, foreign.id).await.unwrap_err(),
            revoke_api_key(&ctx, unknown).await.unwrap_err(),
        );
        assert_eq!(one, other);
        assert_eq!(one.code, ErrorCode::NotFound);
        assert_eq!(list_api_keys(&ctx).await.unwrap(), []);
        ctx.rights = Role::Developer.into();
        let high = create_api_key(&ctx, "high", Role::Admin).await;
        assert_eq!(code(high), ErrorCode::Forbidden);
        for name in ["", "  ", "a\0b", "a\nb", &"x".repeat(101)] {
            assert_eq!(
                code(create_api_key(&ctx, name, Role::Viewer).await),
                ErrorCode::InvalidInput,
                "i01 {name:?}"
            );
        }
        app.close().await;
    })
    .await;
}

/// Writes a state that the application itself never writes.
async fn write(ctx: &crate::Ctx, sql: &str) {
    let tx = ctx.begin().await.unwrap();
    assert_eq!(
        tx.execute(sql, [ctx.org.0.into()]).await.unwrap(),
        1,
        "{sql}"
    );
    tx.commit().await.unwrap();
    auth_cache::of(&ctx.app).clear();
}

#[tokio::test]
async fn a_key_has_the_permissions_that_both_it_and_its_creator_have() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let own = PermissionSet::from_iter([Permission::RunStart, Permission::AuditRead]);
        let (key, secret) = create_api_key(&ctx, "ci", own).await.unwrap();
        assert_eq!((key.role, key.permissions), (None, own));
        assert_eq!(list_api_keys(&ctx).await.unwrap(), [key]);
        assert_eq!(by_key(&app, &secret).await.unwrap().rights, own.into());
        for role in Role::ALL {
            let set = "UPDATE memberships SET role = '{role}' WHERE org_id = $1";
            write(&ctx, &set.replace("{role}", role.as_str())).await;
            let now = by_key(&app, &secret).await.unwrap().rights.permissions;
            assert_eq!(now, own.and(role.permissions()), "{role}");
        }
        app.close().await;
    })
    .await;
}

/// How many refusals are in the organization's audit log.
async fn refusals(ctx: &crate::Ctx) -> usize {
    let log = audit::list(ctx, 100).await.unwrap();
    let refusals = log.iter().filter(|row| row.action == "access.refused");
    refusals.count()
}

#[tokio::test]
async fn what_a_session_of_single_sign_on_cannot_change_is_in_the_audit_log() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let limited = crate::Ctx {
            limited: true,
            ..owner.clone()
        };
        let refused = set_password(&limited, None, "correct horse").await;
        assert_eq!(code(refused), ErrorCode::Forbidden);
        assert_eq!(refusals(&owner).await, 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_stored_for_good_depends_on_the_rights_of_now_and_not_on_those_of_the_request() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, _) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let bo_id = types::UserId(bo.actor.id.unwrap());
        crate::members::change_role(&owner, bo_id, Role::Developer)
            .await
            .unwrap();
        // The context still has the rights of an administrator, as a request may for a moment.
        assert_eq!(bo.rights, Role::Admin.into());
        let new = scim::NewScimToken {
            name: "Okta".to_owned(),
            expires_at: None,
        };
        let token = scim::create_scim_token(&bo, new).await;
        assert_eq!(code(token), ErrorCode::Forbidden);
        let key = create_api_key(&bo, "ci", Role::Admin).await;
        assert_eq!(code(key), ErrorCode::Forbidden);
        assert_eq!(refusals(&owner).await, 2);
        create_api_key(&bo, "ci", Role::Developer).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_change_of_provisioning_says_in_the_audit_log_what_was_before() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        for role in [Role::Developer, Role::Billing] {
            scim::change_provisioning(&owner, role).await.unwrap();
        }
        let log = audit::list(&owner, 2).await.unwrap();
        let before = log.iter().rev().map(|row| {
            let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap();
            detail["before"].clone()
        });
        assert_eq!(before.collect::<Vec<_>>(), ["viewer", "developer"]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_cannot_be_created_or_revoked_by_someone_who_lacks_its_permissions() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let audit = PermissionSet::from_iter([Permission::AuditRead]);
        let (key, _) = create_api_key(&owner, "audit", audit).await.unwrap();
        let (_, session) = app
            .member(&owner, Role::Developer, "dev@example.test")
            .await;
        let developer = app.session(&session).await;
        let refused = create_api_key(&developer, "audit", audit)
            .await
            .unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert!(refused.message.contains("audit.read"), "{refused}");
        assert_eq!(refusals(&owner).await, 1);
        let refused = revoke_api_key(&developer, key.id).await;
        assert_eq!(code(refused), ErrorCode::Forbidden);
        assert_eq!(refusals(&owner).await, 2);
        assert!(revoke_api_key(&owner, key.id).await.is_ok());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_unknown_role_or_permission_in_the_database_is_refused_and_never_a_lesser_one() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let b = app.elsewhere(&ctx, &token).await;
        let (_, secret) = create_api_key(&ctx, "ci", Role::Viewer).await.unwrap();
        for (sql, of_people) in [
            ("UPDATE api_keys SET role = 'root' WHERE org_id = $1", false),
            ("UPDATE api_keys SET role = 'Viewer' WHERE org_id = $1", false),
            (
                "UPDATE api_keys SET role = NULL, permissions = 'run.read run.fly' WHERE org_id = $1",
                false,
            ),
            (
                "UPDATE api_keys SET role = 'viewer', permissions = NULL WHERE org_id = $1",
                true,
            ),
            ("UPDATE memberships SET role = 'guest' WHERE org_id = $1", true),
        ] {
            write(&ctx, sql).await;
            let key = by_key(&app, &secret).await;
            match (of_people, sql.contains("guest")) {
                // The key is valid again, and the memberships are unchanged.
                (true, false) => assert!(key.is_ok(), "{sql}"),
                _ => assert_eq!(code(key), ErrorCode::Forbidden, "{sql}"),
            }
            if !of_people {
                assert_eq!(code(list_api_keys(&ctx).await), ErrorCode::Forbidden, "{sql}");
            }
        }
        // The creator's own session is refused in that organization, and works in the other one.
        let refused = authenticate(&app.app, Credential::Session(&token), Some(ctx.org), "t").await;
        assert_eq!(code(refused), ErrorCode::Forbidden);
        let other = authenticate(&app.app, Credential::Session(&token), Some(b.org), "t").await;
        assert_eq!(other.unwrap().rights, Role::Owner.into());
        app.close().await;
    })
    .await;
}
