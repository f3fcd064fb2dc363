//! A stage read from a part of the journal equals the stage read from the whole.

use super::*;
use crate::run::{OneStage, Subjects, Wanted, decode};

/// The maximum length of a journal that is checked after a test's run.
const SHORT: usize = 500;

/// Compares every stage of a run and its input, read from the events selected by the segment index.
pub fn check(rig: &Rig) {
    let events = rig.events();
    if events.len() > SHORT {
        return;
    }
    let addresses: HashSet<Arc<str>> = events.iter().filter_map(|e| e.stage.clone()).collect();
    let whole = rig.view();
    for address in addresses {
        let one = OneStage::of(&rig.plan, &address).unwrap_or_else(|| panic!("{address}"));
        let seen = one.view(&rig.plan, &part(rig, &one.wanted())).unwrap();
        let expected = &whole.stages[&address];
        let of = |run: &crate::run::StageRun| {
            let run = run.clone();
            let state = (
                run.status,
                run.scheduled_at,
                run.started_at,
                run.finished_at,
            );
            let end = (run.attempts, run.output, run.error, run.skip_reason);
            let rest = (
                run.waiting_until,
                run.items,
                run.deadline,
                run.logs,
                run.usage,
            );
            (state, end, rest, run.reused)
        };
        assert_eq!(of(&seen), of(expected), "{address}");
        let expected = rig.input_of(&address).ok();
        let Some(wanted) = one.wanted_for_input() else {
            continue;
        };
        let (plan, env) = (&rig.plan, &rig.host.env);
        let input = one.input(plan, rig.run_id, env, &part(rig, &wanted));
        assert_eq!(input.ok(), expected, "the input of {address}");
    }
}

/// The events of the segments whose index contains one of the stages.
fn part(rig: &Rig, wanted: &Wanted) -> Vec<Event> {
    let bodies = rig.journal.bodies();
    let named = |body: &&Vec<u8>| {
        let index = Subjects::of(body).unwrap().to_bytes();
        wanted.may_be_in(&index) || has_run_event(body)
    };
    let events = bodies.iter().filter(named);
    events
        .flat_map(|body| wanted.decode(body).unwrap())
        .collect()
}

fn has_run_event(body: &[u8]) -> bool {
    decode(body).unwrap().iter().any(|e| e.stage.is_none())
}

const LOOP: &str = r#"
    {"id":"before","component":"echo","config":{"value":[5,6,7,8]}},
    {"id":"noise","component":"echo","config":{"value":1}},
    {"id":"each","component":"foreach","config":{"items":"{{upstream.before}}","loop_stages":["a","t"]}},
    {"id":"a","component":"work","config":{"value":"{{context.item}}"}},
    {"id":"t","component":"trycatch","config":{"try_stages":["bad"],"catch_stages":["c"],"finally_stages":["f"]},"depends_on":["a"]},
    {"id":"bad","component":"work","config":{"error":"HTTP_FAILED","value":"{{upstream.a}}"}},
    {"id":"c","component":"echo","config":{"value":"{{context.error.code}} {{upstream.a}}"}},
    {"id":"f","component":"echo","config":{"value":"{{context.index}}"}},
    {"id":"after","component":"echo","config":{"value":"{{upstream.each.total_items}}"}},
    {"id":"inner","component":"echo","config":{"value":"{{upstream.a}}"},"depends_on":["each"]}"#;

#[tokio::test]
async fn only_the_sources_of_one_item_are_read() {
    let (_, rig) = run(LOOP).await;
    let sources = |address: &str| {
        let one = OneStage::of(&rig.plan, address).unwrap();
        let wanted = one.wanted_for_input()?;
        let events = part(&rig, &wanted);
        let mut names: Vec<String> = events
            .iter()
            .filter_map(|event| event.stage.as_deref().map(str::to_owned))
            .collect();
        names.sort();
        names.dedup();
        Some(names)
    };
    assert_eq!(sources("before").unwrap(), ["before"]);
    assert_eq!(sources("each").unwrap(), ["before", "each"]);
    assert_eq!(
        sources("each[2]/a").unwrap(),
        ["before", "each", "each[2]/a"]
    );
    let t = ["each[2]/a", "each[2]/t", "each[2]/t/try/bad"];
    assert_eq!(
        sources("each[2]/t/try/bad").unwrap(),
        [&["before", "each"], &t[..]].concat()
    );
    let caught = sources("each[2]/t/catch/c").unwrap();
    assert!(
        caught.iter().all(|name| !name.contains("[1]")),
        "{caught:?}"
    );
    assert_eq!(sources("after").unwrap(), ["after", "before", "each"]);
    // The last item that has a value determines it, and any item may be that one.
    assert_eq!(sources("inner"), None);
}

#[tokio::test]
async fn an_address_that_is_not_in_the_plan_is_not_a_stage() {
    let (_, rig) = run(LOOP).await;
    for address in [
        "",
        "x",
        "a",
        "each[1]/before",
        "each/a",
        "each[x]/a",
        "each[1]",
        "each[0]/t/bad",
    ] {
        assert!(OneStage::of(&rig.plan, address).is_none(), "{address}");
    }
    // The plan has the stage, but it has no events.
    let one = OneStage::of(&rig.plan, "each[99]/a").unwrap();
    assert_eq!(one.view(&rig.plan, &part(&rig, &one.wanted())), None);
}

#[test]
fn an_index_names_each_stage_once_and_a_malformed_line_gives_none() {
    let line = |stage: &str| {
        format!(
            r#"{{"seq":1,"at":"2026-01-01T00:00:00.000000Z","type":"stage.scheduled","stage":{stage}}}"#
        )
    };
    let body = [line("\"a\""), line("\"b\\\"c\""), line("\"a\"")].join("\n");
    let index = Subjects::of(body.as_bytes()).unwrap().to_bytes();
    assert_eq!(index.len(), 8);
    assert!(Wanted::new(["b\"c"]).may_be_in(&index));
    assert!(Wanted::new(["a"]).may_be_in(&index));
    assert!(!Wanted::new(["c"]).may_be_in(&index));
    assert_eq!(
        Wanted::new(["b\"c"]).decode(body.as_bytes()).unwrap().len(),
        1
    );
    assert!(Subjects::of(br#"{"type":"stage.scheduled","seq":1,"stage":"a"}"#).is_none());
}
