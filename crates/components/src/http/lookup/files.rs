//! Reads `/etc/hosts` and `/etc/resolv.conf`.

use std::{
    collections::HashMap,
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::Path,
    time::SystemTime,
};

/// The modification times and sizes of the files. Equal stamps mean that the files did not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp([Option<(SystemTime, u64)>; 2]);

impl Stamp {
    /// The current stamp of these files.
    pub fn of(resolv: &Path, hosts: &Path) -> Self {
        let of = |path: &Path| {
            let file = fs::metadata(path).ok()?;
            Some((file.modified().ok()?, file.len()))
        };
        Self([of(resolv), of(hosts)])
    }
}

/// The names in the hosts file.
#[derive(Debug, Default)]
pub struct Hosts(HashMap<String, Vec<IpAddr>>);

impl Hosts {
    /// Reads the file; a missing file has no names.
    pub fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_default();
        let mut names: HashMap<String, Vec<IpAddr>> = HashMap::new();
        for line in String::from_utf8_lossy(&bytes).lines() {
            let mut words = line
                .split('#')
                .next()
                .unwrap_or_default()
                .split_whitespace();
            let Some(address) = words.next().and_then(|word| word.parse().ok()) else {
                continue;
            };
            for name in words {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                names.entry(name).or_default().push(address);
            }
        }
        Self(names)
    }

    /// The addresses of a name (in lower case), if the file has it. `localhost` and names that end
    /// in `.localhost` are always this machine (RFC 6761).
    pub fn addresses(&self, name: &str) -> Option<Vec<IpAddr>> {
        if let Some(known) = self.0.get(name) {
            return Some(known.clone());
        }
        let local = name == "localhost" || name.ends_with(".localhost");
        local.then(|| vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()])
    }
}

/// The settings in `/etc/resolv.conf`, with the C library's defaults for missing settings or a
/// missing file.
pub fn resolv_conf(path: &Path) -> resolv_conf::Config {
    let bytes = fs::read(path).unwrap_or_default();
    let (mut config, errors) = resolv_conf::Config::parse_with_errors(&bytes);
    for error in errors {
        tracing::warn!(%error, "a line of resolv.conf cannot be parsed");
    }
    config.glibc_normalize();
    config
}
