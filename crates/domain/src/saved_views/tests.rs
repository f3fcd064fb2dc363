//! Tests of saved views, on both databases.

use types::ErrorCode;

use super::*;
use crate::{runs::RunStatus, testing::on_each_database};

#[tokio::test]
async fn a_view_belongs_to_its_owner_in_one_organization_and_saving_it_again_updates_it() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let b = app.elsewhere(&ctx, &token).await;
        let failed = Filter::in_states([RunStatus::Failed]);
        let first = save(&ctx, None, " Broken ", &failed).await.unwrap();
        assert_eq!((first.name.as_str(), &first.filter), ("Broken", &failed));
        let other = Filter::in_states([RunStatus::Cancelled, RunStatus::Failed]);
        let again = save(&ctx, None, "Broken", &other).await.unwrap();
        assert_eq!(again.id, first.id);
        let renamed = save(&ctx, Some(first.id), "Ended badly", &other)
            .await
            .unwrap();
        assert_eq!(list(&ctx).await.unwrap(), [renamed]);
        assert_eq!(list(&b).await.unwrap(), [], "per organization");
        let foreign = save(&b, Some(first.id), "x", &other).await.unwrap_err();
        assert_eq!(foreign.code, ErrorCode::NotFound);
        assert_eq!(
            delete(&b, first.id).await.unwrap_err().code,
            ErrorCode::NotFound
        );
        let mut somebody = ctx.clone();
        somebody.actor.id = Some(uuid::Uuid::max());
        assert_eq!(list(&somebody).await.unwrap(), [], "per person");

        let relative = Filter {
            last_seconds: Some(86_400),
            ..failed.clone()
        };
        let kept = save(&ctx, None, "Since yesterday", &relative)
            .await
            .unwrap();
        assert_eq!(kept.filter, relative, "the period stays relative");
        for seconds in [0, -1, i64::MAX] {
            let wrong = Filter {
                last_seconds: Some(seconds),
                ..Filter::default()
            };
            let refused = save(&ctx, None, "x", &wrong).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::InvalidInput, "{seconds}");
        }
        delete(&ctx, kept.id).await.unwrap();

        let second = save(&ctx, None, "Broken", &failed).await.unwrap();
        let taken = save(&ctx, Some(second.id), "Ended badly", &failed)
            .await
            .unwrap_err();
        assert_eq!(taken.code, ErrorCode::Conflict);
        let nobody = types::PipelineId::new(ctx.clock());
        let unknown = save(&ctx, None, "x", &Filter::of(nobody))
            .await
            .unwrap_err();
        assert_eq!(unknown.code, ErrorCode::NotFound);
        delete(&ctx, second.id).await.unwrap();
        assert_eq!(list(&ctx).await.unwrap().len(), 1);
        for n in 1..MAX_VIEWS {
            save(&ctx, None, &n.to_string(), &failed).await.unwrap();
        }
        let full = save(&ctx, None, "one more", &failed).await.unwrap_err();
        assert_eq!(full.code, ErrorCode::QuotaExceeded);
        save(&ctx, None, "1", &other).await.unwrap();
        app.close().await;
    })
    .await;
}
