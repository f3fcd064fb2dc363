//! Tests of what happens with a request: the letters about it, and its end.

use super::*;

/// To whom a kind of letter was written, and what became of it, in the order of the recipients.
async fn told(ctx: &Ctx, kind: &str) -> Vec<(String, String)> {
    let mails = ctx.all(mail::entity::Entity::in_org(ctx)).await.unwrap();
    let those = mails.into_iter().filter(|row| row.kind == kind);
    let mut told: Vec<_> = those.map(|row| (row.recipient, row.status)).collect();
    told.sort();
    told
}

fn to(address: &str, status: &str) -> (String, String) {
    (address.to_owned(), status.to_owned())
}

#[tokio::test]
async fn r25_those_who_may_decide_and_whoever_requested_get_letters_unless_they_unsubscribed() {
    on_each_database(|app| async move {
        let app = app.with_mail().await;
        let (owner, _) = app.owner().await;
        let (admin, _) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let (dev, _) = app
            .member(&owner, Role::Developer, "dee@example.test")
            .await;
        app.member(&owner, Role::Admin, "cy@example.test").await;
        app.member(&owner, Role::Developer, "eve@example.test")
            .await;
        let (fay, _) = app.member(&owner, Role::Admin, "fay@example.test").await;
        app.verify_addresses().await;
        // Nobody has proved who reads the mail of this address.
        app.member(&owner, Role::Admin, "gus@example.test").await;
        let link = mail::unsubscribe_link(&owner, fay.actor.id.unwrap()).unwrap();
        let (_, token) = link.rsplit_once('/').unwrap();
        mail::set_wanted(&app.app, token, false, "test")
            .await
            .unwrap();
        let one = pipeline(&owner).await;
        grants::create(&owner, &on(Object::Pipeline(one), &dev, Role::Admin))
            .await
            .unwrap();
        set_second_person(&owner, true).await.unwrap();
        let system = Ctx {
            org: owner.org,
            ..Ctx::of_server(&owner.app, "test", "test")
        };

        let request = publish(&admin, one, PRODUCTION, 1).await.unwrap();
        for _ in 0..2 {
            letters::to_deciders(&system, request.id).await.unwrap();
        }
        let deciders = ["cy@example.test", "dee@example.test"];
        assert_eq!(
            told(&owner, "publication_requested").await,
            deciders.map(|address| to(address, "queued")),
            "once, not to the requester, not to who has unsubscribed, and to verified addresses only"
        );
        approve(&owner, request.id).await.unwrap();
        assert_eq!(
            told(&owner, "publication_requested").await,
            deciders.map(|address| to(address, "expired")),
            "what was not sent yet is withdrawn"
        );
        let decided = [to("bo@example.test", "queued")];
        assert_eq!(told(&owner, "publication_decided").await, decided);

        let withdrawn = publish(&admin, one, PRODUCTION, 2).await.unwrap();
        refuse(&admin, withdrawn.id).await.unwrap();
        letters::to_deciders(&system, withdrawn.id).await.unwrap();
        assert_eq!(told(&owner, "publication_requested").await.len(), 2);
        assert_eq!(told(&owner, "publication_decided").await, decided);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r25_letters_go_to_nobody_who_has_left_or_has_not_verified_their_address() {
    on_each_database(|app| async move {
        let app = app.with_mail().await;
        let (owner, _) = app.owner().await;
        let (admin, _) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let (cy, _) = app.member(&owner, Role::Admin, "cy@example.test").await;
        let (other, _) = app.member(&owner, Role::Owner, "di@example.test").await;
        let one = pipeline(&owner).await;
        set_second_person(&owner, true).await.unwrap();
        let system = Ctx {
            org: owner.org,
            ..Ctx::of_server(&owner.app, "test", "test")
        };
        let request = publish(&admin, one, PRODUCTION, 1).await.unwrap();
        letters::to_deciders(&system, request.id).await.unwrap();
        assert_eq!(told(&owner, "publication_requested").await, []);
        approve(&owner, request.id).await.unwrap();
        assert_eq!(told(&owner, "publication_decided").await, []);
        set_second_person(&admin, false).await.unwrap();
        // An alarm: no owner has verified an address, and nobody would get it.
        let alarm = [to("di@example.test", "queued")];
        assert_eq!(told(&owner, "second_person_off").await, alarm);

        app.verify_addresses().await;
        set_second_person(&owner, true).await.unwrap();
        let request = publish(&admin, one, PRODUCTION, 2).await.unwrap();
        letters::to_deciders(&system, request.id).await.unwrap();
        let asked = ["cy@example.test", "di@example.test"];
        assert_eq!(
            told(&owner, "publication_requested").await,
            asked.map(|address| to(address, "queued"))
        );
        // A letter that waits is not sent to who has left.
        members::remove(&owner, UserId(cy.actor.id.unwrap()))
            .await
            .unwrap();
        assert_eq!(
            told(&owner, "publication_requested").await,
            [to(asked[0], "expired"), to(asked[1], "queued")]
        );
        approve(&other, request.id).await.unwrap();
        let decided = [to("bo@example.test", "queued")];
        assert_eq!(told(&owner, "publication_decided").await, decided);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_waits_is_not_sent_to_who_has_lost_the_right_to_it() {
    on_each_database(|app| async move {
        let app = app.with_mail().await;
        let (owner, _) = app.owner().await;
        let (admin, _) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let (cy, _) = app.member(&owner, Role::Admin, "cy@example.test").await;
        app.verify_addresses().await;
        let one = pipeline(&owner).await;
        set_second_person(&owner, true).await.unwrap();
        let system = Ctx {
            org: owner.org,
            ..Ctx::of_server(&owner.app, "test", "test")
        };
        let request = publish(&admin, one, PRODUCTION, 1).await.unwrap();
        letters::to_deciders(&system, request.id).await.unwrap();
        let lost = async |address: &str, kind: &str| {
            let mails = mail::entity::Entity::in_org(&owner);
            let mails = owner.all(mails).await.unwrap();
            let mut mails = mails.into_iter();
            let row = mails.find(|row| row.recipient == address && row.kind == kind);
            mail::lost_right(&system, &row.unwrap()).await.unwrap()
        };
        let (asks, to_cy) = ("publication_requested", "cy@example.test");
        assert_eq!(lost(to_cy, asks).await, None);
        let user = UserId(cy.actor.id.unwrap());
        members::change_role(&owner, user, Role::Viewer)
            .await
            .unwrap();
        let reason = lost(to_cy, asks).await.unwrap();
        assert!(reason.contains("no longer decide"), "{reason}");
        grants::create(&owner, &on(Object::Pipeline(one), &cy, Role::Admin))
            .await
            .unwrap();
        assert_eq!(lost(to_cy, asks).await, None);

        approve(&owner, request.id).await.unwrap();
        let (says, to_bo) = ("publication_decided", "bo@example.test");
        assert_eq!(lost(to_bo, says).await, None);
        let user = UserId(admin.actor.id.unwrap());
        members::change_role(&owner, user, Role::Billing)
            .await
            .unwrap();
        let reason = lost(to_bo, says).await.unwrap();
        assert!(reason.contains("view pipelines"), "{reason}");
        members::remove(&owner, user).await.unwrap();
        let reason = lost(to_bo, says).await.unwrap();
        assert!(reason.contains("no longer the address"), "{reason}");
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn that_a_request_expires_is_written_to_the_audit_log_once() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let one = pipeline(&owner).await;
        set_second_person(&owner, true).await.unwrap();
        let request = publish(&owner, one, PRODUCTION, 1).await.unwrap();
        let system = crate::SystemCtx::new(&app.app);
        assert_eq!(expire(&system).await.unwrap(), 0);
        app.app.clock().advance(WAITS);
        assert_eq!(expire(&system).await.unwrap(), 1);
        assert_eq!(expire(&system).await.unwrap(), 0);
        let seen = get(&owner, request.id).await.unwrap();
        assert_eq!(seen.status, PublicationStatus::Expired);
        assert_eq!(
            actions(&owner, "publication").await,
            ["publication.request", "publication.expire"]
        );
        let log = audit::list(&owner, 1).await.unwrap();
        assert_eq!(log[0].actor_kind, ActorKind::System.as_str());
        let late = refuse(&owner, request.id).await.unwrap_err();
        assert_eq!(late.code, ErrorCode::Conflict);
        let again = publish(&owner, one, PRODUCTION, 1).await.unwrap();
        assert_eq!(again.status, PublicationStatus::Requested);
        app.close().await;
    })
    .await;
}
