//! Tests of memberships on both databases: who may change whom, and what the end of one revokes.

use types::{ErrorCode, UserId};

use super::*;
use crate::{
    access::PermissionSet,
    identity::{
        self, Credential, InvitationLink, Invitee, KeyGrant, KeyLimits, KeyTerms, Visitor, scim,
    },
    mail::Language,
    service_accounts::{self, AccountTerms},
    testing::on_each_database,
};

/// The token of a new invitation.
async fn invite(by: &Ctx, role: Role) -> Result<String> {
    let (_, link) = identity::create_invitation(by, role, None, Language::English).await?;
    match link {
        InvitationLink::Token(token) => Ok(token),
        InvitationLink::Sent => panic!("sent to nobody"),
    }
}

fn user(ctx: &Ctx) -> UserId {
    UserId(ctx.actor.id.unwrap())
}

#[tokio::test]
async fn a_removed_member_loses_the_organization_and_their_keys_at_once() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let all = list(&owner, &Page::default()).await.unwrap();
        assert_eq!(all.edges.len(), 2);
        let (_, key) = identity::create_api_key(&bo, "ci", Role::Viewer)
            .await
            .unwrap();
        let by_key =
            |org| identity::authenticate(&app.app, Credential::ApiKey(&key), Some(org), "test");
        by_key(owner.org).await.unwrap();
        let own = remove(&owner, user(&owner)).await.unwrap_err();
        assert_eq!(own.code, ErrorCode::Conflict);

        remove(&owner, user(&bo)).await.unwrap();
        let credential = Credential::Session(&session);
        let gone = identity::authenticate(&app.app, credential, Some(owner.org), "test").await;
        assert_eq!(gone.unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(
            by_key(owner.org).await.unwrap_err().code,
            ErrorCode::Unauthenticated
        );
        let again = remove(&owner, user(&bo)).await.unwrap_err();
        assert_eq!(again.code, ErrorCode::NotFound);

        // The key stays revoked when the person joins again.
        let token = invite(&owner, Role::Developer).await.unwrap();
        let back = Invitee::SignedIn(&session);
        identity::accept_invitation(&app.app, &token, back, Visitor::default(), "test")
            .await
            .unwrap();
        assert_eq!(
            by_key(owner.org).await.unwrap_err().code,
            ErrorCode::Unauthenticated
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_member_created_and_leaves_behind_is_listed_as_far_as_the_caller_may_see_it() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let by_bo = app.session(&session).await;
        assert!(creations(&owner, user(&bo)).await.unwrap().is_empty());
        let token = scim::NewScimToken {
            name: "Okta".to_owned(),
            expires_at: None,
        };
        let (token, _) = scim::create_scim_token(&by_bo, token).await.unwrap();
        let account = AccountTerms {
            name: "Deploy".to_owned(),
            description: String::new(),
            role: Role::Developer.into(),
            disabled: false,
        };
        let account = service_accounts::create(&by_bo, &account).await.unwrap();
        let terms = KeyTerms {
            grant: KeyGrant::Role(Role::Developer),
            limits: KeyLimits::default(),
            service_account: Some(account.id),
        };
        identity::create_api_key(&by_bo, "nightly", terms)
            .await
            .unwrap();
        // A key of their own ends with the membership.
        identity::create_api_key(&by_bo, "own", Role::Viewer)
            .await
            .unwrap();

        let of = |kind, name: &str| Creation {
            kind,
            name: name.to_owned(),
        };
        let key = of(CreationKind::ServiceAccountKey, "nightly");
        let both = [of(CreationKind::ScimToken, "Okta"), key.clone()];
        assert_eq!(creations(&owner, user(&bo)).await.unwrap(), both);
        assert!(creations(&owner, user(&owner)).await.unwrap().is_empty());
        let manages = PermissionSet::from_iter([Permission::MemberManage]);
        let less = Ctx {
            rights: manages.into(),
            ..owner.clone()
        };
        assert!(creations(&less, user(&bo)).await.unwrap().is_empty());
        let nobody = creations(&owner, UserId::new(owner.clock())).await;
        assert_eq!(nobody.unwrap_err().code, ErrorCode::NotFound);

        scim::revoke_scim_token(&owner, token.id).await.unwrap();
        assert_eq!(creations(&owner, user(&bo)).await.unwrap(), [key]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r05_nobody_grants_or_changes_a_role_with_permissions_that_they_lack() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (admin, _) = app.member(&owner, Role::Admin, "admin@example.test").await;
        let (bo, _) = app.member(&owner, Role::Developer, "bo@example.test").await;
        // An admin whose role has lost a permission that developers have.
        let fewer = PermissionSet::from_iter([Permission::MemberRead, Permission::MemberManage]);
        let less = Ctx {
            rights: fewer.into(),
            ..admin.clone()
        };
        let up = change_role(&less, user(&bo), Role::Viewer)
            .await
            .unwrap_err();
        assert_eq!(up.code, ErrorCode::Forbidden);
        assert_eq!(
            remove(&less, user(&bo)).await.unwrap_err().code,
            ErrorCode::Forbidden
        );
        let taken = transfer_ownership(&less, user(&bo)).await.unwrap_err();
        assert_eq!(taken.code, ErrorCode::Forbidden);
        let refused = invite(&less, Role::Developer).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        let log = audit::list(&owner, 100).await.unwrap();
        let refusals = log.iter().filter(|row| row.action == "access.refused");
        assert_eq!(refusals.count(), 4, "each is in the audit log");

        let changed = change_role(&admin, user(&bo), Role::Viewer).await.unwrap();
        assert_eq!(changed.role, Role::Viewer.into());
        let refused = change_role(&bo, user(&admin), Role::Viewer)
            .await
            .unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r05_only_an_owner_grants_takes_or_transfers_ownership() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (admin, _) = app.member(&owner, Role::Admin, "admin@example.test").await;
        let (bo, _) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let refused = [
            change_role(&admin, user(&admin), Role::Owner).await.err(),
            change_role(&admin, user(&bo), Role::Owner).await.err(),
            change_role(&admin, user(&owner), Role::Viewer).await.err(),
            remove(&admin, user(&owner)).await.err(),
            transfer_ownership(&admin, user(&admin)).await.err(),
            invite(&admin, Role::Owner).await.err(),
        ];
        for (at, error) in refused.into_iter().enumerate() {
            let code = error.map(|error| error.code);
            assert_eq!(code, Some(ErrorCode::Forbidden), "{at}");
        }
        let still = get(&owner, user(&owner)).await.unwrap();
        assert_eq!(still.role, Role::Owner.into());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r06_an_organization_keeps_an_owner_even_if_two_leave_at_once() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let alone = leave(&owner).await.unwrap_err();
        assert_eq!(alone.code, ErrorCode::Conflict);
        let demoted = change_role(&owner, user(&owner), Role::Admin)
            .await
            .unwrap_err();
        assert_eq!(demoted.code, ErrorCode::Conflict);

        let (bo, _) = app.member(&owner, Role::Owner, "bo@example.test").await;
        let (first, second) = tokio::join!(leave(&owner), leave(&bo));
        let (left, stayed) = match (&first, &second) {
            (Ok(()), Err(error)) => (&owner, error),
            (Err(error), Ok(())) => (&bo, error),
            both => panic!("{both:?}"),
        };
        assert_eq!(stayed.code, ErrorCode::Conflict);
        let rest = if left.actor.id == owner.actor.id {
            &bo
        } else {
            &owner
        };
        let members = list(rest, &Page::default()).await.unwrap();
        let roles: Vec<AssignedRole> = members
            .edges
            .iter()
            .map(|(_, member)| member.role.clone())
            .collect();
        assert_eq!(roles, [Role::Owner.into()]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_transfer_makes_the_member_an_owner_and_the_caller_an_admin() {
    on_each_database(|app| async move {
        let (owner, token) = app.owner().await;
        let (bo, _) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let member = transfer_ownership(&owner, user(&bo)).await.unwrap();
        assert_eq!(member.role, Role::Owner.into());
        let credential = Credential::Session(&token);
        let now = identity::authenticate(&app.app, credential, Some(owner.org), "test")
            .await
            .unwrap();
        assert_eq!(now.rights, Role::Admin.into());
        leave(&now).await.unwrap();
        let left = list(&bo, &Page::default()).await.unwrap();
        assert_eq!(left.edges.len(), 1);
        app.close().await;
    })
    .await;
}

/// Two requests of one owner, both authenticated before either has an effect.
#[tokio::test]
async fn r13_rights_that_a_change_took_away_allow_no_second_change() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, _) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let (cy, _) = app.member(&owner, Role::Viewer, "cy@example.test").await;
        let (first, second) = tokio::join!(
            transfer_ownership(&owner, user(&bo)),
            transfer_ownership(&owner, user(&cy)),
        );
        let refused = match (first, second) {
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
            both => panic!("{both:?}"),
        };
        assert_eq!(refused.code, ErrorCode::Forbidden);
        // The former owner is an admin now, whatever rights the request had.
        let late = change_role(&owner, user(&owner), Role::Owner).await;
        assert_eq!(late.unwrap_err().code, ErrorCode::Forbidden);
        let log = audit::list(&owner, 100).await.unwrap();
        let refusals = log.iter().filter(|row| row.action == "access.refused");
        assert_eq!(refusals.count(), 2);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn members_are_found_by_a_part_of_their_name_or_address_whatever_its_case_and_accents() {
    on_each_database(|app| async move {
        let (owner, session) = app.owner().await;
        for (name, email) in [
            ("Zoë Łukasz", "zoe@example.test"),
            ("100% Bo_b", "bo.b@example.test"),
            ("Ann", "a+news@other.example"),
        ] {
            let token = invite(&owner, Role::Viewer).await.unwrap();
            let invitee = Invitee::Account {
                name,
                email,
                password: "correct horse",
            };
            identity::accept_invitation(&app.app, &token, invitee, Visitor::default(), "test")
                .await
                .unwrap();
        }
        let found = async |ctx: &Ctx, search: &str| {
            let all = find(ctx, &Page::default(), Some(search)).await.unwrap();
            let names = all.edges.into_iter().map(|(_, member)| member.name);
            names.collect::<Vec<String>>()
        };
        for (search, name) in [
            ("zoe", "Zoë Łukasz"),
            ("LUKASZ", "Zoë Łukasz"),
            ("0% bo_", "100% Bo_b"),
            ("BO.B@", "100% Bo_b"),
            ("other.example", "Ann"),
            ("  A+News ", "Ann"),
        ] {
            assert_eq!(found(&owner, search).await, [name], "{search}");
        }
        for nothing in ["x%y", "zoe@example.test.", "zo_"] {
            assert_eq!(found(&owner, nothing).await, Vec::<String>::new());
        }
        let some = find(
            &owner,
            &Page {
                first: Some(1),
                after: None,
            },
            Some("EXAMPLE"),
        )
        .await;
        let some = some.unwrap();
        assert!(some.has_next);
        let after = Some(some.edges[0].0.clone());
        let other = Page { first: None, after };
        let rest = find(&owner, &other, Some("EXAMPLE")).await.unwrap();
        assert_eq!(rest.edges.len(), 2);
        // A cursor is for its search only.
        let refused = find(&owner, &other, Some("zoe")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidInput);
        assert!(find(&owner, &other, Some("a\u{0}b")).await.is_err());
        let elsewhere = app.elsewhere(&owner, &session).await;
        assert_eq!(found(&elsewhere, "zoe").await, Vec::<String>::new());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_changed_name_is_found_and_the_old_one_is_not() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let change = identity::ProfileChange {
            name: Some("Grüße".to_owned()),
            ..Default::default()
        };
        identity::update_profile(&owner, change).await.unwrap();
        let page = Page::default();
        let found = find(&owner, &page, Some("GRUSSE")).await.unwrap();
        assert_eq!(found.edges.len(), 1);
        let all = list(&owner, &page).await.unwrap();
        assert_eq!(all.edges.len(), 1);
        app.close().await;
    })
    .await;
}
