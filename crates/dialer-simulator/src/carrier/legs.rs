//! Calls as the provider shows them: rows for live legs, and records of legs that are over.

use dialer_domain::telephony::{LiveState, RecordResult};
use time::OffsetDateTime;

use super::call::{PlacedCall, Stage, whole_seconds};
use crate::knobs::{AgentLegShows, CdrIds, DialAnswer, Knobs, Legs};
use crate::ledger::CallResult;

/// A leg of a call that is in progress.
#[derive(Clone)]
pub(crate) struct LiveLeg {
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) state: LiveState,
    pub(crate) agent: u64,
    pub(crate) number: String,
    pub(crate) caller_id: Option<String>,
    pub(crate) started_at: OffsetDateTime,
    pub(crate) connected_at: Option<OffsetDateTime>,
}

/// Whose phone a leg reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LegOf {
    Agent,
    Customer,
}

/// What is kept of a leg that is over.
pub(crate) struct LegRecord {
    pub(crate) id: u64,
    pub(crate) live_id: Option<u64>,
    pub(crate) parent_live_id: Option<u64>,
    pub(crate) root_live_id: Option<u64>,
    pub(crate) is_root: bool,
    pub(crate) of: LegOf,
    pub(crate) agent: u64,
    /// Digits of the customer's number, whichever leg this is.
    pub(crate) number: String,
    pub(crate) caller_id: Option<String>,
    pub(crate) result: RecordResult,
    pub(crate) cause: &'static str,
    pub(crate) started_at: OffsetDateTime,
    pub(crate) total_seconds: u32,
    pub(crate) talk_seconds: u32,
}

/// The customer's leg has the id after the call's.
pub(crate) const fn customer_leg_id(call_id: u64) -> u64 {
    call_id + 1
}

impl PlacedCall {
    /// The call's live rows at `now`; none when it is over.
    pub(crate) fn live_legs(&self, knobs: &Knobs, now: OffsetDateTime) -> Vec<LiveLeg> {
        let stage = self.stage(now);
        let shown = match (stage, knobs.agent_leg_shows) {
            (Stage::Over, _) => return Vec::new(),
            (Stage::ReachingAgent, AgentLegShows::Initial) => LiveState::Initial,
            (Stage::ReachingAgent, AgentLegShows::Ringing) | (Stage::ReachingCustomer, _) => LiveState::Ringing,
            (Stage::Connected, _) => LiveState::Connected,
        };
        let root = LiveLeg {
            id: self.id,
            parent: None,
            state: shown,
            agent: self.agent,
            number: self.number.clone(),
            caller_id: self.caller_id.clone(),
            started_at: self.placed_at,
            connected_at: self.connected_at().filter(|at| *at <= now),
        };
        match (knobs.live_legs, self.agent_answered_at()) {
            (Legs::Two, Some(answered_at)) if stage != Stage::ReachingAgent => {
                let customer = LiveLeg {
                    id: customer_leg_id(self.id),
                    parent: Some(self.id),
                    started_at: answered_at,
                    ..root.clone()
                };
                vec![root, customer]
            }
            _ => vec![root],
        }
    }

    /// The call's records once it is over, in the order in which the provider writes them.
    pub(crate) fn records(&self, knobs: &Knobs) -> Vec<LegRecord> {
        let customer_was_called = self.agent_answered_at().is_some();
        let mut records = Vec::new();
        if knobs.cdr_legs == Legs::Two || (!customer_was_called && knobs.dial_answer == DialAnswer::AtOnce) {
            records.push(self.agent_record(knobs));
        }
        if customer_was_called {
            records.push(self.customer_record(knobs));
        }
        records
    }

    fn agent_record(&self, knobs: &Knobs) -> LegRecord {
        let ended_at = self.ends_at();
        let (result, cause) = match (self.agent_answered_at(), self.result()) {
            (Some(_), _) => (RecordResult::Connected, "Normal Clearing"),
            (None, CallResult::Canceled) => cause(CallResult::Canceled),
            (None, _) => cause(CallResult::AgentDidNotAnswer),
        };
        LegRecord {
            of: LegOf::Agent,
            result,
            cause,
            talk_seconds: self.agent_answered_at().map_or(0, |at| whole_seconds(at, ended_at)),
            ..self.record(knobs, self.id, self.placed_at)
        }
    }

    fn customer_record(&self, knobs: &Knobs) -> LegRecord {
        match knobs.cdr_legs {
            Legs::One => self.record(knobs, self.id, self.placed_at),
            Legs::Two => {
                let started_at = self.agent_answered_at().unwrap_or(self.placed_at);
                self.record(knobs, customer_leg_id(self.id), started_at)
            }
        }
    }

    fn record(&self, knobs: &Knobs, leg_id: u64, started_at: OffsetDateTime) -> LegRecord {
        let is_root = leg_id == self.id;
        let (live_id, parent_live_id, root_live_id) = match knobs.cdr_ids {
            CdrIds::OwnParentAndRoot => (Some(leg_id), (!is_root).then_some(self.id), Some(self.id)),
            CdrIds::ParentAndRoot => (None, Some(self.id), Some(self.id)),
            CdrIds::None => (None, None, None),
        };
        let (result, cause) = cause(self.result());
        LegRecord {
            id: 0,
            live_id,
            parent_live_id,
            root_live_id,
            is_root,
            of: LegOf::Customer,
            agent: self.agent,
            number: self.number.clone(),
            caller_id: self.caller_id.clone(),
            result,
            cause,
            started_at,
            total_seconds: whole_seconds(started_at, self.ends_at()),
            talk_seconds: self.talk_seconds(),
        }
    }
}

/// A result in the provider's words: Q.850 causes, spelt as the documented samples spell them.
const fn cause(result: CallResult) -> (RecordResult, &'static str) {
    match result {
        CallResult::Person | CallResult::Voicemail => (RecordResult::Connected, "Normal Clearing"),
        CallResult::Busy => (RecordResult::Busy, "User Busy"),
        CallResult::NoAnswer | CallResult::AgentDidNotAnswer => (RecordResult::NoAnswer, "No Answer"),
        CallResult::InvalidNumber => (RecordResult::InvalidNumber, "Unallocated Number"),
        CallResult::NetworkFailure => (RecordResult::Failed, "Network Out Of Order"),
        CallResult::Canceled => (RecordResult::Canceled, "Originator Cancel"),
    }
}
