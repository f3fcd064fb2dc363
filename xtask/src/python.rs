//! A Python with the servers of the tests, in the cache.

use std::{path::PathBuf, process::Command};

use crate::{error::Result, paths, process};

/// The SMTP server, the DNS server and the SAML provider of the tests, with their versions.
const SERVERS: &[&str] = &["aiosmtpd==1.4.6", "dnslib==0.9.26", "pysaml2==7.5.5"];

/// The Python to start the servers with. The first call creates its environment and installs the
/// servers there.
pub fn ensure() -> Result<PathBuf> {
    let name = SERVERS.join("-").replace("==", "-");
    let home = paths::cache().join("python").join(name);
    let python = home.join("bin").join("python");
    let ready = || {
        process::output(Command::new(&python).args(["-c", "import aiosmtpd, dnslib, saml2"]))
            .is_ok()
    };
    if !ready() {
        eprintln!("installing {}", SERVERS.join(", "));
        process::output(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&home),
        )?;
        let install = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        process::output(Command::new(&python).args(install).args(SERVERS))?;
    }
    Ok(python)
}
