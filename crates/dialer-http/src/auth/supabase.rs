//! Tokens of a Supabase project, signed with its JWT secret or with one of the keys that it publishes.

use std::sync::Arc;

use dialer_domain::clock::Clock;
use dialer_domain::identity::{Principal, Role};
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use secrecy::ExposeSecret;
use serde_json::Value;
use time::Duration;

use super::claims::Claims;
use super::jwks::{self, Jwks, Source};
use super::{AuthError, Issuer};
use crate::logs::cause;
use crate::settings::AuthSettings;

/// The audience and role of a token that a signed-in user holds; `anon` and `service_role` are not users.
const USER: &str = "authenticated";

pub(super) struct Supabase {
    /// What tokens must name as issuer; `None` when any will do.
    issuer: Option<String>,
    secret: Option<Issuer>,
    published: Option<Arc<Jwks>>,
}

impl Supabase {
    /// `None` when the settings name neither a secret nor a project.
    pub(super) fn new(settings: &AuthSettings, clock: Arc<dyn Clock>) -> Option<Self> {
        let url = settings.supabase_url.trim().trim_end_matches('/');
        let issuer = (!url.is_empty()).then(|| format!("{url}/auth/v1"));
        let secret = settings.supabase_jwt_secret.expose_secret();
        let secret = (!secret.is_empty()).then(|| {
            let key = DecodingKey::from_secret(secret.as_bytes());
            Issuer::new(key, Algorithm::HS256, issuer.as_deref(), Some(USER))
        });
        let published = published(settings, clock);
        (secret.is_some() || published.is_some()).then_some(Self { issuer, secret, published })
    }

    /// Fetches the published keys in the background.
    pub(super) fn follow_keys(&self) {
        if let Some(published) = &self.published {
            published.follow();
        }
    }

    pub(super) async fn read(&self, token: &str, header: &Header) -> Result<(Claims, Principal), AuthError> {
        let claims = match (header.alg, &self.secret, &self.published) {
            // The header only says where to look. What is found there verifies by its own algorithm.
            (Algorithm::HS256, Some(secret), _) => secret.read(token)?,
            (Algorithm::RS256 | Algorithm::ES256, _, Some(published)) => {
                let id = header.kid.as_deref().ok_or(AuthError::StrangeKey)?;
                let found = published.key(id).await.ok_or(AuthError::StrangeKey)?;
                Issuer::new(found.key, found.algorithm, self.issuer.as_deref(), Some(USER)).read(token)?
            }
            (Algorithm::HS256, None, _) => return Err(AuthError::StrangeKey),
            _ => return Err(AuthError::Malformed),
        };
        if claims.text("role")? != USER {
            return Err(AuthError::Claim("role"));
        }
        let principal = Principal { user: claims.subject()?, role: role(&claims)? };
        Ok((claims, principal))
    }
}

fn published(settings: &AuthSettings, clock: Arc<dyn Clock>) -> Option<Arc<Jwks>> {
    // The settings' check has refused addresses that cannot be used.
    let url = jwks::address(settings).ok()??;
    match Source::new(url, Duration::seconds(settings.jwks_max_age_seconds.into())) {
        Ok(source) => Some(Jwks::new(source, clock)),
        Err(error) => {
            tracing::error!(error = cause(&error), "tokens signed with the project's published keys are refused");
            None
        }
    }
}

/// The role that the project's administrators gave the user; users cannot write `app_metadata` themselves.
fn role(claims: &Claims) -> Result<Role, AuthError> {
    const CLAIM: &str = "app_metadata.dialer_role";
    match claims.get("app_metadata").and_then(|metadata| metadata.get("dialer_role")) {
        None | Some(Value::Null) => Ok(Role::Supervisor),
        Some(Value::String(word)) => word.parse().map_err(|_| AuthError::Claim(CLAIM)),
        Some(_) => Err(AuthError::Claim(CLAIM)),
    }
}
