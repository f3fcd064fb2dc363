//! The values that expressions can read, either borrowed from the state (the hot path) or copied to
//! be sent to another thread. Values are shared, so a copy is a few reference counts.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use types::ErrorCode;

use crate::{
    Map, Value,
    component::{LazyFields, LazyKind, StageError},
    expr::{Budget, Scope},
    limits::Grant,
    plan::{LazyCode, Plan, PlanStage},
    run::state::{At, Reading, State},
};

/// Reads an environment variable.
pub(crate) type Env = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The scope of a stage, borrowed from the state.
pub(crate) struct LiveScope<'a> {
    pub state: &'a State<'a>,
    pub at: At,
    pub now: DateTime<Utc>,
    pub env: &'a Env,
    pub run_id: &'a str,
}

impl Scope for LiveScope<'_> {
    fn input(&self) -> &Value {
        &self.state.input
    }

    fn stage(&self, index: u32) -> Option<Value> {
        self.state.read(self.at.frame, index).into_value()
    }

    fn stage_skipped(&self, index: u32) -> bool {
        matches!(self.state.read(self.at.frame, index), Reading::Skipped)
    }

    fn stage_own(&self, index: u32, field: &str) -> Option<&'static str> {
        own(self.state.plan.stage(index).component.own_field, field)
    }

    fn context(&self, name: &str) -> Option<Value> {
        self.state
            .context(self.at, name)
            .or_else(|| (name == "run_id").then(|| Value::from(self.run_id)))
    }

    fn context_map(&self) -> Value {
        self.state.context_map(self.at)
    }

    fn env(&self, name: &str) -> Option<Value> {
        (self.env)(name).map(Value::from)
    }

    fn local(&self, _: &str) -> Option<Value> {
        None
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }
}

/// The field of the output that `field` stands for; see `Descriptor::own_field`.
fn own(declared: Option<(&'static str, &'static str)>, field: &str) -> Option<&'static str> {
    declared
        .filter(|(name, _)| *name == field || *name == "*")
        .map(|(_, stands_for)| stands_for)
}

/// A copy of what another stage shows to the reader.
#[derive(Clone)]
struct Copied {
    index: u32,
    output: Option<Value>,
    skipped: bool,
    own_field: Option<(&'static str, &'static str)>,
}

/// A copy of everything that a stage may read.
#[derive(Clone)]
pub(crate) struct Snapshot {
    input: Value,
    stages: Vec<Copied>,
    context: Map,
    whole_context: Option<Value>,
    env: Env,
    now: DateTime<Utc>,
}

impl Snapshot {
    /// Copies what the stage reads.
    pub fn of(scope: &LiveScope<'_>, stage: &PlanStage) -> Self {
        let copy = |index: u32| {
            let reading = scope.state.read(scope.at.frame, index);
            let skipped = matches!(reading, Reading::Skipped);
            let own_field = scope.state.plan.stage(index).component.own_field;
            Copied {
                index,
                output: reading.into_value(),
                skipped,
                own_field,
            }
        };
        let stages = if stage.reads_all {
            (0..scope.state.plan.len() as u32).map(copy).collect()
        } else {
            stage.reads.iter().copied().map(copy).collect()
        };
        let context = stage
            .context_names
            .iter()
            .filter_map(|name| Some((name.clone(), scope.context(name)?)))
            .collect();
        Self {
            input: scope.state.input.clone(),
            stages,
            context,
            whole_context: stage.reads_context.then(|| scope.context_map()),
            env: scope.env.clone(),
            now: scope.now,
        }
    }

    /// The values themselves, without the time and the environment, to compare two runs.
    pub fn values(&self, plan: &Plan) -> Value {
        let shown = |copied: &Copied| {
            let id = plan.stage(copied.index).id.clone();
            let shown = vec![
                Value::Bool(copied.skipped),
                Value::Bool(copied.output.is_some()),
                copied.output.clone().unwrap_or_default(),
            ];
            (id, Value::from(shown))
        };
        Value::from(vec![
            self.input.clone(),
            self.stages.iter().map(shown).collect(),
            self.context_map(),
        ])
    }

    fn entry(&self, index: u32) -> Option<&Copied> {
        self.stages
            .binary_search_by_key(&index, |entry| entry.index)
            .ok()
            .map(|at| &self.stages[at])
    }
}

impl Scope for Snapshot {
    fn input(&self) -> &Value {
        &self.input
    }

    fn stage(&self, index: u32) -> Option<Value> {
        self.entry(index)?.output.clone()
    }

    fn stage_skipped(&self, index: u32) -> bool {
        self.entry(index).is_some_and(|entry| entry.skipped)
    }

    fn stage_own(&self, index: u32, field: &str) -> Option<&'static str> {
        own(self.entry(index)?.own_field, field)
    }

    fn context(&self, name: &str) -> Option<Value> {
        self.context
            .get(name)
            .or_else(|| {
                self.whole_context
                    .as_ref()
                    .and_then(|whole| whole.get(name))
            })
            .cloned()
    }

    fn context_map(&self) -> Value {
        self.whole_context
            .clone()
            .unwrap_or_else(|| self.context.clone().into())
    }

    fn env(&self, name: &str) -> Option<Value> {
        (self.env)(name).map(Value::from)
    }

    fn local(&self, _: &str) -> Option<Value> {
        None
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }
}

/// A snapshot extended with the names of a lazy field.
struct WithLocals<'a> {
    snapshot: &'a Snapshot,
    locals: &'a [(&'a str, Value)],
    spread: Option<&'a Value>,
}

impl Scope for WithLocals<'_> {
    fn input(&self) -> &Value {
        self.snapshot.input()
    }

    fn stage(&self, index: u32) -> Option<Value> {
        self.snapshot.stage(index)
    }

    fn stage_skipped(&self, index: u32) -> bool {
        self.snapshot.stage_skipped(index)
    }

    fn stage_own(&self, index: u32, field: &str) -> Option<&'static str> {
        self.snapshot.stage_own(index, field)
    }

    fn context(&self, name: &str) -> Option<Value> {
        self.snapshot.context(name)
    }

    fn context_map(&self) -> Value {
        self.snapshot.context_map()
    }

    fn env(&self, name: &str) -> Option<Value> {
        self.snapshot.env(name)
    }

    fn local(&self, name: &str) -> Option<Value> {
        let own = self
            .locals
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, value)| value);
        own.or_else(|| self.spread?.get(name)).cloned()
    }

    fn now(&self) -> DateTime<Utc> {
        self.snapshot.now
    }
}

/// The lazy fields of a stage, bound to a snapshot.
pub(crate) struct BoundLazy {
    pub plan: Arc<Plan>,
    pub stage: u32,
    pub snapshot: Snapshot,
    /// One budget for the whole attempt, shared by all evaluations.
    pub budget: Mutex<Budget>,
}

impl LazyFields for BoundLazy {
    fn eval(
        &self,
        field: &str,
        locals: &[(&str, Value)],
        spread: Option<&Value>,
    ) -> Result<Option<Value>, StageError> {
        let stage = self.plan.stage(self.stage);
        let Some(lazy) = stage.lazy.iter().find(|lazy| lazy.field.field == field) else {
            return Ok(None);
        };
        let scope = WithLocals {
            snapshot: &self.snapshot,
            locals,
            spread,
        };
        let mut budget = self.budget.lock();
        match (&lazy.code, lazy.field.kind) {
            (LazyCode::Literal, LazyKind::Condition) => Ok(Value::Bool(lazy.raw.truthy())),
            (LazyCode::Literal, _) => Ok(lazy.raw.clone()),
            (LazyCode::Expr(expr), LazyKind::Condition) => expr
                .test(&scope, &mut budget)
                .map(Value::Bool)
                .map_err(Into::into),
            (LazyCode::Expr(expr), LazyKind::Test) => {
                expr.decide(&scope, &mut budget).map_err(Into::into)
            }
            (LazyCode::Expr(expr), _) => expr.eval(&scope, &mut budget).map_err(Into::into),
            (LazyCode::Tree(tree), _) => tree.eval(&scope, &mut budget),
        }
        .map(Some)
        .map_err(|error| match &lazy.code {
            LazyCode::Expr(_) => stage.origins.whole(field, error.error),
            _ => stage.origins.lazy(field, *error),
        })
    }
}

/// For stages without lazy fields.
pub(crate) struct NoLazy;

impl LazyFields for NoLazy {
    fn eval(
        &self,
        _: &str,
        _: &[(&str, Value)],
        _: Option<&Value>,
    ) -> Result<Option<Value>, StageError> {
        Ok(None)
    }
}

/// Resolves a stage's input: evaluates templates and leaves lazy fields as written. The memory used
/// is charged to `grant`; the returned grant covers what the input keeps.
pub(crate) fn resolve(
    stage: &PlanStage,
    scope: &dyn Scope,
    cancel: Option<&CancellationToken>,
    grant: Grant,
) -> (Result<Value, StageError>, Option<Grant>) {
    let mut budget = Budget::standard().with_memory(grant);
    if let Some(cancel) = cancel {
        budget = budget.with_cancel(cancel.clone());
    }
    let input = evaluate(stage, scope, &mut budget);
    (input, budget.into_grant())
}

fn evaluate(
    stage: &PlanStage,
    scope: &dyn Scope,
    budget: &mut Budget,
) -> Result<Value, StageError> {
    let input = stage.input.eval(scope, budget);
    let mut input = input.map_err(|error| stage.origins.eager(*error))?;
    if !stage.lazy.is_empty() {
        let Value::Map(map) = &mut input else {
            return Err(StageError::new(
                ErrorCode::Internal,
                "a stage's input is an object",
            ));
        };
        let map = Arc::make_mut(map);
        for lazy in &stage.lazy {
            map.insert(lazy.field.field.into(), lazy.raw.clone());
        }
    }
    Ok(input)
}
