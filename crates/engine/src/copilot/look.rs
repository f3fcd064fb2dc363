//! What in a change needs a look of its own, and what can go wrong.

use std::collections::BTreeSet;

use serde::Serialize;
use types::Money;

use super::{
    Suspicion,
    claim::find,
    proof::{Cost, Ground, Read},
    trial::Trial,
};
use crate::{
    advice,
    diagnostic::harmless,
    diff::Difference,
    expr::Root,
    model::{OnError, Stage, derive},
    run_plan::{Repetition, Request, Rule, Said},
};

/// Why somebody has to look at a piece by itself. No yes to several pieces at once includes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "look", rename_all = "snake_case")]
pub enum Look {
    /// A request that was not sent before.
    Request {
        /// The stage.
        stage: String,
        /// The method.
        method: Said,
        /// The host.
        host: Said,
    },
    /// A request goes to another address of the same host, which can belong to somebody else.
    Address {
        /// The stage.
        stage: String,
    },
    /// A host that is decided at run time may be another one now.
    HostMayChange {
        /// The stage that sends the request.
        stage: String,
    },
    /// A stage reads an environment variable that it did not read before.
    Variable {
        /// The stage.
        stage: String,
        /// The variable; `*` for all.
        name: String,
    },
    /// A provider that got nothing before.
    Provider {
        /// The stage.
        stage: String,
        /// The provider; `None` for the default one.
        provider: Option<String>,
    },
    /// A secret as plain text, which was not there before.
    PlainSecret {
        /// The stage, if it is in one.
        stage: Option<String>,
    },
    /// Stages are removed.
    Removes {
        /// Their ids.
        stages: Vec<String>,
    },
    /// The model was given data that seems to speak to it.
    SuspiciousData {
        /// What is suspicious.
        found: Vec<Suspicion>,
    },
    /// Checks passed before the change, and do not after it.
    Worse {
        /// Their names.
        checks: Vec<String>,
    },
}

fn host(said: &Said) -> String {
    match said {
        Said::Known(host) => host.clone(),
        Said::AtRunTime(text) => format!("a host that is decided at run time by {text}"),
    }
}

impl Look {
    /// The reason, if a change makes checks worse.
    pub fn worse(trial: &Trial) -> Option<Self> {
        let checks: Vec<String> = trial.worse().map(|check| check.name.clone()).collect();
        (!checks.is_empty()).then_some(Self::Worse { checks })
    }

    /// The reason as a sentence.
    pub fn sentence(&self) -> String {
        harmless(self.words())
    }

    fn words(&self) -> String {
        match self {
            Self::Request {
                stage,
                method,
                host: to,
            } => {
                let method = method.known().unwrap_or("requests");
                format!("`{stage}` newly sends {method} to {}", host(to))
            }
            Self::Address { stage } => {
                format!("`{stage}` sends to another address of the same host")
            }
            Self::HostMayChange { stage } => {
                format!("`{stage}` may send to another host, because what decides it is changed")
            }
            Self::Variable { stage, name } if name == "*" => {
                format!("`{stage}` newly reads all environment variables")
            }
            Self::Variable { stage, name } => {
                format!("`{stage}` newly reads the environment variable {name}")
            }
            Self::Provider { stage, provider } => {
                let provider = match provider {
                    Some(name) => format!("the provider `{name}`"),
                    None => "the default provider".to_owned(),
                };
                format!("`{stage}` sends to {provider}, which got nothing before")
            }
            Self::PlainSecret { stage: Some(stage) } => {
                format!("`{stage}` has something new that looks like a secret in plain text")
            }
            Self::PlainSecret { stage: None } => {
                "the file has something new that looks like a secret in plain text".to_owned()
            }
            Self::Removes { stages } => {
                let ids: Vec<String> = stages.iter().take(20).map(|id| format!("`{id}`")).collect();
                format!("removes {}", ids.join(", "))
            }
            Self::SuspiciousData { found } => {
                let first = found.first();
                let (place, why) =
                    first.map_or(("data", "is suspicious"), |one| (&*one.place, &*one.why));
                let text = first.map_or("", |one| one.text.as_str());
                format!("the model has read data that {why} ({place}): {text}")
            }
            Self::Worse { checks } => {
                format!(
                    "what passed before the change fails after it: {}",
                    checks.join(", ")
                )
            }
        }
    }
}

/// Something that can go wrong. It is shown, and asks for nothing more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "risk", rename_all = "snake_case")]
pub enum Risk {
    /// A stage that changes something outside, newly or with another rule after a crash.
    Effect {
        /// The stage.
        stage: String,
        /// What a crash means for it.
        rule: Rule,
    },
    /// A stage sends something else to where it sent before.
    SendsDifferently {
        /// The stage.
        stage: String,
    },
    /// A run can cost more, or nobody knows any longer what it costs.
    Costs {
        /// Before.
        before: Option<Money>,
        /// After.
        after: Option<Money>,
    },
    /// The run goes on when a stage fails.
    HidesFailure {
        /// The stage.
        stage: String,
    },
}

impl Risk {
    /// The risk as a sentence.
    pub fn sentence(&self) -> String {
        harmless(self.words())
    }

    fn words(&self) -> String {
        match self {
            Self::Effect { stage, rule } => {
                format!("`{stage}` changes something outside; {}", rule.sentence())
            }
            Self::SendsDifferently { stage } => {
                format!("`{stage}` sends something else than before")
            }
            Self::Costs { before, after } => {
                let of = |cost: &Option<Money>| {
                    cost.map_or_else(
                        || "an unknown amount".to_owned(),
                        |cost| format!("{cost} at most"),
                    )
                };
                format!("a run costs {} instead of {}", of(after), of(before))
            }
            Self::HidesFailure { stage } => format!("the run goes on when `{stage}` fails"),
        }
    }
}

/// What needs a look of its own.
pub(super) fn looks(
    before: &Read,
    after: &Read,
    difference: &Difference,
    ground: &Ground<'_>,
) -> Vec<Look> {
    let mut out = Vec::new();
    let targets: BTreeSet<(&Said, &Said)> = before
        .plan
        .requests
        .iter()
        .map(|one| (&one.host, &one.method))
        .collect();
    for request in &after.plan.requests {
        if !targets.contains(&(&request.host, &request.method)) {
            out.push(Look::Request {
                stage: request.stage.clone(),
                method: request.method.clone(),
                host: request.host.clone(),
            });
        }
    }
    addresses(before, after, difference, &mut out);
    hosts_that_may_change(after, difference, ground, &mut out);
    variables(before, after, difference, &mut out);
    let providers: BTreeSet<_> = before.plan.models.iter().map(|one| &one.provider).collect();
    for model in &after.plan.models {
        // The first model of a pipeline is called by a provider that got nothing before, too.
        if !providers.contains(&model.provider) {
            out.push(Look::Provider {
                stage: model.stage.clone(),
                provider: model.provider.clone(),
            });
        }
    }
    plain_secrets(before, after, ground, &mut out);
    if !difference.removed.is_empty() {
        out.push(Look::Removes {
            stages: difference
                .removed
                .iter()
                .map(|stage| stage.id.clone())
                .collect(),
        });
    }
    if !ground.suspicions.is_empty() {
        out.push(Look::SuspiciousData {
            found: ground.suspicions.to_vec(),
        });
    }
    out
}

/// Each stage with the name that it had before.
fn renamed(difference: &Difference, id: &str) -> String {
    let change = difference.changed.iter().find(|one| one.id.after == id);
    change.map_or_else(|| id.to_owned(), |one| one.id.before.clone())
}

fn variables(before: &Read, after: &Read, difference: &Difference, out: &mut Vec<Look>) {
    for variable in &after.plan.environment {
        let old = before
            .plan
            .environment
            .iter()
            .find(|one| one.name == variable.name);
        for stage in &variable.stages {
            let was = renamed(difference, stage);
            if !old.is_some_and(|old| old.stages.contains(&was)) {
                out.push(Look::Variable {
                    stage: stage.clone(),
                    name: variable.name.clone(),
                });
            }
        }
    }
}

/// Requests to a host to which the pipeline sent before, at an address to which it did not: of a stage whose
/// URL differs, or of another stage. A host such as that of a chat has addresses of many people.
fn addresses(before: &Read, after: &Read, difference: &Difference, out: &mut Vec<Look>) {
    for request in &after.plan.requests {
        let Some(new) = stage(after, &request.stage) else {
            continue;
        };
        let id = renamed(difference, &request.stage);
        let all = &before.plan.requests;
        let sent: Vec<&Request> = all.iter().filter(|old| old.host == request.host).collect();
        let own = sent.iter().find(|old| old.stage == id);
        let differs = match own.and_then(|old| stage(before, &old.stage)) {
            Some(old) => addressed(old, &request.host) != addressed(new, &request.host),
            // With another method it needs a look in any case.
            None if !sent.iter().any(|old| old.method == request.method) => false,
            None => {
                let old = sent.iter().filter_map(|old| stage(before, &old.stage));
                let known: BTreeSet<&str> =
                    old.flat_map(|old| addressed(old, &request.host)).collect();
                let new = addressed(new, &request.host);
                new.iter().any(|address| !known.contains(address))
            }
        };
        if differs {
            out.push(Look::Address {
                stage: request.stage.clone(),
            });
        }
    }
}

/// The inputs of a stage that are URLs, or that decide this host at run time. What the plan says of such a
/// host is its beginning only.
fn addressed<'s>(stage: &'s Stage, host: &Said) -> Vec<&'s str> {
    let texts = stage.inputs.values();
    texts
        .filter_map(|input| input.value.as_str())
        .filter(|text| text.contains("://") || Said::at_run_time(text) == *host)
        .collect()
}

fn stage<'r>(read: &'r Read, id: &str) -> Option<&'r Stage> {
    find(&read.pipeline, id)
}

/// Requests to hosts and addresses that are decided at run time by what the change touches. What the plan says
/// about them is the same as before, so it does not show this.
fn hosts_that_may_change(
    after: &Read,
    difference: &Difference,
    ground: &Ground<'_>,
    out: &mut Vec<Look>,
) {
    let touched: BTreeSet<&str> = (difference.added.iter().map(|stage| stage.id.as_str()))
        .chain(
            difference
                .changed
                .iter()
                .map(|stage| stage.id.after.as_str()),
        )
        .collect();
    // With the texts that are filled in at run time.
    let open: Vec<(&Request, Vec<&str>)> = after
        .plan
        .requests
        .iter()
        .filter_map(|request| {
            let mut texts = addressed(stage(after, &request.stage)?, &request.host);
            texts.retain(|text| text.contains("{{"));
            let is_open = request.host.known().is_none() || !texts.is_empty();
            is_open.then_some((request, texts))
        })
        .collect();
    let mut needs_look = |request: &Request| {
        let stage = request.stage.clone();
        let look = match request.host.known() {
            Some(_) => Look::Address { stage },
            None => Look::HostMayChange { stage },
        };
        if !out.contains(&look) {
            out.push(look);
        }
    };
    // Values of the file that stages read, such as the defaults of the input.
    let values = difference.fields.iter().any(|field| {
        let top = field.field.split(['.', '[']).next().unwrap_or_default();
        !matches!(top, "name" | "description" | "version" | "output_stage_id")
    });
    if values {
        open.iter().for_each(|(request, _)| needs_look(request));
        return;
    }
    if open.is_empty() || touched.is_empty() {
        return;
    }
    let (structure, reads) = derive(&after.pipeline, ground.registry);
    for (request, texts) in open {
        let Some(number) = structure.index.get(&request.stage) else {
            continue;
        };
        let mut all = false;
        let mut todo: Vec<u32> = Vec::new();
        // What the texts that decide the host and the address read themselves.
        for read in reads
            .get(*number as usize)
            .into_iter()
            .flat_map(|stage| &stage.reads)
        {
            let node = after.pipeline.document.node(read.node);
            let text = node.and_then(|node| node.text()).unwrap_or_default();
            if !texts.contains(&&*text) {
                continue;
            }
            match read.root {
                Root::Upstream(stage) => todo.push(stage),
                Root::AllUpstream | Root::Context | Root::Local => all = true,
                Root::Input | Root::Env => {}
            }
        }
        // What these depend on.
        let mut seen = BTreeSet::new();
        while let Some(stage) = todo.pop() {
            if !seen.insert(stage) {
                continue;
            }
            if let Some(shape) = structure.stages.get(stage as usize) {
                todo.extend(shape.reads.iter().chain(&shape.depends_on));
                all |= shape.reads_all;
            }
        }
        let hit = |number: &u32| {
            let stage = after.pipeline.stages.get(*number as usize);
            stage.is_some_and(|stage| touched.contains(stage.id.value.as_str()))
        };
        if all || seen.iter().any(hit) {
            needs_look(request);
        }
    }
}

fn plain_secrets(before: &Read, after: &Read, ground: &Ground<'_>, out: &mut Vec<Look>) {
    let of = |read: &Read| {
        let found = advice::findings(&read.pipeline, ground.registry);
        let secrets = found
            .into_iter()
            .filter(|one| one.rule == advice::Rule::PlainSecret);
        secrets
            .map(|one| (one.stage, one.message))
            .collect::<Vec<_>>()
    };
    let mut old = of(before);
    for secret in of(after) {
        match old.iter().position(|one| *one == secret) {
            Some(at) => drop(old.swap_remove(at)),
            None => out.push(Look::PlainSecret { stage: secret.0 }),
        }
    }
}

/// What can go wrong.
pub(super) fn risks(before: &Read, after: &Read, cost: Cost) -> Vec<Risk> {
    let mut out = Vec::new();
    for Repetition { stage, rule } in &after.plan.after_crash {
        let was = before
            .plan
            .after_crash
            .iter()
            .find(|one| one.stage == *stage);
        let outside = matches!(rule, Rule::AtMostOnce | Rule::RepeatedWithSameKey);
        if outside && was.is_none_or(|was| was.rule != *rule) {
            out.push(Risk::Effect {
                stage: stage.clone(),
                rule: *rule,
            });
        }
    }
    for request in &after.plan.requests {
        let (old, new) = (stage(before, &request.stage), stage(after, &request.stage));
        if let Some((old, new)) = old.zip(new)
            && !same_inputs(old, new)
        {
            out.push(Risk::SendsDifferently {
                stage: request.stage.clone(),
            });
        }
    }
    let more = match (cost.before, cost.after) {
        (Some(before), Some(after)) => after > before,
        (before, after) => before.is_some() && after.is_none(),
    };
    if more {
        out.push(Risk::Costs {
            before: cost.before,
            after: cost.after,
        });
    }
    for new in &after.pipeline.stages {
        let old = stage(before, &new.id.value);
        let was = old.map_or(OnError::Fail, |old| old.on_error);
        if new.on_error != OnError::Fail && was == OnError::Fail {
            out.push(Risk::HidesFailure {
                stage: new.id.value.clone(),
            });
        }
    }
    out
}

fn same_inputs(old: &Stage, new: &Stage) -> bool {
    old.inputs.len() == new.inputs.len()
        && old.inputs.iter().all(|(name, input)| {
            new.inputs
                .get(name)
                .is_some_and(|other| other.value == input.value)
        })
}
