//! What the provider keeps: call records, recordings, voicemail.

use dialer_domain::telephony::{RequestPriority, TelephonyError};
use reqwest::Method;
use tracing::field::Empty;

use super::{Client, Exchange, PageOf};
use crate::wire;

/// Which end of a collection comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    OldestFirst,
    NewestFirst,
}

impl Order {
    fn query(self) -> [(&'static str, &'static str); 2] {
        [("sort", "id"), ("dir", if self == Self::OldestFirst { "ASC" } else { "DESC" })]
    }
}

impl Client {
    /// Records of legs that began at or after `since`, a stamp, in the order in which they were written.
    #[tracing::instrument(
        name = "voipstudio.call_records", skip_all,
        fields(method = "GET", path = "/cdrs", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn call_records(
        &self,
        since: &str,
        order: Order,
        page: PageOf,
    ) -> Result<wire::List, TelephonyError> {
        self.history("cdrs", "calldate", since, order, page).await
    }

    /// `None` when there is none of that id.
    #[tracing::instrument(
        name = "voipstudio.call_record", skip_all,
        fields(method = "GET", path = "/cdrs/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn call_record(&self, id: &str) -> Result<Option<wire::Cdr>, TelephonyError> {
        let request = self.request(Method::GET, &["cdrs", id]);
        let answer: Option<wire::Single<wire::Cdr>> =
            self.find(Exchange::read(request, RequestPriority::Person)).await?;
        Ok(answer.map(|answer| answer.data))
    }

    /// Recordings that began at or after `since`, a stamp.
    #[tracing::instrument(
        name = "voipstudio.recordings", skip_all,
        fields(method = "GET", path = "/monitors", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn recordings(&self, since: &str, page: PageOf) -> Result<wire::List, TelephonyError> {
        self.history("monitors", "timestamp", since, Order::OldestFirst, page).await
    }

    /// `None` when there is none of that id.
    #[tracing::instrument(
        name = "voipstudio.recording", skip_all,
        fields(method = "GET", path = "/monitors/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn recording(&self, id: &str) -> Result<Option<wire::Monitor>, TelephonyError> {
        let request = self.request(Method::GET, &["monitors", id]);
        let answer: Option<wire::Single<wire::Monitor>> =
            self.find(Exchange::read(request, RequestPriority::Sweep)).await?;
        Ok(answer.map(|answer| answer.data))
    }

    #[tracing::instrument(
        name = "voipstudio.voicemail", skip_all,
        fields(method = "GET", path = "/voicemessages", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn voicemail(&self, page: PageOf) -> Result<wire::List, TelephonyError> {
        let request = self.request(Method::GET, &["voicemessages"]).query(&page.query());
        self.read(Exchange::read(request, RequestPriority::Person)).await
    }

    /// Asks for one row of a collection, to see whether the key may read it.
    #[tracing::instrument(
        name = "voipstudio.probe_list", skip_all,
        fields(method = "GET", path = "/{collection}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn probe_list(&self, collection: &'static str) -> Result<(), TelephonyError> {
        let request = self.request(Method::GET, &[collection]).query(&PageOf { number: 1, limit: 1 }.query());
        self.read::<wire::List>(Exchange::read(request, RequestPriority::Sweep)).await.map(|_| ())
    }

    async fn history(
        &self,
        collection: &str,
        property: &str,
        since: &str,
        order: Order,
        page: PageOf,
    ) -> Result<wire::List, TelephonyError> {
        let filter = [wire::Condition { property, operator: "gte", value: since }];
        let filter = serde_json::to_string(&filter).unwrap_or_default();
        let request = self
            .request(Method::GET, &[collection])
            .query(&page.query())
            .query(&order.query())
            .query(&[("filter", &filter)]);
        self.read(Exchange::read(request, RequestPriority::Sweep)).await
    }
}
