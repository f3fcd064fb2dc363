//! The settings that providers of both protocols have, as they are entered, and their checks.

use super::{Joining, Mapping, ProviderKind};
use crate::{
    Ctx,
    access::{Permission, Role},
    error::{AppError, Result},
    roles::{self, RoleChoice, RoleError},
    text,
};

/// The largest number of rows from group to role.
const MOST_MAPPINGS: usize = 200;

/// The settings of a provider, of whatever protocol.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// The product.
    pub kind: ProviderKind,
    /// The name on its button.
    pub name: String,
    /// The claim or the attribute with the person's groups.
    pub groups_claim: Option<String>,
    /// The roles of groups; the first row that fits counts.
    pub mappings: Vec<Mapping>,
    /// The role of people in none of these groups.
    pub default_role: Option<RoleChoice>,
    /// Who becomes a member by signing in.
    pub joining: Joining,
    /// Whether people can sign in with it.
    pub enabled: bool,
}

impl ProviderSettings {
    /// Checks all fields. The roles must not exceed the caller's permissions.
    pub(super) async fn checked(self, ctx: &Ctx) -> Result<Self> {
        let name = text::line("name", &self.name, 60)?;
        let claim = self
            .groups_claim
            .as_deref()
            .filter(|claim| !claim.is_empty());
        let groups_claim = claim
            .map(|claim| text::line("groupsClaim", claim, 200))
            .transpose()?;
        if self.mappings.len() > MOST_MAPPINGS {
            let count = self.mappings.len();
            let problem = format!("has {count} rows; at most {MOST_MAPPINGS} are allowed");
            return Err(AppError::invalid("mappings", problem));
        }
        if !self.mappings.is_empty() && groups_claim.is_none() {
            let problem = "is missing; name the claim or the attribute that lists the groups, such \
                as `groups`";
            return Err(AppError::invalid("groupsClaim", problem));
        }
        let known = roles::Known::read(ctx).await?;
        let mut mappings = Vec::with_capacity(self.mappings.len());
        for row in self.mappings {
            let group = text::line("mappings", &row.group, 256)?;
            may_give(ctx, "mappings", (row.role, &known)).await?;
            mappings.push(Mapping { group, ..row });
        }
        if let Some(role) = self.default_role {
            may_give(ctx, "defaultRole", (role, &known)).await?;
        }
        Ok(Self {
            name,
            groups_claim,
            mappings,
            ..self
        })
    }
}

impl ProviderSettings {
    /// The roles that the provider gives, each once, with the field that names it.
    pub(super) fn given_roles(&self) -> Vec<(&'static str, RoleChoice)> {
        let default = self.default_role.map(|role| ("defaultRole", role));
        let mapped = self.mappings.iter().map(|row| ("mappings", row.role));
        let mut all: Vec<(&'static str, RoleChoice)> = Vec::new();
        for one in mapped.chain(default) {
            if !all.iter().any(|(_, role)| *role == one.1) {
                all.push(one);
            }
        }
        all
    }
}

/// Refuses a role that no provider may give, or not this caller.
async fn may_give(
    ctx: &Ctx,
    field: &str,
    (choice, known): (RoleChoice, &roles::Known),
) -> Result<()> {
    if choice == RoleChoice::BuiltIn(Role::Owner) {
        let problem = "the role owner is not given by a provider; an owner transfers it";
        return Err(AppError::invalid(field, problem));
    }
    let role = known.role(choice).ok_or(RoleError::NotFound)?;
    let what = format!("the role {role}");
    ctx.require_own(Permission::SsoManage, field, &what, role.permissions())
        .await
}
