//! The paths of the repository, the cache and Cargo's target folder.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The root of this checkout. Without Cargo, it is the working folder.
pub fn root() -> PathBuf {
    let here = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| "xtask".into(), PathBuf::from);
    here.parent()
        .map_or_else(|| here.clone(), Path::to_path_buf)
}

/// The user's cache folder for this project. Its contents are slow to create and safe to delete.
pub fn cache() -> PathBuf {
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .unwrap_or_else(env::temp_dir);
    base.join("flowmason")
}

/// Cargo's target folder: `CARGO_TARGET_DIR`, otherwise a folder in the cache that all checkouts
/// share.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache().join("target"), PathBuf::from)
}

/// The path of the built program. `profile` is `debug` or `release`.
pub fn program(profile: &str) -> PathBuf {
    target().join(profile).join("flowmason")
}
