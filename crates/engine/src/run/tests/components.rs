//! The components of the executor's tests, written with the macros.

use std::{sync::atomic::Ordering, time::Duration};

use chrono::Utc;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use super::WorldRef;
use crate::{
    Value,
    component::{Directive, EffectKind, ForEach, StageContext, StageError, TryCatch},
    control_flow,
    model::RetryPolicy,
    operator,
};

fn began(ctx: &StageContext) {
    if let Some(world) = ctx.resources.get::<WorldRef>() {
        let entry = (ctx.address.to_string(), ctx.attempt, ctx.idempotency_key());
        world.0.began.lock().push(entry);
    }
}

/// Sets a variable.
#[operator(sets(text_of(name, "x")))]
fn variable_set(ctx: &StageContext, input: Value) -> Result<Value, StageError> {
    began(ctx);
    let value = input.get("value").cloned().unwrap_or_default();
    let name = input
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or("x")
        .to_owned();
    let variables: Value = [(name, value.clone())].into_iter().collect();
    Ok([("variables", variables), ("value", value)]
        .into_iter()
        .collect())
}

/// Gives its `value`.
#[operator]
fn echo(ctx: &StageContext, input: Value) -> Result<Value, StageError> {
    began(ctx);
    Ok(input.get("value").cloned().unwrap_or_default())
}

/// Gives its `value` in one more list.
#[operator(own_field = "result")]
fn wrap(input: Value) -> Result<Value, StageError> {
    Ok(vec![input.get("value").cloned().unwrap_or_default()].into())
}

#[derive(Deserialize, JsonSchema)]
pub struct WorkInput {
    #[serde(default)]
    ms: u64,
    #[serde(default)]
    value: Value,
    /// Fails all attempts up to this one.
    #[serde(default, alias = "failures")]
    fail_first: u32,
    /// Fails this many calls at the stage's address, regardless of their attempts.
    #[serde(default)]
    fail_calls: usize,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    retry_after_ms: Option<u64>,
    /// Works until it is cancelled, and then for this much longer.
    #[serde(default)]
    linger_ms: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
pub struct WorkOutput {
    value: Value,
    attempt: u32,
}

/// Counts running bodies, including ones that are dropped.
struct AtWork(std::sync::Arc<WorldRef>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.0.at_work.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn work_for(ctx: &StageContext, input: WorkInput) -> Result<WorkOutput, StageError> {
    began(ctx);
    let world = ctx.resources.get::<WorldRef>().unwrap();
    let now = world.0.at_work.fetch_add(1, Ordering::SeqCst) + 1;
    world.0.most.fetch_max(now, Ordering::SeqCst);
    let held = AtWork(world.clone());
    if input.ms > 0 {
        tokio::time::sleep(Duration::from_millis(input.ms)).await;
    }
    if let Some(linger) = input.linger_ms {
        ctx.cancel.cancelled().await;
        tokio::time::sleep(Duration::from_millis(linger)).await;
    }
    drop(held);
    world.0.ended.lock().push(ctx.address.to_string());
    if ctx.attempt <= input.fail_first {
        let mut error = StageError::retryable(ErrorCode::HttpFailed, "not yet");
        error.retry_after_ms = input.retry_after_ms;
        return Err(error);
    }
    if world.0.count(&ctx.address) <= input.fail_calls {
        return Err(StageError::new(ErrorCode::StageFailed, "not this time"));
    }
    if let Some(code) = input.error {
        let code = ErrorCode::parse(&code).unwrap_or(ErrorCode::StageFailed);
        return Err(StageError::new(code, "asked to fail"));
    }
    Ok(WorkOutput {
        value: input.value,
        attempt: ctx.attempt,
    })
}

fn kind_of(input: &Value) -> EffectKind {
    match input.get("kind").and_then(Value::as_str) {
        Some("effect") => EffectKind::Effect,
        Some("call") => EffectKind::Call,
        Some("read") => EffectKind::Read,
        _ => EffectKind::Pure,
    }
}

/// Works for a while.
///
/// Its second paragraph.
#[operator(effect = kind_of, category = "test", timeout_s = 5)]
async fn work(ctx: StageContext, input: WorkInput) -> Result<WorkOutput, StageError> {
    work_for(&ctx, input).await
}

/// Acts, at most once.
#[operator(effect = effect, at_most_once)]
async fn once(ctx: &StageContext, input: WorkInput) -> Result<WorkOutput, StageError> {
    work_for(ctx, input).await
}

/// Evaluates a lazy condition.
#[operator(lazy(condition: condition, names = ["data", "*"]))]
fn hot(ctx: &StageContext, input: Value) -> Result<Value, StageError> {
    began(ctx);
    let data = input.get("data").cloned().unwrap_or_default();
    let value = ctx
        .lazy
        .eval("condition", &[("data", data.clone())], Some(&data))?;
    Ok([
        ("passed", value.unwrap_or_default()),
        ("raw", input.get("condition").cloned().into()),
    ]
    .into_iter()
    .collect())
}

/// Has a defect.
#[operator]
fn panics(_input: Value) -> Result<Value, StageError> {
    let list: Vec<u8> = Vec::new();
    Ok(Value::Int(i64::from(list[0])))
}

#[derive(Deserialize, JsonSchema)]
pub struct ForeachInput {
    items: Vec<Value>,
    #[serde(default = "item")]
    item_variable: String,
    #[serde(default)]
    parallel: bool,
    #[serde(default = "five")]
    max_parallel: usize,
    #[serde(default = "yes")]
    break_on_error: bool,
}

fn item() -> String {
    "item".to_owned()
}

fn five() -> usize {
    5
}

fn yes() -> bool {
    true
}

/// Once per item.
#[control_flow(
    inner(each, loop_stages = "loop"),
    binds(text_of(item_variable, "item"))
)]
fn foreach(ctx: &StageContext, input: ForeachInput) -> Result<Directive, StageError> {
    ctx.log("info", format!("{} items", input.items.len()), None);
    Ok(Directive::ForEach(ForEach {
        items: input.items,
        item_variable: input.item_variable,
        index_variable: "index".to_owned(),
        parallel: if input.parallel {
            input.max_parallel
        } else {
            1
        },
        collect: true,
        break_on_error: input.break_on_error,
        output: Value::Null,
    }))
}

#[derive(Deserialize, JsonSchema)]
pub struct RouterInput {
    value: String,
    routes: IndexMap<String, Vec<String>>,
}

/// Takes a route.
#[control_flow(
    inner_map(one, routes = "route"),
    inner(one, default_route = "default")
)]
fn router(input: RouterInput) -> Result<Directive, StageError> {
    let branch = match input.routes.contains_key(&input.value) {
        true => format!("route.{}", input.value),
        false => "default".to_owned(),
    };
    let output = [("route", Value::from(input.value))].into_iter().collect();
    Ok(Directive::Choose {
        branches: vec![branch],
        output,
    })
}

#[derive(Deserialize, JsonSchema)]
pub struct TryInput {
    #[serde(default)]
    error_scope: Option<String>,
    #[serde(default)]
    catch_codes: Vec<String>,
    #[serde(default)]
    max_retries: u32,
    #[serde(default)]
    retry_delay_ms: u64,
}

/// Tries.
#[control_flow(
    inner(try, try_stages = "try"),
    inner(catch, catch_stages = "catch"),
    inner(finally, finally_stages = "finally")
)]
fn trycatch(input: TryInput) -> Result<Directive, StageError> {
    Ok(Directive::TryCatch(TryCatch {
        propagate: input.error_scope.as_deref() != Some("continue"),
        rethrow: false,
        error_variable: None,
        catch_codes: input.catch_codes,
        retry: RetryPolicy {
            max_retries: input.max_retries,
            initial_delay: Duration::from_millis(input.retry_delay_ms),
            max_delay: Duration::from_millis(input.retry_delay_ms),
            multiplier: 1.0,
        },
        output: Value::Null,
    }))
}

/// Ends the run.
#[control_flow(output = Value)]
fn return_(input: Value) -> Result<Directive, StageError> {
    let value = input.get("value").cloned().unwrap_or_default();
    let failed = input
        .get("message")
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok(Directive::Return {
        output: value.clone(),
        value,
        failed,
    })
}

/// Sleeps.
#[control_flow]
fn wait(ctx: &StageContext, input: Value) -> Result<Directive, StageError> {
    let ms = input.get("ms").and_then(Value::as_int).unwrap_or(0);
    let until = ctx.scheduled_at + chrono::Duration::milliseconds(ms);
    let until = if input.get("now").is_some() {
        Utc::now()
    } else {
        until
    };
    Ok(Directive::Wait {
        until,
        output: Value::from("slept"),
    })
}
