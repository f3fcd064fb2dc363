//! Runs of drafts: what they execute, and where the other results come from.

use super::*;
use crate::run::{
    Begin, Earlier, NotReusable, OldRun, Pinned, ReusedEvents, Selection, decode, from_failed,
    from_start, only_stage, selected,
};

/// `b` waits for `a`, `c` for `b`; `c` reads both. `each` waits for `a`, and `apart` for nothing.
const STAGES: &str = r#"
    {"id":"a","component":"work","config":{"kind":"call","value":"a{{input.n}}"}},
    {"id":"b","component":"work","config":{"kind":"call","value":"b"},"depends_on":["a"]},
    {"id":"c","component":"work","config":{"kind":"call","value":"{{upstream.a.value}} {{upstream.b.value}}"},"depends_on":["b"]},
    {"id":"each","component":"foreach","config":{"items":[1,2],"loop_stages":["w"]},"depends_on":["a"]},
    {"id":"w","component":"work","config":{"kind":"call","value":"{{context.item}}"}},
    {"id":"apart","component":"work","config":{"kind":"call","value":"apart"}}"#;

const NOW: fn() -> chrono::DateTime<chrono::Utc> = || Clock::system().now();

fn pin(stage: &str, output: &str) -> Pinned {
    Pinned {
        stage: stage.into(),
        output: json(output),
    }
}

fn begin(selection: Selection, pins: Vec<Pinned>) -> Begin {
    Begin {
        selection,
        pins,
        unchanged: None,
        input: json(r#"{"n":1}"#),
    }
}

/// The events that a run with these stages begins with; `old` is the run that results come from.
fn beginning(
    stages: &str,
    begin: Begin,
    old: Option<(&Rig, &[Event])>,
) -> Result<ReusedEvents, NotReusable> {
    let old = old.map(|(rig, events)| OldRun {
        run: "run_old",
        plan: &rig.plan,
        events,
    });
    selected(&plan(stages), begin, old, NOW())
}

fn events_of(taken: &ReusedEvents) -> Vec<Event> {
    let segments = taken.segments.iter();
    segments
        .flat_map(|segment| decode(&segment.body).unwrap())
        .collect()
}

/// Drives a run to its end; returns its whole journal, too.
async fn driven(stages: &str, taken: &ReusedEvents) -> (RunResult, Rig, Vec<Event>) {
    let mut rig = Rig::new(plan(stages));
    rig.run_id = RunId::new(&Clock::system());
    let mut whole = events_of(taken);
    let Outcome::Finished(result) = rig.drive(whole.clone()).await else {
        panic!("not finished")
    };
    whole.extend(rig.events());
    check_journal(&whole);
    (result, rig, whole)
}

/// The addresses whose bodies started.
fn began(rig: &Rig) -> HashSet<String> {
    let began = rig.world.began.lock();
    began.iter().map(|one| one.0.clone()).collect()
}

fn set(addresses: &[&str]) -> HashSet<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn output(view: &RunView, stage: &str) -> String {
    let output = view.stages[stage].output.as_ref();
    let value = output.and_then(|output| output.get("value"));
    value.map_or_else(String::new, |value| value.to_text())
}

#[tokio::test]
async fn up_to_a_stage_only_that_and_what_it_needs_is_executed() {
    let taken = beginning(STAGES, begin(Selection::UpTo("b".into()), vec![]), None).unwrap();
    let (result, rig, whole) = driven(STAGES, &taken).await;
    assert_eq!(result.status, RunStatus::Succeeded, "{:?}", result.error);
    assert_eq!(began(&rig), set(&["a", "b"]));
    let view = RunView::fold(&rig.plan, &whole);
    for stage in ["c", "each", "apart"] {
        let reason = view.stages[stage].skip_reason.as_deref();
        assert_eq!(reason, Some("not_selected"), "{stage}");
        assert!(!view.stages[stage].reused, "{stage}");
    }
    let refused = |stage: &str| {
        beginning(STAGES, begin(Selection::UpTo(stage.into()), vec![]), None).unwrap_err()
    };
    assert_eq!(refused("nowhere"), NotReusable::Unknown("nowhere".into()));
    assert!(matches!(refused("w"), NotReusable::Inner { control, .. } if control == "each"));
    let all = beginning(STAGES, begin(Selection::All, vec![]), None).unwrap();
    assert!(all.segments.is_empty(), "nothing is special about it");
}

#[tokio::test]
async fn one_stage_alone_or_all_from_it_have_the_results_of_another_run() {
    let (_, old) = run(STAGES).await;
    let events = old.events();
    let changed = STAGES.replace("\"value\":\"b\"", "\"value\":\"B\"");
    let only = begin(Selection::Only("b".into()), vec![]);
    let taken = beginning(&changed, only, Some((&old, &events))).unwrap();
    let names: Vec<&str> = taken.stages.iter().map(|stage| &**stage).collect();
    assert_eq!(names, ["a"]);
    let (result, rig, whole) = driven(&changed, &taken).await;
    assert_eq!(result.status, RunStatus::Succeeded, "{:?}", result.error);
    assert_eq!(began(&rig), set(&["b"]));
    let view = RunView::fold(&rig.plan, &whole);
    assert_eq!(output(&view, "b"), "B");
    assert!(view.stages["a"].reused && !view.stages["b"].reused);
    assert_eq!(output(&view, "a"), "a1");

    let from = begin(Selection::From("b".into()), vec![]);
    let taken = beginning(&changed, from, Some((&old, &events))).unwrap();
    let (_, rig, whole) = driven(&changed, &taken).await;
    assert_eq!(began(&rig), set(&["b", "c"]));
    let view = RunView::fold(&rig.plan, &whole);
    assert_eq!(output(&view, "c"), "a1 B");
    for stage in ["a", "each", "apart"] {
        assert!(view.stages[stage].reused, "{stage}");
    }

    // A stage without a result in the old run is needed for `b`, and not for what does not wait for it.
    let none: Vec<Event> = events[..1].to_vec();
    let from = |stage: &str| begin(Selection::From(stage.into()), vec![]);
    let refused = beginning(STAGES, from("b"), Some((&old, &none))).unwrap_err();
    assert_eq!(refused, NotReusable::NoResult("a".into()));
    let taken = beginning(STAGES, from("a"), Some((&old, &none))).unwrap();
    let (_, rig, _) = driven(STAGES, &taken).await;
    assert!(began(&rig).contains("each[1]/w") && !began(&rig).contains("apart"));
}

#[tokio::test]
async fn a_pinned_stage_waits_for_its_turn_and_is_not_executed() {
    let pins = vec![
        pin("b", r#"{"value":"pinned"}"#),
        pin("w", r#"{"value":"item"}"#),
        pin("gone", "1"),
    ];
    let taken = beginning(STAGES, begin(Selection::All, pins), None).unwrap();
    let (result, rig, whole) = driven(STAGES, &taken).await;
    assert_eq!(result.status, RunStatus::Succeeded, "{:?}", result.error);
    assert_eq!(began(&rig), set(&["a", "c", "apart"]));
    let view = RunView::fold(&rig.plan, &whole);
    assert_eq!(output(&view, "c"), "a1 pinned");
    assert!(view.stages["b"].reused && view.stages["each[1]/w"].reused);
    assert_eq!(output(&view, "each[0]/w"), "item");
    // After a crash at any event the pins are the same ones.
    let first = events_of(&taken).len();
    for cut in first..=whole.len() {
        let rig = Rig::new(plan(STAGES));
        let Outcome::Finished(again) = rig.drive(whole[..cut].to_vec()).await else {
            panic!("cut at {cut}")
        };
        assert_eq!(again.output, result.output, "cut at {cut}");
        assert_eq!(rig.world.count("b"), 0, "cut at {cut}");
    }
}

#[tokio::test]
async fn a_pin_comes_before_the_result_of_another_run_and_needs_none() {
    let (_, old) = run(STAGES).await;
    let pins = || vec![pin("a", r#"{"value":"pinned"}"#)];
    for events in [old.events(), old.events()[..1].to_vec()] {
        let only = begin(Selection::Only("b".into()), pins());
        let taken = beginning(STAGES, only, Some((&old, &events))).unwrap();
        let (_, rig, whole) = driven(STAGES, &taken).await;
        assert_eq!(began(&rig), set(&["b"]));
        let view = RunView::fold(&rig.plan, &whole);
        assert_eq!(output(&view, "a"), "pinned");
    }
}

#[tokio::test]
async fn nothing_that_is_executed_reads_inside_a_stage_of_which_only_the_result_is_there() {
    let reads = format!(
        r#"{STAGES}, {{"id":"end","component":"work","config":{{"value":"{{{{upstream.w.value}}}}"}},"depends_on":["each"]}}"#
    );
    let (_, old) = run(&reads).await;
    let events = old.events();
    let from = begin(Selection::From("end".into()), vec![]);
    let refused = beginning(&reads, from, Some((&old, &events))).unwrap_err();
    let NotReusable::ReadsInside {
        reader, control, ..
    } = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!((&*reader, &*control), ("end", "each"));
    let pinned = begin(Selection::All, vec![pin("each", "{}")]);
    assert!(beginning(&reads, pinned, None).is_err());
    let pinned = begin(Selection::All, vec![pin("each", "{}")]);
    let taken = beginning(STAGES, pinned, None).unwrap();
    let (result, rig, _) = driven(STAGES, &taken).await;
    assert_eq!(result.status, RunStatus::Succeeded, "{:?}", result.error);
    assert_eq!(began(&rig), set(&["a", "b", "c", "apart"]));
}

#[tokio::test]
async fn a_retry_begins_with_what_was_asked_for() {
    let failing = STAGES.replace(
        r#"{"id":"c","component":"work","config":{"#,
        r#"{"id":"c","component":"work","config":{"error":"STAGE_FAILED","#,
    );
    let pins = vec![pin("b", r#"{"value":"pinned"}"#)];
    let asked = begin(Selection::UpTo("c".into()), pins);
    let taken = beginning(&failing, asked, None).unwrap();
    let (result, rig, whole) = driven(&failing, &taken).await;
    assert_eq!(result.status, RunStatus::Failed);
    assert_eq!(began(&rig), set(&["a", "c"]));

    let from = from_failed(&rig.plan, "run_old", &whole, NOW());
    let (_, again, twice) = driven(&failing, &from).await;
    assert_eq!(began(&again), set(&["c"]));
    let start = from_start(&rig.plan, "run_again", &twice, NOW());
    let (_, again, _) = driven(&failing, &start).await;
    assert_eq!(began(&again), set(&["a", "c"]), "all that was asked for");
    let start = from_start(&rig.plan, "run_old", &whole, NOW());
    let other = start.with_input(json(r#"{"n":2}"#)).unwrap();
    let (_, again, whole) = driven(&failing, &other).await;
    assert_eq!(began(&again), set(&["a", "c"]));
    let view = RunView::fold(&again.plan, &whole);
    assert_eq!(output(&view, "a"), "a2");

    let (_, plain) = run(STAGES).await;
    let plain = from_start(&plain.plan, "run_old", &plain.events(), NOW());
    assert!(plain.segments.is_empty());
}

#[tokio::test]
async fn what_was_pinned_or_given_is_no_result_for_a_later_run_that_takes_over_what_did_not_change()
{
    let pinned = vec![pin("b", r#"{"value":"pinned"}"#)];
    let taken = beginning(STAGES, begin(Selection::All, pinned), None).unwrap();
    let (_, old, whole) = driven(STAGES, &taken).await;
    let only = only_stage(&old.plan, "run_old", &whole, NOW(), "b").unwrap();
    let (_, alone, _) = driven(STAGES, &only).await;
    assert_eq!(began(&alone), set(&["b"]), "alone it is executed");
    let c = only_stage(&old.plan, "run_old", &whole, NOW(), "c").unwrap();
    let (_, _, of_c) = driven(STAGES, &c).await;
    for (events, executed) in [
        (&whole, set(&["b", "c"])),
        (
            &of_c,
            set(&["a", "b", "c", "each[0]/w", "each[1]/w", "apart"]),
        ),
    ] {
        let results = Earlier::of(&old.plan, old.run_id, &old.host.env, events, false).unwrap();
        let mut rig = Rig::new(plan(STAGES));
        rig.host.earlier = Some(Arc::new(results));
        assert_eq!(rig.finish().await.status, RunStatus::Succeeded);
        assert_eq!(began(&rig), executed);
    }
}
