//! Placing calls, in whichever direction.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};
use tokio::sync::Notify;

use super::Carrier;
use super::book::Book;
use super::call::{PlacedCall, Waiting};
use super::legs::other_id;
use super::plan::CallPlan;
use super::settings::{CarrierSettings, OutcomeShares};
use crate::knobs::{Knobs, LiveIds};
use crate::ledger::CallKind;
use crate::lock::lock;

/// A call to place: the agent's phone rings first.
pub(crate) struct DialOrder {
    pub(crate) agent: u64,
    pub(crate) number: String,
    pub(crate) caller_id: Option<String>,
}

/// Why a call is not placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DialRefused {
    UnknownAgent,
    InactiveAgent,
    /// The agent has no phone switched on.
    NoDevice,
    /// The agent's line is on another call.
    BusyAgent,
}

/// Who is rung once the customer has picked up.
pub(crate) enum SecondParty {
    /// The first of these users who has a phone switched on and a free line.
    FirstFree(Vec<u64>),
    /// Somebody outside.
    Outsider,
    /// Whoever they are handed to: until then they wait.
    Later,
    /// Nobody: a text is spoken, which takes this long.
    Speech(Duration),
}

/// A call to place: the customer's phone rings first.
pub(crate) struct CustomerFirstOrder {
    pub(crate) number: String,
    pub(crate) second: SecondParty,
    pub(crate) caller_id: Option<String>,
    /// The user who asks for it.
    pub(crate) asked_by: u64,
}

/// What every kind of call has.
struct Draft {
    kind: CallKind,
    agent: u64,
    takes_line: bool,
    number: String,
    caller_id: Option<String>,
}

impl Carrier {
    /// Lets the agent's phone ring, and answers the call's id. Only calls that ring count for how often a number
    /// was called.
    pub(crate) fn place(&self, order: DialOrder) -> Result<u64, DialRefused> {
        let agent = self.user(order.agent).ok_or(DialRefused::UnknownAgent)?;
        if !agent.active {
            return Err(DialRefused::InactiveAgent);
        }
        if !agent.registered {
            return Err(DialRefused::NoDevice);
        }
        let knobs = self.knobs.get();
        let mut book = lock(&self.book);
        let now = self.clock.now();
        book.write_records(&knobs, self.seed, now);
        if book.line_taken(order.agent, now) {
            return Err(DialRefused::BusyAgent);
        }
        let draft = Draft {
            kind: CallKind::AgentFirst,
            agent: order.agent,
            takes_line: true,
            number: order.number,
            caller_id: order.caller_id,
        };
        Ok(self.begin(&mut book, &knobs, now, &self.settings, draft, |_| {}))
    }

    /// Lets the customer's phone ring, and answers the call's id.
    pub(crate) fn place_customer_first(&self, order: CustomerFirstOrder) -> u64 {
        let knobs = self.knobs.get();
        let mut book = lock(&self.book);
        let now = self.clock.now();
        book.write_records(&knobs, self.seed, now);
        let mut reachable = true;
        let (kind, agent, takes_line) = match &order.second {
            SecondParty::Speech(_) => (CallKind::Announcement, order.asked_by, false),
            SecondParty::Later => (CallKind::Ahead, order.asked_by, false),
            SecondParty::Outsider => (CallKind::CustomerFirst, order.asked_by, false),
            SecondParty::FirstFree(users) => {
                let free = users.iter().find(|user| self.can_ring(&book, **user, now));
                reachable = free.is_some();
                (CallKind::CustomerFirst, *free.or(users.first()).unwrap_or(&order.asked_by), reachable)
            }
        };
        let draft = Draft { kind, agent, takes_line, number: order.number, caller_id: order.caller_id };
        self.begin(&mut book, &knobs, now, &self.settings, draft, |plan| {
            if !reachable {
                plan.ring_out(&self.settings);
            }
            if let (SecondParty::Speech(length), true) = (&order.second, plan.outcome.is_answered()) {
                plan.talk = *length;
            }
        })
    }

    /// A call from outside for the agent's phone. Where it cannot ring, or the line is taken, nobody answers.
    pub(crate) fn receive(&self, from: String, agent: u64) -> Result<u64, DialRefused> {
        self.user(agent).ok_or(DialRefused::UnknownAgent)?;
        let knobs = self.knobs.get();
        let mut book = lock(&self.book);
        let now = self.clock.now();
        book.write_records(&knobs, self.seed, now);
        let reachable = self.can_ring(&book, agent, now);
        let draft = Draft { kind: CallKind::Inbound, agent, takes_line: reachable, number: from, caller_id: None };
        let settings = CarrierSettings { outcomes: OutcomeShares::PERSON, ..self.settings.clone() };
        Ok(self.begin(&mut book, &knobs, now, &settings, draft, |plan| {
            if !reachable {
                plan.ring_out(&self.settings);
            }
        }))
    }

    fn can_ring(&self, book: &Book, user: u64, now: OffsetDateTime) -> bool {
        self.user(user).is_some_and(|user| user.active && user.registered) && !book.line_taken(user, now)
    }

    fn begin(
        &self,
        book: &mut Book,
        knobs: &Knobs,
        now: OffsetDateTime,
        settings: &CarrierSettings,
        draft: Draft,
        change: impl FnOnce(&mut CallPlan),
    ) -> u64 {
        let count = book.calls_per_number.entry(draft.number.clone()).or_default();
        let nth = *count;
        *count += 1;
        let mut plan = CallPlan::draw(settings, self.seed, &draft.number, nth);
        change(&mut plan);
        let id = book.id(book.calls.len());
        let live_id = match knobs.live_ids {
            LiveIds::AsAnswered => id,
            LiveIds::Others => other_id(id),
        };
        book.add(PlacedCall {
            id,
            live_id,
            kind: draft.kind,
            agent: draft.agent,
            takes_line: draft.takes_line,
            number: draft.number,
            nth,
            caller_id: draft.caller_id,
            placed_at: now,
            told_legs: knobs.live_legs,
            recorded_after: knobs.recordings.on.then_some(knobs.recordings.delay),
            answered_early_at: None,
            hung_up_at: None,
            transferred: None,
            waiting: (draft.kind == CallKind::Ahead).then_some(Waiting {
                patience: plan.patience,
                handed_at: None,
                message_at: None,
            }),
            holds: Vec::new(),
            hung_up: Arc::new(Notify::new()),
            filed: false,
            plan,
        });
        self.changed.notify_one();
        id
    }
}
