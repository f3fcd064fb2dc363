//! Tests of service accounts and of their keys on both databases.

use types::{ErrorCode, UserId};

use super::*;
use crate::{
    access::PermissionSet,
    identity::{self, Credential, KeyGrant, KeyLimits, KeyTerms},
    members,
    testing::{TestApp, on_each_database},
};

fn terms(name: &str, role: Role) -> AccountTerms {
    AccountTerms {
        name: name.to_owned(),
        description: String::new(),
        role: role.into(),
        disabled: false,
    }
}

fn key_of(account: &ServiceAccount, role: Role) -> KeyTerms {
    KeyTerms {
        grant: KeyGrant::Role(role),
        limits: KeyLimits::default(),
        service_account: Some(account.id),
    }
}

async fn by_key(app: &TestApp, key: &str) -> Result<Ctx> {
    identity::authenticate(&app.app, Credential::ApiKey(key), None, "test").await
}

#[tokio::test]
async fn a_key_of_a_service_account_stays_when_its_creator_leaves() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let bo_now = app.session(&session).await;
        let account = create(&bo_now, &terms("Deploy", Role::Developer))
            .await
            .unwrap();
        let (_, key) = identity::create_api_key(&bo_now, "ci", key_of(&account, Role::Developer))
            .await
            .unwrap();
        let (_, own) = identity::create_api_key(&bo_now, "mine", Role::Viewer)
            .await
            .unwrap();
        members::remove(&owner, UserId(bo.actor.id.unwrap()))
            .await
            .unwrap();
        assert_eq!(
            by_key(&app, &own).await.unwrap_err().code,
            ErrorCode::Unauthenticated
        );
        let program = by_key(&app, &key).await.unwrap();
        assert_eq!(program.rights, Role::Developer.into());
        assert_eq!(&*program.actor.name, "Deploy (ci)");
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_is_revoked_by_whoever_may_rotate_it_or_created_it_and_by_nobody_else() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let account = create(&owner, &terms("Deploy", Role::Developer))
            .await
            .unwrap();
        let of_account = key_of(&account, Role::Viewer);
        let (key, _) = identity::create_api_key(&owner, "ci", of_account)
            .await
            .unwrap();
        let (_, session) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let bo = app.session(&session).await;
        // A developer has all that the key has, but does not manage service accounts.
        for refused in [
            identity::rotate_api_key(&bo, key.id, None).await.err(),
            identity::revoke_api_key(&bo, key.id).await.err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::Forbidden);
        }
        let (own, _) = identity::create_api_key(&bo, "mine", Role::Developer)
            .await
            .unwrap();
        let viewer = Ctx {
            rights: PermissionSet::from_iter([Permission::ApiKeyWrite]).into(),
            ..bo.clone()
        };
        let revoked = identity::revoke_api_key(&viewer, own.id).await.unwrap();
        assert!(revoked.revoked_at.is_some());
        identity::revoke_api_key(&owner, key.id).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r07_a_key_never_has_more_than_its_service_account_also_after_a_change() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let account = create(&owner, &terms("Deploy", Role::Developer))
            .await
            .unwrap();
        let more = identity::create_api_key(&owner, "ci", key_of(&account, Role::Admin)).await;
        let more = more.unwrap_err();
        assert_eq!(more.code, ErrorCode::Conflict);
        assert!(more.message.contains("`Deploy` lacks"), "{}", more.message);
        let (_, key) = identity::create_api_key(&owner, "ci", key_of(&account, Role::Developer))
            .await
            .unwrap();
        by_key(&app, &key).await.unwrap();

        update(&owner, account.id, &terms("Deploy", Role::Viewer))
            .await
            .unwrap();
        let lowered = by_key(&app, &key).await.unwrap().rights.permissions;
        let both = Role::Developer
            .permissions()
            .and(Role::Viewer.permissions());
        assert_eq!(lowered, both);

        let disabled = AccountTerms {
            disabled: true,
            ..terms("Deploy", Role::Viewer)
        };
        let off = update(&owner, account.id, &disabled).await.unwrap();
        assert!(off.disabled_at.is_some());
        assert_eq!(
            by_key(&app, &key).await.unwrap_err().code,
            ErrorCode::Unauthenticated
        );
        let no = identity::create_api_key(&owner, "b", key_of(&account, Role::Viewer)).await;
        assert!(no.unwrap_err().message.contains("is disabled"));
        update(&owner, account.id, &terms("Deploy", Role::Viewer))
            .await
            .unwrap();
        by_key(&app, &key).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r05_a_service_account_is_no_owner_and_nobody_gives_it_more_than_they_have() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let refused = create(&owner, &terms("Root", Role::Owner))
            .await
            .unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidInput);
        let (_, session) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let admin = app.session(&session).await;
        let less = Ctx {
            rights: PermissionSet::from_iter([Permission::ServiceAccountManage]).into(),
            ..admin.clone()
        };
        let account = create(&admin, &terms("Bot", Role::Developer))
            .await
            .unwrap();
        for refused in [
            create(&less, &terms("Other", Role::Viewer)).await.err(),
            update(&less, account.id, &terms("Bot", Role::Viewer))
                .await
                .err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::Forbidden);
        }
        app.close().await;
    })
    .await;
}
