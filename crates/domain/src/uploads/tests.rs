//! Uploads on both databases. The HTTP endpoint is tested in the integration suite.

use types::ErrorCode;

use super::*;
use crate::{
    SystemCtx,
    access::Role,
    identity::{self, Credential},
    testing::{TestApp, on_each_database},
};

async fn send(ctx: &Ctx, name: &str, bytes: &[u8]) -> Result<Upload> {
    let mut upload = begin(ctx, name, "text/plain", None).await?;
    for chunk in bytes.chunks(100_000) {
        upload.push(chunk).await?;
    }
    upload.finish().await
}

#[tokio::test]
async fn a_file_comes_back_byte_by_byte_until_it_expires() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let elsewhere = app.elsewhere(&ctx, &token).await;
        // More than one part, and not a whole number of them.
        let bytes: Vec<u8> = (0..1_200_000u32).map(|n| (n % 251) as u8).collect();
        let upload = send(&ctx, "C:\\files\\a.bin", &bytes).await.unwrap();
        assert_eq!((upload.name.as_str(), upload.size), ("a.bin", 1_200_000));
        let (again, read) = content(&ctx, upload.id).await.unwrap();
        assert_eq!((again, read), (upload.clone(), bytes));
        let foreign = content(&elsewhere, upload.id).await.unwrap_err();
        assert_eq!(foreign.code, ErrorCode::NotFound);

        let half = begin(&ctx, "b", "text/plain", Some(10)).await.unwrap();
        let id = UploadId(half.row.id);
        assert_eq!(
            content(&ctx, id).await.unwrap_err().code,
            ErrorCode::Conflict
        );
        half.abandon().await;
        assert_eq!(
            content(&ctx, id).await.unwrap_err().code,
            ErrorCode::NotFound
        );

        let system = SystemCtx::new(&app.app);
        // Uploads that are used are kept longer, up to a day.
        for _ in 0..4 {
            app.app.clock().advance(chrono::Duration::minutes(345));
            assert_eq!(purge(&system).await.unwrap(), 0);
            assert!(content(&ctx, upload.id).await.is_ok());
        }
        app.app.clock().advance(chrono::Duration::hours(1));
        let expired = content(&ctx, upload.id).await.unwrap_err();
        assert_eq!(expired.code, ErrorCode::UploadExpired);
        // An incomplete upload is removed after ten minutes.
        let mut left = begin(&ctx, "c", "text/plain", None).await.unwrap();
        left.push(&[0; 600_000]).await.unwrap();
        // An unused upload expires after six hours.
        let unused = send(&ctx, "unused", b"x").await.unwrap();
        app.app.clock().advance(chrono::Duration::minutes(359));
        assert_eq!(purge(&system).await.unwrap(), 2);
        app.app.clock().advance(chrono::Duration::minutes(1));
        assert_eq!(purge(&system).await.unwrap(), 1);
        let gone = content(&ctx, unused.id).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::UploadExpired);
        let late = left.finish().await.unwrap_err();
        assert_eq!(late.code, ErrorCode::Conflict);
        app.app.clock().advance(chrono::Duration::days(31));
        assert_eq!(purge(&system).await.unwrap(), 0);
        let forgotten = content(&ctx, upload.id).await.unwrap_err();
        assert_eq!(forgotten.code, ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}

async fn key(app: &TestApp, owner: &Ctx, name: &str) -> Ctx {
    let (_, secret) = identity::create_api_key(owner, name, Role::Developer)
        .await
        .unwrap();
    identity::authenticate(&app.app, Credential::ApiKey(&secret), None, "test")
        .await
        .unwrap()
}

#[tokio::test]
async fn members_who_may_send_files_may_delete_them() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let elsewhere = app.elsewhere(&ctx, &token).await;
        let upload = send(&ctx, "a.txt", b"hello").await.unwrap();
        let foreign = delete(&elsewhere, upload.id).await.unwrap_err();
        assert_eq!(foreign.code, ErrorCode::NotFound);
        let half = begin(&ctx, "b", "text/plain", Some(10)).await.unwrap();
        let early = delete(&ctx, UploadId(half.row.id)).await.unwrap_err();
        assert_eq!(early.code, ErrorCode::Conflict);
        half.abandon().await;

        // Another member or key that may send files can delete it too.
        let program = key(&app, &ctx, "a").await;
        delete(&program, upload.id).await.unwrap();
        for left in [
            content(&ctx, upload.id).await.err(),
            delete(&ctx, upload.id).await.err(),
        ] {
            assert_eq!(left.map(|error| error.code), Some(ErrorCode::NotFound));
        }
        let log = audit::list(&ctx, 10).await.unwrap();
        let row = log.iter().find(|row| row.action == "upload.delete");
        assert!(row.is_some_and(|row| row.detail.contains("a.txt")));

        let old = send(&ctx, "a.txt", b"hello").await.unwrap();
        app.app.clock().advance(chrono::Duration::hours(7));
        purge(&SystemCtx::new(&app.app)).await.unwrap();
        let expired = delete(&ctx, old.id).await.unwrap_err();
        assert_eq!(expired.code, ErrorCode::UploadExpired);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn one_key_cannot_take_all_slots_and_other_organizations_are_not_affected() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let elsewhere = app.elsewhere(&ctx, &token).await;
        let mut open = Vec::new();
        for (name, expected) in [("a", 8), ("b", 4), ("c", 2), ("d", 1), ("e", 1)] {
            let sender = key(&app, &ctx, name).await;
            for _ in 0..expected {
                open.push(begin(&sender, "a", "text/plain", None).await.unwrap());
            }
            let one_more = begin(&sender, "a", "text/plain", None).await.unwrap_err();
            assert_eq!(one_more.code, ErrorCode::RateLimited, "{name}");
        }
        assert_eq!(open.len() as i64, MAX_RECEIVING);
        let full = begin(&ctx, "a", "text/plain", None).await.unwrap_err();
        assert_eq!(full.code, ErrorCode::RateLimited);
        assert!(begin(&elsewhere, "a", "text/plain", None).await.is_ok());
        for upload in open {
            upload.abandon().await;
        }
        let mut long = begin(&ctx, "a", "text/plain", None).await.unwrap();
        let chunk = vec![1; 4 << 20];
        for _ in 0..8 {
            long.push(&chunk).await.unwrap();
        }
        let over = long.push(&[1]).await.unwrap_err();
        assert_eq!(over.code, ErrorCode::LimitExceeded);
        long.abandon().await;
        for (declared, code) in [
            (Some(MAX_BYTES + 1), ErrorCode::LimitExceeded),
            (Some(0), ErrorCode::InvalidInput),
        ] {
            let refused = begin(&ctx, "a", "text/plain", declared).await.unwrap_err();
            assert_eq!(refused.code, code);
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn uploads_over_the_organizations_quota_are_refused_until_some_are_gone() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let one = begin(&ctx, "a", "text/plain", Some(1)).await.unwrap();
        // A row without parts, because sending so many bytes would take long.
        let other = uuid::Uuid::new_v4();
        let row = entity::Model {
            id: UploadId::new(ctx.clock()).0,
            sender_id: Some(other),
            status: Status::Ready.as_str().to_owned(),
            size: (MAX_ORG_BYTES - 12) as i64,
            ..one.row.clone()
        };
        one.abandon().await;
        let tx = ctx.begin().await.unwrap();
        repo::insert(&tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        // Over the organization's limit, and over the sender's share of it.
        for (size, named) in [(13, "organization would have"), (7, "you would have")] {
            let over = begin(&ctx, "b", "text/plain", Some(size)).await;
            let over = over.unwrap_err();
            assert_eq!(over.code, ErrorCode::QuotaExceeded);
            assert!(over.message.contains(named), "{}", over.message);
        }
        let fits = begin(&ctx, "b", "text/plain", Some(6)).await.unwrap();
        fits.abandon().await;
        app.app.clock().advance(chrono::Duration::hours(25));
        assert!(begin(&ctx, "b", "text/plain", Some(7)).await.is_ok());
        app.close().await;
    })
    .await;
}
