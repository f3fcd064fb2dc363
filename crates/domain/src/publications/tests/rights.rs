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

#[tokio::test]
async fn r21_a_request_is_shown_to_those_who_may_decide_it_and_to_whoever_made_it() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let (cy, elsewhere) = app.member(&owner, Role::Viewer, "cy@example.test").await;
        let folder = folders::create(&owner, "Billing").await.unwrap().id;
        let (one, two, three) = (
            pipeline(&owner).await,
            pipeline(&owner).await,
            pipeline(&owner).await,
        );
        pipelines::move_to(&owner, two, Some(folder)).await.unwrap();
        set_second_person(&owner, true).await.unwrap();
        for each in [one, two, three] {
            publish(&owner, each, PRODUCTION, 1).await.unwrap();
        }
        let shown = async |ctx: &Ctx| {
            let found = requests(ctx).await.unwrap();
            let pipelines = found.iter().map(|request| request.pipeline);
            pipelines.collect::<Vec<_>>()
        };
        assert_eq!(shown(&owner).await, [three, two, one]);
        assert!(requests(&owner).await.unwrap()[0].is_requested_by(&owner));
        assert_eq!(requests(&bo).await.unwrap_err().code, ErrorCode::Forbidden);

        let role = release(&owner).await;
        for (object, expected) in [
            (Object::Pipeline(one), vec![one]),
            (Object::Folder(folder), vec![two]),
            (Object::Environment(PRODUCTION), vec![three, two, one]),
        ] {
            // Bo may publish by the role, and Cy may not.
            for (who, token, sees) in [(&bo, &session, expected), (&cy, &elsewhere, vec![])] {
                let terms = GrantTerms {
                    role,
                    ..on(object, who, Role::Viewer)
                };
                let grant = grants::create(&owner, &terms).await.unwrap();
                let now = app.session(token).await;
                assert_eq!(shown(&now).await, sees, "{object:?}");
                grants::delete(&owner, grant.id).await.unwrap();
            }
        }

        // Both rights may come from different grants: on the pipeline and on its folder.
        let release = GrantTerms {
            role,
            ..on(Object::Folder(folder), &cy, Role::Viewer)
        };
        grants::create(&owner, &release).await.unwrap();
        grants::create(&owner, &on(Object::Pipeline(two), &cy, Role::Developer))
            .await
            .unwrap();
        let now = app.session(&elsewhere).await;
        assert_eq!(shown(&now).await, [two]);
        let request = requests(&now).await.unwrap().remove(0);
        assert!(!request.is_requested_by(&now));
        approve(&now, request.id).await.unwrap();
        assert_eq!(shown(&now).await, []);

        // A request for a deleted pipeline cannot be approved.
        pipelines::delete(&owner, three).await.unwrap();
        assert_eq!(shown(&owner).await, [one]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_published_is_read_for_several_pipelines_at_once() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (one, two) = (pipeline(&owner).await, pipeline(&owner).await);
        for version in [1, 2] {
            publish(&owner, one, STAGING, version).await.unwrap();
        }
        publish(&owner, one, PRODUCTION, 1).await.unwrap();
        let mut expected = Vec::new();
        for environment in [STAGING, PRODUCTION] {
            let current = current(&owner, one, environment).await.unwrap();
            expected.push(current.unwrap());
        }
        let mut found = current_of(&owner, &[one, two]).await.unwrap();
        found.sort_by_key(|publication| publication.environment);
        assert_eq!(found, expected);
        assert_eq!(current_of(&owner, &[]).await.unwrap(), []);
        app.close().await;
    })
    .await;
}
