//! Tokens of a Supabase project, signed with its JWT secret.

use dialer_domain::identity::{Principal, Role};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::claims::Claims;
use super::{AuthError, Issuer};
use crate::settings::AuthSettings;

/// The audience and role of a token that a signed-in user holds; `anon` and `service_role` are not users.
const USER: &str = "authenticated";

pub(super) struct Supabase(Issuer);

impl Supabase {
    /// `None` when the settings hold no secret.
    pub(super) fn new(settings: &AuthSettings) -> Option<Self> {
        let secret = &settings.supabase_jwt_secret;
        if secret.expose_secret().is_empty() {
            return None;
        }
        let url = settings.supabase_url.trim().trim_end_matches('/');
        let issuer = (!url.is_empty()).then(|| format!("{url}/auth/v1"));
        Some(Self(Issuer::new(secret, issuer.as_deref(), Some(USER))))
    }

    pub(super) fn read(&self, token: &str) -> Result<(Claims, Principal), AuthError> {
        let claims = self.0.read(token)?;
        if claims.text("role")? != USER {
            return Err(AuthError::Claim("role"));
        }
        let principal = Principal { user: claims.subject()?, role: role(&claims)? };
        Ok((claims, principal))
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
