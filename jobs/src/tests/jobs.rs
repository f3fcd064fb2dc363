//! Jobs of organizations, from enqueuing to their end. The kinds of these tests follow the steps of
//! `docs/adding-a-job.md`.

use std::time::{Duration, Instant};

use domain::{
    AppError, Ctx, Result, Role, SystemCtx,
    audit::{self, Entry},
    identity,
    live::{Message, Topic},
    queue::{self, ActsAs, Job, JobDetails, JobStatus, Kind, Running},
};
use serde::{Deserialize, Serialize};
use types::{ErrorCode, JobId};

use super::kit::*;

/// Step 3 of the guide: the list of kinds.
pub const KINDS: &[Kind] = &[
    Kind::of::<Greet>(),
    Kind::of::<Fail>(),
    Kind::of::<Hang>(),
    Kind::of::<Panic>(),
    Kind::of::<Purge>(),
];

/// Step 1 of the guide: the payload. This job writes a row to the audit log for each name.
#[derive(Serialize, Deserialize)]
struct Greet {
    names: Vec<String>,
}

impl Job for Greet {
    const QUEUE: &'static str = "tests.greet";

    async fn run(&self, job: &Running) -> Result<()> {
        let total = self.names.len() as u64;
        for (done, name) in (1..).zip(&self.names) {
            let tx = job.ctx.begin().await?;
            audit::write(&tx, &job.ctx, Entry::new("tests.greet", "name", name)).await?;
            tx.commit().await?;
            job.progress(done, Some(total)).await?;
        }
        Ok(())
    }
}

/// Fails with this code before the attempt with this number.
#[derive(Serialize, Deserialize)]
struct Fail {
    code: ErrorCode,
    before: i32,
}

impl Job for Fail {
    const QUEUE: &'static str = "tests.fail";
    const ATTEMPTS: u16 = 2;
    const BACKOFF: Duration = Duration::from_secs(1);

    async fn run(&self, job: &Running) -> Result<()> {
        if job.attempt < self.before {
            return Err(AppError::new(self.code, "not yet"));
        }
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
struct Hang {
    first: i32,
}

impl Job for Hang {
    const QUEUE: &'static str = "tests.hang";
    const TIMEOUT: Duration = Duration::from_secs(30);

    async fn run(&self, job: &Running) -> Result<()> {
        if job.attempt <= self.first {
            job.progress(1, None).await?;
            tokio::time::sleep(Duration::from_secs(3_600)).await;
        }
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
struct Panic;

impl Job for Panic {
    const QUEUE: &'static str = "tests.panic";
    const ATTEMPTS: u16 = 1;

    async fn run(&self, _: &Running) -> Result<()> {
        panic!("SELECT secret FROM nowhere")
    }
}

/// Must run even if its requester has left.
#[derive(Serialize, Deserialize)]
struct Purge;

impl Job for Purge {
    const QUEUE: &'static str = "tests.purge";
    const ACTS_AS: ActsAs = ActsAs::System;

    async fn run(&self, job: &Running) -> Result<()> {
        let tx = job.ctx.begin().await?;
        audit::write(&tx, &job.ctx, Entry::new("tests.purge", "thing", "it")).await?;
        Ok(tx.commit().await?)
    }
}

/// Step 2 of the guide: the change enqueues the job in its own transaction.
async fn enqueue<J: Job>(test: &TestApp, job: &J) -> JobId {
    let tx = test.ctx.begin().await.unwrap();
    let id = queue::enqueue(&tx, &test.ctx, job, Duration::ZERO)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn until(ctx: &Ctx, id: JobId, status: JobStatus) -> JobDetails {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let job = queue::get(ctx, id).await.unwrap();
        if job.status == status {
            return job;
        }
        assert!(Instant::now() < patience, "{job:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn code(job: &JobDetails) -> Option<&str> {
    job.error.as_ref().map(|(code, _)| code.as_str())
}

#[tokio::test]
async fn a_committed_job_runs_as_its_requester_and_one_of_a_rolled_back_change_does_not_run() {
    on_each_database(|test| async move {
        let worker = test.worker(Duration::from_secs(10));
        let names = vec!["Ada".to_owned(), "Charles".to_owned()];
        let tx = test.ctx.begin().await.unwrap();
        let job = Greet {
            names: names.clone(),
        };
        let dropped = queue::enqueue(&tx, &test.ctx, &job, Duration::ZERO)
            .await
            .unwrap();
        tx.rollback().await.unwrap();
        let id = enqueue(&test, &job).await;
        let job = until(&test.ctx, id, JobStatus::Succeeded).await;
        assert_eq!((job.attempts, job.done, job.total), (1, 2, Some(2)));
        assert!(job.finished_at.is_some() && job.error.is_none());
        let gone = queue::get(&test.ctx, dropped).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);
        let log = audit::list(&test.ctx, 100).await.unwrap();
        let greeted: Vec<_> = log
            .iter()
            .filter(|row| row.action == "tests.greet")
            .collect();
        assert_eq!(greeted.len(), 2);
        for row in greeted {
            assert_eq!(row.actor_id, test.ctx.actor.id);
            assert_eq!(row.request_id, *test.ctx.request_id);
        }
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_failed_attempt_is_retried_and_a_failed_job_is_listed_and_can_be_retried() {
    on_each_database(|test| async move {
        let worker = test.worker(Duration::from_secs(10));
        let passing = enqueue(
            &test,
            &Fail {
                code: ErrorCode::Unavailable,
                before: 2,
            },
        )
        .await;
        let failing = enqueue(
            &test,
            &Fail {
                code: ErrorCode::Unavailable,
                before: 3,
            },
        )
        .await;
        let wrong = enqueue(
            &test,
            &Fail {
                code: ErrorCode::InvalidInput,
                before: 9,
            },
        )
        .await;
        let panics = enqueue(&test, &Panic).await;

        let job = until(&test.ctx, passing, JobStatus::Succeeded).await;
        assert_eq!((job.attempts, code(&job)), (2, None));
        let job = until(&test.ctx, failing, JobStatus::Failed).await;
        assert_eq!((job.attempts, code(&job)), (2, Some("UNAVAILABLE")));
        // Errors of the request itself are not retried.
        let job = until(&test.ctx, wrong, JobStatus::Failed).await;
        assert_eq!((job.attempts, code(&job)), (1, Some("INVALID_INPUT")));
        let job = until(&test.ctx, panics, JobStatus::Failed).await;
        assert_eq!(code(&job), Some("INTERNAL"));
        let (_, message) = job.error.unwrap();
        assert!(!message.contains("SELECT"), "{message}");

        let failed = queue::list(&test.ctx, &Default::default(), Some(JobStatus::Failed)).await;
        let failed: Vec<_> = failed
            .unwrap()
            .edges
            .into_iter()
            .map(|(_, j)| j.id)
            .collect();
        assert_eq!(failed, [panics, wrong, failing]);
        let refused = queue::retry(&test.ctx, passing).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Conflict);
        queue::retry(&test.ctx, failing).await.unwrap();
        let job = until(&test.ctx, failing, JobStatus::Succeeded).await;
        assert_eq!((job.attempts, job.max_attempts), (3, 4));
        let log = audit::list(&test.ctx, 10).await.unwrap();
        assert!(log.iter().any(|row| row.action == "job.retry"));
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_stopping_worker_gives_back_a_job_and_the_next_one_continues_it() {
    on_each_database(|test| async move {
        let worker = test.worker(Duration::from_secs(10));
        let id = enqueue(&test, &Hang { first: 1 }).await;
        let patience = Instant::now() + Duration::from_secs(15);
        while queue::get(&test.ctx, id).await.unwrap().done == 0 {
            assert!(Instant::now() < patience, "the job does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        worker.stop(Duration::from_secs(2)).await;
        let job = queue::get(&test.ctx, id).await.unwrap();
        assert_eq!((job.status, job.max_attempts), (JobStatus::Queued, 6));
        let worker = test.worker(Duration::from_secs(10));
        let job = until(&test.ctx, id, JobStatus::Succeeded).await;
        assert_eq!(job.attempts, 2);
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_killed_worker_s_job_is_restarted_and_its_late_result_is_refused() {
    on_each_database(|test| async move {
        let id = enqueue(&test, &Hang { first: 0 }).await;
        // The state that a worker leaves that died a minute ago: its row, and a delivery that it
        // locked.
        let postgres = test.app.db().is_postgres();
        let (jobs, workers, past) = if postgres {
            (
                "apalis.jobs",
                "apalis.workers",
                "now() - interval '1 minute'",
            )
        } else {
            ("Jobs", "Workers", "unixepoch() - 60")
        };
        let nothing = types::RunId::new(test.app.clock());
        for sql in [
            format!(
                "INSERT INTO {workers} (id, worker_type, storage_name, layers, last_seen) \
                 VALUES ('dead', 'flowmason.tests.hang', 'x', '', {past})"
            ),
            format!(
                "UPDATE {jobs} SET status = 'Running', lock_by = 'dead', lock_at = {past} \
                 WHERE job_type = 'flowmason.tests.hang'"
            ),
        ] {
            test.sql(&sql, nothing).await;
        }
        let text = if postgres {
            "convert_from(job, 'UTF8')"
        } else {
            "CAST(job AS text)"
        };
        let sql = format!("SELECT {text} FROM {jobs} WHERE job_type = 'flowmason.tests.hang'");
        let delivery = test.text(&sql).await;
        let delivery = serde_json::from_str(&delivery).unwrap();
        let system = SystemCtx::new(&test.app);
        let kind = Kind::of::<Hang>();
        let dead = queue::begin(&system, kind, &delivery, identity::rights_now)
            .await
            .unwrap()
            .unwrap();

        let worker = test.worker(Duration::from_secs(10));
        let job = until(&test.ctx, id, JobStatus::Succeeded).await;
        assert_eq!(job.attempts, 2);
        // If the supposedly dead worker was only slow, its result now changes nothing.
        let superseded = dead.progress(7, None).await.unwrap_err();
        assert_eq!(superseded.code, ErrorCode::Conflict);
        let late = AppError::new(ErrorCode::InvalidInput, "late");
        dead.end(Err(late)).await.unwrap();
        let job = queue::get(&test.ctx, id).await.unwrap();
        assert_eq!((job.status, job.done), (JobStatus::Succeeded, 0));
        // Repeating the same delivery starts nothing.
        let again = queue::begin(&system, kind, &delivery, identity::rights_now)
            .await
            .unwrap();
        assert!(again.is_none());
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_job_whose_delivery_is_lost_is_delivered_again() {
    on_each_database(|test| async move {
        let id = enqueue(&test, &Purge).await;
        let jobs = if test.app.db().is_postgres() {
            "apalis.jobs"
        } else {
            "Jobs"
        };
        let sql = format!("DELETE FROM {jobs} WHERE job_type = 'flowmason.tests.purge'");
        test.sql(&sql, types::RunId::new(test.app.clock())).await;
        let worker = test.worker(Duration::from_secs(10));
        until(&test.ctx, id, JobStatus::Succeeded).await;
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_job_has_its_requester_s_current_rights_unless_it_acts_as_the_system() {
    on_each_database(|test| async move {
        let greet = Greet {
            names: vec!["Ada".to_owned()],
        };
        let theirs = enqueue(&test, &greet).await;
        let system = enqueue(&test, &Purge).await;
        // The owner leaves the organization before a worker starts.
        let nobody = types::RunId::new(test.app.clock());
        test.sql("DELETE FROM memberships", nobody).await;
        let worker = test.worker(Duration::from_secs(10));
        let job = until(&test.ctx, theirs, JobStatus::Failed).await;
        assert_eq!((job.attempts, code(&job)), (1, Some("FORBIDDEN")));
        until(&test.ctx, system, JobStatus::Succeeded).await;
        let log = audit::list(&test.ctx, 10).await.unwrap();
        let row = log.iter().find(|row| row.action == "tests.purge").unwrap();
        assert_eq!((row.actor_kind.as_str(), row.actor_id), ("system", None));
        worker.stop(Duration::from_secs(2)).await;
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_requester_sees_a_job_and_others_need_the_permission() {
    on_each_database(|test| async move {
        let id = enqueue(&test, &Purge).await;
        let with = |role: Role, id| Ctx {
            rights: role.into(),
            actor: domain::Actor {
                id,
                ..test.ctx.actor.clone()
            },
            ..test.ctx.clone()
        };
        let own = with(Role::Viewer, test.ctx.actor.id);
        assert_eq!(queue::get(&own, id).await.unwrap().id, id);
        let other = with(Role::Developer, Some(nobody(&test)));
        let refused = queue::get(&other, id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        let absent = queue::get(&other, JobId::new(test.app.clock())).await;
        assert_eq!(absent.unwrap_err().message, refused.message);
        let admin = with(Role::Admin, Some(nobody(&test)));
        assert_eq!(queue::get(&admin, id).await.unwrap().id, id);
        test.close().await;
    })
    .await;
}

fn nobody(test: &TestApp) -> uuid::Uuid {
    test.app.clock().new_uuid()
}

#[tokio::test]
async fn a_committed_job_wakes_its_queue_and_none_that_is_rolled_back_or_due_later() {
    on_each_database(|test| async move {
        let mut messages = test.app.live().subscribe(Topic::Queue);
        let job = Greet { names: Vec::new() };
        for (after, commits) in [(Duration::ZERO, false), (Duration::from_secs(60), true)] {
            let tx = test.ctx.begin().await.unwrap();
            queue::enqueue(&tx, &test.ctx, &job, after).await.unwrap();
            match commits {
                true => tx.commit().await.unwrap(),
                false => tx.rollback().await.unwrap(),
            }
            assert_eq!(messages.try_next(), None);
        }
        let tx = test.ctx.begin().await.unwrap();
        queue::enqueue(&tx, &test.ctx, &job, Duration::ZERO)
            .await
            .unwrap();
        assert_eq!(messages.try_next(), None, "not yet committed");
        tx.commit().await.unwrap();
        let queue = "flowmason.tests.greet".to_owned();
        assert_eq!(messages.try_next(), Some(Message::JobDue { queue }));
        test.close().await;
    })
    .await;
}
