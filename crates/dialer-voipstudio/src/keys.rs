//! Signing in, and API keys.
//!
//! A key or a token dies when no request has carried it for its whole idle time: 30 minutes for the token of a login,
//! what was chosen at its making for an API key, 7 days for one made in the dashboard. Every request starts the time
//! anew, so a dialer that does nothing else has to ask
//! [`health`](dialer_domain::telephony::Telephony::health) now and then. A key that has died stays dead: every request
//! gets [`TelephonyError::Unauthorized`], and nothing here signs in again by itself.

use std::sync::Arc;
use std::time::Duration;

use dialer_domain::clock::Clock;
use dialer_domain::telephony::{AgentLine, TelephonyError};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use crate::client::{Client, LoginAnswer};
use crate::convert::instant;
use crate::settings::{SettingsError, VoipStudioSettings};
use crate::telephony::{Collection, VoipStudio, read_all};
use crate::wire;

/// An API key of the account. `Debug` does not show the key itself.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// What it is called; one user has no two keys of one name.
    pub name: String,
    /// When it was made.
    pub created_at: Option<OffsetDateTime>,
    /// The key.
    pub key: SecretString,
}

/// What a password got. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub enum SignedIn {
    /// A token, to be used as an API key. It dies after 30 minutes without a request.
    Done {
        /// The token.
        token: SecretString,
        /// Whose it is.
        user: Option<AgentLine>,
    },
    /// The account asks for a second proof: a code was sent to the user's e-mail address. Hand both to
    /// [`SignIn::with_code`].
    CodeWanted {
        /// The provider's name of this attempt.
        nonce: SecretString,
    },
}

/// Gets a token for an e-mail address and a password. A dialer works with an API key; this is for making one.
pub struct SignIn {
    client: Client,
}

impl SignIn {
    /// Prepares to sign in at the address of the settings, whose key is not used.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem found.
    pub fn new(settings: VoipStudioSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        // Never sent; settings without a key are no settings.
        let settings = VoipStudioSettings { api_key: SecretString::from("none"), ..settings };
        Ok(Self { client: Client::without_key(settings, clock)? })
    }

    /// Hands in e-mail address and password.
    ///
    /// # Errors
    /// [`TelephonyError::Unauthorized`] when they are wrong; otherwise as every reading.
    pub async fn with_password(&self, email: &str, password: &SecretString) -> Result<SignedIn, TelephonyError> {
        match self.client.login(email, password).await? {
            LoginAnswer::Token(login) => done(login),
            LoginAnswer::CodeWanted(nonce) => Ok(SignedIn::CodeWanted { nonce }),
        }
    }

    /// Hands in the code that was sent by e-mail.
    ///
    /// # Errors
    /// As [`Self::with_password`].
    pub async fn with_code(&self, code: &str, nonce: &SecretString) -> Result<SignedIn, TelephonyError> {
        done(self.client.login_code(code.trim(), nonce).await?)
    }
}

fn done(login: wire::Login) -> Result<SignedIn, TelephonyError> {
    let token = login
        .user_token
        .ok_or_else(|| TelephonyError::Unavailable { reason: "the answer holds no token".to_owned() })?;
    Ok(SignedIn::Done { token, user: login.user_id.map(AgentLine::new) })
}

impl VoipStudio {
    /// Makes an API key for the user whose key this is. `idle` is how long it lives without a request, in whole
    /// seconds, at least one.
    ///
    /// # Errors
    /// [`TelephonyError::Refused`] when the user has a key of that name; [`TelephonyError::OutcomeUnknown`] when the
    /// answer was lost: the key may be in [`Self::api_keys`].
    pub async fn create_api_key(&self, name: &str, idle: Duration) -> Result<ApiKey, TelephonyError> {
        let made = self.client.create_token(name, idle.as_secs().max(1)).await?;
        api_key(made).ok_or_else(|| TelephonyError::OutcomeUnknown { reason: "the answer holds no key".to_owned() })
    }

    /// The API keys that the user has.
    ///
    /// # Errors
    /// As every reading of [`Telephony`](dialer_domain::telephony::Telephony).
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, TelephonyError> {
        Ok(read_all(&self.client, Collection::Tokens).await?.readable("API keys", api_key))
    }

    /// Ends an API key; `false` when there is no such key.
    ///
    /// # Errors
    /// [`TelephonyError::OutcomeUnknown`] when the answer was lost: asking again does no harm.
    pub async fn delete_api_key(&self, key: &SecretString) -> Result<bool, TelephonyError> {
        Ok(wire::is_id(key.expose_secret()) && self.client.delete_token(key).await?)
    }

    /// Ends the token of a login, if the key of the settings is one.
    ///
    /// # Errors
    /// As [`Self::delete_api_key`].
    pub async fn log_out(&self) -> Result<(), TelephonyError> {
        self.client.logout().await
    }
}

fn api_key(token: wire::ApiToken) -> Option<ApiKey> {
    Some(ApiKey {
        name: token.name.unwrap_or_default(),
        created_at: token.created_at.as_deref().and_then(instant),
        key: token.token?,
    })
}
