//! Checks the literal inputs of `http_request` before a run: URLs that no configuration allows,
//! headers that cannot be sent, and timeouts out of range.

use engine::{
    Value,
    component::{LiteralFault, Literals},
};
use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use crate::lenient::{flag_of, num_of, text_of};

pub(super) fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let mut out = Vec::new();
    if let Some(why) = given
        .get("url")
        .map(text_of)
        .and_then(|text| refused(&text))
    {
        out.push(LiteralFault::new("url", why));
    }
    let headers = given.get("headers").and_then(Value::as_map);
    for (name, value) in headers.into_iter().flatten() {
        let fault = |why: &str| LiteralFault::new("headers", why).key(name);
        if HeaderName::try_from(name.as_ref()).is_err() {
            out.push(fault("is not a valid header name"));
        } else if HeaderValue::from_str(text_of(value).trim()).is_err() {
            out.push(fault("contains a line break or another control character"));
        }
    }
    if let Some(timeout) = given.get("timeout").and_then(num_of) {
        // Up to 300: seconds. Above: milliseconds.
        let seconds = if timeout > 300.0 {
            timeout / 1000.0
        } else {
            timeout
        };
        if !(0.001..=300.0).contains(&seconds) {
            let message =
                format!("is {timeout}; it can be up to 300 seconds, or up to 300000 milliseconds");
            out.push(LiteralFault::new("timeout", message));
        }
    }
    if given.get("verify_ssl").and_then(flag_of) == Some(false) {
        let message = "cannot be false: certificates are always verified";
        out.push(LiteralFault::new("verify_ssl", message));
    }
    out
}

/// Why no configuration allows this URL; `None` if some configuration may.
fn refused(text: &str) -> Option<String> {
    let text = text.trim();
    let shown: String = text.chars().take(100).collect();
    if text.is_empty() {
        return Some("is empty; write it as `https://host/path`".to_owned());
    }
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if text.contains(odd) {
        return Some(format!(
            "is `{shown}`, which contains a blank, a control character or a backslash"
        ));
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            return Some(format!(
                "is `{shown}`, which is not a complete URL; write it as `https://host/path`"
            ));
        }
        Err(why) => return Some(format!("is `{shown}`, which is not a URL: {why}")),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Some(format!(
            "begins with `{}:`; it must be http or https",
            url.scheme()
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some(
            "contains a user name or a password; send them in the header `Authorization`"
                .to_owned(),
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_refused_only_if_no_configuration_allows_it() {
        for wrong in [
            "",
            "/path",
            "example.com/x",
            "ftp://example.com",
            "file:///etc/passwd",
            "https://user:pw@example.com",
            "https://exa mple.com",
            "https://example.com\\x",
            "https://",
            "http://[::1",
            "https://example.com:99999",
        ] {
            assert!(refused(wrong).is_some(), "{wrong}");
        }
        for fine in [
            "https://example.com",
            " HTTP://example.com/x?y=1#z ",
            "http://127.0.0.1:9000/",
            "https://bücher.example/",
        ] {
            assert_eq!(refused(fine), None, "{fine}");
        }
    }
}
