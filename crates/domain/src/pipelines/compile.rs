//! Compiling, which takes a processor's time: away from the threads that answer requests, and so
//! that one organization's texts leave room for the next one's.

use std::sync::Arc;

use engine::{check::Diagnostic, limits::Gate};
use types::{OrgId, PipelineVersionId};

use super::{Compiled, plans};
use crate::{App, Ctx, blocking::blocking, error::Result};

/// The places of texts that are compiled at one time.
struct Compilers(Gate);

impl Default for Compilers {
    fn default() -> Self {
        Self(Gate::leaving_room(4))
    }
}

/// Compiles a text that is not stored.
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

/// Compiles a version's text and keeps what comes of it.
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

async fn in_turn<T: Send + 'static>(
    app: &App,
    org: OrgId,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let permit = app.state::<Compilers>().0.acquire(org.0.as_u128()).await;
    blocking(move || {
        // Held until the work is done, whether its caller waits or not.
        let _permit = permit;
        work()
    })
    .await
}
