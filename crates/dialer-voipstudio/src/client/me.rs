//! Who the API key belongs to. Nothing of the answer is kept, shown or logged but what is read here.

use dialer_domain::telephony::{RequestPriority, TelephonyError};
use reqwest::Method;
use secrecy::SecretString;
use tracing::field::Empty;

use super::{Client, Exchange};
use crate::wire;

/// The key's own user.
#[derive(Debug)]
pub(crate) struct Me {
    /// The user's id.
    pub(crate) id: String,
    /// The host of the account's SIP server.
    pub(crate) sip_domain: Option<String>,
    /// The user's password there.
    pub(crate) sip_password: Option<SecretString>,
}

impl Client {
    #[tracing::instrument(
        name = "voipstudio.me", skip_all,
        fields(method = "GET", path = "/me", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn me(&self) -> Result<Me, TelephonyError> {
        let request = self.request(Method::GET, &["me"]);
        let answer: wire::Single<wire::Me> = self.read(Exchange::read(request, RequestPriority::Sweep)).await?;
        let wire::Me { id, sip_domain, sip_password } = answer.data;
        let id = id.ok_or_else(|| TelephonyError::Unavailable { reason: "the answer names no user".to_owned() })?;
        Ok(Me { id, sip_domain, sip_password })
    }
}
