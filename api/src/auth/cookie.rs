//! The session cookie and the device cookie. A cookie is deleted with the same attributes with
//! which it was set; otherwise browsers keep it.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};

/// The session cookie's name. The prefix `__Host-` makes browsers require Secure, the path `/` and
/// no domain.
pub const NAME: &str = "__Host-flowmason";

/// The name of the cookie by which an account recognizes a browser.
const DEVICE: &str = "__Host-flowmason-device";

/// The name of the cookie of a sign-in that waits for a code.
const PENDING: &str = "__Host-flowmason-pending";

/// The name of the cookie that lets only this browser complete a sign-in at an identity provider.
const SSO: &str = "__Host-flowmason-sso";

/// The cookie that signs a browser in.
pub fn set(token: String, max_age_seconds: i64) -> Cookie<'static> {
    let mut cookie = base(token);
    cookie.set_max_age(Duration::seconds(max_age_seconds));
    cookie
}

/// The cookie that removes the session cookie.
pub fn clear() -> Cookie<'static> {
    let mut cookie = base(String::new());
    cookie.set_max_age(Duration::ZERO);
    cookie
}

fn base(value: String) -> Cookie<'static> {
    Cookie::build(NAME, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish()
}

/// The cookie by which an account recognizes the browser. It does not sign anybody in.
pub fn device(text: String, max_age_seconds: i64) -> Cookie<'static> {
    let mut cookie = base(text);
    cookie.set_name(DEVICE);
    cookie.set_max_age(Duration::seconds(max_age_seconds));
    cookie
}

/// The cookie of a sign-in that waits for a code. It gives no rights.
pub fn set_pending(token: String, max_age_seconds: i64) -> Cookie<'static> {
    let mut cookie = base(token);
    cookie.set_name(PENDING);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_max_age(Duration::seconds(max_age_seconds));
    cookie
}

/// The cookie of a sign-in at an identity provider. The browser sends it when the provider sends the
/// browser back, which is a visit from another site.
pub fn set_sso(token: String, max_age_seconds: i64) -> Cookie<'static> {
    let mut cookie = base(token);
    cookie.set_name(SSO);
    cookie.set_max_age(Duration::seconds(max_age_seconds));
    cookie
}

/// The token of a sign-in at an identity provider.
pub fn sso(request: &HttpRequest) -> Option<String> {
    only(request, SSO)
}

/// The token of a sign-in that waits for a code.
pub fn pending(request: &HttpRequest) -> Option<String> {
    only(request, PENDING)
}

/// The device cookie that a browser kept from an earlier sign-in.
pub fn known_device(request: &HttpRequest) -> Option<String> {
    only(request, DEVICE)
}

/// The session token in a request's cookies.
pub fn token(request: &HttpRequest) -> Option<String> {
    only(request, NAME)
}

/// The value of a cookie. `None` if two cookies have the name, since one of them was not set by
/// this server.
fn only(request: &HttpRequest, name: &str) -> Option<String> {
    let cookies = request.cookies().ok()?;
    let mut ours = cookies.iter().filter(|cookie| cookie.name() == name);
    let token = ours.next()?.value().to_owned();
    (ours.next().is_none() && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s08_setting_and_deleting_the_cookie_use_the_same_strict_attributes() {
        for cookie in [set("secret".into(), 60), clear()] {
            let text = cookie.to_string();
            assert!(text.starts_with("__Host-flowmason="), "{text}");
            for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age="] {
                assert!(text.contains(part), "{part} in {text}");
            }
            assert!(!text.contains("Domain"), "{text}");
        }
    }
}
