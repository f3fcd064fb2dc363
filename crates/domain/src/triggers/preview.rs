//! What a definition would do, before anybody stores it.

use engine::{check::Diagnostic, trigger::Trigger as Definition};
use serde_json::Value as Json;

use crate::{Ctx, access::Permission, error::Result};

/// Reads a definition without storing it. The inner error is everything that is wrong with it.
pub async fn preview(
    ctx: &Ctx,
    source: &Json,
) -> Result<std::result::Result<Definition, Vec<Diagnostic>>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    Ok(Definition::parse(&source.to_string()))
}
