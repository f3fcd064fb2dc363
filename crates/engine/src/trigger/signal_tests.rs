//! Tests of triggers for runs and for events: reading them, what they fire for, and their input.

use chrono::{DateTime, TimeDelta, Utc};

use super::{EventTrigger, Overlap, RunEnd, RunState, RunTrigger, Trigger};
use crate::{Map, Value};

fn trigger(text: &str) -> Trigger {
    Trigger::parse(text).unwrap_or_else(|found| panic!("{text}: {found:?}"))
}

fn run(text: &str) -> RunTrigger {
    trigger(text).run().expect("a trigger for runs").clone()
}

fn event(text: &str) -> EventTrigger {
    trigger(text).event().expect("a trigger for events").clone()
}

fn refused(text: &str) -> String {
    let found = Trigger::parse(text).expect_err(text);
    let texts: Vec<String> = found.into_iter().map(|one| one.message).collect();
    texts.join("\n")
}

fn json(text: &str) -> Value {
    Value::parse_json(text).unwrap()
}

fn end(run: u128, pipeline: u128, state: RunState, second: i64) -> RunEnd {
    RunEnd {
        run,
        pipeline,
        state,
        at: DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(second),
    }
}

#[test]
fn a_trigger_for_runs_without_more_fires_whenever_one_succeeds() {
    let read = trigger("{\"type\": \"run_finished\", \"pipelines\": [\"a\"]}");
    assert_eq!(read.name, "run_finished");
    assert_eq!(read.schedule.overlap, Overlap::Allow);
    assert!(!read.schedule.timing.is_planned());
    assert_eq!(read.schedule.words(), "whenever a run of a has succeeded");
    assert_eq!(read.schedule.next_after(DateTime::UNIX_EPOCH), None);
    let run = read.run().unwrap();
    assert_eq!(run.states, [RunState::Succeeded]);
    let mut held = Vec::new();
    assert_eq!(run.add(&mut held, end(1, 1, RunState::Failed, 0)), None);
    let good = end(2, 1, RunState::Succeeded, 1);
    assert_eq!(run.add(&mut held, good.clone()), Some(vec![good]));
    assert!(held.is_empty());
}

#[test]
fn the_spelling_of_the_format_gives_the_same_trigger_and_passes_the_output_on() {
    let format = run(
        "{\"type\": \"pipeline_completed\", \"source_pipeline_id\": \"a\", \"status\": \"any\", \
          \"cooldown_seconds\": 5}",
    );
    let plain = run(
        "{\"type\": \"run_finished\", \"pipelines\": [\"a\", \"a\"], \"cooldown\": \"5s\", \
          \"states\": [\"succeeded\", \"failed\", \"cancelled\"], \"pass_outputs\": true}",
    );
    assert_eq!(format, plain);
    let mapped = run(
        "{\"type\": \"pipeline_completed\", \"source_pipeline_id\": \"a\", \
          \"output_mapping\": {\"total\": \"report.total\"}}",
    );
    assert!(!mapped.pass_output && mapped.needs_output());
    assert_eq!(mapped.mapping[0].1.to_string(), "output.report.total");
}

#[test]
fn failures_count_within_their_window_and_begin_anew_after_a_firing() {
    let run = run(
        "{\"type\": \"run_finished\", \"pipelines\": [\"a\"], \"states\": [\"failed\"], \"count\": 2, \
          \"within\": \"1h\"}",
    );
    let failed = |number: u128, second| end(number, 1, RunState::Failed, second);
    let mut held = Vec::new();
    assert_eq!(run.add(&mut held, failed(1, 0)), None);
    assert_eq!(run.add(&mut held, failed(2, 3_601)), None, "too late");
    assert_eq!(held, [failed(2, 3_601)]);
    let fired = run.add(&mut held, failed(3, 7_201));
    assert_eq!(fired, Some(vec![failed(2, 3_601), failed(3, 7_201)]));
    assert_eq!(run.add(&mut held, failed(4, 7_202)), None, "anew");
}

#[test]
fn a_fan_in_fires_when_runs_of_all_pipelines_have_ended_since_the_last_firing() {
    let run = run("{\"type\": \"run_finished\", \"pipelines\": [\"a\", \"b\"], \"all\": true}");
    let good = |number: u128, pipeline| {
        end(
            number,
            pipeline,
            RunState::Succeeded,
            i64::try_from(number).unwrap(),
        )
    };
    let mut held = Vec::new();
    assert_eq!(run.add(&mut held, good(1, 1)), None);
    assert_eq!(run.add(&mut held, good(2, 1)), None);
    let fired = run.add(&mut held, good(3, 2)).expect("both have ended");
    let numbers: Vec<u128> = fired.iter().map(|one| one.run).collect();
    assert_eq!(numbers, [2, 3]);
    assert_eq!(run.add(&mut held, good(4, 2)), None);
}

#[test]
fn a_run_that_takes_long_counts_by_its_start_alone() {
    let text = "{\"type\": \"run_finished\", \"pipelines\": [\"a\"], \"longer_than\": \"10m\"}";
    let long = run(text);
    let start = DateTime::<Utc>::UNIX_EPOCH;
    assert_eq!(
        long.is_long_at(start),
        Some(start + TimeDelta::seconds(600))
    );
    let mut held = Vec::new();
    assert_eq!(long.add(&mut held, end(1, 1, RunState::Succeeded, 0)), None);
    let words = trigger(text).schedule.words();
    assert_eq!(words, "whenever a run of a takes longer than 10 minutes");
}

#[test]
fn the_input_comes_from_the_facts_of_the_run() {
    let run = run(
        "{\"type\": \"run_finished\", \"pipelines\": [\"a\"], \"pass_outputs\": true, \
          \"input_mapping\": {\"of\": \"pipeline\", \"output.items[1].id\": \"second\", \
          \"why\": \"error.message\"}}",
    );
    let facts = json(
        "{\"pipeline\": \"a\", \"output\": {\"total\": 3, \"items\": [{\"id\": 1}, {\"id\": 2}]}}",
    );
    let defaults = json("{\"why\": \"unknown\", \"total\": 0}");
    let input = run.input(defaults.as_map().unwrap(), &facts);
    assert_eq!(input.get("of"), Some(&"a".into()));
    assert_eq!(input.get("second"), Some(&Value::Int(2)));
    assert_eq!(input.get("why"), Some(&"unknown".into()), "nothing failed");
    assert_eq!(input.get("total"), Some(&Value::Int(3)));
}

#[test]
fn what_a_trigger_for_runs_cannot_mean_is_refused() {
    let with = |more: &str| {
        refused(&format!(
            "{{\"type\": \"run_finished\", \"pipelines\": [\"a\"], {more}}}"
        ))
    };
    assert!(refused("{\"type\": \"run_finished\"}").contains("No pipeline"));
    assert!(with("\"all\": true, \"count\": 2").contains("`all`"));
    assert!(with("\"within\": \"1h\"").contains("`within`"));
    assert!(with("\"longer_than\": \"1m\", \"states\": [\"failed\"]").contains("`longer_than`"));
    assert!(with("\"states\": [\"done\"]").contains("succeeded"));
    assert!(with("\"cron\": \"* * * * *\"").contains("not a field"));
    assert!(with("\"input_mapping\": {\"x\": \"nowhere.y\"}").contains("a path"));
}

#[test]
fn an_event_is_told_by_its_type_its_source_and_its_data() {
    let event = event(
        "{\"type\": \"event\", \"event_type\": [\"com.shop.order.*\", \"refund\"], \"source\": \"/eu*\", \
          \"where\": {\"data.amount\": {\"gte\": 10, \"lt\": 100}, \"status\": \"paid\", \
          \"data.kind\": {\"any_of\": [\"a\", 1]}, \"subject\": {\"exists\": false}}}",
    );
    let fires = |kind: &str, source: &str, data: &str| {
        event.matches(&json(&format!(
            "{{\"type\": \"{kind}\", \"source\": \"{source}\", \"data\": {data}}}"
        )))
    };
    let data = "{\"amount\": 10.0, \"status\": \"paid\", \"kind\": 1.0}";
    assert!(fires("com.shop.order.paid", "/eu/1", data));
    assert!(fires("refund", "/eu", data));
    assert!(!fires("refunds", "/eu", data), "exact");
    assert!(!fires("refund", "/us", data));
    for wrong in [
        "{\"amount\": 100, \"status\": \"paid\", \"kind\": \"a\"}",
        "{\"amount\": \"10\", \"status\": \"paid\", \"kind\": \"a\"}",
        "{\"amount\": 10, \"status\": \"open\", \"kind\": \"a\"}",
        "{\"amount\": 10, \"status\": \"paid\", \"kind\": \"b\"}",
        "{\"amount\": 10, \"status\": \"paid\"}",
        "null",
    ] {
        assert!(!fires("refund", "/eu", wrong), "{wrong}");
    }
}

#[test]
fn without_a_mapping_the_data_of_an_event_is_the_input() {
    let plain = event("{\"type\": \"event\"}");
    let defaults = Map::default();
    let facts = json("{\"type\": \"t\", \"data\": {\"a\": 1}}");
    let input = plain.input(&defaults, &facts).unwrap();
    assert_eq!(input.get("a"), Some(&Value::Int(1)));
    assert_eq!(plain.input(&defaults, &json("{\"data\": [1]}")), None);
    let mapped = event("{\"type\": \"event\", \"input_mapping\": {\"kind\": \"type\"}}");
    let input = mapped.input(&defaults, &facts).unwrap();
    assert_eq!(input.get("kind"), Some(&"t".into()));
    assert_eq!(input.get("a"), None);
}

#[test]
fn a_definition_that_is_written_is_read_as_the_same() {
    for text in [
        "{\"type\": \"run_finished\", \"name\": \"n\", \"pipelines\": [\"a\", \"b\"], \"all\": true, \
          \"states\": [\"failed\", \"cancelled\"], \"cooldown\": 60, \"input\": {\"x\": 1}, \
          \"input_mapping\": {\"id\": \"id\", \"n\": \"output.list[2]\"}, \"overlap\": \"queue\"}",
        "{\"type\": \"run_finished\", \"pipelines\": [\"a\"], \"count\": 3, \"within\": \"2h\", \
          \"enabled\": false}",
        "{\"type\": \"run_finished\", \"pipelines\": [\"a\"], \"longer_than\": \"90s\"}",
        "{\"type\": \"event\", \"event_type\": \"a.*\", \"source\": [\"s\"], \"cooldown\": 1, \
          \"where\": {\"data.n\": {\"gt\": 1.5, \"lte\": 9}, \"x\": \"y\", \"id\": {\"exists\": true}}, \
          \"input_mapping\": {\"n\": \"data.n\"}}",
    ] {
        let read = trigger(text);
        assert_eq!(trigger(&read.to_serde().to_string()), read, "{text}");
    }
}

#[test]
fn a_file_declares_these_triggers_by_their_kind_or_in_a_list() {
    let found = Trigger::declared_in(
        "{\"triggers\": {\"run_finished\": [{\"pipelines\": [\"a\"]}], \
          \"events\": [{\"name\": \"e\", \"event_type\": \"t\"}, \
          {\"name\": \"f\", \"type\": \"pipeline_completed\", \"source_pipeline_id\": \"b\"}]}}",
    );
    let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["run_finished", "e", "f"]);
    assert!(found[0].run().is_some() && found[1].event().is_some() && found[2].run().is_some());
    let list = Trigger::declared_in(
        "{\"triggers\": [{\"type\": \"event\"}, {\"type\": \"cron\", \"cron\": \"@daily\"}]}",
    );
    assert_eq!(list.len(), 2);
}
