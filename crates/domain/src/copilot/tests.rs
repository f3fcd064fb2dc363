//! The co-pilot without a worker, on both databases. With one, it is tested in the integration suite.

use serde_json::{Value as Json, json};
use types::ErrorCode;

use super::*;
use crate::{
    Role, drafts, pipelines,
    testing::{TestApp, on_each_database},
};

/// The file of a pipeline with the stages `one` and `two`.
fn source() -> String {
    let stage = |id: &str| {
        json!({ "id": id, "component_type": "variable_set",
            "config": { "name": id, "value": "old" } })
    };
    json!({ "name": "P", "description": "A test's.", "stages": [stage("one"), stage("two")] })
        .to_string()
}

/// The owner of an organization that uses the co-pilot, and a pipeline whose draft is open.
async fn opened(app: &TestApp) -> (Ctx, PipelineId) {
    let (ada, _) = app.owner().await;
    let on = SetSettings {
        enabled: true,
        provider: Some("scripted"),
        ..SetSettings::default()
    };
    set_settings(&ada, on).await.unwrap();
    let (pipeline, _) = pipelines::create(&ada, &source(), None).await.unwrap();
    drafts::open(&ada, pipeline.id).await.unwrap();
    (ada, pipeline.id)
}

async fn asked(ctx: &Ctx, pipeline: PipelineId) -> Result<Exchange> {
    let wanted = Ask {
        revision: 0,
        task: Task::Suggest,
        request: "change the values",
        run: None,
    };
    ask(ctx, pipeline, wanted).await
}

/// A piece that sets the value of a stage, and claims to.
fn set(stage: &str, value: &str) -> Json {
    let path = json!(["config", "value"]);
    json!({
        "title": "Set it",
        "edits": [{ "op": "setField", "stage": stage, "path": path, "value": value }],
        "claims": [{ "claim": "fieldEquals", "stage": stage, "path": path, "value": value }],
    })
}

/// An exchange in which the model proposed these pieces.
async fn proposed(ctx: &Ctx, pipeline: PipelineId, pieces: Json) -> Exchange {
    let exchange = asked(ctx, pipeline).await.unwrap();
    let answer = json!({ "proposal": { "summary": "s", "pieces": pieces }, "suspicions": [] });
    let mut ending = Ending::without(State::Done, None);
    ending.answer = Some(answer.to_string());
    ending.cost = Some(2_000_000);
    let (tx, now) = (ctx.begin().await.unwrap(), ctx.clock().now());
    assert!(
        repo::end(&tx, ctx, exchange.id, &ending, now)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    get(ctx, exchange.id).await.unwrap()
}

async fn accepted(
    ctx: &Ctx,
    exchange: &Exchange,
    pieces: &[i32],
    looked: &[i32],
) -> Result<Accepted> {
    let id = format!("{pieces:?}");
    let wanted = Accept {
        pieces,
        looked,
        revision: 0,
        change_id: &id,
    };
    accept(ctx, exchange.id, wanted).await
}

async fn text(ctx: &Ctx, pipeline: PipelineId) -> String {
    let draft = drafts::get(ctx, pipeline).await.unwrap().unwrap();
    draft.source.to_string()
}

#[tokio::test]
async fn an_accepted_piece_is_a_change_by_the_person_that_can_be_undone() {
    on_each_database(|app| async move {
        let (ada, pipeline) = opened(&app).await;
        let pieces = json!([set("one", "new"), set("two", "new")]);
        let exchange = proposed(&ada, pipeline, pieces).await;
        assert_eq!(exchange.summary.as_deref(), Some("s"));
        let shown = super::pieces(&ada, &exchange).await.unwrap();
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0].refused, None);
        assert!(shown[0].looks.is_empty());
        assert_eq!(shown[0].claims[0].1, Some(true));
        assert_eq!(text(&ada, pipeline).await, source());

        let done = accepted(&ada, &exchange, &[1], &[]).await.unwrap();
        let change = done.outcome.change.unwrap();
        assert_eq!(change.author.id, ada.actor.id.unwrap());
        assert_eq!(done.claims[0].1, Some(true));
        // Sent again, it is not made twice.
        let again = accepted(&ada, &exchange, &[1], &[]).await.unwrap();
        assert_eq!(again.outcome.change.unwrap().revision, change.revision);
        let exchange = get(&ada, exchange.id).await.unwrap();
        let shown = super::pieces(&ada, &exchange).await.unwrap();
        assert_eq!(shown[0].accepted_at, None);
        assert_eq!(shown[1].accepted_at, Some(change.revision));

        let other = accepted(&ada, &exchange, &[0], &[]).await.unwrap();
        assert_eq!(other.outcome.change.unwrap().revision, change.revision + 1);
        drafts::undo(&ada, pipeline, "u1").await.unwrap();
        drafts::undo(&ada, pipeline, "u2").await.unwrap();
        assert_eq!(text(&ada, pipeline).await, source());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_piece_that_needs_a_look_of_its_own_is_not_accepted_without_one() {
    on_each_database(|app| async move {
        let (ada, pipeline) = opened(&app).await;
        let removal = json!({ "title": "t", "claims": [],
            "edits": [{ "op": "removeStage", "stage": "two" }] });
        let pieces = json!([set("one", "new"), removal]);
        let exchange = proposed(&ada, pipeline, pieces).await;
        for looked in [&[] as &[i32], &[0]] {
            let refused = accepted(&ada, &exchange, &[0, 1], looked).await;
            assert_eq!(refused.unwrap_err().code, ErrorCode::PreconditionFailed);
        }
        assert_eq!(text(&ada, pipeline).await, source());
        let done = accepted(&ada, &exchange, &[0, 1], &[1]).await.unwrap();
        assert!(!done.outcome.draft.source.contains("two"));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_others_changed_since_stays_and_the_same_place_conflicts() {
    on_each_database(|app| async move {
        let (ada, pipeline) = opened(&app).await;
        let (bo, _) = app.member(&ada, Role::Developer, "bo@example.test").await;
        let pieces = json!([set("one", "model"), set("two", "model")]);
        let exchange = proposed(&ada, pipeline, pieces).await;
        let edits = json!([{ "op": "setField", "stage": "one", "path": ["config", "value"],
            "value": "bo" }]);
        let edits = serde_json::from_value(edits).unwrap();
        drafts::edit(&bo, pipeline, (0, edits), "1").await.unwrap();

        let met = accepted(&ada, &exchange, &[0], &[]).await.unwrap();
        assert_eq!(met.outcome.conflicts.len(), 1);
        assert!(met.claims.is_empty());
        let done = accepted(&ada, &exchange, &[1], &[]).await.unwrap();
        assert_eq!(done.outcome.change.unwrap().revision, 2);
        let now = text(&ada, pipeline).await;
        assert!(now.contains("bo") && now.contains("model"), "{now}");
        let moved = asked(&ada, pipeline).await.unwrap_err();
        assert_eq!(moved.code, ErrorCode::PreconditionFailed);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_exchange_is_seen_by_whoever_asked_and_readers_of_the_audit_log_and_accepted_by_the_former()
 {
    on_each_database(|app| async move {
        let (ada, pipeline) = opened(&app).await;
        let (bo, _) = app.member(&ada, Role::Developer, "bo@example.test").await;
        let (cy, _) = app.member(&ada, Role::Developer, "cy@example.test").await;
        let exchange = proposed(&bo, pipeline, json!([set("one", "new")])).await;
        assert!(get(&ada, exchange.id).await.is_ok());
        let hidden = get(&cy, exchange.id).await.unwrap_err();
        assert_eq!(hidden.code, ErrorCode::NotFound);
        for other in [&ada, &cy] {
            let refused = accepted(other, &exchange, &[0], &[]).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::NotFound);
        }
        assert_eq!(text(&ada, pipeline).await, source());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_exchange_that_a_worker_began_and_left_has_failed_and_old_ones_are_removed() {
    on_each_database(|app| async move {
        let (ada, pipeline) = opened(&app).await;
        let exchange = asked(&ada, pipeline).await.unwrap();
        assert_eq!(exchange.state, State::Writing);
        let tx = ada.begin().await.unwrap();
        let now = ada.clock().now();
        assert!(repo::begin(&tx, &ada, exchange.id, now).await.unwrap());
        tx.commit().await.unwrap();
        // Another attempt of the job.
        work::work(&ada, exchange.id, None).await.unwrap();
        let left = get(&ada, exchange.id).await.unwrap();
        assert_eq!(left.state, State::Failed);
        assert_eq!(left.problem.as_deref(), Some(STOPPED));

        let never = asked(&ada, pipeline).await.unwrap();
        app.app.clock().advance(TimeDelta::minutes(20));
        // The queue is long.
        assert_eq!(get(&ada, never.id).await.unwrap().state, State::Writing);
        let begun = asked(&ada, pipeline).await.unwrap();
        let tx = ada.begin().await.unwrap();
        let now = ada.clock().now();
        assert!(repo::begin(&tx, &ada, begun.id, now).await.unwrap());
        tx.commit().await.unwrap();
        app.app.clock().advance(TimeDelta::minutes(11));
        for (exchange, why) in [(&never, TOO_BUSY), (&begun, STOPPED)] {
            let failed = get(&ada, exchange.id).await.unwrap();
            assert_eq!(failed.state, State::Failed);
            assert_eq!(failed.problem.as_deref(), Some(why));
        }
        let system = SystemCtx::new(&app.app);
        assert_eq!(purge(&system).await.unwrap(), 0);
        for (exchange, why) in [(&never, TOO_BUSY), (&begun, STOPPED)] {
            let row = repo::find(&ada, exchange.id).await.unwrap().unwrap();
            assert_eq!(row.state, State::Failed.as_str());
            assert_eq!(row.problem.as_deref(), Some(why));
        }
        app.app.clock().advance(TimeDelta::days(31));
        assert_eq!(purge(&system).await.unwrap(), 3);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_model_that_fails_is_told_as_the_problem_of_its_exchange() {
    on_each_database(|app| async move {
        let (ada, pipeline) = opened(&app).await;
        let exchange = asked(&ada, pipeline).await.unwrap();
        // The answers of the examples have none for the co-pilot.
        work::work(&ada, exchange.id, None).await.unwrap();
        let failed = get(&ada, exchange.id).await.unwrap();
        assert_eq!(failed.state, State::Failed);
        assert!(failed.problem.unwrap().contains("scripted answer"));
        let refused = accepted(&ada, &exchange, &[0], &[]).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Conflict);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_person_has_a_limit_of_requests_under_way_and_an_organization_a_budget() {
    on_each_database(|app| async move {
        let (ada, pipeline) = opened(&app).await;
        for _ in 0..MOST_AT_ONCE {
            asked(&ada, pipeline).await.unwrap();
        }
        let refused = asked(&ada, pipeline).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::RateLimited);
        let (bo, _) = app.member(&ada, Role::Developer, "bo@example.test").await;
        proposed(&bo, pipeline, json!([])).await;

        let budget = |dollars: i64| SetSettings {
            enabled: true,
            provider: Some("scripted"),
            model: None,
            daily_budget: Some(Some(Money(dollars * 1_000_000))),
        };
        set_settings(&ada, budget(3)).await.unwrap();
        proposed(&bo, pipeline, json!([])).await;
        let spent = asked(&bo, pipeline).await.unwrap_err();
        assert_eq!(spent.code, ErrorCode::QuotaExceeded);
        let off = SetSettings {
            provider: Some("scripted"),
            ..SetSettings::default()
        };
        let settings = set_settings(&ada, off).await.unwrap();
        assert_eq!(settings.daily_budget, Some(Money(3_000_000)));
        let off = asked(&bo, pipeline).await.unwrap_err();
        assert_eq!(off.code, ErrorCode::Conflict);
        let refused = set_settings(&bo, budget(9)).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_organization_has_a_limit_of_requests_under_way() {
    on_each_database(|app| async move {
        let (ada, pipeline) = opened(&app).await;
        let (bo, _) = app.member(&ada, Role::Developer, "bo@example.test").await;
        for _ in 0..MOST_AT_ONCE {
            asked(&ada, pipeline).await.unwrap();
        }
        for _ in MOST_AT_ONCE..MOST_OF_ORG_AT_ONCE {
            asked(&bo, pipeline).await.unwrap();
        }
        let refused = asked(&bo, pipeline).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::RateLimited);
        assert!(refused.message.contains("The organization"), "{refused}");
        // None of them is begun, and after a time they count no longer.
        app.app.clock().advance(NOT_BEGUN + TimeDelta::minutes(1));
        asked(&bo, pipeline).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_exchange_of_unknown_cost_counts_as_the_most_expensive_one_of_the_day() {
    on_each_database(|app| async move {
        let (ada, pipeline) = opened(&app).await;
        let budget = SetSettings {
            enabled: true,
            provider: Some("scripted"),
            model: None,
            daily_budget: Some(Some(Money(3_000_000))),
        };
        set_settings(&ada, budget).await.unwrap();
        // One of two dollars, and one that no model was asked for.
        proposed(&ada, pipeline, json!([])).await;
        let waiting = asked(&ada, pipeline).await.unwrap();
        let unknown = asked(&ada, pipeline).await.unwrap();
        let tx = ada.begin().await.unwrap();
        let now = ada.clock().now();
        assert!(repo::begin(&tx, &ada, unknown.id, now).await.unwrap());
        tx.commit().await.unwrap();
        let spent = asked(&ada, pipeline).await.unwrap_err();
        assert_eq!(spent.code, ErrorCode::QuotaExceeded);
        assert_eq!(get(&ada, waiting.id).await.unwrap().state, State::Writing);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_proposal_is_tried_out_without_a_run_and_what_gets_worse_needs_a_look() {
    on_each_database(|app| async move {
        let (ada, pipeline) = opened(&app).await;
        let pieces = json!([set("one", "new"), set("two", "{{ 1 / input.none }}")]);
        let proposal = json!({ "summary": "s", "pieces": pieces });
        let proposal: Proposal = serde_json::from_value(proposal).unwrap();
        let exchange = asked(&ada, pipeline).await.unwrap();
        let row = repo::find(&ada, exchange.id).await.unwrap().unwrap();
        let trials = trial::of(&ada, &row, &proposal, None).await;
        let worse = |trial: &Option<Trial>| trial.as_ref().unwrap().worse().count();
        let counts: Vec<usize> = trials.pieces.iter().map(worse).collect();
        assert_eq!(counts, [0, 1], "{trials:?}");
        assert_eq!(worse(&trials.together), 1);
        assert_eq!(trials.pieces[0].as_ref().unwrap().dry_run.stages.len(), 2);

        let answer = Answer {
            proposal,
            suspicions: Vec::new(),
            trials,
        };
        let mut ending = Ending::without(State::Done, None);
        ending.answer = Some(serde_json::to_string(&answer).unwrap());
        let (tx, now) = (ada.begin().await.unwrap(), ada.clock().now());
        let ended = repo::end(&tx, &ada, exchange.id, &ending, now).await;
        assert!(ended.unwrap());
        tx.commit().await.unwrap();
        let exchange = get(&ada, exchange.id).await.unwrap();
        let shown = super::pieces(&ada, &exchange).await.unwrap();
        assert!(shown[0].looks.is_empty(), "{:?}", shown[0].looks);
        assert_eq!(shown[1].looks.len(), 1, "{:?}", shown[1].looks);
        assert!(shown[0].trial.is_some() && shown[0].cost.is_some());
        let refused = accepted(&ada, &exchange, &[1], &[]).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::PreconditionFailed);
        let done = accepted(&ada, &exchange, &[1], &[1]).await.unwrap();
        assert!(done.outcome.change.is_some());

        let page = crate::paging::Page {
            first: Some(10),
            after: None,
        };
        let filter = crate::runs::Filter::of(pipeline);
        let runs = crate::runs::list(&ada, &page, &filter).await.unwrap();
        assert!(runs.edges.is_empty());
        app.close().await;
    })
    .await;
}
