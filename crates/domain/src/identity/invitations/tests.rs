//! Tests of invitations on both databases: who can accept them, and what invalidates a link.

use types::ErrorCode;

use super::*;
use crate::{
    App, Tx,
    access::{PermissionSet, Role},
    identity::{self, Credential, Visitor},
    members,
    roles::Definition,
    testing::{TestApp, on_each_database},
};

/// Creates an invitation whose inviter gets the link, because this server sends no mail.
async fn create_invitation(
    ctx: &Ctx,
    role: impl Into<RoleChoice>,
    email: Option<&str>,
) -> Result<(Invitation, String)> {
    let made = super::create_invitation(ctx, role, email, Language::English).await?;
    Ok((made.0, token(made.1)))
}

async fn renew_invitation(ctx: &Ctx, id: InvitationId) -> Result<(Invitation, String)> {
    let (renewed, link) = super::renew_invitation(ctx, id, Language::English).await?;
    Ok((renewed, token(link)))
}

fn token(link: InvitationLink) -> String {
    match link {
        InvitationLink::Token(token) => token,
        InvitationLink::Sent => panic!("sent, although there is no mail server"),
    }
}

async fn accept(app: &App, token: &str, invitee: Invitee<'_>) -> Result<Accepted> {
    accept_invitation(app, token, invitee, Visitor::default(), "test").await
}

const fn account(email: &str) -> Invitee<'_> {
    Invitee::Account {
        name: "Bo",
        email,
        password: "correct horse",
    }
}

async fn expired(ctx: &Ctx, id: InvitationId) {
    let tx: Tx = ctx.begin().await.unwrap();
    let sql = "UPDATE invitations SET expires_at = created_at WHERE org_id = $1 AND id = $2";
    tx.execute(sql, [ctx.org.0.into(), id.0.into()])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn r04_a_link_works_once_for_a_new_account_and_for_one_that_signs_in() {
    on_each_database(|app| async move {
        let (owner, session) = app.owner().await;
        let (invitation, token) = create_invitation(&owner, Role::Developer, None)
            .await
            .unwrap();
        let preview = preview_invitation(&app.app, &token, Visitor::default())
            .await
            .unwrap();
        assert_eq!(preview.role, Role::Developer.into());
        let first = accept(&app.app, &token, account("bo@example.test"))
            .await
            .unwrap();
        let bo = first.signed_in.unwrap();
        assert_eq!(first.org, owner.org);
        let again = accept(&app.app, &token, account("eve@example.test")).await;
        assert_eq!(again.unwrap_err().code, ErrorCode::NotFound);
        let ended = get_invitation(&owner, invitation.id).await.unwrap();
        assert_eq!(ended.status, InvitationStatus::Accepted);
        assert!(revoke_invitation(&owner, invitation.id).await.is_err());

        // Another organization invites the same person: by their password, or signed in.
        let b = app.elsewhere(&owner, &session).await;
        let (_, token) = create_invitation(&b, Role::Viewer, None).await.unwrap();
        let wrong = Invitee::Account {
            name: "Bo",
            email: "bo@example.test",
            password: "wrong horse",
        };
        let refused = accept(&app.app, &token, wrong).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Unauthenticated);
        accept(&app.app, &token, account("BO@example.test"))
            .await
            .unwrap();
        let (_, token) = create_invitation(&b, Role::Viewer, None).await.unwrap();
        let member = accept(&app.app, &token, Invitee::SignedIn(&bo.token)).await;
        assert_eq!(member.unwrap_err().code, ErrorCode::Conflict);
        let credential = Credential::Session(&bo.token);
        let ctx = identity::authenticate(&app.app, credential, Some(b.org), "test")
            .await
            .unwrap();
        assert_eq!(ctx.rights, Role::Viewer.into());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s13_an_invitation_does_not_tell_by_a_short_password_whether_an_address_has_an_account() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        app.member(&owner, Role::Viewer, "bo@example.test").await;
        let (_, token) = create_invitation(&owner, Role::Viewer, None).await.unwrap();
        let refused = async |email: &str, password: &str| {
            let invitee = Invitee::Account {
                name: "Bo",
                email,
                password,
            };
            accept(&app.app, &token, invitee).await.unwrap_err()
        };
        for password in ["", "short", "password123"] {
            let known = refused("bo@example.test", password).await;
            let unknown = refused("nobody@example.test", password).await;
            assert_eq!(known, unknown, "{password}");
            assert_eq!(known.code, ErrorCode::InvalidInput, "{password}");
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r04_a_link_to_an_address_is_for_that_account_only() {
    on_each_database(|app| async move {
        let (owner, session) = app.owner().await;
        let email = Some("Bo@Example.test");
        let (_, token) = create_invitation(&owner, Role::Viewer, email)
            .await
            .unwrap();
        for invitee in [account("eve@example.test"), Invitee::SignedIn(&session)] {
            let refused = accept(&app.app, &token, invitee).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::Forbidden);
        }
        let log = audit::list(&owner, 100).await.unwrap();
        let refusals: Vec<_> = log
            .iter()
            .filter(|row| row.action == "invitation.refused")
            .map(|row| row.actor_id)
            .collect();
        assert_eq!(refusals, [owner.actor.id, None], "each is in the audit log");
        accept(&app.app, &token, account("bo@example.test"))
            .await
            .unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r04_a_link_ends_when_it_is_revoked_replaced_or_too_old_or_its_sender_may_no_longer_invite()
{
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let ended = |token: String| {
            let app: &TestApp = &app;
            async move {
                let refused = accept(&app.app, &token, account("x@example.test")).await;
                let preview = preview_invitation(&app.app, &token, Visitor::default()).await;
                let (refused, preview) = (refused.unwrap_err(), preview.unwrap_err());
                assert_eq!(refused, preview);
                assert_eq!(refused, InvitationError::Ended.into());
            }
        };
        ended("fmi_x".to_owned()).await;
        ended(secret::new(secret::INVITATION)).await;
        let (one, token) = create_invitation(&owner, Role::Viewer, None).await.unwrap();
        let revoked = revoke_invitation(&owner, one.id).await.unwrap();
        assert_eq!(revoked.status, InvitationStatus::Revoked);
        ended(token).await;
        let again = revoke_invitation(&owner, one.id).await.unwrap();
        assert_eq!(again.status, InvitationStatus::Revoked);
        let renewed = renew_invitation(&owner, one.id).await.unwrap_err();
        assert_eq!(renewed.code, ErrorCode::Conflict);

        let (two, old) = create_invitation(&owner, Role::Viewer, None).await.unwrap();
        expired(&owner, two.id).await;
        let waits = get_invitation(&owner, two.id).await.unwrap();
        assert_eq!(waits.status, InvitationStatus::Expired);
        ended(old.clone()).await;
        let (fresh, new) = renew_invitation(&owner, two.id).await.unwrap();
        assert_eq!(fresh.status, InvitationStatus::Open);
        ended(old).await;
        let first = accept(&app.app, &new, account("admin@example.test"))
            .await
            .unwrap();

        // A viewer cannot invite; the open links of an admin who becomes a viewer are invalid.
        let admin = first.signed_in.unwrap();
        let user = admin.user;
        members::change_role(&owner, user, Role::Admin)
            .await
            .unwrap();
        let credential = Credential::Session(&admin.token);
        let admin = identity::authenticate(&app.app, credential, None, "test")
            .await
            .unwrap();
        let (_, token) = create_invitation(&admin, Role::Viewer, None).await.unwrap();
        members::change_role(&owner, user, Role::Viewer)
            .await
            .unwrap();
        ended(token).await;
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn two_who_accept_one_link_at_once_make_one_member() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (_, token) = create_invitation(&owner, Role::Viewer, None).await.unwrap();
        let (a, b) = tokio::join!(
            accept(&app.app, &token, account("a@example.test")),
            accept(&app.app, &token, account("b@example.test")),
        );
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        let page = crate::paging::Page::default();
        let all = members::list(&owner, &page).await.unwrap();
        assert_eq!(all.edges.len(), 2);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn two_links_accepted_at_once_with_one_new_address_make_one_account() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (_, one) = create_invitation(&owner, Role::Viewer, None).await.unwrap();
        let (_, two) = create_invitation(&owner, Role::Viewer, None).await.unwrap();
        let (a, b) = tokio::join!(
            accept(&app.app, &one, account("bo@example.test")),
            accept(&app.app, &two, account("bo@example.test")),
        );
        let refused = match (a, b) {
            (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused.code, ErrorCode::Conflict);
        let page = crate::paging::Page::default();
        let all = members::list(&owner, &page).await.unwrap();
        assert_eq!(all.edges.len(), 2);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_number_of_open_invitations_is_limited() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (first, _) = create_invitation(&owner, Role::Viewer, None).await.unwrap();
        for _ in 1..MOST_OPEN {
            create_invitation(&owner, Role::Viewer, None).await.unwrap();
        }
        let full = create_invitation(&owner, Role::Viewer, None).await;
        assert_eq!(full.unwrap_err().code, ErrorCode::QuotaExceeded);
        revoke_invitation(&owner, first.id).await.unwrap();
        create_invitation(&owner, Role::Viewer, None).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r05_nobody_revokes_an_invitation_to_a_role_above_their_own() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (admin, _) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let (above, token) = create_invitation(&owner, Role::Owner, None).await.unwrap();
        let refused = revoke_invitation(&admin, above.id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        accept(&app.app, &token, account("eve@example.test"))
            .await
            .unwrap();
        // Those to their own role and below, whoever invited.
        let (same, _) = create_invitation(&owner, Role::Admin, None).await.unwrap();
        let revoked = revoke_invitation(&admin, same.id).await.unwrap();
        assert_eq!(revoked.status, InvitationStatus::Revoked);
        app.close().await;
    })
    .await;
}

async fn defined(ctx: &Ctx, name: &str, permissions: &[Permission]) -> RoleChoice {
    let definition = Definition {
        name: name.to_owned(),
        description: String::new(),
        permissions: permissions.iter().copied().collect::<PermissionSet>(),
    };
    RoleChoice::Custom(roles::create(ctx, &definition).await.unwrap().id)
}

const fn id(role: RoleChoice) -> types::RoleId {
    match role {
        RoleChoice::Custom(id) => id,
        RoleChoice::BuiltIn(_) => panic!("a built-in role"),
    }
}

#[tokio::test]
async fn r04_an_invitation_gives_a_role_of_the_organization_s_own_as_it_is_when_it_is_accepted() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let role = defined(&owner, "Reader", &[Permission::PipelineRead]).await;
        let (invitation, token) = create_invitation(&owner, role, None).await.unwrap();
        assert_eq!(invitation.role.unwrap().to_string(), "Reader");
        let more = Definition {
            name: "Readers".to_owned(),
            description: String::new(),
            permissions: [Permission::PipelineRead, Permission::RunRead]
                .into_iter()
                .collect(),
        };
        roles::update(&owner, id(role), &more).await.unwrap();
        let preview = preview_invitation(&app.app, &token, Visitor::default()).await;
        assert_eq!(preview.unwrap().role.to_string(), "Readers");
        let accepted = accept(&app.app, &token, account("bo@example.test")).await;
        let bo = accepted.unwrap().signed_in.unwrap();
        let ctx = app.session(&bo.token).await;
        let given = more.permissions.or(PermissionSet::OF_EVERY_MEMBER);
        assert_eq!(ctx.rights.permissions, given);
        let member = members::get(&owner, bo.user).await.unwrap();
        assert_eq!(member.role.custom().unwrap().id, id(role));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r04_nobody_invites_with_a_role_of_the_organization_s_own_that_exceeds_theirs() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (admin, _) = app.almost_admin(&owner, "bo@example.test").await;
        let above = defined(&owner, "Auditor", &[Permission::AuditRead]).await;
        let refused = create_invitation(&admin, above, None).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        let text = &refused.message;
        assert!(text.contains("audit.read"), "{text}");
        let (invitation, token) = create_invitation(&owner, above, None).await.unwrap();
        let refused = renew_invitation(&admin, invitation.id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        let refused = revoke_invitation(&admin, invitation.id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);

        // What a role gets later counts, too: the inviter no longer covers it.
        let role = defined(&owner, "Plain", &[Permission::RunRead]).await;
        let (_, plain) = create_invitation(&admin, role, None).await.unwrap();
        let raised = Definition {
            name: "Plain".to_owned(),
            description: String::new(),
            permissions: [Permission::AuditRead].into_iter().collect(),
        };
        roles::update(&owner, id(role), &raised).await.unwrap();
        let ended = accept(&app.app, &plain, account("eve@example.test")).await;
        assert_eq!(ended.unwrap_err().code, ErrorCode::NotFound);
        accept(&app.app, &token, account("eve@example.test"))
            .await
            .unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_role_that_an_open_invitation_gives_is_not_deleted() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let role = defined(&owner, "Reader", &[Permission::PipelineRead]).await;
        let (open, _) = create_invitation(&owner, role, None).await.unwrap();
        let used = roles::delete(&owner, id(role)).await.unwrap_err();
        assert_eq!(used.code, ErrorCode::Conflict);
        assert!(used.message.contains("invitation"), "{}", used.message);

        // One that has expired gives nothing, and is not renewed without its role.
        expired(&owner, open.id).await;
        roles::delete(&owner, id(role)).await.unwrap();
        let shown = get_invitation(&owner, open.id).await.unwrap();
        assert_eq!(
            (shown.role, shown.status),
            (None, InvitationStatus::Expired)
        );
        let page = Page::default();
        assert_eq!(
            list_invitations(&owner, &page).await.unwrap().edges.len(),
            1
        );
        let refused = renew_invitation(&owner, open.id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Conflict);
        let gone = create_invitation(&owner, role, None).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);
        revoke_invitation(&owner, open.id).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r27_a_guest_s_invitation_is_renewed_only_by_who_may_name_guests_with_a_fresh_proof() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let less = PermissionSet::from_iter([Permission::SsoManage]);
        let definition = Definition {
            name: "Reception".to_owned(),
            description: String::new(),
            permissions: Role::Admin.permissions().without(less),
        };
        let role = roles::create(&owner, &definition).await.unwrap();
        let bo = types::UserId(bo.actor.id.unwrap());
        members::change_role(&owner, bo, RoleChoice::Custom(role.id))
            .await
            .unwrap();
        let bo = app.session(&session).await;
        let english = Language::English;
        let guest = create_guest_invitation(&owner, Role::Viewer, None, english).await;
        let (guest, _) = guest.unwrap();
        let (plain, _) = create_invitation(&owner, Role::Viewer, None).await.unwrap();

        let refused = renew_invitation(&bo, guest.id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        renew_invitation(&bo, plain.id).await.unwrap();
        let stale = Ctx {
            proved_at: None,
            ..owner.clone()
        };
        let refused = renew_invitation(&stale, guest.id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::StepUpRequired);
        renew_invitation(&owner, guest.id).await.unwrap();
        app.close().await;
    })
    .await;
}
