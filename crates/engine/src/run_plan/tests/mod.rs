//! Tests of the plan of a run, with components of their own.

mod compared;
mod hostile;
mod said;

use std::time::Duration;

use serde_json::json;
use types::Money;

use super::{ModelFacts, Outside, Pause, RunPlan, Said, Target};
use crate::{
    Value,
    component::{
        Body, BranchRole, ComponentKind, Descriptor, Directive, Effect, EffectKind, InnerList,
        Registry,
    },
    model::{Pipeline, Stage},
};

const BASE: Descriptor = Descriptor {
    name: "",
    kind: ComponentKind::Operator,
    category: "test",
    description: "",
    effect: Effect::Fixed(EffectKind::Pure),
    at_most_once: false,
    own_field: None,
    needs_model: false,
    timeout: Duration::from_secs(10),
    input_schema: || json!({}),
    output_schema: || json!({}),
    heavy: &[],
    lazy: &[],
    inner: &[],
    binds: &[],
    sets: &[],
    literals: None,
    body: Body::Sync(|_, input| Ok(input)),
};

const CONTROL: Descriptor = Descriptor {
    kind: ComponentKind::ControlFlow,
    timeout: Duration::from_secs(1),
    body: Body::Control(|_, output| {
        Ok(Directive::Choose {
            branches: Vec::new(),
            output,
        })
    }),
    ..BASE
};

const fn list(role: BranchRole, field: &'static str, branch: &'static str) -> InnerList {
    InnerList {
        field,
        role,
        branch,
        map: false,
    }
}

static COMPONENTS: &[Descriptor] = &[
    Descriptor {
        name: "plain",
        ..BASE
    },
    Descriptor {
        name: "request",
        effect: Effect::Of(
            |input| match input.get("method").and_then(Value::as_str) {
                None | Some("GET") => EffectKind::Read,
                _ => EffectKind::Effect,
            },
            EffectKind::Effect,
        ),
        ..BASE
    },
    Descriptor {
        name: "pay",
        effect: Effect::Fixed(EffectKind::Effect),
        at_most_once: true,
        ..BASE
    },
    Descriptor {
        name: "model",
        kind: ComponentKind::Node,
        effect: Effect::Fixed(EffectKind::Call),
        needs_model: true,
        ..BASE
    },
    Descriptor {
        name: "each",
        inner: &[list(BranchRole::Each, "loop_stages", "loop")],
        ..CONTROL
    },
    Descriptor {
        name: "choose",
        inner: &[
            list(BranchRole::One, "yes", "yes"),
            list(BranchRole::One, "no", "no"),
        ],
        ..CONTROL
    },
    Descriptor {
        name: "attempt",
        inner: &[
            list(BranchRole::Try, "try_stages", "try"),
            list(BranchRole::Catch, "catch_stages", "catch"),
            list(BranchRole::Finally, "finally_stages", "finally"),
        ],
        ..CONTROL
    },
    Descriptor {
        name: "sleep",
        ..CONTROL
    },
];

/// Knows the components of these tests: a request's `host`, and a model that costs one millionth of
/// a dollar a token if the stage sets `max_tokens`.
struct Known;

impl Outside for Known {
    fn request(&self, stage: &Stage) -> Option<Target> {
        if stage.component.value != "request" {
            return None;
        }
        let said = |field: &str, absent: &str| {
            let text = stage.inputs.get(field).and_then(|v| v.value.as_str());
            match text.unwrap_or(absent) {
                text if text.contains("{{") => Said::at_run_time(text),
                text => Said::Known(text.to_owned()),
            }
        };
        Some(Target {
            method: said("method", "GET"),
            host: said("host", ""),
            follows_redirects: true,
        })
    }

    fn model(&self, stage: &Stage) -> ModelFacts {
        let llm = stage.llm.as_deref();
        ModelFacts {
            provider: Some("acme".to_owned()),
            host: None,
            model: llm.and_then(|llm| llm.model.clone()),
            scripted: false,
            max_tokens: llm.and_then(|llm| llm.max_tokens).map(u64::from),
        }
    }

    fn cost(&self, facts: &ModelFacts, sent: u64, received: u64) -> Option<Money> {
        (facts.model.as_deref() == Some("priced")).then(|| Money((sent + received) as i64))
    }

    fn pause(&self, stage: &Stage) -> Option<Pause> {
        if stage.component.value != "sleep" {
            return None;
        }
        let seconds = stage.inputs.get("seconds").and_then(|v| v.value.as_int());
        Some(match seconds.and_then(|n| u64::try_from(n).ok()) {
            Some(seconds) => Pause::For(Duration::from_secs(seconds)),
            None => Pause::Open,
        })
    }
}

fn registry() -> Registry {
    Registry::new(COMPONENTS)
}

/// The plan of a pipeline file.
fn plan_of(source: &str) -> RunPlan {
    let registry = registry();
    let pipeline = Pipeline::parse(source, &registry).expect("the file is an object");
    RunPlan::of(&pipeline, &registry, &Known)
}

/// The plan of a pipeline with these stages.
fn plan(stages: serde_json::Value) -> RunPlan {
    plan_of(&json!({"name": "p", "stages": stages}).to_string())
}
