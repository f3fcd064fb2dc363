//! Compiles the model to the plan.

use std::{collections::HashSet, sync::Arc};

use types::ErrorCode;

use super::{
    Lazy, LazyCode, Opened, Origins, Plan, PlanStage, scopes,
    variables::{Disorder, MAX_NESTING, Order},
};
use crate::{
    Map, Value,
    component::{Body, Descriptor, LazyField, LazyKind},
    diagnostic::{Diagnostic, Severity},
    expr::{Expr, ExprError, Names, Read, Root},
    model::{Pipeline, Span, Stage, Structure},
    template::{Tree, whole_expression},
};

pub(super) fn compile(pipeline: &Pipeline, structure: &Structure) -> Result<Plan, Vec<Diagnostic>> {
    let order = Order::new(pipeline, structure).map_err(|disorder| {
        let (stages, code, what) = match disorder {
            Disorder::Cycle(stages) => (stages, ErrorCode::Cycle, "waits for itself".to_owned()),
            Disorder::TooDeep(stage) => (
                vec![stage],
                ErrorCode::NestingTooDeep,
                format!("is nested inside more than {MAX_NESTING} control stages"),
            ),
        };
        stages
            .into_iter()
            .map(|stage| {
                let model = &pipeline.stages[stage as usize];
                let message = format!("the stage `{}` {what}", model.id.value);
                finding(pipeline, stage, model.span, code, message)
            })
            .collect::<Vec<_>>()
    })?;

    let mut wrong = Vec::new();
    let mut stages = Vec::with_capacity(pipeline.stages.len());
    // Finding the line of each finding scans the text from the start, so stop after this many.
    const MOST: usize = 100;
    for (number, (stage, shape)) in (0u32..).zip(pipeline.stages.iter().zip(&structure.stages)) {
        if wrong.len() > MOST {
            break;
        }
        let Some(component) = shape.component else {
            let message = format!("unknown component `{}`", stage.component.value);
            let span = stage.component.span;
            wrong.push(finding(
                pipeline,
                number,
                span,
                ErrorCode::UnknownComponent,
                message,
            ));
            continue;
        };
        match plan_stage(pipeline, structure, number, stage, component) {
            Ok(planned) => stages.push(planned),
            Err(errors) => {
                wrong.extend(errors.into_iter().map(|(span, error)| {
                    finding(pipeline, number, span, error.code, error.message)
                }))
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let output = pipeline
        .output_stage
        .as_ref()
        .and_then(|id| structure.index.get(&id.value))
        .copied();
    link_variables(&order, &mut stages);
    mark_exported(structure, &mut stages, output);
    Ok(Plan {
        scopes: scopes::build(structure),
        stages,
        output,
        pipeline_id: pipeline.id.as_str().into(),
        version: pipeline.version.as_str().into(),
        timeout: pipeline.timeout,
        index: structure.index.clone(),
    })
}

fn plan_stage(
    pipeline: &Pipeline,
    structure: &Structure,
    number: u32,
    stage: &Stage,
    component: &'static Descriptor,
) -> Result<PlanStage, Vec<(Span, ExprError)>> {
    let shape = &structure.stages[number as usize];
    let mut wrong = Vec::new();
    let mut eager = Map::default();
    let mut lazy = Vec::new();
    for (field, value) in &stage.inputs {
        match component.lazy.iter().find(|l| l.field == field) {
            Some(declared) => match compile_lazy(declared, &value.value, pipeline, structure) {
                Ok(code) => lazy.push(Lazy {
                    field: declared,
                    raw: value.value.clone(),
                    code,
                }),
                Err(error) => wrong.push((value.span, error)),
            },
            None => {
                eager.insert(field.as_str().into(), value.value.clone());
            }
        }
    }
    let names = Names {
        variables: Some(&structure.variables),
        ..Names::of_stages(&structure.index).with_memo(&pipeline.memo)
    };
    let input = Tree::compile(&Value::from(eager), &names);
    let input = match input {
        Ok(input) if wrong.is_empty() => input,
        Ok(_) => return Err(wrong),
        Err(errors) => {
            wrong.extend(errors.into_iter().map(|(_, error)| (stage.span, error)));
            return Err(wrong);
        }
    };

    let mut reads: Vec<Read> = input.reads().into_iter().map(|(_, read)| read).collect();
    for field in &lazy {
        match &field.code {
            LazyCode::Literal => {}
            LazyCode::Expr(expr) => reads.extend_from_slice(expr.reads()),
            LazyCode::Tree(tree) => reads.extend(tree.reads().into_iter().map(|(_, read)| read)),
        }
    }
    let lazy_heavy = matches!(component.body, Body::Sync(_) | Body::Control(_))
        && lazy.iter().any(|field| match &field.code {
            LazyCode::Literal => false,
            LazyCode::Expr(expr) => expr.is_heavy(),
            LazyCode::Tree(tree) => tree.is_heavy(),
        });
    let mut upstream: Vec<u32> = reads
        .iter()
        .filter_map(|read| match read.root {
            Root::Upstream(stage) => Some(stage),
            _ => None,
        })
        .collect();
    upstream.sort_unstable();
    upstream.dedup();
    let context = |read: &&Read| read.root == Root::Context;
    let names: HashSet<Arc<str>> = reads
        .iter()
        .filter(context)
        .filter_map(|read| read.path.first().cloned())
        .collect();
    let json = serde_json::to_string(&stage.id.value).unwrap_or_default();
    Ok(PlanStage {
        id: stage.id.value.as_str().into(),
        json_id: json
            .get(1..json.len().saturating_sub(1))
            .unwrap_or_default()
            .into(),
        component,
        origins: Origins::of(pipeline, stage, |field| {
            component.lazy.iter().any(|lazy| lazy.field == field)
        }),
        heavy_input: input.is_heavy(),
        heavy_body: lazy_heavy
            || component
                .heavy
                .iter()
                .any(|field| stage.inputs.contains_key(*field)),
        input,
        lazy,
        retry: stage.retry,
        timeout: stage.timeout.unwrap_or(component.timeout),
        // A component's default timeout applies to its body only: a loop has no typical duration.
        deadline: stage
            .timeout
            .filter(|_| matches!(component.body, Body::Control(_))),
        on_error: stage.on_error,
        llm: stage.llm.clone(),
        opens: shape
            .opens
            .iter()
            .filter_map(|number| {
                let scope = &structure.scopes[*number as usize];
                Some(Opened {
                    branch: scope.branch.clone(),
                    role: scope.role?,
                    scope: *number,
                })
            })
            .collect(),
        reads: upstream,
        reads_all: reads.iter().any(|read| read.root == Root::AllUpstream),
        context_names: names.iter().cloned().collect(),
        variables: names.into_iter().map(|name| (name, Vec::new())).collect(),
        reads_context: reads
            .iter()
            .any(|read| read.root == Root::Context && read.path.is_empty()),
        exported: false,
    })
}

fn compile_lazy(
    declared: &LazyField,
    value: &Value,
    pipeline: &Pipeline,
    structure: &Structure,
) -> Result<LazyCode, ExprError> {
    let locals: Vec<&str> = declared
        .names
        .iter()
        .copied()
        .filter(|n| *n != "*")
        .collect();
    let names = Names {
        stages: &structure.index,
        locals: &locals,
        any_local: declared.names.contains(&"*"),
        memo: Some(&pipeline.memo),
        variables: Some(&structure.variables),
    };
    match (declared.kind, value) {
        (LazyKind::Template, value) => match Tree::compile(value, &names) {
            Ok(tree) => Ok(LazyCode::Tree(tree)),
            Err(errors) => Err(errors
                .into_iter()
                .next()
                .map(|(_, error)| error)
                .unwrap_or_else(|| ExprError {
                    code: ErrorCode::ExpressionSyntax,
                    message: "the template does not parse".to_owned(),
                    offset: 0,
                    suggestion: None,
                    operands: Vec::new(),
                })),
        },
        (_, Value::Str(text)) => {
            Expr::compile(&whole_expression(text).1, &names).map(LazyCode::Expr)
        }
        _ => Ok(LazyCode::Literal),
    }
}

/// Determines, for each name in `context` that a stage reads, the stages that may have set it.
fn link_variables(order: &Order<'_>, stages: &mut [PlanStage]) {
    let all = order.all_names();
    let mut read: HashSet<Arc<str>> = stages
        .iter()
        .flat_map(|s| s.variables.iter().map(|(name, _)| name.clone()))
        .collect();
    if stages.iter().any(|s| s.reads_context) || read.contains("variables") {
        read.extend(all.iter().cloned());
    }
    for (number, stage) in (0u32..).zip(stages) {
        let mut names: Vec<Arc<str>> = stage.variables.drain(..).map(|(name, _)| name).collect();
        stage.reads_context |= names.iter().any(|name| name.as_ref() == "variables");
        if stage.reads_context {
            names.extend(all.iter().cloned());
        }
        // A writer also records the earlier writers of its names.
        names.extend(
            order
                .own_names(number)
                .iter()
                .filter(|n| read.contains(*n))
                .cloned(),
        );
        names.sort();
        names.dedup();
        stage.variables = names
            .into_iter()
            .map(|name| {
                let writers = order.writers_of(number, &name);
                (name, writers)
            })
            .filter(|(_, writers)| !writers.is_empty())
            .collect();
    }
}

/// Marks the stages whose value must outlive their activation.
fn mark_exported(structure: &Structure, stages: &mut [PlanStage], output: Option<u32>) {
    let all = stages.iter().any(|s| s.reads_all);
    let mut exported = vec![all; stages.len()];
    for (number, shape) in structure.stages.iter().enumerate() {
        for other in stages[number].reads.iter().chain(&shape.depends_on) {
            if structure.stages[*other as usize].scopes != shape.scopes {
                exported[*other as usize] = true;
            }
        }
        for (_, writers) in &stages[number].variables {
            writers
                .iter()
                .for_each(|writer| exported[*writer as usize] = true);
        }
    }
    if let Some(output) = output {
        exported[output as usize] = true;
    }
    for (stage, exported) in stages.iter_mut().zip(exported) {
        stage.exported = exported;
    }
}

/// A finding about a stage. A checked pipeline produces none; this is a safeguard.
fn finding(
    pipeline: &Pipeline,
    stage: u32,
    span: Span,
    code: ErrorCode,
    message: String,
) -> Diagnostic {
    let before = pipeline.source.get(..span.start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Diagnostic {
        severity: Severity::Error,
        code,
        message: types::sentence(&message).into_owned(),
        suggestion: None,
        path: format!("$.stages[{stage}]"),
        stage: pipeline
            .stages
            .get(stage as usize)
            .map(|s| s.id.value.clone()),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        span,
        related: None,
    }
}
