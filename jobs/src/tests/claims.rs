//! When a slot that becomes free leads to another claim.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use domain::host::{Host, HostSettings};

use super::kit::*;
use crate::{dispatch, settings::WorkerSettings, shared::Shared};

#[tokio::test]
async fn a_free_slot_needs_a_claim_only_if_the_last_one_may_have_left_runs() {
    on_each_database(|test| async move {
        let (resources, settings) = test.worker_parts(Duration::from_secs(10));
        let settings = WorkerSettings {
            slots: 2,
            ..settings
        };
        let (host, _writer) = Host::start(
            test.app.db(),
            test.app.live(),
            test.app.clock(),
            HostSettings {
                owner: "claiming".to_owned(),
                lease: settings.lease,
            },
        );
        let shared = Arc::new(Shared::new(&test.app, host.clone(), resources, settings));
        let pipeline = test.pipeline(chain(1)).await;
        let claim = async |runs: usize| {
            let mut started = Vec::new();
            for _ in 0..runs {
                started.push(test.start(pipeline).await);
            }
            dispatch::claim(&shared).await.unwrap();
            let left = shared.left.load(Ordering::Relaxed);
            for run in started.iter().take(2) {
                test.finished(*run).await;
            }
            let patience = Instant::now() + Duration::from_secs(5);
            while !shared.runs.is_empty() {
                assert!(Instant::now() < patience, "a run does not end");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            left
        };
        assert!(!claim(0).await, "nothing was queued");
        assert!(!claim(1).await, "all that was queued was claimed");
        assert!(claim(3).await, "the last one waits for a slot");
        assert!(!claim(0).await, "the last one was claimed");
        host.flush().await;
        test.close().await;
    })
    .await;
}
