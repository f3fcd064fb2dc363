//! The native library, used by many threads at once.

use crate::support::*;

#[test]
fn threads_verify_at_the_same_time_without_disturbing_each_other() {
    let good = signed(&Assertion::default().xml(), "_assertion", idp());
    let good = Response::around(good).xml();
    let bad = good.replace("alice", "admin");
    let hidden = encrypted(
        signed(
            &Assertion::named("bob@example.test").xml(),
            "_assertion",
            idp(),
        )
        .as_bytes(),
        &service().certificate,
        &Encryption::default(),
    );
    let hidden = Response::around(hidden).xml();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(verify(&good).unwrap().name_id.value, "alice@example.test");
                    assert!(verify(&bad).is_err());
                    assert_eq!(verify(&hidden).unwrap().name_id.value, "bob@example.test");
                }
            });
        }
    });
}

#[test]
fn the_first_verifications_of_a_process_may_be_many_at_once() {
    // If this test runs alone, the library is not initialized yet.
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(crate::recorded::good)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap().name_id.value, "alice@example.test");
        }
    });
}
