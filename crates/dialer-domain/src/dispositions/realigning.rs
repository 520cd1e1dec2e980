//! A country changes its clocks: what was promised as a wall time stays at that wall time, and its instant moves.

use super::FollowUpTime;

/// The instants of a promise by the zone data of now, when they are not those that were stored. `None` when they are, or when
/// the promise was an instant.
#[must_use]
pub fn realigned(stored: &FollowUpTime) -> Option<FollowUpTime> {
    let instants = stored.wall.as_ref()?.instants()?;
    // A wall time is kept to the second, an instant that it was made from more precisely.
    let second = time::OffsetDateTime::unix_timestamp;
    let is = |at: time::OffsetDateTime| second(at) == second(stored.at);
    let same = match stored.again_at {
        Some(again) => is(instants.at) && instants.again_at == Some(again),
        // One of two may have been chosen.
        None => is(instants.at) || instants.again_at.is_some_and(is),
    };
    (!same).then(|| FollowUpTime { at: instants.at, again_at: instants.again_at, wall: stored.wall.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::WallTime;
    use rstest::rstest;
    use time::macros::datetime;
    use time::{Duration, OffsetDateTime};

    const FIRST: OffsetDateTime = datetime!(2026-11-01 05:30 UTC);
    const SECOND: OffsetDateTime = datetime!(2026-11-01 06:30 UTC);

    fn stored(at: OffsetDateTime, again_at: Option<OffsetDateTime>) -> FollowUpTime {
        let wall = WallTime { local: "2026-11-01T01:30".parse().unwrap(), zone: "America/New_York".parse().unwrap() };
        FollowUpTime { at, again_at, wall: Some(wall) }
    }

    #[rstest]
    #[case::both(stored(FIRST, Some(SECOND)))]
    #[case::the_first_of_the_two(stored(FIRST, None))]
    #[case::the_second_of_the_two(stored(SECOND, None))]
    #[case::more_precise_than_a_clock(stored(SECOND + Duration::milliseconds(500), None))]
    #[case::an_instant(FollowUpTime { wall: None, ..stored(FIRST, None) })]
    fn what_the_clocks_still_show_then_stays(#[case] stored: FollowUpTime) {
        assert_eq!(realigned(&stored), None);
    }

    #[rstest]
    #[case::an_hour_off(stored(FIRST - Duration::HOUR, None))]
    #[case::no_longer_once(stored(FIRST - Duration::HOUR, Some(FIRST)))]
    fn what_the_clocks_show_at_another_instant_now_moves(#[case] before: FollowUpTime) {
        assert_eq!(realigned(&before), Some(stored(FIRST, Some(SECOND))));
    }
}
