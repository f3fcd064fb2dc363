//! Progress of a running loop as shown to users, and the journal's records about control stages.

use std::sync::Arc;

use super::*;
use crate::{
    component::BoxFuture,
    run::{Journal, JournalError, Progress, Segment},
};

const LOOP: &str = r#"{"id":"each","component":"foreach","config":{"items":[1,2,3],"loop_stages":["a","b"],"break_on_error":false}},
    {"id":"a","component":"echo","config":{"value":"{{context.item}}"}},
    {"id":"b","component":"work","depends_on":["a"],"config":{"error":"STAGE_FAILED"}}"#;

#[tokio::test]
async fn the_view_says_how_many_items_a_loop_has_and_how_many_are_over() {
    let (_, rig) = run(LOOP).await;
    let events = rig.events();
    let mut view = RunView::new(&rig.plan);
    let mut seen = Vec::new();
    for event in &events {
        view.apply(&rig.plan, event);
        let each = &view.stages["each"];
        seen.push((each.items, each.items_done));
    }
    seen.dedup();
    assert_eq!(
        seen,
        [
            (None, 0),
            (Some(3), 0),
            (Some(3), 1),
            (Some(3), 2),
            (Some(3), 3)
        ]
    );
    let started = |address: &str| {
        events.iter().find_map(|e| match e.body {
            EventBody::StageStarted { items, .. } if e.stage.as_deref() == Some(address) => {
                Some(items)
            }
            _ => None,
        })
    };
    assert_eq!(started("each"), Some(Some(3)));
    assert_eq!(started("each[0]/a"), Some(None));
}

#[tokio::test]
async fn items_that_are_computed_on_another_thread_are_counted_too() {
    let (_, rig) = run(
        r#"{"id":"each","component":"foreach","config":{"items":"{{[x * 2 for x in range(4)]}}","loop_stages":["a"]}},
           {"id":"a","component":"echo","config":{"value":"{{context.item}}"}}"#,
    )
    .await;
    let each = &rig.view().stages["each"];
    assert_eq!((each.items, each.items_done), (Some(4), 4));
    check_journal(&rig.events());
}

#[tokio::test]
async fn a_journal_of_an_older_program_has_no_items_and_still_goes_on() {
    let (result, rig) = run(LOOP).await;
    let mut events = rig.events();
    for event in &mut events {
        if let EventBody::StageStarted { items, .. } = &mut event.body {
            *items = None;
        }
    }
    let view = RunView::fold(&rig.plan, &events);
    assert_eq!(view.stages["each"].items, None);
    let again = Rig::new(rig.plan.clone());
    events.truncate(9);
    assert_eq!(again.drive(events).await, Outcome::Finished(result));
}

#[tokio::test]
async fn what_the_body_of_a_control_stage_logs_is_recorded_with_its_end() {
    let (_, rig) = run(LOOP).await;
    let lines = |rig: &Rig, events: &[Event]| -> Vec<String> {
        let view = RunView::fold(&rig.plan, events);
        let logs = view.stages["each"].logs.clone();
        logs.into_iter().map(|line| line.message).collect()
    };
    let events = rig.events();
    assert_eq!(lines(&rig, &events), ["3 items"]);
    // The same after a crash in between.
    let again = Rig::new(rig.plan.clone());
    let history = events[..8].to_vec();
    again.drive(history.clone()).await;
    let whole = [history, again.events()].concat();
    assert_eq!(lines(&again, &whole), ["3 items"]);
    // The same for a stage that is stopped from outside.
    let (_, rig) = run(
        r#"{"id":"each","component":"foreach","timeout_ms":30,"config":{"items":[1],"loop_stages":["w"]}},
           {"id":"w","component":"wait","config":{"ms":60000}}"#,
    )
    .await;
    assert_eq!(lines(&rig, &rig.events()), ["1 items"]);
}

#[tokio::test]
async fn a_stage_s_input_is_resolved_again_with_the_run_s_id_and_environment() {
    let mut rig = Rig::new(plan(
        r#"{"id":"each","component":"foreach","config":{"items":["{{context.run_id}}"],"loop_stages":["a"]}},
           {"id":"a","component":"echo","config":{"value":"{{context.item}} {{context.run_id}} {{env.HOME_OF_TESTS}}"}}"#,
    ));
    rig.host.env = Arc::new(|name| (name == "HOME_OF_TESTS").then(|| "here".to_owned()));
    let result = rig.finish().await;
    assert_eq!(result.status, RunStatus::Succeeded);
    let id = rig.run_id;
    let expected = Value::from(format!("{id} {id} here"));
    let view = rig.view();
    assert_eq!(view.stages["each[0]/a"].output.as_ref(), Some(&expected));
    let input = rig.input_of("each[0]/a").unwrap();
    assert_eq!(input.get("value"), Some(&expected));
}

#[tokio::test]
async fn the_input_of_a_stage_that_ran_in_several_attempts_is_the_last_one_s() {
    let (_, rig) = run(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["a","b"],"max_retries":1,"retry_delay_ms":2}},
           {"id":"a","component":"work","config":{"fail_calls":1},"on_error":"continue"},
           {"id":"b","component":"work","depends_on":["a"],
            "config":{"value":"{{'good' if upstream.a else 'bad'}}","fail_calls":1}}"#,
    )
    .await;
    let input = rig.input_of("t/try/b").unwrap();
    assert_eq!(input.get("value"), Some(&json(r#""good""#)));
}

/// A journal that keeps the progress reported with each segment.
struct DeclaredName(Mutex<Vec<Progress>>);

impl Journal for DeclaredName {
    fn append(&self, segment: Segment) {
        self.0.lock().push(segment.summary);
    }

    fn durable(&self, _: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[tokio::test]
async fn d23_a_stage_that_ends_inside_of_a_loop_is_progress() {
    let said = Arc::new(DeclaredName(Mutex::default()));
    let mut rig = Rig::new(plan(
        r#"{"id":"each","component":"foreach","config":{"items":[1,2,3],"loop_stages":["a"]}},
           {"id":"a","component":"work","config":{"ms":3}}"#,
    ));
    rig.host.journal = said.clone();
    rig.finish().await;
    let said = said.0.lock();
    let inside: Vec<bool> = said
        .iter()
        .filter(|progress| progress.stages_done == 0)
        .map(|progress| progress.progressed)
        .collect();
    // The start makes no progress; each item does, although no stage of the file is done.
    assert!(!inside[0]);
    assert_eq!(inside.iter().filter(|progressed| **progressed).count(), 2);
}
