//! What a failed request means for whoever asked: which [`TelephonyError`] it is.
//!
//! The line that matters most runs between *not carried out* and *perhaps carried out*. A request that never left,
//! or that was answered with a 4xx, did nothing. Once it has left, a silence, a broken answer or a 5xx leaves open
//! whether a phone rings, so a dial or a hang-up becomes [`TelephonyError::OutcomeUnknown`]; a mere reading becomes
//! [`TelephonyError::Unavailable`].
//!
//! | answer | to a dial | to an act on a call | to another change | to a reading |
//! | --- | --- | --- | --- | --- |
//! | no connection | unavailable | unavailable | unavailable | unavailable |
//! | none, broken, 5xx, 408 | outcome unknown | outcome unknown | outcome unknown | unavailable |
//! | 2xx that cannot be read | outcome unknown | done | outcome unknown | unavailable, or throttled if it says so |
//! | 301 | outcome unknown | done for a transfer, else outcome unknown | outcome unknown | misconfigured |
//! | 302, 303 | outcome unknown | outcome unknown | outcome unknown | misconfigured |
//! | 304 to 308 | misconfigured | misconfigured | misconfigured | misconfigured |
//! | 400, 422 on `from` or `caller_id` | misconfigured | refused | misconfigured | misconfigured |
//! | 400, 422 on `to`, or about the number | refused | refused | refused | misconfigured |
//! | 400 "Maximum per minute call rate" | throttled | throttled | throttled | throttled |
//! | 400, 422 about anything else | misconfigured | refused | refused | misconfigured |
//! | 400, 422 without the provider's JSON | unavailable | refused | unavailable | unavailable |
//! | 401 | unauthorized | unauthorized | unauthorized | unauthorized |
//! | 402, 403 | misconfigured | misconfigured for 402, else refused | misconfigured | misconfigured |
//! | 404, 410 | agent unreachable with the provider's JSON, else misconfigured | no such call | misconfigured; "none" for one thing | the same |
//! | 409, 412, any other 4xx | agent unreachable | refused | refused | unavailable |
//! | 429 | throttled | throttled | throttled | throttled |
//!
//! Three choices are ours. A 400 that names neither field nor number stops dialling: were it read as a refusal of the
//! number, one change on the provider's side would use up a whole list. And an unknown 4xx to a dial rests the agent:
//! the vendor's own client reads every such answer as a device that was not found or did not accept. And the limit on
//! calls to one number slows down only that call: the request budget is cut when it comes thrice within a minute, which
//! one number alone does not explain.

use dialer_domain::telephony::TelephonyError;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use time::format_description::well_known::Rfc2822;
use time::{Duration, OffsetDateTime};

use crate::text::safe;
use crate::wire::Problem;

/// What a request does when it is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Places a call, the agent's phone first.
    Dials,
    /// Places a call, the customer's phone first.
    DialsCustomerFirst {
        /// The attribute that carries the customer's number.
        customer_in: &'static str,
    },
    /// Ends one, or hands it to somebody else.
    ActsOnCall,
    /// Changes something else.
    Writes,
    /// Nothing.
    Reads,
}

/// An answer other than a success.
pub(crate) struct Refusal<'a> {
    pub(crate) effect: Effect,
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: &'a [u8],
}

impl Refusal<'_> {
    /// What it means, by the table above.
    pub(crate) fn into_error(self) -> TelephonyError {
        let Self { effect, status, retry_after, body } = self;
        let problem = read_problem(body);
        let reason = describe(status, problem.as_ref());
        if status == StatusCode::TOO_MANY_REQUESTS || (status.is_client_error() && speaks_of_limit(body)) {
            return TelephonyError::Throttled { reason, retry_after };
        }
        match status.as_u16() {
            401 => TelephonyError::Unauthorized { reason },
            402 => TelephonyError::Misconfigured { reason },
            301..=303 if effect != Effect::Reads => TelephonyError::OutcomeUnknown { reason },
            300..=399 => {
                TelephonyError::Misconfigured { reason: format!("{reason}: the base URL leads somewhere else") }
            }
            408 | 500..=599 => lost(effect, reason),
            _ => match effect {
                Effect::Dials => refused_dial(status, problem.as_ref(), &["to", "dst", "number"], reason),
                // There may be no such route; it is not an agent's device that is missing.
                Effect::DialsCustomerFirst { .. } if matches!(status.as_u16(), 404 | 405 | 410) => {
                    TelephonyError::Misconfigured { reason }
                }
                Effect::DialsCustomerFirst { customer_in } => {
                    refused_dial(status, problem.as_ref(), &[customer_in, "number"], reason)
                }
                Effect::ActsOnCall if matches!(status.as_u16(), 404 | 410) => TelephonyError::NoSuchCall,
                Effect::ActsOnCall => TelephonyError::Refused { reason },
                Effect::Writes => refused_change(status, problem.as_ref(), reason),
                Effect::Reads => refused_reading(status, problem.is_some(), reason),
            },
        }
    }

    /// What it asks for fewer of, if it does.
    pub(crate) fn asks_for_fewer(&self) -> Option<Fewer> {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => Some(Fewer::Requests),
            StatusCode::SERVICE_UNAVAILABLE if self.retry_after.is_some() => Some(Fewer::Requests),
            _ if self.effect != Effect::Reads && holds(self.body, &[CALLS_PER_NUMBER]) => Some(Fewer::CallsToOneNumber),
            _ => speaks_of_limit(self.body).then_some(Fewer::Requests),
        }
    }
}

/// What the provider wants fewer of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fewer {
    /// Requests, whatever for.
    Requests,
    /// Calls to the number that was asked for.
    CallsToOneNumber,
}

fn refused_dial(status: StatusCode, problem: Option<&Problem>, customer_in: &[&str], reason: String) -> TelephonyError {
    match (status.as_u16(), problem) {
        (400 | 422, None) => TelephonyError::Unavailable { reason },
        (400 | 422, Some(problem)) => match blamed(problem, customer_in) {
            Blamed::Number => TelephonyError::Refused { reason },
            Blamed::Setup => TelephonyError::Misconfigured { reason },
        },
        (403, _) | (404, None) => TelephonyError::Misconfigured { reason },
        _ => TelephonyError::AgentUnreachable { reason },
    }
}

fn refused_change(status: StatusCode, problem: Option<&Problem>, reason: String) -> TelephonyError {
    match (status.as_u16(), problem) {
        (400 | 422, None) => TelephonyError::Unavailable { reason },
        (400 | 422, Some(problem)) if is_about_our_number(problem) => TelephonyError::Misconfigured { reason },
        (403 | 404 | 405 | 410, _) => TelephonyError::Misconfigured { reason },
        _ => TelephonyError::Refused { reason },
    }
}

fn refused_reading(status: StatusCode, by_provider: bool, reason: String) -> TelephonyError {
    match status.as_u16() {
        400 | 422 if !by_provider => TelephonyError::Unavailable { reason },
        400 | 403 | 404 | 405 | 410 | 422 => TelephonyError::Misconfigured { reason },
        _ => TelephonyError::Unavailable { reason },
    }
}

/// A request that left, and whose answer did not come, or came broken.
pub(crate) fn lost(effect: Effect, reason: String) -> TelephonyError {
    match effect {
        Effect::Reads => TelephonyError::Unavailable { reason },
        _ => TelephonyError::OutcomeUnknown { reason },
    }
}

/// A success that cannot be read, such as a page of HTML.
pub(crate) fn unreadable(effect: Effect, body: &[u8]) -> TelephonyError {
    if effect == Effect::Reads && speaks_of_limit(body) {
        let reason = "a page that speaks of a rate limit, in place of an answer".to_owned();
        return TelephonyError::Throttled { reason, retry_after: None };
    }
    lost(effect, "the answer cannot be understood".to_owned())
}

/// How the limit on calls to one number is spelt.
const CALLS_PER_NUMBER: &str = "maximum per minute call rate";

/// Whether a body is about a limit on requests or calls.
pub(crate) fn speaks_of_limit(body: &[u8]) -> bool {
    holds(body, &[CALLS_PER_NUMBER, "rate limit", "rate-limit", "too many requests", "ratelimit"])
}

/// Whether a text is about the limit on calls to one number.
pub(crate) fn speaks_of_one_number(text: &str) -> bool {
    holds(text.as_bytes(), &[CALLS_PER_NUMBER])
}

/// Whether a body begins with a text that has one of these words in it.
fn holds(body: &[u8], words: &[&str]) -> bool {
    let start = body.get(..4096).unwrap_or(body);
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}

/// What a request that was refused as invalid has wrong.
enum Blamed {
    /// The number called.
    Number,
    /// The agent, the caller ID, or something we know nothing of.
    Setup,
}

/// The attributes that a refusal names.
pub(crate) fn fields_of(problem: &Problem) -> Vec<&str> {
    problem.errors.iter().flatten().filter_map(|error| error.field.as_deref()).map(str::trim).collect()
}

/// Whether a refusal is about the number that a call or message comes from.
fn is_about_our_number(problem: &Problem) -> bool {
    fields_of(problem).iter().any(|field| matches!(*field, "from" | "caller_id"))
}

/// `customer_in` are the attributes that may carry the customer's number.
fn blamed(problem: &Problem, customer_in: &[&str]) -> Blamed {
    let fields = fields_of(problem);
    if !fields.is_empty() {
        let all_about_number = fields.iter().all(|field| customer_in.contains(field));
        return if all_about_number { Blamed::Number } else { Blamed::Setup };
    }
    let text = first_message(problem).unwrap_or_default().to_ascii_lowercase();
    let speaks_of = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if speaks_of(&["cli ", "cli prefix", "caller", "ddi"]) {
        Blamed::Setup
    } else if speaks_of(&["destination", "number", "country"]) {
        Blamed::Number
    } else {
        Blamed::Setup
    }
}

/// The provider's own error body; `None` for anything else, such as a proxy's page.
pub(crate) fn read_problem(body: &[u8]) -> Option<Problem> {
    let problem: Problem = serde_json::from_slice(body).ok()?;
    (problem.message.is_some() || problem.errors.is_some()).then_some(problem)
}

pub(crate) fn first_message(problem: &Problem) -> Option<&str> {
    let first = problem.errors.iter().flatten().find_map(|error| error.message.as_deref());
    first.or(problem.message.as_deref())
}

/// Status, field and message, safe to show.
pub(crate) fn describe(status: StatusCode, problem: Option<&Problem>) -> String {
    let Some(problem) = problem else { return format!("HTTP {}", status.as_u16()) };
    let field = problem.errors.iter().flatten().find_map(|error| error.field.as_deref());
    let field = field.map(|field| format!("{field}: ")).unwrap_or_default();
    let text = safe(&format!("{field}{}", first_message(problem).unwrap_or("no reason given")));
    format!("HTTP {}, {text}", status.as_u16())
}

/// How long a `Retry-After` header asks to wait: seconds, or a date (RFC 9110, 10.2.3). A date is held against the
/// answer's own `Date` where it has one, so that clocks need not agree.
pub(crate) fn retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::seconds(i64::from(seconds)));
    }
    let at = http_date(text)?;
    let sent = headers.get(DATE).and_then(|date| http_date(date.to_str().ok()?)).unwrap_or(now);
    Some((at - sent).max(Duration::ZERO))
}

fn http_date(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text.trim(), &Rfc2822).ok()
}

#[cfg(test)]
mod tests;
