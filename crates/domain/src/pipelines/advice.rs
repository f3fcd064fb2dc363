//! Advice about a compiled file: what could be better, and what it does. No model is called.

use std::sync::Arc;

use engine::advice::{self, Explanation, Finding};

use super::{Compiled, compile};
use crate::{Ctx, access::Permission, error::Result};

/// What could be better in a pipeline, in text order.
pub async fn findings(ctx: &Ctx, compiled: &Arc<Compiled>) -> Result<Vec<Finding>> {
    ctx.authorize(Permission::PipelineRead).await?;
    compile::work_on(ctx, compiled, |compiled, registry| {
        advice::findings(&compiled.pipeline, registry)
    })
    .await
}

/// What a pipeline does, in plain sentences.
pub async fn explanation(ctx: &Ctx, compiled: &Arc<Compiled>) -> Result<Explanation> {
    ctx.authorize(Permission::PipelineRead).await?;
    compile::work_on(ctx, compiled, |compiled, registry| {
        advice::explain(&compiled.pipeline, registry)
    })
    .await
}
