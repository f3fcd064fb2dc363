//! The device flow (RFC 8628): a device without a browser, such as a terminal, shows a code, and a
//! person enters it in a browser elsewhere.

mod answer;
mod repo;
mod user_code;

use chrono::Duration;
use types::OrgId;

pub use answer::{DeviceRequest, answer_device, device_request};
pub(super) use repo::delete_answered;

use super::{
    clients::{self, Client, ClientProof},
    error::{OauthCode, OauthError, Result},
    families::{self, Holder, Issued},
    scopes,
    token::{TokenRequest, needed},
};
use crate::{
    App,
    access::stored,
    error::AppError,
    identity::{passwords, secret},
};

/// How long a person can answer.
const LASTS: Duration = Duration::minutes(10);
/// How long an expired request is remembered.
const KEPT: Duration = Duration::hours(1);
/// How many seconds a device waits before it asks again, and by how many that grows if it does not.
const INTERVAL: i64 = 5;
/// The stored answers.
const ALLOWED: &str = "allowed";
const DENIED: &str = "denied";

/// The page on which people enter the code.
pub const PAGE: &str = "/device";

/// What a device needs to wait for a person.
#[derive(Clone, Debug)]
pub struct DeviceCodes {
    /// The code with which the device asks for its tokens.
    pub device_code: String,
    /// The code that it shows.
    pub user_code: String,
    /// The page on which people enter it.
    pub page: String,
    /// That page with the code in it.
    pub page_with_code: String,
    /// For how long both are valid.
    pub lasts: Duration,
    /// How many seconds the device waits between two requests.
    pub interval: i64,
}

/// Begins the device flow for an application.
pub async fn authorize_device(
    app: &App,
    proof: ClientProof<'_>,
    scope: Option<&str>,
) -> Result<DeviceCodes> {
    passwords::guessing(app).beginning(proof.address)?;
    let client = clients::authenticate(app, proof).await?;
    may(&client)?;
    let scopes = scopes::requested(scope, client.application.scopes)?;
    let (now, device_code) = (app.clock().now(), secret::new(secret::DEVICE));
    let user_code = user_code::new();
    let address = proof
        .address
        .map(|address| address.to_canonical().to_string());
    let row = repo::DeviceRow {
        client_id: client.application.id.0,
        scopes: scopes.to_string(),
        address,
        created_at: now,
        expires_at: now + LASTS,
        interval_seconds: INTERVAL,
        polled_at: None,
        opened_by: None,
        answer: None,
        for_org: None,
        grant_id: None,
        limited: false,
    };
    let hashes = (secret::hash(&device_code), secret::hash(&user_code));
    let tx = app.db().begin(&[]).await?;
    repo::insert(&tx, hashes, &row, now - KEPT).await?;
    tx.commit().await?;
    let page = format!("{}{PAGE}", app.settings().base_url);
    Ok(DeviceCodes {
        device_code,
        page_with_code: format!("{page}?code={user_code}"),
        user_code,
        page,
        lasts: LASTS,
        interval: INTERVAL,
    })
}

fn may(client: &Client) -> Result<()> {
    if client.application.device_flow {
        return Ok(());
    }
    Err(OauthError::new(
        OauthCode::UnauthorizedClient,
        "This application may not use the device flow; register one that may, under Settings, \
         Applications",
    ))
}

/// Gives a device its tokens, once the person has allowed it.
pub(super) async fn redeem(
    app: &App,
    client: &Client,
    request: &TokenRequest<'_>,
) -> Result<Issued> {
    may(client)?;
    let refused = || OauthError::grant("device_code");
    let code = needed("device_code", request.device_code)?;
    if !secret::is_plausible(code, secret::DEVICE) {
        return Err(refused());
    }
    let (hash, now) = (secret::hash(code), app.clock().now());
    let row = repo::find(app, &hash).await?;
    let row = row.filter(|row| row.client_id == client.application.id.0);
    let row = row.ok_or_else(refused)?;
    if row.expires_at <= now {
        return Err(OauthError::new(
            OauthCode::ExpiredToken,
            "device_code: has expired; begin again",
        ));
    }
    let early = row
        .polled_at
        .is_some_and(|at| now - at < Duration::seconds(row.interval_seconds));
    let waits = match (row.answer.as_deref(), early) {
        (_, true) => Some(OauthError::new(
            OauthCode::SlowDown,
            "Wait five seconds longer between two requests",
        )),
        (None, false) => Some(OauthError::new(
            OauthCode::AuthorizationPending,
            "The person has not answered yet; ask again",
        )),
        (Some(_), false) => None,
    };
    if let Some(waits) = waits {
        let longer = if early { INTERVAL } else { 0 };
        let tx = app.db().begin(&[]).await?;
        repo::polled(&tx, &hash, row.interval_seconds + longer, now).await?;
        tx.commit().await?;
        return Err(waits);
    }
    let granted = row.grant_id.zip(row.opened_by).zip(row.for_org);
    let (Some(ALLOWED), Some((grant, org))) = (row.answer.as_deref(), granted) else {
        return Err(OauthError::new(
            OauthCode::AccessDenied,
            "The person did not allow it",
        ));
    };
    let holder = Holder {
        org: OrgId(org),
        grant: Some(grant),
        limited: row.limited,
        scopes: stored::of_list(&row.scopes).map_err(AppError::from)?,
    };
    let tx = app.db().begin(&[holder.org]).await?;
    if !repo::take(&tx, &hash).await? {
        return Err(refused());
    }
    let begun = families::begin(&tx, app, client, &holder, request).await?;
    tx.commit().await?;
    let tokens = families::first_tokens(app, begun).await?;
    tokens.ok_or_else(refused)
}
