//! Tests of what is told about triggers that do not fire, and of trials, on both databases.

use super::*;
use crate::{Role, mail, tenancy::OrgEntity, triggers::watch};

/// Somebody with an address who may start runs.
async fn developer(app: &TestApp) -> Ctx {
    let (owner, _) = app.owner().await;
    let (dev, _) = app
        .member(&owner, Role::Developer, "dee@example.test")
        .await;
    app.verify_addresses().await;
    dev
}

async fn letters(ctx: &Ctx) -> usize {
    let mails = ctx.all(mail::entity::Entity::in_org(ctx)).await.unwrap();
    let those = mails.iter().filter(|row| row.kind == "trigger_trouble");
    those
        .inspect(|row| assert_eq!(row.recipient, "dee@example.test"))
        .count()
}

async fn set(ctx: &Ctx, part: &str) {
    let tx = ctx.begin().await.unwrap();
    let sql = format!("UPDATE triggers SET {part} WHERE org_id = $1");
    tx.execute(&sql, [ctx.org.0.into()]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn whoever_enabled_a_trigger_is_told_of_a_problem_once_until_it_fires_again() {
    on_each_database(|app| async move {
        let app = app.with_mail().await;
        let dev = developer(&app).await;
        every_minute(&dev, json!({ "start": "2990-01-01T00:00:00Z" })).await;
        let (system, now) = (SystemCtx::new(&app.app), dev.clock().now());
        assert_eq!(watch::watch_at(&system, now).await.unwrap(), 0);
        let problem = "problem_code = 'CONFLICT', problem = 'Nothing is published'";
        set(&dev, problem).await;
        assert_eq!(watch::watch_at(&system, now).await.unwrap(), 1);
        assert_eq!(watch::watch_at(&system, now).await.unwrap(), 0);
        assert_eq!(letters(&dev).await, 1);
        set(&dev, "problem_code = NULL, problem = NULL").await;
        assert_eq!(watch::watch_at(&system, now).await.unwrap(), 0);
        set(&dev, problem).await;
        assert_eq!(watch::watch_at(&system, now).await.unwrap(), 1);
        assert_eq!(letters(&dev).await, 2);
        // What a stranger sends to a webhook is no reason.
        set(&dev, "problem_code = 'UNAUTHENTICATED'").await;
        assert_eq!(watch::watch_at(&system, now).await.unwrap(), 0);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_firing_that_no_scheduler_handles_is_told_unless_the_letters_are_unsubscribed() {
    on_each_database(|app| async move {
        let app = app.with_mail().await;
        let dev = developer(&app).await;
        let trigger = every_minute(&dev, json!({})).await;
        let system = SystemCtx::new(&app.app);
        let later = trigger.next_at.unwrap() + TimeDelta::minutes(10);
        assert_eq!(watch::watch_at(&system, later).await.unwrap(), 1);
        assert_eq!(watch::watch_at(&system, later).await.unwrap(), 0);
        set(&dev, "trouble = NULL").await;
        let link = mail::unsubscribe_link(&dev, dev.actor.id.unwrap()).unwrap();
        let (_, token) = link.rsplit_once('/').unwrap();
        mail::set_wanted(&app.app, token, false, "test")
            .await
            .unwrap();
        assert_eq!(watch::watch_at(&system, later).await.unwrap(), 0);
        assert_eq!(letters(&dev).await, 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_trial_goes_the_whole_way_once_a_day_and_starts_nothing() {
    on_each_database(|app| async move {
        let app = app.with_mail().await;
        let dev = developer(&app).await;
        let trigger = every_minute(&dev, json!({ "start": "2990-01-01T00:00:00Z" })).await;
        let system = SystemCtx::new(&app.app);
        let first = dev.clock().now() + TimeDelta::days(2);
        watch::watch_at(&system, first).await.unwrap();
        assert!(states(&dev, &trigger).await.is_empty(), "it is no firing");
        work(&app, first).await;
        let probe = get(&dev, trigger.id).await.unwrap().probe.unwrap();
        assert_eq!((probe.ok, probe.detail), (true, None));
        assert!(runs_of(&dev, &trigger).await.is_empty());
        assert!(states(&dev, &trigger).await.is_empty());
        // A developer may not start runs there.
        set(&dev, "environment = 'production'").await;
        let second = first + TimeDelta::days(2);
        assert_eq!(watch::watch_at(&system, second).await.unwrap(), 0);
        work(&app, second).await;
        let probe = get(&dev, trigger.id).await.unwrap().probe.unwrap();
        assert!(!probe.ok && probe.detail.is_some());
        let after = second + TimeDelta::minutes(1);
        assert_eq!(watch::watch_at(&system, after).await.unwrap(), 1);
        assert!(runs_of(&dev, &trigger).await.is_empty());
        app.close().await;
    })
    .await;
}
