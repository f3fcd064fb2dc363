//! Claims, leases, fencing and suspects.

use engine::run::{JournalError, RunStatus};

use super::kit::*;
use crate::{
    host::{ClaimCapacity, Claimed, MAX_DEATHS, OrgShare, pools::Pools},
    testing::on_each_database,
};

#[tokio::test]
async fn a_claim_takes_turns_between_organizations_and_older_runs_first() {
    on_each_database(|test| async move {
        let (busy, quiet) = (org(), org());
        let mut runs = vec![];
        for _ in 0..20 {
            runs.push(queue(&test.app, busy).await);
        }
        let small = queue(&test.app, quiet).await;
        let host = host(&test.app, "a");
        let first: Vec<_> = host.claim(4, true).await.unwrap();
        let first: Vec<_> = first.iter().map(|c| c.lease.run).collect();
        assert!(
            first.contains(&small),
            "one organization's flood delays the other"
        );
        assert!(
            first.contains(&runs[0]) && first.contains(&runs[1]),
            "older runs come first"
        );
        let rest = host.claim(100, true).await.unwrap();
        assert_eq!(first.len() + rest.len(), 21);
        assert_eq!(host.leases().len(), 21);
        assert!(host.claim(100, true).await.unwrap().is_empty());
        assert_eq!(
            field(&test.app, busy, runs[3], "status").await.unwrap(),
            "running"
        );
        assert_eq!(
            field(&test.app, busy, runs[3], "lease_owner")
                .await
                .unwrap(),
            "a"
        );
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_organization_gets_its_share_and_one_without_runs_comes_first_d33() {
    on_each_database(|test| async move {
        let (busy, quiet) = (org(), org());
        let host = host(&test.app, "a");
        // Many runs of one organization are due, and one of another, later.
        for (owner, count) in [(busy, 6), (quiet, 1)] {
            for _ in 0..count {
                queue(&test.app, owner).await;
            }
        }
        for claimed in host.claim(100, true).await.unwrap() {
            append(&host, &claimed, segment(1, 1, RunStatus::Waiting))
                .await
                .unwrap();
            let late = i64::from(claimed.lease.org == quiet);
            let due = chrono::Utc::now() + chrono::Duration::milliseconds(100 * late);
            host.park(&claimed.lease, due);
        }
        host.flush().await;
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        for _ in 0..6 {
            queue(&test.app, busy).await;
        }
        let fresh = queue(&test.app, quiet).await;
        let of = |claimed: &[crate::host::Claimed], org| {
            claimed.iter().filter(|run| run.lease.org == org).count()
        };
        // No slot is free; the extra slots are for organizations without runs.
        let mut room = ClaimCapacity {
            free: 0,
            extra: 2,
            usual: 4,
            orgs: vec![(busy, OrgShare { held: 9, room: 3 })],
        };
        let first = host.claim_within(&room, true).await.unwrap();
        assert_eq!((of(&first, busy), of(&first, quiet)), (0, 1));
        assert_eq!(first[0].last_seq, 1, "started runs come before new ones");
        // One organization has used its share and has many due and queued runs: the other does not
        // wait behind them.
        room.free = 4;
        room.orgs = vec![
            (busy, OrgShare { held: 9, room: 0 }),
            (quiet, OrgShare { held: 1, room: 3 }),
        ];
        let second = host.claim_within(&room, true).await.unwrap();
        let runs: Vec<_> = second.iter().map(|claimed| claimed.lease.run).collect();
        assert_eq!(runs, [fresh]);
        // With room for three it gets three, and started runs come first.
        room.free = 100;
        room.orgs = vec![(busy, OrgShare { held: 9, room: 3 })];
        let third = host.claim_within(&room, true).await.unwrap();
        assert_eq!((of(&third, busy), of(&third, quiet)), (3, 0));
        assert!(third.iter().all(|claimed| claimed.last_seq == 1));
        assert_eq!(host.claim(100, true).await.unwrap().len(), 9);
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d16_concurrent_claims_never_return_a_run_twice() {
    on_each_database(|test| async move {
        let org = org();
        for _ in 0..40 {
            queue(&test.app, org).await;
        }
        let (a, b) = (host(&test.app, "a"), host(&test.app, "b"));
        // On SQLite there is one process; its claims still do not overlap.
        let second = if matches!(a.0.pools, Pools::Sqlite(_)) {
            &a
        } else {
            &b
        };
        let mut seen = std::collections::HashSet::new();
        while seen.len() < 40 {
            let (one, two) = tokio::join!(a.claim(7, true), second.claim(7, true));
            for run in one.unwrap().into_iter().chain(two.unwrap()) {
                assert!(
                    seen.insert(run.lease.run),
                    "{:?} was claimed twice",
                    run.lease.run
                );
            }
        }
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn v6_only_the_newest_epoch_appends_also_under_the_same_name_d14_d15() {
    on_each_database(|test| async move {
        let org = org();
        let run = queue(&test.app, org).await;
        let old = host(&test.app, "same name");
        let first = claim_one(&old).await;
        append(&old, &first, segment(1, 2, RunStatus::Running))
            .await
            .unwrap();
        expire(&test, run).await;
        // A worker of the same name takes over without the first one's knowledge.
        let new = host(&test.app, "same name");
        let second = claim_one(&new).await;
        assert_eq!(second.lease.epoch, first.lease.epoch + 1);
        assert_eq!(second.last_seq, 2);
        append(&new, &second, segment(3, 2, RunStatus::Running))
            .await
            .unwrap();
        let late = append(&old, &first, segment(3, 1, RunStatus::Succeeded)).await;
        assert_eq!(late, Err(JournalError::Fenced));
        assert_eq!(old.stats().fenced, 1);
        // The old host cannot renew, give back or wake the run either.
        assert!(old.leases().is_empty());
        old.park(&first.lease, chrono::Utc::now());
        old.release(&first.lease, None);
        old.flush().await;
        let epochs: Vec<_> = journal(&test.app, org, run)
            .await
            .iter()
            .map(|r| r.2)
            .collect();
        assert_eq!(epochs, [1, 2]);
        assert_eq!(
            field(&test.app, org, run, "status").await.unwrap(),
            "running"
        );
        append(&new, &second, segment(5, 1, RunStatus::Succeeded))
            .await
            .unwrap();
        assert_eq!(
            field(&test.app, org, run, "status").await.unwrap(),
            "succeeded"
        );
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d18_a_renewed_lease_lasts_and_one_that_is_not_renewed_ends_in_this_process_first() {
    on_each_database(|test| async move {
        let org = org();
        let run = queue(&test.app, org).await;
        let lease = std::time::Duration::from_millis(900);
        let host = host_with(&test.app, "a", lease);
        let claimed = claim_one(&host).await;
        for _ in 0..8 {
            tokio::time::sleep(lease / 4).await;
            host.renew().await.unwrap();
            assert_eq!(host.fence_ending(lease / 10), 0);
        }
        append(&host, &claimed, segment(1, 1, RunStatus::Running))
            .await
            .unwrap();
        tokio::time::sleep(lease).await;
        if !test.app.db().is_postgres() {
            // One process owns the file, so no other can have taken the run over, however slow the
            // disk is. The lease lasts as long as the process, and a held run is not claimed again.
            assert!(claimed.lease.is_held());
            assert!(host.claim(10, true).await.unwrap().is_empty());
            return test.close().await;
        }
        // Without a renewal, durable() itself refuses, even after a suspended process resumes
        // (D14).
        assert!(!claimed.lease.is_held());
        let late = append(&host, &claimed, segment(2, 1, RunStatus::Running)).await;
        assert_eq!(late, Err(JournalError::Fenced));
        assert_eq!(journal(&test.app, org, run).await.len(), 1);
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d18_a_renewal_that_finds_another_holder_stops_the_run() {
    on_each_database(|test| async move {
        let org = org();
        let run = queue(&test.app, org).await;
        let host = host_with(&test.app, "a", std::time::Duration::from_millis(600));
        let claimed = claim_one(&host).await;
        let id = literal(&test, run.0);
        as_owner(
            &test,
            &format!("UPDATE runs SET lease_epoch = 9 WHERE id = {id}"),
        )
        .await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        host.renew().await.unwrap();
        assert_eq!(claimed.lease.lost().await, JournalError::Fenced);
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d23_deaths_without_progress_are_counted_and_suspects_come_one_at_a_time() {
    on_each_database(|test| async move {
        let org = org();
        let (one, two) = (queue(&test.app, org).await, queue(&test.app, org).await);
        for death in 0..2 {
            let host = host(&test.app, &format!("dies {death}"));
            let claimed = host.claim(10, true).await.unwrap();
            assert_eq!(claimed.len(), 2);
            assert!(claimed.iter().all(|c| c.crashes == death));
            for c in &claimed {
                expire(&test, c.lease.run).await;
            }
        }
        // Both are suspects now: one can be claimed, the other has to wait.
        let third = host(&test.app, "dies 2");
        assert!(third.claim(10, false).await.unwrap().is_empty());
        let suspect = claim_one(&third).await;
        assert!(suspect.is_suspect() && !suspect.must_be_alone());
        // It completes stages, so it is no longer a suspect.
        append(&third, &suspect, segment(1, 10, RunStatus::Running))
            .await
            .unwrap();
        suspect.lease.progressed().await;
        assert_eq!(
            field(&test.app, org, suspect.lease.run, "crashes")
                .await
                .unwrap(),
            "0"
        );
        let other = claim_one(&third).await;
        expire(&test, other.lease.run).await;
        // On SQLite, runs of any other owner belong to a dead process: both are claimed.
        let last = host(&test.app, "last").claim(10, true).await.unwrap();
        let again = last
            .iter()
            .find(|c| c.lease.run == other.lease.run)
            .unwrap();
        // After its third death it is driven alone. Deaths beside other runs do not count.
        assert_eq!((again.crashes, again.deaths_alone), (3, 0));
        assert!(again.must_be_alone());
        assert!([one, two].contains(&again.lease.run));
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d23_a_stage_completed_inside_a_loop_is_progress_although_no_top_level_stage_is_done() {
    on_each_database(|test| async move {
        let org = org();
        queue(&test.app, org).await;
        for death in 0..2 {
            let dying = host(&test.app, &format!("dies {death}"));
            let claimed = claim_one(&dying).await;
            assert_eq!(claimed.crashes, death);
            expire(&test, claimed.lease.run).await;
        }
        let third = host(&test.app, "third");
        let suspect = claim_one(&third).await;
        let mut events = segment(1, 10, RunStatus::Running);
        events.summary.stages_done = 0;
        append(&third, &suspect, events.clone()).await.unwrap();
        let crashes = async || field(&test.app, org, suspect.lease.run, "crashes").await;
        assert_eq!(crashes().await.unwrap(), "2");
        events.first_seq = 11;
        events.summary.last_seq = 20;
        events.summary.progressed = true;
        append(&third, &suspect, events).await.unwrap();
        suspect.lease.progressed().await;
        assert_eq!(crashes().await.unwrap(), "0");
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_run_that_is_given_back_is_taken_over_at_once_and_counts_as_no_death() {
    on_each_database(|test| async move {
        let org = org();
        queue(&test.app, org).await;
        let (a, b) = (host(&test.app, "a"), host(&test.app, "b"));
        let claimed = claim_one(&a).await;
        append(&a, &claimed, segment(1, 2, RunStatus::Running))
            .await
            .unwrap();
        a.release(&claimed.lease, None);
        a.flush().await;
        let again = claim_one(&b).await;
        assert_eq!((again.last_seq, again.crashes), (2, 0));
        // A run given back for later cannot be claimed before that time.
        b.release(
            &again.lease,
            Some(chrono::Utc::now() + std::time::Duration::from_secs(60)),
        );
        b.flush().await;
        assert!(b.claim(10, true).await.unwrap().is_empty());
        test.close().await;
    })
    .await;
}

/// Whether the death of a worker with a single run counts depends on how long the worker lived with
/// the run, and how long the next worker has lived without it.
#[tokio::test]
async fn d23_a_death_counts_only_alone_and_when_the_next_worker_lives_without_the_run() {
    on_each_database(|test| async move {
        let lease = std::time::Duration::from_millis(200);
        // Seconds alone before the death, and whether it counts after the next worker lived 4 s.
        for (alone, counts) in [
            (None, None),
            (Some(0.5), Some(true)),
            (Some(30.0), Some(false)),
        ] {
            let org = org();
            let run = queue(&test.app, org).await;
            let died = host_with(&test.app, "died", lease);
            let claimed = claim_one(&died).await;
            if alone.is_some() {
                assert!(died.set_alone(&claimed.lease, true).await.unwrap());
            }
            dead(&test, run, alone.unwrap_or(1.0)).await;
            let next = host_with(&test.app, "next", lease);
            let at_once = only(&next, run).await;
            let Some(counts) = counts else {
                // The run was not alone: it is taken over at once, and the death does not count.
                let at_once = at_once.unwrap();
                assert_eq!((at_once.deaths_alone, at_once.crashes), (0, 3));
                append(&next, &at_once, segment(1, 1, RunStatus::Succeeded))
                    .await
                    .unwrap();
                continue;
            };
            assert!(at_once.is_none(), "no worker has lived without it yet");
            tokio::time::sleep(std::time::Duration::from_millis(3_300)).await;
            let later = only(&next, run).await;
            assert_eq!(later.is_some(), counts, "{alone:?}");
            if let Some(later) = later {
                assert_eq!((later.deaths_alone, later.crashes), (1, 3));
                // Progress resets everything.
                append(&next, &later, segment(1, 10, RunStatus::Running))
                    .await
                    .unwrap();
                for column in ["crashes", "deaths_alone"] {
                    let left = field(&test.app, org, run, column).await.unwrap();
                    assert_eq!(left, "0", "{column}");
                }
                let since = field(&test.app, org, run, "alone_since").await;
                assert_eq!(since, None);
                append(&next, &later, segment(11, 1, RunStatus::Succeeded))
                    .await
                    .unwrap();
            }
        }
        test.close().await;
    })
    .await;
}

/// Changes the run's row as if its worker had died, for the third time, `alone` seconds after the
/// run was alone.
async fn dead(test: &crate::testing::TestApp, run: types::RunId, alone: f64) {
    let id = literal(test, run.0);
    let ago = |seconds: f64| {
        let at = chrono::Utc::now() - std::time::Duration::from_secs_f64(seconds);
        at.to_rfc3339_opts(chrono::SecondsFormat::Micros, false)
    };
    // The death was long ago, so only the age of the next worker matters.
    let (until, since) = (ago(500.0), ago(500.0 + alone));
    as_owner(
        test,
        &format!(
            "UPDATE runs SET crashes = 2, lease_until = '{until}',
                alone_since = CASE WHEN alone_since IS NOT NULL THEN '{since}' END{cast}
             WHERE id = {id}",
            cast = if test.owner_url.is_some() {
                "::timestamptz"
            } else {
                ""
            }
        ),
    )
    .await;
}

/// Claims runs and returns this one, if it is among them.
async fn only(host: &crate::host::Host, run: types::RunId) -> Option<Claimed> {
    let claimed = host.claim(10, true).await.unwrap();
    claimed.into_iter().find(|one| one.lease.run == run)
}

#[test]
fn three_counted_deaths_end_a_run_as_documented() {
    assert_eq!(
        MAX_DEATHS, 3,
        "docs/error-codes and the error's text say three"
    );
}

#[tokio::test]
async fn d47_a_claim_that_the_database_forgot_ends_when_the_run_is_claimed_again() {
    on_each_database(|test| async move {
        let org = org();
        let run = queue(&test.app, org).await;
        let host = host(&test.app, "a");
        let forgotten = claim_one(&host).await;
        // What a crash of the database leaves if it came before the claim was on the disk.
        let id = literal(&test, run.0);
        let sql = "UPDATE runs SET status = 'queued', lease_owner = NULL, lease_epoch = 0,
            lease_until = NULL, started_at = NULL WHERE id = ";
        as_owner(&test, &format!("{sql}{id}")).await;
        let newer = claim_one(&host).await;
        assert_eq!(
            newer.lease.epoch, forgotten.lease.epoch,
            "the row knows of one claim only"
        );
        assert!(!forgotten.lease.is_held(), "the first drives no further");
        let refused = append(&host, &forgotten, segment(1, 2, RunStatus::Running)).await;
        assert!(
            matches!(refused, Err(JournalError::Fenced)),
            "it starts no stage with an effect: {refused:?}"
        );
        assert!(newer.lease.is_held());
        append(&host, &newer, segment(1, 4, RunStatus::Succeeded))
            .await
            .unwrap();
        assert_eq!(journal(&test.app, org, run).await.len(), 1);
        assert_eq!(
            field(&test.app, org, run, "status").await.unwrap(),
            "succeeded"
        );
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn d47_a_commit_under_a_forgotten_claim_is_refused() {
    on_each_database(|test| async move {
        let org = org();
        let run = queue(&test.app, org).await;
        let host = host(&test.app, "a");
        let forgotten = claim_one(&host).await;
        let id = literal(&test, run.0);
        let sql = "UPDATE runs SET status = 'queued', lease_owner = NULL, lease_epoch = 0,
            lease_until = NULL, started_at = NULL WHERE id = ";
        as_owner(&test, &format!("{sql}{id}")).await;
        let refused = append(&host, &forgotten, segment(1, 2, RunStatus::Running)).await;
        assert!(matches!(refused, Err(JournalError::Fenced)), "{refused:?}");
        assert!(journal(&test.app, org, run).await.is_empty());
        assert!(host.leases().is_empty());
        test.close().await;
    })
    .await;
}
