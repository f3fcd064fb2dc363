//! A small random number generator. It prints its seed, so that a failure can be reproduced.

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub struct Random(u64);

impl Random {
    /// Seeds the generator from `FLOWMASON_SEED` (a number or any text), or from the time, and
    /// prints the seed.
    pub fn seeded(what: &str) -> Self {
        let seed = std::env::var("FLOWMASON_SEED")
            .ok()
            .filter(|text| !text.is_empty())
            .map(|text| text.parse().unwrap_or_else(|_| number_of(&text)));
        let seed = seed.unwrap_or_else(|| {
            let now = std::time::SystemTime::now();
            now.duration_since(std::time::UNIX_EPOCH)
                .map_or(1, |d| d.as_nanos() as u64)
        });
        crate::say(&format!("{what}: FLOWMASON_SEED={seed}"));
        Self(seed)
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A uniform number from 0 (inclusive) to 1 (exclusive).
    pub fn part(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The hash of a text: FNV-1a (Fowler, Noll and Vo).
fn number_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
