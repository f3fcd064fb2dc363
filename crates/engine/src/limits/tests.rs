//! Memory accounts, fair queues, permits and default limits.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;

use super::*;

fn limits() -> Limits {
    Limits {
        memory: 100,
        org_memory: 80,
        run_memory: 50,
        ..Limits::of(1024 * MIB, 2)
    }
}

#[test]
fn the_account_that_is_full_is_named_and_nothing_stays_charged() {
    let shares = Shares::new(limits());
    let (one, two, other) = (shares.run(1), shares.run(1), shares.run(2));
    let held = one.memory.take(50).unwrap();
    let full = one.memory.take(1).unwrap_err();
    assert_eq!((full.holder, full.used, full.limit), (Holder::Run, 50, 50));
    let more = two.memory.take(30).unwrap();
    assert_eq!(two.memory.take(1).unwrap_err().holder, Holder::Organization);
    assert_eq!(shares.memory().used(), 80);
    drop((held, more));
    assert_eq!(shares.memory().used(), 0);
    assert!(other.memory.take(50).is_ok());
    assert_eq!(shares.memory().used(), 0);
}

#[test]
fn a_full_process_still_gives_an_organization_its_fair_part() {
    let shares = Shares::new(Limits {
        org_memory: 100,
        run_memory: 100,
        ..limits()
    });
    let (greedy, modest) = (shares.run(1), shares.run(2));
    let _all = greedy.memory.take(100).unwrap();
    // Two organizations hold memory: each may have 100 / 4.
    let part = modest.memory.take(25).unwrap();
    assert_eq!(modest.memory.take(1).unwrap_err().holder, Holder::Process);
    assert_eq!(
        shares.run(1).memory.take(1).unwrap_err().holder,
        Holder::Organization
    );
    drop(part);
    assert_eq!(shares.memory().used(), 100);
}

#[test]
fn a_request_that_fits_is_never_refused_because_of_one_that_does_not() {
    let memory = Memory::process(1_000).inside(Holder::Run, 100);
    let large = || (0..100_000).for_each(|_| drop(memory.take(60)));
    let small = || (0..100_000).filter(|_| memory.take(10).is_err()).count();
    let refused = std::thread::scope(|scope| {
        let others = [scope.spawn(large), scope.spawn(large)];
        let refused = small();
        for other in others {
            other.join().unwrap();
        }
        refused
    });
    assert_eq!((refused, memory.used()), (0, 0));
    assert!(memory.peak() <= 70, "{}", memory.peak());
}

#[tokio::test]
async fn a_wait_for_memory_ends_when_it_is_released_or_the_time_is_over() {
    let shares = Shares::new(limits());
    let run = shares.run(1);
    let held = run.memory.take(40).unwrap();
    let full = run.memory.room(20, Duration::from_millis(20)).await;
    assert_eq!(full.unwrap_err().holder, Holder::Run);
    let (waits, frees) = tokio::join!(run.memory.room(20, Duration::from_secs(20)), async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(held);
    });
    assert_eq!((waits.unwrap().bytes(), frees), (20, ()));
    // A request that can never fit is refused at once.
    assert!(run.memory.room(51, Duration::from_secs(600)).await.is_err());
}

#[test]
fn owners_take_turns_and_items_of_one_owner_keep_their_order() {
    let mut fair = Fair::default();
    for item in 0..3 {
        fair.push(1, item);
    }
    fair.push(2, 10);
    fair.push(3, 20);
    let order: Vec<_> = std::iter::from_fn(|| fair.pop()).collect();
    assert_eq!(order, [(1, 0), (2, 10), (3, 20), (1, 1), (1, 2)]);
    assert!(fair.is_empty());
}

#[tokio::test]
async fn one_owner_leaves_half_of_what_the_others_leave() {
    let gate = Gate::leaving_room(8);
    let take = |key| std::iter::from_fn(|| gate.try_acquire(key)).collect::<Vec<_>>();
    let first = take(1);
    let second = take(2);
    let third = take(3);
    assert_eq!((first.len(), second.len(), third.len()), (4, 2, 1));
    assert_eq!(take(4).len(), 1);
    assert_eq!(gate.taken(), 7);
}

#[tokio::test]
async fn permits_go_to_waiters_in_turn_and_skip_those_that_left() {
    let gate = Gate::new(1);
    let held = gate.acquire(1).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for (key, name) in [(1, "a"), (1, "left"), (1, "b"), (2, "other")] {
        let (gate, order) = (gate.clone(), order.clone());
        tasks.push(tokio::spawn(async move {
            let _permit = gate.acquire(key).await;
            order.lock().push(name);
        }));
        tokio::task::yield_now().await;
    }
    tasks.remove(1).abort();
    tokio::task::yield_now().await;
    drop(held);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock(), ["a", "other", "b"]);
    assert_eq!(gate.taken(), 0);
}

#[tokio::test]
async fn a_pool_takes_jobs_of_owners_in_turn_and_counts_time_from_their_start() {
    let pool = Pool::new(1);
    let order = Arc::new(Mutex::new(Vec::new()));
    let job = |key: Key, name: &'static str| {
        let order = order.clone();
        let work = move || {
            std::thread::sleep(Duration::from_millis(30));
            order.lock().push(name);
        };
        pool.run(key, work).within(Duration::from_secs(1))
    };
    let jobs = [job(1, "a1"), job(1, "a2"), job(1, "a3"), job(2, "b")];
    let ended = futures::future::join_all(jobs).await;
    assert_eq!(ended, [Ok(()), Ok(()), Ok(()), Ok(())]);
    let at = order.lock().iter().position(|name| *name == "b").unwrap();
    assert!(at <= 2, "{:?}", order.lock());
    // A job dropped in the queue never starts; a panic ends only its own job.
    let busy = pool.run(1, || std::thread::sleep(Duration::from_millis(50)));
    drop(pool.run(1, || panic!("it must not begin")));
    let panics = pool.run(1, || panic!("as the test wants"));
    assert_eq!(busy.done().await, Ok(()));
    let never: Result<(), TaskError> = panics.within(Duration::from_secs(1)).await;
    assert_eq!(never, Err(TaskError::Panicked));
    let slow = pool.run(1, || std::thread::sleep(Duration::from_millis(200)));
    let late = slow.within(Duration::from_millis(10)).await;
    assert_eq!(late, Err(TaskError::TimedOut));
}

#[test]
fn an_allowance_gives_what_it_has() {
    let allowance = LogAllowance::new(1);
    assert_eq!(allowance.take(50), 50);
    assert_eq!(allowance.take(50), 10);
    assert_eq!(allowance.take(50), 0);
}

#[test]
fn the_limits_of_small_and_large_machines_leave_room_for_the_rest() {
    for (gib, run, artifacts) in [(1, 115, 64), (4, 460, 64), (24, 2048, 256)] {
        let limits = Limits::of(gib * 1024 * MIB, 2);
        assert_eq!(limits.run_memory / MIB, run, "{gib}");
        assert_eq!(limits.artifacts / MIB, artifacts, "{gib}");
        assert!(limits.memory / 2 * 3 < gib * 1024 * MIB / 10 * 7);
        assert!(limits.value <= limits.artifacts && limits.artifacts <= limits.output);
    }
}
