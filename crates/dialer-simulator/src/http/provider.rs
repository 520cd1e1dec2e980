//! The way of a request through the double: log, rate limit, fault, token, route, answer.

use std::sync::Arc;

use dialer_domain::Clock;
use serde_json::json;

use super::answer::{Answer, Reply};
use super::log::RequestLog;
use super::settings::{ProviderDoubleSettings, SimulatedQueue};
use super::tokens::Tokens;
use super::{calls, cdrs, directory};
use crate::carrier::Carrier;
use crate::carrier::settings::SettingsError;
use crate::gate::{Fault, Gate};
use crate::knobs::{Knobs, KnobsHandle, RateLimitAnswer};

/// Where the API lives; two versions answer alike.
pub(super) const BASE: &str = "/v1.2/voipstudio";
const OLDER_BASE: &str = "/v1.1/voipstudio";

/// A request, without its transport.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) body: &'a [u8],
}

/// The provider behind the socket.
pub(super) struct Provider {
    pub(super) carrier: Arc<Carrier>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) knobs: KnobsHandle,
    pub(super) log: RequestLog,
    pub(super) tokens: Tokens,
    pub(super) password: String,
    pub(super) queues: Vec<SimulatedQueue>,
    pub(super) ddis: Vec<String>,
    gate: Gate,
}

impl Provider {
    pub(super) fn new(settings: ProviderDoubleSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let seed = settings.seed;
        let knobs = KnobsHandle::new(settings.knobs);
        let owner = settings.users.first().map_or(0, |user| user.id);
        let carrier = Carrier::new(settings.carrier, seed, settings.users, Arc::clone(&clock), knobs.clone())?;
        Ok(Self {
            carrier: Arc::new(carrier),
            knobs: knobs.clone(),
            log: RequestLog::default(),
            tokens: Tokens::new(seed, settings.tokens, owner, clock.now()),
            password: settings.password,
            queues: settings.queues,
            ddis: settings.ddis,
            gate: Gate::new(seed, Arc::clone(&clock), knobs),
            clock,
        })
    }

    /// Carries out a request and notes it.
    pub(super) async fn reply(&self, request: &Request<'_>) -> Reply {
        let below = [BASE, OLDER_BASE].iter().find_map(|base| request.path.strip_prefix(base));
        let entry = self.log.arrived(self.clock.now(), request.method, below.unwrap_or(request.path));
        let reply = match below {
            Some(path) => self.pass_gate(request, path).await,
            None => Reply::Answer(Answer::not_found()),
        };
        self.log.answered(entry, reply.status());
        reply
    }

    async fn pass_gate(&self, request: &Request<'_>, path: &str) -> Reply {
        if let Err(answer) = self.gate.admit() {
            return over_the_limit(answer);
        }
        let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let route = match segments.as_slice() {
            [collection, _, ..] => format!("{} /{collection}/{{id}}", request.method),
            segments => format!("{} /{}", request.method, segments.concat()),
        };
        let fault = self.gate.fault(&route, &calls::number_dialed(request.body).unwrap_or_default());
        if let Some(Fault::ServerError(status)) = fault {
            return Reply::Answer(Answer::error(status, "Service unavailable"));
        }
        let answer = self.authenticate(request, &segments).await;
        match fault {
            Some(Fault::LostAnswer(None)) => Reply::Closed,
            Some(Fault::LostAnswer(Some(status))) => Reply::Answer(Answer::error(status, "Gateway time-out")),
            Some(Fault::Stall(delay)) => {
                self.clock.sleep(delay).await;
                Reply::Answer(answer)
            }
            Some(Fault::ServerError(_)) | None => Reply::Answer(answer),
        }
    }

    async fn authenticate(&self, request: &Request<'_>, segments: &[&str]) -> Answer {
        if (request.method, segments) == ("POST", &["login"]) {
            return directory::log_in(self, request.body);
        }
        let knobs = self.knobs.get();
        let user = request.token.and_then(|token| self.tokens.check(token, &knobs, self.clock.now()));
        match user {
            Some(user) => self.route(request, segments, user, &knobs).await,
            None => Answer::unauthorized(),
        }
    }

    async fn route(&self, request: &Request<'_>, segments: &[&str], user: u64, knobs: &Knobs) -> Answer {
        match (request.method, segments) {
            ("GET", ["ping"]) => Answer::single(200, &json!({ "response": "Pong" })),
            ("GET", ["me"]) => directory::me(self, user),
            ("GET", ["users"]) => directory::users(self, request.query, knobs),
            ("GET", ["queues"]) => directory::queues(self, request.query, knobs),
            ("GET", ["ddis"]) => directory::ddis(self, request.query, knobs),
            ("POST", ["calls"]) => calls::place(self, request.body, user, knobs).await,
            ("GET", ["calls"]) => calls::list(self),
            ("GET", ["calls", id]) => calls::show(self, id),
            ("PATCH", ["calls", id]) => calls::transfer(self, id, request.body),
            ("DELETE", ["calls", id]) => calls::hang_up(self, id),
            ("GET", ["cdrs"]) => cdrs::list(self, request.query, knobs),
            ("GET", ["cdrs", id]) => cdrs::show(self, id),
            _ => Answer::not_found(),
        }
    }
}

fn over_the_limit(answer: RateLimitAnswer) -> Reply {
    match answer {
        RateLimitAnswer::TooManyRequests { retry_after_seconds } => {
            Reply::Answer(Answer { retry_after_seconds, ..Answer::error(429, "Too many requests") })
        }
        RateLimitAnswer::BadRequest => Reply::Answer(Answer::error(400, "Maximum per minute call rate exceeded")),
        RateLimitAnswer::MalformedHeaders => Reply::Garbled,
        RateLimitAnswer::ClosedConnection => Reply::Closed,
    }
}
