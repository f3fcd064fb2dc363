//! How keys of objects are hashed: quickly, and with a secret, since the keys come from strangers.

use std::{hash::BuildHasher, sync::LazyLock};

/// The secret of this process, so that nobody can choose keys that collide.
static SECRET: LazyLock<ahash::RandomState> = LazyLock::new(ahash::RandomState::new);

/// Hashes keys with a secret of the process. Takes no room in a map.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyHash;

impl BuildHasher for KeyHash {
    type Hasher = ahash::AHasher;

    fn build_hasher(&self) -> Self::Hasher {
        SECRET.build_hasher()
    }
}
