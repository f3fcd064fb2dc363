//! A Python with the SMTP server of the tests, in the cache.

use std::{path::PathBuf, process::Command};

use crate::{error::Result, paths, process};

/// The SMTP server and its version.
const SMTP: &str = "aiosmtpd==1.4.6";

/// The Python to start the SMTP server with. The first call creates its environment and installs
/// the server there.
pub fn ensure() -> Result<PathBuf> {
    let home = paths::cache().join("python").join(SMTP.replace("==", "-"));
    let python = home.join("bin").join("python");
    let ready = || process::output(Command::new(&python).args(["-c", "import aiosmtpd"])).is_ok();
    if !ready() {
        eprintln!("installing {SMTP}");
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
        process::output(Command::new(&python).args(install).arg(SMTP))?;
    }
    Ok(python)
}
