//! One placed call: its plan, what people did to it, and its state at any instant.

use std::sync::Arc;

use dialer_domain::telephony::LiveState;
use time::{Duration, OffsetDateTime};
use tokio::sync::Notify;

use super::legs::{LegOf, second_leg_id};
use super::plan::{CallPlan, Outcome};
use crate::knobs::Legs;
use crate::ledger::{CallKind, CallResult, LedgerCall, Party};

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The first phone rings.
    ReachingFirst,
    /// Who picked up first waits while the other phone rings.
    ReachingSecond,
    /// Both talk.
    Connected,
    /// It is over.
    Over,
}

/// A phone that rings in a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ring {
    pub(super) of: LegOf,
    lasts: Duration,
    answered: bool,
}

/// A customer who answers before there is an agent, and waits for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// How long they wait before they hang up.
    pub(crate) patience: Duration,
    /// When they were handed to the call's agent, whose phone rings since.
    pub(crate) handed_at: Option<OffsetDateTime>,
    /// When they were given up and a message began to be played.
    pub(crate) message_at: Option<OffsetDateTime>,
}

/// How long the message is that is played to a customer for whom no agent was there.
const MESSAGE: Duration = Duration::seconds(8);

/// A blind transfer.
#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) at: OffsetDateTime,
    /// Digits of a number or an extension.
    pub(crate) to: String,
    /// The user whose extension that is.
    pub(crate) user: Option<u64>,
}

/// A call, from its placing on. Every instant of it is known from the plan; hanging up cuts it short.
///
/// What is planned for an instant has happened when somebody hangs up at that same instant.
pub(crate) struct PlacedCall {
    /// The id that placing it answered with.
    pub(crate) id: u64,
    /// The id that it goes by, also of its first leg.
    pub(crate) live_id: u64,
    pub(crate) kind: CallKind,
    /// The user whose phone rings; of a call that rings none, who asked for it.
    pub(crate) agent: u64,
    /// Whether that user's line is taken by the call.
    pub(crate) takes_line: bool,
    /// Digits of the customer's number.
    pub(crate) number: String,
    /// Which call of that number it is, from 0.
    pub(crate) nth: u32,
    /// Digits shown to the customer, where the call names any.
    pub(crate) caller_id: Option<String>,
    pub(crate) placed_at: OffsetDateTime,
    /// Legs that its events tell of.
    pub(crate) told_legs: Legs,
    /// When after its end its recording can be had, where it is recorded.
    pub(crate) recorded_after: Option<Duration>,
    /// Set once a request has answered a ringing phone before its time.
    pub(crate) answered_early_at: Option<OffsetDateTime>,
    /// Set once a request has ended the call before its time.
    pub(crate) hung_up_at: Option<OffsetDateTime>,
    /// Set once the customer has been passed on and the agent's line is free.
    pub(crate) transferred: Option<Transfer>,
    /// When the agent put the customer on hold (true) and took them back (false).
    pub(crate) holds: Vec<(OffsetDateTime, bool)>,
    /// Wakes the request that waits for the first phone when the call is hung up.
    pub(crate) hung_up: Arc<Notify>,
    /// Of a call ahead of agents, what becomes of whoever answers.
    pub(crate) waiting: Option<Waiting>,
    /// Whether its records are written.
    pub(crate) filed: bool,
    pub(crate) plan: CallPlan,
}

impl PlacedCall {
    /// Whose phones ring, one after the other.
    pub(super) fn rings(&self) -> (Ring, Option<Ring>) {
        let agent = Ring { of: LegOf::Agent, lasts: self.plan.agent_rings, answered: self.plan.agent_answers };
        let answered = self.plan.outcome.is_answered();
        let customer = Ring { of: LegOf::Customer, lasts: self.plan.customer_rings, answered };
        match self.kind {
            CallKind::AgentFirst => (agent, Some(customer)),
            CallKind::CustomerFirst => (customer, Some(agent)),
            CallKind::Ahead => (customer, self.waiting.and_then(|waiting| waiting.handed_at).map(|_| agent)),
            CallKind::Announcement => (customer, None),
            CallKind::Inbound if self.answered_early_at.is_some() => (Ring { answered: true, ..agent }, None),
            CallKind::Inbound => (agent, None),
        }
    }

    pub(crate) fn second_leg_id(&self) -> u64 {
        second_leg_id(self.id)
    }

    /// Whether `id` is one that it goes by.
    pub(crate) fn goes_by(&self, id: u64) -> bool {
        id == self.live_id || id == self.second_leg_id()
    }

    /// When the first phone is picked up or stops ringing, unless somebody hangs up before.
    pub(crate) fn first_leg_ends_at(&self) -> OffsetDateTime {
        self.answered_early_at.unwrap_or(self.placed_at + self.rings().0.lasts)
    }

    /// When the call is over.
    pub(crate) fn ends_at(&self) -> OffsetDateTime {
        let first_ends_at = self.first_leg_ends_at();
        let second_rings_at = self.waiting.and_then(|waiting| waiting.handed_at).unwrap_or(first_ends_at);
        let planned = match (self.rings(), self.waiting) {
            ((first, _), _) if !first.answered => first_ends_at,
            ((_, None), Some(Waiting { message_at: Some(at), .. })) => at + MESSAGE,
            ((_, None), Some(Waiting { patience, .. })) => first_ends_at + patience,
            ((_, None), None) => first_ends_at + self.plan.talk,
            ((_, Some(second)), _) if second.answered => second_rings_at + second.lasts + self.plan.talk,
            ((_, Some(second)), _) => second_rings_at + second.lasts,
        };
        self.hung_up_at.map_or(planned, |at| at.min(planned))
    }

    /// When the second phone began to ring.
    pub(crate) fn second_rings_at(&self) -> Option<OffsetDateTime> {
        self.rings().1.as_ref()?;
        match self.waiting {
            Some(waiting) => waiting.handed_at.filter(|at| *at <= self.ends_at()),
            None => self.first_answered_at(),
        }
    }

    /// Whether the customer waits for an agent at `now`.
    pub(crate) fn waits(&self, now: OffsetDateTime) -> bool {
        let unserved = self.waiting.is_some_and(|waiting| waiting.handed_at.is_none());
        unserved && self.stage(now) == Stage::ReachingSecond
    }

    /// When the first phone was picked up.
    pub(crate) fn first_answered_at(&self) -> Option<OffsetDateTime> {
        let at = self.first_leg_ends_at();
        (self.rings().0.answered && at <= self.ends_at()).then_some(at)
    }

    /// When both were connected.
    pub(crate) fn connected_at(&self) -> Option<OffsetDateTime> {
        let first_at = self.first_answered_at()?;
        match self.rings().1 {
            None => Some(first_at).filter(|_| self.waiting.is_none()),
            Some(second) => {
                let at = self.second_rings_at()? + second.lasts;
                (second.answered && at <= self.ends_at()).then_some(at)
            }
        }
    }

    /// When the phone of `leg` was picked up.
    pub(crate) fn answered_at(&self, leg: LegOf) -> Option<OffsetDateTime> {
        let (first, second) = self.rings();
        if first.of == leg { self.first_answered_at() } else { second.and_then(|_| self.connected_at()) }
    }

    pub(crate) fn stage(&self, now: OffsetDateTime) -> Stage {
        let reached = |at: Option<OffsetDateTime>| at.is_some_and(|at| at <= now);
        if now >= self.ends_at() {
            Stage::Over
        } else if reached(self.connected_at()) {
            Stage::Connected
        } else if reached(self.first_answered_at()) {
            Stage::ReachingSecond
        } else {
            Stage::ReachingFirst
        }
    }

    /// Whether the customer of a connected call waits on hold.
    pub(crate) fn on_hold(&self, now: OffsetDateTime) -> bool {
        self.holds.iter().rfind(|(at, _)| *at <= now).is_some_and(|(_, on)| *on)
    }

    /// Whether the line of `user` is taken by this call.
    pub(crate) fn occupies(&self, user: u64, now: OffsetDateTime) -> bool {
        let on_line = match &self.transferred {
            Some(transfer) => transfer.user,
            None => Some(self.agent).filter(|_| self.takes_line),
        };
        on_line == Some(user) && self.stage(now) != Stage::Over
    }

    /// How the call ended, or will when nobody interferes.
    pub(crate) fn result(&self) -> CallResult {
        if self.waiting.is_some_and(|waiting| waiting.handed_at.is_none()) && self.first_answered_at().is_some() {
            return CallResult::Unserved;
        }
        let cut_short = self.hung_up_at.is_some_and(|at| at <= self.ends_at());
        if cut_short && self.connected_at().is_none() {
            return CallResult::Canceled;
        }
        let (first, second) = self.rings();
        match [Some(first), second].into_iter().flatten().find(|ring| !ring.answered) {
            Some(Ring { of: LegOf::Agent, .. }) => CallResult::AgentDidNotAnswer,
            None if self.kind == CallKind::Inbound => CallResult::Person,
            _ => match self.plan.outcome {
                Outcome::Person => CallResult::Person,
                Outcome::Voicemail => CallResult::Voicemail,
                Outcome::Busy => CallResult::Busy,
                Outcome::NoAnswer => CallResult::NoAnswer,
                Outcome::InvalidNumber => CallResult::InvalidNumber,
                Outcome::NetworkFailure => CallResult::NetworkFailure,
            },
        }
    }

    /// Who ended the call, or will when nobody interferes.
    pub(crate) fn ended_by(&self) -> Party {
        match self.hung_up_at {
            Some(at) if at <= self.ends_at() => Party::Request,
            _ if self.connected_at().is_none() || self.kind == CallKind::Announcement => Party::Network,
            _ => self.plan.ended_by,
        }
    }

    /// Whole seconds between the connection and the end.
    pub(crate) fn talk_seconds(&self) -> u32 {
        self.connected_at().map_or(0, |at| whole_seconds(at, self.ends_at()))
    }

    /// What is true of the call at `now`.
    pub(crate) fn ledger_entry(&self, now: OffsetDateTime) -> LedgerCall {
        let past = |at: Option<OffsetDateTime>| at.filter(|at| *at <= now);
        let ended_at = past(Some(self.ends_at()));
        let second_rings_at = past(self.second_rings_at());
        let connected_at = past(self.connected_at());
        let (first, second) = self.rings();
        let two_rung = second.is_some() && self.waiting.is_none();
        let ringing_at = if two_rung { second_rings_at } else { Some(self.placed_at) };
        let mut states: Vec<_> = [
            (LiveState::Initial, Some(self.placed_at)),
            (LiveState::Ringing, ringing_at),
            (LiveState::Connected, connected_at),
        ]
        .into_iter()
        .filter_map(|(state, at)| at.map(|at| (state, at)))
        .collect();
        let held = |on| if on { LiveState::OnHold } else { LiveState::Connected };
        states.extend(self.holds.iter().filter(|(at, _)| *at <= now).map(|(at, on)| (held(*on), *at)));
        states.extend(ended_at.map(|at| (LiveState::HangUp, at)));
        let leg_id = |leg| match (first.of == leg, second) {
            (true, _) => Some(self.live_id),
            (false, Some(_)) => second_rings_at.map(|_| self.second_leg_id()),
            (false, None) => None,
        };
        let transferred = self.transferred.as_ref().filter(|transfer| transfer.at <= now);
        LedgerCall {
            id: self.id,
            live_id: self.live_id,
            agent_leg_id: leg_id(LegOf::Agent),
            customer_leg_id: leg_id(LegOf::Customer),
            kind: self.kind,
            agent: self.agent,
            number: self.number.clone(),
            placed_at: self.placed_at,
            agent_answered_at: past(self.answered_at(LegOf::Agent)),
            customer_answered_at: past(self.answered_at(LegOf::Customer)),
            connected_at,
            transferred_at: transferred.map(|transfer| transfer.at),
            transferred_to: transferred.map(|transfer| transfer.to.clone()),
            ended_at,
            states,
            result: ended_at.map(|_| self.result()),
            ended_by: ended_at.map(|_| self.ended_by()),
            talk_seconds: ended_at.map_or(0, |_| self.talk_seconds()),
        }
    }
}

/// Whole seconds from `from` to `to`, cut not rounded.
pub(crate) fn whole_seconds(from: OffsetDateTime, to: OffsetDateTime) -> u32 {
    u32::try_from((to - from).whole_seconds().max(0)).unwrap_or(u32::MAX)
}
