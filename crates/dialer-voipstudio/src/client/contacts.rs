//! The account's address book.

use dialer_domain::telephony::{RequestPriority, TelephonyError};
use reqwest::Method;
use serde_json::Value;
use tracing::field::Empty;

use super::{Client, Exchange, PageOf};
use crate::contacts::ContactDetails;
use crate::errors::{self, Effect};
use crate::wire;

impl Client {
    #[tracing::instrument(
        name = "voipstudio.contacts", skip_all,
        fields(method = "GET", path = "/contacts", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn contacts(&self, page: PageOf) -> Result<wire::List, TelephonyError> {
        let request = self.request(Method::GET, &["contacts"]).query(&page.query());
        self.read(Exchange::read(request, RequestPriority::Person)).await
    }

    /// `None` when there is none of that id.
    #[tracing::instrument(
        name = "voipstudio.contact", skip_all,
        fields(method = "GET", path = "/contacts/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn contact(&self, id: &str) -> Result<Option<Value>, TelephonyError> {
        let request = self.request(Method::GET, &["contacts", id]);
        let answer: Option<wire::Single<Value>> = self.find(Exchange::read(request, RequestPriority::Person)).await?;
        Ok(answer.map(|answer| answer.data))
    }

    /// Returns the new contact's id.
    #[tracing::instrument(
        name = "voipstudio.create_contact", skip_all,
        fields(method = "POST", path = "/contacts", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn create_contact(&self, contact: &ContactDetails) -> Result<String, TelephonyError> {
        let request = self.request(Method::POST, &["contacts"]).json(contact);
        let answer: wire::Single<wire::Identified> = self.read(Exchange::write(request)).await?;
        answer.data.id.ok_or_else(|| errors::lost(Effect::Writes, "the answer names no contact".to_owned()))
    }

    /// `false` when there is none of that id.
    #[tracing::instrument(
        name = "voipstudio.update_contact", skip_all,
        fields(method = "PATCH", path = "/contacts/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn update_contact(&self, id: &str, contact: &ContactDetails) -> Result<bool, TelephonyError> {
        self.change(Exchange::write(self.request(Method::PATCH, &["contacts", id]).json(contact))).await
    }

    /// `false` when there is none of that id.
    #[tracing::instrument(
        name = "voipstudio.delete_contact", skip_all,
        fields(method = "DELETE", path = "/contacts/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn delete_contact(&self, id: &str) -> Result<bool, TelephonyError> {
        self.change(Exchange::write(self.request(Method::DELETE, &["contacts", id]))).await
    }
}
