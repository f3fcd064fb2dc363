//! The form of an issuer: an https URL without query and fragment. It is compared byte by byte, so
//! it is kept exactly as it was entered.

use types::is_loopback_url;
use url::Url;

use crate::SsoError;

/// The longest issuer, in bytes.
const LONGEST: usize = 500;

/// The path of the discovery document below the issuer.
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// Checks the form of an issuer.
///
/// # Errors
/// [`SsoError::Issuer`], with what is wrong.
pub fn check(issuer: &str) -> Result<(), SsoError> {
    let wrong = |problem: &str| Err(SsoError::Issuer(problem.to_owned()));
    if issuer.len() > LONGEST {
        return wrong("is longer than 500 bytes");
    }
    let Ok(url) = Url::parse(issuer) else {
        return wrong("is not a URL like `https://login.example.com`");
    };
    if url.query().is_some() || url.fragment().is_some() || issuer.contains(['?', '#']) {
        return wrong("has a query or a fragment; enter only the part before it");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("contains a user name or a password; remove it");
    }
    if issuer.ends_with(WELL_KNOWN) {
        return wrong(
            "is the address of the discovery document; enter the part before `/.well-known`",
        );
    }
    match url.scheme() {
        "https" => Ok(()),
        // The guarded client decides whether this server may call itself.
        "http" if is_loopback_url(&url) => Ok(()),
        _ => wrong("does not begin with `https://`"),
    }
}

/// The address of the discovery document.
pub(crate) fn well_known(issuer: &str) -> String {
    format!("{}{WELL_KNOWN}", issuer.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o05_an_issuer_is_an_https_url_without_query_and_fragment() {
        for good in [
            "https://login.example.com",
            "https://login.example.com/realms/one",
            "https://login.example.com/tenant/v2.0/",
            "http://127.0.0.1:9411",
            "http://localhost:8080/realms/one",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "login.example.com",
            "http://login.example.com",
            "ftp://login.example.com",
            "https://ann:secret@login.example.com",
            "https://login.example.com?tenant=1",
            "https://login.example.com/#",
            "https://login.example.com/.well-known/openid-configuration",
            "http://127.0.0.1.example.com",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_discovery_document_is_below_the_issuer_s_path() {
        let at = "https://a.example/t/.well-known/openid-configuration";
        assert_eq!(well_known("https://a.example/t"), at);
        assert_eq!(well_known("https://a.example/t/"), at);
    }
}
