//! Identifiers that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use dialer_domain::ids::IdSource;
use uuid::{Builder, Uuid};

/// An [`IdSource`] whose ids are UUIDs of version 7, strictly increasing, and the same for the same seed. Sources
/// with different seeds never give the same id.
#[derive(Debug)]
pub struct SeededIds {
    seed: u32,
    given: AtomicU64,
}

impl SeededIds {
    /// 1 January 2026: the millisecond of the first id. Each further id is one millisecond later.
    const FIRST_MILLISECOND: u64 = 1_767_225_600_000;

    /// A source that starts from the beginning.
    #[must_use]
    pub const fn new(seed: u32) -> Self {
        Self { seed, given: AtomicU64::new(0) }
    }
}

impl IdSource for SeededIds {
    fn next_uuid(&self) -> Uuid {
        let millisecond = Self::FIRST_MILLISECOND + self.given.fetch_add(1, Ordering::Relaxed);
        let [a, b, c, d] = self.seed.to_be_bytes();
        Builder::from_unix_timestamp_millis(millisecond, &[0, 0, 0, 0, 0, 0, a, b, c, d]).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(source: &SeededIds, count: usize) -> Vec<Uuid> {
        std::iter::repeat_with(|| source.next_uuid()).take(count).collect()
    }

    #[test]
    fn every_id_is_a_version_7_uuid_and_greater_than_the_one_before() {
        let ids = take(&SeededIds::new(7), 2_000);
        assert!(ids.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
        assert!(ids.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_seed_gives_the_same_ids_in_every_run_and_another_seed_gives_others() {
        assert_eq!(take(&SeededIds::new(1), 50), take(&SeededIds::new(1), 50));
        let (one, other) = (take(&SeededIds::new(1), 50), take(&SeededIds::new(u32::MAX), 50));
        assert!(one.iter().all(|id| !other.contains(id)));
    }
}
