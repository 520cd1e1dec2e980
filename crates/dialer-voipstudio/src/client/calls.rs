//! Calls: placing, looking at, handing on, answering and ending them.

use dialer_domain::telephony::{RequestPriority, TelephonyError};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Serialize;
use tracing::field::Empty;

use super::{Client, Exchange, PageOf, Turn};
use crate::errors::{self, Effect};
use crate::wire;

impl Client {
    /// Returns the new call's id.
    #[tracing::instrument(
        name = "voipstudio.originate", skip_all,
        fields(method = "POST", path = "/calls", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn place(&self, call: &wire::NewCall<'_>, turn: Turn) -> Result<String, TelephonyError> {
        self.dial(self.request(Method::POST, &["calls"]), Effect::Dials, call, turn).await
    }

    /// Calls `from` first, then `to`, and returns the new call's id.
    #[tracing::instrument(
        name = "voipstudio.web_call", skip_all,
        fields(method = "POST", path = "/webcalls", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn place_web_call(
        &self,
        call: &wire::NewWebCall<'_>,
        turn: Turn,
    ) -> Result<String, TelephonyError> {
        self.dial(
            self.request(Method::POST, &["webcalls"]),
            Effect::DialsCustomerFirst { customer_in: "from" },
            call,
            turn,
        )
        .await
    }

    /// Calls the customer, speaks a text, and returns the new call's id.
    #[tracing::instrument(
        name = "voipstudio.lead_call", skip_all,
        fields(method = "POST", path = "/leadcalls", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn place_lead_call(
        &self,
        call: &wire::NewLeadCall<'_>,
        turn: Turn,
    ) -> Result<String, TelephonyError> {
        self.dial(
            self.request(Method::POST, &["leadcalls"]),
            Effect::DialsCustomerFirst { customer_in: "to" },
            call,
            turn,
        )
        .await
    }

    /// Sends a request for a call that names nobody, so that nobody can be called: its refusal tells whether the
    /// route is there.
    #[tracing::instrument(
        name = "voipstudio.probe_route", skip_all,
        fields(method = "POST", path = "/webcalls or /leadcalls", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn probe_route(&self, collection: &'static str) -> Result<(StatusCode, Vec<u8>), TelephonyError> {
        let request = self.request(Method::POST, &[collection]).json(&serde_json::json!({}));
        let told = [400, 402, 403, 404, 405, 409, 410, 412, 422, 501];
        let told: Vec<StatusCode> = told.into_iter().filter_map(|status| StatusCode::from_u16(status).ok()).collect();
        let answer = self.exchange(Exchange::read(request, RequestPriority::Sweep), &told).await?;
        Ok((answer.status, answer.body))
    }

    async fn dial<T: Serialize + Sync>(
        &self,
        request: RequestBuilder,
        effect: Effect,
        call: &T,
        turn: Turn,
    ) -> Result<String, TelephonyError> {
        let request = request.json(call).timeout(self.settings.dial_timeout);
        let answer: wire::Single<wire::Identified> = self.read(Exchange { request, effect, turn }).await?;
        answer.data.id.ok_or_else(|| errors::lost(effect, "the answer names no call".to_owned()))
    }

    #[tracing::instrument(
        name = "voipstudio.live_calls", skip_all,
        fields(method = "GET", path = "/calls", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn live_calls(&self, page: PageOf) -> Result<wire::List, TelephonyError> {
        let request = self.request(Method::GET, &["calls"]).query(&page.query());
        self.read(Exchange::read(request, RequestPriority::Sweep)).await
    }

    /// `None` once the call is over.
    #[tracing::instrument(
        name = "voipstudio.call", skip_all,
        fields(method = "GET", path = "/calls/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn call(&self, id: &str) -> Result<Option<wire::Call>, TelephonyError> {
        let request = self.request(Method::GET, &["calls", id]);
        let answer: Option<wire::Single<wire::Call>> =
            self.find(Exchange::read(request, RequestPriority::Person)).await?;
        Ok(answer.map(|answer| answer.data))
    }

    #[tracing::instrument(
        name = "voipstudio.hang_up", skip_all,
        fields(method = "DELETE", path = "/calls/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn hang_up(&self, id: &str) -> Result<(), TelephonyError> {
        self.act(self.request(Method::DELETE, &["calls", id]), &[]).await
    }

    #[tracing::instrument(
        name = "voipstudio.transfer", skip_all,
        fields(method = "PATCH", path = "/calls/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn transfer(&self, id: &str, dst: &str) -> Result<(), TelephonyError> {
        let request =
            self.request(Method::PATCH, &["calls", id]).json(&wire::CallChange { dst: Some(dst), state: None });
        // One client of this API takes a redirection for done; where it leads is not followed.
        self.act(request, &[StatusCode::MOVED_PERMANENTLY]).await
    }

    /// Answers a call that rings at the agent's device.
    #[tracing::instrument(
        name = "voipstudio.answer", skip_all,
        fields(method = "PATCH", path = "/calls/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn answer(&self, id: &str) -> Result<(), TelephonyError> {
        let change = wire::CallChange { dst: None, state: Some("CONNECTED") };
        let request = self.request(Method::PATCH, &["calls", id]).json(&change);
        self.act(request, &[StatusCode::MOVED_PERMANENTLY]).await
    }

    async fn act(&self, request: RequestBuilder, expected: &[StatusCode]) -> Result<(), TelephonyError> {
        let exchange = Exchange { request, effect: Effect::ActsOnCall, turn: Turn::Waits(RequestPriority::Person) };
        self.exchange(exchange, expected).await.map(|_| ())
    }
}
