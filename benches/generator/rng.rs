//! Numbers that look random and are the same every time.

use std::ops::RangeInclusive;

/// `SplitMix64`: one addition and a mix; quick, and every serial number has its own sequence.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

/// The golden ratio in 64 bits: the step of `SplitMix64`.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Rng {
    /// The sequence of one case.
    pub(crate) fn of(seed: u64, serial: u64) -> Self {
        let mut rng = Self(seed.wrapping_mul(STEP) ^ serial.wrapping_mul(0xd134_2543_de82_ef95));
        rng.next();
        rng
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 on, below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // The high half of a product: no division, and even enough for a measurement.
        u64::try_from((u128::from(self.next()) * u128::from(end)) >> 64).unwrap_or(0)
    }

    /// A number of the range, its ends included.
    pub(crate) fn between(&mut self, range: &RangeInclusive<i32>) -> i32 {
        let width = u64::try_from(range.end() - range.start() + 1).unwrap_or(1);
        range.start() + i32::try_from(self.below(width)).unwrap_or(0)
    }
}
