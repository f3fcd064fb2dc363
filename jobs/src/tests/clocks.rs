//! The system clock is set forward or back by an hour while runs wait.

use std::time::{Duration, Instant};

use chrono::Duration as Step;
use domain::runs::RunStatus;
use types::Clock;

use super::kit::*;
use crate::Worker;

#[tokio::test]
async fn waits_take_their_time_even_if_the_system_clock_is_set() {
    on_each_database(|test| async move {
        let clock = Clock::stepped();
        let app = test.app_with(clock.clone()).await;
        let (resources, settings) = test.worker_parts(Duration::from_secs(10));
        let worker = Worker::start(&app, resources, settings);
        // One run is parked, and one sleeps in the worker.
        let (long, short) = (
            test.pipeline(sleep(3.0)).await,
            test.pipeline(sleep(0.9)).await,
        );
        for step in [1, -1, -1, 1].map(Step::hours) {
            let begin = Instant::now();
            let parked = test.start(long).await;
            test.wait_until(parked, |row| row.status == RunStatus::Waiting)
                .await;
            let sleeping = test.start(short).await;
            clock.step(step);
            assert_eq!(test.finished(sleeping).await.status, RunStatus::Succeeded);
            assert!(begin.elapsed() < Duration::from_secs(8), "{step}");
            assert_eq!(test.finished(parked).await.status, RunStatus::Succeeded);
            let took = begin.elapsed();
            assert!(
                took > Duration::from_millis(2_700),
                "{step}: over after {took:?}"
            );
            assert!(took < Duration::from_secs(8), "{step}: over after {took:?}");
        }
        worker.stop(Duration::from_secs(2)).await;
        app.close().await;
        test.close().await;
    })
    .await;
}
