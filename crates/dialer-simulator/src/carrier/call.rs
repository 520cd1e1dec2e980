//! One placed call: its plan, what people did to it, and its state at any instant.

use std::sync::Arc;

use dialer_domain::telephony::LiveState;
use time::OffsetDateTime;
use tokio::sync::Notify;

use super::plan::{CallPlan, Outcome};
use crate::ledger::{CallResult, LedgerCall, Party};

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The agent's phone rings.
    ReachingAgent,
    /// The agent waits while the customer's phone rings.
    ReachingCustomer,
    /// Both talk.
    Connected,
    /// It is over.
    Over,
}

/// A call, from its placing on. Every instant of it is known from the plan; hanging up cuts it short.
///
/// What is planned for an instant has happened when somebody hangs up at that same instant.
pub(crate) struct PlacedCall {
    /// The provider's id, also of its first leg.
    pub(crate) id: u64,
    /// The user whose phone rings first.
    pub(crate) agent: u64,
    /// Digits of the number called.
    pub(crate) number: String,
    /// Digits shown to the customer, where the call names any.
    pub(crate) caller_id: Option<String>,
    pub(crate) placed_at: OffsetDateTime,
    /// Set once a request has ended the call before its time.
    pub(crate) hung_up_at: Option<OffsetDateTime>,
    /// Set once the customer has been passed on and the agent's line is free.
    pub(crate) transferred_at: Option<OffsetDateTime>,
    /// Wakes the request that waits for the agent when the call is hung up.
    pub(crate) hung_up: Arc<Notify>,
    pub(crate) plan: CallPlan,
}

impl PlacedCall {
    /// When the agent picks up or the provider stops ringing them, unless somebody hangs up before.
    pub(crate) fn agent_leg_ends_at(&self) -> OffsetDateTime {
        self.placed_at + self.plan.agent_rings
    }

    /// When the call is over.
    pub(crate) fn ends_at(&self) -> OffsetDateTime {
        let planned = if self.plan.agent_answers {
            self.agent_leg_ends_at() + self.plan.customer_rings + self.plan.talk
        } else {
            self.agent_leg_ends_at()
        };
        self.hung_up_at.map_or(planned, |at| at.min(planned))
    }

    /// When the agent picked up and the customer's phone began to ring.
    pub(crate) fn agent_answered_at(&self) -> Option<OffsetDateTime> {
        let at = self.agent_leg_ends_at();
        (self.plan.agent_answers && at <= self.ends_at()).then_some(at)
    }

    /// When customer and agent were connected.
    pub(crate) fn connected_at(&self) -> Option<OffsetDateTime> {
        let at = self.agent_leg_ends_at() + self.plan.customer_rings;
        (self.plan.agent_answers && self.plan.outcome.is_answered() && at <= self.ends_at()).then_some(at)
    }

    pub(crate) fn stage(&self, now: OffsetDateTime) -> Stage {
        let reached = |at: Option<OffsetDateTime>| at.is_some_and(|at| at <= now);
        if now >= self.ends_at() {
            Stage::Over
        } else if reached(self.connected_at()) {
            Stage::Connected
        } else if reached(self.agent_answered_at()) {
            Stage::ReachingCustomer
        } else {
            Stage::ReachingAgent
        }
    }

    /// Whether the agent's line is taken by this call.
    pub(crate) fn occupies_agent(&self, now: OffsetDateTime) -> bool {
        self.stage(now) != Stage::Over && self.transferred_at.is_none()
    }

    /// How the call ended, or will when nobody interferes.
    pub(crate) fn result(&self) -> CallResult {
        let cut_short = self.hung_up_at.is_some_and(|at| at <= self.ends_at());
        match self.plan.outcome {
            _ if cut_short && self.connected_at().is_none() => CallResult::Canceled,
            _ if !self.plan.agent_answers => CallResult::AgentDidNotAnswer,
            Outcome::Person => CallResult::Person,
            Outcome::Voicemail => CallResult::Voicemail,
            Outcome::Busy => CallResult::Busy,
            Outcome::NoAnswer => CallResult::NoAnswer,
            Outcome::InvalidNumber => CallResult::InvalidNumber,
            Outcome::NetworkFailure => CallResult::NetworkFailure,
        }
    }

    /// Whole seconds between the customer's answer and the end.
    pub(crate) fn talk_seconds(&self) -> u32 {
        self.connected_at().map_or(0, |at| whole_seconds(at, self.ends_at()))
    }

    /// What is true of the call at `now`.
    pub(crate) fn ledger_entry(&self, now: OffsetDateTime) -> LedgerCall {
        let past = |at: Option<OffsetDateTime>| at.filter(|at| *at <= now);
        let ended_at = past(Some(self.ends_at()));
        let agent_answered_at = past(self.agent_answered_at());
        let connected_at = past(self.connected_at());
        let states = [
            (LiveState::Initial, Some(self.placed_at)),
            (LiveState::Ringing, agent_answered_at),
            (LiveState::Connected, connected_at),
            (LiveState::HangUp, ended_at),
        ];
        LedgerCall {
            id: self.id,
            agent: self.agent,
            number: self.number.clone(),
            placed_at: self.placed_at,
            agent_answered_at,
            connected_at,
            ended_at,
            states: states.into_iter().filter_map(|(state, at)| at.map(|at| (state, at))).collect(),
            result: ended_at.map(|_| self.result()),
            ended_by: ended_at.map(|at| match self.hung_up_at {
                Some(hung_up_at) if hung_up_at <= at => Party::Request,
                _ if !self.plan.agent_answers => Party::Network,
                _ => self.plan.ended_by,
            }),
            talk_seconds: ended_at.map_or(0, |_| self.talk_seconds()),
        }
    }
}

/// Whole seconds from `from` to `to`, cut not rounded.
pub(crate) fn whole_seconds(from: OffsetDateTime, to: OffsetDateTime) -> u32 {
    u32::try_from((to - from).whole_seconds().max(0)).unwrap_or(u32::MAX)
}
