//! Runs that are handed over from one worker to the next.

use std::time::{Duration, Instant};

use domain::runs::RunStatus;

use super::kit::*;
use crate::{dispatch, queue, reconciler, scheduler};

#[tokio::test]
async fn d22_a_stopped_worker_gives_back_its_runs_and_another_continues_them_at_once() {
    on_each_database(|test| async move {
        // With leases this long, waiting for their end would fail the test.
        let first = test.worker(Duration::from_secs(60));
        let pipeline = test.pipeline(sleep(0.9)).await;
        let run = test.start(pipeline).await;
        test.wait_until(run, |row| row.last_seq > 0).await;
        first.stop(Duration::from_secs(3)).await;
        let row = domain::runs::get(&test.ctx, run).await.unwrap();
        assert!(!row.status.is_finished());
        let second = test.worker(Duration::from_secs(60));
        let before = Instant::now();
        assert_eq!(test.finished(run).await.status, RunStatus::Succeeded);
        assert!(
            before.elapsed() < Duration::from_secs(5),
            "{:?}",
            before.elapsed()
        );
        second.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d14_a_worker_that_lost_its_lease_stops_and_the_new_holder_s_result_counts() {
    on_each_database(|test| async move {
        let first = test.worker(Duration::from_secs(2));
        let pipeline = test.pipeline(sleep(0.9)).await;
        let run = test.start(pipeline).await;
        test.wait_until(run, |row| row.last_seq > 0).await;
        // As if the first worker was suspended beyond its lease and another one took over.
        let taken = "UPDATE runs SET lease_owner = 'another', lease_epoch = lease_epoch + 1
            WHERE id = {run}";
        test.sql(taken, run).await;
        let before = Instant::now();
        while first.busy() > 0 {
            assert!(
                before.elapsed() < Duration::from_secs(5),
                "the run continues without a lease"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // The run's end was refused. On PostgreSQL the other holder's lease still holds. On SQLite
        // any other holder is dead, so this process takes the run over.
        if test.app.db().is_postgres() {
            let row = domain::runs::get(&test.ctx, run).await.unwrap();
            assert!(!row.status.is_finished(), "{row:?}");
        }
        let row = test.finished(run).await;
        assert_eq!(row.status, RunStatus::Succeeded);
        let events = test.events(run).await;
        let ends = events
            .iter()
            .filter(|event| event.starts_with("run.finished"))
            .count();
        assert_eq!(ends, 1, "{events:?}");
        first.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d18_a_long_stage_outlives_its_first_lease_by_renewals() {
    on_each_database(|test| async move {
        let worker = test.worker(Duration::from_millis(500));
        // Waits this short are slept in the slot, one after another.
        let stages = (0..4).map(|i| {
            let before: Vec<String> = (0..i).map(|j| format!("n{j}")).collect();
            serde_json::json!({ "id": format!("n{i}"), "component_type": "wait",
                "depends_on": before, "config": { "seconds": 0.7 } })
        });
        let pipeline = test.pipeline(stages.collect()).await;
        let run = test.start(pipeline).await;
        assert_eq!(test.finished(run).await.status, RunStatus::Succeeded);
        let epochs = "SELECT CAST(max(epoch) AS bigint) FROM journal";
        assert_eq!(
            test.number(epochs).await,
            1,
            "the lease was lost in between"
        );
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d19_a_journal_in_a_newer_format_is_left_to_a_newer_version() {
    on_each_database(|test| async move {
        let first = test.worker(Duration::from_secs(60));
        let pipeline = test.pipeline(sleep(2.5)).await;
        let run = test.start(pipeline).await;
        test.wait_until(run, |row| row.status == RunStatus::Waiting)
            .await;
        test.sql("UPDATE journal SET format = 99 WHERE run_id = {run}", run)
            .await;
        tokio::time::sleep(Duration::from_millis(3_500)).await;
        let row = domain::runs::get(&test.ctx, run).await.unwrap();
        assert!(!row.status.is_finished(), "{row:?}");
        first.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_part_that_died_is_reported_and_restarted() {
    on_each_database(|test| async move {
        let worker = test.worker(Duration::from_secs(10));
        let health = worker.health();
        let pipeline = test.pipeline(chain(2)).await;
        let run = test.start(pipeline).await;
        assert_eq!(test.finished(run).await.status, RunStatus::Succeeded);
        assert_eq!(health.missing(), None);
        for part in [
            dispatch::PART,
            reconciler::PART,
            scheduler::PART,
            queue::PART,
        ] {
            health.break_part(part);
            let patience = Instant::now() + Duration::from_secs(5);
            while health.missing() != Some(part) {
                assert!(
                    Instant::now() < patience,
                    "{part} is not reported as missing"
                );
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            while health.missing().is_some() {
                assert!(Instant::now() < patience, "{part} is not restarted");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let run = test.start(pipeline).await;
            assert_eq!(test.finished(run).await.status, RunStatus::Succeeded);
        }
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}
