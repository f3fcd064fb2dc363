//! Tests of runs of drafts and of pins, as far as they concern what is stored.

use super::*;
use crate::{SystemCtx, paging::Page, runs};

fn at(revision: i32) -> RunDraft {
    RunDraft {
        revision,
        ..RunDraft::default()
    }
}

async fn renamed(ctx: &Ctx, pipeline: PipelineId, revision: i32, (stage, to): (&str, &str)) {
    let edits = json!([{ "op": "renameStage", "stage": stage, "to": to }]);
    let edits = serde_json::from_value(edits).unwrap();
    let id = ctx.clock().new_uuid().to_string();
    let outcome = edit(ctx, pipeline, (revision, edits), &id).await;
    assert_eq!(outcome.unwrap().draft.revision, revision + 1);
}

async fn pinned(ctx: &Ctx, pipeline: PipelineId) -> Vec<String> {
    let pins = pins(ctx, pipeline).await.unwrap();
    pins.into_iter().map(|pin| pin.stage).collect()
}

#[tokio::test]
async fn the_text_that_runs_execute_is_kept_once_and_is_no_version() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "mine")).await;
        let first = run(&ada, pipeline, at(1)).await.unwrap();
        let second = run(&bo, pipeline, at(1)).await.unwrap();
        assert_eq!(first.version, second.version);
        assert_eq!(first.draft_revision, Some(1));
        assert_eq!(runs::get(&ada, first.id).await.unwrap(), first);
        made(&ada, pipeline, 1, ("one", "later")).await;
        let ids = [first.version];
        let kept = pipelines::versions_by_id(&ada, &ids, 1_000_000).await;
        let kept = kept.unwrap().unwrap().remove(0);
        assert_eq!(value(&kept.source, "one"), "mine");
        assert_eq!(kept.number, 1, "of the version that it came from");
        let small = pipelines::versions_by_id(&ada, &ids, 10).await.unwrap();
        assert!(small.is_none(), "it does not fit");
        let head = pipelines::version_by_id(&ada, first.version).await.unwrap();
        assert_eq!((head.pipeline, head.number), (pipeline, 1));
        let numbers = pipelines::numbers(&ada, &ids).await.unwrap();
        assert_eq!(numbers, [(first.version, 1)]);

        let all = pipelines::versions(&ada, pipeline, &Page::default()).await;
        assert_eq!(all.unwrap().edges.len(), 1);
        let found = pipelines::get(&ada, pipeline).await.unwrap();
        assert_ne!(found.latest_version, first.version);
        assert_eq!(found.latest_number, 1);
        let listed = runs::of_draft(&ada, pipeline, 10).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|run| run.id).collect();
        assert_eq!(listed, [second.id, first.id]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_purged_pipeline_keeps_the_texts_of_drafts_that_runs_executed() {
    on_each_database(|app| async move {
        let (ada, _, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "mine")).await;
        pin(&ada, pipeline, "two", PinOutput::Value(json!(1)))
            .await
            .unwrap();
        let executed = run(&ada, pipeline, at(1)).await.unwrap();
        pipelines::delete(&ada, pipeline).await.unwrap();
        app.app.clock().advance(pipelines::RETENTION);
        let system = SystemCtx::new(&app.app);
        assert_eq!(pipelines::purge(&system).await.unwrap(), 1);
        let left = pipelines::get(&ada, pipeline).await.unwrap();
        assert_eq!(left.latest_number, 1, "it has a version");
        let kept = pipelines::version_by_id(&ada, executed.version).await;
        assert_eq!(kept.unwrap().number, 1);
        assert!(runs::view(&ada, executed.id).await.is_ok());
        assert_eq!(pinned(&ada, pipeline).await, [""; 0]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_pin_follows_its_stage_and_gives_way_to_one_that_takes_its_name() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        for (ctx, stage) in [(&ada, "one"), (&bo, "two")] {
            let output = PinOutput::Value(json!({ "of": stage }));
            let made = pin(ctx, pipeline, stage, output).await.unwrap();
            assert_eq!(made.by.name, ctx.actor.name.to_string());
        }
        assert_eq!(pinned(&ada, pipeline).await, ["one", "two"]);
        renamed(&ada, pipeline, 0, ("one", "first")).await;
        assert_eq!(pinned(&ada, pipeline).await, ["first", "two"]);
        undo(&ada, pipeline, "undo").await.unwrap();
        assert_eq!(pinned(&ada, pipeline).await, ["one", "two"]);
        let again = PinOutput::Value(json!([1]));
        let again = pin(&ada, pipeline, "one", again).await.unwrap();
        assert_eq!(again.output.to_json(), "[1]");
        assert_eq!(pinned(&ada, pipeline).await, ["one", "two"]);
        let long = PinOutput::Value(json!("x".repeat(MAX_PIN)));
        let long = pin(&ada, pipeline, "one", long).await.unwrap_err();
        assert_eq!(long.code, ErrorCode::LimitExceeded);
        unpin(&bo, pipeline, "one").await.unwrap();
        let none = unpin(&bo, pipeline, "one").await.unwrap_err();
        assert_eq!(none.code, ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_draft_has_a_limit_of_pins_and_one_of_them_can_be_replaced() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        let now = ada.clock().now();
        let tx = ada.begin().await.unwrap();
        for number in 1..MAX_PINS {
            let row = repo::pins::PinRow {
                stage: format!("gone{number}"),
                output: "1".to_owned(),
                pinned_by_kind: "user".to_owned(),
                pinned_by_name: "Ada".to_owned(),
                pinned_at: now,
            };
            repo::pins::write(&tx, &ada, pipeline, &row).await.unwrap();
        }
        tx.commit().await.unwrap();
        let output = |number: i32| PinOutput::Value(json!(number));
        // There is room for one, whoever comes first.
        let (one, two) = tokio::join!(
            pin(&ada, pipeline, "one", output(1)),
            pin(&bo, pipeline, "two", output(1)),
        );
        assert!(one.is_ok() != two.is_ok());
        let stage = if one.is_ok() { "one" } else { "two" };
        let refused = one.err().or(two.err()).unwrap();
        assert_eq!(refused.code, ErrorCode::LimitExceeded);
        pin(&ada, pipeline, stage, output(2)).await.unwrap();
        assert_eq!(pinned(&ada, pipeline).await.len(), MAX_PINS);
        app.close().await;
    })
    .await;
}
