//! Foreign programs that cases work with: which program runs them, and their processes.
//!
//! `FLOWMASON_TEST_PYTHON` and `FLOWMASON_TEST_NODE` name the programs that run them; `cargo xtask test`
//! prepares both, with the packages that the peers need.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

/// The program that runs a peer: what this variable names. `None` if it names nothing, so that the case
/// is skipped; in CI that is a failure. `peer`: what is missing then.
pub fn program(variable: &str, peer: &str) -> Option<OsString> {
    let program = std::env::var_os(variable);
    if program.is_none() {
        let ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!ci, "CI=true, but {variable} is not set");
        eprintln!("skipped: no {peer} ({variable} is not set)");
    }
    program
}

/// A file in the folder of the peers.
pub fn file(path: &str) -> String {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs the suite");
    format!("{here}/peers/{path}")
}

/// A port that is free now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// How often a peer is started with other ports, if it ends at once.
const TRIES: usize = 3;

/// A running peer, which ends with this value.
pub struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Peer {
    /// Starts a peer, and waits until it prints that it is ready. `make` chooses free ports; if the peer ends
    /// before, somebody else may have taken one of them, and it is started with others. `advice`: what to
    /// look at if it ends each time.
    pub fn start<T>(mut make: impl FnMut() -> (Command, T), advice: &str) -> (Self, T) {
        for _ in 0..TRIES {
            let (mut command, chosen) = make();
            let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
            // From here on, a panic ends it.
            let mut peer = Self(command.spawn().expect("the program starts"));
            let mut out = BufReader::new(peer.0.stdout.take().expect("piped")).lines();
            if out.any(|line| line.is_ok_and(|line| line.trim() == "ready")) {
                // It may print more later; without a reader, that would end it.
                std::thread::spawn(move || out.for_each(drop));
                return (peer, chosen);
            }
        }
        panic!("{advice}");
    }
}
