//! The dialer's telephony port, served by the simulated carrier in the same process.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use dialer_domain::Clock;
use dialer_domain::PhoneNumber;
use dialer_domain::audio::AudioFormat;
use dialer_domain::calls::Direction;
use dialer_domain::telephony::{
    AgentLine, CallRecord, Capabilities, DialRequest, LegNews, LiveCall, LiveState, ProviderCallId, ProviderEvent,
    ProviderNews, ProviderRecording, ProviderRecordingId, ProviderUser, RecordingAudio, RequestPriority, Telephony,
    TelephonyError, TextMessage, TransferTarget,
};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::carrier::events::{LegEvent, Told};
use crate::carrier::legs::{LegOf, LegRecord, LiveLeg, cause};
use crate::carrier::recordings::Recording;
use crate::carrier::settings::{CarrierSettings, SettingsError};
use crate::carrier::{
    AgentLeg, CallRefused, Carrier, CustomerFirstOrder, DialOrder, DialRefused, PlacedCall, SecondParty,
};
use crate::gate::{DIAL, Fault, Gate};
use crate::http::mp3;
use crate::knobs::{DialAnswer, Knobs, KnobsHandle, RateLimitAnswer};
use crate::ledger::{CallKind, Ledger};
use crate::users::SimulatedUser;

/// What stands for the message of the account, where no user has it for an extension.
const MESSAGE: &str = "message";

/// A provider in process: agent first, one call per agent, `originate` returns when the agent has picked up.
///
/// Its [`Knobs`] act as on the HTTP double, as far as they mean something without HTTP: identities and delay of
/// call records, legs, cancelling, refusals, rate limit and faults.
pub struct SimulatedTelephony {
    carrier: Arc<Carrier>,
    gate: Gate,
    clock: Arc<dyn Clock>,
    knobs: KnobsHandle,
}

impl SimulatedTelephony {
    /// A provider with no calls yet. A call that names no agent rings the first of `users`.
    ///
    /// # Errors
    /// [`SettingsError`] when a setting makes no sense or there are no users.
    pub fn new(
        settings: CarrierSettings,
        seed: u64,
        users: Vec<SimulatedUser>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        let knobs = KnobsHandle::new(Knobs::default());
        let carrier = Carrier::new(settings, seed, users, Arc::clone(&clock), knobs.clone())?;
        let gate = Gate::new(seed, Arc::clone(&clock), knobs.clone());
        Ok(Self { carrier: Arc::new(carrier), gate, clock, knobs })
    }

    /// Every call that was ever placed.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        Ledger::new(Arc::clone(&self.carrier))
    }

    /// The knobs, to be turned at any time.
    #[must_use]
    pub fn knobs(&self) -> KnobsHandle {
        self.knobs.clone()
    }

    /// Does `work` unless the gate refuses; its answer may be late or get lost.
    async fn ask<T: Send>(
        &self,
        route: &str,
        subject: &str,
        work: impl Future<Output = Result<T, TelephonyError>> + Send,
    ) -> Result<T, TelephonyError> {
        self.gate.admit().map_err(|answer| TelephonyError::Throttled {
            reason: "too many requests".to_owned(),
            retry_after: match answer {
                RateLimitAnswer::TooManyRequests { retry_after_seconds: Some(seconds) } => {
                    Some(Duration::seconds(seconds.into()))
                }
                _ => None,
            },
        })?;
        if self.knobs.get().api_keys_expired {
            return Err(TelephonyError::Unauthorized { reason: "the API key has expired".to_owned() });
        }
        let fault = self.gate.fault(route, subject);
        if let Some(Fault::ServerError(status)) = fault {
            return Err(TelephonyError::Unavailable { reason: format!("status {status}") });
        }
        let answer = work.await;
        match fault {
            Some(Fault::LostAnswer(_)) if route.starts_with("GET") => {
                Err(TelephonyError::Unavailable { reason: "the connection was closed".to_owned() })
            }
            Some(Fault::LostAnswer(_)) => {
                Err(TelephonyError::OutcomeUnknown { reason: "the connection was closed".to_owned() })
            }
            Some(Fault::Stall(delay)) => {
                self.clock.sleep(delay).await;
                answer
            }
            Some(Fault::ServerError(_)) | None => answer,
        }
    }

    async fn dial(&self, request: DialRequest) -> Result<ProviderCallId, TelephonyError> {
        let knobs = self.knobs.get();
        if request.ahead {
            return self.dial_ahead(&request, &knobs);
        }
        let agent = match &request.agent {
            Some(line) => line.as_str().parse().map_err(|_| unknown_agent())?,
            None => self.carrier.users().first().map(|user| user.id).ok_or_else(unknown_agent)?,
        };
        if request.caller_id.is_some() && !knobs.caller_id_allowed {
            return Err(TelephonyError::Misconfigured { reason: "No CLI prefix set".to_owned() });
        }
        if let Some(refusal) = knobs.refuse_dials {
            let reason = refusal.message;
            return Err(match refusal.status {
                402 => TelephonyError::Misconfigured { reason },
                _ => TelephonyError::Refused { reason },
            });
        }
        let order = DialOrder {
            agent,
            number: request.to.digits().to_owned(),
            caller_id: request.caller_id.map(|number| number.digits().to_owned()),
        };
        let id = match self.carrier.place(order) {
            Ok(id) => id,
            Err(DialRefused::UnknownAgent) => return Err(unknown_agent()),
            Err(DialRefused::InactiveAgent) => return Err(unreachable_agent("the user is not active")),
            Err(DialRefused::BusyAgent) => return Err(unreachable_agent("the agent's line is on another call")),
            Err(DialRefused::NoDevice) => {
                self.clock.sleep(self.carrier.no_device_delay()).await;
                return Err(unreachable_agent("the user has no phone registered"));
            }
        };
        if knobs.dial_answer == DialAnswer::WhenAgentAnswers {
            match self.carrier.agent_leg(id).await {
                AgentLeg::Answered { .. } => {}
                AgentLeg::NotAnswered => return Err(unreachable_agent("the agent did not pick up")),
                AgentLeg::HungUp => return Err(unreachable_agent("the call was hung up before the agent picked up")),
            }
        }
        Ok(provider_id(id))
    }
}

impl SimulatedTelephony {
    fn dial_ahead(&self, request: &DialRequest, knobs: &Knobs) -> Result<ProviderCallId, TelephonyError> {
        if !knobs.ahead_of_agents {
            let reason = "this account places no calls without an agent".to_owned();
            return Err(TelephonyError::Misconfigured { reason });
        }
        let asked_by = self.carrier.users().first().map(|user| user.id).ok_or_else(unknown_agent)?;
        let order = CustomerFirstOrder {
            number: request.to.digits().to_owned(),
            second: SecondParty::Later,
            caller_id: request.caller_id.as_ref().map(|number| number.digits().to_owned()),
            asked_by,
        };
        Ok(provider_id(self.carrier.place_customer_first(order)))
    }

    /// What has happened since this was last asked, as events; the first time, from now on.
    #[must_use]
    pub fn news(&self) -> Vec<ProviderEvent> {
        self.carrier.listen();
        let mut news = Vec::new();
        self.carrier.tell(|call, _, event| news.extend(self.leg_news(call, event)));
        news
    }

    fn leg_news(&self, call: &PlacedCall, event: &LegEvent) -> Option<ProviderEvent> {
        let state = match event.told {
            Told::State(state) => state,
            Told::Missed => LiveState::HangUp,
            Told::AudioReady => return None,
        };
        let kind = call.kind_of(event.of);
        let extension = || self.extension(call.agent);
        let to_digits = if event.of == LegOf::Agent { extension() } else { Some(call.number.clone()) };
        let news = LegNews {
            leg: provider_id(event.leg_id),
            root: Some(provider_id(call.live_id)),
            state,
            last: event.end.map(|end| end.whole_call),
            direction: Some(sides(kind, String::new(), None).0),
            agent: user_on(kind, call.agent),
            from_digits: None,
            to_digits,
            started_at: Some(event.started_at),
            connected_at: event.connected_at,
            talk_seconds: None,
            result: event.end.map(|_| cause(call.result()).0),
            cause: event.end.map(|end| end.cause.to_owned()),
        };
        Some(ProviderEvent { id: None, at: Some(event.at), news: ProviderNews::Leg(news) })
    }
}

/// The user on a leg, where one is.
fn user_on(kind: CallKind, user: u64) -> Option<AgentLine> {
    (kind != CallKind::Announcement).then(|| AgentLine::new(user.to_string()))
}

fn unknown_agent() -> TelephonyError {
    TelephonyError::Misconfigured { reason: "there is no such user".to_owned() }
}

fn unreachable_agent(reason: &str) -> TelephonyError {
    TelephonyError::AgentUnreachable { reason: reason.to_owned() }
}

fn provider_id(id: u64) -> ProviderCallId {
    ProviderCallId::new(id.to_string())
}

/// Who called whom, and both numbers: the customer's, and what of the account is on the other side.
fn sides(kind: CallKind, customer: String, account: Option<String>) -> (Direction, Option<String>, Option<String>) {
    match kind {
        CallKind::Inbound => (Direction::Inbound, Some(customer), account),
        _ => (Direction::Outbound, account, Some(customer)),
    }
}

#[async_trait]
impl Telephony for SimulatedTelephony {
    fn capabilities(&self) -> Capabilities {
        let knobs = self.knobs.get();
        Capabilities {
            ring_reporting: true,
            recording: knobs.recordings.on,
            dials_ahead: knobs.ahead_of_agents,
            ..Capabilities::AGENT_FIRST
        }
    }

    async fn probe(&self) -> Result<Capabilities, TelephonyError> {
        self.health().await?;
        Ok(self.capabilities())
    }

    async fn turn(&self, _: RequestPriority) -> Result<(), TelephonyError> {
        Ok(())
    }

    async fn originate(&self, request: DialRequest) -> Result<ProviderCallId, TelephonyError> {
        let number = request.to.digits().to_owned();
        self.ask(DIAL, &number, self.dial(request)).await
    }

    async fn live_calls(&self) -> Result<Vec<LiveCall>, TelephonyError> {
        let work = async { Ok(self.carrier.live_legs().into_iter().map(|leg| self.live_call(leg)).collect()) };
        self.ask("GET /calls", "", work).await
    }

    async fn call(&self, id: &ProviderCallId) -> Result<Option<LiveCall>, TelephonyError> {
        let work = async {
            let id = id.as_str().parse().ok();
            Ok(id.and_then(|id| self.carrier.live_leg(id)).map(|leg| self.live_call(leg)))
        };
        self.ask("GET /calls/{id}", id.as_str(), work).await
    }

    async fn hang_up(&self, id: &ProviderCallId) -> Result<(), TelephonyError> {
        let work = async {
            let id = id.as_str().parse().map_err(|_| TelephonyError::NoSuchCall)?;
            self.carrier.hang_up(id).map_err(|refused| match refused {
                CallRefused::NoSuchCall => TelephonyError::NoSuchCall,
                CallRefused::NotNow => TelephonyError::Refused { reason: "the call still rings".to_owned() },
            })
        };
        self.ask("DELETE /calls/{id}", id.as_str(), work).await
    }

    async fn call_records_since(&self, since: OffsetDateTime) -> Result<Vec<CallRecord>, TelephonyError> {
        let work = async {
            let mut records: Vec<_> = self.carrier.with_records(|records| {
                let recent = records.iter().filter(|record| record.started_at >= since);
                recent.map(|record| self.call_record(record)).collect()
            });
            records.sort_by_key(|record| record.started_at);
            Ok(records)
        };
        self.ask("GET /cdrs", "", work).await
    }

    async fn users(&self) -> Result<Vec<ProviderUser>, TelephonyError> {
        let user = |user: &SimulatedUser| ProviderUser {
            line: AgentLine::new(user.id.to_string()),
            name: user.name(),
            active: user.active,
            devices: Some(1),
        };
        self.ask("GET /users", "", async { Ok(self.carrier.users().iter().map(user).collect()) }).await
    }

    async fn numbers(&self) -> Result<Vec<PhoneNumber>, TelephonyError> {
        let work = async {
            let shown: BTreeSet<_> = self.carrier.users().iter().filter_map(|user| user.cli.as_deref()).collect();
            Ok(shown.into_iter().filter_map(|digits| PhoneNumber::parse(&format!("+{digits}"), None).ok()).collect())
        };
        self.ask("GET /ddis", "", work).await
    }

    async fn transfer(&self, id: &ProviderCallId, to: &TransferTarget) -> Result<(), TelephonyError> {
        let work = async {
            let id = id.as_str().parse().map_err(|_| TelephonyError::NoSuchCall)?;
            let to = match to {
                TransferTarget::Number(number) => number.digits().to_owned(),
                TransferTarget::Extension(extension) => extension.clone(),
                TransferTarget::Agent(line) => {
                    let user = line.as_str().parse().ok().and_then(|user| self.extension(user));
                    user.ok_or_else(unknown_agent)?
                }
                TransferTarget::Message => MESSAGE.to_owned(),
            };
            self.carrier.transfer(id, &to).map_err(|refused| match refused {
                CallRefused::NoSuchCall => TelephonyError::NoSuchCall,
                CallRefused::NotNow => TelephonyError::Refused { reason: "the call is not connected".to_owned() },
            })
        };
        self.ask("PATCH /calls/{id}", id.as_str(), work).await
    }

    async fn recordings_since(&self, since: OffsetDateTime) -> Result<Vec<ProviderRecording>, TelephonyError> {
        let work = async {
            let recordings = self.carrier.recordings().into_iter();
            let recent = recordings.filter(|recording| recording.started_at >= since);
            let mut recordings: Vec<_> = recent.map(|recording| self.recording_row(&recording)).collect();
            recordings.sort_by_key(|recording| recording.started_at);
            Ok(recordings)
        };
        self.ask("GET /monitors", "", work).await
    }

    async fn recording(&self, id: &ProviderRecordingId) -> Result<Option<ProviderRecording>, TelephonyError> {
        let work = async {
            let recording = id.as_str().parse().ok().and_then(|id| self.carrier.recording(id));
            Ok(recording.map(|recording| self.recording_row(&recording)))
        };
        self.ask("GET /monitors/{id}", id.as_str(), work).await
    }

    async fn recording_audio(
        &self,
        id: &ProviderRecordingId,
    ) -> Result<Option<Box<dyn RecordingAudio>>, TelephonyError> {
        let work = async {
            let recording = id.as_str().parse().ok().and_then(|id| self.carrier.recording(id));
            Ok(recording.map(|recording| {
                let audio: Box<dyn RecordingAudio> = Box::new(Silence::of(recording.seconds));
                audio
            }))
        };
        self.ask("GET /monitors/{id}.mp3", id.as_str(), work).await
    }

    async fn send_sms(&self, _message: &TextMessage) -> Result<String, TelephonyError> {
        Err(TelephonyError::Refused { reason: "the simulated carrier sends no text messages".to_owned() })
    }

    /// In process, nobody sends anything.
    fn read_event(&self, _body: &Value) -> Option<ProviderEvent> {
        None
    }

    async fn health(&self) -> Result<(), TelephonyError> {
        self.ask("GET /ping", "", async { Ok(()) }).await
    }
}

/// Silent audio in one piece.
struct Silence {
    size: u64,
    bytes: Option<Vec<u8>>,
}

impl Silence {
    fn of(seconds: u32) -> Self {
        let bytes = mp3::silence(seconds);
        Self { size: u64::try_from(bytes.len()).unwrap_or(u64::MAX), bytes: Some(bytes) }
    }
}

#[async_trait]
impl RecordingAudio for Silence {
    fn format(&self) -> AudioFormat {
        AudioFormat::Mpeg
    }

    fn size(&self) -> Option<u64> {
        Some(self.size)
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, TelephonyError> {
        Ok(self.bytes.take())
    }
}

impl SimulatedTelephony {
    fn recording_row(&self, recording: &Recording) -> ProviderRecording {
        let size = mp3::silence(recording.seconds).len();
        let names_call = self.knobs.get().recordings.names_call;
        let inbound = recording.kind == CallKind::Inbound;
        let (ours, theirs) = (recording.caller_id.clone(), Some(recording.number.clone()));
        let (from_digits, to_digits) = if inbound { (theirs, ours) } else { (ours, theirs) };
        ProviderRecording {
            id: ProviderRecordingId::new(recording.id.to_string()),
            call_ids: names_call.then(|| provider_id(recording.call)).into_iter().collect(),
            agent: Some(AgentLine::new(recording.agent.to_string())),
            from_digits,
            to_digits,
            started_at: Some(recording.started_at),
            seconds: recording.seconds,
            size: u64::try_from(size).ok(),
            url: None,
            transcript: None,
            summary: None,
            sentiment: None,
        }
    }

    fn extension(&self, agent: u64) -> Option<String> {
        self.carrier.user(agent).map(SimulatedUser::extension)
    }

    fn live_call(&self, leg: LiveLeg) -> LiveCall {
        let account = if leg.kind == CallKind::Inbound { self.extension(leg.agent) } else { leg.caller_id };
        let (direction, from_digits, to_digits) = sides(leg.kind, leg.number, account);
        LiveCall {
            id: provider_id(leg.id),
            parent: leg.parent.map(provider_id),
            state: leg.state,
            direction: Some(direction),
            agent: user_on(leg.kind, leg.agent),
            from_digits,
            to_digits,
            started_at: Some(leg.started_at),
            connected_at: leg.connected_at,
        }
    }

    fn call_record(&self, record: &LegRecord) -> CallRecord {
        let ids: BTreeSet<_> =
            [record.live_id, record.parent_live_id, record.root_live_id].into_iter().flatten().collect();
        CallRecord {
            id: record.id.to_string(),
            call_ids: ids.into_iter().map(provider_id).collect(),
            direction: Some(if record.kind == CallKind::Inbound { Direction::Inbound } else { Direction::Outbound }),
            agent: user_on(record.kind, record.agent),
            from_digits: match record.of {
                LegOf::Customer => record.caller_id.clone(),
                LegOf::Agent => Some(record.number.clone()),
            },
            to_digits: match record.of {
                LegOf::Customer => Some(record.number.clone()),
                LegOf::Agent => self.extension(record.agent),
            },
            result: record.result,
            started_at: record.started_at,
            total_seconds: record.total_seconds,
            talk_seconds: record.talk_seconds,
            cause: Some(record.cause.to_owned()),
        }
    }
}
