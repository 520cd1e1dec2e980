//! How often callers may ask, and what answers tell them of it.
//!
//! Each caller has a bucket of its own that fills up at a steady rate (GCRA, by the `governor` crate on the clock port).
//! Buckets are kept by each process for itself, and forgotten when they are full.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use dialer_domain::clock::Clock;
use dialer_domain::ids::UserId;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use time::OffsetDateTime;

use crate::settings::LimitSettings;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
const STATE: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Seconds between two looks for buckets to forget.
const SWEEP_EVERY: i64 = 60;

/// Whose bucket a request is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Asks {
    /// Somebody with a valid token or key.
    User(UserId),
    /// Somebody without, by the address of the connection.
    Address(IpAddr),
}

/// The buckets of all callers.
pub(crate) struct Limits {
    users: Option<Buckets<UserId>>,
    addresses: Option<Buckets<IpAddr>>,
    clock: Arc<dyn Clock>,
    swept_at: AtomicI64,
}

struct Buckets<K: std::hash::Hash + Eq + Clone> {
    name: &'static str,
    limiter: RateLimiter<K, DashMapStateStore<K>, PortClock, StateInformationMiddleware>,
    clock: PortClock,
}

/// How full a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    name: &'static str,
    /// Requests that a full bucket allows at once.
    limit: u32,
    /// Requests that it allows now.
    remaining: u32,
    /// Until it is full again.
    reset: u64,
    /// From empty to full.
    window: u64,
}

/// A bucket is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Over {
    /// When to ask again, at least 1.
    pub(crate) seconds: u64,
    pub(crate) standing: Standing,
}

impl Limits {
    pub(crate) fn new(settings: &LimitSettings, clock: Arc<dyn Clock>) -> Self {
        let port = PortClock { begin: clock.now(), clock: clock.clone() };
        Self {
            users: Buckets::new("user", settings.user_requests_per_minute, settings.user_burst, &port),
            addresses: Buckets::new("address", settings.address_requests_per_minute, settings.address_burst, &port),
            swept_at: AtomicI64::new(port.begin.unix_timestamp()),
            clock,
        }
    }

    /// Takes one request from the caller's bucket. `None` where there is no limit.
    pub(crate) fn count(&self, asks: Asks) -> Result<Option<Standing>, Over> {
        self.sweep();
        match asks {
            Asks::User(user) => self.users.as_ref().map(|users| users.count(&user)).transpose(),
            Asks::Address(ip) => self.addresses.as_ref().map(|addresses| addresses.count(&ip)).transpose(),
        }
    }

    /// Forgets buckets that are full, now and then; the first to notice that it is time does it.
    fn sweep(&self) {
        let (now, last) = (self.clock.now().unix_timestamp(), self.swept_at.load(Ordering::Relaxed));
        let due = now - last >= SWEEP_EVERY;
        if !due || self.swept_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        if let Some(users) = &self.users {
            users.limiter.retain_recent();
        }
        if let Some(addresses) = &self.addresses {
            addresses.limiter.retain_recent();
        }
    }
}

impl<K: std::hash::Hash + Eq + Clone> Buckets<K> {
    /// `None` when any number of requests is allowed.
    fn new(name: &'static str, per_minute: u32, burst: u32, clock: &PortClock) -> Option<Self> {
        let every = Duration::from_mins(1).checked_div(per_minute)?;
        let quota = Quota::with_period(every)?.allow_burst(NonZeroU32::new(burst)?);
        let limiter = RateLimiter::new(quota, DashMapStateStore::default(), clock.clone());
        Some(Self { name, limiter, clock: clock.clone() })
    }

    fn count(&self, key: &K) -> Result<Standing, Over> {
        use governor::clock::Clock as _;
        match self.limiter.check_key(key) {
            Ok(left) => Ok(self.standing(left.quota(), left.remaining_burst_capacity())),
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                Err(Over { seconds: whole_seconds(wait).max(1), standing: self.standing(until.quota(), 0) })
            }
        }
    }

    fn standing(&self, quota: Quota, remaining: u32) -> Standing {
        let (limit, every) = (quota.burst_size().get(), quota.replenish_interval());
        let fill = |count: u32| whole_seconds(every.saturating_mul(count));
        let reset = fill(limit.saturating_sub(remaining));
        Standing { name: self.name, limit, remaining, reset, window: fill(limit) }
    }
}

impl Standing {
    /// Tells the caller, in the fields that most clients know and in those of the IETF's draft
    /// (draft-ietf-httpapi-ratelimit-headers).
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let Self { name, limit, remaining, reset, window } = self;
        headers.insert(LIMIT, limit.into());
        headers.insert(REMAINING, remaining.into());
        headers.insert(RESET, reset.into());
        let texts = [
            (POLICY, format!("\"{name}\";q={limit};w={window}")),
            (STATE, format!("\"{name}\";r={remaining};t={reset}")),
        ];
        for (name, text) in texts {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        }
    }
}

/// Rounded up: whoever waits that long has waited long enough.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The clock port as the limiter wants it: time since the start.
#[derive(Clone)]
struct PortClock {
    clock: Arc<dyn Clock>,
    begin: OffsetDateTime,
}

impl governor::clock::Clock for PortClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::try_from(self.clock.now() - self.begin).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use dialer_testkit::FakeClock;
    use dialer_testkit::builders::{T0, user};

    use super::*;

    /// Sixty a minute, three at once.
    fn limits(clock: &FakeClock) -> Limits {
        let settings = LimitSettings {
            user_requests_per_minute: 60,
            user_burst: 3,
            address_requests_per_minute: 0,
            address_burst: 1,
        };
        Limits::new(&settings, Arc::new(clock.clone()))
    }

    #[test]
    fn a_bucket_empties_by_the_request_and_fills_by_the_second() {
        let clock = FakeClock::new(T0);
        let (limits, me) = (limits(&clock), Asks::User(user()));
        for (remaining, reset) in [(2, 1), (1, 2), (0, 3)] {
            let standing = limits.count(me).unwrap().unwrap();
            assert_eq!((standing.limit, standing.remaining, standing.reset, standing.window), (3, remaining, reset, 3));
        }
        let over = limits.count(me).unwrap_err();
        assert_eq!((over.seconds, over.standing.remaining, over.standing.reset), (1, 0, 3));
        assert!(limits.count(Asks::User(user())).is_ok(), "somebody else has a bucket of their own");
        clock.advance(time::Duration::milliseconds(999));
        assert!(limits.count(me).is_err());
        clock.advance(time::Duration::milliseconds(1));
        assert_eq!(limits.count(me).unwrap().unwrap().remaining, 0);
        clock.advance(time::Duration::HOUR);
        assert_eq!(limits.count(me).unwrap().unwrap().remaining, 2);
    }

    #[test]
    fn a_rate_of_nothing_is_no_limit() {
        let limits = limits(&FakeClock::new(T0));
        for _ in 0..100 {
            assert_eq!(limits.count(Asks::Address(IpAddr::from([127, 0, 0, 1]))), Ok(None));
        }
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let clock = FakeClock::new(T0);
        let limits = limits(&clock);
        for _ in 0..50 {
            limits.count(Asks::User(user())).unwrap();
        }
        let kept = || limits.users.as_ref().unwrap().limiter.len();
        assert_eq!(kept(), 50);
        clock.advance(time::Duration::MINUTE);
        limits.count(Asks::User(user())).unwrap();
        assert_eq!(kept(), 1);
    }
}
