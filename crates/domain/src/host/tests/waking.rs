//! Parked runs, timers and signals.

use std::time::Duration;

use chrono::Utc;
use engine::run::{RunStatus, Signal};

use super::kit::*;
use crate::{
    runs::signals::{CancelBody, send_cancel},
    testing::on_each_database,
};

#[tokio::test]
async fn a_parked_run_holds_no_slot_and_is_claimed_when_its_timer_is_due() {
    on_each_database(|test| async move {
        let org = org();
        let run = queue(&test.app, org).await;
        let host = host(&test.app, "a");
        let claimed = claim_one(&host).await;
        append(&host, &claimed, segment(1, 2, RunStatus::Waiting))
            .await
            .unwrap();
        host.park(&claimed.lease, Utc::now() + Duration::from_millis(400));
        host.flush().await;
        assert!(host.leases().is_empty());
        assert_eq!(
            field(&test.app, org, run, "status").await.unwrap(),
            "waiting"
        );
        assert_eq!(field(&test.app, org, run, "lease_owner").await, None);
        assert!(field(&test.app, org, run, "wake_at").await.is_some());
        assert!(host.claim(10, true).await.unwrap().is_empty());
        let millis = host.next_timer().await.unwrap().unwrap();
        assert!((1..=401).contains(&millis), "{millis}");
        tokio::time::sleep(Duration::from_millis(millis)).await;
        let again = claim_one(&host).await;
        assert_eq!((again.last_seq, again.crashes), (2, 0));
        assert_eq!(host.next_timer().await.unwrap(), None);
        assert_eq!(field(&test.app, org, run, "wake_at").await, None);
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d28_a_cancel_reaches_a_queued_a_running_and_a_parked_run_once() {
    on_each_database(|test| async move {
        let org = org();
        let clock = types::Clock::system();
        let body = CancelBody {
            by: Some("Ada".to_owned()),
            reason: None,
        };
        let run = queue(&test.app, org).await;
        let cancel = async || {
            let tx = test.app.db().begin(&[org]).await.unwrap();
            send_cancel(&tx, &clock, (org, run), &body).await.unwrap();
            tx.commit().await.unwrap();
        };
        let host = host(&test.app, "a");
        // Queued.
        cancel().await;
        let mut claimed = claim_one(&host).await;
        assert!(claimed.signalled);
        host.deliver_signals(std::slice::from_ref(&claimed.lease))
            .await
            .unwrap();
        host.deliver_signals(std::slice::from_ref(&claimed.lease))
            .await
            .unwrap();
        let expected = Signal::Cancel {
            by: Some("Ada".to_owned()),
            reason: None,
        };
        assert_eq!(claimed.signals.recv().await.unwrap(), expected);
        assert!(claimed.signals.try_recv().is_err(), "delivered twice");
        // The signal stays unseen until the run ends, so a later holder gets it again.
        append(&host, &claimed, segment(1, 2, RunStatus::Waiting))
            .await
            .unwrap();
        host.park(&claimed.lease, Utc::now() + Duration::from_secs(3600));
        host.flush().await;
        // A second cancel wakes the parked run.
        assert!(host.claim(10, true).await.unwrap().is_empty());
        cancel().await;
        let mut claimed = claim_one(&host).await;
        host.deliver_signals(std::slice::from_ref(&claimed.lease))
            .await
            .unwrap();
        assert_eq!(claimed.signals.recv().await.unwrap(), expected);
        // When the run ends, no unseen signal and no timer is left.
        append(&host, &claimed, segment(3, 1, RunStatus::Cancelled))
            .await
            .unwrap();
        assert!(host.claim(10, true).await.unwrap().is_empty());
        let tx = test.app.db().begin(&[org]).await.unwrap();
        let unseen = tx
            .execute(
                "/* across organizations: test */ DELETE FROM run_signals WHERE seen_at IS NULL",
                [],
            )
            .await
            .unwrap();
        let timers = tx
            .execute("/* across organizations: test */ DELETE FROM timers", [])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!((unseen, timers), (0, 0));
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_cancel_that_comes_while_a_run_is_being_parked_wakes_it() {
    on_each_database(|test| async move {
        let org = org();
        let run = queue(&test.app, org).await;
        let host = host(&test.app, "a");
        let claimed = claim_one(&host).await;
        append(&host, &claimed, segment(1, 1, RunStatus::Running))
            .await
            .unwrap();
        let tx = test.app.db().begin(&[org]).await.unwrap();
        let body = CancelBody::default();
        send_cancel(&tx, &types::Clock::system(), (org, run), &body)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        // The holder has not seen it yet when it parks.
        host.park(&claimed.lease, Utc::now() + Duration::from_secs(3600));
        host.flush().await;
        assert!(claim_one(&host).await.signalled);
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d17_inconsistencies_of_a_manual_change_are_repaired_and_a_finished_run_stays_finished() {
    on_each_database(|test| async move {
        let org = org();
        let (waits, done) = (queue(&test.app, org).await, queue(&test.app, org).await);
        let id = literal(&test, waits.0);
        as_owner(
            &test,
            &format!("UPDATE runs SET status = 'waiting' WHERE id = {id}"),
        )
        .await;
        let id = literal(&test, done.0);
        as_owner(
            &test,
            &format!("UPDATE runs SET status = 'succeeded' WHERE id = {id}"),
        )
        .await;
        let org_id = literal(&test, org.0);
        as_owner(
            &test,
            &format!("INSERT INTO timers VALUES ({id}, {org_id}, '2001-01-01', 'wake', '')"),
        )
        .await;
        let host = host(&test.app, "a");
        assert_eq!(host.reconcile().await.unwrap(), (1, 1));
        assert_eq!(host.reconcile().await.unwrap(), (0, 0));
        assert_eq!(claim_one(&host).await.lease.run, waits);
        assert_eq!(
            field(&test.app, org, done, "status").await.unwrap(),
            "succeeded"
        );
        test.close().await;
    })
    .await;
}
