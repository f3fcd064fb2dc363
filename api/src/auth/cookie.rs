//! The session's cookie. Deleting uses the same attributes as setting, else browsers keep it.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};

/// `__Host-` makes browsers insist on Secure, path `/` and no domain.
pub const NAME: &str = "__Host-flowmason";

/// Of the cookie that an account knows a browser by.
const DEVICE: &str = "__Host-flowmason-device";

/// The cookie that signs a browser in.
pub fn set(token: String, max_age_seconds: i64) -> Cookie<'static> {
    let mut cookie = base(token);
    cookie.set_max_age(Duration::seconds(max_age_seconds));
    cookie
}

/// The cookie that removes the other one.
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

/// The cookie by which an account knows the browser again; it signs nobody in.
pub fn device(text: String, max_age_seconds: i64) -> Cookie<'static> {
    let mut cookie = base(text);
    cookie.set_name(DEVICE);
    cookie.set_max_age(Duration::seconds(max_age_seconds));
    cookie
}

/// What a browser kept of an earlier sign-in.
pub fn known_device(request: &HttpRequest) -> Option<String> {
    only(request, DEVICE)
}

/// The session's token of a request.
pub fn token(request: &HttpRequest) -> Option<String> {
    only(request, NAME)
}

/// The value of a cookie. Two cookies of a name are none: one of them is not ours.
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
