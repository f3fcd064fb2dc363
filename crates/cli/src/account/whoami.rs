//! Who the user is on a server.

use serde_json::{Value as Json, json};
use types::Clock;

use super::{error::Failed, refresh::access_token, server::Server, store::Store};

const QUERY: &str = "{ viewer { actorName organization { name } permissions } }";

/// Prints the name, the organization and the permissions of the caller.
pub async fn whoami(
    server: &Server,
    store: &mut Store,
    clock: &Clock,
    api_key: Option<String>,
    as_json: bool,
) -> Result<(), Failed> {
    let by_key = api_key.is_some();
    let bearer = match api_key {
        Some(key) => key,
        None => access_token(server, store, clock).await?,
    };
    let Some(data) = server.query(&bearer, QUERY).await? else {
        if by_key {
            return Err(Failed::set_up(format!(
                "{} does not know the API key, or it has expired or was revoked",
                server.address
            )));
        }
        store.remove(&server.address)?;
        return Err(Failed::signed_out(&server.address));
    };
    let viewer = &data["viewer"];
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let permissions: Vec<String> = match viewer["permissions"].as_array() {
        Some(all) => all.iter().map(text).collect(),
        None => Vec::new(),
    };
    let (name, organization) = (
        text(&viewer["actorName"]),
        text(&viewer["organization"]["name"]),
    );
    if as_json {
        let all = json!({ "server": server.address, "name": name, "organization": organization,
            "permissions": permissions });
        println!("{all:#}");
        return Ok(());
    }
    println!("{name}");
    println!("Server        {}", server.address);
    println!("Organization  {organization}");
    println!("Permissions   {}", permissions.join(", "));
    Ok(())
}
