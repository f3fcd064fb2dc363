//! Revocation (RFC 7009).

use super::{
    clients::{self, ClientProof},
    error::Result,
    families,
    own_token::OwnToken,
};
use crate::App;

/// Ends the family of a token. Says nothing about a token that is not the application's.
pub async fn revoke_token(
    app: &App,
    proof: ClientProof<'_>,
    token: Option<&str>,
    request_id: &str,
) -> Result<()> {
    let client = clients::authenticate(app, proof).await?;
    let Some(own) = OwnToken::find(app, &client, token).await? else {
        return Ok(());
    };
    Ok(families::end(app, own.family(), request_id).await?)
}
