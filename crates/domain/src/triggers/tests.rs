//! Tests of triggers and of the scheduler, on both databases.

mod backfills;
mod bounds;
mod versions;
mod watch;
mod watching;

use chrono::TimeDelta;
use serde_json::json;
use types::ErrorCode;

use super::*;
use crate::{
    SystemCtx,
    identity::{self, Credential},
    pipelines, publications, runs,
    testing::{TestApp, on_each_database},
    trigger_definitions,
};

const DEVELOPMENT: Environment = Environment::Development;

/// A file with schedules.
fn file(schedules: serde_json::Value, value: &str) -> String {
    let mut file: serde_json::Value =
        serde_json::from_str(&pipelines::tests::source("nightly", value)).unwrap();
    file["triggers"] = json!({ "schedules": schedules });
    file.to_string()
}

/// An enabled trigger that fires at every minute, with these fields.
async fn every_minute(ctx: &Ctx, more: serde_json::Value) -> Trigger {
    let source = pipelines::tests::source("nightly", "x");
    let (made, _) = pipelines::create(ctx, &source, None).await.unwrap();
    let mut definition = json!({ "name": "often", "cron": "* * * * *" });
    for (key, value) in more.as_object().unwrap() {
        definition[key] = value.clone();
    }
    let made = create(ctx, made.id, DEVELOPMENT, &definition)
        .await
        .unwrap();
    assert!(!made.enabled, "somebody has to enable it");
    set_enabled(ctx, made.id, true).await.unwrap()
}

/// Does all that is due at a time.
async fn work(app: &TestApp, now: DateTime<Utc>) {
    let system = SystemCtx::new(&app.app);
    for _ in 0..50 {
        if !tick_at(&system, now).await.unwrap() {
            return;
        }
    }
    panic!("the scheduler does not come to an end");
}

async fn states(ctx: &Ctx, trigger: &Trigger) -> Vec<&'static str> {
    let found = firings(ctx, trigger.id, Some(100)).await.unwrap();
    found.iter().map(|one| one.state.as_str()).collect()
}

async fn runs_of(ctx: &Ctx, trigger: &Trigger) -> Vec<runs::Run> {
    let filter = runs::Filter::of(trigger.pipeline);
    let page = crate::paging::Page::default();
    let list = runs::list(ctx, &page, &filter).await.unwrap();
    list.edges.into_iter().map(|(_, run)| run).collect()
}

/// Ends all runs as a worker would.
async fn end_runs(ctx: &Ctx) {
    let tx = ctx.begin().await.unwrap();
    let sql = "UPDATE runs SET status = 'succeeded' WHERE org_id = $1";
    tx.execute(sql, [ctx.org.0.into()]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn d26_each_firing_starts_one_run_with_two_schedulers_at_once_and_after_a_restart() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let trigger = every_minute(&owner, json!({ "overlap": "allow" })).await;
        let first = trigger.next_at.unwrap();
        let (one, other) = (SystemCtx::new(&app.app), SystemCtx::new(&app.app));
        for _ in 0..4 {
            let (one, other) = tokio::join!(tick_at(&one, first), tick_at(&other, first));
            one.unwrap();
            other.unwrap();
        }
        assert_eq!(runs_of(&owner, &trigger).await.len(), 1);
        assert_eq!(states(&owner, &trigger).await, ["fired"]);
        // A scheduler that died after it had started the run and before it wrote that.
        let tx = owner.begin().await.unwrap();
        let sql = "UPDATE trigger_firings SET state = 'pending', run_id = NULL, next_try_at = $2 \
            WHERE org_id = $1";
        tx.execute(sql, [owner.org.0.into(), first.into()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        work(&app, first + TimeDelta::seconds(1)).await;
        let runs = runs_of(&owner, &trigger).await;
        assert_eq!(runs.len(), 1);
        let found = firings(&owner, trigger.id, None).await.unwrap();
        assert_eq!(found[0].run, Some(runs[0].id));
        assert_eq!(found[0].due_at, first);
        assert_eq!(runs[0].started_by_name, owner.actor.name.to_string());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn d26_missed_firings_are_skipped_made_up_for_once_or_all_made_up_for() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        for (policy, fired) in [("skip", 0), ("once", 1), ("all", 5)] {
            let more = json!({ "misfire": policy, "overlap": "allow" });
            let trigger = every_minute(&owner, more).await;
            // Five are due, the last of them two minutes ago.
            let end = trigger.next_at.unwrap() + TimeDelta::seconds(4 * 60);
            let mut text: serde_json::Value = serde_json::from_str(&trigger.text).unwrap();
            text["end"] = json!(end.to_rfc3339());
            let tx = owner.begin().await.unwrap();
            let sql = "UPDATE triggers SET definition = $3 WHERE org_id = $1 AND id = $2";
            let id = trigger.id.0;
            let values = [owner.org.0.into(), id.into(), text.to_string().into()];
            tx.execute(sql, values).await.unwrap();
            tx.commit().await.unwrap();
            work(&app, end + TimeDelta::seconds(120)).await;
            assert_eq!(runs_of(&owner, &trigger).await.len(), fired, "{policy}");
            let missed = firings(&owner, trigger.id, None).await.unwrap();
            let missed: i64 = missed.iter().map(|one| one.missed).sum();
            let expected = match policy {
                "skip" => 5,
                "once" => 4,
                _ => 0,
            };
            assert_eq!(missed, expected, "{policy}");
            let now = get(&owner, trigger.id).await.unwrap();
            assert_eq!((now.enabled, now.next_at), (true, None), "it has ended");
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_firing_during_an_earlier_run_is_skipped_waits_or_replaces_it() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        for (policy, second, runs) in [("skip", "skipped", 1), ("queue", "pending", 1)] {
            let trigger = every_minute(&owner, json!({ "overlap": policy })).await;
            let first = trigger.next_at.unwrap();
            work(&app, first).await;
            let next = first + TimeDelta::seconds(60);
            work(&app, next).await;
            assert_eq!(
                states(&owner, &trigger).await,
                [second, "fired"],
                "{policy}"
            );
            assert_eq!(runs_of(&owner, &trigger).await.len(), runs, "{policy}");
            end_runs(&owner).await;
            work(&app, next + TimeDelta::seconds(10)).await;
            let more = usize::from(policy == "queue");
            assert_eq!(
                runs_of(&owner, &trigger).await.len(),
                runs + more,
                "{policy}"
            );
            set_enabled(&owner, trigger.id, false).await.unwrap();
            end_runs(&owner).await;
        }
        let trigger = every_minute(&owner, json!({ "overlap": "cancel_oldest" })).await;
        let first = trigger.next_at.unwrap();
        work(&app, first).await;
        work(&app, first + TimeDelta::seconds(60)).await;
        assert_eq!(states(&owner, &trigger).await, ["fired", "fired"]);
        let log = crate::audit::list(&owner, 100).await.unwrap();
        assert!(log.iter().any(|row| row.action == "run.cancel"));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_version_brings_its_triggers_and_who_enabled_them_stays() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let daily = |hour: &str| json!([{ "name": "daily", "cron": format!("0 {hour} * * *") }]);
        let (made, _) = pipelines::create(&owner, &file(daily("9"), "1"), None)
            .await
            .unwrap();
        let all = of_pipeline(&owner, made.id, None).await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].enabled, all[0].origin), (false, Origin::File));
        assert_eq!(all[0].next_at, None);
        let enabled = set_enabled(&owner, all[0].id, true).await.unwrap();
        let by = enabled.enabled_by.clone();
        assert!(by.is_some());
        // The schedule is edited, and fires by the new one.
        pipelines::push(&owner, made.id, &file(daily("10"), "2"))
            .await
            .unwrap();
        let edited = get(&owner, enabled.id).await.unwrap();
        assert_eq!((edited.enabled, &edited.enabled_by), (true, &by));
        let hour = |at: DateTime<Utc>| at.format("%H:%M").to_string();
        assert_eq!(edited.next_at.map(hour), Some("10:00".to_owned()));
        let refused = update(&owner, edited.id, &json!({ "cron": "0 1 * * *" })).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Conflict);
        let refused = delete(&owner, edited.id).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Conflict);
        // In another environment, the same trigger is another one, which nobody has enabled.
        publications::publish(&owner, made.id, Environment::Staging, 2)
            .await
            .unwrap();
        let staging = of_pipeline(&owner, made.id, Some(Environment::Staging)).await;
        assert!(!staging.unwrap()[0].enabled);
        pipelines::push(&owner, made.id, &pipelines::tests::source("nightly", "3"))
            .await
            .unwrap();
        let gone = get(&owner, edited.id).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_trigger_whose_key_is_revoked_is_refused_and_disabled_with_the_reason() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (key, secret) = identity::create_api_key(&owner, "ci", crate::Role::Admin)
            .await
            .unwrap();
        let by_key = identity::authenticate(&app.app, Credential::ApiKey(&secret), None, "test")
            .await
            .unwrap();
        let trigger = every_minute(&by_key, json!({})).await;
        identity::revoke_api_key(&owner, key.id).await.unwrap();
        work(&app, trigger.next_at.unwrap()).await;
        assert_eq!(states(&owner, &trigger).await, ["refused"]);
        let now = get(&owner, trigger.id).await.unwrap();
        assert!(!now.enabled);
        assert_eq!(now.problem.unwrap().0, "FORBIDDEN");
        assert!(runs_of(&owner, &trigger).await.is_empty());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn d42_a_definition_with_an_unknown_field_is_parked_never_fires_and_can_be_disabled() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let trigger = every_minute(&owner, json!({})).await;
        let tx = owner.begin().await.unwrap();
        let sql = "UPDATE triggers SET definition = $3 WHERE org_id = $1 AND id = $2";
        let text = json!({ "name": "often", "cron": "* * * * *", "holidays": "DE" });
        let id = trigger.id.0;
        let values = [owner.org.0.into(), id.into(), text.to_string().into()];
        tx.execute(sql, values).await.unwrap();
        tx.commit().await.unwrap();
        let known = get(&owner, trigger.id).await.unwrap();
        assert!(known.definition.is_none() && known.problem.is_some());
        work(&app, trigger.next_at.unwrap()).await;
        assert!(states(&owner, &trigger).await.is_empty());
        let now = get(&owner, trigger.id).await.unwrap();
        assert!(now.enabled, "a scheduler of the newer version fires it");
        assert_eq!(now.next_at, trigger.next_at);
        let refused = set_enabled(&owner, trigger.id, true).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidInput);
        let off = set_enabled(&owner, trigger.id, false).await.unwrap();
        assert!(!off.enabled);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn l07_enabled_triggers_that_fire_more_than_once_a_minute_are_limited() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let every_second = json!({ "cron": "* * * * * *" });
        let trigger = every_minute(&owner, every_second).await;
        let tx = owner.begin().await.unwrap();
        let of = trigger.pipeline;
        for number in 1..MAX_FREQUENT {
            let definition = json!({ "name": format!("t{number}"), "cron": "* * * * * *" });
            let definition = Definition::parse(&definition.to_string()).unwrap();
            let origin = (&definition, Origin::Product);
            let mut row = trigger_definitions::new_row(&owner, of, DEVELOPMENT, origin);
            trigger_definitions::repo::insert(&tx, &row).await.unwrap();
            row.enabled = true;
            trigger_definitions::plan(&mut row, &definition.schedule, owner.clock().now());
            trigger_definitions::repo::update(&tx, &row).await.unwrap();
        }
        tx.commit().await.unwrap();
        let source = pipelines::tests::source("another", "x");
        let (other, _) = pipelines::create(&owner, &source, None).await.unwrap();
        let definition = json!({ "name": "more", "cron": "*/2 * * * * *" });
        let more = create(&owner, other.id, DEVELOPMENT, &definition).await;
        let refused = set_enabled(&owner, more.unwrap().id, true).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::QuotaExceeded);
        let slow = json!({ "name": "slow", "cron": "0 * * * *" });
        let slow = create(&owner, other.id, DEVELOPMENT, &slow).await.unwrap();
        set_enabled(&owner, slow.id, true).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_firing_that_is_refused_says_why_and_the_next_one_is_tried() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let trigger = every_minute(&owner, json!({})).await;
        let first = trigger.next_at.unwrap();
        pipelines::delete(&owner, trigger.pipeline).await.unwrap();
        work(&app, first).await;
        assert_eq!(states(&owner, &trigger).await, ["refused"]);
        let now = get(&owner, trigger.id).await.unwrap();
        assert!(now.enabled);
        assert_eq!(now.problem.unwrap().0, "PIPELINE_DELETED");
        pipelines::restore(&owner, trigger.pipeline).await.unwrap();
        work(&app, first + TimeDelta::seconds(60)).await;
        assert_eq!(states(&owner, &trigger).await, ["fired", "refused"]);
        assert_eq!(get(&owner, trigger.id).await.unwrap().problem, None);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn triggers_of_another_organization_do_not_exist() {
    on_each_database(|app| async move {
        let (owner, token) = app.owner().await;
        let trigger = every_minute(&owner, json!({})).await;
        let other = app.elsewhere(&owner, &token).await;
        let missing = get(&other, trigger.id).await.unwrap_err();
        assert_eq!(missing.code, ErrorCode::NotFound);
        let missing = set_enabled(&other, trigger.id, false).await.unwrap_err();
        assert_eq!(missing.code, ErrorCode::NotFound);
        assert!(firings(&other, trigger.id, None).await.unwrap().is_empty());
        let of = of_pipeline(&other, trigger.pipeline, None).await;
        assert!(of.unwrap().is_empty());
        let definition = json!({ "name": "n", "cron": "* * * * *" });
        let made = create(&other, trigger.pipeline, DEVELOPMENT, &definition).await;
        assert_eq!(made.unwrap_err().code, ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_trigger_whose_runs_could_not_start_cannot_be_enabled() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let mut source: serde_json::Value =
            serde_json::from_str(&pipelines::tests::source("strict", "x")).unwrap();
        source["input_schema"] = json!({ "type": "object",
            "properties": { "n": { "type": "integer" } }, "required": ["n"] });
        let (made, _) = pipelines::create(&owner, &source.to_string(), None)
            .await
            .unwrap();
        let definition = |n: serde_json::Value| {
            json!({ "name": "often", "cron": "* * * * *", "input": { "n": n } })
        };
        let wrong = create(&owner, made.id, DEVELOPMENT, &definition(json!("many")))
            .await
            .unwrap();
        let refused = set_enabled(&owner, wrong.id, true).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InputSchema);
        update(&owner, wrong.id, &definition(json!(3))).await.unwrap();
        set_enabled(&owner, wrong.id, true).await.unwrap();
        let staging = json!({ "name": "later", "cron": "* * * * *", "input": { "n": 1 } });
        let staging = create(&owner, made.id, Environment::Staging, &staging)
            .await
            .unwrap();
        let refused = set_enabled(&owner, staging.id, true).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotPublished);
        app.close().await;
    })
    .await;
}
