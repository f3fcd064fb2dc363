//! Scopes: the names of permissions, as API keys have them.

use super::error::{OauthCode, OauthError, Result};
use crate::access::{Permission, PermissionSet};

/// The scopes that an application asks for: those that it names, or all that it may have.
pub fn requested(scope: Option<&str>, most: PermissionSet) -> Result<PermissionSet> {
    let Some(scope) = scope.map(str::trim).filter(|scope| !scope.is_empty()) else {
        return Ok(most);
    };
    let mut scopes = PermissionSet::NONE;
    for word in scope.split(' ').filter(|word| !word.is_empty()) {
        let one = Permission::parse(word).map(|one| PermissionSet::from_iter([one]));
        let one = one.filter(|one| !one.exceeds(most)).ok_or_else(|| {
            let word: String = word.chars().take(100).collect();
            OauthError::new(
                OauthCode::InvalidScope,
                format!("scope: '{word}' is not one of the scopes of this application"),
            )
        })?;
        scopes = scopes.or(one);
    }
    Ok(scopes)
}
