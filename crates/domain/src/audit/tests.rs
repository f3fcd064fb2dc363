//! Tests of the hash chain, on both databases.

use super::{Broken, list, seal_waiting, verify};
use crate::{SystemCtx, testing::on_each_database};

#[tokio::test]
async fn the_chain_of_each_organization_is_sealed_in_order_and_shows_any_change() {
    on_each_database(|app| async move {
        let (a, token) = app.owner().await;
        let b = app.elsewhere(&a, &token).await;
        app.app.clock().advance(chrono::Duration::seconds(1));
        crate::organizations::rename(&a, "one").await.unwrap();
        let system = SystemCtx::new(&app.app);
        assert_eq!(verify(&a).await.unwrap(), Ok(0));
        assert_eq!(seal_waiting(&system).await.unwrap(), 3);
        assert_eq!(seal_waiting(&system).await.unwrap(), 0);
        app.app.clock().advance(chrono::Duration::seconds(1));
        crate::organizations::rename(&a, "two").await.unwrap();
        app.app.clock().advance(chrono::Duration::seconds(1));
        crate::organizations::rename(&a, "three").await.unwrap();
        assert_eq!(seal_waiting(&system).await.unwrap(), 2);
        assert_eq!(verify(&a).await.unwrap(), Ok(4));
        assert_eq!(verify(&b).await.unwrap(), Ok(1));
        let places: Vec<_> = list(&a, 10)
            .await
            .unwrap()
            .iter()
            .map(|row| row.seq)
            .collect();
        assert_eq!(places, [Some(4), Some(3), Some(2), Some(1)]);

        app.as_database_owner("UPDATE audit SET actor_name = 'somebody else' WHERE seq = 3")
            .await;
        assert_eq!(verify(&a).await.unwrap(), Err(Broken { seq: 3 }));
        assert_eq!(verify(&b).await.unwrap(), Ok(1));
        app.as_database_owner("DELETE FROM audit WHERE seq = 2")
            .await;
        assert_eq!(verify(&a).await.unwrap(), Err(Broken { seq: 2 }));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_application_cannot_change_or_remove_audit_rows() {
    let Some(app) = crate::testing::postgres().await else {
        return crate::testing::skipped();
    };
    let (ctx, _) = app.owner().await;
    for sql in [
        "/* across organizations: test */ UPDATE audit SET action = 'nothing'",
        "/* across organizations: test */ DELETE FROM audit",
    ] {
        let tx = ctx.begin().await.unwrap();
        assert!(tx.execute(sql, []).await.is_err(), "{sql}");
        let tx = SystemCtx::new(&app.app).begin_across().await.unwrap();
        assert!(tx.execute(sql, []).await.is_err(), "{sql}");
    }
    app.close().await;
}
