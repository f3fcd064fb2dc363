//! Rights that come from grants, as in an organization that uses them: the owner is in teams that have
//! grants, and the service account may start runs only by its grant.

use serde_json::{Value, json};

use crate::{Error, client::Client};

/// The number of teams, each with one grant.
const TEAMS: usize = 5;

/// Creates teams, grants and a service account as the owner. Returns the secret of the service
/// account's API key.
pub async fn give(owner: &mut Client) -> Result<String, Error> {
    let viewer = owner
        .graphql("{ viewer { user { id } } }", json!({}))
        .await?;
    let user = text(&viewer, "/viewer/user/id")?;
    for n in 0..TEAMS {
        let made = owner
            .graphql(
                "mutation($name: String!) { createTeam(input: { name: $name }) { team { id } } }",
                json!({ "name": format!("team {n}") }),
            )
            .await?;
        let team = text(&made, "/createTeam/team/id")?;
        owner
            .graphql(
                "mutation($team: ID!, $user: ID!) \
                 { addTeamMember(input: { teamId: $team, userId: $user }) { team { id } } }",
                json!({ "team": team, "user": user }),
            )
            .await?;
        grant(owner, &team).await?;
    }
    service_account(owner, "bench").await
}

/// Creates a service account that may start runs and change pipelines only by its grant. Returns the
/// secret of its API key.
pub async fn service_account(owner: &mut Client, name: &str) -> Result<String, Error> {
    let made = owner
        .graphql(
            "mutation($name: String!) { createServiceAccount(input: { name: $name, role: VIEWER }) \
             { serviceAccount { id } } }",
            json!({ "name": name }),
        )
        .await?;
    let account = text(&made, "/createServiceAccount/serviceAccount/id")?;
    grant(owner, &account).await?;
    let made = owner
        .graphql(
            "mutation($id: ID!) { createApiKey(input: \
             { name: \"bench\", role: DEVELOPER, serviceAccountId: $id }) { secret } }",
            json!({ "id": account }),
        )
        .await?;
    text(&made, "/createApiKey/secret")
}

/// Grants the role Developer in the whole organization.
async fn grant(owner: &mut Client, subject: &str) -> Result<(), Error> {
    let document = "mutation($id: ID!) \
        { createGrant(input: { subjectId: $id, role: DEVELOPER }) { grant { id } } }";
    owner.graphql(document, json!({ "id": subject })).await?;
    Ok(())
}

fn text(value: &Value, pointer: &str) -> Result<String, Error> {
    let text = value.pointer(pointer).and_then(Value::as_str);
    Ok(text
        .ok_or_else(|| format!("no {pointer} in {value}"))?
        .to_owned())
}
