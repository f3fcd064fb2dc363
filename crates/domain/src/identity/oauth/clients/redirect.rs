//! Redirect URIs: where an application gets the answer. They are compared byte for byte, except for
//! the port of a loopback address, which a program on the person's machine cannot know in advance
//! (RFC 8252).

use types::is_loopback_url;
use url::Url;

use crate::error::{AppError, Result};

/// The largest number of redirect URIs of an application.
const MOST: usize = 10;
/// The longest one, in bytes.
const LONGEST: usize = 500;

/// The parameters of an answer (RFC 6749, RFC 9207), of which it has each once.
const ANSWERED: [&str; 5] = ["code", "state", "iss", "error", "error_description"];

/// Checks the redirect URIs of a new application.
pub fn check(uris: &[String]) -> Result<Vec<String>> {
    if uris.len() > MOST {
        let problem = format!("has {} entries; at most {MOST} are allowed", uris.len());
        return Err(AppError::invalid("redirectUris", problem));
    }
    let mut checked: Vec<String> = Vec::new();
    for uri in uris {
        let uri = uri.trim();
        if let Some(problem) = problem(uri) {
            let shown: String = uri.chars().take(100).collect();
            return Err(AppError::invalid(
                "redirectUris",
                format!("`{shown}` {problem}"),
            ));
        }
        if !checked.iter().any(|known| known == uri) {
            checked.push(uri.to_owned());
        }
    }
    Ok(checked)
}

fn problem(uri: &str) -> Option<&'static str> {
    if uri.len() > LONGEST {
        return Some("is longer than 500 bytes");
    }
    if !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains(['"', '<', '>', '\\', '*'])
    {
        return Some("has a character that a redirect URI cannot have; encode it");
    }
    let Ok(url) = Url::parse(uri) else {
        return Some("is not an absolute URL, such as https://app.example.com/callback");
    };
    if url.fragment().is_some() {
        return Some("has a fragment; remove the part from `#` on");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("has a user name or password; remove it");
    }
    if let Some(("http" | "https", rest)) = uri.split_once(':')
        && !rest.starts_with("//")
    {
        return Some("does not begin with https:// or http://");
    }
    if url
        .query_pairs()
        .any(|(name, _)| ANSWERED.contains(&&*name))
    {
        return Some("has a parameter that the answer has too: code, state, iss or error");
    }
    match url.scheme() {
        "https" => None,
        "http" if is_loopback_url(&url) => None,
        "http" => Some(
            "is not encrypted; use https, or http with 127.0.0.1, [::1] or localhost for a program \
             on the person's own machine",
        ),
        scheme if scheme.contains('.') => None,
        _ => Some(
            "has a scheme that other applications may use; choose https, or a reversed domain name \
             such as com.example.app:/callback",
        ),
    }
}

/// Whether a request's redirect URI is one of the application's.
pub fn is_registered(uris: &[String], wanted: &str) -> bool {
    uris.iter()
        .any(|uri| uri == wanted || same_but_port(uri, wanted))
}

/// Whether two loopback addresses differ in nothing but the port.
fn same_but_port(uri: &str, wanted: &str) -> bool {
    let without_port = |text: &str| -> Option<(String, String)> {
        let rest = text.strip_prefix("http://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = ["127.0.0.1", "[::1]"]
            .into_iter()
            .find(|host| authority.starts_with(host))?;
        let port = &authority[host.len()..];
        let digits = port.strip_prefix(':');
        let valid = port.is_empty()
            || digits.is_some_and(|digits| {
                digits.bytes().all(|one| one.is_ascii_digit()) && digits.parse::<u16>().is_ok()
            });
        valid.then(|| (host.to_owned(), path.to_owned()))
    };
    match (without_port(uri), without_port(wanted)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uris(list: &[&str]) -> Vec<String> {
        list.iter().map(|uri| (*uri).to_owned()).collect()
    }

    #[test]
    fn a_redirect_uri_is_encrypted_or_leads_to_the_own_machine() {
        for good in [
            "https://app.example.com/callback",
            "https://app.example.com/callback?tenant=1",
            "http://127.0.0.1/callback",
            "http://[::1]:8000/",
            "http://localhost:3000/callback",
            "com.example.app:/callback",
        ] {
            assert!(check(&uris(&[good])).is_ok(), "{good}");
        }
        for bad in [
            "",
            "callback",
            "http://app.example.com/callback",
            "http://127.0.0.1.evil.example/",
            "https://app.example.com/#x",
            "https://me:you@app.example.com/",
            "https://*.example.com/",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/callback",
            "https://app.example.com/a b",
        ] {
            let refused = check(&uris(&[bad])).unwrap_err();
            assert!(refused.message.starts_with("redirectUris: "), "{bad}");
        }
    }

    #[test]
    fn a_redirect_uri_is_compared_exactly_but_for_a_loopback_port() {
        let registered = uris(&["https://app.example.com/cb", "http://127.0.0.1/cb"]);
        for same in [
            "https://app.example.com/cb",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:49152/cb",
        ] {
            assert!(is_registered(&registered, same), "{same}");
        }
        for other in [
            "https://app.example.com/cb/",
            "https://app.example.com/cb?x=1",
            "https://app.example.com:444/cb",
            "https://APP.example.com/cb",
            "https://app.example.com.evil.example/cb",
            "http://127.0.0.1:49152/other",
            "http://127.0.0.1:x/cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://[::1]:1/cb",
            "https://127.0.0.1/cb",
        ] {
            assert!(!is_registered(&registered, other), "{other}");
        }
    }
}
