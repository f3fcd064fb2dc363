//! Tests of who may change what is published to production, and who is shown the requests.

use super::*;
use crate::{folders, roles};

/// A role with only the permission to act in production.
async fn release(owner: &Ctx) -> roles::RoleChoice {
    let role = roles::Definition {
        name: "Release".into(),
        description: String::new(),
        permissions: PermissionSet::from_iter([Permission::ProductionUse]),
    };
    roles::RoleChoice::Custom(roles::create(owner, &role).await.unwrap().id)
}

#[tokio::test]
async fn r21_what_is_published_to_production_is_deleted_and_renamed_only_with_a_right_there() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (dev, session) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let source = pipelines::tests::source;
        let folder = folders::create(&owner, "Billing").await.unwrap().id;
        let one = pipeline(&owner).await;
        pipelines::move_to(&owner, one, Some(folder)).await.unwrap();
        publish(&owner, one, STAGING, 1).await.unwrap();
        pipelines::rename(&dev, one, Some("tonight")).await.unwrap();
        pipelines::rename(&dev, one, None).await.unwrap();
        pipelines::delete(&dev, one).await.unwrap();
        pipelines::restore(&dev, one).await.unwrap();

        publish(&owner, one, PRODUCTION, 1).await.unwrap();
        for refused in [
            pipelines::rename(&dev, one, Some("mine")).await.err(),
            pipelines::push(&dev, one, &source("mine", "3")).await.err(),
            pipelines::delete(&dev, one).await.err(),
        ] {
            let refused = refused.unwrap();
            assert_eq!(refused.code, ErrorCode::Forbidden);
            assert!(refused.message.contains("`production.use`"));
        }
        let found = pipelines::get(&owner, one).await.unwrap();
        assert_eq!((found.latest_number, found.deleted), (2, None));
        pipelines::push(&dev, one, &source("nightly", "3"))
            .await
            .unwrap();
        pipelines::delete(&owner, one).await.unwrap();
        let refused = pipelines::restore(&dev, one).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        pipelines::restore(&owner, one).await.unwrap();

        let role = release(&owner).await;
        for object in [
            Object::Environment(PRODUCTION),
            Object::Folder(folder),
            Object::Pipeline(one),
        ] {
            let terms = GrantTerms {
                role,
                ..on(object, &dev, Role::Viewer)
            };
            let grant = grants::create(&owner, &terms).await.unwrap();
            let now = app.session(&session).await;
            pipelines::delete(&now, one).await.unwrap();
            pipelines::restore(&now, one).await.unwrap();
            grants::delete(&owner, grant.id).await.unwrap();
        }
        let now = app.session(&session).await;
        let refused = pipelines::delete(&now, one).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}
