//! A suspect that must be alone while a claim is in flight.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use domain::host::{Host, HostSettings};
use tokio::sync::oneshot;

use super::kit::*;
use crate::{dispatch, quarantine, shared::Shared};

#[tokio::test]
async fn d23_a_run_counts_as_alone_only_after_a_claim_in_flight() {
    on_each_database(|test| async move {
        let (resources, settings) = test.worker_parts(Duration::from_secs(60));
        let (host, _writer) = Host::start(
            test.app.db(),
            test.app.live(),
            test.app.clock(),
            HostSettings {
                owner: "racing".to_owned(),
                lease: settings.lease,
            },
        );
        let shared = Arc::new(Shared::new(&test.app, host.clone(), resources, settings));
        let pipeline = test.pipeline(sleep(0.9)).await;
        let suspect = test.start(pipeline).await;
        test.sql("UPDATE runs SET crashes = 3 WHERE id = {run}", suspect)
            .await;
        let mut claimed = host.claim(1, true).await.unwrap();
        let suspect = claimed.pop().unwrap();
        assert!(suspect.must_be_alone());
        let other = test.start(pipeline).await;

        let held = test.hold_runs().await;
        let claiming = tokio::spawn({
            let shared = shared.clone();
            async move { dispatch::claim(&shared).await.unwrap() }
        });
        // Once the claim holds its lock, it has found no pause: nothing is awaited in between, and
        // this runtime has one thread.
        while shared.claiming.try_lock().is_ok() {
            tokio::task::yield_now().await;
        }
        let (report, mut alone) = oneshot::channel();
        let (end, ended) = oneshot::channel::<()>();
        shared.runs.spawn({
            let shared = shared.clone();
            async move {
                let room = quarantine::make_room(&shared, &suspect).await;
                report.send(room.is_some()).unwrap();
                let _ = ended.await;
            }
        });
        let patience = Instant::now() + Duration::from_secs(5);
        while !shared.paused.load(Ordering::Relaxed) {
            assert!(Instant::now() < patience, "the other runs are not stopped");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Every other task has had many turns by now.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(alone.try_recv().is_err(), "a claim is still in flight");
        held.release().await;

        claiming.await.unwrap();
        assert!(
            host.leases().get(other).is_some(),
            "the claim came too late"
        );
        assert!(alone.await.unwrap());
        assert_eq!(
            shared.runs.len(),
            1,
            "another run is driven beside the suspect"
        );
        assert!(test.finished(other).await.error.is_none());
        // No run is claimed until the suspect no longer needs the worker for itself.
        test.start(pipeline).await;
        assert!(!dispatch::claim(&shared).await.unwrap());
        assert_eq!(shared.runs.len(), 1);
        end.send(()).unwrap();
        host.flush().await;
        test.close().await;
    })
    .await;
}
