//! Making pipelines tools: whoever may start runs of one there sees its name, its description and the
//! schema of its input, and calls it as a tool (see `tools`).

use serde_json::json;
use types::{ErrorCode, FolderId, PipelineId};

use super::{Pipeline, PipelineError, repo};
use crate::{
    Ctx,
    access::{Environment, Permission},
    audit::{self, Entry},
    error::{AppError, Result},
    pipelines,
};

/// The most pipelines of an organization that are tools. Programs show all of them to a model.
pub const MAX_TOOLS: usize = 200;

/// Makes a pipeline a tool that runs in an environment; `None`: it is no tool any more. Nobody exposes
/// what they could not start themselves. Does nothing if it is so already.
pub async fn expose_as_tool(
    ctx: &Ctx,
    id: PipelineId,
    environment: Option<Environment>,
) -> Result<Pipeline> {
    ctx.authorize_on(Permission::PipelineWrite, id).await?;
    if let Some(environment) = environment {
        ctx.authorize_in(Permission::RunStart, id, environment)
            .await?;
        let others = exposed(ctx).await?;
        let others = others.iter().filter(|other| other.pipeline != id).count();
        if others >= MAX_TOOLS {
            return Err(AppError::new(
                ErrorCode::LimitExceeded,
                format!("At most {MAX_TOOLS} pipelines can be tools; withdraw another one first"),
            ));
        }
    }
    let tx = ctx.begin().await?;
    let row = repo::lock(&tx, ctx, id).await?;
    let row = row.ok_or(PipelineError::NotFound)?;
    if row.deleted_at.is_some() && environment.is_some() {
        return Err(PipelineError::Deleted.into());
    }
    let before = row.tool_environment.as_deref().and_then(Environment::parse);
    if before != environment {
        let needed = Permission::ProductionUse;
        let folder = row.folder_id.map(FolderId);
        if let Some(Environment::Production) = before
            && !ctx.rights.at(id, folder, before).has(needed)
        {
            // The refusal is written in a separate transaction, which would wait for this one.
            tx.rollback().await?;
            let message = format!(
                "The pipeline is a tool in production, so this requires the permission `{needed}` as well"
            );
            return Err(ctx.refuse(needed, message).await);
        }
        repo::set_tool(&tx, ctx, id, environment).await?;
        let detail = json!({ "name": row.name, "from": before, "to": environment });
        let entry = Entry::new("pipeline.expose", "pipeline", id).detail(detail);
        audit::write(&tx, ctx, entry).await?;
    }
    tx.commit().await?;
    pipelines::get(ctx, id).await
}

/// A pipeline that is a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExposedTool {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// Its name.
    pub name: String,
    /// The folder that it is in.
    pub folder: Option<FolderId>,
    /// The environment in which it runs as a tool.
    pub environment: Environment,
}

/// The pipelines that are tools, newest first. The caller has authorized.
pub(crate) async fn exposed(ctx: &Ctx) -> Result<Vec<ExposedTool>> {
    let rows = repo::tools(ctx, MAX_TOOLS + 1).await?;
    let exposed = rows.into_iter().filter_map(|row| {
        Some(ExposedTool {
            pipeline: PipelineId(row.id),
            name: row.name,
            folder: row.folder_id.map(FolderId),
            // A newer version of the server may know more of them.
            environment: Environment::parse(&row.tool_environment)?,
        })
    });
    Ok(exposed.collect())
}
