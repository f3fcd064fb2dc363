//! The page to go to after signing in: a path of this server, and nothing else.

use url::Url;

/// The path where a text that somebody wrote into an address leads, or `/` if it leads elsewhere.
pub fn local(text: Option<&str>) -> String {
    text.and_then(path).unwrap_or_else(|| "/".to_owned())
}

fn path(text: &str) -> Option<String> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if !text.starts_with('/') || text.len() > 2_000 || text.contains(odd) {
        return None;
    }
    // The same parser as that of browsers decides where it leads.
    let base = Url::parse("https://here.invalid/").ok()?;
    let url = base.join(text).ok()?;
    let own = url.origin() == base.origin() && !url.path().starts_with("//");
    // Signing in again would lead in a circle.
    let again = url.path().starts_with("/sign-in") || url.path().starts_with("/auth/");
    (own && !again).then(|| url[url::Position::BeforePath..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s20_only_paths_of_this_server_are_followed_after_signing_in() {
        for own in [
            "/",
            "/runs",
            "/runs?status=failed#top",
            "/pipelines/pipe_1/run",
        ] {
            assert_eq!(local(Some(own)), own);
        }
        for other in [
            "",
            "runs",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\r\nLocation: https://evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/%5C/../\\evil",
            "/sign-in/oidc/x",
            "///evil.example",
        ] {
            assert_eq!(local(Some(other)), "/", "{other}");
        }
        // An encoded slash is part of a name.
        assert_eq!(local(Some("/%2F%2Fevil.example")), "/%2F%2Fevil.example");
        assert_eq!(local(Some("/%0d%0aX:1")), "/%0d%0aX:1");
        assert_eq!(local(None), "/");
    }
}
