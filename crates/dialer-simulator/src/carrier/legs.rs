//! Calls as the provider shows them: rows for live legs, and records of legs that are over.

use dialer_domain::telephony::{LiveState, RecordResult};
use time::OffsetDateTime;

use super::call::{PlacedCall, Stage, whole_seconds};
use crate::knobs::{AgentLegShows, CdrIds, DialAnswer, Knobs, Legs};
use crate::ledger::{CallKind, CallResult};

/// A leg of a call that is in progress, or that has just ended.
#[derive(Clone)]
pub(crate) struct LiveLeg {
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) kind: CallKind,
    pub(crate) state: LiveState,
    pub(crate) agent: u64,
    pub(crate) number: String,
    pub(crate) caller_id: Option<String>,
    pub(crate) started_at: OffsetDateTime,
    pub(crate) connected_at: Option<OffsetDateTime>,
    /// Who passed the customer on.
    pub(crate) referred_by: Option<u64>,
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
    /// The leg's own id, whatever the knobs let the record show.
    pub(crate) leg_id: u64,
    pub(crate) live_id: Option<u64>,
    pub(crate) parent_live_id: Option<u64>,
    pub(crate) root_live_id: Option<u64>,
    pub(crate) is_root: bool,
    pub(crate) kind: CallKind,
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

/// The leg that rings second has the id after the call's.
pub(crate) const fn second_leg_id(call_id: u64) -> u64 {
    call_id + 1
}

/// The id of a call that does not go by the one that was answered.
pub(super) const fn other_id(call_id: u64) -> u64 {
    call_id + 2
}

impl PlacedCall {
    /// The state that the call shows at `now`; none when it is long over.
    fn shown_state(&self, knobs: &Knobs, now: OffsetDateTime) -> Option<LiveState> {
        let single = self.rings().1.is_none();
        match (self.stage(now), knobs.agent_leg_shows) {
            (Stage::Over, _) if now < self.ends_at() + knobs.hangup_lingers => Some(LiveState::HangUp),
            (Stage::Over, _) => None,
            (Stage::ReachingFirst, AgentLegShows::Initial) if !single => Some(LiveState::Initial),
            (Stage::ReachingSecond, _) if self.waiting.is_some() => Some(LiveState::Connected),
            (Stage::ReachingFirst | Stage::ReachingSecond, _) => Some(LiveState::Ringing),
            (Stage::Connected, _) if self.on_hold(now) => Some(LiveState::OnHold),
            (Stage::Connected, _) => Some(LiveState::Connected),
        }
    }

    /// The call's live rows at `now`; none when it is over.
    pub(crate) fn live_legs(&self, knobs: &Knobs, now: OffsetDateTime) -> Vec<LiveLeg> {
        let Some(state) = self.shown_state(knobs, now) else { return Vec::new() };
        let answered_at = if self.waiting.is_some() { self.first_answered_at() } else { self.connected_at() };
        let root = LiveLeg {
            id: self.live_id,
            parent: None,
            kind: self.kind_of(self.rings().0.of),
            state,
            agent: self.agent,
            number: self.number.clone(),
            caller_id: self.caller_id.clone(),
            started_at: self.placed_at,
            connected_at: answered_at.filter(|at| *at <= now),
            referred_by: self.transferred.as_ref().map(|_| self.agent),
        };
        let second_started_at = self.second_rings_at().filter(|at| *at <= now);
        let legs = if self.waiting.is_some() { Legs::Two } else { knobs.live_legs };
        match (legs, second_started_at) {
            (Legs::Two, Some(started_at)) => {
                let id = self.second_leg_id();
                let second = LiveLeg { id, parent: Some(self.live_id), started_at, ..root.clone() };
                let connected_at = self.connected_at().filter(|at| *at <= now);
                let second = match (self.waiting, connected_at) {
                    (Some(_), None) => LiveLeg { state: LiveState::Ringing, connected_at, kind: self.kind, ..second },
                    (Some(_), Some(_)) => LiveLeg { connected_at, kind: self.kind, ..second },
                    (None, _) => second,
                };
                vec![root, second]
            }
            _ => vec![root],
        }
    }

    /// What kind of call a leg looks like: of a call ahead of agents the customer's leg names no user.
    pub(crate) fn kind_of(&self, of: LegOf) -> CallKind {
        if self.kind == CallKind::Ahead && of == LegOf::Customer { CallKind::Announcement } else { self.kind }
    }

    /// The call's records once it is over, in the order in which the provider writes them.
    pub(crate) fn records(&self, knobs: &Knobs) -> Vec<LegRecord> {
        let (first, second) = self.rings();
        let second = second.filter(|_| self.second_rings_at().is_some());
        if knobs.cdr_legs == Legs::Two {
            return [Some(first), second].into_iter().flatten().map(|ring| self.leg_record(knobs, ring.of)).collect();
        }
        match (self.kind, second) {
            (CallKind::AgentFirst, None) if knobs.dial_answer == DialAnswer::WhenAgentAnswers => Vec::new(),
            (CallKind::AgentFirst, None) => vec![self.leg_record(knobs, LegOf::Agent)],
            (CallKind::Ahead, _) => vec![self.leg_record(knobs, LegOf::Customer)],
            (CallKind::Inbound, _) => vec![self.whole_record(knobs, LegOf::Agent)],
            _ => vec![self.whole_record(knobs, LegOf::Customer)],
        }
    }

    /// One record for the whole call.
    fn whole_record(&self, knobs: &Knobs, of: LegOf) -> LegRecord {
        self.record(knobs, of, self.live_id, self.placed_at, self.connected_at())
    }

    /// The record of one leg.
    fn leg_record(&self, knobs: &Knobs, of: LegOf) -> LegRecord {
        let is_first = self.rings().0.of == of;
        let (id, started_at) = if is_first {
            (self.live_id, self.placed_at)
        } else {
            (self.second_leg_id(), self.second_rings_at().unwrap_or(self.placed_at))
        };
        let answered_at = if is_first { self.first_answered_at() } else { self.connected_at() };
        let record = self.record(knobs, of, id, started_at, answered_at);
        match answered_at {
            Some(_) => LegRecord { result: RecordResult::Connected, cause: "Normal Clearing", ..record },
            None => record,
        }
    }

    fn record(
        &self,
        knobs: &Knobs,
        of: LegOf,
        leg_id: u64,
        started_at: OffsetDateTime,
        answered_at: Option<OffsetDateTime>,
    ) -> LegRecord {
        let is_root = leg_id == self.live_id;
        let root = Some(self.live_id);
        let (live_id, parent_live_id, root_live_id) = match knobs.cdr_ids {
            CdrIds::OwnParentAndRoot => (Some(leg_id), root.filter(|_| !is_root), root),
            CdrIds::ParentAndRoot => (None, root, root),
            CdrIds::None => (None, None, None),
        };
        let (result, cause) = cause(self.result());
        let ended_at = self.leg_ends_at(of);
        let counted_from = match answered_at {
            Some(at) if !knobs.cdr_duration_counts_ringing => at,
            None if !knobs.cdr_duration_counts_ringing => ended_at,
            _ => started_at,
        };
        LegRecord {
            id: 0,
            leg_id,
            live_id,
            parent_live_id,
            root_live_id,
            is_root,
            kind: self.kind_of(of),
            of,
            agent: self.agent,
            number: self.number.clone(),
            caller_id: self.caller_id.clone(),
            result,
            cause,
            started_at,
            total_seconds: whole_seconds(counted_from, ended_at),
            talk_seconds: answered_at.map_or(0, |at| whole_seconds(at, ended_at)),
        }
    }

    /// When a leg is over: the agent's may be before the call.
    pub(super) fn leg_ends_at(&self, of: LegOf) -> OffsetDateTime {
        match &self.transferred {
            Some(transfer) if of == LegOf::Agent && self.kind != CallKind::Inbound => transfer.at.min(self.ends_at()),
            _ => self.ends_at(),
        }
    }
}

/// A result in the provider's words: Q.850 causes, spelt as the documented samples spell them.
pub(crate) const fn cause(result: CallResult) -> (RecordResult, &'static str) {
    match result {
        CallResult::Person | CallResult::Voicemail | CallResult::Unserved => {
            (RecordResult::Connected, "Normal Clearing")
        }
        CallResult::Busy => (RecordResult::Busy, "User Busy"),
        CallResult::NoAnswer | CallResult::AgentDidNotAnswer => (RecordResult::NoAnswer, "No Answer"),
        CallResult::InvalidNumber => (RecordResult::InvalidNumber, "Unallocated Number"),
        CallResult::NetworkFailure => (RecordResult::Failed, "Network Out Of Order"),
        CallResult::Canceled => (RecordResult::Canceled, "Originator Cancel"),
    }
}
