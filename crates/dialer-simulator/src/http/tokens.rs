//! Who may ask: API keys and log-ins, all of which die when they are not used.

use std::collections::HashMap;
use std::sync::Mutex;

use time::{Duration, OffsetDateTime};

use crate::carrier::dice::Dice;
use crate::knobs::Knobs;
use crate::lock::lock;

const LOGIN_IDLE_LIMIT: Duration = Duration::minutes(30);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Made in the dashboard, as the settings name it.
    Configured,
    /// Made by a request, with its idle limit where it has one.
    Created(Option<Duration>),
    Login,
}

struct Token {
    user: u64,
    kind: Kind,
    /// Of an API key.
    name: String,
    created_at: OffsetDateTime,
    last_used: OffsetDateTime,
}

/// An API key, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiKey {
    pub(super) token: String,
    pub(super) name: String,
    pub(super) created_at: OffsetDateTime,
    pub(super) idle_limit: Option<Duration>,
}

/// The name and its user have a key already.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NameTaken;

pub(super) struct Tokens {
    seed: u64,
    state: Mutex<State>,
}

struct State {
    tokens: HashMap<String, Token>,
    /// Users who have given their password and not yet the code, by nonce.
    half_way: HashMap<String, u64>,
    /// Tokens and nonces made so far.
    made: u32,
}

impl State {
    /// 40 hexadecimal digits that were never given out before.
    fn new_secret(&mut self, seed: u64, what: &str, user: u64) -> String {
        self.made += 1;
        Dice::new(seed, what, &user.to_string(), self.made).hex(40)
    }
}

impl Tokens {
    /// `keys` belong to `owner`, and were last used at `now`.
    pub(super) fn new(seed: u64, keys: Vec<String>, owner: u64, now: OffsetDateTime) -> Self {
        let token = |(nth, key): (u32, String)| {
            let name = format!("dashboard-{nth}");
            (key, Token { user: owner, kind: Kind::Configured, name, created_at: now, last_used: now })
        };
        let tokens = (1..).zip(keys).map(token).collect();
        Self { seed, state: Mutex::new(State { tokens, half_way: HashMap::new(), made: 0 }) }
    }

    /// Whether the settings name this token, dead or not.
    pub(super) fn is_configured(&self, token: &str) -> bool {
        lock(&self.state).tokens.get(token).is_some_and(|token| token.kind == Kind::Configured)
    }

    /// The user that `token` belongs to, while it is good. Using it keeps it alive.
    pub(super) fn check(&self, token: &str, knobs: &Knobs, now: OffsetDateTime) -> Option<u64> {
        let mut state = lock(&self.state);
        let known = state.tokens.get_mut(token)?;
        if known.kind == Kind::Configured && knobs.api_keys_expired {
            return None;
        }
        let limit = match known.kind {
            Kind::Configured => knobs.api_key_idle_limit,
            Kind::Created(limit) => limit,
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
        let token = state.new_secret(self.seed, "login", user);
        let known = Token { user, kind: Kind::Login, name: String::new(), created_at: now, last_used: now };
        state.tokens.insert(token.clone(), known);
        token
    }

    /// What `user` has to send along with the code.
    pub(super) fn ask_for_code(&self, user: u64) -> String {
        let mut state = lock(&self.state);
        let nonce = state.new_secret(self.seed, "nonce", user);
        state.half_way.insert(nonce.clone(), user);
        nonce
    }

    /// The user who was given `nonce`; it is good once.
    pub(super) fn take_nonce(&self, nonce: &str) -> Option<u64> {
        lock(&self.state).half_way.remove(nonce)
    }

    /// Ends a log-in. An API key is not ended so.
    pub(super) fn log_out(&self, token: &str) {
        let mut state = lock(&self.state);
        if state.tokens.get(token).is_some_and(|token| token.kind == Kind::Login) {
            state.tokens.remove(token);
        }
    }

    /// A new API key of `user`, which dies after `idle_limit` without a request.
    pub(super) fn create(
        &self,
        user: u64,
        name: &str,
        idle_limit: Option<Duration>,
        now: OffsetDateTime,
    ) -> Result<ApiKey, NameTaken> {
        let mut state = lock(&self.state);
        let same = |known: &Token| known.kind != Kind::Login && known.user == user && known.name == name;
        if state.tokens.values().any(same) {
            return Err(NameTaken);
        }
        let token = state.new_secret(self.seed, "key", user);
        let kind = Kind::Created(idle_limit);
        let known = Token { user, kind, name: name.to_owned(), created_at: now, last_used: now };
        state.tokens.insert(token.clone(), known);
        Ok(ApiKey { token, name: name.to_owned(), created_at: now, idle_limit })
    }

    /// API keys of `user`, by name.
    pub(super) fn keys(&self, user: u64, knobs: &Knobs) -> Vec<ApiKey> {
        let state = lock(&self.state);
        let key = |(token, known): (&String, &Token)| {
            let idle_limit = match known.kind {
                Kind::Login => return None,
                Kind::Configured => knobs.api_key_idle_limit,
                Kind::Created(limit) => limit,
            };
            let (name, created_at) = (known.name.clone(), known.created_at);
            (known.user == user).then(|| ApiKey { token: token.clone(), name, created_at, idle_limit })
        };
        let mut keys: Vec<_> = state.tokens.iter().filter_map(key).collect();
        keys.sort_by(|a, b| a.name.cmp(&b.name));
        keys
    }

    /// Ends an API key of `user`, if there is such a one.
    pub(super) fn delete(&self, user: u64, token: &str) -> bool {
        let mut state = lock(&self.state);
        let own = state.tokens.get(token).is_some_and(|known| known.user == user && known.kind != Kind::Login);
        own && state.tokens.remove(token).is_some()
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

    #[test]
    fn a_nonce_is_good_once() {
        let tokens = tokens();
        let nonce = tokens.ask_for_code(10_002);
        assert_eq!(tokens.take_nonce(&nonce), Some(10_002));
        assert_eq!(tokens.take_nonce(&nonce), None);
    }
}
