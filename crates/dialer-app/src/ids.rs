//! Identifiers for production.

use dialer_domain::ids::IdSource;
use uuid::Uuid;

/// UUIDs of version 7 from the machine's clock and randomness, ascending within one process.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "this is the port that everything else takes identifiers from")]
    fn next_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}
