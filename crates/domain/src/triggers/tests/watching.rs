//! Triggers that wait for runs of other pipelines.

use types::RunId;

use super::*;

/// A pipeline with this name.
async fn pipeline(ctx: &Ctx, name: &str) -> PipelineId {
    let source = pipelines::tests::source(name, "x");
    pipelines::create(ctx, &source, None).await.unwrap().0.id
}

/// An enabled trigger of a pipeline.
async fn enabled(ctx: &Ctx, pipeline: PipelineId, definition: serde_json::Value) -> Trigger {
    let made = create(ctx, pipeline, DEVELOPMENT, &definition)
        .await
        .unwrap();
    set_enabled(ctx, made.id, true).await.unwrap()
}

async fn started(ctx: &Ctx, pipeline: PipelineId) -> RunId {
    let run = runs::start(ctx, pipeline, runs::Start::default()).await;
    run.unwrap().id
}

/// Ends a run as a worker would.
async fn end(ctx: &Ctx, run: RunId, status: &str, at: DateTime<Utc>) {
    let tx = ctx.begin().await.unwrap();
    let sql = "UPDATE runs SET status = $3, finished_at = $4 WHERE org_id = $1 AND id = $2";
    let values = [ctx.org.0.into(), run.0.into(), status.into(), at.into()];
    tx.execute(sql, values).await.unwrap();
    tx.commit().await.unwrap();
}

/// Ends all runs that have not ended.
async fn end_all(ctx: &Ctx, at: DateTime<Utc>) {
    let tx = ctx.begin().await.unwrap();
    let sql = "UPDATE runs SET status = 'succeeded', finished_at = $2 \
        WHERE org_id = $1 AND finished_at IS NULL";
    tx.execute(sql, [ctx.org.0.into(), at.into()])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_end_of_a_run_starts_one_run_with_two_schedulers_at_once_and_later_none() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let first = pipeline(&owner, "first").await;
        let second = pipeline(&owner, "second").await;
        let before = started(&owner, first).await;
        let definition = json!({ "type": "run_finished", "name": "after", "pipelines": ["first"] });
        let trigger = enabled(&owner, second, definition).await;
        let run = started(&owner, first).await;
        let now = owner.clock().now() + TimeDelta::seconds(1);
        work(&app, now).await;
        assert!(states(&owner, &trigger).await.is_empty(), "none has ended");
        end(&owner, run, "succeeded", now).await;
        // The other one, which was requested before the trigger was enabled, does not count.
        end(&owner, before, "failed", now).await;
        let next = now + TimeDelta::seconds(3);
        let (one, other) = (SystemCtx::new(&app.app), SystemCtx::new(&app.app));
        for _ in 0..3 {
            let (one, other) = tokio::join!(tick_at(&one, next), tick_at(&other, next));
            one.unwrap();
            other.unwrap();
        }
        assert_eq!(states(&owner, &trigger).await, ["fired"], "one succeeded");
        let made = runs_of(&owner, &trigger).await;
        assert_eq!(made.len(), 1);
        let found = firings(&owner, trigger.id, None).await.unwrap();
        let why = cause(&owner, found[0].id).await.unwrap();
        assert_eq!(why, Some(Cause::Run(run)));
        for minutes in 1..20 {
            work(&app, next + TimeDelta::minutes(minutes)).await;
        }
        assert_eq!(runs_of(&owner, &trigger).await.len(), 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn triggers_in_a_circle_come_to_an_end_and_say_so() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let circle = pipeline(&owner, "circle").await;
        let definition =
            json!({ "type": "run_finished", "name": "again", "pipelines": ["circle"] });
        let trigger = enabled(&owner, circle, definition).await;
        started(&owner, circle).await;
        let mut now = owner.clock().now() + TimeDelta::seconds(1);
        for _ in 0..12 {
            end_all(&owner, now).await;
            now += TimeDelta::seconds(3);
            work(&app, now).await;
        }
        assert_eq!(runs_of(&owner, &trigger).await.len(), 9);
        let found = states(&owner, &trigger).await;
        assert_eq!(found.first(), Some(&"refused"));
        assert_eq!(found.len(), 9);
        let shown = get(&owner, trigger.id).await.unwrap();
        assert!(shown.problem.unwrap().1.contains("loop"));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn failures_are_counted_and_all_of_several_pipelines_are_waited_for() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let a = pipeline(&owner, "a").await;
        let b = pipeline(&owner, "b").await;
        let target = pipeline(&owner, "target").await;
        let twice = json!({ "type": "run_finished", "name": "twice", "pipelines": ["a"],
            "states": ["failed"], "count": 2, "within": "1h" });
        let twice = enabled(&owner, target, twice).await;
        let both = json!({ "type": "run_finished", "name": "both", "pipelines": ["a", "b"],
            "states": ["any"], "all": true });
        let both = enabled(&owner, target, both).await;
        let mut now = owner.clock().now() + TimeDelta::seconds(1);
        let expected = [(a, 0, 0), (a, 1, 0), (b, 1, 1), (b, 1, 1), (a, 1, 2)];
        for (pipeline, failures, fan_ins) in expected {
            let run = started(&owner, pipeline).await;
            end(&owner, run, "failed", now).await;
            now += TimeDelta::seconds(3);
            work(&app, now).await;
            assert_eq!(states(&owner, &twice).await.len(), failures);
            assert_eq!(states(&owner, &both).await.len(), fan_ins);
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_run_that_takes_long_fires_once_while_it_still_runs() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let slow = pipeline(&owner, "slow").await;
        let target = pipeline(&owner, "target").await;
        let definition = json!({ "type": "run_finished", "name": "long", "pipelines": ["slow"],
            "longer_than": "10m" });
        let trigger = enabled(&owner, target, definition).await;
        let run = started(&owner, slow).await;
        let now = owner.clock().now() + TimeDelta::seconds(1);
        let tx = owner.begin().await.unwrap();
        let sql = "UPDATE runs SET status = 'running', started_at = $3 \
            WHERE org_id = $1 AND id = $2";
        let values = [owner.org.0.into(), run.0.into(), now.into()];
        tx.execute(sql, values).await.unwrap();
        tx.commit().await.unwrap();
        work(&app, now + TimeDelta::minutes(9)).await;
        assert!(states(&owner, &trigger).await.is_empty());
        work(&app, now + TimeDelta::minutes(11)).await;
        assert_eq!(states(&owner, &trigger).await, ["fired"]);
        end(&owner, run, "succeeded", now + TimeDelta::minutes(12)).await;
        work(&app, now + TimeDelta::minutes(13)).await;
        assert_eq!(states(&owner, &trigger).await, ["fired"]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_trigger_for_a_pipeline_that_does_not_exist_cannot_be_enabled() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let target = pipeline(&owner, "target").await;
        let definition = json!({ "type": "run_finished", "name": "x", "pipelines": ["nowhere"] });
        let made = create(&owner, target, DEVELOPMENT, &definition)
            .await
            .unwrap();
        let refused = set_enabled(&owner, made.id, true).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Conflict);
        assert!(refused.message.contains("nowhere"));
        app.close().await;
    })
    .await;
}
