//! Tags: short texts that tell one state of a row from every other one.

use serde::Serialize;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// The tag of a state. States that are written alike have the same one, on any machine and at any time.
pub(crate) fn tag_of(state: &impl Serialize) -> String {
    // Words, numbers and instants are always written; what could not be would match nothing that was read.
    let written = serde_json::to_vec(state).unwrap_or_default();
    let digest = Sha256::digest(written);
    format!("{:032x}", digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte)))
}

/// An instant as databases keep it: in microseconds. 64 bits of them last for 292,000 years.
pub(crate) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}
