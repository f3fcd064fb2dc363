//! EDIT: what a change of a draft costs, from the request to the answer with the problems of the new
//! text, and what the engine's part of it is.
//!
//! The edits are those of people at a canvas and in a form: fields, positions, and stages that come, get
//! another name and go. Four at once send theirs without a pause, which is more than four people do.

use std::{hint::black_box, time::Instant};

use engine::{
    check::{Diagnostic, check},
    component::Registry,
    edit::{Edit, apply, between, rebase},
    model::Pipeline,
};
use futures::future::try_join_all;
use serde_json::{Value, json};

use crate::{
    Error, Settings,
    client::Client,
    figures::{Judge, Ratio, Report, median, percentile},
    grants,
    server::Server,
};

const EDITORS: usize = 4;
const WARM_UP: usize = 20;

/// The entries of the report for a number of stages: one editor and four, half of the answers and 99 of
/// a hundred.
const SIZES: [(usize, [&str; 4]); 3] = [
    (
        10,
        ["EDIT_10_p50", "EDIT_10_p99", "EDIT4_10_p50", "EDIT4_10_p99"],
    ),
    (
        300,
        [
            "EDIT_300_p50",
            "EDIT_300_p99",
            "EDIT4_300_p50",
            "EDIT4_300_p99",
        ],
    ),
    (
        1_000,
        ["EDIT_1k_p50", "EDIT_1k_p99", "EDIT4_1k_p50", "EDIT4_1k_p99"],
    ),
];

/// 30 ms, in thousands of `calib` on a machine where that is 6.7 µs.
const ANSWER: f64 = 4.5;

/// 5 ms, likewise.
const ENGINE: f64 = 0.75;

const OPEN: &str = "mutation($i: OpenDraftInput!) { openDraft(input: $i) { draft { revision } } }";
const CHANGE: &str = "mutation($i: EditDraftInput!) { editDraft(input: $i) { \
    draft { revision problems { severity code message path line column stage } } \
    change { revision edits } conflicts { message } } }";
const TYPE: &str = "mutation($i: SetDraftTextInput!) { setDraftText(input: $i) { \
    draft { revision problems { severity code message path line column stage } } \
    change { revision } conflicts { message } } }";
const TEXT: &str = "query($id: ID!) { pipeline(id: $id) { draft { source } } }";

/// Runs the workload.
pub async fn run(settings: &Settings, report: &mut Report) -> Result<(), Error> {
    alone(settings, report)?;
    let server = Server::start(settings, "edit").await?;
    let mut owner = Client::connect(&server.host, &server.cookie).await?;
    let mut keys = Vec::new();
    for number in 0..EDITORS {
        let secret = grants::service_account(&mut owner, &format!("editor {number}")).await?;
        keys.push(format!("Authorization: Bearer {secret}\r\n"));
    }
    for (stages, [p50, p99, p50_of_four, p99_of_four]) in SIZES {
        let judge = match stages {
            1_000 => Judge::AtMost(ANSWER),
            _ => Judge::Printed,
        };
        let one = measured(settings, &server, stages, &keys[..1]).await?;
        add(report, (p50, p99), one, judge);
        let four = measured(settings, &server, stages, &keys).await?;
        add(report, (p50_of_four, p99_of_four), four, Judge::Printed);
    }
    let text = typed(settings, &server, &keys[0]).await?;
    let names = ("EDIT_text_p50", "EDIT_text_p99");
    add(report, names, text, Judge::Printed);
    server.stop().await
}

/// Adds the percentiles of each repetition's times, in milliseconds.
fn add(
    report: &mut Report,
    (p50, p99): (&'static str, &'static str),
    times: Vec<Vec<f64>>,
    judge: Judge,
) {
    for (name, part, judge) in [(p50, 0.5, Judge::Printed), (p99, 0.99, judge)] {
        let values = times.iter().map(|one| percentile(one, part)).collect();
        report.result(name, values, "ms", Ratio::Over("calib"), judge);
    }
}

/// The milliseconds of each change, by repetition. Each repetition has a draft of its own.
async fn measured(
    settings: &Settings,
    server: &Server,
    stages: usize,
    keys: &[String],
) -> Result<Vec<Vec<f64>>, Error> {
    let changes = if settings.quick { 100 } else { 300 };
    let mut all = Vec::new();
    for _ in 0..settings.repetitions() {
        let pipeline = server.create_pipeline(&chain(stages)).await?;
        let mut client = Client::connect(&server.host, &keys[0]).await?;
        client
            .graphql(OPEN, json!({ "i": { "pipelineId": pipeline } }))
            .await?;
        let each = WARM_UP + changes / keys.len();
        let work = keys
            .iter()
            .enumerate()
            .map(|(editor, key)| edits(server, key, &pipeline, (editor, stages, each)));
        let times = try_join_all(work).await?;
        has_all(&mut client, &pipeline, (keys.len(), each)).await?;
        finds_a_mistake(&mut client, &pipeline).await?;
        all.push(times.concat());
    }
    Ok(all)
}

/// Sends changes one after the other and returns the milliseconds of each. All of them must be made.
async fn edits(
    server: &Server,
    key: &str,
    pipeline: &str,
    (editor, stages, changes): (usize, usize, usize),
) -> Result<Vec<f64>, Error> {
    let mut client = Client::connect(&server.host, key).await?;
    let mut revision = Value::from(0);
    let mut times = Vec::new();
    for number in 0..changes {
        let edit = edit(editor, number, stages);
        let input = json!({ "pipelineId": pipeline, "revision": revision, "edits": [edit],
                            "changeId": format!("{editor}-{number}") });
        let start = Instant::now();
        let answer = client.graphql(CHANGE, json!({ "i": input })).await?;
        let took = start.elapsed().as_secs_f64() * 1e3;
        let done = &answer["editDraft"];
        if done["change"].is_null() || has_errors(done)? {
            return Err(format!("change {number} of editor {editor}: {answer}").into());
        }
        revision = done["draft"]["revision"].clone();
        if number >= WARM_UP {
            times.push(took);
        }
    }
    Ok(times)
}

/// Checks that the text has the last word of each editor.
async fn has_all(
    client: &mut Client,
    pipeline: &str,
    (editors, changes): (usize, usize),
) -> Result<(), Error> {
    let draft = client.graphql(TEXT, json!({ "id": pipeline })).await?;
    let text = draft["pipeline"]["draft"]["source"].as_str();
    let text = text.ok_or("the draft has no text")?;
    let last = (0..changes).rev().find(|number| number % CYCLE < WORDS);
    for editor in 0..editors {
        let word = mark(editor, last.unwrap_or(0));
        if !text.contains(&word) {
            return Err(format!("the draft has no `{word}`").into());
        }
    }
    Ok(())
}

/// The milliseconds of each change that is sent as a whole text of 1,000 stages, as somebody types it.
async fn typed(settings: &Settings, server: &Server, key: &str) -> Result<Vec<Vec<f64>>, Error> {
    let changes = if settings.quick { 30 } else { 100 };
    let mut client = Client::connect(&server.host, key).await?;
    let mut all = Vec::new();
    for _ in 0..settings.repetitions() {
        let mut text = chain(1_000);
        let pipeline = server.create_pipeline(&text).await?;
        client
            .graphql(OPEN, json!({ "i": { "pipelineId": pipeline } }))
            .await?;
        let mut revision = Value::from(0);
        let mut times = Vec::new();
        for number in 0..WARM_UP + changes {
            let old = describes(number * 13 % 1_000);
            text = text.replacen(&old, &format!("Change {number}. {old}"), 1);
            let input = json!({ "pipelineId": pipeline, "revision": revision, "source": text,
                                "changeId": format!("text-{number}") });
            let start = Instant::now();
            let answer = client.graphql(TYPE, json!({ "i": input })).await?;
            let took = start.elapsed().as_secs_f64() * 1e3;
            let done = &answer["setDraftText"];
            if done["change"].is_null() || has_errors(done)? {
                return Err(format!("text {number}: {answer}").into());
            }
            revision = done["draft"]["revision"].clone();
            if number >= WARM_UP {
                times.push(took);
            }
        }
        let draft = client.graphql(TEXT, json!({ "id": pipeline })).await?;
        if draft["pipeline"]["draft"]["source"] != text.as_str() {
            return Err("the draft has another text than was typed".into());
        }
        all.push(times);
    }
    Ok(all)
}

fn has_errors(payload: &Value) -> Result<bool, Error> {
    let problems = payload["draft"]["problems"].as_array();
    let problems = problems.ok_or("no problems in the answer")?;
    Ok(problems.iter().any(|one| one["severity"] == "ERROR"))
}

/// Checks that an answer is about the new text: a dependency on a stage that does not exist is an error.
async fn finds_a_mistake(client: &mut Client, pipeline: &str) -> Result<(), Error> {
    let opened = client
        .graphql(OPEN, json!({ "i": { "pipelineId": pipeline } }))
        .await?;
    let mistake = json!({ "op": "connect", "stage": "s1", "on": "nowhere" });
    let input = json!({ "pipelineId": pipeline, "changeId": "mistake", "edits": [mistake],
                        "revision": opened["openDraft"]["draft"]["revision"] });
    let answer = client.graphql(CHANGE, json!({ "i": input })).await?;
    match has_errors(&answer["editDraft"])? {
        true => Ok(()),
        false => Err(format!("a mistake was not found: {answer}").into()),
    }
}

/// The kinds of edits repeat after this many.
const CYCLE: usize = 8;

/// So many of them, the first ones, put a word into the text.
const WORDS: usize = 4;

/// The word that an editor's change puts into the text.
fn mark(editor: usize, number: usize) -> String {
    format!("change {number} of editor {editor}")
}

/// The edit that an editor makes with a number. Four editors never change the same stage.
fn edit(editor: usize, number: usize, stages: usize) -> Value {
    let own = |number: usize| editor + EDITORS * (number * 13 % (stages / EDITORS));
    let (cycle, at) = (number / CYCLE, own(number));
    let (new, renamed) = (format!("new-{editor}"), format!("renamed-{editor}"));
    match number % CYCLE {
        0..WORDS => {
            json!({ "op": "setField", "stage": format!("s{at}"), "path": ["config", "value"],
                         "value": format!("{}: {}", mark(editor, number), reference(at)) })
        }
        WORDS => json!({ "op": "setField", "stage": format!("s{at}"), "path": ["position", "x"],
                     "value": number }),
        5 => json!({ "op": "addStage", "at": { "after": format!("s{}", own(cycle)) },
                     "value": { "id": new, "type": "variable_set",
                                "config": { "name": "fresh", "value": cycle } } }),
        6 => json!({ "op": "renameStage", "stage": new, "to": renamed }),
        _ => json!({ "op": "removeStage", "stage": renamed }),
    }
}

/// What a stage of the chain reads.
fn reference(at: usize) -> String {
    match at.checked_sub(1) {
        None => "{{input.object}}".to_owned(),
        Some(before) => format!("{{{{upstream.s{before}.value}}}}"),
    }
}

/// The description of a stage of the chain.
fn describes(at: usize) -> String {
    format!("Stage {at} passes on what the one before has given it")
}

/// The source of a chain of stages, written as the editor writes it.
fn chain(length: usize) -> String {
    let stages: Vec<_> = (0..length)
        .map(|at| {
            let depends: Vec<_> = at
                .checked_sub(1)
                .map(|at| format!("s{at}"))
                .into_iter()
                .collect();
            json!({ "id": format!("s{at}"), "type": "variable_set", "depends_on": depends,
                    "description": describes(at),
                    "config": { "name": format!("v{at}"), "value": reference(at) },
                    "position": { "x": at * 220, "y": 0 } })
        })
        .collect();
    let file = json!({ "name": format!("chain of {length}"), "stages": stages });
    serde_json::to_string_pretty(&file).unwrap_or_default()
}

/// The engine's part, in this process: what it costs to apply an edit to a text of 1,000 stages, to
/// move it over those of three others, to find what was typed, and to check the text.
fn alone(settings: &Settings, report: &mut Report) -> Result<(), Error> {
    let registry = components::registry();
    let text = chain(1_000);
    let read = |editor, numbers: std::ops::Range<usize>| -> Result<Vec<Edit>, Error> {
        let edits = numbers.map(|number| serde_json::from_value(edit(editor, number, 1_000)));
        Ok(edits.collect::<Result<Vec<Edit>, _>>()?)
    };
    let (mine, theirs) = (
        read(0, 0..1)?,
        [read(1, 0..8)?, read(2, 0..8)?, read(3, 0..8)?].concat(),
    );
    let typed = apply(&text, &read(0, 0..6)?, &registry).map_err(|e| format!("{e:?}"))?;
    let cycle = read(0, 0..CYCLE)?;

    // Each edit of the cycle, one after the other, as they change the text.
    let applied = || -> Result<f64, Error> {
        let (mut text, mut times) = (text.clone(), Vec::new());
        for edit in &cycle {
            let start = Instant::now();
            let done = apply(&text, std::slice::from_ref(edit), &registry);
            times.push(start.elapsed().as_secs_f64() * 1e3);
            text = done.map_err(|e| format!("{e:?}"))?.text;
        }
        Ok(times.into_iter().fold(0.0, f64::max))
    };
    let moved = || -> Result<f64, Error> {
        let start = Instant::now();
        let moved = rebase(&text, &mine, &theirs, &registry).map_err(|e| format!("{e:?}"))?;
        let took = start.elapsed().as_secs_f64() * 1e3;
        match moved.len() == mine.len() {
            true => Ok(took),
            false => Err(format!("{mine:?} became {moved:?}").into()),
        }
    };
    let found = || -> Result<f64, Error> {
        let start = Instant::now();
        let found = between(&text, &typed.text, &registry).map_err(|e| format!("{e:?}"))?;
        let took = start.elapsed().as_secs_f64() * 1e3;
        match apply(&text, &found, &registry) {
            Ok(again) if again.text == typed.text => Ok(took),
            other => Err(format!("{found:?} leads to {other:?}").into()),
        }
    };
    let checked = || -> Result<f64, Error> {
        let start = Instant::now();
        black_box(problems(&text, &registry)?);
        Ok(start.elapsed().as_secs_f64() * 1e3)
    };
    let target = Judge::AtMost(ENGINE);
    engine_result(settings, report, ("EDIT_apply", target), applied)?;
    engine_result(settings, report, ("EDIT_rebase", target), moved)?;
    engine_result(settings, report, ("EDIT_between", target), found)?;
    engine_result(settings, report, ("EDIT_check", Judge::Printed), checked)
}

/// Adds the median of a piece of work, by repetition.
fn engine_result(
    settings: &Settings,
    report: &mut Report,
    (name, judge): (&'static str, Judge),
    work: impl Fn() -> Result<f64, Error>,
) -> Result<(), Error> {
    let rounds = if settings.quick { 20 } else { 50 };
    let mut values = Vec::new();
    for _ in 0..5 {
        work()?;
    }
    for _ in 0..settings.repetitions() {
        let times: Result<Vec<f64>, Error> = (0..rounds).map(|_| work()).collect();
        values.push(median(&times?));
    }
    report.result(name, values, "ms", Ratio::Over("calib"), judge);
    Ok(())
}

/// What the checks find in a text. The chain has no errors.
fn problems(text: &str, registry: &Registry) -> Result<Vec<Diagnostic>, Error> {
    let pipeline = Pipeline::parse(text, registry).map_err(|e| format!("{e:?}"))?;
    let problems = check(&pipeline, registry);
    if problems.iter().any(Diagnostic::is_error) {
        return Err(format!("{problems:?}").into());
    }
    Ok(problems)
}
