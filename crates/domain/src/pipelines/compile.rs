//! Compiles pipeline texts off the threads that answer requests. The number of concurrent
//! compilations is limited, and an organization cannot take all of them.

use std::sync::Arc;

use components::run_plan::BuiltIn;
use engine::{check::Diagnostic, component::Registry, limits::Gate, run_plan::RunPlan};
use types::{OrgId, PipelineVersionId};

use super::{Compiled, plans};
use crate::{App, Ctx, blocking::blocking, error::Result};

/// Limits how many texts are compiled at once.
struct Compilers(Gate);

impl Default for Compilers {
    fn default() -> Self {
        Self(Gate::leaving_room(4))
    }
}

/// Compiles a text without caching the result.
pub async fn text(
    ctx: &Ctx,
    source: &str,
) -> Result<std::result::Result<Compiled, Vec<Diagnostic>>> {
    let (app, source) = (ctx.app.clone(), source.to_owned());
    in_turn(&ctx.app, ctx.org, move || {
        Ok(Compiled::new(&source, app.registry()))
    })
    .await
}

/// Compiles a version's text and caches the result.
pub async fn version(
    app: &App,
    org: OrgId,
    id: PipelineVersionId,
    source: impl AsRef<str> + Send + 'static,
) -> Result<Arc<Compiled>> {
    let of = app.clone();
    in_turn(app, org, move || {
        Ok(plans(&of).insert(id, source.as_ref(), of.registry())?)
    })
    .await
}

/// Does work on a compiled text that takes about as long as compiling it.
pub async fn work_on<T: Send + 'static>(
    ctx: &Ctx,
    compiled: &Arc<Compiled>,
    work: impl FnOnce(&Compiled, &Registry) -> T + Send + 'static,
) -> Result<T> {
    let (app, compiled) = (ctx.app.clone(), compiled.clone());
    in_turn(&ctx.app, ctx.org, move || {
        Ok(work(&compiled, app.registry()))
    })
    .await
}

/// Derives what a run will do. It compiles the file's expressions again, as compiling does.
pub async fn run_plan(ctx: &Ctx, compiled: Arc<Compiled>) -> Result<RunPlan> {
    let app = ctx.app.clone();
    in_turn(&ctx.app, ctx.org, move || {
        let outside = BuiltIn {
            providers: app.providers(),
            // They are the operator's, and may be names of a private network.
            show_provider_hosts: false,
        };
        Ok(RunPlan::of(&compiled.pipeline, app.registry(), &outside))
    })
    .await
}

/// Does work on texts of pipelines on a thread for blocking work, in an organization's turn.
pub(crate) async fn in_turn<T: Send + 'static>(
    app: &App,
    org: OrgId,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let permit = app.state::<Compilers>().0.acquire(org.0.as_u128()).await;
    blocking(move || {
        // Held until the work is done, even if the caller stops waiting.
        let _permit = permit;
        work()
    })
    .await
}
