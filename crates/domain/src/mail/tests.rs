//! The outbox on both databases. Sending is tested in the integration suite, against a real SMTP
//! server.

use types::ErrorCode;

use super::*;
use crate::testing::{TestApp, on_each_database};

fn letter() -> Letter {
    Letter::PasswordReset {
        name: "Bo".to_owned(),
        link: "https://a.example/reset-password#canary".to_owned(),
        minutes: 60,
    }
}

async fn posted(ctx: &Ctx, tx: &Tx) -> MailId {
    let letter = letter();
    let outgoing = Outgoing {
        to: "bo@example.test",
        letter: &letter,
        language: Language::English,
        about: ctx.org.0,
        expires_at: ctx.clock().now() + Duration::days(1),
    };
    post(tx, ctx, outgoing).await.unwrap()
}

async fn set(app: &TestApp, id: MailId, change: &str) {
    // The id as the database writes it: text on PostgreSQL, a blob on SQLite.
    let key = match app.owner_url {
        Some(_) => format!("'{}'", id.0),
        None => format!("x'{}'", id.0.simple()),
    };
    let sql = format!("UPDATE mails SET {change} WHERE id = {key}");
    app.as_database_owner(&sql).await;
}

#[tokio::test]
async fn a_mail_of_a_change_that_is_rolled_back_does_not_exist() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let tx = ctx.begin().await.unwrap();
        posted(&ctx, &tx).await;
        tx.rollback().await.unwrap();
        let page = Page::default();
        assert_eq!(list(&ctx, &page, false).await.unwrap().edges, []);
        assert_eq!(queue::list(&ctx, &page, None).await.unwrap().edges, []);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn z01_a_link_is_in_no_row_in_the_clear_and_its_mail_belongs_to_one_organization() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let b = app.elsewhere(&ctx, &token).await;
        let tx = ctx.begin().await.unwrap();
        let id = posted(&ctx, &tx).await;
        tx.commit().await.unwrap();
        let row = repo::find(&ctx, id).await.unwrap().unwrap();
        let content = row.content.clone().unwrap();
        assert!(!content.windows(6).any(|part| part == b"canary"));
        let jobs = queue::list(&ctx, &Page::default(), None).await.unwrap();
        assert_eq!(jobs.edges.len(), 1);
        assert!(!format!("{jobs:?}").contains("canary"));
        assert_eq!(get(&ctx, id).await.unwrap().status, MailStatus::Queued);
        let foreign = get(&b, id).await.unwrap_err();
        assert_eq!(foreign, get(&b, MailId::new(b.clock())).await.unwrap_err());
        assert_eq!(resend(&b, id).await.unwrap_err(), foreign);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn only_a_mail_that_was_not_delivered_is_sent_again_and_its_address_is_tried_again() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let now = ctx.clock().now();
        let tx = ctx.begin().await.unwrap();
        let id = posted(&ctx, &tx).await;
        let key = (ctx.org, "bo@example.test");
        let until = now + Duration::days(1);
        repo::suppress(&tx, key, "550 5.1.1", (now, until))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let queued = resend(&ctx, id).await.unwrap_err();
        assert_eq!(queued.code, ErrorCode::Conflict);
        assert!(queued.message.contains("queued"), "{queued}");

        set(&app, id, "status = 'bounced', attempts = 3").await;
        let again = resend(&ctx, id).await.unwrap();
        assert_eq!((again.status, again.attempts), (MailStatus::Queued, 0));
        let tx = ctx.begin().await.unwrap();
        assert_eq!(repo::suppressed(&tx, key, now).await.unwrap(), None);
        tx.rollback().await.unwrap();
        let log = audit::list(&ctx, 10).await.unwrap();
        assert!(log.iter().any(|row| row.action == "mail.resend"));

        set(&app, id, "status = 'failed', content = NULL").await;
        let gone = resend(&ctx, id).await.unwrap_err();
        assert!(gone.message.contains("expired"), "{gone}");
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_or_expired_mail_has_no_content() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let tx = ctx.begin().await.unwrap();
        let (one, two) = (posted(&ctx, &tx).await, posted(&ctx, &tx).await);
        tx.commit().await.unwrap();
        set(&app, two, "expires_at = created_at, about_id = id").await;
        let tx = ctx.begin().await.unwrap();
        withdraw(&tx, &ctx, ctx.org.0).await.unwrap();
        tx.commit().await.unwrap();
        let row = repo::find(&ctx, one).await.unwrap().unwrap();
        assert_eq!((row.status.as_str(), row.content), ("expired", None));
        ctx.clock().advance(Duration::seconds(60));
        purge(&SystemCtx::new(&app.app)).await.unwrap();
        let row = repo::find(&ctx, two).await.unwrap().unwrap();
        assert_eq!((row.status.as_str(), row.content), ("expired", None));
        ctx.clock().advance(Duration::days(40));
        purge(&SystemCtx::new(&app.app)).await.unwrap();
        for id in [one, two] {
            assert_eq!(repo::find(&ctx, id).await.unwrap(), None);
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_system_s_own_mails_are_in_nobody_s_list() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let own = server(&app.app, "test");
        let tx = own.begin().await.unwrap();
        let id = posted(&own, &tx).await;
        tx.commit().await.unwrap();
        assert!(repo::find(&own, id).await.unwrap().is_some());
        let page = Page::default();
        assert_eq!(list(&ctx, &page, false).await.unwrap().edges, []);
        assert_eq!(get(&ctx, id).await.unwrap_err().code, ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}
