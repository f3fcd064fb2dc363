//! Signing out.

use super::{CLIENT, error::Failed, server::Server, store::Store};

/// Signs out of a server. The tokens are removed here even if the server cannot be reached.
pub async fn logout(server: &Server, store: &mut Store) -> Result<(), Failed> {
    let known = store.get(&server.address).cloned();
    let tokens = known
        .ok_or_else(|| Failed::set_up(format!("You are not signed in to {}", server.address)))?;
    store.remove(&server.address)?;
    let ended = async {
        let endpoints = server.endpoints().await?;
        let form = [
            ("client_id", CLIENT),
            ("token", tokens.refresh_token.as_str()),
        ];
        let ended = server
            .post::<serde_json::Value>(&endpoints.revocation_endpoint, &form)
            .await?;
        ended.map_err(|refusal| Failed::refused(refusal.error_description))
    };
    if let Err(failed) = ended.await {
        return Err(Failed::refused(format!(
            "The tokens are deleted here, but the server did not end them ({}); end the access in \
             the dashboard, under Settings",
            failed.message
        )));
    }
    println!("You are signed out of {}", server.address);
    Ok(())
}
