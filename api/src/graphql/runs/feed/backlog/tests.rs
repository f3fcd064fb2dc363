//! Who keeps up, who falls behind, and what the process has room for.

use chrono::Utc;
use domain::runs::RunStatus;
use types::{PipelineId, PipelineVersionId, RunId};
use uuid::Uuid;

use super::*;
use crate::graphql::runs::shared_feed::Backlog as _;

fn row(run: u128, status: RunStatus) -> Arc<Run> {
    Arc::new(Run {
        id: RunId(Uuid::from_u128(run)),
        pipeline: PipelineId(Uuid::nil()),
        pipeline_name: String::new(),
        version: PipelineVersionId(Uuid::nil()),
        status,
        error: None,
        started_by_kind: "user".to_owned(),
        started_by_id: None,
        started_by_name: String::new(),
        retried_from: None,
        created_at: Utc::now(),
        started_at: None,
        finished_at: None,
        stages_total: 1,
        stages_done: 0,
        usage: Default::default(),
        last_seq: 0,
        only_stage: None,
        stages_reused: 0,
    })
}

fn steps(run: u128) -> [Arc<Run>; 3] {
    [RunStatus::Queued, RunStatus::Running, RunStatus::Succeeded].map(|status| row(run, status))
}

fn read(backlog: &mut Backlog) -> Vec<(u128, RunStatus)> {
    std::iter::from_fn(|| backlog.pop())
        .map(|run| (run.id.0.as_u128(), run.status))
        .collect()
}

#[test]
fn who_keeps_up_gets_each_step() {
    let mut backlog = Backlog::new(Arc::default());
    backlog.keep(&steps(1));
    let expected = [RunStatus::Queued, RunStatus::Running, RunStatus::Succeeded];
    assert_eq!(read(&mut backlog), expected.map(|status| (1, status)));
    assert!(backlog.is_empty());
}

#[test]
fn who_falls_behind_still_gets_the_end_of_every_run_once() {
    let all = Arc::new(AtomicUsize::new(0));
    let mut backlog = Backlog::new(all.clone());
    for run in 0..10_000 {
        backlog.keep(&steps(run));
    }
    assert!(all.load(Relaxed) > 0);
    let read = read(&mut backlog);
    let ends: Vec<u128> = read
        .iter()
        .filter(|(_, status)| status.is_finished())
        .map(|(run, _)| *run)
        .collect();
    assert_eq!(ends, (0..10_000).collect::<Vec<_>>());
    assert_eq!(all.load(Relaxed), 0, "all room is given back");
}

#[test]
fn where_the_process_has_no_more_room_the_newest_are_kept_and_the_others_keep_theirs() {
    let all = Arc::new(AtomicUsize::new(ROOM - 50));
    let mut backlog = Backlog::new(all.clone());
    for run in 0..1_000 {
        backlog.keep(&[row(run, RunStatus::Succeeded)]);
    }
    assert!(all.load(Relaxed) <= ROOM);
    let read = read(&mut backlog);
    assert!(read.len() <= STEPS + 50, "{}", read.len());
    assert_eq!(read.last(), Some(&(999, RunStatus::Succeeded)));
    assert_eq!(all.load(Relaxed), ROOM - 50);
}

#[test]
fn one_listener_alone_cannot_take_all_of_the_room() {
    let all = Arc::new(AtomicUsize::new(0));
    let mut backlog = Backlog::new(all.clone());
    let many: Vec<_> = (0..50_000)
        .map(|run| row(run, RunStatus::Succeeded))
        .collect();
    backlog.keep(&many);
    assert!(all.load(Relaxed) <= ROOM_OF_ONE);
    drop(backlog);
    assert_eq!(all.load(Relaxed), 0);
}
