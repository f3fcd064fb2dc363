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

#[cfg(test)]
mod tests {
    use types::ErrorCode;

    use super::super::{cached, compiled, create, tests::source};
    use crate::{
        Ctx,
        access::{Permission, PermissionSet},
        testing::on_each_database,
    };

    #[tokio::test]
    async fn a_compiled_version_in_memory_is_for_readers_only_like_any_other() {
        on_each_database(|app| async move {
            let (owner, _) = app.owner().await;
            let made = create(&owner, &source("Kept", "x"), None).await.unwrap();
            let version = made.1;
            compiled(&owner, &version).await.unwrap();
            assert!(cached(&owner, version.id).await.unwrap().is_some());
            let writer = Ctx {
                rights: PermissionSet::from_iter([Permission::PipelineWrite]).into(),
                ..owner
            };
            let refused = compiled(&writer, &version).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::Forbidden);
            let refused = cached(&writer, version.id).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::Forbidden);
            app.close().await;
        })
        .await;
    }
}
