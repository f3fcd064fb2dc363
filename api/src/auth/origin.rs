//! Checks of the Origin and Host headers. They protect the cookie against other sites, and a server
//! on loopback against DNS rebinding.

use actix_web::{HttpRequest, http::header};
use types::ErrorCode;
use url::Url;

use crate::error::ApiError;

/// The origins at which this server is reached.
#[derive(Clone, Debug)]
pub struct Origins {
    /// `scheme://host[:port]` in the form that browsers send.
    allowed: Vec<String>,
    /// The allowed values of `Host`. Empty: not checked.
    hosts: Vec<String>,
}

impl Origins {
    /// The origins of a server with a public URL. `Host` is not checked, because a proxy may
    /// rewrite it.
    pub fn public(url: &Url) -> Self {
        Self {
            allowed: vec![url.origin().ascii_serialization()],
            hosts: Vec::new(),
        }
    }

    /// The origins of a server on a loopback port without a public URL.
    pub fn loopback(port: u16) -> Self {
        let hosts: Vec<String> = ["127.0.0.1", "localhost", "[::1]"]
            .iter()
            .map(|host| {
                if port == 80 {
                    (*host).to_owned()
                } else {
                    format!("{host}:{port}")
                }
            })
            .collect();
        Self {
            allowed: hosts.iter().map(|host| format!("http://{host}")).collect(),
            hosts,
        }
    }

    /// Refuses a request whose `Host` does not name this server.
    pub fn check_host(&self, host: Option<&str>) -> Result<(), ApiError> {
        let known = |host: &str| {
            self.hosts
                .iter()
                .any(|ours| ours.eq_ignore_ascii_case(host))
        };
        if self.hosts.is_empty() || host.is_some_and(known) {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::Forbidden,
            "This server accepts only requests to its own address; to use another address, set \
             FLOWMASON_PUBLIC_URL",
        ))
    }

    /// Refuses a request that a page of another origin may have sent. A request with cookies must
    /// have the header Origin. One without cookies may omit it, since programs do.
    pub fn check(&self, request: &HttpRequest, with_cookie: bool) -> Result<(), ApiError> {
        let mut origins = request.headers().get_all(header::ORIGIN);
        let origin = origins.next().map(|value| value.to_str().unwrap_or("null"));
        let good = match origin {
            None => !with_cookie,
            Some(origin) => origins.next().is_none() && self.allowed.iter().any(|a| a == origin),
        };
        if good {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::Forbidden,
            "The request does not come from a page of this server (header Origin)",
        ))
    }
}

/// Whether the request has a single Content-Type, which is JSON. Forms of other sites cannot send
/// it.
pub fn is_json(request: &HttpRequest) -> bool {
    let mut types = request.headers().get_all(header::CONTENT_TYPE);
    let first = types.next().and_then(|value| value.to_str().ok());
    types.next().is_none()
        && first.is_some_and(|text| {
            let kind = text.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn check(origins: &Origins, origin: Option<&str>, cookie: bool) -> bool {
        let mut request = TestRequest::post();
        if let Some(origin) = origin {
            request = request.insert_header((header::ORIGIN, origin));
        }
        origins.check(&request.to_http_request(), cookie).is_ok()
    }

    #[test]
    fn s09_only_the_own_origin_may_send_the_cookie() {
        let ours = Origins::public(&Url::parse("https://flowmason.example/").unwrap());
        assert!(check(&ours, Some("https://flowmason.example"), true));
        assert!(!check(&ours, None, true));
        assert!(check(&ours, None, false));
        for other in [
            "null",
            "http://flowmason.example",
            "https://evil-flowmason.example",
            "https://flowmason.example.evil.example",
            "https://flowmason.example:8443",
            "https://FLOWMASON.example",
            "",
        ] {
            assert!(!check(&ours, Some(other), true), "{other}");
            assert!(!check(&ours, Some(other), false), "{other}");
        }
    }

    #[test]
    fn f09_a_server_on_loopback_answers_only_to_loopback_names() {
        let ours = Origins::loopback(8080);
        assert!(ours.check_host(Some("127.0.0.1:8080")).is_ok());
        assert!(ours.check_host(Some("LOCALHOST:8080")).is_ok());
        for other in [None, Some("evil.example:8080"), Some("127.0.0.1"), Some("")] {
            assert!(ours.check_host(other).is_err(), "{other:?}");
        }
    }
}
