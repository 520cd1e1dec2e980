//! One request and its answer: the turn in the budget, the sending, and what a failure means.

use std::error::Error;

use dialer_domain::telephony::{DialRequest, RequestPriority, TelephonyError};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use tracing::Span;

use super::Client;
use crate::errors::{self, Effect, Fewer, Refusal};
use crate::text::safe;
use crate::wire;

/// The largest answer read, in bytes, after decompression.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// A request about to be sent.
pub(super) struct Exchange {
    pub(super) request: RequestBuilder,
    pub(super) effect: Effect,
    pub(super) turn: Turn,
}

/// The place of a request in the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It waits for its turn.
    Waits(RequestPriority),
    /// Its turn has come and is booked.
    Booked,
}

impl Turn {
    /// That of a dial.
    pub(crate) const fn of(request: &DialRequest) -> Self {
        if request.paced { Self::Booked } else { Self::Waits(request.priority) }
    }
}

/// An answer that came whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    sent_at: OffsetDateTime,
}

/// An answer of which only the head is here.
pub(super) struct Head {
    pub(super) response: Response,
    pub(super) sent_at: OffsetDateTime,
}

impl Exchange {
    /// A request that changes nothing and can be sent again.
    pub(super) fn read(request: RequestBuilder, priority: RequestPriority) -> Self {
        Self { request, effect: Effect::Reads, turn: Turn::Waits(priority) }
    }

    /// A request that somebody waits for, and that changes something.
    pub(super) fn write(request: RequestBuilder) -> Self {
        Self { request, effect: Effect::Writes, turn: Turn::Waits(RequestPriority::Person) }
    }
}

impl Client {
    /// Sends and reads the answer.
    pub(super) async fn read<T: DeserializeOwned>(&self, exchange: Exchange) -> Result<T, TelephonyError> {
        let effect = exchange.effect;
        let answer = self.exchange(exchange, &[]).await?;
        self.parse(effect, &answer)
    }

    /// Sends and reads the answer; `None` when there is no such thing.
    pub(super) async fn find<T: DeserializeOwned>(&self, exchange: Exchange) -> Result<Option<T>, TelephonyError> {
        let effect = exchange.effect;
        let answer = self.exchange(exchange, &[StatusCode::NOT_FOUND, StatusCode::GONE]).await?;
        if !answer.status.is_success() {
            return Ok(None);
        }
        self.parse(effect, &answer).map(Some)
    }

    /// Sends a change of one thing, of which only the status tells anything; `false` when there is no such thing.
    pub(super) async fn change(&self, exchange: Exchange) -> Result<bool, TelephonyError> {
        let patience = self.settings.request_timeout;
        let head = self.exchange_head(exchange, patience, &[StatusCode::NOT_FOUND, StatusCode::GONE]).await?;
        Ok(head.response.status().is_success())
    }

    pub(super) fn parse<T: DeserializeOwned>(&self, effect: Effect, answer: &Answer) -> Result<T, TelephonyError> {
        wire::read_body(&answer.body).ok_or_else(|| self.unreadable(effect, &answer.body, answer.sent_at))
    }

    /// A success that is not what was asked for.
    pub(super) fn unreadable(&self, effect: Effect, body: &[u8], sent_at: OffsetDateTime) -> TelephonyError {
        // The vendor's own client warns that a rate limit can show as a page in place of an answer.
        if errors::speaks_of_limit(body) {
            self.budget.throttled(sent_at, None);
        }
        let error = errors::unreadable(effect, body);
        Span::current().record("outcome", error.code());
        error
    }

    /// Waits for a turn, sends, and returns the answer if it is a success, or has one of the `expected` statuses.
    pub(super) async fn exchange(&self, exchange: Exchange, expected: &[StatusCode]) -> Result<Answer, TelephonyError> {
        let effect = exchange.effect;
        let sent_at = self.turn_of(exchange.turn).await?;
        let result = async {
            let head = self.send(exchange.request, effect, expected, sent_at).await?;
            let status = head.response.status();
            // Where the status says that it is done there is nothing to learn from the body.
            if status == StatusCode::NO_CONTENT || effect == Effect::ActsOnCall {
                return Ok(Answer { status, body: Vec::new(), sent_at });
            }
            let body = read_body(head.response).await.map_err(|reason| errors::lost(effect, reason))?;
            Ok(Answer { status, body, sent_at })
        };
        let result = result.await;
        self.budget.pass_on().await;
        self.told(sent_at, result)
    }

    /// As [`Self::exchange`], without reading the answer's body. The head has to come within `patience`.
    pub(super) async fn exchange_head(
        &self,
        exchange: Exchange,
        patience: std::time::Duration,
        expected: &[StatusCode],
    ) -> Result<Head, TelephonyError> {
        let Exchange { request, effect, turn } = exchange;
        let sent_at = self.turn_of(turn).await?;
        let head = tokio::time::timeout(patience, self.send(request, effect, expected, sent_at)).await;
        let result = head.unwrap_or_else(|_| Err(errors::lost(effect, "no answer in time".to_owned())));
        self.budget.pass_on().await;
        self.told(sent_at, result)
    }

    async fn turn_of(&self, turn: Turn) -> Result<OffsetDateTime, TelephonyError> {
        match turn {
            Turn::Waits(priority) => self.turn(priority).await,
            Turn::Booked => Ok(self.clock.now()),
        }
    }

    /// Waits for a request's turn in the budget and books it.
    pub(crate) async fn turn(&self, priority: RequestPriority) -> Result<OffsetDateTime, TelephonyError> {
        self.budget.turn(priority).await.map_err(|spent| {
            Span::current().record("outcome", "budget_spent");
            let reason = "our own budget of requests is used up".to_owned();
            TelephonyError::Throttled { reason, retry_after: Some(spent.retry_after) }
        })
    }

    fn told<T>(&self, sent_at: OffsetDateTime, result: Result<T, TelephonyError>) -> Result<T, TelephonyError> {
        let span = Span::current();
        let took = (self.clock.now() - sent_at).whole_milliseconds();
        span.record("duration_ms", i64::try_from(took).unwrap_or(i64::MAX));
        span.record("outcome", result.as_ref().err().map_or("ok", TelephonyError::code));
        result
    }

    /// Returns the answer's head if it is a success or expected; reads the body of everything else.
    async fn send(
        &self,
        request: RequestBuilder,
        effect: Effect,
        expected: &[StatusCode],
        sent_at: OffsetDateTime,
    ) -> Result<Head, TelephonyError> {
        let response = request.send().await.map_err(|error| self.no_answer(effect, &error, sent_at))?;
        let status = response.status();
        Span::current().record("status", status.as_u16());
        if status.is_success() || expected.contains(&status) {
            return Ok(Head { response, sent_at });
        }
        let retry_after = errors::retry_after(response.headers(), self.clock.now());
        // A refusal whose text got lost is still a refusal.
        let body = read_body(response).await.unwrap_or_default();
        let refusal = Refusal { effect, status, retry_after, body: &body };
        match refusal.asks_for_fewer() {
            Some(Fewer::Requests) => self.budget.throttled(sent_at, retry_after),
            Some(Fewer::CallsToOneNumber) => self.budget.number_refused(sent_at),
            None => {}
        }
        Err(refusal.into_error())
    }

    fn no_answer(&self, effect: Effect, error: &reqwest::Error, sent_at: OffsetDateTime) -> TelephonyError {
        let cause = root_cause(error);
        if error.is_connect() || error.is_builder() {
            return TelephonyError::Unavailable { reason: format!("no connection, {cause}") };
        }
        if error.is_timeout() {
            return errors::lost(effect, "no answer in time".to_owned());
        }
        // The HTTP library's words for an answer that breaks the protocol. The vendor's own client warns that a rate
        // limit can arrive that way; should the words change, only that is lost.
        if cause.starts_with("invalid ") && cause.contains("parsed") {
            self.budget.broken_answer(sent_at);
        }
        errors::lost(effect, format!("the connection broke, {cause}"))
    }
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_BODY => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(format!("the answer is larger than {LARGEST_BODY} bytes")),
            Ok(None) => return Ok(body),
            Err(error) => return Err(broken_off(&error)),
        }
    }
}

/// Why the rest of an answer did not come.
pub(super) fn broken_off(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    format!("the answer broke off, {}", root_cause(error))
}

/// The innermost cause, safe to show; the outer ones only say that a request failed.
pub(super) fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    safe(&cause.to_string())
}
