//! Who may ask: API keys and log-ins, both of which die when they are not used.

use std::collections::HashMap;
use std::sync::Mutex;

use time::{Duration, OffsetDateTime};

use crate::carrier::dice::Dice;
use crate::knobs::Knobs;
use crate::lock::lock;

const LOGIN_IDLE_LIMIT: Duration = Duration::minutes(30);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    ApiKey,
    Login,
}

struct Token {
    user: u64,
    kind: Kind,
    last_used: OffsetDateTime,
}

pub(super) struct Tokens {
    seed: u64,
    state: Mutex<State>,
}

struct State {
    tokens: HashMap<String, Token>,
    logins: u32,
}

impl Tokens {
    /// `keys` belong to `owner`, and were last used at `now`.
    pub(super) fn new(seed: u64, keys: Vec<String>, owner: u64, now: OffsetDateTime) -> Self {
        let token = |key| (key, Token { user: owner, kind: Kind::ApiKey, last_used: now });
        Self { seed, state: Mutex::new(State { tokens: keys.into_iter().map(token).collect(), logins: 0 }) }
    }

    /// The user that `token` belongs to, while it is good. Using it keeps it alive.
    pub(super) fn check(&self, token: &str, knobs: &Knobs, now: OffsetDateTime) -> Option<u64> {
        let mut state = lock(&self.state);
        let known = state.tokens.get_mut(token)?;
        if known.kind == Kind::ApiKey && knobs.api_keys_expired {
            return None;
        }
        let limit = match known.kind {
            Kind::ApiKey => knobs.api_key_idle_limit,
            Kind::Login => Some(LOGIN_IDLE_LIMIT),
        };
        if limit.is_some_and(|limit| now - known.last_used >= limit) {
            state.tokens.remove(token);
            return None;
        }
        known.last_used = now;
        Some(known.user)
    }

    /// A new token for `user`: 40 hexadecimal digits.
    pub(super) fn log_in(&self, user: u64, now: OffsetDateTime) -> String {
        let mut state = lock(&self.state);
        let token = Dice::new(self.seed, "login", &user.to_string(), state.logins).hex(40);
        state.logins += 1;
        state.tokens.insert(token.clone(), Token { user, kind: Kind::Login, last_used: now });
        token
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-03-02 12:00 UTC);

    fn tokens() -> Tokens {
        Tokens::new(1, vec!["simulated-key".to_owned()], 10_001, NOON)
    }

    #[test]
    fn each_use_of_a_login_keeps_it_alive_and_half_an_hour_without_ends_it() {
        let (tokens, knobs) = (tokens(), Knobs::default());
        let login = tokens.log_in(10_002, NOON);
        let after = |minutes| tokens.check(&login, &knobs, NOON + Duration::minutes(minutes));

        assert_eq!(after(29), Some(10_002));
        assert_eq!(after(58), Some(10_002));
        assert_eq!(after(88), None);
        assert_eq!(after(89), None, "dead is dead");
    }

    #[test]
    fn an_api_key_lives_as_long_as_the_knob_says() {
        let (tokens, mut knobs) = (tokens(), Knobs::default());
        assert_eq!(tokens.check("simulated-key", &knobs, NOON + Duration::days(6)), Some(10_001));
        knobs.api_key_idle_limit = None;
        assert_eq!(tokens.check("simulated-key", &knobs, NOON + Duration::days(400)), Some(10_001));
        knobs.api_key_idle_limit = Some(Duration::HOUR);
        assert_eq!(tokens.check("simulated-key", &knobs, NOON + Duration::days(401)), None);
    }

    #[test]
    fn the_expiry_switch_ends_api_keys_and_spares_logins() {
        let tokens = tokens();
        let login = tokens.log_in(10_002, NOON);
        let knobs = Knobs { api_keys_expired: true, ..Knobs::default() };

        assert_eq!(tokens.check("simulated-key", &knobs, NOON), None);
        assert_eq!(tokens.check(&login, &knobs, NOON), Some(10_002));
        assert_eq!(tokens.check("simulated-key", &Knobs::default(), NOON), Some(10_001), "switched back");
    }
}
