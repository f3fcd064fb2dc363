//! What a model says is true after its change, and whether it is.

use serde::{Deserialize, Serialize};

use super::proof::{Ground, Read};
use crate::{
    Value,
    diagnostic::shown,
    edit::Step,
    model::{Pipeline, Stage},
    run_plan::RunPlan,
    source::Node,
};

/// A statement about a pipeline that can be judged. As JSON, an object with its kind under `claim`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "claim",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Claim {
    /// There is such a stage.
    StageExists {
        /// The stage's id.
        stage: String,
        /// Its component.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        component: Option<String>,
    },
    /// There is no such stage.
    StageGone {
        /// The stage's id.
        stage: String,
    },
    /// A field has this value.
    FieldEquals {
        /// The stage's id; absent for a field of the file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<String>,
        /// The way to the field.
        path: Vec<Step>,
        /// The value.
        value: Value,
    },
    /// There is no such field.
    FieldGone {
        /// The stage's id; absent for a field of the file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<String>,
        /// The way to the field.
        path: Vec<Step>,
    },
    /// A stage waits for another one.
    Connects {
        /// The stage that waits.
        stage: String,
        /// The stage that it waits for.
        on: String,
    },
    /// A control stage runs a stage.
    Inside {
        /// The stage's id.
        stage: String,
        /// The control stage's id.
        control: String,
    },
    /// A request goes to a host.
    CallsHost {
        /// The host, with its port if the URL has one.
        host: String,
        /// The stage that sends it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<String>,
        /// The method.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        method: Option<String>,
    },
    /// Requests go to these hosts and to no others.
    ContactsOnly {
        /// The hosts.
        hosts: Vec<String>,
    },
    /// A stage calls a model.
    UsesModel {
        /// The stage's id.
        stage: String,
        /// The provider.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// The model.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    /// A stage is tried again if it fails.
    HasRetry {
        /// The stage's id.
        stage: String,
        /// How often it is tried after the first time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retries: Option<u32>,
    },
    /// A stage has a time limit of its own.
    HasTimeout {
        /// The stage's id.
        stage: String,
        /// The limit in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ms: Option<u64>,
    },
    /// A stage reads an environment variable.
    ReadsVariable {
        /// The variable's name.
        name: String,
    },
    /// The output of a run is that of a stage.
    OutputFrom {
        /// The stage's id.
        stage: String,
    },
}

/// A claim, and whether it is true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The claim.
    pub claim: Claim,
    /// The claim as a sentence.
    pub sentence: String,
    /// Whether it is true of the pipeline.
    pub holds: bool,
}

impl Claim {
    /// The claim as a sentence.
    pub fn sentence(&self) -> String {
        let of = |stage: &Option<String>| match stage {
            Some(stage) => format!(" of `{}`", shown(stage)),
            None => String::new(),
        };
        match self {
            Self::StageExists {
                stage,
                component: None,
            } => format!("there is a stage `{}`", shown(stage)),
            Self::StageExists {
                stage,
                component: Some(component),
            } => {
                format!("there is a stage `{}` ({})", shown(stage), shown(component))
            }
            Self::StageGone { stage } => format!("there is no stage `{}`", shown(stage)),
            Self::FieldEquals { stage, path, value } => {
                format!(
                    "`{}`{} is {}",
                    way(path),
                    of(stage),
                    shown(&value.to_json())
                )
            }
            Self::FieldGone { stage, path } => format!("there is no `{}`{}", way(path), of(stage)),
            Self::Connects { stage, on } => format!("`{}` waits for `{}`", shown(stage), shown(on)),
            Self::Inside { stage, control } => {
                format!("`{}` runs `{}`", shown(control), shown(stage))
            }
            Self::CallsHost {
                host,
                stage,
                method,
            } => {
                let by = stage
                    .as_ref()
                    .map_or_else(|| "a request".to_owned(), |id| format!("`{}`", shown(id)));
                let method = method
                    .as_ref()
                    .map_or_else(String::new, |method| format!(" {}", shown(method)));
                format!("{by} sends{method} to {}", shown(host))
            }
            Self::ContactsOnly { hosts } if hosts.is_empty() => "no request is sent".to_owned(),
            Self::ContactsOnly { hosts } => {
                let hosts: Vec<String> = hosts.iter().map(|host| shown(host)).collect();
                format!("requests go to {} only", hosts.join(", "))
            }
            Self::UsesModel {
                stage,
                provider,
                model,
            } => {
                let model = model
                    .as_ref()
                    .map_or_else(|| "a model".to_owned(), |name| format!("`{}`", shown(name)));
                let provider = provider
                    .as_ref()
                    .map_or_else(String::new, |name| format!(" of `{}`", shown(name)));
                format!("`{}` calls {model}{provider}", shown(stage))
            }
            Self::HasRetry {
                stage,
                retries: None,
            } => format!("`{}` is retried", shown(stage)),
            Self::HasRetry {
                stage,
                retries: Some(n),
            } => format!("`{}` is retried up to {n} times", shown(stage)),
            Self::HasTimeout { stage, ms: None } => format!("`{}` has a time limit", shown(stage)),
            Self::HasTimeout {
                stage,
                ms: Some(ms),
            } => format!("`{}` has a time limit of {ms} ms", shown(stage)),
            Self::ReadsVariable { name } => {
                format!("the environment variable {} is read", shown(name))
            }
            Self::OutputFrom { stage } => format!("the output is that of `{}`", shown(stage)),
        }
    }

    /// Judges the claim.
    pub(super) fn judge(&self, read: &Read, ground: &Ground<'_>) -> Judged {
        Judged {
            claim: self.clone(),
            sentence: self.sentence(),
            holds: self.holds(&read.pipeline, &read.plan, ground),
        }
    }

    fn holds(&self, pipeline: &Pipeline, plan: &RunPlan, ground: &Ground<'_>) -> bool {
        let named = |id: &str| find(pipeline, id);
        match self {
            Self::StageExists { stage, component } => named(stage).is_some_and(|stage| {
                let is = stage.component.value.as_str();
                component
                    .as_ref()
                    .is_none_or(|wanted| wanted.replace('-', "_") == is)
            }),
            Self::StageGone { stage } => named(stage).is_none(),
            Self::FieldEquals { stage, path, value } => field(pipeline, stage.as_deref(), path)
                .is_some_and(|node| same(&node.value(), value)),
            Self::FieldGone { stage, path } => {
                let there = stage.as_ref().is_none_or(|stage| named(stage).is_some());
                there && field(pipeline, stage.as_deref(), path).is_none()
            }
            Self::Connects { stage, on } => {
                named(on).is_some()
                    && named(stage)
                        .is_some_and(|stage| stage.depends_on.iter().any(|one| one.value == *on))
            }
            Self::Inside { stage, control } => {
                named(stage).is_some() && runs(pipeline, ground, control, stage)
            }
            Self::CallsHost {
                host,
                stage,
                method,
            } => plan.requests.iter().any(|request| {
                let is = |said: &Option<&str>, wanted: &str| {
                    said.is_some_and(|is| is.eq_ignore_ascii_case(wanted))
                };
                is(&request.host.known(), host)
                    && stage.as_ref().is_none_or(|stage| request.stage == *stage)
                    && method
                        .as_ref()
                        .is_none_or(|method| is(&request.method.known(), method))
            }),
            Self::ContactsOnly { hosts } => plan.requests.iter().all(|request| {
                let host = request.host.known();
                host.is_some_and(|is| hosts.iter().any(|host| host.eq_ignore_ascii_case(is)))
            }),
            Self::UsesModel {
                stage,
                provider,
                model,
            } => plan.models.iter().any(|used| {
                used.stage == *stage
                    && (provider.is_none() || used.provider == *provider)
                    && (model.is_none() || used.model == *model)
            }),
            Self::HasRetry { stage, retries } => named(stage)
                .and_then(|stage| stage.retry)
                .is_some_and(|retry| {
                    retry.max_retries > 0
                        && retries.is_none_or(|wanted| wanted == retry.max_retries)
                }),
            Self::HasTimeout { stage, ms } => named(stage)
                .and_then(|stage| stage.timeout)
                .is_some_and(|timeout| {
                    ms.is_none_or(|wanted| u128::from(wanted) == timeout.as_millis())
                }),
            Self::ReadsVariable { name } => plan
                .environment
                .iter()
                .any(|variable| variable.name == *name),
            Self::OutputFrom { stage } => match &plan.output.stage {
                Some(named) => named == stage,
                None => plan.output.last_stages.as_slice() == std::slice::from_ref(stage),
            },
        }
    }
}

/// The stage with this id.
pub(super) fn find<'p>(pipeline: &'p Pipeline, id: &str) -> Option<&'p Stage> {
    pipeline.stages.iter().find(|stage| stage.id.value == id)
}

/// The value of a field as the file has it.
fn field<'p>(pipeline: &'p Pipeline, stage: Option<&str>, path: &[Step]) -> Option<Node<'p>> {
    let mut node = match stage {
        Some(id) => pipeline.document.node(find(pipeline, id)?.node)?,
        None => pipeline.document.root(),
    };
    for step in path {
        node = match step {
            Step::Key(key) => node.get(key)?,
            Step::Index(index) => node.item(*index)?,
        };
    }
    Some(node)
}

/// Equal, with 1 and 1.0 being the same number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            a.as_f64() == b.as_f64()
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

/// Whether a list of the control stage names the stage.
fn runs(pipeline: &Pipeline, ground: &Ground<'_>, control: &str, stage: &str) -> bool {
    let Some(control) = find(pipeline, control) else {
        return false;
    };
    let Some(component) = ground.registry.get(&control.component.value) else {
        return false;
    };
    let names = |value: &Value| match value {
        Value::List(items) => items.iter().any(|item| item.as_str() == Some(stage)),
        value => value.as_str() == Some(stage),
    };
    component.inner.iter().any(|list| {
        control
            .inputs
            .get(list.field)
            .is_some_and(|input| match &input.value {
                Value::Map(map) => map.values().any(names),
                value => names(value),
            })
    })
}

fn way(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) if out.is_empty() => out.push_str(&shown(key)),
            Step::Key(key) => out.push_str(&format!(".{}", shown(key))),
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}
