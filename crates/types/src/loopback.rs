//! URLs of the machine itself, for which http is safe: nothing leaves the machine.

use url::{Host, Url};

/// Whether the host of a URL is the machine on which it is opened: `localhost`, or a loopback address.
pub fn is_loopback_url(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_localhost_and_loopback_addresses_are_the_machine_itself() {
        for (url, own) in [
            ("http://localhost:8080/a", true),
            ("http://LOCALHOST", true),
            ("http://127.0.0.1", true),
            ("http://127.8.9.1:3000", true),
            ("http://[::1]:3000", true),
            ("http://localhost.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("http://127.0.0.1@example.com", false),
            ("http://10.0.0.1", false),
            ("http://[::2]", false),
            ("com.example.app:/callback", false),
        ] {
            assert_eq!(is_loopback_url(&Url::parse(url).unwrap()), own, "{url}");
        }
    }
}
