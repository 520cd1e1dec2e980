//! Every call, one by one: what the dialer's API tells of it, held against the provider's own ledger.

use std::collections::BTreeMap;

use dialer_domain::{Duration, OffsetDateTime};
use dialer_simulator::{CallResult, LedgerCall};
use serde::Serialize;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

/// How long before or after the ledger's beginning of a call the dialer may have written it down, where neither names the
/// other.
const NEAR: Duration = Duration::minutes(4);

/// Differences told in words; all are counted.
const TOLD: usize = 20;

/// The comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// Calls that the ledger has.
    pub calls: usize,
    /// How many calls differ.
    pub different: usize,
    /// Calls of which the dialer tells that nobody answered, while the agent's phone rang and the customer's never did: the
    /// provider's answer was lost, and it keeps no record of them.
    pub agent_missed: usize,
    /// The first of them, in words. Without numbers.
    pub differences: Vec<String>,
}

impl Truth {
    /// Compares `calls`, rows of the API, with the ledger.
    #[must_use]
    pub fn of(calls: &[Value], ledger: &[LedgerCall]) -> Self {
        let mut truth = Self { calls: ledger.len(), ..Self::default() };
        let mut rows = Rows::of(calls);
        for entry in ledger {
            if entry.result == Some(CallResult::AgentDidNotAnswer) {
                truth.check_unplaced(&mut rows, entry);
                continue;
            }
            let Some(row) = rows.take(entry) else {
                truth.differs(format!("the provider's call {} is not known to the dialer", entry.id));
                continue;
            };
            let (status, duration) = (text(row, "status"), row["duration"].as_u64());
            let wanted = entry.result.map(status_of);
            if Some(status) != wanted {
                let evidence = text(row, "cause");
                truth.differs(format!("call {} is {status}, and was {wanted:?} ({evidence})", entry.id));
            } else if duration != Some(entry.talk_seconds.into()) {
                let talk = entry.talk_seconds;
                truth.differs(format!("call {} talked for {duration:?} s, and it was {talk} s", entry.id));
            }
        }
        for row in rows.left().filter(|row| text(row, "outcome") != "not-placed") {
            let (id, status) = (text(row, "id"), text(row, "status"));
            truth.differs(format!("the dialer's call {id} is {status}, and the provider never had it"));
        }
        truth
    }

    /// An agent who let the phone ring: the customer was not called, and nobody may say otherwise.
    fn check_unplaced(&mut self, rows: &mut Rows<'_>, entry: &LedgerCall) {
        let Some(row) = rows.take(entry) else { return };
        if text(row, "status") == "completed" || row["ended_at"].is_null() {
            self.differs(format!("call {} is {}, and the agent never picked up", entry.id, text(row, "status")));
        } else if !row["call_id"].is_null() && text(row, "status") == "no-answer" {
            self.agent_missed += 1;
        }
    }

    fn differs(&mut self, what: String) {
        self.different += 1;
        if self.differences.len() < TOLD {
            self.differences.push(what);
        }
    }
}

/// The status that a call with this result ends in.
const fn status_of(result: CallResult) -> &'static str {
    match result {
        CallResult::Person | CallResult::Voicemail => "completed",
        CallResult::Busy => "busy",
        CallResult::NoAnswer | CallResult::AgentDidNotAnswer => "no-answer",
        CallResult::InvalidNumber | CallResult::NetworkFailure => "failed",
        CallResult::Canceled | CallResult::Unserved => "canceled",
    }
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

/// The dialer's calls that nobody has found in the ledger yet.
struct Rows<'a> {
    named: BTreeMap<&'a str, &'a Value>,
    nameless: Vec<&'a Value>,
}

impl<'a> Rows<'a> {
    fn of(calls: &'a [Value]) -> Self {
        let (named, nameless): (Vec<_>, Vec<_>) = calls.iter().partition(|call| call["call_id"].is_string());
        Self { named: named.into_iter().map(|call| (text(call, "call_id"), call)).collect(), nameless }
    }

    /// The row of a call: by any of its ids, else by number and time.
    fn take(&mut self, entry: &LedgerCall) -> Option<&'a Value> {
        let ids = [Some(entry.id), Some(entry.live_id), entry.agent_leg_id, entry.customer_leg_id];
        for id in ids.into_iter().flatten() {
            if let Some(row) = self.named.remove(id.to_string().as_str()) {
                return Some(row);
            }
        }
        let meant = self.nameless.iter().position(|row| {
            let began = OffsetDateTime::parse(text(row, "started_at"), &Rfc3339);
            text(row, "to_number").trim_start_matches('+') == entry.number
                && text(row, "agent") == entry.agent.to_string()
                && began.is_ok_and(|began| (began - entry.placed_at).abs() < NEAR)
        })?;
        Some(self.nameless.remove(meant))
    }

    fn left(&self) -> impl Iterator<Item = &'a Value> {
        self.named.values().chain(&self.nameless).copied()
    }
}
