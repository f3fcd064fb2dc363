//! Where things lie: the repository, the cache, the build's target folder.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The repository's root: of the checkout that is run. Run without Cargo, it is the working folder.
pub fn root() -> PathBuf {
    let here = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| "xtask".into(), PathBuf::from);
    here.parent()
        .map_or_else(|| here.clone(), Path::to_path_buf)
}

/// The user's cache folder for this project. Holds what is slow to make and safe to delete.
pub fn cache() -> PathBuf {
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .unwrap_or_else(env::temp_dir);
    base.join("flowmason")
}

/// Cargo's target folder: as the environment says, else in the cache, shared by all checkouts.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache().join("target"), PathBuf::from)
}

/// The built program of a profile's folder (`debug`, `release`).
pub fn program(profile: &str) -> PathBuf {
    target().join(profile).join("flowmason")
}
