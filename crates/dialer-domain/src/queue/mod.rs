//! The dialing horizon: which contacts are next, how one becomes a call, and how a call's end is settled.
//!
//! Stores load rows and write rows; the decisions in between are the pure functions here, so that every adapter
//! decides alike.

pub mod entries;
pub mod store;

use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use crate::agents::CallStep;
use crate::calls::inbound::direction_of;
use crate::calls::{Call, CallOutcome, CallStatus, Direction, NewCall};
use crate::campaigns::Campaign;
use crate::contacts::{ClosedReason, Contact, ContactStatus};
use crate::eligibility::{self, Allowed, Facts, Refusal};
use crate::events::{EventKind, NewEvent, data};
use crate::identity::Scope;
use crate::ids::{CallId, UserId};
use crate::receipts::{Inputs, Receipt, RefusalCount};
use crate::retry::{self, RetryPolicy};
use crate::rules::RuleBook;
use crate::telephony::AgentLine;
use crate::words::words;

words! {
    /// Where an entry of the horizon stands.
    QueueStatus ("queue status") {
        /// Waiting for an agent.
        Queued = "queued",
        /// Its call is live.
        Calling = "calling",
        /// Its call reached the customer.
        Completed = "completed",
        /// Its call did not.
        Failed = "failed",
        /// Not called after all.
        Skipped = "skipped",
    }
}

/// The priority of a promised callback; others have 0. Higher goes first.
pub const CALLBACK_PRIORITY: i32 = 100;

/// Where an entry for this contact stands in the line.
#[must_use]
pub const fn priority(status: ContactStatus) -> i32 {
    match status {
        ContactStatus::Callback => CALLBACK_PRIORITY,
        ContactStatus::Pending
        | ContactStatus::Calling
        | ContactStatus::Completed
        | ContactStatus::Failed
        | ContactStatus::DoNotCall => 0,
    }
}

/// A call that may be placed: the id that it will have, and who takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialSlot {
    /// The call's id.
    pub call_id: CallId,
    /// Whose phone rings; `None` for a call ahead of agents, whose customer is handed to whoever is free when they answer.
    pub agent: Option<AgentLine>,
    /// The agent's login; `None` for a phone without a profile, and for a call ahead of agents.
    pub user: Option<UserId>,
}

/// The rows that a claim or a refusal writes, all in the transaction that decided it.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The contact, now calling.
    pub contact: Contact,
    /// The call, written down before the provider is asked.
    pub call: Call,
    /// The event to store.
    pub event: NewEvent,
    /// What the claim was decided from.
    pub receipt: Receipt,
}

/// What becomes of a contact that may not be called after all.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// The contact as it should be stored now.
    pub contact: Contact,
    /// The event to store.
    pub event: NewEvent,
    /// The refusal to count.
    pub counted: RefusalCount,
}

/// Decides once more whether `facts.contact` may be called, and if so makes it a call on `slot`.
///
/// # Errors
/// [`Refused`] with the contact's new state.
pub fn claim(facts: Facts<'_>, book: &RuleBook, slot: DialSlot, now: OffsetDateTime) -> Result<Claim, Box<Refused>> {
    let intent = NewCall {
        id: slot.call_id,
        user_id: facts.campaign.user_id,
        to_number: facts.contact.person.phone_number.clone(),
        from_number: None,
        ahead: slot.agent.is_none(),
        agent: slot.agent,
        agent_id: slot.user,
        lead_id: None,
        campaign_id: Some(facts.campaign.id),
        metadata: Map::new(),
    };
    let mut claim = claim_as(facts, book, intent, now).map_err(|refused| Box::new(refused.held(now)))?;
    claim.contact.reserved_for = slot.user;
    Ok(claim)
}

/// As [`claim`], for a call that a person asked for. The call goes to the contact's number and belongs to the
/// contact's campaign, whatever `intent` says; a caller ID it does not name is the campaign's.
///
/// # Errors
/// [`Refused`] with the contact's new state.
pub fn claim_as(
    facts: Facts<'_>,
    book: &RuleBook,
    intent: NewCall,
    now: OffsetDateTime,
) -> Result<Claim, Box<Refused>> {
    let Facts { campaign, contact, .. } = facts;
    let Allowed { rules } = eligible(facts, book, now)?;
    let attempt = contact.attempts + 1;
    let intent = NewCall {
        to_number: contact.person.phone_number.clone(),
        from_number: intent.from_number.or_else(|| campaign.caller_id.clone()),
        campaign_id: Some(campaign.id),
        ..intent
    };
    let callback = contact.status == ContactStatus::Callback;
    let call = Call { contact_id: Some(contact.id), attempt: Some(attempt), callback, ..intent.intend(now) };
    let contact = Contact {
        status: ContactStatus::Calling,
        attempts: attempt,
        last_attempt_at: Some(now),
        next_attempt_at: None,
        next_attempt_wall: None,
        last_call_id: Some(call.id),
        updated_at: now,
        ..contact.clone()
    };
    let mut event = call_event(&call, EventKind::CallInitiated, now);
    if !rules.is_empty() {
        event.data.insert("rules".to_owned(), json!(rules));
    }
    let receipt = Receipt {
        call_id: call.id,
        user_id: campaign.user_id,
        campaign_id: campaign.id,
        contact_id: contact.id,
        decided_at: now,
        book: book.hash(),
        program: crate::receipts::PROGRAM.to_owned(),
        inputs: Inputs::of(&facts),
        rules,
    };
    Ok(Claim { contact, call, event, receipt })
}

/// The call whose customer waits, given to `agent`, and the event; `None` when the customer does not wait any more.
#[must_use]
pub fn hand_over(
    call: &Call,
    agent: &AgentLine,
    user: Option<UserId>,
    now: OffsetDateTime,
) -> Option<(Call, NewEvent)> {
    if !call.waits_for_agent() {
        return None;
    }
    let handed = Call { agent: Some(agent.clone()), agent_id: user, updated_at: now, ..call.clone() };
    let mut event = call_event(&handed, EventKind::CallHandedOver, now);
    event.data.insert("agent".to_owned(), json!(user));
    Some((handed, event))
}

/// Whether `facts.contact` may be shown to an agent as the next one to call: whether it could be called now.
///
/// # Errors
/// [`Refused`] with the contact's new state.
pub fn offerable(facts: Facts<'_>, book: &RuleBook, now: OffsetDateTime) -> Result<Allowed, Box<Refused>> {
    eligible(facts, book, now).map_err(|refused| Box::new(refused.held(now)))
}

fn eligible(facts: Facts<'_>, book: &RuleBook, now: OffsetDateTime) -> Result<Allowed, Box<Refused>> {
    let Facts { campaign, contact, .. } = facts;
    eligibility::decide(facts, book, now).map_err(|refusal| Box::new(refuse(campaign, contact, refusal, now)))
}

impl Refused {
    /// The same for a contact that came up in line: where the rules of its place refuse, it makes room for the next until
    /// asking again can help.
    fn held(mut self, now: OffsetDateTime) -> Self {
        if self.refusal.is_of_place() {
            self.contact.next_attempt_at = Some(self.refusal.retry_not_before.unwrap_or(now + ASKED_AGAIN));
            self.contact.next_attempt_wall = None;
            self.contact.updated_at = now;
        }
        self
    }
}

/// When a contact is asked about again whose refusal only people can lift: by a consent, a fresh copy, a rule.
const ASKED_AGAIN: Duration = Duration::hours(1);

fn refuse(campaign: &Campaign, contact: &Contact, refusal: Refusal, now: OffsetDateTime) -> Refused {
    let mut contact = contact.clone();
    if let Some(reason) = refusal.closes() {
        contact.status =
            if reason == ClosedReason::DoNotCall { ContactStatus::DoNotCall } else { ContactStatus::Failed };
        contact.closed_reason = Some(reason);
        contact.next_attempt_at = None;
        contact.next_attempt_wall = None;
        contact.updated_at = now;
    }
    let event = NewEvent {
        kind: EventKind::ContactRefused,
        user_id: campaign.user_id,
        campaign_id: Some(campaign.id),
        contact_id: Some(contact.id),
        call_id: None,
        at: now,
        data: data([("code", json!(refusal.code)), ("rule", json!(refusal.rule))]),
    };
    let counted = RefusalCount::of(campaign, &refusal, now);
    Refused { refusal, contact, event, counted }
}

/// The rows that follow from a change of a call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settlement {
    /// The contact's new state, when the call's end decides it.
    pub contact: Option<Contact>,
    /// The new state of the queue entry that the call came from.
    pub queue: Option<QueueStatus>,
    /// What it means for the agent of the call.
    pub agent: Option<CallStep>,
    /// The events to store.
    pub events: Vec<NewEvent>,
}

/// What follows from a call's change from `before` to `after`. `contact` is the contact of the call with its
/// campaign, when both are still there.
///
/// The contact is settled when the call is over for certain ([`Call::is_open`]), and again when stronger evidence corrects how it ended, unless
/// another attempt has begun meanwhile or a person has decided about the contact since. A disposition of the call is
/// such a decision, also when it was recorded while the call was live.
#[must_use]
pub fn settle(before: &Call, after: &Call, contact: Option<(&Contact, &Campaign)>, now: OffsetDateTime) -> Settlement {
    let mut settlement = Settlement::default();
    if let Some(kind) = told_by(before, after) {
        settlement.events.push(call_event(after, kind, now));
    }
    settlement.agent = CallStep::of(before, after);
    let closes = before.is_open() && !after.is_open();
    let Some(outcome) = after.outcome.filter(|outcome| closes || before.outcome != Some(*outcome)) else {
        return settlement;
    };
    if after.is_open() {
        return settlement;
    }
    if closes {
        settlement.queue =
            Some(if outcome == CallOutcome::Completed { QueueStatus::Completed } else { QueueStatus::Failed });
    }
    let Some((contact, campaign)) = contact else { return settlement };
    let mine = contact.last_call_id == Some(after.id);
    let given_back = if before.callback { ContactStatus::Callback } else { ContactStatus::Pending };
    let untouched = match before.outcome.filter(|_| !closes) {
        None => contact.status == ContactStatus::Calling,
        Some(CallOutcome::Completed) => contact.status == ContactStatus::Completed,
        Some(CallOutcome::NotPlaced) => contact.status == given_back || contact.status == ContactStatus::Failed,
        Some(_) => contact.status == ContactStatus::Failed,
    };
    if mine && untouched && before.disposition.is_none() {
        let settled = settled_contact(contact, campaign, after, outcome, now);
        settlement.events.push(settled_event(&settled, campaign, after.id, now));
        settlement.contact = Some(settled);
    }
    settlement
}

/// The event that `call` gave a contact its present state.
pub(crate) fn settled_event(settled: &Contact, campaign: &Campaign, call: CallId, now: OffsetDateTime) -> NewEvent {
    NewEvent {
        kind: EventKind::ContactSettled,
        user_id: campaign.user_id,
        campaign_id: Some(campaign.id),
        contact_id: Some(settled.id),
        call_id: Some(call),
        at: now,
        data: data([
            ("status", json!(settled.status)),
            ("attempts", json!(settled.attempts)),
            ("closed_reason", json!(settled.closed_reason)),
        ]),
    }
}

/// The event that a change of a call is, if it is one.
fn told_by(before: &Call, after: &Call) -> Option<EventKind> {
    let end = |call: &Call| (call.outcome, call.duration, call.answered_at, call.ended_at);
    if before.status.is_final() {
        return (end(before) != end(after)).then_some(EventKind::CallCorrected);
    }
    if before.status == after.status {
        let of = |instant: fn(&Call) -> Option<OffsetDateTime>| instant(before).is_none() && instant(after).is_some();
        let given_up = of(|call| call.abandoned_at).then_some(EventKind::CallAbandoned);
        return given_up.or_else(|| of(|call| call.connected_at).then_some(EventKind::CallConnected));
    }
    Some(match after.status {
        CallStatus::Initiated => EventKind::CallInitiated,
        CallStatus::Ringing => EventKind::CallRinging,
        CallStatus::Answered => EventKind::CallAnswered,
        CallStatus::Completed | CallStatus::Failed | CallStatus::Busy | CallStatus::NoAnswer | CallStatus::Canceled => {
            EventKind::CallEnded
        }
    })
}

fn settled_contact(
    contact: &Contact,
    campaign: &Campaign,
    call: &Call,
    outcome: CallOutcome,
    now: OffsetDateTime,
) -> Contact {
    let ended_at = call.ended_at.unwrap_or(now);
    let next = retry::after_call(policy(campaign), call.attempt.unwrap_or(contact.attempts), outcome, ended_at);
    // A promised callback that was not placed is still promised.
    let promised = call.callback && outcome == CallOutcome::NotPlaced;
    Contact {
        status: if promised { ContactStatus::Callback } else { next.status },
        attempts: next.attempts,
        next_attempt_at: next.next_attempt_at,
        next_attempt_wall: None,
        closed_reason: next.closed_reason,
        updated_at: now,
        ..contact.clone()
    }
}

/// How a campaign's contacts are tried again.
pub(crate) const fn policy(campaign: &Campaign) -> RetryPolicy {
    RetryPolicy { max_attempts: campaign.max_attempts, interval: campaign.retry_interval }
}

/// The event of a call being written down that no campaign placed: its owner's doing, unless a customer called.
#[must_use]
pub fn written_event(call: &Call) -> NewEvent {
    let event = call_event(call, EventKind::CallInitiated, call.created_at);
    match call.direction {
        Direction::Outbound => event.by(Scope::User(call.user_id)),
        Direction::Inbound => event,
    }
}

/// The event of a step of `call`, with what its readers want to know.
#[must_use]
pub fn call_event(call: &Call, kind: EventKind, now: OffsetDateTime) -> NewEvent {
    let mut particulars: Map<String, Value> = data([("status", json!(call.status))]);
    if let Some(direction) = direction_of(call) {
        particulars.insert("direction".to_owned(), direction);
    }
    if let Some(agent) = &call.agent {
        particulars.insert("agent".to_owned(), json!(agent.as_str()));
    }
    if let Some(outcome) = call.outcome {
        particulars.insert("outcome".to_owned(), json!(outcome));
        particulars.insert("duration".to_owned(), json!(call.duration));
        particulars.insert("evidence".to_owned(), json!(call.evidence));
        particulars.insert("cause".to_owned(), json!(call.cause));
        particulars.insert("cause_code".to_owned(), json!(call.cause_code));
    }
    NewEvent {
        kind,
        user_id: call.user_id,
        campaign_id: call.campaign_id,
        contact_id: call.contact_id,
        call_id: Some(call.id),
        at: now,
        data: particulars,
    }
}
