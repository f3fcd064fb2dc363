//! Signing in: the device flow (RFC 8628).

use std::time::Duration;

use serde::Deserialize;
use types::Clock;

use super::{
    CLIENT,
    error::Failed,
    refresh::Granted,
    server::{Endpoints, Server},
    store::Store,
};

const DEVICE_FLOW: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// By how many seconds the pause between two requests grows if the server asks for it.
const LONGER: u64 = 5;

/// What a person needs to allow the access, and this program to wait for them.
#[derive(Deserialize)]
pub struct Codes {
    device_code: String,
    /// The code that the person compares.
    pub user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    #[serde(default = "usual_interval")]
    interval: u64,
}

const fn usual_interval() -> u64 {
    5
}

/// Signs in to a server and keeps the tokens.
pub async fn login(server: &Server, store: &mut Store, clock: &Clock) -> Result<(), Failed> {
    let endpoints = server.endpoints().await?;
    let codes = begin(server, &endpoints).await?;
    let page = codes.verification_uri_complete.as_deref();
    println!("Open {}", page.unwrap_or(&codes.verification_uri));
    println!("and check that it shows the code {}", codes.user_code);
    finish(server, &endpoints, &codes, store, clock).await?;
    println!("You are signed in to {}", server.address);
    Ok(())
}

/// Asks the server for codes.
pub async fn begin(server: &Server, endpoints: &Endpoints) -> Result<Codes, Failed> {
    let form = [("client_id", CLIENT)];
    let begun = server
        .post::<Codes>(&endpoints.device_authorization_endpoint, &form)
        .await?;
    begun.map_err(|refusal| Failed::refused(refusal.error_description))
}

/// Waits until the person has answered, and keeps the tokens.
pub async fn finish(
    server: &Server,
    endpoints: &Endpoints,
    codes: &Codes,
    store: &mut Store,
    clock: &Clock,
) -> Result<(), Failed> {
    let granted = wait(server, endpoints, codes).await?;
    store.put(&server.address, granted.keep(clock))
}

async fn wait(server: &Server, endpoints: &Endpoints, codes: &Codes) -> Result<Granted, Failed> {
    let interval = Duration::from_secs(codes.interval.max(1));
    let form = [
        ("client_id", CLIENT),
        ("grant_type", DEVICE_FLOW),
        ("device_code", codes.device_code.as_str()),
    ];
    let answered = async {
        let mut pause = interval;
        loop {
            tokio::time::sleep(pause).await;
            let refusal = match server.post(&endpoints.token_endpoint, &form).await? {
                Ok(granted) => return Ok(granted),
                Err(refusal) => refusal,
            };
            match refusal.error.as_str() {
                "authorization_pending" => {}
                "slow_down" => pause += Duration::from_secs(LONGER),
                "access_denied" => {
                    return Err(Failed::refused("The access was not allowed in the browser"));
                }
                _ => return Err(Failed::refused(refusal.error_description)),
            }
        }
    };
    let limit = Duration::from_secs(codes.expires_in) + interval;
    tokio::time::timeout(limit, answered)
        .await
        .map_err(|_| Failed::refused("Nobody answered in time; run `flowmason login` again"))?
}
