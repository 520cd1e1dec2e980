//! What a token claims, read one claim at a time so that a wrong one can be named.

use dialer_domain::ids::UserId;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::AuthError;

/// The claims of a token whose signature is good.
pub(super) struct Claims(pub(super) Map<String, Value>);

impl Claims {
    /// A claim; `null` counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &'static str) -> Result<&str, AuthError> {
        self.get(name).and_then(Value::as_str).ok_or(AuthError::Claim(name))
    }

    /// The subject: a user, which must be a UUID.
    pub(super) fn subject(&self) -> Result<UserId, AuthError> {
        self.text("sub")?.parse().map_err(|_| AuthError::Claim("sub"))
    }

    /// Whether the token is valid at `now`.
    pub(super) fn check_times(&self, now: OffsetDateTime, leeway: Duration) -> Result<(), AuthError> {
        let expires = self.instant("exp")?.ok_or(AuthError::Claim("exp"))?;
        if expires.saturating_add(leeway) <= now {
            return Err(AuthError::Expired);
        }
        match self.instant("nbf")? {
            Some(begins) if begins.saturating_sub(leeway) > now => Err(AuthError::NotYet),
            Some(_) | None => Ok(()),
        }
    }

    /// Seconds since 1970, not necessarily whole (RFC 7519, section 2).
    fn instant(&self, name: &'static str) -> Result<Option<OffsetDateTime>, AuthError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let since_1970 = value.as_f64().and_then(Duration::checked_seconds_f64);
        let instant = since_1970.and_then(|since| OffsetDateTime::UNIX_EPOCH.checked_add(since));
        instant.map(Some).ok_or(AuthError::Claim(name))
    }
}
