//! Teams of members.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::teams;

use super::{caller, cost, ids};
use crate::error::ApiError;

/// A group of members. What is granted to a team, each of its members has.
#[derive(Description)]
pub struct Team(pub teams::Team);

#[Object(use_type_description)]
impl Team {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name, unique in the organization.
    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The people in the team, by name.
    async fn members(&self) -> Vec<TeamMember> {
        let members = self.0.members.iter();
        members
            .map(|member| TeamMember {
                user_id: member.user.to_string().into(),
                name: member.name.clone(),
                added_at: member.added_at,
            })
            .collect()
    }
}

/// A person in a team.
#[derive(SimpleObject)]
pub struct TeamMember {
    /// The person's id.
    user_id: ID,
    name: String,
    added_at: DateTime<Utc>,
}

/// Queries for teams.
#[derive(Default)]
pub struct TeamQuery;

#[Object]
impl TeamQuery {
    /// The organization's teams, by name.
    #[graphql(complexity = "2 * cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn teams(&self, ctx: &Context<'_>) -> Result<Vec<Team>, ApiError> {
        let teams = teams::list(caller(ctx)?).await?;
        Ok(teams.into_iter().map(Team).collect())
    }
}

/// A new team.
#[derive(InputObject)]
pub struct CreateTeamInput {
    name: String,
}

/// The new team.
#[derive(SimpleObject)]
pub struct CreateTeamPayload {
    team: Team,
}

/// A team and its new name.
#[derive(InputObject)]
pub struct RenameTeamInput {
    id: ID,
    name: String,
}

/// The renamed team.
#[derive(SimpleObject)]
pub struct RenameTeamPayload {
    team: Team,
}

/// The team to delete.
#[derive(InputObject)]
pub struct DeleteTeamInput {
    id: ID,
}

/// The id of the deleted team.
#[derive(SimpleObject)]
pub struct DeleteTeamPayload {
    deleted_id: ID,
}

/// A team, and the member to add to it.
#[derive(InputObject)]
pub struct AddTeamMemberInput {
    team_id: ID,
    user_id: ID,
}

/// The team with the new member.
#[derive(SimpleObject)]
pub struct AddTeamMemberPayload {
    team: Team,
}

/// A team, and the person to remove from it.
#[derive(InputObject)]
pub struct RemoveTeamMemberInput {
    team_id: ID,
    user_id: ID,
}

/// The team without the person.
#[derive(SimpleObject)]
pub struct RemoveTeamMemberPayload {
    team: Team,
}

/// Mutations of teams.
#[derive(Default)]
pub struct TeamMutation;

#[Object]
impl TeamMutation {
    /// Creates a team without members. Requires `team.manage`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_team(
        &self,
        ctx: &Context<'_>,
        input: CreateTeamInput,
    ) -> Result<CreateTeamPayload, ApiError> {
        let team = teams::create(caller(ctx)?, &input.name).await?;
        Ok(CreateTeamPayload { team: Team(team) })
    }

    /// Renames a team. Requires `team.manage`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn rename_team(
        &self,
        ctx: &Context<'_>,
        input: RenameTeamInput,
    ) -> Result<RenameTeamPayload, ApiError> {
        let team = teams::rename(caller(ctx)?, ids::read(&input.id), &input.name).await?;
        Ok(RenameTeamPayload { team: Team(team) })
    }

    /// Deletes a team with its grants. Requires `team.manage` and every permission that is granted
    /// to the team.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_team(
        &self,
        ctx: &Context<'_>,
        input: DeleteTeamInput,
    ) -> Result<DeleteTeamPayload, ApiError> {
        teams::delete(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(DeleteTeamPayload {
            deleted_id: input.id,
        })
    }

    /// Adds a member of the organization to a team. Requires `team.manage`, every permission that is
    /// granted to the team and, if managing members is among them, a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn add_team_member(
        &self,
        ctx: &Context<'_>,
        input: AddTeamMemberInput,
    ) -> Result<AddTeamMemberPayload, ApiError> {
        let (team, user) = (ids::read(&input.team_id), ids::read(&input.user_id));
        let team = teams::add_member(caller(ctx)?, team, user).await?;
        Ok(AddTeamMemberPayload { team: Team(team) })
    }

    /// Removes a person from a team. Requires `team.manage` and every permission that is granted to
    /// the team.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn remove_team_member(
        &self,
        ctx: &Context<'_>,
        input: RemoveTeamMemberInput,
    ) -> Result<RemoveTeamMemberPayload, ApiError> {
        let (team, user) = (ids::read(&input.team_id), ids::read(&input.user_id));
        let team = teams::remove_member(caller(ctx)?, team, user).await?;
        Ok(RemoveTeamMemberPayload { team: Team(team) })
    }
}
