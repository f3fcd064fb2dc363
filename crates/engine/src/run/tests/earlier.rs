//! Runs that take over the results of an earlier run where nothing changed.

use proptest::prelude::*;

use super::*;
use crate::run::{Earlier, Unchanged, decode, unchanged_since};

/// Drives a run of these stages that may take over results of an earlier one.
async fn again(old: &Rig, stages: &str, outside: bool) -> (RunResult, Rig) {
    let mut rig = Rig::new(plan(stages));
    rig.input = old.input.clone();
    rig.host.earlier = Some(earlier(old, outside));
    let result = rig.finish().await;
    check_journal(&rig.events());
    (result, rig)
}

fn earlier(old: &Rig, outside: bool) -> Arc<Earlier> {
    let (env, events) = (&old.host.env, old.events());
    Arc::new(Earlier::of(&old.plan, old.run_id, env, &events, outside).unwrap())
}

#[tokio::test]
async fn results_that_take_too_long_to_read_are_not_taken_over() {
    let (_, old) = run(STAGES).await;
    let parts = (&old.plan, old.run_id, &old.host.env);
    let read = |time| Earlier::within(time, parts, &old.events(), false).unwrap();
    assert!(read(std::time::Duration::ZERO).is_empty());
    assert_eq!(read(std::time::Duration::from_secs(60)).len(), 6);
}

/// The addresses whose bodies started.
fn began(rig: &Rig) -> HashSet<String> {
    let began = rig.world.began.lock();
    began.iter().map(|one| one.0.clone()).collect()
}

fn set(addresses: &[&str]) -> HashSet<String> {
    addresses.iter().map(ToString::to_string).collect()
}

/// The addresses of stages whose results were taken over.
fn reused(rig: &Rig) -> HashSet<String> {
    let view = rig.view();
    let reused = view.stages.values().filter(|stage| stage.reused);
    reused.map(|stage| stage.address.to_string()).collect()
}

const STAGES: &str = r#"
    {"id":"a","component":"work","config":{"kind":"call","value":"PROMPT {{input.n}}"}},
    {"id":"b","component":"work","config":{"kind":"call","value":"{{upstream.a.value}}"},"depends_on":["a"]},
    {"id":"c","component":"work","config":{"kind":"call","value":"other"}},
    {"id":"each","component":"foreach","config":{"items":[1,2],"loop_stages":["w"]},"depends_on":["c"]},
    {"id":"w","component":"work","config":{"kind":"call","value":"{{context.item}} {{upstream.c.value}}"}},
    {"id":"end","component":"echo","config":{"value":["{{upstream.b.value}}","{{upstream.w.value}}"]},"depends_on":["b","each"]}"#;

#[tokio::test]
async fn an_unchanged_run_calls_nothing_and_ends_the_same() {
    let (result, old) = run(STAGES).await;
    let (same, rig) = again(&old, STAGES, false).await;
    assert_eq!(result.status, RunStatus::Succeeded);
    assert_eq!(same, result);
    assert_eq!(began(&rig), set(&[]));
    let all = set(&["a", "b", "c", "each[0]/w", "each[1]/w", "end"]);
    assert_eq!(reused(&rig), all);
    let intents = rig.events().into_iter();
    let intents = intents.filter(|e| matches!(e.body, EventBody::StageIntent { .. }));
    assert_eq!(intents.count(), 0, "nothing was sent");
}

#[tokio::test]
async fn a_changed_stage_runs_with_what_depends_on_its_changed_output_and_nothing_else() {
    let (_, old) = run(STAGES).await;
    let changed = STAGES.replace("PROMPT", "QUESTION");
    let (result, rig) = again(&old, &changed, false).await;
    let (whole, _) = run(&changed).await;
    assert_eq!(result, whole);
    assert_eq!(began(&rig), set(&["a", "b", "end"]));
}

#[tokio::test]
async fn a_stage_after_one_that_ran_again_with_the_same_output_is_reused() {
    let (_, old) = run(STAGES).await;
    // Another input, but the same output.
    let changed = STAGES.replace("\"value\":\"PROMPT", "\"ms\":1,\"value\":\"PROMPT");
    let (_, rig) = again(&old, &changed, false).await;
    assert_eq!(began(&rig), set(&["a"]));
}

#[tokio::test]
async fn another_order_in_the_file_changes_nothing_and_a_new_id_is_a_new_stage() {
    let (_, old) = run(STAGES).await;
    let (first, rest) = STAGES.split_once(",\n").unwrap();
    let moved = format!("{rest},\n{first}").replace("\"end\"", "\"last\"");
    let (_, rig) = again(&old, &moved, false).await;
    assert_eq!(began(&rig), set(&["last"]));
}

#[tokio::test]
async fn what_is_outside_runs_again_unless_that_is_allowed() {
    let stages = r#"
        {"id":"get","component":"work","config":{"kind":"read","value":1}},
        {"id":"post","component":"work","config":{"kind":"effect","value":"{{upstream.get.value}}"},"depends_on":["get"]},
        {"id":"ask","component":"work","config":{"kind":"call","value":"{{upstream.post.value}}"},"depends_on":["post"]}"#;
    let (_, old) = run(stages).await;
    let (_, rig) = again(&old, stages, false).await;
    assert_eq!(began(&rig), set(&["get", "post"]));
    let (_, rig) = again(&old, stages, true).await;
    assert_eq!(began(&rig), set(&[]));
}

#[tokio::test]
async fn a_stage_that_reads_the_time_or_the_environment_runs_again() {
    let stages = r#"
        {"id":"clock","component":"echo","config":{"value":"{{now()}}"}},
        {"id":"env","component":"echo","config":{"value":"{{env.PLACE}}"}},
        {"id":"run","component":"echo","config":{"value":"{{context.run_id}}"}},
        {"id":"plain","component":"echo","config":{"value":1}}"#;
    let mut old = Rig::new(plan(stages));
    old.host.env = Arc::new(|_| Some("here".to_owned()));
    assert_eq!(old.finish().await.status, RunStatus::Succeeded);
    let mut rig = Rig::new(plan(stages));
    rig.host.env = old.host.env.clone();
    rig.host.earlier = Some(earlier(&old, true));
    rig.finish().await;
    assert_eq!(began(&rig), set(&["clock", "env", "run"]));
}

#[tokio::test]
async fn items_of_a_loop_are_reused_one_by_one_and_at_other_positions() {
    let (_, old) = run(STAGES).await;
    let longer = STAGES.replace("[1,2]", "[0,1,2]");
    let (result, rig) = again(&old, &longer, false).await;
    let (whole, _) = run(&longer).await;
    assert_eq!(result, whole);
    assert_eq!(began(&rig), set(&["each[0]/w"]));
}

#[tokio::test]
async fn a_failed_stage_runs_again_and_what_succeeded_does_not() {
    let stages = r#"
        {"id":"a","component":"work","config":{"kind":"call","value":1}},
        {"id":"b","component":"work","config":{"kind":"call","fail_calls":1},"depends_on":["a"]}"#;
    let (failed, old) = run(stages).await;
    assert_eq!(failed.status, RunStatus::Failed);
    let (_, rig) = again(&old, stages, false).await;
    assert_eq!(began(&rig), set(&["b"]));
}

#[tokio::test]
async fn a_third_run_takes_over_what_the_second_had_taken_over() {
    let (result, old) = run(STAGES).await;
    let (_, second) = again(&old, STAGES, false).await;
    let (third, rig) = again(&second, STAGES, false).await;
    assert_eq!((third, began(&rig)), (result, set(&[])));
}

#[tokio::test]
async fn a_run_that_takes_over_results_survives_a_crash_at_every_event() {
    let (_, old) = run(STAGES).await;
    let changed = STAGES.replace("PROMPT", "QUESTION");
    let how = Unchanged {
        version: "ver_1".to_owned(),
        outside: false,
    };
    let at = Clock::system().now();
    let start = unchanged_since("run_old", how.clone(), old.input.clone(), at);
    let first = decode(&start.segments[0].body).unwrap();
    let EventBody::RunStarted { reused, .. } = &first[0].body else {
        panic!("{first:?}")
    };
    assert_eq!(reused.as_ref().unwrap().unchanged, Some(how));
    let begin = || {
        let mut rig = Rig::new(plan(&changed));
        rig.host.earlier = Some(earlier(&old, false));
        rig
    };
    let rig = begin();
    let Outcome::Finished(whole) = rig.drive(first.clone()).await else {
        panic!("not finished")
    };
    let mut all = first;
    all.extend(rig.events());
    check_journal(&all);
    for cut in 1..=all.len() {
        let rig = begin();
        let Outcome::Finished(result) = rig.drive(all[..cut].to_vec()).await else {
            panic!("cut at {cut}")
        };
        assert_eq!(result, whole, "cut at {cut}");
        let expected = set(&["a", "b", "end"]);
        assert!(began(&rig).is_subset(&expected), "cut at {cut}");
    }
}

/// Stages that each read some earlier ones, with these constants.
fn chain(reads: &[Vec<bool>], constants: &[u8]) -> String {
    let stage = |(at, constant): (usize, &u8)| {
        let read: Vec<usize> = (0..at).filter(|one| reads[at][*one]).collect();
        let values: Vec<String> = read
            .iter()
            .map(|one| format!("\"{{{{upstream.s{one}.value}}}}\""))
            .collect();
        let after: Vec<String> = read.iter().map(|one| format!("\"s{one}\"")).collect();
        format!(
            r#"{{"id":"s{at}","component":"work","config":{{"value":[{constant}{}{}]}},"depends_on":[{}]}}"#,
            if values.is_empty() { "" } else { "," },
            values.join(","),
            after.join(",")
        )
    };
    let stages: Vec<String> = constants.iter().enumerate().map(stage).collect();
    stages.join(",")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn a_run_that_takes_over_results_gives_what_a_whole_run_gives(
        reads in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 8), 8),
        before in proptest::collection::vec(0u8..3, 1..8),
        after in proptest::collection::vec(0u8..3, 8),
    ) {
        let after = &after[..before.len()];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_, old) = run(&chain(&reads, &before)).await;
            let changed = chain(&reads, after);
            let (result, rig) = again(&old, &changed, false).await;
            let (whole, _) = run(&changed).await;
            assert_eq!(result, whole);
            // A stage runs exactly if its constant or the value of one that it reads changed.
            let mut differs = vec![false; before.len()];
            for at in 0..before.len() {
                let of_read = (0..at).any(|one| reads[at][one] && differs[one]);
                differs[at] = before[at] != after[at] || of_read;
            }
            let wanted = (0..before.len()).filter(|at| differs[*at]).map(|at| format!("s{at}"));
            assert_eq!(began(&rig), wanted.collect::<HashSet<_>>());
        });
    }
}
