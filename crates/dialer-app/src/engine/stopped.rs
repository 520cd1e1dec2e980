//! Calls that somebody else has ended: their records may still tell better.

use time::OffsetDateTime;

use super::Engine;

impl Engine {
    /// Looks for the records of calls that were hung up since the last round.
    pub(super) fn expect_corrections(&mut self, now: OffsetDateTime) {
        for call in self.handle.take_hung_up() {
            self.idle.clear();
            self.assumed.insert(call.id, (call, now + self.settings.correct_for));
        }
    }
}
