//! What stands before every request: the rate limit and bad luck.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use dialer_domain::Clock;
use time::{Duration, OffsetDateTime};

use crate::carrier::dice::Dice;
use crate::knobs::{FaultScope, Faults, KnobsHandle, Malformed, RateLimitAnswer};
use crate::lock::lock;

/// The route whose requests are dials.
pub(crate) const DIAL: &str = "POST /calls";

/// What goes wrong with a request over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireFault {
    /// Nothing is done, and this status is answered.
    ServerError(u16),
    /// It is done, and this status is answered, or the connection closed.
    LostAnswer(Option<u16>),
    /// It is done, and the answer comes this much later.
    Stall(Duration),
    /// It is done, and the second half of the answer's body comes this much later.
    StallMidBody(Duration),
    /// It is done, and its answer cannot be read.
    Malformed(Malformed),
    /// Bytes that are no HTTP are answered.
    BrokenHeaders { done: bool },
    /// Nothing is done, and the connection is closed.
    Closed,
}

/// What goes wrong with a request in process, where there is neither status nor body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is done, and this status is answered.
    ServerError(u16),
    /// It is done, and this status or nothing is answered.
    LostAnswer(Option<u16>),
    /// It is done, and the answer comes this much later.
    Stall(Duration),
}

impl From<WireFault> for Fault {
    fn from(fault: WireFault) -> Self {
        match fault {
            WireFault::ServerError(status) => Self::ServerError(status),
            WireFault::LostAnswer(status) => Self::LostAnswer(status),
            WireFault::Malformed(_) | WireFault::BrokenHeaders { done: true } => Self::LostAnswer(None),
            WireFault::Stall(delay) | WireFault::StallMidBody(delay) => Self::Stall(delay),
            WireFault::Closed | WireFault::BrokenHeaders { done: false } => Self::ServerError(503),
        }
    }
}

impl WireFault {
    /// Which of the faults `drawn`, from 0 to 1, falls on.
    fn pick(faults: &Faults, drawn: f64) -> Option<Self> {
        let mut left = drawn;
        let cases = [
            (faults.server_error, Self::ServerError(faults.server_error_status)),
            (faults.lost_answer, Self::LostAnswer(faults.lost_answer_status)),
            (faults.stall, Self::Stall(faults.stall_for)),
            (faults.stall_mid_body, Self::StallMidBody(faults.stall_for)),
            (faults.malformed, Self::Malformed(faults.malformed_as)),
            (faults.broken_headers, Self::BrokenHeaders { done: faults.broken_headers_after_work }),
            (faults.closed, Self::Closed),
        ];
        for (share, fault) in cases {
            if left < share {
                return Some(fault);
            }
            left -= share;
        }
        None
    }
}

pub(crate) struct Gate {
    seed: u64,
    clock: Arc<dyn Clock>,
    knobs: KnobsHandle,
    state: Mutex<GateState>,
}

#[derive(Default)]
struct GateState {
    /// When requests of the last minute were let through, oldest first.
    admitted: VecDeque<OffsetDateTime>,
    /// Requests so far by route and subject.
    seen: HashMap<String, u32>,
}

impl Gate {
    pub(crate) fn new(seed: u64, clock: Arc<dyn Clock>, knobs: KnobsHandle) -> Self {
        Self { seed, clock, knobs, state: Mutex::default() }
    }

    /// Lets a request through, or says how to refuse it.
    pub(crate) fn admit(&self) -> Result<(), RateLimitAnswer> {
        let (knobs, now) = (self.knobs.get(), self.clock.now());
        let mut state = lock(&self.state);
        while state.admitted.front().is_some_and(|at| now - *at >= Duration::MINUTE) {
            state.admitted.pop_front();
        }
        let limit = knobs.rate_limit_per_minute.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        if limit.is_some_and(|limit| state.admitted.len() >= limit) {
            return Err(knobs.rate_limit_answer);
        }
        state.admitted.push_back(now);
        Ok(())
    }

    /// The fault that befalls the next request of `route` about `subject`, in process.
    pub(crate) fn fault(&self, route: &str, subject: &str) -> Option<Fault> {
        self.wire_fault(route, subject).map(Fault::from)
    }

    /// The fault that befalls the next request of `route` about `subject`.
    pub(crate) fn wire_fault(&self, route: &str, subject: &str) -> Option<WireFault> {
        let faults = self.knobs.get().faults;
        let mut state = lock(&self.state);
        let seen = state.seen.entry(format!("{route} {subject}")).or_default();
        let nth = *seen;
        *seen += 1;
        let befalls = match faults.on {
            FaultScope::Everything => true,
            FaultScope::Dials => route == DIAL,
            FaultScope::AllButDials => route != DIAL,
        };
        befalls
            .then(|| Dice::new(self.seed, route, subject, nth).unit())
            .and_then(|drawn| WireFault::pick(&faults, drawn))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::ScaledClock;
    use crate::knobs::{Faults, Knobs};

    fn gate(seed: u64, faults: Faults) -> Gate {
        let clock = ScaledClock::new(datetime!(2026-03-02 09:00 UTC), 1.0);
        Gate::new(seed, Arc::new(clock), KnobsHandle::new(Knobs { faults, ..Knobs::default() }))
    }

    #[test]
    fn faults_are_as_frequent_as_set_and_the_same_for_the_same_seed() {
        let faults = Faults { server_error: 0.2, lost_answer: 0.1, stall: 0.1, ..Faults::default() };
        let draw = |seed| -> Vec<_> {
            let gate = gate(seed, faults);
            (0..2000).map(|_| gate.fault(DIAL, "447700900101")).collect()
        };
        let drawn = draw(1);
        assert_eq!(drawn, draw(1));
        assert_ne!(drawn, draw(2));
        let count = |wanted: fn(&Fault) -> bool| drawn.iter().flatten().filter(|fault| wanted(fault)).count();
        assert!((330..470).contains(&count(|fault| matches!(fault, Fault::ServerError(503)))));
        assert!((150..250).contains(&count(|fault| matches!(fault, Fault::LostAnswer(None)))));
        assert!((150..250).contains(&count(|fault| matches!(fault, Fault::Stall(_)))));
    }

    #[test]
    fn every_kind_of_fault_has_its_share_and_none_takes_another_s() {
        let faults = Faults {
            server_error: 0.1,
            lost_answer: 0.1,
            stall: 0.1,
            stall_mid_body: 0.1,
            malformed: 0.1,
            broken_headers: 0.1,
            closed: 0.1,
            ..Faults::default()
        };
        let drawn: Vec<_> = (0..8).map(|tenth| WireFault::pick(&faults, f64::from(tenth) / 10.0 + 0.05)).collect();
        assert_eq!(
            drawn,
            [
                Some(WireFault::ServerError(503)),
                Some(WireFault::LostAnswer(None)),
                Some(WireFault::Stall(Duration::seconds(30))),
                Some(WireFault::StallMidBody(Duration::seconds(30))),
                Some(WireFault::Malformed(Malformed::TruncatedJson)),
                Some(WireFault::BrokenHeaders { done: false }),
                Some(WireFault::Closed),
                None,
            ]
        );
    }

    #[test]
    fn the_fault_of_one_number_does_not_depend_on_dials_of_others() {
        let faults = Faults { server_error: 0.5, ..Faults::default() };
        let alone = gate(1, faults);
        let busy = gate(1, faults);
        for _ in 0..20 {
            busy.fault(DIAL, "447700900102");
            assert_eq!(alone.fault(DIAL, "447700900101"), busy.fault(DIAL, "447700900101"));
        }
    }

    #[test]
    fn faults_befall_only_the_requests_they_are_set_for() {
        let certain = |on| gate(1, Faults { server_error: 1.0, on, ..Faults::default() });

        assert_eq!(certain(FaultScope::Dials).fault("GET /calls", ""), None);
        assert!(certain(FaultScope::Dials).fault(DIAL, "447700900101").is_some());
        assert_eq!(certain(FaultScope::AllButDials).fault(DIAL, "447700900101"), None);
        assert!(certain(FaultScope::AllButDials).fault("GET /calls", "").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_requests_pass_in_any_minute_than_the_limit_says() {
        let gate = gate(1, Faults::default());
        gate.knobs.set(|knobs| knobs.rate_limit_per_minute = Some(3));

        for _ in 0..3 {
            assert_eq!(gate.admit(), Ok(()));
            gate.clock.sleep(Duration::seconds(10)).await;
        }
        assert!(gate.admit().is_err(), "the fourth within 30 s");
        gate.clock.sleep(Duration::seconds(30)).await;
        assert_eq!(gate.admit(), Ok(()), "the first is a minute ago");
        assert!(gate.admit().is_err());
    }
}
