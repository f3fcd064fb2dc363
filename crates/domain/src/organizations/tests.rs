//! Tests of the limit on organizations that a person creates, on both databases.

use types::ErrorCode;

use super::*;
use crate::testing::on_each_database;

#[tokio::test]
async fn one_person_creates_a_bounded_number_of_organizations_in_a_day() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        app.app.clock().advance(TimeDelta::hours(24));
        for at in 0..PER_DAY {
            create(&ctx, &format!("no {at}")).await.unwrap();
            app.app.clock().advance(TimeDelta::minutes(1));
        }
        let over = create(&ctx, "one more").await.unwrap_err();
        assert_eq!(over.code, ErrorCode::QuotaExceeded);
        assert!(over.message.contains("24 hours"), "{}", over.message);
        let mine = list_mine(&ctx).await.unwrap();
        assert_eq!(mine.len() as i64, 1 + PER_DAY);
        // Transferring or leaving them does not free the quota.
        for org in &mine[1..] {
            let tx = ctx.db().begin(&[org.id]).await.unwrap();
            let sql = "DELETE FROM memberships WHERE org_id = $1";
            tx.execute(sql, [org.id.0.into()]).await.unwrap();
            tx.commit().await.unwrap();
        }
        let over = create(&ctx, "instead of those").await.unwrap_err();
        assert_eq!(over.code, ErrorCode::QuotaExceeded);
        // The oldest of them is a day old, so one more is allowed.
        app.app
            .clock()
            .advance(TimeDelta::hours(24) - TimeDelta::minutes(PER_DAY));
        create(&ctx, "the next day").await.unwrap();
        assert!(create(&ctx, "one more").await.is_err());
        app.close().await;
    })
    .await;
}
