//! How long jobs are kept, and who can see them. Attempts are tested in `jobs`.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use types::{ErrorCode, JobId};

use super::*;
use crate::{SystemCtx, testing::on_each_database};

#[derive(Serialize, Deserialize)]
struct Nothing;

impl Job for Nothing {
    const QUEUE: &'static str = "tests.nothing";

    async fn run(&self, _: &Running) -> Result<()> {
        Ok(())
    }
}

async fn enqueued(ctx: &Ctx) -> JobId {
    let tx = ctx.begin().await.unwrap();
    let id = enqueue(&tx, ctx, &Nothing, Duration::from_secs(60))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn another_organization_s_job_is_not_found() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let b = app.elsewhere(&ctx, &token).await;
        let foreign = enqueued(&b).await;
        // The same person may see both, but the context's organization decides.
        let absent = get(&ctx, JobId::new(ctx.clock())).await.unwrap_err();
        assert_eq!(get(&ctx, foreign).await.unwrap_err(), absent);
        assert_eq!(absent.code, ErrorCode::NotFound);
        assert_eq!(retry(&ctx, foreign).await.unwrap_err(), absent);
        let page = Page::default();
        assert_eq!(list(&ctx, &page, None).await.unwrap().edges, []);
        assert_eq!(list(&b, &page, None).await.unwrap().edges.len(), 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_row_is_kept_for_its_time_and_that_of_an_unfinished_job_forever() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let (open, failed) = (enqueued(&ctx).await, enqueued(&ctx).await);
        let system = SystemCtx::new(&app.app);
        let until = app.app.clock().now() + chrono::Duration::days(30);
        let tx = ctx.begin().await.unwrap();
        tx.execute(
            "UPDATE org_jobs SET status = 'failed', keep_until = $1 WHERE org_id = $2 AND id = $3",
            [until.into(), ctx.org.0.into(), failed.0.into()],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        app.app.clock().advance(chrono::Duration::days(29));
        assert_eq!(repo::forget(&system).await.unwrap(), 0);
        assert_eq!(get(&ctx, failed).await.unwrap().status, JobStatus::Failed);
        app.app.clock().advance(chrono::Duration::days(2));
        assert_eq!(repo::forget(&system).await.unwrap(), 1);
        assert!(get(&ctx, failed).await.is_err());
        assert_eq!(get(&ctx, open).await.unwrap().status, JobStatus::Queued);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_unknown_status_is_an_error_and_is_never_replaced_by_another() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let id = enqueued(&ctx).await;
        let row = repo::find(&ctx, id).await.unwrap().unwrap();
        let odd = entity::Model {
            status: "paused".into(),
            ..row
        };
        let error = JobDetails::try_from(odd).unwrap_err();
        assert_eq!(error.code, ErrorCode::Internal);
        // The databases refuse such a row in the first place.
        let tx = ctx.begin().await.unwrap();
        let sql = "UPDATE org_jobs SET status = 'paused' WHERE org_id = $1";
        let statement = ctx.db().statement(sql, [ctx.org.0.into()]);
        assert!(tx.conn().execute_raw(statement).await.is_err());
        drop(tx);
        app.close().await;
    })
    .await;
}
