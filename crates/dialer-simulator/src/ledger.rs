//! The double's own truth: every call that was ever placed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use dialer_domain::telephony::LiveState;
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::serde::rfc3339;

use crate::carrier::Carrier;

/// Reads what really happened on a simulated carrier, to hold against what a dialer believes.
///
/// A clone reads the same carrier, also after the double that served it has stopped.
#[derive(Clone)]
pub struct Ledger(Arc<Carrier>);

/// One call, from the moment the provider accepted it. As JSON, instants are RFC 3339.
#[derive(Clone, PartialEq, Serialize)]
pub struct LedgerCall {
    /// The id that the provider answered with when the call was placed.
    pub id: u64,
    /// The id that the call goes by; another one only where the knobs say so.
    pub live_id: u64,
    /// The id of the agent's leg, where the call has one by now.
    pub agent_leg_id: Option<u64>,
    /// The id of the customer's leg, where the call has one by now. A call from outside has one leg, the agent's.
    pub customer_leg_id: Option<u64>,
    /// Who was rung, and in which order.
    pub kind: CallKind,
    /// The user whose phone rings; of a call that rings none, who asked for it.
    pub agent: u64,
    /// Digits of the customer's number. Not shown by `Debug`.
    pub number: String,
    /// When the first phone began to ring.
    #[serde(with = "rfc3339")]
    pub placed_at: OffsetDateTime,
    /// When the agent picked up.
    #[serde(with = "rfc3339::option")]
    pub agent_answered_at: Option<OffsetDateTime>,
    /// When the customer picked up.
    #[serde(with = "rfc3339::option")]
    pub customer_answered_at: Option<OffsetDateTime>,
    /// When both were connected; of an announcement, when the customer picked up.
    #[serde(with = "rfc3339::option")]
    pub connected_at: Option<OffsetDateTime>,
    /// When the agent passed the customer on.
    #[serde(with = "rfc3339::option")]
    pub transferred_at: Option<OffsetDateTime>,
    /// Digits of the number or extension that the customer was passed on to. Not shown by `Debug`.
    pub transferred_to: Option<String>,
    /// When it was over; `None` while it lasts.
    #[serde(with = "rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// Every state so far and when it was reached. `Ringing` is the phone that rings last.
    #[serde(serialize_with = "states")]
    pub states: Vec<(LiveState, OffsetDateTime)>,
    /// How it ended; `None` while it lasts.
    pub result: Option<CallResult>,
    /// Who ended it; `None` while it lasts.
    pub ended_by: Option<Party>,
    /// Whole seconds of talk, 0 while it lasts.
    pub talk_seconds: u32,
}

impl fmt::Debug for LedgerCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerCall")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("agent", &self.agent)
            .field("states", &self.states)
            .field("result", &self.result)
            .field("ended_by", &self.ended_by)
            .field("talk_seconds", &self.talk_seconds)
            .finish_non_exhaustive()
    }
}

fn states<S: Serializer>(states: &[(LiveState, OffsetDateTime)], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Reached {
        state: LiveState,
        #[serde(with = "rfc3339")]
        at: OffsetDateTime,
    }
    serializer.collect_seq(states.iter().map(|(state, at)| Reached { state: *state, at: *at }))
}

/// Who was rung in a call, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// The agent, then the customer.
    AgentFirst,
    /// The customer, then an agent.
    CustomerFirst,
    /// The customer, who waits until they are handed to an agent.
    Ahead,
    /// The customer, who hears a text.
    Announcement,
    /// An agent, by a customer who called.
    Inbound,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallResult {
    /// A person answered.
    Person,
    /// A machine answered.
    Voicemail,
    /// The line was busy.
    Busy,
    /// It rang out.
    NoAnswer,
    /// There is no such number.
    InvalidNumber,
    /// The network failed.
    NetworkFailure,
    /// The agent let it ring. Where the agent is rung first, the customer was never called.
    AgentDidNotAnswer,
    /// Somebody answered, and was handed to no agent.
    Unserved,
    /// Hung up by a request before the parties were connected.
    Canceled,
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The agent, at the phone.
    Agent,
    /// The customer, also where the customer called.
    Callee,
    /// The network or the provider.
    Network,
    /// A request to hang up.
    Request,
}

impl Ledger {
    pub(crate) fn new(carrier: Arc<Carrier>) -> Self {
        Self(carrier)
    }

    /// Every call so far, in the order of placing, as it stands now.
    #[must_use]
    pub fn calls(&self) -> Vec<LedgerCall> {
        self.0.ledger_calls()
    }

    /// The call that placing answered with `id`, or that goes by `id`.
    #[must_use]
    pub fn call(&self, id: u64) -> Option<LedgerCall> {
        self.0.ledger_call(id)
    }

    /// How often each number was called, by its digits without `+`. A call that the agent let ring counts: its
    /// result tells that the customer never knew. Calls from outside do not count.
    #[must_use]
    pub fn attempts_per_number(&self) -> BTreeMap<String, u32> {
        let mut attempts = BTreeMap::new();
        for call in self.calls().into_iter().filter(|call| call.kind != CallKind::Inbound) {
            *attempts.entry(call.number).or_default() += 1;
        }
        attempts
    }

    /// Calls of one number, given with or without `+`, in the order of placing.
    #[must_use]
    pub fn attempts_of(&self, number: &str) -> Vec<LedgerCall> {
        self.0.ledger_calls_of(number.trim_start_matches('+'))
    }

    /// Pairs of calls of one number where the second was placed before the first was over. Empty for a dialer
    /// that never dials twice at once.
    #[must_use]
    pub fn overlapping_attempts(&self) -> Vec<(LedgerCall, LedgerCall)> {
        overlapping(self.calls())
    }
}

fn overlapping(calls: Vec<LedgerCall>) -> Vec<(LedgerCall, LedgerCall)> {
    let mut by_number: BTreeMap<String, Vec<LedgerCall>> = BTreeMap::new();
    for call in calls {
        by_number.entry(call.number.clone()).or_default().push(call);
    }
    let mut pairs = Vec::new();
    for attempts in by_number.values() {
        for (index, later) in attempts.iter().enumerate() {
            let live = |earlier: &&LedgerCall| earlier.ended_at.is_none_or(|ended_at| later.placed_at < ended_at);
            pairs.extend(attempts[..index].iter().filter(live).map(|earlier| (earlier.clone(), later.clone())));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    fn call(id: u64, number: &str, from: i64, to: Option<i64>) -> LedgerCall {
        let at = |seconds| datetime!(2026-03-02 09:00 UTC) + Duration::seconds(seconds);
        LedgerCall {
            id,
            live_id: id,
            agent_leg_id: Some(id),
            customer_leg_id: None,
            kind: CallKind::AgentFirst,
            agent: 10_001,
            number: number.to_owned(),
            placed_at: at(from),
            agent_answered_at: None,
            customer_answered_at: None,
            connected_at: None,
            transferred_at: None,
            transferred_to: None,
            ended_at: to.map(at),
            states: Vec::new(),
            result: None,
            ended_by: None,
            talk_seconds: 0,
        }
    }

    fn overlaps(calls: Vec<LedgerCall>) -> Vec<(u64, u64)> {
        overlapping(calls).into_iter().map(|(earlier, later)| (earlier.id, later.id)).collect()
    }

    #[test]
    fn two_calls_of_a_number_at_once_are_found() {
        let calls = vec![
            call(1, "447700900101", 0, Some(60)),
            call(2, "447700900102", 10, Some(20)),
            call(3, "447700900101", 59, None),
            call(4, "447700900101", 300, None),
        ];
        assert_eq!(overlaps(calls), [(1, 3), (3, 4)]);
    }

    #[test]
    fn a_call_placed_when_the_one_before_is_over_does_not_overlap() {
        let calls = vec![call(1, "447700900101", 0, Some(60)), call(2, "447700900101", 60, None)];
        assert_eq!(overlaps(calls), []);
    }

    #[test]
    fn a_number_does_not_show_in_debug_output() {
        let shown = format!("{:?}", call(1, "447700900101", 0, None));
        assert!(!shown.contains("7700900"), "{shown}");
    }
}
