//! What one organization or one trigger cannot do to others, and how long what happened is kept.

use std::collections::HashSet;

use chrono::TimeDelta;
use serde_json::json;

use super::*;

#[tokio::test]
async fn organizations_with_due_triggers_are_planned_in_turn() {
    on_each_database(|app| async move {
        let (owner, token) = app.owner().await;
        for _ in 0..3 {
            every_minute(&owner, json!({})).await;
        }
        let other = app.elsewhere(&owner, &token).await;
        let last = every_minute(&other, json!({})).await;
        let system = SystemCtx::new(&app.app);
        let tx = system.begin_across().await.unwrap();
        let later = last.next_at.unwrap() + TimeDelta::seconds(60);
        let due = repo::due(&tx, later, 2).await.unwrap();
        tx.rollback().await.unwrap();
        let orgs: HashSet<_> = due.iter().map(|row| row.org_id).collect();
        assert_eq!(orgs, HashSet::from([owner.org.0, other.org.0]));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_claim_takes_the_oldest_firing_of_each_trigger_and_organizations_in_turn() {
    on_each_database(|app| async move {
        let (owner, token) = app.owner().await;
        let one = every_minute(&owner, json!({})).await;
        let two = every_minute(&owner, json!({})).await;
        let other = app.elsewhere(&owner, &token).await;
        let three = every_minute(&other, json!({})).await;
        let system = SystemCtx::new(&app.app);
        let now = one.next_at.unwrap();
        let mut rows = Vec::new();
        for (ctx, trigger) in [(&owner, &one), (&owner, &two), (&other, &three)] {
            rows.push(repo::find(ctx, trigger.id).await.unwrap().unwrap());
        }
        let tx = system.begin_across().await.unwrap();
        for row in &rows {
            for second in 0..2 {
                let place = (now + TimeDelta::seconds(second), now);
                let firing = repo::firing(&system, row, place, FiringState::Pending);
                repo::insert_firing(&tx, &firing).await.unwrap();
            }
        }
        let until = now + TimeDelta::seconds(60);
        let first = repo::claim(&tx, now, until, 2).await.unwrap();
        let orgs: HashSet<_> = first.iter().map(|row| row.org_id).collect();
        assert_eq!(orgs.len(), 2, "one of each organization");
        let second = repo::claim(&tx, now, until, 10).await.unwrap();
        assert_eq!(
            second.len(),
            1,
            "a claimed one keeps the later ones waiting"
        );
        assert!(first.iter().chain(&second).all(|row| row.due_at == now));
        assert_eq!(repo::pending(&tx, owner.org.0).await.unwrap(), 4);
        tx.rollback().await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_trigger_that_is_refused_again_and_again_is_disabled_with_the_reason() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let trigger = every_minute(&owner, json!({})).await;
        let mut at = trigger.next_at.unwrap();
        pipelines::delete(&owner, trigger.pipeline).await.unwrap();
        for _ in 0..super::super::work::MAX_REFUSED {
            assert!(get(&owner, trigger.id).await.unwrap().enabled);
            work(&app, at).await;
            at += TimeDelta::seconds(60);
        }
        let off = get(&owner, trigger.id).await.unwrap();
        assert_eq!((off.enabled, off.next_at), (false, None));
        let (code, why) = off.problem.unwrap();
        assert_eq!(code, "PIPELINE_DELETED");
        assert!(why.contains("in a row"), "{why}");
        let log = crate::audit::list(&owner, 100).await.unwrap();
        assert!(log.iter().any(|row| row.action == "trigger.disable"));
        // Whoever enables it again begins anew.
        app.app.clock().advance(TimeDelta::hours(1));
        pipelines::restore(&owner, trigger.pipeline).await.unwrap();
        let on = set_enabled(&owner, trigger.id, true).await.unwrap();
        pipelines::delete(&owner, trigger.pipeline).await.unwrap();
        work(&app, on.next_at.unwrap()).await;
        assert!(get(&owner, trigger.id).await.unwrap().enabled);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_refusal_does_not_disable_what_somebody_else_has_enabled_meanwhile() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let trigger = every_minute(&owner, json!({})).await;
        let row = repo::find(&owner, trigger.id).await.unwrap().unwrap();
        let mut before = row.clone();
        before.enabled_by_id = Some(trigger.id.0);
        let tx = owner.begin().await.unwrap();
        let why = ("FORBIDDEN", "why");
        assert!(!repo::disable(&tx, &before, why).await.unwrap());
        assert!(repo::disable(&tx, &row, why).await.unwrap());
        assert!(!repo::disable(&tx, &row, why).await.unwrap(), "it is");
        tx.rollback().await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn firings_of_frequent_triggers_are_kept_for_two_days_and_others_for_ninety() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let rare = every_minute(&owner, json!({})).await;
        work(&app, rare.next_at.unwrap()).await;
        let often = every_minute(&owner, json!({ "cron": "* * * * * *" })).await;
        work(&app, often.next_at.unwrap()).await;
        assert_eq!(states(&owner, &rare).await, ["fired"]);
        assert_eq!(states(&owner, &often).await.len(), 1);
        let system = SystemCtx::new(&app.app);
        assert_eq!(purge(&system).await.unwrap(), 0);
        app.app.clock().advance(TimeDelta::days(3));
        assert_eq!(purge(&system).await.unwrap(), 1);
        assert!(states(&owner, &often).await.is_empty());
        assert_eq!(states(&owner, &rare).await, ["fired"]);
        app.app.clock().advance(TimeDelta::days(90));
        assert_eq!(purge(&system).await.unwrap(), 1);
        app.close().await;
    })
    .await;
}
