//! Calls a real use case for each permission, with each role and each single permission.

use types::{
    ErrorCode, GrantId, InvitationId, JobId, MailId, PipelineId, RoleId, RunId, TeamId, UserId,
};

use crate::{
    Ctx,
    access::{Environment, Permission, PermissionSet, Role},
    audit,
    error::AppError,
    grants, identity, mail, members, organizations,
    paging::Page,
    pipelines, publications, queue, roles, runs, service_accounts, teams,
    testing::on_each_database,
    triggers,
};

/// Calls a use case that requires the permission. A caller who has it gets any result but
/// FORBIDDEN.
async fn used(ctx: &Ctx, permission: Permission) -> Result<(), AppError> {
    let run = RunId::new(ctx.clock());
    match permission {
        Permission::OrganizationRead => organizations::get(ctx).await.map(drop),
        Permission::OrganizationCreate => organizations::create(ctx, "another").await.map(drop),
        Permission::OrganizationUpdate => organizations::rename(ctx, "renamed").await.map(drop),
        Permission::OrganizationTransfer => {
            let nobody = UserId::new(ctx.clock());
            members::transfer_ownership(ctx, nobody).await.map(drop)
        }
        Permission::MemberRead => members::list(ctx, &Page::default()).await.map(drop),
        Permission::MemberManage => {
            let id = InvitationId::new(ctx.clock());
            identity::revoke_invitation(ctx, id).await.map(drop)
        }
        Permission::RoleManage => {
            let id = RoleId::new(ctx.clock());
            roles::delete(ctx, id).await
        }
        Permission::TeamManage => {
            let id = TeamId::new(ctx.clock());
            teams::delete(ctx, id).await
        }
        Permission::GrantManage => {
            let id = GrantId::new(ctx.clock());
            grants::delete(ctx, id).await
        }
        Permission::ServiceAccountManage => {
            let terms = service_accounts::AccountTerms {
                name: String::new(),
                description: String::new(),
                role: Role::Viewer.into(),
                disabled: false,
            };
            service_accounts::create(ctx, &terms).await.map(drop)
        }
        Permission::ProfileUpdate => {
            let change = identity::ProfileChange {
                name: Some("Ada".into()),
                ..Default::default()
            };
            identity::update_profile(ctx, change).await.map(drop)
        }
        Permission::PipelineRead => pipelines::list(ctx, &Page::default(), None, false)
            .await
            .map(drop),
        Permission::PipelineWrite => pipelines::create(ctx, "{}", None).await.map(drop),
        Permission::PipelinePublish => {
            let id = PipelineId::new(ctx.clock());
            publications::publish(ctx, id, Environment::Staging, 1)
                .await
                .map(drop)
        }
        Permission::ProductionUse => publications::requests(ctx).await.map(drop),
        Permission::RunRead => runs::get(ctx, run).await.map(drop),
        Permission::RunStart => runs::retry(ctx, run, runs::Retry::default())
            .await
            .map(drop),
        Permission::RunCancel => runs::cancel(ctx, run, None).await.map(drop),
        Permission::EventSend => triggers::events::receive(ctx, &[]).await.map(drop),
        Permission::ApiKeyRead => identity::list_api_keys(ctx).await.map(drop),
        Permission::ApiKeyWrite => identity::create_api_key(ctx, "a", PermissionSet::NONE)
            .await
            .map(drop),
        Permission::DomainManage => identity::list_domains(ctx).await.map(drop),
        Permission::JobRead => queue::list(ctx, &Page::default(), None).await.map(drop),
        Permission::JobRetry => queue::retry(ctx, JobId::new(ctx.clock())).await.map(drop),
        Permission::MailRead => mail::list(ctx, &Page::default(), false).await.map(drop),
        Permission::MailResend => mail::resend(ctx, MailId::new(ctx.clock())).await.map(drop),
        Permission::SsoManage => identity::list_sso_providers(ctx).await.map(drop),
        Permission::AuditRead => audit::list(ctx, 1).await.map(drop),
    }
}

async fn is_refused(ctx: &Ctx, permission: Permission) -> bool {
    match used(ctx, permission).await {
        Err(error) => error.code == ErrorCode::Forbidden,
        Ok(()) => false,
    }
}

#[tokio::test]
async fn r01_every_role_has_exactly_the_permissions_of_the_table_in_the_real_use_cases() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        for role in Role::ALL {
            let ctx = Ctx {
                rights: role.into(),
                ..owner.clone()
            };
            for permission in Permission::ALL {
                let may = permission.roles().contains(&role);
                let refused = is_refused(&ctx, *permission).await;
                assert_eq!(refused, !may, "{role} {permission}");
            }
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r01_a_permission_alone_allows_its_use_case_and_no_other() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        for held in Permission::ALL {
            let ctx = Ctx {
                rights: PermissionSet::from_iter([*held]).into(),
                ..owner.clone()
            };
            for asked in Permission::ALL {
                let refused = is_refused(&ctx, *asked).await;
                assert_eq!(refused, held != asked, "{held} held, {asked} asked");
            }
        }
        app.close().await;
    })
    .await;
}
