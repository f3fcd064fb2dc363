//! Hashing of object keys: fast, and with a secret seed, since keys come from untrusted input.

use std::{hash::BuildHasher, sync::LazyLock};

/// The seed of this process, so that nobody can construct colliding keys.
static SECRET: LazyLock<ahash::RandomState> = LazyLock::new(ahash::RandomState::new);

/// Hashes keys with the seed of the process. Zero-sized, so it adds nothing to a map.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyHash;

impl BuildHasher for KeyHash {
    type Hasher = ahash::AHasher;

    fn build_hasher(&self) -> Self::Hasher {
        SECRET.build_hasher()
    }
}
