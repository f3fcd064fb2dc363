//! The job queue: the SQL of `domain` against apalis, and handlers whose tasks are repeated.

use std::time::{Duration, Instant};

use domain::{SystemCtx, queue, runs::RunStatus};

use super::kit::*;

async fn jobs(test: &TestApp, status: &str) -> i64 {
    let table = if test.app.db().is_postgres() {
        "apalis.jobs"
    } else {
        "Jobs"
    };
    let sql = format!(
        "SELECT count(*) FROM {table} WHERE job_type = 'flowmason.wake' AND status = '{status}'"
    );
    test.number(&sql).await
}

#[tokio::test]
async fn apalis_runs_a_job_of_a_committed_transaction_and_none_of_a_dropped_one() {
    on_each_database(|test| async move {
        let system = SystemCtx::new(&test.app);
        let tx = system.begin_in(&[]).await.unwrap();
        queue::enqueue_raw(&tx, queue::WAKE, b"null", Duration::ZERO, 3)
            .await
            .unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(jobs(&test, "Pending").await, 0);
        let tx = system.begin_in(&[]).await.unwrap();
        queue::enqueue_raw(&tx, queue::WAKE, b"null", Duration::ZERO, 3)
            .await
            .unwrap();
        // D16: the same job a second time, at once.
        queue::enqueue_raw(&tx, queue::WAKE, b"null", Duration::ZERO, 3)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(jobs(&test, "Pending").await, 2);
        let worker = test.worker(Duration::from_secs(10));
        let patience = Instant::now() + Duration::from_secs(15);
        while jobs(&test, "Done").await < 2 {
            assert!(Instant::now() < patience, "apalis did not run the jobs");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_start_that_no_earlier_job_covers_writes_its_wake_up_job() {
    on_each_database(|test| async move {
        let pipeline = test.pipeline(chain(1)).await;
        // The first start also looks for the queue's tables; the second on PostgreSQL is a single
        // statement. Between them the first job stops covering further starts.
        test.start(pipeline).await;
        let (first, statements) = (jobs(&test, "Pending").await, test.app.db().statements());
        assert_eq!(first, 1);
        tokio::time::sleep(Duration::from_millis(600)).await;
        test.start(pipeline).await;
        assert_eq!(jobs(&test, "Pending").await, 2);
        let statements = test.app.db().statements() - statements;
        if test.app.db().is_postgres() {
            // The version, and the run with all that belongs to it.
            assert_eq!(statements, 2);
        }
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d16_a_wake_up_delivered_again_after_the_run_s_end_starts_nothing() {
    on_each_database(|test| async move {
        let worker = test.worker(Duration::from_secs(10));
        let pipeline = test.pipeline(chain(3)).await;
        let run = test.start(pipeline).await;
        let row = test.finished(run).await;
        let events = test.events(run).await;
        let system = SystemCtx::new(&test.app);
        for _ in 0..3 {
            let tx = system.begin_in(&[]).await.unwrap();
            queue::enqueue_raw(&tx, queue::WAKE, b"null", Duration::ZERO, 3)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            test.app.live().publish(domain::live::Message::Wake);
        }
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert_eq!(test.events(run).await, events);
        let again = domain::runs::get(&test.ctx, run).await.unwrap();
        assert_eq!(
            (again.status, again.finished_at),
            (RunStatus::Succeeded, row.finished_at)
        );
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn starts_write_one_wake_up_job_for_many_runs_and_ticks_seal_the_audit_log() {
    on_each_database(|test| async move {
        let pipeline = test.pipeline(chain(1)).await;
        for _ in 0..20 {
            test.start(pipeline).await;
        }
        let pending = jobs(&test, "Pending").await;
        assert!((1..=5).contains(&pending), "{pending} jobs for 20 starts");
        let worker = test.worker(Duration::from_secs(10));
        let patience = Instant::now() + Duration::from_secs(15);
        while test
            .number("SELECT count(*) FROM audit WHERE seq IS NULL")
            .await
            > 0
        {
            assert!(Instant::now() < patience, "the audit log is not sealed");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_setup_that_has_nothing_to_do_writes_nothing_and_a_lost_grant_is_repaired() {
    on_each_database(|test| async move {
        if test.app.db().is_postgres() {
            // A statement that grants writes the row of its table, even if nothing changes.
            let written = "SELECT max(xmin::text::bigint) FROM pg_class
                WHERE relnamespace = 'apalis'::regnamespace";
            let before = test.number(written).await;
            crate::setup(test.url()).await.unwrap();
            assert_eq!(test.number(written).await, before);

            let no_run = types::RunId::new(test.app.clock());
            let mut last = before;
            for (lost, has) in [
                (
                    "REVOKE INSERT ON apalis.jobs FROM flowmason_app",
                    "has_table_privilege('flowmason_app', 'apalis.jobs', 'INSERT')",
                ),
                (
                    "REVOKE DELETE ON apalis.workers FROM flowmason_app",
                    "has_table_privilege('flowmason_app', 'apalis.workers', 'DELETE')",
                ),
                (
                    "REVOKE SELECT ON apalis.jobs FROM flowmason_system",
                    "has_table_privilege('flowmason_system', 'apalis.jobs', 'SELECT')",
                ),
                (
                    "REVOKE USAGE ON SCHEMA apalis FROM flowmason_app",
                    "has_schema_privilege('flowmason_app', 'apalis', 'USAGE')",
                ),
            ] {
                let has = format!("SELECT ({has})::int::bigint");
                test.sql(lost, no_run).await;
                assert_eq!(test.number(&has).await, 0, "{lost}");
                crate::setup(test.url()).await.unwrap();
                assert_eq!(test.number(&has).await, 1, "{lost}");
                let now = test.number(written).await;
                assert!(now > last, "{lost}");
                last = now;
            }
        }
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_queue_s_insert_trigger_is_gone_on_postgresql() {
    on_each_database(|test| async move {
        if test.app.db().is_postgres() {
            let sql = "SELECT count(*) FROM pg_trigger WHERE tgname = 'notify_workers'";
            assert_eq!(test.number(sql).await, 0);
        }
        test.close().await;
    })
    .await;
}
