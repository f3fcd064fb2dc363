//! Run operations on both databases. Tests of the job, run by a worker, are elsewhere.

use types::{ErrorCode, RunId};

use super::*;
use crate::{
    pipelines,
    runs::{self, RunStatus, Start},
    testing::{TestApp, on_each_database},
};

async fn begun(app: &TestApp, ctx: &Ctx, runs: usize) -> Vec<RunId> {
    let source = pipelines::tests::source("One", "1");
    let (made, _) = pipelines::create(ctx, &source, None).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..runs {
        let run = runs::start(ctx, made.id, Start::default()).await.unwrap();
        ids.push(run.id);
        app.app.clock().advance(chrono::Duration::milliseconds(5));
    }
    ids
}

async fn status(ctx: &Ctx, word: &str) {
    let tx = ctx.begin().await.unwrap();
    let sql = "UPDATE runs SET status = $1 WHERE org_id = $2 AND status = 'queued'";
    tx.execute(sql, [word.into(), ctx.org.0.into()])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn all(ctx: &Ctx, id: RunOperationId) -> Step {
    for _ in 0..20 {
        let done = step(ctx, id).await.unwrap();
        if !done.goes_on {
            return done;
        }
    }
    panic!("the operation does not end")
}

async fn signals(ctx: &Ctx) -> usize {
    let log = crate::audit::list(ctx, 1_000).await.unwrap();
    log.iter().filter(|row| row.action == "run.cancel").count()
}

#[tokio::test]
async fn cancelling_many_runs_signals_each_open_run_once_in_bounded_batches() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let b = app.elsewhere(&ctx, &token).await;
        begun(&app, &b, 1).await;
        let count = BATCH as usize * 2 + 10;
        begun(&app, &ctx, count).await;
        let change = Change::Cancel {
            reason: Some(" enough ".into()),
        };
        let key = Some("k");
        let op = begin(&ctx, change.clone(), &Filter::default(), key)
            .await
            .unwrap();
        let again = begin(&ctx, change.clone(), &Filter::default(), key)
            .await
            .unwrap();
        assert_eq!(again.id, op.id);
        let other = Filter::in_states([RunStatus::Queued]);
        let used = begin(&ctx, change, &other, key).await.unwrap_err();
        assert_eq!(used.code, ErrorCode::Conflict);
        app.app.clock().advance(chrono::Duration::milliseconds(5));
        begun(&app, &ctx, 1).await;

        let first = step(&ctx, op.id).await.unwrap();
        assert_eq!((first.done, first.total), (50, Some(110)));
        // With two concurrent workers, each batch is done once.
        let (one, two) = tokio::join!(step(&ctx, op.id), step(&ctx, op.id));
        assert!(one.unwrap().done <= 110 && two.unwrap().done <= 110);
        let end = all(&ctx, op.id).await;
        assert_eq!((end.done, end.failed), (110, 0));
        assert_eq!(
            signals(&ctx).await,
            110,
            "each run once, except the newer one"
        );
        assert_eq!(signals(&b).await, 0);
        let seen = get(&ctx, op.id).await.unwrap();
        assert_eq!(seen.status, OperationStatus::Finished);
        assert_eq!(get(&b, op.id).await.unwrap_err().code, ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn repeating_a_retry_of_many_runs_starts_no_run_twice_and_counts_errors() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        begun(&app, &ctx, 3).await;
        status(&ctx, "failed").await;
        let good = begun(&app, &ctx, 2).await;
        status(&ctx, "succeeded").await;
        let bad = begun(&app, &ctx, 1).await;
        status(&ctx, "cancelled").await;
        let of_bad = runs::get(&ctx, bad[0]).await.unwrap().pipeline;
        pipelines::delete(&ctx, of_bad).await.unwrap();
        let change = Change::Retry {
            from: RetryFrom::Start,
        };
        let op = begin(&ctx, change.clone(), &Filter::default(), None)
            .await
            .unwrap();
        let end = all(&ctx, op.id).await;
        assert_eq!((end.done, end.failed, end.total), (3, 1, Some(4)));
        let seen = get(&ctx, op.id).await.unwrap();
        assert_eq!(seen.error.unwrap().0, "PIPELINE_DELETED");
        let queued = Filter::in_states([RunStatus::Queued]);
        let count = |filter: Filter| {
            let ctx = ctx.clone();
            async move {
                runs::list(&ctx, &Page::default(), &filter)
                    .await
                    .unwrap()
                    .edges
                    .len()
            }
        };
        assert_eq!(count(queued.clone()).await, 3);
        // As after a crash before the position was stored.
        let tx = ctx.begin().await.unwrap();
        let sql = "UPDATE run_operations SET below = id, status = 'running' WHERE org_id = $1";
        tx.execute(sql, [ctx.org.0.into()]).await.unwrap();
        tx.commit().await.unwrap();
        all(&ctx, op.id).await;
        assert_eq!(count(queued.clone()).await, 3, "the same three");

        // An operation that is stopped before it begins does nothing.
        let op = begin(&ctx, change.clone(), &Filter::default(), None)
            .await
            .unwrap();
        for _ in 0..2 {
            let stopped = stop(&ctx, op.id).await.unwrap();
            assert_eq!(stopped.status, OperationStatus::Stopped);
        }
        assert_eq!(all(&ctx, op.id).await.done, 0);
        assert_eq!(count(queued.clone()).await, 3);
        // A selection of runs by ID: only those that can be retried are.
        let selected = Filter {
            ids: vec![good[0], bad[0]],
            status: vec![
                RunStatus::Succeeded,
                RunStatus::Failed,
                RunStatus::Cancelled,
            ],
            ..Filter::default()
        };
        let op = begin(&ctx, change.clone(), &selected, None).await.unwrap();
        let end = all(&ctx, op.id).await;
        assert_eq!((end.done, end.failed, end.total), (1, 1, Some(2)));
        let many = Filter {
            ids: (0..201).map(|_| RunId::new(ctx.clock())).collect(),
            ..Filter::default()
        };
        let refused = begin(&ctx, change.clone(), &many, None).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidInput);
        // Succeeded runs are retried only if the filter names that status.
        let named = Filter::in_states([RunStatus::Succeeded]);
        let op = begin(&ctx, change, &named, None).await.unwrap();
        assert_eq!(
            all(&ctx, op.id).await.done,
            i64::try_from(good.len()).unwrap()
        );
        app.close().await;
    })
    .await;
}
