//! What a failed request means for whoever asked: which [`TelephonyError`] it is.
//!
//! The line that matters most runs between *not carried out* and *perhaps carried out*. A request that never left,
//! or that was answered with a 4xx, did nothing. Once it has left, a silence, a broken answer or a 5xx leaves open
//! whether a phone rings, so a dial or a hang-up becomes [`TelephonyError::OutcomeUnknown`]; a mere reading becomes
//! [`TelephonyError::Unavailable`].
//!
//! | answer | to a dial | to a hang-up | to a reading |
//! | --- | --- | --- | --- |
//! | no connection | unavailable | unavailable | unavailable |
//! | none, broken, 5xx, 408 | outcome unknown | outcome unknown | unavailable |
//! | 2xx that cannot be read | outcome unknown | done | unavailable, or throttled if it says so |
//! | 301, 302, 303 | outcome unknown | outcome unknown | misconfigured |
//! | 304 to 308 | misconfigured | misconfigured | misconfigured |
//! | 400, 422 on `from` or `caller_id` | misconfigured | refused | misconfigured |
//! | 400, 422 on `to`, or about the number | refused | refused | misconfigured |
//! | 400 "Maximum per minute call rate" | throttled | throttled | throttled |
//! | 400, 422 about anything else | misconfigured | refused | misconfigured |
//! | 400, 422 without the provider's JSON | unavailable | refused | unavailable |
//! | 401 | unauthorized | unauthorized | unauthorized |
//! | 402, 403 | misconfigured | misconfigured for 402, else refused | misconfigured |
//! | 404 | agent unreachable with the provider's JSON, else misconfigured | no such call | misconfigured; "none" for one call |
//! | 409, 412, any other 4xx | agent unreachable | refused | unavailable |
//! | 429 | throttled | throttled | throttled |
//!
//! Two choices are ours. A 400 that names neither field nor number stops dialling: were it read as a refusal of the
//! number, one change on the provider's side would use up a whole list. And an unknown 4xx to a dial rests the agent:
//! the vendor's own client reads every such answer as a device that was not found or did not accept.

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
    /// Places a call.
    Dials,
    /// Ends one.
    HangsUp,
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
                Effect::Dials => refused_dial(status, problem.as_ref(), reason),
                Effect::HangsUp if matches!(status.as_u16(), 404 | 410) => TelephonyError::NoSuchCall,
                Effect::HangsUp => TelephonyError::Refused { reason },
                Effect::Reads => refused_reading(status, problem.is_some(), reason),
            },
        }
    }

    /// Whether it asks for fewer requests.
    pub(crate) fn asks_for_fewer(&self) -> bool {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => true,
            StatusCode::SERVICE_UNAVAILABLE if self.retry_after.is_some() => true,
            _ => speaks_of_limit(self.body),
        }
    }
}

fn refused_dial(status: StatusCode, problem: Option<&Problem>, reason: String) -> TelephonyError {
    match (status.as_u16(), problem) {
        (400 | 422, None) => TelephonyError::Unavailable { reason },
        (400 | 422, Some(problem)) => match blamed(problem) {
            Blamed::Number => TelephonyError::Refused { reason },
            Blamed::Setup => TelephonyError::Misconfigured { reason },
        },
        (403, _) | (404, None) => TelephonyError::Misconfigured { reason },
        _ => TelephonyError::AgentUnreachable { reason },
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
        Effect::Dials | Effect::HangsUp => TelephonyError::OutcomeUnknown { reason },
        Effect::Reads => TelephonyError::Unavailable { reason },
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

/// Whether a body is about a limit on requests or calls.
pub(crate) fn speaks_of_limit(body: &[u8]) -> bool {
    const WORDS: [&str; 5] =
        ["maximum per minute call rate", "rate limit", "rate-limit", "too many requests", "ratelimit"];
    let start = body.get(..4096).unwrap_or(body);
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

/// What a request that was refused as invalid has wrong.
enum Blamed {
    /// The number called.
    Number,
    /// The agent, the caller ID, or something we know nothing of.
    Setup,
}

fn blamed(problem: &Problem) -> Blamed {
    let fields: Vec<&str> =
        problem.errors.iter().flatten().filter_map(|error| error.field.as_deref()).map(str::trim).collect();
    if !fields.is_empty() {
        let all_about_number = fields.iter().all(|field| matches!(*field, "to" | "dst" | "number"));
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
fn read_problem(body: &[u8]) -> Option<Problem> {
    let problem: Problem = serde_json::from_slice(body).ok()?;
    (problem.message.is_some() || problem.errors.is_some()).then_some(problem)
}

fn first_message(problem: &Problem) -> Option<&str> {
    let first = problem.errors.iter().flatten().find_map(|error| error.message.as_deref());
    first.or(problem.message.as_deref())
}

/// Status, field and message, safe to show.
fn describe(status: StatusCode, problem: Option<&Problem>) -> String {
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
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;
    use rstest::rstest;
    use time::macros::datetime;

    const HTML: &str = "<html><body>Bad gateway</body></html>";
    const FIELD_TO: &str = r#"{"message":"Validation error","errors":[{"field":"to","message":"This value is not valid.","code":"SF0010"}]}"#;
    const FIELD_FROM: &str = r#"{"errors":[{"field":"from","message":"This value is not valid.","code":"SF0010"}]}"#;
    const FIELD_CALLER_ID: &str = r#"{"errors":[{"field":"caller_id","message":"This value is not valid."}]}"#;
    const FIELD_BOTH: &str = r#"{"errors":[{"field":"to","message":"No."},{"field":"from","message":"No."}]}"#;
    const NO_CLI: &str = r#"{"message":"No CLI prefix set"}"#;
    const NO_DEVICE: &str = r#"{"message":"Unable to make a call with no VoIP clients registered"}"#;
    const CALL_RATE: &str =
        r#"{"errors":[{"field":"to","message":"Maximum per minute call rate exceeded for 447700900123"}]}"#;
    const SOMETHING: &str = r#"{"message":"Something went wrong"}"#;

    fn code(effect: Effect, status: u16, body: &str) -> &'static str {
        let status = StatusCode::from_u16(status).unwrap();
        Refusal { effect, status, retry_after: None, body: body.as_bytes() }.into_error().code()
    }

    #[rstest]
    #[case(400, FIELD_TO, "provider_refused")]
    #[case(422, FIELD_TO, "provider_refused")]
    #[case(400, FIELD_FROM, "provider_misconfigured")]
    #[case(400, FIELD_CALLER_ID, "provider_misconfigured")]
    #[case(400, FIELD_BOTH, "provider_misconfigured")]
    #[case(400, NO_CLI, "provider_misconfigured")]
    #[case(400, r#"{"message":"DDI not found"}"#, "provider_misconfigured")]
    #[case(400, r#"{"message":"Destination not allowed"}"#, "provider_refused")]
    #[case(400, SOMETHING, "provider_misconfigured")]
    #[case(400, CALL_RATE, "provider_throttled")]
    #[case(400, HTML, "provider_unavailable")]
    #[case(400, "", "provider_unavailable")]
    #[case(401, "", "provider_unauthorized")]
    #[case(401, SOMETHING, "provider_unauthorized")]
    #[case(402, SOMETHING, "provider_misconfigured")]
    #[case(403, SOMETHING, "provider_misconfigured")]
    #[case(403, "<html>You are being rate limited</html>", "provider_throttled")]
    #[case(404, HTML, "provider_misconfigured")]
    #[case(404, SOMETHING, "agent_unreachable")]
    #[case(408, "", "outcome_unknown")]
    #[case(409, SOMETHING, "agent_unreachable")]
    #[case(412, NO_DEVICE, "agent_unreachable")]
    #[case(412, "", "agent_unreachable")]
    #[case(480, "", "agent_unreachable")]
    #[case(429, "", "provider_throttled")]
    #[case(301, "", "outcome_unknown")]
    #[case(308, "", "provider_misconfigured")]
    #[case(500, SOMETHING, "outcome_unknown")]
    #[case(502, HTML, "outcome_unknown")]
    #[case(503, "Too Many Requests", "outcome_unknown")]
    fn a_refused_dial_says_what_to_do_next(#[case] status: u16, #[case] body: &str, #[case] expected: &str) {
        assert_eq!(code(Effect::Dials, status, body), expected);
    }

    #[rstest]
    #[case(404, "no_such_call")]
    #[case(410, "no_such_call")]
    #[case(400, "provider_refused")]
    #[case(403, "provider_refused")]
    #[case(409, "provider_refused")]
    #[case(412, "provider_refused")]
    #[case(401, "provider_unauthorized")]
    #[case(402, "provider_misconfigured")]
    #[case(429, "provider_throttled")]
    #[case(500, "outcome_unknown")]
    fn a_refused_hang_up_says_what_to_do_next(#[case] status: u16, #[case] expected: &str) {
        assert_eq!(code(Effect::HangsUp, status, SOMETHING), expected);
    }

    #[rstest]
    #[case(400, r#"{"message":"Filtration error"}"#, "provider_misconfigured")]
    #[case(400, HTML, "provider_unavailable")]
    #[case(401, "", "provider_unauthorized")]
    #[case(402, "", "provider_misconfigured")]
    #[case(403, "", "provider_misconfigured")]
    #[case(404, HTML, "provider_misconfigured")]
    #[case(302, "", "provider_misconfigured")]
    #[case(409, SOMETHING, "provider_unavailable")]
    #[case(412, SOMETHING, "provider_unavailable")]
    #[case(429, SOMETHING, "provider_throttled")]
    #[case(500, SOMETHING, "provider_unavailable")]
    #[case(503, HTML, "provider_unavailable")]
    fn a_refused_reading_says_what_to_do_next(#[case] status: u16, #[case] body: &str, #[case] expected: &str) {
        assert_eq!(code(Effect::Reads, status, body), expected);
    }

    #[rstest]
    #[case(429, "", None, true)]
    #[case(503, "", Some(Duration::SECOND), true)]
    #[case(503, "", None, false)]
    #[case(403, "<h1>Too many requests</h1>", None, true)]
    #[case(400, CALL_RATE, None, true)]
    #[case(412, NO_DEVICE, None, false)]
    fn only_answers_about_a_limit_slow_the_budget(
        #[case] status: u16,
        #[case] body: &str,
        #[case] retry_after: Option<Duration>,
        #[case] slows: bool,
    ) {
        let status = StatusCode::from_u16(status).unwrap();
        let refusal = Refusal { effect: Effect::Dials, status, retry_after, body: body.as_bytes() };
        assert_eq!(refusal.asks_for_fewer(), slows);
    }

    #[rstest]
    #[case(FIELD_TO, "the provider refuses this call: HTTP 400, to: This value is not valid.")]
    #[case(
        CALL_RATE,
        "the provider asks for fewer requests: HTTP 400, to: Maximum per minute call rate exceeded for ***"
    )]
    fn the_provider_s_words_are_told_without_numbers(#[case] body: &str, #[case] shown: &str) {
        let status = StatusCode::BAD_REQUEST;
        let refusal = Refusal { effect: Effect::Dials, status, retry_after: None, body: body.as_bytes() };
        assert_eq!(refusal.into_error().to_string(), shown);
    }

    #[rstest]
    #[case("30", Some(30))]
    #[case(" 0 ", Some(0))]
    #[case("Mon, 02 Mar 2026 10:01:30 GMT", Some(90))]
    #[case("Mon, 02 Mar 2026 09:00:00 GMT", Some(0))]
    #[case("soon", None)]
    #[case("-5", None)]
    fn retry_after_is_seconds_or_a_date(#[case] text: &str, #[case] seconds: Option<i64>) {
        let now = datetime!(2026-03-02 10:00 UTC);
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
        assert_eq!(retry_after(&headers, now), seconds.map(Duration::seconds));
    }

    #[test]
    fn a_retry_date_is_read_by_the_provider_s_own_clock() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("Mon, 02 Mar 2026 10:00:30 GMT"));
        headers.insert(DATE, HeaderValue::from_static("Mon, 02 Mar 2026 10:00:00 GMT"));
        assert_eq!(retry_after(&headers, datetime!(2031-01-01 0:00 UTC)), Some(Duration::seconds(30)));
        assert_eq!(retry_after(&HeaderMap::new(), datetime!(2031-01-01 0:00 UTC)), None);
    }
}
