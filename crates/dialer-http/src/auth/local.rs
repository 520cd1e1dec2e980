//! Tokens that this installation signs itself, with the key in its data folder.

use dialer_domain::identity::{Principal, Role};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use super::claims::Claims;
use super::{AuthError, Issuer};

const ISSUER: &str = "dialer";

/// Signs and reads local tokens.
#[derive(Clone)]
pub struct LocalTokens {
    signs: EncodingKey,
    reads: Issuer,
}

/// A token that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// A lifetime of nothing, or one that ends after the year 9999.
    #[error("a token cannot be valid for {0} hours; use 1 to 87600")]
    Lifetime(i64),
    /// Signing failed.
    #[error("the token could not be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

#[derive(Serialize)]
struct Minted<'a> {
    iss: &'a str,
    sub: String,
    role: Role,
    iat: i64,
    exp: i64,
}

impl LocalTokens {
    /// How long a token is valid when nothing else is said.
    pub const LIFETIME: Duration = Duration::hours(12);
    /// The longest lifetime: ten years.
    pub const LONGEST: Duration = Duration::hours(87_600);

    /// Signs with, and accepts, this key.
    #[must_use]
    pub fn new(key: &SecretString) -> Self {
        Self {
            signs: EncodingKey::from_secret(key.expose_secret().as_bytes()),
            reads: Issuer::new(
                DecodingKey::from_secret(key.expose_secret().as_bytes()),
                Algorithm::HS256,
                Some(ISSUER),
                None,
            ),
        }
    }

    /// A token for `who`, valid from `now` for `lifetime`.
    ///
    /// # Errors
    /// [`MintError`].
    pub fn mint(&self, who: Principal, now: OffsetDateTime, lifetime: Duration) -> Result<String, MintError> {
        if lifetime <= Duration::ZERO || lifetime > Self::LONGEST {
            return Err(MintError::Lifetime(lifetime.whole_hours()));
        }
        let iat = now.unix_timestamp();
        let exp = iat.saturating_add(lifetime.whole_seconds());
        let claims = Minted { iss: ISSUER, sub: who.user.to_string(), role: who.role, iat, exp };
        Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signs)?)
    }

    pub(super) fn read(&self, token: &str) -> Result<(Claims, Principal), AuthError> {
        let claims = self.reads.read(token)?;
        let role = claims.text("role")?.parse().map_err(|_| AuthError::Claim("role"))?;
        let principal = Principal { user: claims.subject()?, role };
        Ok((claims, principal))
    }
}
