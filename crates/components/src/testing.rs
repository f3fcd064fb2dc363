//! For tests of components: a context without an executor around it.

use std::{collections::HashMap, sync::Arc};

use chrono::DateTime;
use engine::{
    Value,
    component::{Body, Descriptor, Directive, LazyFields, Resources, StageContext, StageError},
};

/// What a test says a lazy field gives, from the names in scope.
pub type Lazy = fn(&[(&str, Value)], Option<&Value>) -> Value;

#[derive(Default)]
struct Fields(HashMap<&'static str, Lazy>);

impl LazyFields for Fields {
    fn eval(
        &self,
        field: &str,
        locals: &[(&str, Value)],
        spread: Option<&Value>,
    ) -> Result<Option<Value>, StageError> {
        Ok(self.0.get(field).map(|f| f(locals, spread)))
    }
}

/// A context with these resources and lazy fields.
pub fn context(resources: Resources, lazy: &[(&'static str, Lazy)]) -> StageContext {
    StageContext {
        address: "stage".into(),
        attempt: 1,
        max_attempts: 1,
        scheduled_at: DateTime::UNIX_EPOCH,
        idempotency_key: "run_1:stage".into(),
        resources,
        clock: types::Clock::system(),
        cancel: Default::default(),
        llm: None,
        report: Default::default(),
        live: None,
        memory: engine::limits::Shares::of_this_process().run(0).memory,
        lazy: Arc::new(Fields(lazy.iter().copied().collect())),
    }
}

/// Runs a component's body on an input in JSON.
pub async fn run(
    component: &Descriptor,
    ctx: StageContext,
    input: &str,
) -> Result<Value, StageError> {
    let input = Value::parse_json(input).unwrap();
    match component.body {
        Body::Sync(body) => body(&ctx, input),
        Body::Async(body) => body(ctx, input).await,
        Body::Control(_) => panic!("use `steer`"),
    }
}

/// What a control-flow component decides on an input in JSON.
pub fn steer(
    component: &Descriptor,
    ctx: &StageContext,
    input: &str,
) -> Result<Directive, StageError> {
    match component.body {
        Body::Control(body) => body(ctx, Value::parse_json(input).unwrap()),
        _ => panic!("use `run`"),
    }
}
