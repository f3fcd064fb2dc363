//! The group commit.

use std::time::Duration;

use engine::run::{Failure, JournalError, RunStatus};
use types::ErrorCode;

use super::kit::*;
use crate::{
    host::{
        commit::{commit, happened},
        writer_connection::{CheckedOut, WriterConnection},
    },
    testing::{self, on_each_database},
};

#[tokio::test]
async fn d04_one_commit_carries_many_runs_of_many_organizations() {
    on_each_database(|test| async move {
        let orgs: Vec<_> = (0..10).map(|_| org()).collect();
        for i in 0..50 {
            queue(&test.app, orgs[i % 10]).await;
        }
        let host = host(&test.app, "a");
        let claimed = host.claim(100, true).await.unwrap();
        assert_eq!(claimed.len(), 50);
        for run in &claimed {
            use engine::run::Journal as _;
            let journal = host.journal(&run.lease);
            journal.append(segment(1, 3, RunStatus::Running));
            journal.append(segment(4, 1, RunStatus::Succeeded));
        }
        host.flush().await;
        let stats = host.stats();
        assert_eq!(
            (stats.commits, stats.rows),
            (1, 50),
            "one segment per run and batch"
        );
        assert!(host.leases().is_empty());
        for run in &claimed {
            let (org, run) = (run.lease.org, run.lease.run);
            let rows = journal(&test.app, org, run).await;
            assert_eq!(rows.len(), 1);
            assert_eq!((rows[0].0, rows[0].1), (1, 4));
            assert_eq!(rows[0].3.lines().count(), 4);
            assert_eq!(
                field(&test.app, org, run, "status").await.unwrap(),
                "succeeded"
            );
            assert_eq!(field(&test.app, org, run, "last_seq").await.unwrap(), "4");
            assert_eq!(
                field(&test.app, org, run, "output").await.unwrap(),
                "{\"a\":1}"
            );
            assert_eq!(
                field(&test.app, org, run, "prompt_tokens").await.unwrap(),
                "2"
            );
            assert_eq!(field(&test.app, org, run, "cost_micros").await, None);
            assert_eq!(field(&test.app, org, run, "lease_owner").await, None);
            assert!(field(&test.app, org, run, "finished_at").await.is_some());
        }
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d05_a_poisoned_row_fails_its_run_only() {
    on_each_database(|test| async move {
        let org = org();
        for _ in 0..50 {
            queue(&test.app, org).await;
        }
        let host = host(&test.app, "a");
        let claimed = host.claim(100, true).await.unwrap();
        let poisoned = &claimed[17];
        let id = literal(&test, poisoned.lease.run.0);
        // Refuses the second event of this run. To the writer, a violated constraint, an oversized
        // row and the like look the same.
        as_owner(
            &test,
            &if test.owner_url.is_some() {
                format!(
                    "ALTER TABLE journal ADD CONSTRAINT poison
                     CHECK (run_id <> {id}::uuid OR count < 2)"
                )
            } else {
                format!(
                    "CREATE TRIGGER poison BEFORE INSERT ON journal
                     WHEN new.run_id = {id} AND new.count >= 2
                     BEGIN SELECT raise(ABORT, 'poison'); END"
                )
            },
        )
        .await;
        for run in &claimed {
            use engine::run::Journal as _;
            host.journal(&run.lease)
                .append(segment(1, 2, RunStatus::Succeeded));
        }
        host.flush().await;
        assert_eq!(host.stats().failed, 1);
        let mut good = 0;
        for run in &claimed {
            let status = field(&test.app, org, run.lease.run, "status")
                .await
                .unwrap();
            good += u32::from(status == "succeeded");
        }
        assert_eq!(good, 49);
        assert!(matches!(
            poisoned.lease.lost().await,
            JournalError::Failed(_)
        ));
        // The run itself fails, after its last durable event.
        let cause = Failure {
            code: ErrorCode::JournalFailed,
            message: "refused\0".to_owned(),
            stage: None,
        };
        host.fail_refused(poisoned, cause).await.unwrap();
        let run = poisoned.lease.run;
        assert_eq!(
            field(&test.app, org, run, "status").await.unwrap(),
            "failed"
        );
        assert_eq!(
            field(&test.app, org, run, "error_code").await.unwrap(),
            "JOURNAL_FAILED"
        );
        let rows = journal(&test.app, org, run).await;
        assert_eq!((rows.len(), rows[0].0), (1, 1));
        assert!(engine::run::decode(rows[0].3.as_bytes()).is_ok());
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d06_after_a_lost_response_the_batch_s_own_rows_decide() {
    on_each_database(|test| async move {
        let org = org();
        queue(&test.app, org).await;
        let host = host(&test.app, "a");
        let claimed = claim_one(&host).await;
        let rows = [row(&claimed, 1, 2, RunStatus::Running)];
        let pools = &host.0.pools;
        assert_eq!(happened(pools, &rows).await.unwrap(), None);
        assert_eq!(commit(pools, "a", &rows).await.unwrap(), [true]);
        // The response is lost here. A blind retry would look like a lost lease.
        assert_eq!(happened(pools, &rows).await.unwrap(), Some(vec![true]));
        assert_eq!(commit(pools, "a", &rows).await.unwrap(), [false]);
        assert_eq!(journal(&test.app, org, claimed.lease.run).await.len(), 1);
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn v5_a_gap_or_a_fork_is_refused_under_the_right_lease_too() {
    on_each_database(|test| async move {
        let org = org();
        queue(&test.app, org).await;
        let host = host(&test.app, "a");
        let claimed = claim_one(&host).await;
        let pools = &host.0.pools;
        let good = [row(&claimed, 1, 2, RunStatus::Running)];
        assert_eq!(commit(pools, "a", &good).await.unwrap(), [true]);
        for wrong in [2, 4] {
            let rows = [row(&claimed, wrong, 1, RunStatus::Running)];
            assert_eq!(commit(pools, "a", &rows).await.unwrap(), [false], "{wrong}");
        }
        let end = [row(&claimed, 3, 1, RunStatus::Cancelled)];
        assert_eq!(commit(pools, "a", &end).await.unwrap(), [true]);
        // V2: a finished run accepts no more events.
        let more = [row(&claimed, 4, 1, RunStatus::Succeeded)];
        assert_eq!(commit(pools, "a", &more).await.unwrap(), [false]);
        let run = claimed.lease.run;
        assert_eq!(
            field(&test.app, org, run, "status").await.unwrap(),
            "cancelled"
        );
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn nothing_waits_for_a_batch_to_fill() {
    on_each_database(|test| async move {
        let org = org();
        queue(&test.app, org).await;
        let host = host(&test.app, "a");
        let claimed = claim_one(&host).await;
        append(&host, &claimed, segment(1, 1, RunStatus::Running))
            .await
            .unwrap();
        let before = std::time::Instant::now();
        for seq in 2..12 {
            append(&host, &claimed, segment(seq, 1, RunStatus::Running))
                .await
                .unwrap();
        }
        assert!(
            before.elapsed() < std::time::Duration::from_secs(2),
            "{:?}",
            before.elapsed()
        );
        assert_eq!(host.stats().commits, 11);
        test.close().await;
    })
    .await;
}

/// The number of runs visible on the writer's connection, and the server process behind it.
async fn seen(lent: &mut CheckedOut) -> (i64, i32) {
    sqlx::query_as("SELECT (SELECT count(*) FROM runs), pg_backend_pid()")
        .fetch_one(&mut lent.conn)
        .await
        .unwrap()
}

#[tokio::test]
async fn t17_the_writer_s_connection_sees_the_organizations_of_its_batch_and_no_error_outlives_it()
{
    let Some(test) = testing::postgres().await else {
        return testing::skipped();
    };
    let (a, b) = (org(), org());
    for org in [a, b, b] {
        queue(&test.app, org).await;
    }
    let options = test.app.db().conn().get_postgres_connection_pool();
    let options = options.connect_options();
    let writer = WriterConnection::default();
    let mut first = None;
    for (orgs, runs) in [
        (vec![a], 1),
        (vec![b], 2),
        (vec![b], 2),
        (vec![a, b], 3),
        (vec![], 0),
        (vec![a], 1),
    ] {
        let mut lent = writer.lend(&options, &orgs).await.unwrap();
        let (count, process) = seen(&mut lent).await;
        assert_eq!(count, runs, "{orgs:?}");
        assert_eq!(*first.get_or_insert(process), process, "one connection");
        writer.give_back(lent);
    }
    // After an error, a dropped future or a timeout the connection is not given back, and the next
    // commit opens a new one.
    for _ in 0..2 {
        let mut lent = writer.lend(&options, &[a]).await.unwrap();
        let slow = sqlx::query("SELECT pg_sleep(5)").execute(&mut lent.conn);
        assert!(
            tokio::time::timeout(Duration::from_millis(20), slow)
                .await
                .is_err()
        );
        drop(lent);
        let mut next = writer.lend(&options, &[b]).await.unwrap();
        let (count, process) = seen(&mut next).await;
        assert_eq!(count, 2);
        assert_ne!(first.replace(process), Some(process));
        writer.give_back(next);
    }
    test.close().await;
}
