//! Between counts, whole steps and plain floats.

/// The whole part of a value, for an index: 0 for anything negative or not a number.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no conversion of the standard library takes a float to an index; `as` saturates, which is what an index wants"
)]
pub(super) const fn whole(value: f64) -> usize {
    value as usize
}

/// A count as a float.
pub(super) fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// A count in 32 bits, at most their largest.
pub(super) fn short(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The size of a count in memory.
pub(super) fn size(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
