//! What is assumed about `VoIPstudio`, each as a switch.
//!
//! The mark after each knob says how sure its default is: `O` observed by somebody who ran it live, `A+`
//! inferred from evidence, `A` assumed. A dialer that works with a knob either way does not rest on the
//! assumption.

mod faults;
mod recordings;
mod seconds;
mod turn;
mod webhooks;
mod words;

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use time::{Duration, UtcOffset};

pub use self::faults::{FaultScope, Faults, Malformed};
pub use self::recordings::RecordingKnobs;
pub use self::turn::TurnError;
pub use self::webhooks::WebhookKnobs;
pub use self::words::{
    AgentLegShows, AnswerState, BeforeAnswer, CdrCallId, CdrIds, CustomerFirstAccount, CustomerFirstAnswer, DdiField,
    DialAnswer, DialRefusal, ErrorCode, KeyRights, Legs, LiveIds, Outsider, RateLimitAnswer,
};
use crate::carrier::settings::SettingsError;
use crate::lock::lock;
use crate::sip::knobs::SipKnobs;

/// How the simulated provider behaves where the real one is not known for sure, and what goes wrong.
///
/// In files and on the wire, lengths of time are seconds and their names end so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Knobs {
    /// When `POST /calls` is answered. Default: when the agent has picked up (`A+`).
    pub dial_answer: DialAnswer,
    /// Which leg's state `POST /calls` answers with. Default: the customer's, `RINGING` (`A+`).
    pub answer_state: AnswerState,
    /// What a call's state is while the first phone rings. Default: `INITIAL` (`A`).
    pub agent_leg_shows: AgentLegShows,
    /// Rows in `GET /calls` for one call, and legs that webhooks tell of. Default: one (`A`).
    pub live_legs: Legs,
    /// Whether a live call has the id that `POST /calls` answered with. Default: yes (`A+`).
    pub live_ids: LiveIds,
    /// Whether call ids are strings instead of numbers. Default: no (`O`; other id fields were seen as strings).
    pub ids_as_strings: bool,
    /// What `connected_at` of a live call is before the answer. Default: missing (`A+`).
    pub connected_at_before_answer: BeforeAnswer,
    /// What `src_id` or `dst_id` of somebody outside is. Default: `"0"` (`A+`).
    pub outsider_id: Outsider,
    /// `destination` of a call that the account makes. Default: `out` (`A`).
    pub outbound_word: String,
    /// How long a call that is over still shows in `GET /calls`, as `HANGUP`. Default: not at all (`A`).
    #[serde(rename = "hangup_lingers_seconds", with = "seconds")]
    pub hangup_lingers: Duration,
    /// Status when a call is over or was never there: 404 (`O`), or 410.
    pub gone_status: u16,
    /// Whether `POST /calls` may leave `from` out. Default: yes, it is the key's own user (`A+`).
    pub from_optional: bool,
    /// Rows in `GET /cdrs` for one call. Default: one (`A`; second-hand notes speak of one a leg).
    ///
    /// With one row, a call whose agent never picked up leaves no row, unless `POST` was answered at once.
    pub cdr_legs: Legs,
    /// Which call ids a CDR carries. Default: its own, its parent's and its root's (`A+`).
    pub cdr_ids: CdrIds,
    /// What a CDR's `call_id` is. Default: the CDR's own id (`A`).
    pub cdr_call_id: CdrCallId,
    /// Whether a CDR's `duration` counts the ringing. Default: yes (`A+`).
    pub cdr_duration_counts_ringing: bool,
    /// From a call's end until its CDR appears. Default: 3 s (`A`).
    #[serde(rename = "cdr_delay_seconds", with = "seconds")]
    pub cdr_delay: Duration,
    /// Share of calls whose CDR comes later than that, by chance. Default: 0.
    pub late_cdrs: f64,
    /// How much later.
    #[serde(rename = "late_cdrs_by_seconds", with = "seconds")]
    pub late_cdrs_by: Duration,
    /// Properties that `GET /cdrs` filters by; any other is answered "Filtration error". Default: those seen to
    /// work (`O`).
    pub cdr_filters: Vec<String>,
    /// Minutes east of UTC of the zone that stamps are written in, in history and in webhooks. Default: 0 (`A+`).
    pub stamps_offset_minutes: i16,
    /// Whether `DELETE /calls/{id}` ends a call that still rings. Default: yes (`A`); otherwise 400.
    pub cancel_while_ringing: bool,
    /// Rows of a page when no `limit` is given. Default: 25 (`A`).
    pub default_page_limit: usize,
    /// Status when the agent does not pick up. Default: 412 (`A`).
    pub agent_no_answer_status: u16,
    /// Status when the agent's line is on another call. Default: 409 (`A`).
    pub agent_busy_status: u16,
    /// Status when the agent's user is not active. Default: 400 (`A`).
    pub agent_inactive_status: u16,
    /// Where an error tells its code. Default: in its entry of `errors` (`A`).
    pub error_code: ErrorCode,
    /// Whether the account may set caller IDs; otherwise a call that names one is answered 400 "No CLI prefix
    /// set" (`O`). Default: yes.
    pub caller_id_allowed: bool,
    /// Refuses every valid `POST /calls`, as for want of balance or a forbidden destination (`A`). Default: none.
    pub refuse_dials: Option<DialRefusal>,
    /// Whether the account may call customers first. Default: yes (`D`; one account was refused, `O`).
    pub customer_first: CustomerFirstAccount,
    /// Whether calls may be placed ahead of agents in process; over HTTP a queue without members is where they wait.
    /// Default: no.
    pub ahead_of_agents: bool,
    /// When `POST /webcalls` and `/leadcalls` are answered. Default: at once (`A`).
    pub customer_first_answer: CustomerFirstAnswer,
    /// What the account's numbers are called in `GET /ddis`. Default: `e164` (`O`, weak).
    pub ddi_field: DdiField,
    /// Requests let through in any 60 seconds. Default: no limit, as no number is documented.
    pub rate_limit_per_minute: Option<u32>,
    /// How a request over the limit is answered. Default: 429 without `Retry-After` (`A`).
    pub rate_limit_answer: RateLimitAnswer,
    /// Whether `POST /login` wants a code that is sent by mail. Default: no.
    pub two_factor: bool,
    /// Whether `Authorization: Bearer` is taken as well. Default: no, 401 (`A`).
    pub bearer_accepted: bool,
    /// What a key may do. Default: everything, as an administrator's (`A+`).
    pub key_rights: KeyRights,
    /// Refuses the configured tokens with 401 from now on, as when they have expired. Default: no.
    pub api_keys_expired: bool,
    /// A configured token dies after this long without a request; `null` or 0 for never. Default: 7 days
    /// (second-hand).
    #[serde(rename = "api_key_idle_limit_seconds", with = "seconds::or_never")]
    pub api_key_idle_limit: Option<Duration>,
    /// Which `expiry` asks for an API key that never dies: `0`, or `null`. Default: both (`A`).
    pub never_expires: Vec<Option<u64>>,
    /// Recordings.
    pub recordings: RecordingKnobs,
    /// Webhooks.
    pub webhooks: WebhookKnobs,
    /// Live events over SIP.
    pub sip: SipKnobs,
    /// What goes wrong, and how often. Default: nothing.
    pub faults: Faults,
}

impl Default for Knobs {
    fn default() -> Self {
        let proven = ["calldate", "type", "user_id", "disposition", "src", "dst", "duration"];
        Self {
            dial_answer: DialAnswer::WhenAgentAnswers,
            answer_state: AnswerState::CustomerLeg,
            agent_leg_shows: AgentLegShows::Initial,
            live_legs: Legs::One,
            live_ids: LiveIds::AsAnswered,
            ids_as_strings: false,
            connected_at_before_answer: BeforeAnswer::Missing,
            outsider_id: Outsider::Zero,
            outbound_word: "out".to_owned(),
            hangup_lingers: Duration::ZERO,
            gone_status: 404,
            from_optional: true,
            cdr_legs: Legs::One,
            cdr_ids: CdrIds::OwnParentAndRoot,
            cdr_call_id: CdrCallId::RecordId,
            cdr_duration_counts_ringing: true,
            cdr_delay: Duration::seconds(3),
            late_cdrs: 0.0,
            late_cdrs_by: Duration::minutes(5),
            cdr_filters: proven.map(str::to_owned).to_vec(),
            stamps_offset_minutes: 0,
            cancel_while_ringing: true,
            default_page_limit: 25,
            agent_no_answer_status: 412,
            agent_busy_status: 409,
            agent_inactive_status: 400,
            error_code: ErrorCode::InEntry,
            caller_id_allowed: true,
            refuse_dials: None,
            customer_first: CustomerFirstAccount::Enabled,
            ahead_of_agents: false,
            customer_first_answer: CustomerFirstAnswer::AtOnce,
            ddi_field: DdiField::E164,
            rate_limit_per_minute: None,
            rate_limit_answer: RateLimitAnswer::TooManyRequests { retry_after_seconds: None },
            two_factor: false,
            bearer_accepted: false,
            key_rights: KeyRights::Administrator,
            api_keys_expired: false,
            api_key_idle_limit: Some(Duration::days(7)),
            never_expires: vec![Some(0), None],
            recordings: RecordingKnobs::default(),
            webhooks: WebhookKnobs::default(),
            sip: SipKnobs::default(),
            faults: Faults::default(),
        }
    }
}

impl Knobs {
    /// Finds the first knob that stands where it makes no sense.
    ///
    /// # Errors
    /// [`SettingsError`] names it.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let shares =
            self.faults.shares().into_iter().chain(self.webhooks.shares()).chain([("late_cdrs", self.late_cdrs)]);
        for (setting, share) in shares {
            if !(0.0..=1.0).contains(&share) {
                return Err(SettingsError { setting, problem: "must be from 0 to 1" });
            }
        }
        if self.faults.shares().iter().map(|(_, share)| share).sum::<f64>() > 1.0 {
            return Err(SettingsError { setting: "faults", problem: "exclude each other, so their sum is at most 1" });
        }
        if self.webhooks.lost + self.webhooks.doubled > 1.0 {
            let problem = "and `webhooks.doubled` exclude each other, so their sum is at most 1";
            return Err(SettingsError { setting: "webhooks.lost", problem });
        }
        let statuses = [
            ("gone_status", Some(self.gone_status)),
            ("agent_no_answer_status", Some(self.agent_no_answer_status)),
            ("agent_busy_status", Some(self.agent_busy_status)),
            ("agent_inactive_status", Some(self.agent_inactive_status)),
            ("refuse_dials.status", self.refuse_dials.as_ref().map(|refusal| refusal.status)),
            ("faults.server_error_status", Some(self.faults.server_error_status)),
            ("faults.lost_answer_status", self.faults.lost_answer_status),
        ];
        for (setting, status) in statuses {
            if status.is_some_and(|status| !(400..=599).contains(&status)) {
                return Err(SettingsError { setting, problem: "must be a status from 400 to 599" });
            }
        }
        if self.default_page_limit == 0 {
            return Err(SettingsError { setting: "default_page_limit", problem: "must be at least 1" });
        }
        if !(-14 * 60..=14 * 60).contains(&self.stamps_offset_minutes) {
            let problem = "must be from -840 to 840";
            return Err(SettingsError { setting: "stamps_offset_minutes", problem });
        }
        Ok(())
    }

    /// The zone that stamps are written in.
    pub(crate) fn stamps_offset(&self) -> UtcOffset {
        UtcOffset::from_whole_seconds(i32::from(self.stamps_offset_minutes) * 60).unwrap_or(UtcOffset::UTC)
    }
}

/// The knobs of a running double, to be turned at any time.
#[derive(Debug, Clone)]
pub struct KnobsHandle(Arc<Mutex<Knobs>>);

impl KnobsHandle {
    pub(crate) fn new(knobs: Knobs) -> Self {
        Self(Arc::new(Mutex::new(knobs)))
    }

    /// How they stand.
    #[must_use]
    pub fn get(&self) -> Knobs {
        lock(&self.0).clone()
    }

    /// Turns them; requests from now on are answered accordingly.
    pub fn set(&self, turn: impl FnOnce(&mut Knobs)) {
        turn(&mut lock(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knobs_are_read_back_as_they_were_written() {
        let knobs = Knobs {
            cdr_delay: Duration::milliseconds(300),
            api_key_idle_limit: None,
            refuse_dials: Some(DialRefusal { status: 402, message: "Insufficient funds".to_owned() }),
            rate_limit_answer: RateLimitAnswer::TooManyRequests { retry_after_seconds: Some(17) },
            webhooks: WebhookKnobs { lost: 0.05, ..WebhookKnobs::default() },
            ..Knobs::default()
        };
        let written = serde_json::to_value(&knobs).unwrap();
        assert_eq!((written["cdr_delay_seconds"].as_f64(), &written["live_legs"]), (Some(0.3), &"one".into()));
        assert_eq!(serde_json::from_value::<Knobs>(written).unwrap(), knobs);
    }

    #[test]
    fn a_knob_that_does_not_exist_is_refused_and_one_that_is_missing_stands_at_its_default() {
        let read: Knobs = serde_json::from_str(r#"{"webhooks": {"doubled": 0.5}}"#).unwrap();
        let webhooks = WebhookKnobs { doubled: 0.5, ..WebhookKnobs::default() };
        assert_eq!(read, Knobs { webhooks, ..Knobs::default() });
        for text in [r#"{"cdr_delay": 3}"#, r#"{"webhooks": {"dobled": 1}}"#, r#"{"cdr_delay_seconds": -1}"#] {
            assert!(serde_json::from_str::<Knobs>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn knobs_that_make_no_sense_are_named() {
        let problem = |turn: fn(&mut Knobs)| {
            let mut knobs = Knobs::default();
            turn(&mut knobs);
            knobs.validate().map_err(|error| error.setting)
        };
        assert_eq!(problem(|_| {}), Ok(()));
        assert_eq!(problem(|knobs| knobs.webhooks.lost = 1.1), Err("webhooks.lost"));
        assert_eq!(problem(|knobs| (knobs.webhooks.lost, knobs.webhooks.doubled) = (0.6, 0.6)), Err("webhooks.lost"));
        assert_eq!(problem(|knobs| (knobs.faults.stall, knobs.faults.malformed) = (0.6, 0.6)), Err("faults"));
        assert_eq!(problem(|knobs| knobs.gone_status = 200), Err("gone_status"));
        assert_eq!(problem(|knobs| knobs.late_cdrs = f64::NAN), Err("late_cdrs"));
        assert_eq!(problem(|knobs| knobs.stamps_offset_minutes = 900), Err("stamps_offset_minutes"));
    }
}
