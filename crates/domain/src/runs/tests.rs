//! Tests of starting, listing and cancelling runs, on both databases.

mod lists;
mod reading;

use sea_orm::ConnectionTrait;
use serde_json::json;
use types::{ErrorCode, RunId};

use super::*;
use crate::{
    OrgEntity, audit,
    pipelines::{self, Pipeline},
    testing::{TestApp, on_each_database, postgres, skipped},
};

async fn pipeline(ctx: &Ctx, extra: serde_json::Value) -> Pipeline {
    let mut file = json!({
        "name": "Greeter",
        "stages": [{ "id": "one", "component_type": "variable_set",
            "config": { "name": "x", "value": "hello" } }]
    });
    for (key, value) in extra.as_object().unwrap() {
        file[key] = value.clone();
    }
    pipelines::create(ctx, &file.to_string(), None)
        .await
        .unwrap()
        .0
}

fn with(input: serde_json::Value) -> Start {
    Start {
        input: input.into(),
        ..Start::default()
    }
}

async fn input_of(ctx: &Ctx, run: &Run) -> String {
    values(ctx, &[run.id], 1_000_000)
        .await
        .unwrap()
        .unwrap()
        .remove(0)
        .input
        .value()
        .unwrap()
        .unwrap()
        .to_json()
}

/// Ends a run as a worker would.
async fn finish(ctx: &Ctx, run: &Run, status: &str) {
    let tx = ctx.begin().await.unwrap();
    tx.execute(
        "UPDATE runs SET status = $1, output = '{}' WHERE org_id = $2 AND id = $3",
        [status.into(), ctx.org.0.into(), run.id.0.into()],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_start_writes_the_run_and_its_audit_row_and_notifies_the_dispatcher() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let pipeline = pipeline(&ctx, json!({})).await;
        let mut queue = app.app.live().subscribe(Topic::Queue);
        let mut changes = feed(&ctx).await.unwrap().changes;
        // Several starts: the first one opens a transaction, the others are one statement each.
        for count in 1..=3 {
            let run = start(&ctx, pipeline.id, with(json!({"n": count})))
                .await
                .unwrap();
            assert_eq!((run.status, run.stages_total), (RunStatus::Queued, 1));
            assert_eq!(run.started_by_name, "Owner");
            assert_eq!(
                get(&ctx, run.id).await.unwrap(),
                run,
                "what is told is what is stored"
            );
            assert_eq!(input_of(&ctx, &run).await, format!("{{\"n\":{count}}}"));
            let log = audit::list(&ctx, 1_000).await.unwrap();
            let id = run.id.to_string();
            let rows: Vec<_> = log.iter().filter(|row| row.object_id == id).collect();
            assert_eq!(rows.len(), 1);
            assert_eq!(
                (rows[0].action.as_str(), rows[0].request_id.as_str()),
                ("run.start", "test")
            );
            assert_eq!(queue.next().await, crate::live::Message::Wake);
            let crate::live::Message::RunChanged(change) = changes.next().await else {
                panic!()
            };
            assert_eq!(change.run, run.id);
            app.app.clock().advance(chrono::Duration::seconds(1));
        }
        let seen = pipelines::get(&ctx, pipeline.id).await.unwrap();
        assert_eq!(
            seen.last_run.unwrap().id,
            list(&ctx, &Page::default(), &Filter::default())
                .await
                .unwrap()
                .edges[0]
                .1
                .id
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_input_gets_its_defaults_and_mismatches_are_named() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let schema = json!({ "input_schema": { "type": "object", "required": ["name"],
            "properties": { "name": {"type": "string"}, "times": {"type": "integer", "default": 2} } } });
        let pipeline = pipeline(&ctx, schema).await;
        let run = start(&ctx, pipeline.id, with(json!({"name": "Ada"}))).await.unwrap();
        assert_eq!(input_of(&ctx, &run).await, r#"{"name":"Ada","times":2}"#);
        let error = start(&ctx, pipeline.id, with(json!({"name": 1}))).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InputSchema);
        assert_eq!(error.details["errors"][0]["field"], "name");
        let error = start(&ctx, pipeline.id, Start::default()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InputSchema);

        let file = Start {
            input: StartInput::File {
                name: "x.toml".into(),
                text: "name = 'Ada'\ntimes = 3".into(),
            },
            ..Start::default()
        };
        let run = start(&ctx, pipeline.id, file.clone()).await.unwrap();
        assert_eq!(input_of(&ctx, &run).await, r#"{"name":"Ada","times":3}"#);
        let name = || Some(("x.toml".to_owned(), String::new()));
        let both = StartInput::one_of(Some(json!({})), name(), None);
        assert_eq!(both.unwrap_err().code, ErrorCode::InvalidInput);
        assert_eq!(list(&ctx, &Page::default(), &Filter::default()).await.unwrap().edges.len(), 2);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn i01_nul_anywhere_in_an_input_is_refused() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let pipeline = pipeline(&ctx, json!({})).await;
        let file = |text: &str| Start {
            input: StartInput::File {
                name: "x.json".into(),
                text: text.into(),
            },
            ..Start::default()
        };
        let key = Start {
            idempotency_key: Some("a\0".into()),
            ..Start::default()
        };
        for start_with in [
            with(json!("a\0b")),
            with(json!({"x": [{"y": "\0"}]})),
            with(json!({"a\0": 1})),
            file("a\0b"),
            file(r#"{"x":"\u0000"}"#),
            key,
        ] {
            let error = start(&ctx, pipeline.id, start_with.clone())
                .await
                .unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidInput, "{start_with:?}");
        }
        let run = start(&ctx, pipeline.id, with(json!({"x": "ö𝄞\u{200b}\\u0000"})))
            .await
            .unwrap();
        assert_eq!(
            input_of(&ctx, &run).await,
            "{\"x\":\"ö𝄞\u{200b}\\\\u0000\"}"
        );
        let cancel = cancel(&ctx, run.id, Some("a\0")).await.unwrap_err();
        assert_eq!(cancel.code, ErrorCode::InvalidInput);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_pipeline_that_cannot_run_on_this_server_is_refused_with_the_reason() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let stages = json!({ "stages": [{ "id": "ask", "component_type": "generator",
            "config": { "prompt": "hello" } }] });
        let model = pipeline(&ctx, stages).await;
        let error = start(&ctx, model.id, Start::default()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::ProviderNotConfigured);
        assert_eq!(error.details["stages"], json!(["ask"]));
        let stages = json!({ "stages": [{ "id": "peek", "component_type": "variable_set",
            "config": { "name": "x", "value": "{{env.DATABASE_URL}}" } }] });
        let env = pipeline(&ctx, stages).await;
        let error = start(&ctx, env.id, Start::default()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::EnvNotAvailable);
        assert_eq!(error.details["names"], json!(["DATABASE_URL"]));
        assert!(
            list(&ctx, &Page::default(), &Filter::default())
                .await
                .unwrap()
                .edges
                .is_empty()
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn one_idempotency_key_starts_one_run_however_often_it_is_sent() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let pipeline = pipeline(&ctx, json!({})).await;
        let keyed = |n: i32| Start {
            input: json!({ "n": n }).into(),
            idempotency_key: Some("once".into()),
            ..Start::default()
        };
        let starts = (0..6).map(|_| start(&ctx, pipeline.id, keyed(1)));
        let runs: Vec<_> = futures::future::join_all(starts)
            .await
            .into_iter()
            .map(|r| r.unwrap().id)
            .collect();
        assert!(runs.iter().all(|id| *id == runs[0]), "{runs:?}");
        // Also if the start is a single statement.
        start(&ctx, pipeline.id, Start::default()).await.unwrap();
        assert_eq!(
            start(&ctx, pipeline.id, keyed(1)).await.unwrap().id,
            runs[0]
        );
        let other = start(&ctx, pipeline.id, keyed(2)).await.unwrap_err();
        assert_eq!(other.code, ErrorCode::Conflict);
        let log = audit::list(&ctx, 1_000).await.unwrap();
        assert_eq!(
            log.iter().filter(|row| row.action == "run.start").count(),
            2
        );
        // Another organization's keys are separate.
        let b = app.elsewhere(&ctx, &token).await;
        let theirs = super::tests::pipeline(&b, json!({})).await;
        assert_ne!(start(&b, theirs.id, keyed(1)).await.unwrap().id, runs[0]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_list_pages_through_every_run_once_and_filters() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let b = app.elsewhere(&ctx, &token).await;
        let theirs = pipeline(&b, json!({})).await;
        start(&b, theirs.id, Start::default()).await.unwrap();
        let (one, two) = (
            pipeline(&ctx, json!({})).await,
            pipeline(&ctx, json!({})).await,
        );
        let mut made = Vec::new();
        for n in 0..7 {
            let of = if n % 2 == 0 { &one } else { &two };
            let run = start(&ctx, of.id, Start::default()).await.unwrap();
            if n == 3 {
                finish(&ctx, &run, "failed").await;
            }
            made.push(run.id);
            app.app.clock().advance(chrono::Duration::milliseconds(10));
        }
        made.reverse();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = Page {
                first: Some(3),
                after,
            };
            let page = list(&ctx, &page, &Filter::default()).await.unwrap();
            seen.extend(page.edges.iter().map(|(_, run)| run.id));
            after = page.edges.last().map(|(cursor, _)| cursor.clone());
            if !page.has_next {
                break;
            }
        }
        assert_eq!(seen, made);
        let ids = |filter: Filter| {
            let ctx = ctx.clone();
            async move {
                let page = list(&ctx, &Page::default(), &filter).await.unwrap();
                page.edges
                    .into_iter()
                    .map(|(_, run)| run.id)
                    .collect::<Vec<_>>()
            }
        };
        let of_two = Filter::of(two.id);
        assert_eq!(ids(of_two.clone()).await, [made[1], made[3], made[5]]);
        let failed = Filter::in_states([RunStatus::Failed]);
        assert_eq!(ids(failed).await, [made[3]]);
        let none = Filter {
            status: vec![RunStatus::Succeeded],
            ..of_two.clone()
        };
        assert_eq!(ids(none).await, []);
        let foreign = list(&ctx, &Page::default(), &Filter::of(theirs.id)).await;
        assert_eq!(foreign.unwrap_err().code, ErrorCode::NotFound, "t07");
        let refused = list(&ctx, &Page { first: None, after }, &of_two).await;
        assert_eq!(
            refused.unwrap_err().code,
            ErrorCode::InvalidInput,
            "t09: another filter"
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_cancel_writes_a_signal_for_the_worker_and_a_finished_run_does_not_change() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let pipeline = pipeline(&ctx, json!({})).await;
        let run = start(&ctx, pipeline.id, with(json!({"n": 1})))
            .await
            .unwrap();
        assert_eq!(
            retry(&ctx, run.id, Retry::default())
                .await
                .unwrap_err()
                .code,
            ErrorCode::Conflict
        );
        cancel(&ctx, run.id, Some("wrong input")).await.unwrap();
        let signals = ctx.all(signal::Entity::in_org(&ctx)).await.unwrap();
        assert_eq!(signals.len(), 1);
        assert_eq!(signals[0].run_id, run.id.0);
        assert!(signals[0].body.contains("wrong input") && signals[0].body.contains("Owner"));
        finish(&ctx, &run, "cancelled").await;
        assert_eq!(
            cancel(&ctx, run.id, None).await.unwrap_err().code,
            ErrorCode::Conflict
        );
        let again = retry(&ctx, run.id, Retry::default()).await.unwrap();
        assert_eq!(again.retried_from, Some(run.id));
        assert_eq!(input_of(&ctx, &again).await, r#"{"n":1}"#);
        assert_eq!(
            get(&ctx, run.id).await.unwrap().status,
            RunStatus::Cancelled
        );
        let log = audit::list(&ctx, 1_000).await.unwrap();
        let actions: Vec<_> = log.iter().map(|row| row.action.as_str()).collect();
        assert!(actions.contains(&"run.cancel") && actions.contains(&"run.retry"));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn t01_another_organization_s_run_looks_like_one_that_does_not_exist() {
    on_each_database(|app| async move {
        let (a, token) = app.owner().await;
        let b = app.elsewhere(&a, &token).await;
        let theirs = pipeline(&b, json!({})).await;
        let run = start(&b, theirs.id, Start::default()).await.unwrap().id;
        let never = RunId::new(app.app.clock());
        view(&b, run).await.unwrap();
        events(&b, run, None, None).await.unwrap();
        for (one, other) in [
            (
                get(&a, run).await.unwrap_err(),
                get(&a, never).await.unwrap_err(),
            ),
            (
                view(&a, run).await.unwrap_err(),
                view(&a, never).await.unwrap_err(),
            ),
            (
                retry(&a, run, Retry::default()).await.unwrap_err(),
                retry(&a, never, Retry::default()).await.unwrap_err(),
            ),
            (
                cancel(&a, run, None).await.unwrap_err(),
                cancel(&a, never, None).await.unwrap_err(),
            ),
            (
                events(&a, run, None, None).await.unwrap_err(),
                events(&a, never, None, None).await.unwrap_err(),
            ),
        ] {
            assert_eq!(one, other);
            assert_eq!(one.code, ErrorCode::NotFound);
        }
        assert_eq!(get_many(&a, &[run, never]).await.unwrap(), []);
        assert_eq!(values(&a, &[run], 1_000).await.unwrap(), Some(vec![]));
        let unknown = types::PipelineId::new(app.app.clock());
        for version in [None, Some(1)] {
            let with = || Start {
                version,
                ..Start::default()
            };
            assert_eq!(
                start(&a, theirs.id, with()).await.unwrap_err(),
                start(&a, unknown, with()).await.unwrap_err(),
                "t04"
            );
        }
        let number = start(
            &b,
            theirs.id,
            Start {
                version: Some(9),
                ..Start::default()
            },
        )
        .await;
        assert_eq!(number.unwrap_err().code, ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_viewer_can_read_but_not_start_cancel_or_edit() {
    on_each_database(|app| async move {
        let (mut ctx, _) = app.owner().await;
        let pipeline = pipeline(&ctx, json!({})).await;
        let run = start(&ctx, pipeline.id, Start::default()).await.unwrap();
        ctx.rights = crate::Role::Viewer.into();
        get(&ctx, run.id).await.unwrap();
        list(&ctx, &Page::default(), &Filter::default())
            .await
            .unwrap();
        for refused in [
            start(&ctx, pipeline.id, Start::default())
                .await
                .unwrap_err(),
            cancel(&ctx, run.id, None).await.unwrap_err(),
            retry(&ctx, run.id, Retry::default()).await.unwrap_err(),
            pipelines::push(&ctx, pipeline.id, "{}").await.unwrap_err(),
            pipelines::create(&ctx, "{}", None).await.unwrap_err(),
        ] {
            assert_eq!(refused.code, ErrorCode::Forbidden);
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_run_is_retried_with_another_input_once_per_key_and_keeps_its_link() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let pipeline = pipeline(&ctx, json!({})).await;
        let run = start(&ctx, pipeline.id, with(json!({"n": 1})))
            .await
            .unwrap();
        let early = retry(&ctx, run.id, Retry::default()).await.unwrap_err();
        assert_eq!(early.code, ErrorCode::Conflict);
        finish(&ctx, &run, "failed").await;
        let edited = Retry {
            input: json!({"n": 2}).into(),
            idempotency_key: Some("k".into()),
            ..Retry::default()
        };
        let again = retry(&ctx, run.id, edited.clone()).await.unwrap();
        assert_eq!(
            (again.retried_from, again.version),
            (Some(run.id), run.version)
        );
        assert_eq!(input_of(&ctx, &again).await, r#"{"n":2}"#);
        assert_eq!(input_of(&ctx, &run).await, r#"{"n":1}"#);
        assert_eq!(
            retry(&ctx, run.id, edited.clone()).await.unwrap().id,
            again.id
        );
        let both = Retry {
            from: RetryFrom::FailedStage,
            ..edited
        };
        let refused = retry(&ctx, run.id, both).await.unwrap_err();
        assert_eq!(refused.details["field"], "input");
        let nul = Retry {
            input: json!("a\0").into(),
            ..Retry::default()
        };
        assert!(retry(&ctx, run.id, nul).await.is_err());
        let never = run_stage(&ctx, run.id, "one", None).await.unwrap_err();
        assert_eq!(
            never.details["field"], "stage",
            "it has no journal, so no input"
        );
        app.close().await;
    })
    .await;
}
