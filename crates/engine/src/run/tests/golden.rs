//! Golden journals: real runs with the state expected after each event. The dashboard's fold is
//! tested against the same files, so that a run looks the same to every reader.
//!
//! `FLOWMASON_UPDATE=1 cargo test -p engine golden` rewrites the files.

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value as Json, json};

use super::*;
use crate::run::{
    Earlier, ReusedEvents, StageRun, StageRunStatus, Unchanged, decode, from_failed, only_stage,
    unchanged_since,
};

/// All control stages and all ways to end. The runs have no races: only one stage runs at a time.
const SCENARIOS: [(&str, &str); 10] = [
    (
        "plain",
        r#"{"id":"a","component":"work","config":{"kind":"effect","value":{"n":1}}},
           {"id":"b","component":"echo","depends_on":["a"],"config":{"value":"{{upstream.a.value}}"}}"#,
    ),
    (
        "retry",
        r#"{"id":"a","component":"work","config":{"kind":"call","fail_first":2},
             "retry_config":{"max_retries":2,"initial_delay_ms":3,"max_delay_ms":3}},
           {"id":"b","component":"work","depends_on":["a"],"config":{"error":"STAGE_FAILED"},"on_error":"continue"},
           {"id":"c","component":"work","depends_on":["b"],"config":{"error":"STAGE_FAILED"}},
           {"id":"d","component":"echo","depends_on":["c"]}"#,
    ),
    (
        "foreach_trycatch",
        r#"{"id":"each","component":"foreach","config":{"items":[1,2],"loop_stages":["t"]}},
           {"id":"t","component":"trycatch","config":{"try_stages":["a","never"],"catch_stages":["c"],
             "finally_stages":["f"],"error_scope":"continue","max_retries":1,"retry_delay_ms":3}},
           {"id":"a","component":"work","config":{"value":"{{context.item}}","error":"HTTP_FAILED"}},
           {"id":"never","component":"echo","depends_on":["a"]},
           {"id":"c","component":"echo","config":{"value":"caught"}},
           {"id":"f","component":"echo","config":{"value":"done"}}"#,
    ),
    (
        "router",
        r#"{"id":"r","component":"router","config":{"value":"go","routes":{"go":["each"],"stop":["x"]},"default_route":["y"]}},
           {"id":"each","component":"foreach","config":{"items":["a"],"loop_stages":["w"]}},
           {"id":"w","component":"echo","config":{"value":"{{context.item}}"}},
           {"id":"x","component":"echo"},
           {"id":"y","component":"echo"},
           {"id":"after","component":"echo","depends_on":["r"]}"#,
    ),
    (
        "wait",
        r#"{"id":"w","component":"wait","config":{"ms":5}},
           {"id":"each","component":"foreach","depends_on":["w"],"config":{"items":[1],"loop_stages":["p"]}},
           {"id":"p","component":"wait","config":{"ms":5}}"#,
    ),
    (
        "loop_again",
        r#"{"id":"each","component":"foreach","config":{"items":[10,20],"loop_stages":["pay","check"]},
             "retry_config":{"max_retries":1,"initial_delay_ms":3,"max_delay_ms":3}},
           {"id":"pay","component":"work","config":{"kind":"effect"}},
           {"id":"check","component":"work","depends_on":["pay"],"config":{"fail_calls":1}}"#,
    ),
    (
        "loop_again_shorter",
        r#"{"id":"each","component":"foreach","config":{"items":[1,2],"loop_stages":["a","b"]},
             "retry_config":{"max_retries":1,"initial_delay_ms":3,"max_delay_ms":3}},
           {"id":"a","component":"work","config":{"ms":"{{context.item}}","fail_first":0}},
           {"id":"b","component":"work","depends_on":["a"],"config":{"error":"STAGE_FAILED"}}"#,
    ),
    (
        "cancel",
        r#"{"id":"each","component":"foreach","config":{"items":[1,2],"loop_stages":["hang","later"]}},
           {"id":"hang","component":"work","timeout_ms":100000,"config":{"ms":60000,"kind":"call"}},
           {"id":"later","component":"echo","depends_on":["hang"]},
           {"id":"end","component":"echo","depends_on":["each"]}"#,
    ),
    (
        "expired",
        r#"{"id":"each","component":"foreach","timeout_ms":60,"on_error":"continue",
             "config":{"items":[1,2],"loop_stages":["slow","later"]}},
           {"id":"slow","component":"work","timeout_ms":100000,"config":{"ms":60000}},
           {"id":"later","component":"echo","depends_on":["slow"]},
           {"id":"end","component":"work","depends_on":["each"],"timeout_ms":30,"config":{"ms":60000}}"#,
    ),
    (
        "return",
        r#"{"id":"a","component":"echo","config":{"value":1}},
           {"id":"r","component":"return","depends_on":["a"],"config":{"value":{"early":true}}},
           {"id":"b","component":"echo","depends_on":["r"]}"#,
    ),
];

/// A run whose second-to-last stage fails on its first call, counted across runs.
const FAILS_ONCE: &str = r#"{"id":"a","component":"variable_set","config":{"name":"v","value":2}},
           {"id":"each","component":"foreach","depends_on":["a"],"config":{"items":[1,2],"loop_stages":["w"]}},
           {"id":"w","component":"work","config":{"kind":"effect","value":"{{context.item * context.v}}"}},
           {"id":"r","component":"router","depends_on":["each"],"config":{"value":"no","routes":{"yes":["never"]},"default_route":["y"]}},
           {"id":"never","component":"echo"},
           {"id":"y","component":"echo","config":{"value":"{{upstream.w.value}}"}},
           {"id":"flaky","component":"work","depends_on":["r"],"config":{"kind":"call","fail_calls":1,"value":"{{upstream.each.results}}"}},
           {"id":"end","component":"echo","depends_on":["flaky"],"config":{"value":"{{context.v}}"}}"#;

/// What a run did, and the same with other last stages: what comes before is taken over.
const BEFORE: &str = r#"{"id":"a","component":"work","config":{"kind":"call","value":2}},
           {"id":"each","component":"foreach","depends_on":["a"],"config":{"items":[1,2],"loop_stages":["w"]}},
           {"id":"w","component":"echo","config":{"value":"{{context.item * upstream.a.value}}"}},
           {"id":"b","component":"echo","depends_on":["each"],"config":{"value":"old"}}"#;
const CHANGED: &str = r#"{"id":"a","component":"work","config":{"kind":"call","value":2}},
           {"id":"each","component":"foreach","depends_on":["a"],"config":{"items":[1,2],"loop_stages":["w"]}},
           {"id":"w","component":"echo","config":{"value":"{{context.item * upstream.a.value}}"}},
           {"id":"b","component":"echo","depends_on":["each"],"config":{"value":"new"}},
           {"id":"c","component":"echo","depends_on":["b"],"config":{"value":"{{upstream.b.value}}"}}"#;

fn folder() -> PathBuf {
    PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../tests/golden/runs")
}

fn lines(bodies: &[Vec<u8>]) -> Vec<String> {
    bodies
        .iter()
        .flat_map(|body| body.split(|b| *b == b'\n'))
        .filter(|line| !line.is_empty())
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect()
}

async fn journal_of(name: &str, stages: &str) -> Vec<String> {
    let rig = Rig::new(plan(stages));
    if name == "cancel" {
        let (signals, run) = rig.begin();
        rig.until_began("each[0]/hang").await;
        let cancel = Signal::Cancel {
            by: Some("Ada".into()),
            reason: Some("enough".into()),
        };
        signals.send(cancel).await.unwrap();
        run.await.unwrap();
    } else {
        rig.finish().await;
    }
    lines(&rig.journal.bodies())
}

/// Cuts the journal while a stage is running, and resumes the run.
async fn after_a_crash(stages: &str) -> Vec<String> {
    let first = Rig::new(plan(stages));
    first.finish().await;
    let mut whole = lines(&first.journal.bodies());
    let cut = whole
        .iter()
        .position(|line| line.contains("stage.intent"))
        .unwrap()
        + 1;
    whole.truncate(cut);
    let mut second = Rig::new(plan(stages));
    second.run_id = first.run_id;
    second.drive(first.events()[..cut].to_vec()).await;
    whole.extend(lines(&second.journal.bodies()));
    whole
}

/// The reused events of a run and its continuation, in the world of the earlier run, so calls count
/// on.
async fn gone_on(old: &Rig, taken: ReusedEvents) -> Vec<String> {
    let mut rig = Rig::new(old.plan.clone());
    rig.world = old.world.clone();
    rig.host.resources = Resources::default().with(WorldRef(old.world.clone()));
    let bodies: Vec<Vec<u8>> = taken.segments.into_iter().map(|one| one.body).collect();
    let history = bodies.iter().flat_map(|body| decode(body).unwrap());
    rig.drive(history.collect()).await;
    let mut whole = lines(&bodies);
    whole.extend(lines(&rig.journal.bodies()));
    whole
}

/// A run of [`CHANGED`] that takes over what did not change since a run of [`BEFORE`].
async fn with_unchanged() -> Vec<String> {
    let old = Rig::new(plan(BEFORE));
    old.finish().await;
    let earlier = Earlier::of(&old.plan, old.run_id, &old.host.env, &old.events(), false);
    let mut rig = Rig::new(plan(CHANGED));
    rig.host.earlier = Some(Arc::new(earlier.unwrap()));
    let how = Unchanged {
        version: "ver_before".to_owned(),
        outside: false,
    };
    let now = Clock::system().now();
    let begun = unchanged_since("run_before", how, rig.input.clone(), now);
    let bodies: Vec<Vec<u8>> = begun.segments.into_iter().map(|one| one.body).collect();
    let history = bodies.iter().flat_map(|body| decode(body).unwrap());
    rig.drive(history.collect()).await;
    let mut whole = lines(&bodies);
    whole.extend(lines(&rig.journal.bodies()));
    whole
}

/// Adds model usage, derived from the attempt's position within the journal, and a log line to each
/// attempt, because the components of the tests call no models.
fn metered(
    mut events: Vec<Map<String, Json>>,
    usage: impl Fn(usize) -> Json,
) -> Vec<Map<String, Json>> {
    // Usage stays with the run that incurred it.
    let through = events[0]
        .get("reused")
        .map_or(0, |reused| reused["through"].as_u64().unwrap());
    let ended = |event: &&mut Map<String, Json>| {
        let kind = event["type"].as_str();
        event.contains_key("attempt")
            && matches!(kind, Some("stage.failed" | "stage.succeeded"))
            && event["seq"].as_u64() > Some(through)
    };
    for (number, event) in events.iter_mut().filter(ended).enumerate() {
        event.insert("usage".to_owned(), usage(number));
        let log = json!({"at": event["at"], "level": "info", "message": "asked"});
        event.insert("logs".to_owned(), json!([log]));
    }
    events
}

fn time(seconds: u64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + seconds as i64, 0).unwrap()
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Replaces times by ones derived from the event numbers, and removes the run's id from keys.
fn steady(lines: Vec<String>) -> Vec<Map<String, Json>> {
    let steady = |line: String| {
        let mut event: Map<String, Json> = serde_json::from_str(&line).unwrap();
        let seq = event["seq"].as_u64().unwrap() * 10;
        event["at"] = text(time(seq)).into();
        for (name, later) in [("due", 5), ("deadline", 60)] {
            if let Some(value) = event.get_mut(name) {
                *value = text(time(seq + later)).into();
            }
        }
        for log in event
            .get_mut("logs")
            .and_then(Json::as_array_mut)
            .into_iter()
            .flatten()
        {
            log["at"] = text(time(seq)).into();
        }
        if let Some(reused) = event.get_mut("reused") {
            let through = reused["through"].as_u64().unwrap() * 10;
            reused["at"] = text(time(through + 5)).into();
        }
        if let Some(key) = event.get_mut("key") {
            let (_, address) = key.as_str().unwrap().split_once(':').unwrap();
            *key = format!("run_00000000000000000000000000:{address}").into();
        }
        event
    };
    lines.into_iter().map(steady).collect()
}

/// The names of the statuses in the API.
fn status(status: StageRunStatus) -> &'static str {
    match status {
        StageRunStatus::Pending | StageRunStatus::Scheduled => "queued",
        StageRunStatus::Running => "running",
        StageRunStatus::Retrying | StageRunStatus::Waiting => "waiting",
        StageRunStatus::Succeeded => "succeeded",
        StageRunStatus::Failed => "failed",
        StageRunStatus::Skipped => "skipped",
        StageRunStatus::Cancelled => "cancelled",
    }
}

fn shown(stage: &StageRun) -> Json {
    let at = |time: Option<DateTime<Utc>>| time.map(text);
    let attempts: Vec<Json> = stage
        .attempts
        .iter()
        .map(|attempt| {
            json!({
                "number": attempt.number, "startedAt": text(attempt.started_at),
                "finishedAt": at(attempt.finished_at), "error": attempt.error,
                "retryAt": at(attempt.retry_at),
            })
        })
        .collect();
    json!({
        "status": status(stage.status), "scheduledAt": at(stage.scheduled_at),
        "startedAt": at(stage.started_at), "finishedAt": at(stage.finished_at),
        "waitingUntil": at(stage.waiting_until), "attempts": attempts,
        "output": stage.output.as_ref().map(Value::to_serde), "error": stage.error,
        "skipReason": stage.skip_reason, "items": stage.items, "logs": stage.logs.len(),
        "usage": stage.usage, "reused": stage.reused,
    })
}

/// The journal with the view after each event: of the stages, only those that the event changed and
/// that the journal has mentioned.
fn golden(plan: &Plan, events: Vec<Map<String, Json>>) -> Json {
    let mut view = RunView::new(plan);
    let mut named: HashSet<Arc<str>> = HashSet::new();
    let mut last: HashMap<Arc<str>, Json> = HashMap::new();
    let (mut out, mut steps) = (Vec::new(), Vec::new());
    for mut line in events {
        let decoded = decode(&serde_json::to_vec(&line).unwrap()).unwrap();
        for event in decoded {
            view.apply(plan, &event);
            named.extend(event.stage);
        }
        let mut stages = Map::default();
        for (address, stage) in view.stages.iter().filter(|(a, _)| named.contains(*a)) {
            let now = shown(stage);
            if last.get(address) != Some(&now) {
                stages.insert(address.to_string(), now.clone());
                last.insert(address.clone(), now);
            }
        }
        steps.push(json!({
            "seq": view.last_seq, "status": view.status,
            "startedAt": view.started_at.map(text), "finishedAt": view.finished_at.map(text),
            "output": view.output.to_serde(), "error": view.error, "usage": view.usage,
            "stages": stages,
        }));
        let mut take = |name: &str| line.shift_remove(name).unwrap_or_default();
        let (seq, at, kind, stage) = (take("seq"), take("at"), take("type"), take("stage"));
        out.push(json!({ "seq": seq, "at": at, "type": kind, "stage": stage, "body": line }));
    }
    json!({ "events": out, "steps": steps })
}

fn compare(name: &str, golden: &Json, differ: &mut Vec<String>) {
    let path = folder().join(format!("{name}.json"));
    // One line for each event and step, so that diffs are readable.
    let list = |key: &str| {
        let entries = golden[key].as_array().unwrap().iter();
        entries.map(Json::to_string).collect::<Vec<_>>().join(",\n")
    };
    let (events, steps) = (list("events"), list("steps"));
    let text = format!("{{\"events\":[\n{events}\n],\"steps\":[\n{steps}\n]}}\n");
    if std::env::var_os("FLOWMASON_UPDATE").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
        differ.push(name.to_owned());
    }
}

#[tokio::test]
async fn golden_journals_and_their_views_are_those_of_the_executor() {
    let mut differ = Vec::new();
    let mut kinds: HashSet<String> = HashSet::new();
    let mut journals = Vec::new();
    for (name, stages) in SCENARIOS {
        journals.push((name, stages, steady(journal_of(name, stages).await)));
    }
    let (_, plain) = SCENARIOS[0];
    journals.push(("crash", plain, steady(after_a_crash(plain).await)));
    let (_, retry) = SCENARIOS[1];
    let used = |number: usize, prompt: Option<u64>, completion: Option<u64>, cost: Option<u64>| {
        let calls = 1 + number / 3;
        json!({"calls":calls,"prompt_tokens":prompt,"completion_tokens":completion,"cost":cost})
    };
    // An unknown price makes the sum unknown, and so do unknown tokens.
    let events = steady(journal_of("retry", retry).await);
    let priced = |number| used(0, Some(12), Some(40), (number < 2).then_some(310));
    journals.push(("usage", retry, metered(events.clone(), priced)));
    let counted = |number| match number {
        0 => used(0, Some(12), Some(40), Some(310)),
        1 => used(1, None, Some(40), None),
        2 => used(2, Some(7), None, None),
        _ => used(3, None, None, None),
    };
    journals.push(("usage_unknown", retry, metered(events, counted)));
    let old = Rig::new(plan(FAILS_ONCE));
    old.finish().await;
    let (events, now) = (old.events(), Clock::system().now());
    let taken = from_failed(&old.plan, "run_before", &events, now);
    let retried = gone_on(&old, taken).await;
    let unknown = |number| used(number, None, Some(3), None);
    journals.push(("reused", FAILS_ONCE, metered(steady(retried), unknown)));
    for (name, stage) in [("reused_one_stage", "flaky"), ("reused_one_loop", "each")] {
        let taken = only_stage(&old.plan, "run_before", &events, now, stage).unwrap();
        journals.push((name, FAILS_ONCE, steady(gone_on(&old, taken).await)));
    }
    journals.push(("reused_unchanged", CHANGED, steady(with_unchanged().await)));
    for (name, stages, events) in journals {
        kinds.extend(
            events
                .iter()
                .map(|e| e["type"].as_str().unwrap().to_owned()),
        );
        compare(name, &golden(&plan(stages), events), &mut differ);
    }
    assert!(
        differ.is_empty(),
        "{differ:?} differ from tests/golden/runs; if that is meant, write them again with \
         FLOWMASON_UPDATE=1 and run the dashboard's tests"
    );
    let every = [
        "run.started",
        "run.signal",
        "stage.scheduled",
        "stage.started",
        "stage.intent",
        "stage.succeeded",
        "stage.failed",
        "stage.expired",
        "stage.retry_at",
        "stage.skipped",
        "wait.started",
        "wait.ended",
        "run.finished",
    ];
    for kind in every {
        assert!(kinds.contains(kind), "no golden journal has a {kind}");
    }
}
