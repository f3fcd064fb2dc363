//! How members sign in with identity providers, as other members see it.

use uuid::Uuid;

use super::{Member, repo};
use crate::{Ctx, access::Permission, error::Result, identity};

/// Adds the providers at which members have accounts. Those of other organizations do not show.
pub(super) async fn fill(ctx: &Ctx, members: &mut [Member]) -> Result<()> {
    if !ctx.rights.permissions.has(Permission::MemberManage) {
        for member in members.iter_mut() {
            member.unverified_email = None;
        }
    }
    let known = identity::known_providers(ctx).await?;
    if known.is_empty() || members.is_empty() {
        return Ok(());
    }
    let users: Vec<Uuid> = members.iter().map(|member| member.user.0).collect();
    for row in repo::identities(ctx, &users).await? {
        let provider = known.iter().find(|one| one.issuer == row.issuer);
        let member = members.iter_mut().find(|one| one.user.0 == row.user_id);
        let (Some(provider), Some(member)) = (provider, member) else {
            continue;
        };
        member.may_rejoin |= provider.lets_join;
        if !member.providers.contains(&provider.name) {
            member.providers.push(provider.name.clone());
        }
    }
    for member in members {
        member.providers.sort_unstable();
    }
    Ok(())
}
