//! Tests of publishing, of runs in environments, and of the second person, on both databases.

mod requests;
mod rights;

use types::{ErrorCode, PipelineId, UserId};

use super::*;
use crate::{
    Actor, OrgEntity, PermissionSet, Role,
    access::Object,
    audit,
    grants::{self, GrantTerms, Subject},
    identity::{self, Credential, KeyGrant, KeyLimits, KeyTerms},
    mail, members, pipelines, run_operations, runs, service_accounts,
    testing::{TestApp, on_each_database},
};

const PRODUCTION: Environment = Environment::Production;
const STAGING: Environment = Environment::Staging;

/// A pipeline with two versions.
async fn pipeline(ctx: &Ctx) -> PipelineId {
    let source = |value| pipelines::tests::source("nightly", value);
    let (made, _) = pipelines::create(ctx, &source("1"), None).await.unwrap();
    pipelines::push(ctx, made.id, &source("2")).await.unwrap();
    made.id
}

async fn start(ctx: &Ctx, pipeline: PipelineId, environment: Environment) -> Result<runs::Run> {
    let start = runs::Start {
        environment,
        ..runs::Start::default()
    };
    runs::start(ctx, pipeline, start).await
}

/// Ends all runs as a worker would.
async fn end_runs(ctx: &Ctx) {
    let tx = ctx.begin().await.unwrap();
    let sql = "UPDATE runs SET status = 'failed' WHERE org_id = $1";
    tx.execute(sql, [ctx.org.0.into()]).await.unwrap();
    tx.commit().await.unwrap();
}

fn on(object: Object, ctx: &Ctx, role: Role) -> GrantTerms {
    GrantTerms {
        subject: Subject::Member(UserId(ctx.actor.id.unwrap())),
        role: role.into(),
        object,
        expires_at: None,
    }
}

async fn by_key(app: &TestApp, owner: &Ctx) -> Ctx {
    let (_, secret) = identity::create_api_key(owner, "ci", Role::Admin)
        .await
        .unwrap();
    identity::authenticate(&app.app, Credential::ApiKey(&secret), None, "test")
        .await
        .unwrap()
}

async fn actions(ctx: &Ctx, beginning: &str) -> Vec<String> {
    let log = audit::list(ctx, 1_000).await.unwrap();
    let actions = log.into_iter().rev().map(|row| row.action);
    actions.filter(|one| one.starts_with(beginning)).collect()
}

#[tokio::test]
async fn only_the_published_version_runs_outside_of_development() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let one = pipeline(&owner).await;
        let dev = runs::start(&owner, one, runs::Start::default())
            .await
            .unwrap();
        assert_eq!(dev.environment, Environment::Development);
        let none = start(&owner, one, STAGING).await.unwrap_err();
        assert_eq!(none.code, ErrorCode::NotPublished);
        assert_eq!(none.details["publishedVersion"], Json::Null);
        let missing = publish(&owner, one, STAGING, 3).await.unwrap_err();
        assert_eq!(missing.code, ErrorCode::NotFound);
        let nowhere = publish(&owner, one, Environment::Development, 1).await;
        assert_eq!(nowhere.unwrap_err().code, ErrorCode::InvalidInput);

        let first = publish(&owner, one, STAGING, 1).await.unwrap();
        assert_eq!(first.status, PublicationStatus::Published);
        let again = publish(&owner, one, STAGING, 1).await.unwrap();
        assert_eq!(again, first, "published once");
        let run = start(&owner, one, STAGING).await.unwrap();
        assert_eq!((run.environment, run.version), (STAGING, first.version));
        assert_eq!(runs::get(&owner, run.id).await.unwrap(), run);
        let other = runs::Start {
            environment: STAGING,
            version: Some(2),
            ..runs::Start::default()
        };
        let other = runs::start(&owner, one, other).await.unwrap_err();
        assert_eq!(other.code, ErrorCode::NotPublished);
        assert_eq!(other.details["publishedVersion"], 1);
        let elsewhere = start(&owner, one, PRODUCTION).await.unwrap_err();
        assert_eq!(elsewhere.code, ErrorCode::NotPublished);

        let second = publish(&owner, one, STAGING, 2).await.unwrap();
        end_runs(&owner).await;
        let retried = runs::retry(&owner, run.id, runs::Retry::default()).await;
        assert_eq!(retried.unwrap_err().code, ErrorCode::NotPublished);
        let next = start(&owner, one, STAGING).await.unwrap();
        end_runs(&owner).await;
        let retried = runs::retry(&owner, next.id, runs::Retry::default())
            .await
            .unwrap();
        assert_eq!(
            (retried.environment, retried.version),
            (STAGING, second.version)
        );

        let back = publish(&owner, one, STAGING, 1).await.unwrap();
        let now = current(&owner, one, STAGING).await.unwrap();
        assert_eq!(now.unwrap(), back);
        let history = of_pipeline(&owner, one, None).await.unwrap();
        let numbers: Vec<i32> = history.iter().map(|one| one.version_number).collect();
        assert_eq!(numbers, [1, 2, 1]);
        let staged = runs::Filter {
            environments: vec![STAGING],
            ..runs::Filter::default()
        };
        let page = crate::paging::Page::default();
        let found = runs::list(&owner, &page, &staged).await.unwrap();
        assert_eq!(found.edges.len(), 3);
        let counts = runs::counts(&owner, &staged).await.unwrap();
        assert_eq!(
            counts.by_status.iter().map(|(_, runs)| runs).sum::<u64>(),
            3
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_deleted_pipeline_is_not_published_and_purged_with_its_publications() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let one = pipeline(&owner).await;
        publish(&owner, one, STAGING, 1).await.unwrap();
        pipelines::delete(&owner, one).await.unwrap();
        for refused in [
            publish(&owner, one, STAGING, 2).await.err(),
            start(&owner, one, STAGING).await.err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::PipelineDeleted);
        }
        let later = pipelines::RETENTION + chrono::Duration::seconds(1);
        app.app.clock().advance(later);
        let system = crate::SystemCtx::new(&app.app);
        // What is locked is purged the next time, and a refused publication lets go of its lock a moment
        // after its answer.
        let mut purged = 0;
        for _ in 0..500 {
            purged += pipelines::purge(&system).await.unwrap();
            if purged > 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(purged, 1);
        assert_eq!(of_pipeline(&owner, one, None).await.unwrap(), []);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r18_production_needs_a_right_of_its_own_for_every_action() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (dev, session) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let one = pipeline(&owner).await;
        publish(&dev, one, STAGING, 1).await.unwrap();
        publish(&owner, one, PRODUCTION, 1).await.unwrap();
        let run = start(&owner, one, PRODUCTION).await.unwrap();
        let ended = start(&owner, one, PRODUCTION).await.unwrap();
        start(&owner, one, STAGING).await.unwrap();
        let tx = owner.begin().await.unwrap();
        let sql = "UPDATE runs SET status = 'failed' WHERE org_id = $1 AND id = $2";
        tx.execute(sql, [owner.org.0.into(), ended.id.0.into()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for refused in [
            publish(&dev, one, PRODUCTION, 2).await.err(),
            start(&dev, one, PRODUCTION).await.err(),
            runs::cancel(&dev, run.id, None).await.err(),
            runs::retry(&dev, ended.id, runs::Retry::default())
                .await
                .err(),
            runs::run_stage(&dev, ended.id, "one", None).await.err(),
        ] {
            let refused = refused.unwrap();
            assert_eq!(refused.code, ErrorCode::Forbidden);
            assert!(refused.message.contains("`production.use`"));
        }
        // An operation on many runs leaves those in production alone.
        let change = run_operations::Change::Cancel { reason: None };
        let all = runs::Filter::default();
        let operation = run_operations::begin(&dev, change, &all, None)
            .await
            .unwrap();
        let step = run_operations::step(&dev, operation.id).await.unwrap();
        assert_eq!((step.done, step.failed), (1, 1));
        let cancelled = actions(&owner, "run.cancel").await;
        assert_eq!(cancelled, ["run.cancel_many", "run.cancel"]);

        // The right can be granted in production alone, and on one pipeline.
        let role = crate::roles::Definition {
            name: "Release".into(),
            description: String::new(),
            permissions: PermissionSet::from_iter([Permission::ProductionUse]),
        };
        let role = crate::roles::create(&owner, &role).await.unwrap();
        for object in [Object::Environment(PRODUCTION), Object::Pipeline(one)] {
            let terms = GrantTerms {
                role: crate::roles::RoleChoice::Custom(role.id),
                ..on(object, &dev, Role::Viewer)
            };
            let grant = grants::create(&owner, &terms).await.unwrap();
            let now = app.session(&session).await;
            let run = start(&now, one, PRODUCTION).await.unwrap();
            runs::cancel(&now, run.id, None).await.unwrap();
            grants::delete(&owner, grant.id).await.unwrap();
        }
        let now = app.session(&session).await;
        assert!(start(&now, one, PRODUCTION).await.is_err());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r18_a_grant_in_an_environment_counts_there_on_every_pipeline_and_nowhere_else() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let (one, two) = (pipeline(&owner).await, pipeline(&owner).await);
        for environment in [STAGING, PRODUCTION] {
            publish(&owner, one, environment, 1).await.unwrap();
        }
        let staging = Object::Environment(STAGING);
        let nothing = grants::create(&owner, &on(staging, &bo, Role::Viewer)).await;
        assert_eq!(nothing.unwrap_err().code, ErrorCode::InvalidInput);
        grants::create(&owner, &on(staging, &bo, Role::Developer))
            .await
            .unwrap();
        let bo = app.session(&session).await;
        publish(&bo, two, STAGING, 2).await.unwrap();
        for pipeline in [one, two] {
            let run = start(&bo, pipeline, STAGING).await.unwrap();
            runs::cancel(&bo, run.id, None).await.unwrap();
        }
        let dev = runs::start(&owner, one, runs::Start::default())
            .await
            .unwrap();
        for refused in [
            start(&bo, one, PRODUCTION).await.err(),
            start(&bo, one, Environment::Development).await.err(),
            publish(&bo, two, PRODUCTION, 2).await.err(),
            runs::cancel(&bo, dev.id, None).await.err(),
            pipelines::rename(&bo, one, Some("mine")).await.err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::Forbidden);
        }
        let why = async |permission, environment| {
            let holder = grants::Holder::Member(UserId(bo.actor.id.unwrap()));
            let place = grants::Place {
                pipeline: Some(one),
                environment: Some(environment),
                ..grants::Place::default()
            };
            let found = grants::why_can(&owner, holder, permission, place).await;
            let found = found.unwrap();
            (found.allowed, found.text)
        };
        let (yes, text) = why(Permission::RunStart, STAGING).await;
        assert!(yes && text.contains("in staging, given by"), "{text}");
        let (yes, text) = why(Permission::RunStart, PRODUCTION).await;
        assert!(!yes && text.contains("nightly` in production"), "{text}");
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r19_a_second_person_approves_what_is_published_to_production() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (admin, _) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let (dev, _) = app.member(&owner, Role::Developer, "cy@example.test").await;
        let one = pipeline(&owner).await;
        assert!(!needs_second_person(&dev).await.unwrap());
        let refused = set_second_person(&dev, true).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        set_second_person(&owner, true).await.unwrap();
        assert!(needs_second_person(&dev).await.unwrap());

        let staged = publish(&owner, one, STAGING, 1).await.unwrap();
        assert_eq!(staged.status, PublicationStatus::Published);
        let request = publish(&owner, one, PRODUCTION, 1).await.unwrap();
        assert_eq!(request.status, PublicationStatus::Requested);
        assert_eq!(current(&owner, one, PRODUCTION).await.unwrap(), None);
        assert!(start(&owner, one, PRODUCTION).await.is_err());
        let waiting = publish(&admin, one, PRODUCTION, 2).await.unwrap_err();
        assert_eq!(waiting.code, ErrorCode::Conflict);
        let waiting = requests(&admin).await.unwrap();
        assert_eq!(waiting, std::slice::from_ref(&request));
        let key = by_key(&app, &owner).await;
        for (who, ctx) in [("oneself", &owner), ("a key", &key), ("a developer", &dev)] {
            let refused = approve(ctx, request.id).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::Forbidden, "{who}");
        }
        let published = approve(&admin, request.id).await.unwrap();
        assert_eq!(published.status, PublicationStatus::Published);
        assert_eq!(published.decided_by.as_deref(), Some("Bo"));
        start(&owner, one, PRODUCTION).await.unwrap();
        for decided in [
            approve(&admin, request.id).await,
            refuse(&admin, request.id).await,
        ] {
            assert_eq!(decided.unwrap_err().code, ErrorCode::Conflict);
        }
        assert_eq!(requests(&admin).await.unwrap(), []);

        // A request that a key made counts as one of the person who created the key.
        let request = publish(&key, one, PRODUCTION, 2).await.unwrap();
        let refused = approve(&owner, request.id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        let withdrawn = refuse(&owner, request.id).await.unwrap();
        assert_eq!(withdrawn.status, PublicationStatus::Refused);
        let still = current(&owner, one, PRODUCTION).await.unwrap();
        assert_eq!(still.unwrap().version_number, 1);
        assert_eq!(
            actions(&owner, "publication").await,
            [
                "publication.publish",
                "publication.request",
                "publication.approve",
                "publication.request",
                "publication.refuse"
            ]
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r19_a_request_expires_and_owners_are_told_when_one_person_suffices_again() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (second, _) = app.member(&owner, Role::Owner, "bo@example.test").await;
        let (admin, _) = app.member(&owner, Role::Admin, "cy@example.test").await;
        app.verify_addresses().await;
        let one = pipeline(&owner).await;
        set_second_person(&owner, true).await.unwrap();
        set_second_person(&owner, true).await.unwrap();
        assert_eq!(actions(&owner, "organization.second").await.len(), 1);
        set_second_person(&admin, false).await.unwrap();
        let mails = owner
            .all(mail::entity::Entity::in_org(&owner))
            .await
            .unwrap();
        let told: Vec<&str> = mails
            .iter()
            .filter(|row| row.kind == "second_person_off")
            .map(|row| row.recipient.as_str())
            .collect();
        assert_eq!(told, ["bo@example.test"]);
        set_second_person(&admin, true).await.unwrap();

        let request = publish(&owner, one, PRODUCTION, 1).await.unwrap();
        app.app.clock().advance(WAITS);
        let stale = approve(&second, request.id).await.unwrap_err();
        assert_eq!(stale.code, ErrorCode::StepUpRequired);
        let second = Ctx {
            proved_at: Some(app.app.clock().now()),
            ..second
        };
        let late = approve(&second, request.id).await.unwrap_err();
        assert_eq!(late.code, ErrorCode::Conflict);
        assert!(late.message.contains("expired"), "{}", late.message);
        let seen = get(&owner, request.id).await.unwrap();
        assert_eq!(seen.status, PublicationStatus::Expired);
        let again = publish(&owner, one, PRODUCTION, 1).await.unwrap();
        approve(&second, again.id).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r19_no_application_requests_and_nothing_is_published_beside_a_request() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (admin, _) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let one = pipeline(&owner).await;
        // Whoever makes a new secret for an application could use it and approve the request.
        let application = Ctx {
            actor: Actor {
                kind: ActorKind::Application,
                id: Some(owner.clock().new_uuid()),
                name: "Deploy (CI)".into(),
                token: None,
            },
            session: None,
            proved_at: None,
            ..owner.clone()
        };
        let alone = publish(&application, one, PRODUCTION, 1).await.unwrap();
        assert_eq!(alone.status, PublicationStatus::Published);
        set_second_person(&owner, true).await.unwrap();
        let refused = publish(&application, one, PRODUCTION, 2).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        publish(&application, one, STAGING, 2).await.unwrap();

        // A request that still waits would replace what is published after the setting is turned off.
        let request = publish(&owner, one, PRODUCTION, 2).await.unwrap();
        set_second_person(&owner, false).await.unwrap();
        let waiting = publish(&admin, one, PRODUCTION, 2).await.unwrap_err();
        assert_eq!(waiting.code, ErrorCode::Conflict);
        refuse(&owner, request.id).await.unwrap();
        let published = publish(&admin, one, PRODUCTION, 2).await.unwrap();
        assert_eq!(published.status, PublicationStatus::Published);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r18_a_key_uses_what_its_service_account_was_granted_in_an_environment() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let one = pipeline(&owner).await;
        publish(&owner, one, STAGING, 1).await.unwrap();
        let account = service_accounts::AccountTerms {
            name: "Deploy".to_owned(),
            description: String::new(),
            role: Role::Viewer.into(),
            disabled: false,
        };
        let account = service_accounts::create(&owner, &account).await.unwrap();
        let wanted = [Permission::PipelineRead, Permission::RunStart];
        let terms = || KeyTerms {
            grant: KeyGrant::Permissions(wanted.into_iter().collect()),
            limits: KeyLimits::default(),
            service_account: Some(account.id),
        };
        let early = identity::create_api_key(&owner, "ci", terms()).await;
        assert_eq!(early.unwrap_err().code, ErrorCode::Conflict);
        let grant = GrantTerms {
            subject: Subject::ServiceAccount(account.id),
            ..on(Object::Environment(STAGING), &owner, Role::Developer)
        };
        grants::create(&owner, &grant).await.unwrap();
        let (_, secret) = identity::create_api_key(&owner, "ci", terms())
            .await
            .unwrap();
        let key = identity::authenticate(&app.app, Credential::ApiKey(&secret), None, "test")
            .await
            .unwrap();
        start(&key, one, STAGING).await.unwrap();
        for refused in [
            start(&key, one, Environment::Development).await.err(),
            publish(&key, one, STAGING, 2).await.err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::Forbidden);
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r19_what_somebody_requested_who_has_left_is_not_approved() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (admin, _) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let one = pipeline(&owner).await;
        set_second_person(&owner, true).await.unwrap();
        let request = publish(&admin, one, PRODUCTION, 1).await.unwrap();
        members::remove(&owner, UserId(admin.actor.id.unwrap()))
            .await
            .unwrap();
        let left = approve(&owner, request.id).await.unwrap_err();
        assert_eq!(left.code, ErrorCode::Conflict);
        assert_eq!(current(&owner, one, PRODUCTION).await.unwrap(), None);
        refuse(&owner, request.id).await.unwrap();
        app.close().await;
    })
    .await;
}
