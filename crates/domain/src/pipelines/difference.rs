//! What differs between a version of a pipeline and a later one, or its draft.

use std::sync::Arc;

use engine::diff::{self, Difference};
use types::{PipelineId, PipelineVersionId};

use super::{PipelineError, compile, repo, version};
use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
};

/// What differs between the version `from` of a pipeline, by its number, and another of its versions.
pub async fn difference(ctx: &Ctx, id: PipelineVersionId, from: i32) -> Result<Difference> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    let row = repo::version_by_id(ctx, id).await?;
    let row = row.ok_or(PipelineError::VersionNotFound)?;
    difference_to(ctx, PipelineId(row.pipeline_id), from, row.source.into()).await
}

/// What differs between the version `from` of a pipeline, by its number, and a text that can be read.
pub async fn difference_to(
    ctx: &Ctx,
    pipeline: PipelineId,
    from: i32,
    after: Arc<str>,
) -> Result<Difference> {
    // Refuses whoever may not read this pipeline.
    let head = version(ctx, pipeline, from).await?;
    let row = repo::version_by_id(ctx, head.id).await?;
    let before = row.ok_or(PipelineError::VersionNotFound)?.source;
    let app = ctx.app.clone();
    // It takes about as long as compiling both.
    compile::in_turn(&ctx.app, ctx.org, move || {
        diff::diff(&before, &after, app.registry()).map_err(|unreadable| {
            AppError::internal(format!("text {} of two is unreadable", unreadable.number))
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use types::ErrorCode;

    use super::{super::tests::source, *};
    use crate::{
        pipelines::{create, push},
        testing::on_each_database,
    };

    #[tokio::test]
    async fn two_versions_differ_in_what_they_mean_and_only_within_a_pipeline() {
        on_each_database(|app| async move {
            let (ctx, _) = app.owner().await;
            let first = source("Greeter", "hello");
            let (pipeline, one) = create(&ctx, &first, None).await.unwrap();
            let (two, _) = push(&ctx, pipeline.id, &format!("{first}\n"))
                .await
                .unwrap();
            let (three, _) = push(&ctx, pipeline.id, &source("Greeter", "hi"))
                .await
                .unwrap();

            let same = difference(&ctx, two.id, 1).await.unwrap();
            assert!(same.is_empty(), "white space means nothing: {same:?}");
            let found = difference(&ctx, three.id, 1).await.unwrap();
            assert_eq!(found.summary(), "1 stage modified");
            assert_eq!(found.changed[0].fields[0].field, "config.value");
            let back = difference(&ctx, one.id, 3).await.unwrap();
            assert_eq!(back, found.inverse());

            let none = difference(&ctx, three.id, 4).await.unwrap_err();
            assert_eq!(none.code, ErrorCode::NotFound);
            let (other, _) = create(&ctx, &first, None).await.unwrap();
            let none = difference_to(&ctx, other.id, 2, first.into()).await;
            assert_eq!(none.unwrap_err().code, ErrorCode::NotFound);
            app.close().await;
        })
        .await;
    }
}
