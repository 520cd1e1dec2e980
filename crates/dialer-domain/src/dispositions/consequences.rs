//! What follows from a disposition.

use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{Disposition, NewDisposition, RecordedDisposition};
use crate::calls::{Call, CallOutcome};
use crate::campaigns::{Campaign, CampaignStatus};
use crate::contacts::{ClosedReason, Contact, ContactStatus};
use crate::events::{EventKind, NewEvent, data};
use crate::identity::Scope;
use crate::queue::{policy, settled_event};
use crate::retry::after_call;
use crate::suppression::{Suppression, SuppressionSource};

/// The rows that recording a disposition writes, all in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Consequences {
    /// The disposition as it is recorded.
    pub recorded: RecordedDisposition,
    /// The call, which now has this disposition.
    pub call: Call,
    /// The contact's new state, when it changes.
    pub contact: Option<Contact>,
    /// The campaign, active again, when it was over and this contact is to be called once more.
    pub campaign: Option<Campaign>,
    /// The events to store.
    pub events: Vec<NewEvent>,
}

/// What a disposition is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts<'a> {
    /// The call.
    pub call: &'a Call,
    /// The contact of the call with its campaign, where there is one.
    pub contact: Option<(&'a Contact, &'a Campaign)>,
    /// Whether the number is on the owner's do-not-call list, for all campaigns or that of the call, the entry that follows from the disposition included.
    pub suppressed: bool,
    /// Whether another contact of the campaign may still be called. Asked only of a completed campaign.
    pub others_open: bool,
}

/// When a callback of a call without a campaign is due, unless it is said.
const OWN_CALLBACK_AFTER: Duration = Duration::hours(1);

/// The do-not-call entry that follows from `new`, a disposition of `call`: it binds the call's owner, and so every
/// campaign of theirs.
#[must_use]
pub fn suppression(new: &NewDisposition, call: &Call) -> Option<Suppression> {
    if new.disposition != Disposition::DoNotCall {
        return None;
    }
    Some(Suppression {
        id: new.suppression_id,
        user_id: call.user_id,
        phone_number: call.customer_number()?.clone(),
        campaign_id: None,
        reason: Some("asked on a call not to be called".to_owned()),
        source: Some(SuppressionSource::Disposition),
        created_by: Some(new.user_id),
        created_at: new.at,
    })
}

/// What follows from `new`.
///
/// The contact's state follows from the last disposition of its last call, whatever the call itself comes to. A wish
/// not to be called holds whichever call it was said on, and only its removal from the do-not-call list undoes it.
///
/// The engine completes a campaign when nobody is left to call, which may be before the agent of its last call says
/// that there is somebody after all; then the campaign goes on. One that a person completed with contacts left does not.
#[must_use]
pub fn conclude(new: &NewDisposition, facts: Facts<'_>) -> Consequences {
    let Facts { call, contact, suppressed, others_open } = facts;
    let interval = contact.map_or(OWN_CALLBACK_AFTER, |(_, campaign)| campaign.retry_interval);
    let default_date = (new.disposition == Disposition::Callback).then(|| new.at + interval);
    let recorded = RecordedDisposition {
        id: new.id,
        call_id: new.call_id,
        user_id: new.user_id,
        disposition: new.disposition,
        notes: new.notes.clone(),
        follow_up_date: new.follow_up_date.or(default_date),
        follow_up_again: new.follow_up_again,
        follow_up_wall: new.follow_up_wall.clone(),
        personal: new.personal,
        created_at: new.at,
    };
    let call_after = Call { disposition: Some(new.disposition), updated_at: new.at, ..call.clone() };
    let mut consequences = Consequences {
        recorded,
        call: call_after,
        contact: None,
        campaign: None,
        events: vec![recorded_event(new, call)],
    };
    let Some((contact, campaign)) = contact else { return consequences };
    let by = Scope::User(new.user_id);
    let Some(after) = contact_after(new, &consequences.recorded, call, contact, campaign, suppressed) else {
        return consequences;
    };
    if after == (Contact { updated_at: after.updated_at, ..contact.clone() }) {
        return consequences;
    }
    consequences.events.push(settled_event(&after, campaign, call.id, new.at).by(by));
    if after.closed_reason.is_none() && campaign.status == CampaignStatus::Completed && !others_open {
        let revived = Campaign {
            status: CampaignStatus::Active,
            revision: campaign.revision + 1,
            updated_at: new.at,
            ..campaign.clone()
        };
        let event = revived.event(EventKind::CampaignUpdated, new.at);
        consequences.events.push(event.by(by).changing(&campaign.changes(&revived)));
        consequences.campaign = Some(revived);
    }
    consequences.contact = Some(after);
    consequences
}

fn recorded_event(new: &NewDisposition, call: &Call) -> NewEvent {
    NewEvent {
        kind: EventKind::DispositionRecorded,
        user_id: call.user_id,
        campaign_id: call.campaign_id,
        contact_id: call.contact_id,
        call_id: Some(call.id),
        at: new.at,
        data: data([
            ("disposition_id", json!(new.id)),
            ("disposition", json!(new.disposition)),
            ("agent_id", json!(new.user_id)),
        ]),
    }
    .by(Scope::User(new.user_id))
}

/// `None` when the contact is none of this call's business any more.
fn contact_after(
    new: &NewDisposition,
    recorded: &RecordedDisposition,
    call: &Call,
    contact: &Contact,
    campaign: &Campaign,
    suppressed: bool,
) -> Option<Contact> {
    let last = contact.last_call_id == Some(call.id);
    let unwilling = recorded.disposition == Disposition::DoNotCall;
    if !last && !unwilling {
        return None;
    }
    // A person who tells the result of a call tells that there was one, whatever the provider says.
    let attempts = if last { call.attempt.unwrap_or(contact.attempts) } else { contact.attempts };
    let state = |status, closed_reason, next_attempt_at| Contact {
        status,
        attempts,
        next_attempt_at,
        next_attempt_wall: recorded.follow_up_wall.clone().filter(|_| next_attempt_at == recorded.follow_up_date),
        closed_reason,
        updated_at: recorded.created_at,
        ..contact.clone()
    };
    if unwilling || suppressed {
        return Some(state(ContactStatus::DoNotCall, Some(ClosedReason::DoNotCall), None));
    }
    Some(match recorded.disposition {
        Disposition::Interested
        | Disposition::NotInterested
        | Disposition::Qualified
        | Disposition::NotQualified
        | Disposition::DoNotCall => state(ContactStatus::Completed, Some(ClosedReason::Reached), None),
        Disposition::WrongNumber => state(ContactStatus::Failed, Some(ClosedReason::InvalidNumber), None),
        Disposition::Callback => Contact {
            callback_for: new.personal.then_some(new.user_id),
            ..state(ContactStatus::Callback, None, recorded.follow_up_date)
        },
        Disposition::NoAnswer | Disposition::Voicemail => {
            let ended_at = call.ended_at.unwrap_or(recorded.created_at);
            let next = after_call(policy(campaign), attempts, CallOutcome::NoAnswer, ended_at);
            // A date that the agent gives replaces the interval, not the cap.
            let due = next.next_attempt_at.map(|at: OffsetDateTime| recorded.follow_up_date.unwrap_or(at));
            state(next.status, next.closed_reason, due)
        }
    })
}
