//! The client's address behind trusted proxies.
//!
//! `X-Forwarded-For` is read only if the connection comes from a proxy that the operator
//! configured, and only as far as such proxies wrote it: from right to left, past the trusted
//! proxies, to the first address that is not one of them. Everything to the left of that address
//! was sent by the client. `Forwarded` and `X-Real-IP` are never read.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use actix_web::{HttpRequest, http::header::HeaderMap};
use ipnet::IpNet;

/// The proxies whose `X-Forwarded-For` is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// A text that is neither an address nor a network.
#[derive(Debug, PartialEq, Eq)]
pub struct NotANetwork(pub String);

impl fmt::Display for NotANetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is neither an address like 10.0.0.7 nor a network like 10.0.0.0/8",
            self.0
        )
    }
}

impl FromStr for TrustedProxies {
    type Err = NotANetwork;

    /// Parses a comma-separated list: `10.0.0.7,192.168.0.0/16,fd00::/8`.
    fn from_str(list: &str) -> Result<Self, NotANetwork> {
        let networks = list
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| {
                text.parse::<IpNet>()
                    .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| NotANetwork(text.to_owned()))
            });
        Ok(Self(networks.collect::<Result<_, _>>()?))
    }
}

impl TrustedProxies {
    /// Whether the address belongs to a trusted proxy.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client's address. `None` if the connection has none, as in tests.
    pub fn client(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        Some(self.behind(peer, request.headers()))
    }

    fn behind(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        if !self.contains(nearest) {
            return nearest;
        }
        // Several lines of the header form one list. A line that is not text ends the readable
        // part.
        let lines: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .map(|line| line.to_str().unwrap_or("?"))
            .collect();
        let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
        for hop in hops {
            // Not an address: the nearest hop with an address is taken as the client.
            let Some(address) = address(hop.trim()) else {
                return nearest;
            };
            nearest = address;
            if !self.contains(address) {
                return address;
            }
        }
        nearest
    }
}

/// The network that is assumed to belong to one client: an IPv4 address, or the /64 of an IPv6
/// address.
pub fn bucket(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

/// Parses `203.0.113.7` and `2001:db8::7`, also with a port: `203.0.113.7:4711`,
/// `[2001:db8::7]:4711`.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let parsed = bare.unwrap_or(hop).parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    parsed.or_else(with_port).map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// The client of a request from `peer` with these `X-Forwarded-For` lines.
    fn client(trusted: &str, peer: &str, lines: &[&str]) -> String {
        let mut request = TestRequest::default()
            .peer_addr(SocketAddr::new(peer.parse().unwrap(), 4711))
            // Never read, whoever sends them.
            .insert_header(("forwarded", "for=198.51.100.99"))
            .insert_header(("x-real-ip", "198.51.100.99"));
        for line in lines {
            request = request.append_header(("x-forwarded-for", *line));
        }
        let trusted: TrustedProxies = trusted.parse().unwrap();
        trusted
            .client(&request.to_http_request())
            .unwrap()
            .to_string()
    }

    #[test]
    fn l01_without_trusted_proxies_no_header_is_believed() {
        assert_eq!(client("", "203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        assert_eq!(client("", "127.0.0.1", &["198.51.100.1"]), "127.0.0.1");
    }

    #[test]
    fn l01_behind_one_proxy_the_address_that_it_saw_counts_and_not_what_the_client_wrote() {
        let proxy = "10.0.0.7";
        assert_eq!(client(proxy, "10.0.0.7", &["198.51.100.1"]), "198.51.100.1");
        let spoofed = ["192.0.2.1, 192.0.2.2", "198.51.100.1"];
        assert_eq!(client(proxy, "10.0.0.7", &spoofed), "198.51.100.1");
        // The same headers from somebody else are ignored.
        assert_eq!(client(proxy, "203.0.113.7", &spoofed), "203.0.113.7");
        assert_eq!(
            client(proxy, "::ffff:10.0.0.7", &["198.51.100.1"]),
            "198.51.100.1"
        );
    }

    #[test]
    fn l01_behind_two_proxies_the_right_most_hop_that_is_neither_counts() {
        let both = "10.0.0.0/8, fd00::/8";
        let lines = ["192.0.2.1, 198.51.100.1, 10.0.0.8"];
        assert_eq!(client(both, "fd00::1", &lines), "198.51.100.1");
        // A client inside the trusted network, or no header at all: the farthest known address.
        assert_eq!(client(both, "10.0.0.7", &["10.1.2.3"]), "10.1.2.3");
        assert_eq!(client(both, "10.0.0.7", &[]), "10.0.0.7");
    }

    #[test]
    fn l01_a_hop_that_is_no_address_ends_the_chain_at_the_last_one_that_is() {
        let proxy = "10.0.0.7";
        for junk in ["unknown", "", "198.51.100.1;drop", "_hidden", "1.2.3"] {
            let line = format!("198.51.100.5, {junk}");
            assert_eq!(client(proxy, "10.0.0.7", &[&line]), "10.0.0.7", "{junk}");
        }
        for (hop, ip) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
        ] {
            assert_eq!(client(proxy, "10.0.0.7", &[hop]), ip);
        }
    }

    #[test]
    fn a_list_is_read_as_a_whole_or_refused_with_the_part_that_is_wrong() {
        assert_eq!("".parse(), Ok(TrustedProxies::default()));
        assert_eq!(" , ".parse(), Ok(TrustedProxies::default()));
        for wrong in ["10.0.0.0/33", "proxy.example", "10.0.0"] {
            let error = format!("10.0.0.1,{wrong}").parse::<TrustedProxies>();
            assert_eq!(error, Err(NotANetwork(wrong.to_owned())));
        }
    }
}
