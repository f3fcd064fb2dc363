//! The user info endpoint, for providers that leave claims out of the ID token.

use crate::{Sso, SsoError, identity::Claims};

impl Sso {
    /// Adds what the endpoint says to what the ID token said. The token's own claims stay.
    pub(crate) async fn user_info(
        &self,
        url: &str,
        access_token: &str,
        claims: &mut Claims,
    ) -> Result<(), SsoError> {
        let what = "The user info";
        let document = self.http.json(what, url, Some(access_token)).await?;
        let Some(all) = document.as_object() else {
            return Err(SsoError::UserInfo("it is not an object".to_owned()));
        };
        if all.get("sub").and_then(|sub| sub.as_str()) != Some(claims.subject()) {
            return Err(SsoError::UserInfo(
                "`sub` is not the subject of the ID token".to_owned(),
            ));
        }
        claims.add(all);
        Ok(())
    }
}
