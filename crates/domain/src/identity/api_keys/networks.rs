//! The networks from which an API key may be used.

use std::{fmt, net::IpAddr};

use ipnet::IpNet;

use crate::{
    access::UnknownWord,
    error::{AppError, Result},
};

/// The largest number of networks of one key.
const MOST: usize = 50;

/// A list of networks. An empty list allows every address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads addresses (`203.0.113.7`) and networks in CIDR notation (`10.0.0.0/8`, `fd00::/8`).
    ///
    /// # Errors
    /// `INVALID_INPUT`, which names `field` and the text that is neither.
    pub fn read(field: &str, list: &[String]) -> Result<Self> {
        if list.len() > MOST {
            let problem = format!("has {} networks; at most {MOST} are allowed", list.len());
            return Err(AppError::invalid(field, problem));
        }
        let mut networks = Vec::with_capacity(list.len());
        for text in list {
            let network = parse(text.trim()).ok_or_else(|| {
                let text: String = text.chars().take(100).collect();
                let problem = format!(
                    "`{text}` is neither an address like 203.0.113.7 nor a network like 10.0.0.0/8"
                );
                AppError::invalid(field, problem)
            })?;
            if !networks.contains(&network) {
                networks.push(network);
            }
        }
        Ok(Self(networks))
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// If it contains anything else: such a key must not be usable from everywhere.
    pub fn stored(text: Option<&str>) -> Result<Self, UnknownWord> {
        let list = text.unwrap_or_default().split_ascii_whitespace();
        let networks = list.map(|word| {
            parse(word).ok_or_else(|| UnknownWord {
                what: "network",
                word: word.chars().take(100).collect(),
            })
        });
        Ok(Self(networks.collect::<Result<_, _>>()?))
    }

    /// Whether an address is allowed. An unknown address is only if every address is.
    pub fn allow(&self, address: Option<IpAddr>) -> bool {
        let address = address.map(|address| address.to_canonical());
        self.0.is_empty()
            || address.is_some_and(|address| self.0.iter().any(|one| one.contains(&address)))
    }

    /// The networks as texts, single addresses without a prefix length.
    pub fn texts(&self) -> Vec<String> {
        let text = |network: &IpNet| match network.prefix_len() == network.max_prefix_len() {
            true => network.addr().to_string(),
            false => network.to_string(),
        };
        self.0.iter().map(text).collect()
    }

    /// The stored form; `None` for an empty list.
    pub fn to_stored(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.to_string())
    }
}

/// The texts, separated by spaces.
impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts().join(" "))
    }
}

/// A network or an address. Bits behind the prefix are cleared: `10.1.2.3/8` is `10.0.0.0/8`. An
/// IPv4 address in IPv6 notation (`::ffff:10.0.0.7`) is the IPv4 address, as in [`Networks::allow`].
fn parse(text: &str) -> Option<IpNet> {
    match text.parse::<IpNet>() {
        Ok(network) => Some(network.trunc()),
        Err(_) => {
            let address: IpAddr = text.parse().ok()?;
            Some(IpNet::from(address.to_canonical()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &[&str]) -> Result<Networks> {
        let list: Vec<String> = list.iter().map(|text| (*text).to_owned()).collect();
        Networks::read("allowedNetworks", &list)
    }

    fn allows(networks: &Networks, address: &str) -> bool {
        networks.allow(Some(address.parse().unwrap()))
    }

    #[test]
    fn an_address_is_allowed_in_each_of_its_notations_and_no_other_is() {
        let networks = read(&["203.0.113.7", "10.1.2.3/8", "fd00::/8", "10.0.0.0/8"]).unwrap();
        assert_eq!(networks.to_string(), "203.0.113.7 10.0.0.0/8 fd00::/8");
        for inside in ["203.0.113.7", "::ffff:203.0.113.7", "10.255.0.1", "fd12::1"] {
            assert!(allows(&networks, inside), "{inside}");
        }
        for outside in ["203.0.113.8", "11.0.0.1", "::1", "fe80::1", "::cb00:7107"] {
            assert!(!allows(&networks, outside), "{outside}");
        }
        assert!(!networks.allow(None), "an unknown address");
    }

    #[test]
    fn without_networks_every_address_is_allowed() {
        let networks = read(&[]).unwrap();
        assert!(networks.allow(None) && allows(&networks, "192.0.2.1"));
        assert_eq!(networks.to_stored(), None);
    }

    #[test]
    fn a_text_that_is_no_network_is_named() {
        for wrong in [
            "10.0.0.0/33",
            "10.0.0",
            "example.com",
            "",
            "10.0.0.1-10.0.0.9",
            "*",
        ] {
            let error = read(&["10.0.0.1", wrong]).unwrap_err();
            assert!(
                error.message.contains(&format!("`{wrong}`")),
                "{}",
                error.message
            );
        }
        let many: Vec<String> = (0..=MOST).map(|at| format!("10.0.0.{at}")).collect();
        let error = Networks::read("allowedNetworks", &many).unwrap_err();
        assert!(error.message.contains("51 networks"), "{}", error.message);
    }

    #[test]
    fn the_stored_form_reads_back_and_a_damaged_one_is_refused() {
        let networks = read(&["203.0.113.7", "fd00::/8"]).unwrap();
        let stored = networks.to_stored();
        assert_eq!(Networks::stored(stored.as_deref()), Ok(networks));
        assert_eq!(Networks::stored(None), Ok(Networks::default()));
        let damaged = Networks::stored(Some("10.0.0.1 everywhere")).unwrap_err();
        assert_eq!(damaged.word, "everywhere");
    }
}
