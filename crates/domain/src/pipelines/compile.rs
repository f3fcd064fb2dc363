//! Compiles pipeline texts off the threads that answer requests. The number of concurrent
//! compilations is limited, and an organization cannot take all of them.

use std::sync::Arc;

use engine::{check::Diagnostic, limits::Gate};
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
