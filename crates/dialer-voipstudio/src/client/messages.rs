//! Text messages.

use dialer_domain::telephony::{RequestPriority, TelephonyError};
use reqwest::Method;
use tracing::field::Empty;

use super::{Client, Exchange, PageOf};
use crate::errors::{self, Effect};
use crate::wire;

impl Client {
    /// Returns the new message's id.
    #[tracing::instrument(
        name = "voipstudio.send_sms", skip_all,
        fields(method = "POST", path = "/sms", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn send_sms(&self, message: &wire::NewSms<'_>) -> Result<String, TelephonyError> {
        let request = self.request(Method::POST, &["sms"]).json(message);
        let answer: wire::Single<wire::Identified> = self.read(Exchange::write(request)).await?;
        answer.data.id.ok_or_else(|| errors::lost(Effect::Writes, "the answer names no message".to_owned()))
    }

    #[tracing::instrument(
        name = "voipstudio.messages", skip_all,
        fields(method = "GET", path = "/sms", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn messages(&self, page: PageOf) -> Result<wire::List, TelephonyError> {
        let request = self.request(Method::GET, &["sms"]).query(&page.query());
        self.read(Exchange::read(request, RequestPriority::Person)).await
    }
}
