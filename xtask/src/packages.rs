//! System packages: installed with apt if possible, otherwise reported with the command to type.

use std::process::Command;

use crate::{
    error::Result,
    process::{self, has},
    services,
};

/// A system package that a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A C compiler, for the bundled SQLite and for TLS.
    Compiler,
    /// The program that finds installed libraries.
    PkgConfig,
    /// The library that verifies signatures in XML, and all that it needs.
    XmlSec,
    /// libclang, which reads the headers of libxmlsec1.
    Clang,
    /// npm, which also installs Node itself if the installed one is too old.
    Npm,
    /// PostgreSQL's server programs.
    Postgres,
    /// Redis.
    Redis,
    /// Python with virtual environments, for servers of the tests.
    Python,
    /// The program with which the SAML provider of the tests signs.
    XmlSecProgram,
    /// The program that creates the certificates of the test servers.
    Openssl,
    /// Debian's Chromium.
    Chromium,
    /// The load generator of the benchmarks.
    Wrk,
}

/// What building the program needs.
const BUILD: [Need; 4] = [Need::Compiler, Need::PkgConfig, Need::XmlSec, Need::Clang];

impl Need {
    fn met(self) -> bool {
        match self {
            Need::Compiler => has("cc"),
            Need::PkgConfig => has("pkg-config"),
            Need::XmlSec => has("xmlsec1-config"),
            Need::Clang => has_clang(),
            Need::Npm => has("npm"),
            Need::Postgres => services::postgres_bin().is_some(),
            Need::Redis => has("redis-server"),
            Need::Python => has_python(),
            Need::XmlSecProgram => has("xmlsec1"),
            Need::Openssl => has("openssl"),
            Need::Chromium => chromium().is_some(),
            Need::Wrk => has("wrk"),
        }
    }

    fn package(self) -> &'static str {
        match self {
            Need::Compiler => "build-essential",
            Need::PkgConfig => "pkg-config",
            Need::XmlSec => "libxmlsec1-dev",
            Need::Clang => "libclang-dev",
            Need::Npm => "npm",
            Need::Postgres => "postgresql",
            Need::Redis => "redis-server",
            Need::Python => "python3-venv",
            Need::XmlSecProgram => "xmlsec1",
            Need::Openssl => "openssl",
            Need::Chromium => "chromium",
            Need::Wrk => "wrk",
        }
    }
}

/// The browser for tests: the one that `CHROMIUM` names, otherwise `chromium` on the path.
pub fn chromium() -> Option<std::path::PathBuf> {
    std::env::var_os("CHROMIUM")
        .map(Into::into)
        .or_else(|| process::which("chromium"))
}

/// Whether libclang can be loaded: from a folder of LLVM, or from the one that `LIBCLANG_PATH` names.
fn has_clang() -> bool {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten();
    std::env::var_os("LIBCLANG_PATH").is_some()
        || folders.flatten().any(|folder| {
            let of_llvm = folder.file_name().to_string_lossy().starts_with("llvm");
            of_llvm && folder.path().join("lib/libclang.so").exists()
        })
}

/// Whether `python3` can create virtual environments. Debian has that in a package of its own.
fn has_python() -> bool {
    let check = ["-c", "import ensurepip, venv"];
    process::output(Command::new("python3").args(check)).is_ok()
}

/// Installs what building the program needs, and these packages.
pub fn ensure(also: &[Need]) -> Result {
    install(&[&BUILD, also].concat())
}

/// Installs the missing packages. Without the permission to do so, the error has the command to
/// type.
fn install(needs: &[Need]) -> Result {
    let missing: Vec<_> = needs
        .iter()
        .filter(|n| !n.met())
        .map(|n| n.package())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get update && apt-get install -y {}", missing.join(" "));
    if !has("apt-get") {
        return Err(format!(
            "these packages are missing: {}; install them with the system's package manager and \
             try again",
            missing.join(", ")
        )
        .into());
    }
    let prefix: &[&str] = if nix::unistd::geteuid().is_root() {
        &[]
    } else if passwordless_sudo() {
        &["sudo", "--non-interactive"]
    } else {
        return Err(format!(
            "missing system packages; type this and try again:\n  sudo sh -c '{line}'"
        )
        .into());
    };
    eprintln!("installing {}", missing.join(", "));
    apt(prefix, &["update", "-qq"])?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(&missing);
    apt(prefix, &install)?;
    match needs.iter().find(|n| !n.met()) {
        None => Ok(()),
        Some(Need::Chromium) => Err("the package `chromium` of this system does not contain \
            /usr/bin/chromium (on Ubuntu it is a stub for snap): install Chromium yourself and \
            set the environment variable CHROMIUM to its path"
            .into()),
        Some(need) => Err(format!("`{}` was installed but not found", need.package()).into()),
    }
}

fn passwordless_sudo() -> bool {
    has("sudo") && process::output(Command::new("sudo").args(["-n", "true"])).is_ok()
}

fn apt(prefix: &[&str], args: &[&str]) -> Result {
    let words: Vec<&str> = prefix
        .iter()
        .chain(&["apt-get"])
        .chain(args)
        .copied()
        .collect();
    process::run(
        Command::new(words[0])
            .args(&words[1..])
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}
