//! Runs from start to end.

use std::time::{Duration, Instant};

use domain::{
    host::stream::{self, RunItem},
    runs::{self, RunStatus},
};
use futures::StreamExt as _;

use super::kit::*;
use crate::{Worker, settings::WorkerSettings};

const LEASE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_started_run_is_driven_at_once_and_its_events_can_be_followed() {
    on_each_database(|test| async move {
        let worker = test.worker(LEASE);
        let pipeline = test.pipeline(chain(5)).await;
        // The first run also has to compile the pipeline and to connect.
        let run = test.start(pipeline).await;
        assert_eq!(test.finished(run).await.status, RunStatus::Succeeded);
        let before = Instant::now();
        let run = test.start(pipeline).await;
        let followed = stream::events(&test.ctx, run, 0).await.unwrap();
        let items: Vec<_> = followed.collect().await;
        assert!(
            before.elapsed() < Duration::from_millis(900),
            "{:?}",
            before.elapsed()
        );
        let row = runs::get(&test.ctx, run).await.unwrap();
        assert_eq!(
            (row.status, row.stages_done, row.stages_total),
            (RunStatus::Succeeded, 5, 5)
        );
        assert_eq!(usize::try_from(row.last_seq), Ok(items.len()));
        let last = match items.last().unwrap().as_ref().unwrap() {
            RunItem::Event(event) => String::from_utf8(event.line.to_vec()).unwrap(),
            RunItem::Chunk(_) => panic!("no model was called"),
        };
        assert!(last.contains("run.finished"), "{last}");
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn many_runs_share_commits() {
    on_each_database(|test| async move {
        let pipeline = test.pipeline(chain(5)).await;
        let mut started = vec![];
        for _ in 0..40 {
            started.push(test.start(pipeline).await);
        }
        let worker = test.worker(LEASE);
        for run in started {
            assert_eq!(test.finished(run).await.status, RunStatus::Succeeded);
        }
        let stats = worker.stats();
        assert!(stats.commits < 40, "{stats:?}");
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_waiting_run_is_parked_and_continues_by_itself() {
    on_each_database(|test| async move {
        let worker = test.worker(LEASE);
        let pipeline = test.pipeline(sleep(1.8)).await;
        let before = Instant::now();
        let run = test.start(pipeline).await;
        test.wait_until(run, |row| row.status == RunStatus::Waiting)
            .await;
        while worker.busy() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(test.finished(run).await.status, RunStatus::Succeeded);
        let took = before.elapsed();
        let expected = Duration::from_millis(1_700)..Duration::from_millis(2_800);
        assert!(expected.contains(&took), "{took:?}");
        let events = test.events(run).await;
        let ended = events
            .iter()
            .filter(|event| event.starts_with("wait.ended"))
            .count();
        assert_eq!(ended, 1, "{events:?}");
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d28_a_cancel_ends_a_queued_a_sleeping_and_a_parked_run() {
    on_each_database(|test| async move {
        let (resources, settings) = test.worker_parts(LEASE);
        // The worker must react to the cancellation, not to its next poll.
        let settings = WorkerSettings {
            poll: Duration::from_secs(600),
            ..settings
        };
        let pipeline = test.pipeline(sleep(60.0)).await;
        let queued = test.start(pipeline).await;
        runs::cancel(&test.ctx, queued, None).await.unwrap();
        let worker = Worker::start(&test.app, resources, settings);
        assert_eq!(test.finished(queued).await.status, RunStatus::Cancelled);
        let events = test.events(queued).await;
        assert!(
            !events.iter().any(|event| event.starts_with("wait.started")),
            "{events:?}"
        );
        let parked = test.start(pipeline).await;
        test.wait_until(parked, |row| row.status == RunStatus::Waiting)
            .await;
        runs::cancel(&test.ctx, parked, Some("enough"))
            .await
            .unwrap();
        assert_eq!(test.finished(parked).await.status, RunStatus::Cancelled);
        // There is one final status, and it does not change.
        assert!(runs::cancel(&test.ctx, parked, None).await.is_err());
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d23_a_run_that_killed_its_worker_three_times_while_alone_ends_with_the_cause() {
    on_each_database(|test| async move {
        let pipeline = test.pipeline(chain(2)).await;
        let run = test.start(pipeline).await;
        let dead = "UPDATE runs SET status = 'running', lease_owner = 'dead', lease_epoch = 2,
            lease_until = '2001-01-01T00:00:01+00:00', alone_since = '2001-01-01T00:00:00+00:00',
            crashes = 5, deaths_alone = 2 WHERE id = {run}";
        test.sql(dead, run).await;
        let other = test.start(pipeline).await;
        let worker = test.worker(Duration::from_millis(800));
        let row = test.finished(run).await;
        assert_eq!(row.status, RunStatus::Failed);
        let error = row.error.unwrap();
        assert!(error.message.contains("died 3 times"), "{error:?}");
        assert_eq!(test.events(run).await, ["run.finished "]);
        assert_eq!(test.finished(other).await.status, RunStatus::Succeeded);
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d23_a_run_whose_worker_died_often_beside_others_is_driven_alone_and_succeeds() {
    on_each_database(|test| async move {
        let pipeline = test.pipeline(chain(2)).await;
        let run = test.start(pipeline).await;
        let dead = "UPDATE runs SET status = 'running', lease_owner = 'dead', lease_epoch = 2,
            lease_until = '2001-01-01', crashes = 40 WHERE id = {run}";
        test.sql(dead, run).await;
        let worker = test.worker(LEASE);
        assert_eq!(test.finished(run).await.status, RunStatus::Succeeded);
        // The worker claims other runs again.
        let other = test.start(pipeline).await;
        assert_eq!(test.finished(other).await.status, RunStatus::Succeeded);
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}
