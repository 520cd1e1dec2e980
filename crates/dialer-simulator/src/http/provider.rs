//! The way of a request through the double: log, rate limit, fault, token, route, answer.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use dialer_domain::Clock;
use serde_json::json;
use tokio::sync::watch;

use super::answer::{Answer, Reply};
use super::contacts::{self, Contacts};
use super::log::RequestLog;
use super::queues::{self, Queues};
use super::settings::ProviderDoubleSettings;
use super::sms::{self, Messages};
use super::tokens::Tokens;
use super::voicemail::{self, VoiceMessages};
use super::webhooks::Webhooks;
use super::{calls, cdrs, control, conversations, directory, monitors, placing, session};
use crate::carrier::Carrier;
use crate::carrier::settings::SettingsError;
use crate::gate::{Gate, WireFault};
use crate::knobs::{KeyRights, Knobs, KnobsHandle, RateLimitAnswer};
use crate::sip::SipServer;

/// Where the API lives; two versions answer alike.
pub(super) const BASE: &str = "/v1.2/voipstudio";
const OLDER_BASE: &str = "/v1.1/voipstudio";

/// A request, without its transport.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) authorization: Option<&'a str>,
    pub(super) body: &'a [u8],
}

/// Whoever sent a request, known by their token.
pub(super) struct Asker {
    pub(super) user: u64,
    pub(super) token: String,
}

impl Asker {
    /// Whether they may see what belongs to `user`.
    pub(super) fn sees(&self, user: u64, knobs: &Knobs) -> bool {
        knobs.key_rights == KeyRights::Administrator || self.user == user
    }
}

/// The provider behind the socket.
pub(super) struct Provider {
    pub(super) carrier: Arc<Carrier>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) knobs: KnobsHandle,
    pub(super) log: RequestLog,
    pub(super) tokens: Tokens,
    pub(super) password: String,
    pub(super) two_factor_code: String,
    pub(super) sip_password: String,
    pub(super) sip_domain: String,
    pub(super) queues: Queues,
    pub(super) ddis: Vec<String>,
    pub(super) contacts: Contacts,
    pub(super) messages: Messages,
    pub(super) voice_messages: VoiceMessages,
    pub(super) webhooks: Arc<Webhooks>,
    pub(super) sip: Arc<SipServer>,
    gate: Gate,
}

impl Provider {
    pub(super) fn new(settings: ProviderDoubleSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let seed = settings.seed;
        settings.knobs.validate()?;
        let knobs = KnobsHandle::new(settings.knobs);
        let owner = settings.users.first().map_or(0, |user| user.id);
        let carrier = Carrier::new(settings.carrier, seed, settings.users, Arc::clone(&clock), knobs.clone())?;
        let carrier = Arc::new(carrier);
        let told = (Arc::clone(&carrier), Arc::clone(&clock), knobs.clone());
        let webhooks = Webhooks::new(settings.webhooks, seed, told.0, told.1, told.2)?;
        let sip = SipServer {
            carrier: Arc::clone(&carrier),
            clock: Arc::clone(&clock),
            knobs: knobs.clone(),
            seed,
            domain: settings.sip_domain.clone(),
            password: settings.sip_password.clone(),
            given: AtomicU32::new(0),
            tally: watch::Sender::default(),
        };
        Ok(Self {
            carrier,
            knobs: knobs.clone(),
            log: RequestLog::default(),
            tokens: Tokens::new(seed, settings.tokens, owner, clock.now()),
            password: settings.password,
            two_factor_code: settings.two_factor_code,
            sip_password: settings.sip_password,
            sip_domain: settings.sip_domain,
            queues: Queues::new(settings.queues),
            ddis: settings.ddis,
            contacts: Contacts::default(),
            messages: Messages::default(),
            voice_messages: VoiceMessages::default(),
            webhooks: Arc::new(webhooks),
            sip: Arc::new(sip),
            gate: Gate::new(seed, Arc::clone(&clock), knobs),
            clock,
        })
    }

    /// Carries out a request and notes it. Requests to the double itself are not noted, and nothing befalls them.
    pub(super) async fn reply(&self, request: &Request<'_>) -> Reply {
        if let Some(path) = request.path.strip_prefix(control::BASE) {
            return Reply::Answer(control::answer(self, request, path));
        }
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
        let fault = self.gate.wire_fault(&route, &placing::number_dialed(request.body).unwrap_or_default());
        match fault {
            Some(WireFault::ServerError(status)) => {
                return Reply::Answer(Answer::error(status, "Service unavailable"));
            }
            Some(WireFault::BrokenHeaders { done: false }) => return Reply::Garbled,
            Some(WireFault::Closed) => return Reply::Closed,
            _ => {}
        }
        let knobs = self.knobs.get();
        let answer = self.carry_out(request, &segments, &knobs).await.with_codes_placed(&knobs);
        match fault {
            Some(WireFault::LostAnswer(None)) => Reply::Closed,
            Some(WireFault::LostAnswer(Some(status))) => Reply::Answer(Answer::error(status, "Gateway time-out")),
            Some(WireFault::Stall(delay)) => {
                self.clock.sleep(delay).await;
                Reply::Answer(answer)
            }
            Some(WireFault::StallMidBody(delay)) => Reply::Halting(answer, delay),
            Some(WireFault::Malformed(how)) => Reply::Answer(answer.malformed(how)),
            Some(WireFault::BrokenHeaders { .. }) => Reply::Garbled,
            Some(WireFault::ServerError(_) | WireFault::Closed) | None => Reply::Answer(answer),
        }
    }

    async fn carry_out(&self, request: &Request<'_>, segments: &[&str], knobs: &Knobs) -> Answer {
        match (request.method, segments) {
            ("POST", ["login"]) => return session::log_in(self, request.body, knobs),
            ("POST", ["login2fa"]) => return session::confirm_log_in(self, request.body),
            _ => {}
        }
        match session::authenticate(self, request, knobs) {
            Ok(asker) => self.route(request, segments, &asker, knobs).await,
            Err(refusal) => refusal,
        }
    }

    async fn route(&self, request: &Request<'_>, segments: &[&str], asker: &Asker, knobs: &Knobs) -> Answer {
        let (query, body) = (request.query, request.body);
        match (request.method, segments) {
            ("GET", ["ping"]) => Answer::single(200, &json!({ "response": "Pong" })),
            ("GET", ["me"]) => directory::me(self, asker.user),
            ("POST", ["logout"]) => session::log_out(self, asker),
            ("GET", ["apitokens"]) => session::keys(self, query, asker, knobs),
            ("POST", ["apitokens"]) => session::create_key(self, body, asker, knobs),
            ("DELETE", ["apitokens", token]) => session::delete_key(self, token, asker),
            ("GET", ["users"]) => directory::users(self, query, knobs),
            ("GET", ["queues"]) => queues::list(self, query, knobs),
            ("GET", ["queues", id]) => queues::show(self, id, query),
            ("PATCH", ["queues", id]) => queues::change(self, id, query, body),
            ("GET", ["ddis"]) => directory::ddis(self, query, knobs),
            ("POST", ["calls"]) => placing::place(self, body, asker, knobs).await,
            ("POST", ["webcalls"]) => placing::web_call(self, body, asker, knobs).await,
            ("POST", ["leadcalls"]) => placing::lead_call(self, body, asker, knobs).await,
            ("GET", ["calls"]) => calls::list(self, asker, knobs),
            ("GET", ["calls", id]) => calls::show(self, id, asker, knobs),
            ("PATCH", ["calls", id]) => calls::change(self, id, body, asker, knobs),
            ("DELETE", ["calls", id]) => calls::hang_up(self, id, knobs),
            ("GET", ["cdrs"]) => cdrs::list(self, query, asker, knobs),
            ("GET", ["cdrs", id]) => cdrs::show(self, id, asker, knobs),
            ("GET", ["monitors"]) => monitors::list(self, query, asker, knobs),
            ("GET", ["monitors", id]) => monitors::show(self, id, asker, knobs),
            ("GET", ["voicemessages"]) => voicemail::list(self, query, knobs),
            ("GET", ["voicemessages", id]) => voicemail::show(self, id, knobs),
            ("GET", ["conversations"]) => conversations::list(self, query, asker, knobs),
            ("GET", ["contacts"]) => contacts::list(self, query, knobs),
            ("GET", ["contacts", id]) => contacts::show(self, id),
            ("POST", ["contacts"]) => contacts::create(self, body, knobs),
            ("PATCH", ["contacts"]) => contacts::change(self, None, body),
            ("PATCH", ["contacts", id]) => contacts::change(self, Some(id), body),
            ("DELETE", ["contacts", ids]) => contacts::delete(self, ids),
            ("GET", ["sms"]) => sms::list(self, query, knobs),
            ("POST", ["sms"]) => sms::send(self, body, asker, knobs),
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
        RateLimitAnswer::Page => Reply::Answer(Answer::page()),
        RateLimitAnswer::MalformedHeaders => Reply::Garbled,
        RateLimitAnswer::ClosedConnection => Reply::Closed,
    }
}
