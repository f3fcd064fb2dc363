//! Child processes that never outlive the command: each in its own process group, ended on a
//! signal.

use std::{
    ffi::OsStr,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::{error::Result, paths};

/// The running process groups, each with the signal that ends it.
static ALIVE: Mutex<Vec<(i32, Signal)>> = Mutex::new(Vec::new());
/// The folders to remove at the end.
static FOLDERS: Mutex<Vec<std::path::PathBuf>> = Mutex::new(Vec::new());

/// Ends all children and exits with 130 when the command is interrupted.
pub fn end_children_on_signal() {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
        return;
    };
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            eprintln!("\nxtask: interrupted, ending child processes");
            end_children();
            std::process::exit(130);
        }
    });
}

/// Ends every child group that is still alive and removes the temporary folders.
pub fn end_children() {
    let groups: Vec<_> = lock(&ALIVE).drain(..).collect();
    for (group, signal) in &groups {
        let _ = killpg(Pid::from_raw(*group), *signal);
    }
    let patience = Instant::now() + Duration::from_secs(5);
    for (group, _) in &groups {
        // Signal 0 only checks whether the group still has processes.
        while killpg(Pid::from_raw(*group), None).is_ok() && Instant::now() < patience {
            thread::sleep(Duration::from_millis(20));
            reap(*group);
        }
        let _ = killpg(Pid::from_raw(*group), Signal::SIGKILL);
    }
    for folder in lock(&FOLDERS).drain(..) {
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// Reaps a dead group leader, so that the group no longer exists.
fn reap(group: i32) {
    use nix::sys::wait::{WaitPidFlag, waitpid};
    let _ = waitpid(Pid::from_raw(group), Some(WaitPidFlag::WNOHANG));
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Registers a folder to be removed when the command ends, whatever its result.
pub fn remove_at_end(folder: &Path) {
    lock(&FOLDERS).push(folder.to_path_buf());
}

/// Starts a child in its own process group. When this command ends, the group gets `signal`.
pub fn start(command: &mut Command, signal: Signal) -> Result<Child> {
    let child = command
        .process_group(0)
        .stdin(Stdio::null())
        .spawn()
        .map_err(|e| format!("cannot start {}: {e}", command.get_program().display()))?;
    lock(&ALIVE).push((i32::try_from(child.id())?, signal));
    Ok(child)
}

/// Prints the command line, runs the child to its end, and fails if it fails.
pub fn run(command: &mut Command) -> Result {
    let line: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    let line = line.join(" ");
    eprintln!("$ {line}");
    let mut child = start(command, Signal::SIGTERM)?;
    let group = i32::try_from(child.id())?;
    let status = child.wait()?;
    lock(&ALIVE).retain(|(g, _)| *g != group);
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{line}` failed ({status})").into())
    }
}

/// Runs a child quietly and returns its stdout.
pub fn output(command: &mut Command) -> Result<String> {
    let out = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("cannot start {}: {e}", command.get_program().display()))?;
    if !out.status.success() {
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        return Err(format!("{}: {text}", command.get_program().display()).into());
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// A Cargo command in this workspace, with the shared target folder.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(paths::root())
        .env("CARGO_TARGET_DIR", paths::target());
    // Removes the variables that `cargo run` sets for this program. Build scripts read them, so
    // half of the dependencies would be rebuilt after each change between `cargo` and `cargo
    // xtask`.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Whether a program is on the path.
pub fn has(program: &str) -> bool {
    which(program).is_some()
}

/// The file of a program on the path, if there is one.
pub fn which(program: &str) -> Option<std::path::PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
