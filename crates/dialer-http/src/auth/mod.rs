//! Who asks: bearer tokens, and what their holders may do.
//!
//! Two issuers are accepted, each with keys of its own: this installation ([`LocalTokens`]) and a Supabase project. The
//! key that verifies a token decides which claims it must carry, so nobody who holds one key can speak for the other
//! issuer. It also decides the algorithm, whatever a token's header says, and time comes from the clock port. API keys
//! are no tokens; `admit` tells the two apart.

pub(crate) mod admit;
mod claims;
mod extract;
pub(crate) mod jwks;
mod keys;
mod local;
mod supabase;

use std::sync::Arc;

use dialer_domain::clock::Clock;
use dialer_domain::identity::Principal;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use time::Duration;

use crate::settings::AuthSettings;
use claims::Claims;
pub use extract::{Caller, Supervisor};
pub use local::{LocalTokens, MintError};
use supabase::Supabase;

/// Why a token is not accepted. Says nothing of the token itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// There is no bearer token.
    #[error("send a bearer token: Authorization: Bearer TOKEN")]
    Missing,
    /// It is no JWT, or one with an algorithm that is not accepted.
    #[error("this is not a token that is accepted here")]
    Malformed,
    /// None of the keys made it.
    #[error("the token was not signed by an issuer that is accepted here")]
    StrangeKey,
    /// There is no such API key.
    #[error("there is no such API key")]
    UnknownKey,
    /// The API key's owner has ended it.
    #[error("the API key was revoked; make a new one")]
    RevokedKey,
    /// The API key's time is over.
    #[error("the API key has expired; make a new one")]
    ExpiredKey,
    /// Its time is over.
    #[error("the token has expired; get a new one")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet; check the clocks of both machines")]
    NotYet,
    /// A claim is missing or is not what it must be.
    #[error("the token's claim {0} is missing or not accepted here")]
    Claim(&'static str),
}

impl AuthError {
    /// The `WWW-Authenticate` header of RFC 6750, section 3. A request without a token gets no error code.
    #[must_use]
    pub fn challenge(self) -> String {
        match self {
            Self::Missing => r#"Bearer realm="dialer""#.to_owned(),
            other => format!(r#"Bearer error="invalid_token", error_description="{other}""#),
        }
    }
}

/// Tells who a token's holder is.
pub struct Authenticator {
    local: LocalTokens,
    supabase: Option<Supabase>,
    leeway: Duration,
    clock: Arc<dyn Clock>,
}

impl Authenticator {
    /// Accepts the tokens of `local`, and Supabase's when the settings name its secret or its project.
    #[must_use]
    pub fn new(settings: &AuthSettings, local: LocalTokens, clock: Arc<dyn Clock>) -> Self {
        Self {
            local,
            supabase: Supabase::new(settings, clock.clone()),
            leeway: Duration::seconds(settings.leeway_seconds.into()),
            clock,
        }
    }

    /// Begins to fetch the keys that a Supabase project publishes, in the background. Needs a tokio runtime.
    pub fn follow_keys(&self) {
        if let Some(supabase) = &self.supabase {
            supabase.follow_keys();
        }
    }

    /// Who holds this token.
    ///
    /// # Errors
    /// [`AuthError`] names the first thing that is wrong with it.
    pub async fn principal(&self, token: &str) -> Result<Principal, AuthError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| AuthError::Malformed)?;
        let local = if header.alg == Algorithm::HS256 { self.local.read(token) } else { Err(AuthError::StrangeKey) };
        let (claims, principal) = match (local, &self.supabase) {
            (Err(AuthError::StrangeKey), Some(supabase)) => supabase.read(token, &header).await,
            (Err(AuthError::StrangeKey), None) if header.alg != Algorithm::HS256 => Err(AuthError::Malformed),
            (read, _) => read,
        }?;
        claims.check_times(self.clock.now(), self.leeway)?;
        Ok(principal)
    }
}

/// A key and the claims that a token signed with it must carry.
#[derive(Clone)]
struct Issuer {
    key: DecodingKey,
    validation: Validation,
}

impl Issuer {
    /// `names` and `audience` are required where given.
    fn new(key: DecodingKey, algorithm: Algorithm, name: Option<&str>, audience: Option<&str>) -> Self {
        let mut validation = Validation::new(algorithm);
        // Times are checked against the clock port, see `Claims::check_times`.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let mut required = vec!["exp", "sub"];
        if let Some(name) = name {
            required.push("iss");
            validation.set_issuer(&[name]);
        }
        if let Some(audience) = audience {
            required.push("aud");
            validation.set_audience(&[audience]);
        } else {
            validation.validate_aud = false;
        }
        validation.set_required_spec_claims(&required);
        Self { key, validation }
    }

    fn read(&self, token: &str) -> Result<Claims, AuthError> {
        let decoded = jsonwebtoken::decode(token, &self.key, &self.validation);
        decoded.map(|data| Claims(data.claims)).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => AuthError::StrangeKey,
            ErrorKind::InvalidIssuer => AuthError::Claim("iss"),
            ErrorKind::InvalidAudience => AuthError::Claim("aud"),
            ErrorKind::MissingRequiredClaim(name) => AuthError::Claim(match name.as_str() {
                "iss" => "iss",
                "aud" => "aud",
                "sub" => "sub",
                _ => "exp",
            }),
            _ => AuthError::Malformed,
        })
    }
}

#[cfg(test)]
mod jwks_tests;
#[cfg(test)]
mod tests;
