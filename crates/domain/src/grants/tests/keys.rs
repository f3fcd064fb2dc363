//! R20: what is granted to single API keys, on both databases.

use types::ApiKeyId;

use super::*;
use crate::{
    PermissionSet, folders,
    identity::{Credential, KeyGrant, KeyLimits, KeyTerms},
    service_accounts::{self, AccountTerms},
    tenancy::SystemCtx,
};

pub async fn by_key(app: &TestApp, secret: &str) -> Ctx {
    identity::authenticate(&app.app, Credential::ApiKey(secret), None, "test")
        .await
        .unwrap()
}

/// A key of the caller with exactly these permissions.
async fn key(ctx: &Ctx, permissions: &[Permission]) -> (ApiKeyId, String) {
    let permissions = PermissionSet::from_iter(permissions.iter().copied());
    let made = identity::create_api_key(ctx, "ci", permissions).await;
    let (key, secret) = made.unwrap();
    (key.id, secret)
}

fn to_key(key: ApiKeyId, role: Role, object: Object) -> GrantTerms {
    GrantTerms {
        object,
        ..terms(Subject::ApiKey(key), role)
    }
}

async fn start(ctx: &Ctx, pipeline: PipelineId) -> Result<runs::Run> {
    runs::start(ctx, pipeline, runs::Start::default()).await
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code
}

#[tokio::test]
async fn r20_a_key_without_permissions_acts_on_the_pipeline_granted_to_it_and_nowhere_else() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (one, other) = (pipeline(&owner).await, pipeline(&owner).await);
        let (id, secret) = key(&owner, &[]).await;
        let program = by_key(&app, &secret).await;
        assert_eq!(program.rights, PermissionSet::NONE.into());
        assert_eq!(code(start(&program, one).await), ErrorCode::Forbidden);

        let terms = to_key(id, Role::Developer, Object::Pipeline(one));
        let grant = create(&owner, &terms).await.unwrap();
        assert_eq!(grant.subject, Subject::ApiKey(id));
        assert_eq!(grant.subject_name, "ci");
        let program = by_key(&app, &secret).await;
        assert_eq!(program.rights.permissions, PermissionSet::NONE);
        let run = start(&program, one).await.unwrap();
        runs::cancel(&program, run.id, None).await.unwrap();
        assert_eq!(code(start(&program, other).await), ErrorCode::Forbidden);
        let elsewhere = start(&owner, other).await.unwrap();
        for refused in [
            pipelines::rename(&program, other, Some("mine")).await.err(),
            pipelines::delete(&program, other).await.err(),
            list(&program, None).await.err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::Forbidden);
        }
        // A run of another pipeline does not exist for it.
        for absent in [
            runs::cancel(&program, elsewhere.id, None).await.err(),
            runs::get(&program, elsewhere.id).await.err(),
        ] {
            assert_eq!(absent.unwrap().code, ErrorCode::NotFound);
        }
        // Work that it requested earlier has the same rights.
        let system = SystemCtx::new(&app.app);
        let later = identity::rights_now(&system, owner.org, &program.actor).await;
        assert_eq!(later.unwrap(), program.rights);

        delete(&owner, grant.id).await.unwrap();
        let program = by_key(&app, &secret).await;
        assert_eq!(code(start(&program, one).await), ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r20_a_grant_to_a_key_counts_only_where_its_holder_has_the_permission_too() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, _) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let (one, other) = (pipeline(&owner).await, pipeline(&owner).await);
        let (id, secret) = key(&bo, &[]).await;
        let terms = to_key(id, Role::Admin, Object::Pipeline(one));
        create(&owner, &terms).await.unwrap();
        let program = by_key(&app, &secret).await;
        start(&program, one).await.unwrap();
        let production = Some(crate::Environment::Production);
        let there = program.rights.at(one, None, production);
        assert!(!there.has(Permission::ProductionUse), "Bo lacks it");

        members::change_role(&owner, user(&bo), Role::Viewer)
            .await
            .unwrap();
        let program = by_key(&app, &secret).await;
        assert_eq!(code(start(&program, one).await), ErrorCode::Forbidden);

        // The holder may act in a folder, the key on one pipeline: it may act on that one in the folder.
        let folder = folders::create(&owner, "Reports").await.unwrap().id;
        for pipeline in [one, other] {
            pipelines::move_to(&owner, pipeline, Some(folder))
                .await
                .unwrap();
        }
        let in_folder = GrantTerms {
            object: Object::Folder(folder),
            ..super::terms(Subject::Member(user(&bo)), Role::Developer)
        };
        create(&owner, &in_folder).await.unwrap();
        let program = by_key(&app, &secret).await;
        start(&program, one).await.unwrap();
        assert_eq!(code(start(&program, other).await), ErrorCode::Forbidden);
        pipelines::move_to(&owner, one, None).await.unwrap();
        assert_eq!(code(start(&program, one).await), ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r20_a_rotation_carries_grants_over_and_they_end_with_the_key_and_their_expiry() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let one = pipeline(&owner).await;
        let (old, old_secret) = key(&owner, &[]).await;
        let end = owner.clock().now() + Duration::hours(1);
        let terms = GrantTerms {
            expires_at: Some(end),
            ..to_key(old, Role::Developer, Object::Pipeline(one))
        };
        create(&owner, &terms).await.unwrap();
        let rotated = identity::rotate_api_key(&owner, old, None).await.unwrap();
        let new = rotated.key.id;
        let carried = list(&owner, Some(Subject::ApiKey(new))).await.unwrap();
        assert_eq!(carried.len(), 1);
        assert_eq!(carried[0].expires_at, Some(end));
        assert_eq!(carried[0].object, Object::Pipeline(one));
        for secret in [&old_secret, &rotated.secret] {
            start(&by_key(&app, secret).await, one).await.unwrap();
        }
        let to_replaced = create(&owner, &terms).await;
        assert_eq!(code(to_replaced), ErrorCode::Conflict);

        identity::revoke_api_key(&owner, old).await.unwrap();
        let left = list(&owner, Some(Subject::ApiKey(old))).await.unwrap();
        assert_eq!(left, []);
        assert_eq!(code(create(&owner, &terms).await), ErrorCode::Conflict);
        start(&by_key(&app, &rotated.secret).await, one)
            .await
            .unwrap();

        app.app.clock().advance(Duration::hours(1));
        // The cached rights are dropped, as they are after at most five seconds.
        app.app.drop_right(Right::Organization(owner.org.0));
        let program = by_key(&app, &rotated.secret).await;
        assert_eq!(code(start(&program, one).await), ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r20_nobody_grants_a_key_or_gets_by_rotating_one_what_they_do_not_have() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (admin, _) = app.almost_admin(&owner, "bo@example.test").await;
        let (id, _) = key(&owner, &[]).await;
        let owned = create(&admin, &to_key(id, Role::Owner, Object::Organization)).await;
        assert_eq!(code(owned), ErrorCode::InvalidInput);
        let auditor = crate::roles::Definition {
            name: "Auditor".into(),
            description: String::new(),
            permissions: [Permission::AuditRead].into_iter().collect(),
        };
        let auditor = crate::roles::create(&owner, &auditor).await.unwrap();
        let above = GrantTerms {
            role: RoleChoice::Custom(auditor.id),
            ..to_key(id, Role::Viewer, Object::Organization)
        };
        assert_eq!(code(create(&admin, &above).await), ErrorCode::Forbidden);
        // Nothing that only people may do works with a key, whatever was granted to it.
        let (id, secret) = key(&owner, &[]).await;
        let role = to_key(id, Role::Admin, Object::Organization);
        create(&owner, &role).await.unwrap();
        let program = by_key(&app, &secret).await;
        let team = teams::create(&program, "Data").await;
        assert_eq!(code(team), ErrorCode::Forbidden);

        let account = AccountTerms {
            name: "Deploy".into(),
            description: String::new(),
            role: Role::Admin.into(),
            disabled: false,
        };
        let account = service_accounts::create(&owner, &account).await.unwrap();
        let nothing = KeyTerms {
            grant: KeyGrant::Permissions(PermissionSet::NONE),
            limits: KeyLimits::default(),
            service_account: Some(account.id),
        };
        let (id, _) = identity::create_api_key(&owner, "ci", nothing)
            .await
            .map(|(key, secret)| (key.id, secret))
            .unwrap();
        let less = Ctx {
            rights: PermissionSet::from_iter([
                Permission::ApiKeyWrite,
                Permission::ServiceAccountManage,
            ])
            .into(),
            ..owner.clone()
        };
        let one = pipeline(&owner).await;
        let terms = to_key(id, Role::Developer, Object::Pipeline(one));
        create(&owner, &terms).await.unwrap();
        let refused = identity::rotate_api_key(&less, id, None).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert!(refused.message.contains("rotate it"), "{}", refused.message);
        identity::rotate_api_key(&owner, id, None).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r20_why_can_says_whether_the_key_or_its_holder_lacks_the_permission() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, _) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let one = pipeline(&owner).await;
        let on_one = Place {
            pipeline: Some(one),
            ..Place::default()
        };
        let start = Permission::RunStart;
        let (id, _) = key(&owner, &[]).await;
        let holder = Holder::ApiKey(id);
        let no = why_can(&owner, holder, start, on_one).await.unwrap();
        assert!(!no.allowed);
        assert_eq!(no.sources, [Source::Role(Role::Owner.into())]);
        assert_eq!(no.of_key, Some(Vec::new()));
        let missing = "neither its own permissions nor a grant to the key gives it";
        assert!(no.text.contains(missing), "{}", no.text);

        let terms = to_key(id, Role::Developer, Object::Pipeline(one));
        let grant = create(&owner, &terms).await.unwrap();
        let yes = why_can(&owner, holder, start, on_one).await.unwrap();
        assert!(yes.allowed);
        assert_eq!(yes.of_key, Some(vec![Source::Grant(grant)]));
        let chain = "by a grant of the role developer to the key on this pipeline, given by";
        assert!(yes.text.contains(chain), "{}", yes.text);
        let anywhere = why_can(&owner, holder, start, Place::default()).await;
        assert!(!anywhere.unwrap().allowed);

        let (id, _) = key(&bo, &[start]).await;
        members::change_role(&owner, user(&bo), Role::Viewer)
            .await
            .unwrap();
        let lowered = why_can(&owner, Holder::ApiKey(id), start, on_one).await;
        let lowered = lowered.unwrap();
        assert!(!lowered.allowed);
        for part in [
            "Bo may not start and retry runs (`run.start`)",
            "The key has the permission `run.start` too: by its own permissions.",
        ] {
            assert!(lowered.text.contains(part), "{}", lowered.text);
        }

        let (id, _) = key(&owner, &[Permission::RoleManage]).await;
        let people = Permission::RoleManage;
        let people = why_can(&owner, Holder::ApiKey(id), people, Place::default()).await;
        let people = people.unwrap();
        assert!(!people.allowed);
        let only = "Only a signed-in person can use `role.manage`";
        assert!(people.text.contains(only), "{}", people.text);
        assert!(!people.text.contains("These roles"), "{}", people.text);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn why_can_says_no_to_a_service_account_for_what_only_people_can_use() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let terms = AccountTerms {
            name: "Deploy".into(),
            description: String::new(),
            role: Role::Admin.into(),
            disabled: false,
        };
        let account = service_accounts::create(&owner, &terms).await.unwrap();
        let holder = Holder::ServiceAccount(account.id);
        for permission in Role::Admin.permissions().iter() {
            let found = why_can(&owner, holder, permission, Place::default()).await;
            let found = found.unwrap();
            let people = permission.is_for_people_only();
            assert_eq!(found.allowed, !people, "{}", found.text);
            let only = "so the service account `Deploy` may not";
            assert_eq!(found.text.contains(only), people, "{}", found.text);
        }
        app.close().await;
    })
    .await;
}
