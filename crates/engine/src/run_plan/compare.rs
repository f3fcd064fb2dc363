//! What is new in the plan of a version compared with that of another one.
//!
//! Requests and variables are compared as sets: it matters that a run contacts a host, not which
//! stage does. Models, repetition and retries are compared stage by stage.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Request, Rule, RunPlan, Said, text::duration};

/// A difference between two plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Whether it is new, gone or different.
    pub kind: ChangeKind,
    /// What it is about: `request`, `model`, `environment`, `input`, `output`, `after_crash`,
    /// `retry`, `control` or `time`.
    pub about: &'static str,
    /// The stages that it is about; empty if it is about the whole pipeline.
    pub stages: Vec<String>,
    /// The difference, as a sentence without a full stop.
    pub text: String,
}

/// The kind of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The run does something that it did not do before.
    New,
    /// The run no longer does something.
    Gone,
    /// It does something differently.
    Changed,
}

/// The differences from `old` to `new`, in a fixed order; empty if there is none.
pub fn changes(old: &RunPlan, new: &RunPlan) -> Vec<Change> {
    let mut out = Changes::default();
    requests(&mut out, old, new);
    models(&mut out, old, new);
    environment(&mut out, old, new);
    input(&mut out, old, new);
    output(&mut out, old, new);
    after_crash(&mut out, old, new);
    retries(&mut out, old, new);
    loops(&mut out, old, new);
    time(&mut out, old, new);
    out.0
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, kind: ChangeKind, about: &'static str, stages: &[&str], text: String) {
        self.0.push(Change {
            kind,
            about,
            stages: stages.iter().map(|id| (*id).to_owned()).collect(),
            text,
        });
    }

    fn newly(&mut self, about: &'static str, stages: &[&str], text: String) {
        self.add(ChangeKind::New, about, stages, text);
    }

    fn gone(&mut self, about: &'static str, stages: &[&str], text: String) {
        self.add(ChangeKind::Gone, about, stages, text);
    }

    fn changed(&mut self, about: &'static str, stages: &[&str], text: String) {
        self.add(ChangeKind::Changed, about, stages, text);
    }
}

/// `POSTs to api.example.com`.
fn sends(method: &Said, host: &Said) -> String {
    let host = match host {
        Said::Known(host) => host.clone(),
        Said::AtRunTime(text) => format!("a host decided at run time by {text}"),
    };
    match method {
        Said::Known(method) if method == "GET" => format!("GETs from {host}"),
        Said::Known(method) if method == "POST" || method == "PUT" => {
            format!("{method}s to {host}")
        }
        Said::Known(method) => format!("sends {method} to {host}"),
        Said::AtRunTime(text) => {
            format!("sends a request to {host}, with a method decided at run time by {text}")
        }
    }
}

fn requests(out: &mut Changes, old: &RunPlan, new: &RunPlan) {
    fn by_target(requests: &[Request]) -> BTreeMap<(&Said, &Said), Vec<&str>> {
        let mut found: BTreeMap<(&Said, &Said), Vec<&str>> = BTreeMap::new();
        for request in requests {
            let stages = found.entry((&request.host, &request.method)).or_default();
            stages.push(&request.stage);
        }
        found
    }
    let (now, before) = (by_target(&new.requests), by_target(&old.requests));
    for ((host, method), stages) in &now {
        if !before.contains_key(&(*host, *method)) {
            out.newly("request", stages, format!("newly {}", sends(method, host)));
        }
    }
    for ((host, method), stages) in &before {
        if !now.contains_key(&(*host, *method)) {
            let text = format!("no longer {}", sends(method, host));
            out.gone("request", stages, text);
        }
    }
}

/// `the model m of p`.
fn named(provider: Option<&str>, model: Option<&str>) -> String {
    let model = match model {
        Some(model) => format!("the model `{model}`"),
        None => "the default model".to_owned(),
    };
    match provider {
        Some(provider) => format!("{model} of `{provider}`"),
        None => format!("{model} of the default provider"),
    }
}

fn models(out: &mut Changes, old: &RunPlan, new: &RunPlan) {
    let before: BTreeMap<&str, _> = old.models.iter().map(|m| (m.stage.as_str(), m)).collect();
    let now: BTreeSet<&str> = new.models.iter().map(|m| m.stage.as_str()).collect();
    for model in &new.models {
        let id = model.stage.as_str();
        let is = named(model.provider.as_deref(), model.model.as_deref());
        let Some(was) = before.get(id) else {
            out.newly(
                "model",
                &[id],
                format!("newly calls {is} in `{id}`, {}", model.often.sentence()),
            );
            continue;
        };
        if (&model.provider, &model.model) != (&was.provider, &was.model) {
            let was = named(was.provider.as_deref(), was.model.as_deref());
            out.changed(
                "model",
                &[id],
                format!("`{id}` calls {is} instead of {was}"),
            );
        }
        if model.often != was.often {
            let (is, was) = (model.often.sentence(), was.often.sentence());
            let text = format!("`{id}` calls its model {is} instead of {was}");
            out.changed("model", &[id], text);
        }
        if model.tokens_out != was.tokens_out {
            let limit = |tokens: Option<u64>| match tokens {
                Some(tokens) => format!("up to {tokens} tokens"),
                None => "without a limit".to_owned(),
            };
            let (is, was) = (limit(model.tokens_out), limit(was.tokens_out));
            let text = format!("an answer in `{id}` is {is} long instead of {was}");
            out.changed(
                "model",
                &[id],
                text.replace("is without a limit long", "is without a limit"),
            );
        }
    }
    for model in old
        .models
        .iter()
        .filter(|m| !now.contains(m.stage.as_str()))
    {
        let was = named(model.provider.as_deref(), model.model.as_deref());
        let id = model.stage.as_str();
        out.gone("model", &[id], format!("no longer calls {was} in `{id}`"));
    }
}

fn environment(out: &mut Changes, old: &RunPlan, new: &RunPlan) {
    let named = |name: &str| match name {
        "*" => "all environment variables".to_owned(),
        name => format!("the environment variable {name}"),
    };
    for variable in &new.environment {
        if !old
            .environment
            .iter()
            .any(|other| other.name == variable.name)
        {
            let stages: Vec<&str> = variable.stages.iter().map(String::as_str).collect();
            let text = format!("newly reads {}", named(&variable.name));
            out.newly("environment", &stages, text);
        }
    }
    for variable in &old.environment {
        if !new
            .environment
            .iter()
            .any(|other| other.name == variable.name)
        {
            let stages: Vec<&str> = variable.stages.iter().map(String::as_str).collect();
            let text = format!("no longer reads {}", named(&variable.name));
            out.gone("environment", &stages, text);
        }
    }
}

fn input(out: &mut Changes, old: &RunPlan, new: &RunPlan) {
    if new.input.whole && !old.input.whole {
        out.newly("input", &[], "newly reads the input as a whole".to_owned());
    }
    if old.input.whole && !new.input.whole {
        let text = "no longer reads the input as a whole".to_owned();
        out.gone("input", &[], text);
    }
    let lists = [
        (&new.input.fields, &old.input.fields, "reads"),
        (&new.input.required, &old.input.required, "requires"),
    ];
    for (now, before, verb) in lists {
        let (now, before): (BTreeSet<_>, BTreeSet<_>) =
            (now.iter().collect(), before.iter().collect());
        for field in now.difference(&before) {
            out.newly("input", &[], format!("newly {verb} `input.{field}`"));
        }
        for field in before.difference(&now) {
            out.gone("input", &[], format!("no longer {verb} `input.{field}`"));
        }
    }
    match (new.input.has_schema, old.input.has_schema) {
        (true, false) => out.newly(
            "input",
            &[],
            "newly checks the input by a schema".to_owned(),
        ),
        (false, true) => {
            out.gone(
                "input",
                &[],
                "no longer checks the input by a schema".to_owned(),
            );
        }
        _ => {}
    }
}

fn output(out: &mut Changes, old: &RunPlan, new: &RunPlan) {
    let is = (&new.output.stage, &new.output.last_stages);
    if is != (&old.output.stage, &old.output.last_stages) {
        let text = format!(
            "the output comes from {} instead of {}",
            super::text::output(&new.output),
            super::text::output(&old.output)
        );
        out.changed("output", &[], text);
    }
}

fn after_crash(out: &mut Changes, old: &RunPlan, new: &RunPlan) {
    let means = |rule: Option<Rule>| match rule {
        Some(Rule::AtMostOnce) => "is run at most once",
        Some(Rule::RepeatedWithSameKey) => "is repeated with the same idempotency key",
        Some(Rule::CalledAgain) => "calls its model again",
        Some(Rule::ReadAgain) => "reads again",
        None => "changes nothing outside",
    };
    let before: BTreeMap<&str, Rule> = rules(old);
    for (id, rule) in rules(new) {
        // A model call and a read are reported as what they are.
        let was = before.get(id).copied();
        let matters = matches!(rule, Rule::AtMostOnce | Rule::RepeatedWithSameKey);
        match was {
            Some(was) if was != rule => {
                let (is, was) = (means(Some(rule)), means(Some(was)));
                let text = format!("after a crash, `{id}` {is}; before, it {was}");
                out.changed("after_crash", &[id], text);
            }
            None if matters => {
                let text = format!("after a crash, `{id}` {}", means(Some(rule)));
                out.newly("after_crash", &[id], text);
            }
            _ => {}
        }
    }
}

fn rules(plan: &RunPlan) -> BTreeMap<&str, Rule> {
    let stages = plan.after_crash.iter();
    stages.map(|one| (one.stage.as_str(), one.rule)).collect()
}

fn retries(out: &mut Changes, old: &RunPlan, new: &RunPlan) {
    let of = |plan: &RunPlan| -> BTreeMap<String, u32> {
        let stages = plan.retried.iter();
        stages
            .map(|one| (one.stage.clone(), one.attempts))
            .collect()
    };
    let (now, before) = (of(new), of(old));
    for (id, attempts) in &now {
        match before.get(id) {
            None => {
                let text = format!("`{id}` is tried up to {attempts} times");
                out.newly("retry", &[id], text);
            }
            Some(was) if was != attempts => {
                let text = format!("`{id}` is tried up to {attempts} times instead of {was}");
                out.changed("retry", &[id], text);
            }
            Some(_) => {}
        }
    }
    for id in before.keys().filter(|id| !now.contains_key(*id)) {
        out.gone("retry", &[id], format!("`{id}` is no longer retried"));
    }
}

fn loops(out: &mut Changes, old: &RunPlan, new: &RunPlan) {
    let of = |plan: &RunPlan| -> BTreeMap<String, String> {
        let stages = plan.control.iter();
        stages
            .map(|one| (one.stage.clone(), one.component.clone()))
            .collect()
    };
    let (now, before) = (of(new), of(old));
    for (id, component) in now.iter().filter(|(id, _)| !before.contains_key(*id)) {
        let text = format!("newly has the control stage `{id}` ({component})");
        out.newly("control", &[id], text);
    }
    for (id, component) in before.iter().filter(|(id, _)| !now.contains_key(*id)) {
        let text = format!("no longer has the control stage `{id}` ({component})");
        out.gone("control", &[id], text);
    }
}

fn time(out: &mut Changes, old: &RunPlan, new: &RunPlan) {
    let (now, before) = (limit(new), limit(old));
    if now != before {
        let text = format!("the longest path takes {now} instead of {before}");
        out.changed("time", &[], text);
    }
}

/// The limit of the longest path in words.
fn limit(plan: &RunPlan) -> String {
    let Some(path) = &plan.longest_path else {
        return "an unknown time".to_owned();
    };
    let mut text = format!("up to {}", duration(path.at_most_ms));
    for open in &path.open {
        text.push_str(&match open.at_most_ms {
            0 => format!(", and as long as `{}` sleeps", open.stage),
            time => format!(
                ", and up to {} per item of `{}`",
                duration(time),
                open.stage
            ),
        });
    }
    if let Some(limit) = path.run_timeout_ms {
        text.push_str(&format!(", and at most {} in all", duration(limit)));
    }
    text
}
