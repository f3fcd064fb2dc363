//! The stages of a version, as the canvas shows them, and the problems of a file.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Name, SimpleObject, Value};
use domain::{
    AppError,
    pipelines::{self, Compiled},
};
use engine::{check::Diagnostic, component::ComponentKind as Kind, fixes::Fix, model};

use super::{
    super::{
        Charged, budget, caller, cost,
        enums::{ComponentKind, Severity},
        scalars::Json,
    },
    advice::Finding,
};
use crate::error::ApiError;

/// A stage of a pipeline version, as the canvas shows it.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Stage {
    id: String,
    name: Option<String>,
    component: String,
    kind: ComponentKind,
    depends_on: Vec<String>,
    /// The control stage that runs this one, if any.
    parent: Option<String>,
    /// The first of the parent's lists that names this stage: `loop`, `try`, `catch`, `finally`,
    /// `true`, `false`, `route.X` or `default`.
    branch: Option<String>,
    /// All of the parent's lists that name this stage.
    branches: Vec<String>,
    #[graphql(skip)]
    of: Arc<Compiled>,
    #[graphql(skip)]
    at: usize,
    /// Where somebody has put the card of the stage. Null if the layout of the canvas decides. With
    /// control stages, positions count once somebody has arranged the canvas (`metadata.canvas.arranged`).
    position: Option<Position>,
    line: i32,
    end_line: i32,
}

/// A position on the canvas.
#[derive(SimpleObject)]
pub struct Position {
    x: f64,
    y: f64,
}

/// An error or a warning about a pipeline file.
#[derive(SimpleObject)]
pub struct Problem {
    severity: Severity,
    code: String,
    message: String,
    /// How to fix the problem, if known.
    suggestion: Option<String>,
    /// The JSON path of the problem in the file.
    path: String,
    line: i32,
    column: i32,
    stage: Option<String>,
    /// A change that fixes the problem, if there is an obvious one. Only the problems of a draft have it.
    fix: Option<ProblemFix>,
}

/// A change that fixes a problem.
#[derive(SimpleObject)]
pub struct ProblemFix {
    /// What the change does, in a few words, such as `Use fetch`.
    label: String,
    /// The edits for `editDraft`, against the revision of the draft.
    edits: Vec<Json>,
}

/// The result of checking a pipeline file.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ValidationReport {
    /// Whether the pipeline can run.
    pub valid: bool,
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    pub problems: Charged<Problem>,
    /// The stages, as far as the file can be parsed.
    #[graphql(complexity = "cost::times(10, child_complexity)")]
    pub stages: Charged<Stage>,
    /// The compiled file, if it can be parsed.
    #[graphql(skip)]
    pub of: Option<Arc<Compiled>>,
}

#[ComplexObject]
impl ValidationReport {
    /// What could be better in a file that can run, in text order.
    #[graphql(complexity = "cost::FILE + cost::times(10, child_complexity)")]
    async fn findings(&self, ctx: &Context<'_>) -> Result<Charged<Finding>, ApiError> {
        match &self.of {
            Some(compiled) if self.valid => {
                let found = pipelines::findings(caller(ctx)?, compiled).await?;
                Finding::list(ctx, &found)
            }
            _ => Ok(Charged(Vec::new())),
        }
    }
}

#[ComplexObject]
impl Stage {
    async fn config(&self) -> Json {
        self.of
            .pipeline
            .stages
            .get(self.at)
            .map_or(Json(Value::Null), config)
    }
}

impl Problem {
    /// The approximate size of one problem in a response, in bytes.
    pub const BYTES: usize = 512;

    /// The same problem with the change that fixes it.
    pub fn with_fix(mut self, ctx: &Context<'_>, fix: Fix) -> Result<Self, ApiError> {
        let text = serde_json::to_string(&fix.edits).map_err(AppError::internal)?;
        budget::take(ctx, text.len())?;
        let edits = fix.edits.iter().map(Json::of).collect::<Result<_, _>>()?;
        self.fix = Some(ProblemFix {
            label: fix.label,
            edits,
        });
        Ok(self)
    }
}

impl Stage {
    /// The approximate size of one stage in a response without its configuration, in bytes.
    pub const BYTES: usize = 256;

    /// The stages of a compiled file, in the order of the file.
    pub fn list(compiled: &Arc<Compiled>) -> Vec<Self> {
        let (pipeline, structure) = (&compiled.pipeline, &compiled.structure);
        let lines = Lines::of(&pipeline.source);
        // See `Pipeline::is_arranged`.
        let placed =
            pipeline.is_arranged() || structure.scopes.iter().all(|scope| scope.control.is_none());
        let id_of = |number: u32| {
            pipeline
                .stages
                .get(number as usize)
                .map(|stage| stage.id.value.clone())
        };
        let shapes = structure.stages.iter();
        pipeline
            .stages
            .iter()
            .zip(shapes)
            .enumerate()
            .map(|(at, (stage, shape))| {
                let scopes: Vec<_> = shape
                    .scopes
                    .iter()
                    .filter_map(|scope| structure.scopes.get(*scope as usize))
                    .filter(|scope| scope.control.is_some())
                    .collect();
                let control = scopes.first().and_then(|scope| scope.control);
                let mut branches: Vec<String> = scopes
                    .iter()
                    .filter(|scope| scope.control == control)
                    .map(|scope| scope.branch.to_string())
                    .collect();
                let branch = branches.first().cloned();
                // The default route is last, after the named ones.
                branches.sort_by_key(|branch| branch == "default");
                Self {
                    id: stage.id.value.clone(),
                    name: stage.name.clone(),
                    component: stage.component.value.clone(),
                    kind: shape
                        .component
                        .map_or(Kind::Operator, |known| known.kind)
                        .into(),
                    depends_on: shape.depends_on.iter().filter_map(|n| id_of(*n)).collect(),
                    parent: control.and_then(id_of),
                    branch,
                    branches,
                    of: compiled.clone(),
                    at,
                    position: stage
                        .position
                        .filter(|_| placed)
                        .map(|(x, y)| Position { x, y }),
                    line: lines.at(stage.span.start),
                    end_line: lines.at(stage.span.end.saturating_sub(1)),
                }
            })
            .collect()
    }
}

fn config(stage: &model::Stage) -> Json {
    let fields = stage.inputs.iter();
    Json(Value::Object(
        fields
            .map(|(name, value)| (Name::new(name), Json::from(&value.value).0))
            .collect(),
    ))
}

/// The byte offsets at which the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(
            std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
        )
    }

    /// The line that contains a byte, starting at 1.
    fn at(&self, byte: usize) -> i32 {
        let line = self.0.partition_point(|start| *start <= byte);
        i32::try_from(line.max(1)).unwrap_or(i32::MAX)
    }
}

impl From<&Diagnostic> for Problem {
    fn from(found: &Diagnostic) -> Self {
        let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        Self {
            severity: found.severity.into(),
            code: found.code.as_str().to_owned(),
            message: types::sentence(&found.message).into_owned(),
            suggestion: found.suggestion.clone(),
            path: found.path.clone(),
            line: number(found.line),
            column: number(found.column),
            stage: found.stage.clone(),
            fix: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_has_every_list_of_its_control_stage_that_names_it() {
        let source = r#"{"name":"p","stages":[
            {"id":"r","type":"router","config":{"value":"a","routes":{"a":["x"],"b":["x","y"]},
                "default_route":["x"]}},
            {"id":"x","type":"variable_set","config":{"name":"n","value":1}},
            {"id":"y","type":"variable_set","config":{"name":"m","value":1}}]}"#;
        let compiled = Compiled::new(source, &components::registry()).unwrap();
        let stages = Stage::list(&Arc::new(compiled));
        let branches: Vec<_> = stages
            .iter()
            .map(|stage| stage.branches.join(" "))
            .collect();
        assert_eq!(branches, ["", "route.a route.b default", "route.b"]);
        assert_eq!(stages[1].branch.as_deref(), Some("default"));
        assert_eq!(stages[1].parent.as_deref(), Some("r"));
    }
}
