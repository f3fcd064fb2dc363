//! What a version does to the triggers that are there.

use serde_json::json;

use super::*;
use crate::access::PermissionSet;

/// A list with one schedule of this name, which fires daily at an hour.
fn daily(name: &str, hour: &str) -> serde_json::Value {
    json!([{ "name": name, "cron": format!("0 {hour} * * *") }])
}

#[tokio::test]
async fn a_change_by_somebody_who_may_not_start_runs_disables_the_trigger() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (made, _) = pipelines::create(&owner, &file(daily("d", "9"), "1"), None)
            .await
            .unwrap();
        let trigger = of_pipeline(&owner, made.id, None).await.unwrap().remove(0);
        set_enabled(&owner, trigger.id, true).await.unwrap();
        let mut writer = owner.clone();
        let start = PermissionSet::from_iter([Permission::RunStart]);
        writer.rights = owner.rights.permissions.without(start).into();
        // Another file with the same trigger.
        pipelines::push(&writer, made.id, &file(daily("d", "9"), "2"))
            .await
            .unwrap();
        assert!(get(&owner, trigger.id).await.unwrap().enabled);
        pipelines::push(&writer, made.id, &file(daily("d", "10"), "3"))
            .await
            .unwrap();
        let off = get(&owner, trigger.id).await.unwrap();
        assert_eq!((off.enabled, off.next_at), (false, None));
        assert_eq!(off.problem.unwrap().0, "FORBIDDEN");
        let on = set_enabled(&owner, trigger.id, true).await.unwrap();
        assert_eq!(on.problem, None);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_trigger_of_the_file_takes_the_place_of_another_one_of_its_name_and_is_disabled() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let trigger = every_minute(&owner, json!({})).await;
        let pipeline = trigger.pipeline;
        pipelines::push(&owner, pipeline, &file(daily("often", "9"), "2"))
            .await
            .unwrap();
        let all = of_pipeline(&owner, pipeline, None).await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].id, all[0].origin), (trigger.id, Origin::File));
        assert_eq!((all[0].enabled, all[0].next_at), (false, None));
        assert!(all[0].problem.is_some());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn l07_a_version_brings_no_more_triggers_than_a_pipeline_may_have() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (made, _) = pipelines::create(&owner, &file(daily("d", "9"), "1"), None)
            .await
            .unwrap();
        let tx = owner.begin().await.unwrap();
        for number in 1..MAX_OF_PIPELINE {
            let definition = json!({ "name": format!("t{number}"), "cron": "0 9 * * *" });
            let definition = Definition::parse(&definition.to_string()).unwrap();
            let origin = (&definition, Origin::Product);
            let row = trigger_definitions::new_row(&owner, made.id, DEVELOPMENT, origin);
            trigger_definitions::repo::insert(&tx, &row).await.unwrap();
        }
        tx.commit().await.unwrap();
        // As many as before.
        pipelines::push(&owner, made.id, &file(daily("e", "9"), "2"))
            .await
            .unwrap();
        let two =
            json!([{ "name": "e", "cron": "0 9 * * *" }, { "name": "f", "cron": "0 9 * * *" }]);
        let refused = pipelines::push(&owner, made.id, &file(two, "3")).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::QuotaExceeded);
        // One of a name that is taken is no further one.
        let two =
            json!([{ "name": "e", "cron": "0 9 * * *" }, { "name": "t1", "cron": "0 8 * * *" }]);
        pipelines::push(&owner, made.id, &file(two, "4"))
            .await
            .unwrap();
        app.close().await;
    })
    .await;
}
