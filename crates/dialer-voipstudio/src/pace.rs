//! The arithmetic of the request budget: when the next request may go.
//!
//! A leaky bucket in the form of the generic cell rate algorithm (ITU-T I.371): requests are spaced evenly, and
//! after a lull a few may go at once. Both parts together stay within the limit in *any* 60 seconds, and the
//! spacing means that nobody ever waits for a minute because others used it up in its first second.
//!
//! When the provider asks for fewer requests, everything pauses, then goes on at half the rate, which grows back
//! steadily.
//!
//! All that a pace remembers is a [`PaceState`], which nodes that share a budget pass on to each other.

use dialer_domain::telephony::RequestPriority;
use serde::{Deserialize, Serialize};
use time::serde::rfc3339;
use time::{Duration, OffsetDateTime};

/// What the limit counts in, and a margin for requests that travel longer than the ones after them.
const WINDOW: Duration = Duration::seconds(62);
/// The share of the limit that may go at once, and the most.
const BURST_SHARE: u32 = 12;
const LARGEST_BURST: u32 = 20;

/// Pause where the provider does not say how long, and the longest we take its word for.
const PAUSE: Duration = Duration::seconds(5);
const LONGEST_PAUSE: Duration = Duration::minutes(10);
/// The full rate, in thousandths, and the least that is left of it.
const FULL: i32 = 1000;
const LEAST: i32 = 60;
/// How long a rate of zero would take to grow back.
const RECOVERY: Duration = Duration::minutes(5);

/// When requests went, and when the next may.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    /// Spacing of requests at the full rate.
    interval: Duration,
    /// Requests that may go at once after a lull.
    burst: i32,
    state: PaceState,
}

/// The provider has answered a request with "fewer".
#[derive(Debug, Clone, Copy)]
pub(crate) struct Throttled {
    pub(crate) sent_at: OffsetDateTime,
    pub(crate) told_at: OffsetDateTime,
    /// For how long, where it said so.
    pub(crate) pause: Option<Duration>,
}

/// What a pace remembers, by one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PaceState {
    /// When the bucket would be empty: the theoretical arrival time of the algorithm.
    #[serde(with = "rfc3339")]
    drained_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    paused_until: OffsetDateTime,
    /// The rate left after the last throttling, in thousandths, and since when it grows back.
    rate: i32,
    #[serde(with = "rfc3339")]
    growing_since: OffsetDateTime,
    /// When the rate was last cut.
    #[serde(with = "rfc3339::option")]
    cut_at: Option<OffsetDateTime>,
}

impl PaceState {
    /// Of requests that begin at `now`.
    const fn beginning(now: OffsetDateTime) -> Self {
        Self { drained_at: now, paused_until: now, rate: FULL, growing_since: now, cut_at: None }
    }

    /// The same by a clock that is ahead by this much.
    fn ahead_by(self, ahead: Duration) -> Self {
        Self {
            drained_at: self.drained_at + ahead,
            paused_until: self.paused_until + ahead,
            rate: self.rate,
            growing_since: self.growing_since + ahead,
            cut_at: self.cut_at.map(|at| at + ahead),
        }
    }
}

impl Pace {
    /// At most `limit` requests, at least 1, in any 60 seconds from `now` on.
    pub(crate) fn new(limit: u32, now: OffsetDateTime) -> Self {
        let limit = limit.max(1);
        let burst = (limit / BURST_SHARE).clamp(1, LARGEST_BURST);
        let spaced = i64::from(limit - burst + 1);
        // One nanosecond more than the quotient, so that rounding never adds a request.
        let nanoseconds = i64::try_from(WINDOW.whole_nanoseconds()).unwrap_or(i64::MAX) / spaced + 1;
        Self {
            interval: Duration::nanoseconds(nanoseconds),
            burst: i32::try_from(burst).unwrap_or(1),
            state: PaceState::beginning(now),
        }
    }

    /// What it remembers.
    pub(crate) const fn state(&self) -> PaceState {
        self.state
    }

    /// The same limit, for requests that begin at `now`.
    pub(crate) fn beginning(&self, now: OffsetDateTime) -> Self {
        self.remembering(PaceState::beginning(now))
    }

    /// The same limit, and what another pace remembers.
    pub(crate) fn remembering(&self, state: PaceState) -> Self {
        Self { state, ..self.clone() }
    }

    /// The same by a clock that is ahead by this much.
    pub(crate) fn ahead_by(&self, ahead: Duration) -> Self {
        self.remembering(self.state.ahead_by(ahead))
    }

    /// The earliest instant at which a request of this priority may go, given no other before it.
    pub(crate) fn opens_at(&self, priority: RequestPriority) -> OffsetDateTime {
        (self.state.drained_at - self.tolerance(priority)).max(self.state.paused_until)
    }

    /// Books a request that goes at `now`.
    pub(crate) fn book(&mut self, now: OffsetDateTime) {
        self.state.drained_at = self.state.drained_at.max(now) + self.interval_at(now);
    }

    /// The provider has asked, in answer to a request sent at `sent_at`, for fewer.
    ///
    /// Requests that were under way when the rate was cut only prolong the pause: they tell the same thing again.
    pub(crate) fn throttle(&mut self, sent_at: OffsetDateTime, now: OffsetDateTime, pause: Option<Duration>) {
        let pause = pause.unwrap_or(PAUSE).clamp(Duration::SECOND, LONGEST_PAUSE);
        if self.state.cut_at.is_none_or(|cut| sent_at >= cut) {
            self.state.rate = (self.rate_at(now) / 2).max(LEAST);
            self.state.cut_at = Some(now);
        }
        self.state.paused_until = self.state.paused_until.max(now + pause);
        self.state.growing_since = self.state.paused_until;
        // After a pause no burst.
        self.state.drained_at =
            self.state.drained_at.max(self.state.paused_until + self.tolerance(RequestPriority::Person));
    }

    /// Until when nothing goes.
    pub(crate) fn paused_until(&self) -> OffsetDateTime {
        self.state.paused_until
    }

    /// Requests that could go at once at `now`.
    pub(crate) fn available(&self, priority: RequestPriority, now: OffsetDateTime) -> u32 {
        if self.opens_at(priority) > now {
            return 0;
        }
        let room = now + self.tolerance(priority) - self.state.drained_at.max(now);
        let more = room.whole_nanoseconds() / self.interval_at(now).whole_nanoseconds().max(1);
        u32::try_from(more + 1).unwrap_or(u32::MAX)
    }

    /// Requests a minute that can be kept up at `now`, rounded.
    pub(crate) fn per_minute(&self, now: OffsetDateTime) -> u32 {
        let each = self.interval_at(now).whole_nanoseconds().max(1);
        u32::try_from((Duration::MINUTE.whole_nanoseconds() + each / 2) / each).unwrap_or(u32::MAX)
    }

    /// How far ahead of even spacing a request of this priority may go. The last few of a burst are kept for the
    /// higher priorities.
    fn tolerance(&self, priority: RequestPriority) -> Duration {
        let allowed = match priority {
            RequestPriority::Person => self.burst,
            RequestPriority::Campaign => self.burst * 3 / 4,
            RequestPriority::Sweep => self.burst / 2,
        };
        self.interval * (allowed - 1).max(0)
    }

    fn interval_at(&self, now: OffsetDateTime) -> Duration {
        self.interval * FULL / self.rate_at(now)
    }

    /// The present share of the full rate, in thousandths.
    fn rate_at(&self, now: OffsetDateTime) -> i32 {
        let grown = (now - self.state.growing_since).max(Duration::ZERO).whole_milliseconds() * i128::from(FULL)
            / RECOVERY.whole_milliseconds();
        i32::try_from(i128::from(self.state.rate) + grown).unwrap_or(FULL).clamp(1, FULL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use time::macros::datetime;

    const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
    const PERSON: RequestPriority = RequestPriority::Person;

    /// Sends as fast as allowed until `end`; returns when each request went.
    fn send_all(pace: &mut Pace, from: OffsetDateTime, end: OffsetDateTime) -> Vec<OffsetDateTime> {
        let mut sent = Vec::new();
        let mut now = from;
        loop {
            now = now.max(pace.opens_at(PERSON));
            if now >= end {
                return sent;
            }
            pace.book(now);
            sent.push(now);
        }
    }

    fn most_in_any_minute(sent: &[OffsetDateTime]) -> usize {
        let mut first = 0;
        let mut most = 0;
        for (last, at) in sent.iter().enumerate() {
            while sent[first] + Duration::MINUTE <= *at {
                first += 1;
            }
            most = most.max(last - first + 1);
        }
        most
    }

    #[test]
    fn a_busy_dialer_can_use_nine_tenths_of_its_budget_all_the_time() {
        let sent = send_all(&mut Pace::new(100, T0), T0, T0 + Duration::hours(1));
        assert!(sent.len() > 60 * 89, "{}", sent.len());
        assert!(most_in_any_minute(&sent) > 95);
    }

    #[rstest]
    #[case(1)]
    #[case(2)]
    #[case(25)]
    #[case(6000)]
    fn a_budget_of_any_size_is_kept_and_used(#[case] limit: u32) {
        let sent = send_all(&mut Pace::new(limit, T0), T0, T0 + Duration::minutes(5));
        let most = most_in_any_minute(&sent);
        assert!(most <= usize::try_from(limit).unwrap(), "{most} of {limit}");
        assert!(sent.len() >= usize::try_from(limit * 4).unwrap(), "{}", sent.len());
    }

    #[test]
    fn what_a_pace_remembers_survives_being_written_down() {
        let mut pace = Pace::new(100, T0);
        pace.book(T0);
        pace.throttle(T0, T0 + Duration::nanoseconds(123_456_789), Some(Duration::seconds(30)));
        let written = serde_json::to_value(pace.state()).unwrap();
        assert_eq!(serde_json::from_value::<PaceState>(written).unwrap(), pace.state());
        let ahead = Duration::seconds(3);
        assert_eq!(pace.ahead_by(ahead).opens_at(PERSON), pace.opens_at(PERSON) + ahead);
    }

    #[test]
    fn nobody_waits_longer_than_a_second_for_the_next_turn() {
        let mut pace = Pace::new(100, T0);
        let sent = send_all(&mut pace, T0, T0 + Duration::minutes(10));
        assert!(sent.windows(2).all(|pair| pair[1] - pair[0] < Duration::SECOND));
    }

    #[test]
    fn bookkeeping_leaves_room_for_campaigns_and_those_for_people() {
        let pace = Pace::new(100, T0);
        let available = RequestPriority::ALL.iter().map(|priority| pace.available(*priority, T0)).collect::<Vec<_>>();
        assert_eq!(available, [8, 6, 4]);
        for priority in [RequestPriority::Sweep, RequestPriority::Campaign] {
            let mut pace = pace.clone();
            while pace.opens_at(priority) <= T0 {
                pace.book(T0);
            }
            assert!(pace.available(PERSON, T0) >= 2, "{priority} left nothing");
        }
    }

    #[test]
    fn a_throttled_dialer_pauses_as_told_then_goes_at_half_speed_and_recovers() {
        let mut pace = Pace::new(100, T0);
        pace.book(T0);
        let told = T0 + Duration::SECOND;
        pace.throttle(T0, told, Some(Duration::seconds(30)));
        assert_eq!(pace.opens_at(PERSON), told + Duration::seconds(30));
        assert_eq!(pace.available(PERSON, told), 0);
        let resumed = told + Duration::seconds(30);
        let first = send_all(&mut pace.clone(), told, resumed + Duration::minutes(1)).len();
        assert!((45..60).contains(&first), "{first} in the first minute");
        let at_once = send_all(&mut pace.clone(), resumed, resumed + Duration::SECOND).len();
        assert_eq!(at_once, 1, "no burst after a pause");
        assert_eq!(pace.per_minute(resumed), 45);
        assert_eq!(pace.per_minute(resumed + Duration::minutes(3)), 90);
    }

    #[test]
    fn refusals_of_requests_already_under_way_do_not_cut_the_rate_again() {
        let mut pace = Pace::new(100, T0);
        let cut = T0 + Duration::SECOND;
        for _ in 0..10 {
            pace.throttle(T0, cut, None);
        }
        assert_eq!(pace.per_minute(cut), 45);
        pace.throttle(cut + PAUSE, cut + PAUSE, None);
        assert!(pace.per_minute(cut + PAUSE) <= 23);
    }

    #[test]
    fn however_often_it_is_throttled_a_dialer_stops_neither_for_good_nor_for_hours() {
        let mut pace = Pace::new(100, T0);
        let mut now = T0;
        for _ in 0..50 {
            pace.throttle(now, now, Some(Duration::days(2)));
            now += Duration::SECOND;
        }
        assert!(pace.opens_at(PERSON) <= now + LONGEST_PAUSE);
        assert!(pace.per_minute(now) >= 5);
    }

    proptest! {
        #[test]
        fn no_minute_ever_holds_more_requests_than_the_budget(
            limit in 1_u32..300,
            steps in prop::collection::vec((0_u8..12, 0_i64..4_000, 0_usize..3), 1..600),
        ) {
            let mut pace = Pace::new(limit, T0);
            let mut now = T0;
            let mut sent: Vec<OffsetDateTime> = Vec::new();
            for (kind, milliseconds, priority) in steps {
                match kind {
                    // Time passes, a little or a lot.
                    0 => now += Duration::seconds(milliseconds / 40),
                    1 => now += Duration::milliseconds(milliseconds),
                    2 if milliseconds < 200 => pace.throttle(now - Duration::SECOND, now, None),
                    // A request that waits for its turn, or one that goes only if it can.
                    kind => {
                        let opens = pace.opens_at(RequestPriority::ALL[priority]);
                        if kind % 2 == 0 {
                            now = now.max(opens);
                        }
                        if opens <= now {
                            pace.book(now);
                            sent.push(now);
                        }
                    }
                }
            }
            prop_assert!(most_in_any_minute(&sent) <= usize::try_from(limit).unwrap());
        }
    }
}
