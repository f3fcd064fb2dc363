//! Advice about a compiled file: what could be better, what it does, and what its templates can read. No
//! model is called.
//!
//! Of a version, callers get the compiled file only by [`super::cached`] or [`super::compiled`], which check
//! that they may read it.

use std::sync::Arc;

use engine::{
    advice::{self, Explanation, Finding},
    check::{self, Diagnostic, Readable},
    fixes::{Fix, fix},
};

use super::{Compiled, compile};
use crate::{Ctx, access::Permission, error::Result};

/// What could be better in a pipeline, in text order.
pub async fn findings(ctx: &Ctx, compiled: &Arc<Compiled>) -> Result<Vec<Finding>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    compile::work_on(ctx, compiled, |compiled, registry| {
        advice::findings(&compiled.pipeline, registry)
    })
    .await
}

/// What a pipeline does, in plain sentences.
pub async fn explanation(ctx: &Ctx, compiled: &Arc<Compiled>) -> Result<Explanation> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    compile::work_on(ctx, compiled, |compiled, registry| {
        advice::explain(&compiled.pipeline, registry)
    })
    .await
}

/// The most problems of a file for which a fix is looked for.
const MAX_FIXES: usize = 200;

/// For each problem of a compiled file the change that fixes it, if there is an obvious one. The list may
/// be shorter than that of the problems.
pub async fn fixes(
    ctx: &Ctx,
    compiled: &Arc<Compiled>,
    problems: Vec<Diagnostic>,
) -> Result<Vec<Option<Fix>>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    compile::work_on(ctx, compiled, move |compiled, _| {
        let problems = problems.iter().take(MAX_FIXES);
        problems
            .map(|problem| fix(&compiled.pipeline, &compiled.structure, problem))
            .collect()
    })
    .await
}

/// What the templates of a stage can read. Empty if there is no such stage.
pub async fn readable(ctx: &Ctx, compiled: &Arc<Compiled>, stage: String) -> Result<Vec<Readable>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    compile::work_on(ctx, compiled, move |compiled, _| {
        check::readable(&compiled.pipeline, &compiled.structure, &stage)
    })
    .await
}
