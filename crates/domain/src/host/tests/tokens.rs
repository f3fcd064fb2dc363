//! Unknown token counts: stored as null, and read back as unknown.

use engine::run::RunStatus;

use super::kit::*;
use crate::testing::on_each_database;

#[tokio::test]
async fn unknown_token_counts_are_stored_as_null_and_read_back_as_unknown() {
    on_each_database(|test| async move {
        let org = org();
        let run = queue(&test.app, org).await;
        let host = host(&test.app, "a");
        let claimed = claim_one(&host).await;
        assert_eq!(claimed.usage.prompt_tokens, Some(0), "nothing was called");

        let mut told = segment(1, 2, RunStatus::Running);
        told.summary.usage.prompt_tokens = None;
        append(&host, &claimed, told).await.unwrap();
        assert_eq!(field(&test.app, org, run, "prompt_tokens").await, None);
        let received = field(&test.app, org, run, "completion_tokens").await;
        assert_eq!(received.as_deref(), Some("3"));

        // A change without progress leaves the token counts unchanged.
        host.release(&claimed.lease, None);
        host.flush().await;
        let received = field(&test.app, org, run, "completion_tokens").await;
        assert_eq!(received.as_deref(), Some("3"));
        let again = claim_one(&host).await;
        assert_eq!(again.usage.prompt_tokens, None);
        assert_eq!(again.usage.completion_tokens, Some(3));

        // Known again, because each segment carries the run's total usage.
        append(&host, &again, segment(3, 1, RunStatus::Succeeded))
            .await
            .unwrap();
        let sent = field(&test.app, org, run, "prompt_tokens").await;
        assert_eq!(sent.as_deref(), Some("2"));
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn counts_of_minus_one_become_null_by_the_migration_and_others_stay() {
    on_each_database(|test| async move {
        let org = org();
        let runs = [
            (queue(&test.app, org).await, "-1", "-1"),
            (queue(&test.app, org).await, "-1", "7"),
            (queue(&test.app, org).await, "5", "0"),
            (queue(&test.app, org).await, "0", "0"),
        ];
        for (run, sent, received) in runs {
            let id = literal(&test, run.0);
            let sql = format!(
                "UPDATE runs SET prompt_tokens = {sent}, completion_tokens = {received} \
                 WHERE id = {id}"
            );
            as_owner(&test, &sql).await;
        }
        let forget = "DELETE FROM seaql_migrations WHERE version LIKE 'm0018%'";
        as_owner(&test, forget).await;
        let url = test.app.settings().database_url();
        migrations::migrate(&url).await.unwrap();
        for (run, sent, received) in runs {
            for (name, stored) in [("prompt_tokens", sent), ("completion_tokens", received)] {
                let expected = (stored != "-1").then(|| stored.to_owned());
                assert_eq!(field(&test.app, org, run, name).await, expected, "{stored}");
            }
        }
        test.close().await;
    })
    .await;
}
