#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test whose scene cannot be set up has to fail")]

use dialer_domain::calls::Evidence;
use dialer_domain::calls::merge::{CallEvent, merge};
use dialer_domain::contacts::ClosedReason;
use dialer_domain::eligibility::Facts;
use dialer_domain::events::EventKind;
use dialer_domain::queue::{Claim, QueueStatus, Settlement, claim, settle};
use dialer_domain::rules::{RuleBook, RuleFacts};
use dialer_domain::{Call, CallOutcome, Campaign, Contact, ContactStatus, Duration};
use dialer_testkit::builders::{T0, campaign, contact, ended, placed, slot};

struct Attempt {
    campaign: Campaign,
    contact: Contact,
    call: Call,
}

impl Attempt {
    fn first() -> Self {
        let campaign = campaign().active().build();
        let contact = contact(campaign.id).build();
        let facts = Facts { campaign: &campaign, contact: &contact, suppressed: false, rules: RuleFacts::none() };
        let Claim { contact, call, .. } = claim(facts, &RuleBook::open(), slot("agent-1"), T0).unwrap();
        Self { campaign, contact, call }
    }

    fn news(&mut self, event: &CallEvent) -> Settlement {
        let after = merge(&self.call, event).expect("the event tells something new");
        let settlement = settle(&self.call, &after, Some((&self.contact, &self.campaign)), T0 + Duration::minutes(1));
        self.call = after;
        if let Some(contact) = settlement.contact.clone() {
            self.contact = contact;
        }
        settlement
    }
}

fn kinds(settlement: &Settlement) -> Vec<EventKind> {
    settlement.events.iter().map(|event| event.kind).collect()
}

#[test]
fn a_claim_makes_the_contact_calling_and_counts_the_attempt() {
    let attempt = Attempt::first();
    assert_eq!(attempt.contact.status, ContactStatus::Calling);
    assert_eq!((attempt.contact.attempts, attempt.call.attempt), (1, Some(1)));
    assert_eq!(attempt.contact.last_call_id, Some(attempt.call.id));
    assert_eq!(attempt.call.to_number, attempt.contact.person.phone_number);
}

#[test]
fn an_end_settles_call_entry_and_contact_together() {
    let mut attempt = Attempt::first();
    let ringing = attempt.news(&placed("7", T0));
    assert_eq!((kinds(&ringing), ringing.contact), (vec![EventKind::CallRinging], None));
    let busy = attempt.news(&ended(CallOutcome::Busy, Evidence::Record, T0 + Duration::seconds(20)));
    assert_eq!(kinds(&busy), [EventKind::CallEnded, EventKind::ContactSettled]);
    assert_eq!(busy.queue, Some(QueueStatus::Failed));
    assert_eq!(attempt.contact.status, ContactStatus::Failed);
    let due = T0 + Duration::seconds(20) + attempt.campaign.retry_interval;
    assert_eq!(attempt.contact.next_attempt_at, Some(due));
}

#[test]
fn a_correction_settles_the_contact_again_but_not_the_queue_entry() {
    let mut attempt = Attempt::first();
    attempt.news(&placed("7", T0));
    attempt.news(&ended(CallOutcome::Failed, Evidence::Bound, T0 + Duration::seconds(20)));
    let corrected = attempt.news(&ended(CallOutcome::Completed, Evidence::Record, T0 + Duration::seconds(30)));
    assert_eq!(kinds(&corrected), [EventKind::CallCorrected, EventKind::ContactSettled]);
    assert_eq!(corrected.queue, None);
    assert_eq!(attempt.contact.closed_reason, Some(ClosedReason::Reached));
}

#[test]
fn a_correction_leaves_a_contact_alone_that_is_in_another_attempt() {
    let mut attempt = Attempt::first();
    attempt.news(&ended(CallOutcome::NotPlaced, Evidence::Bound, T0));
    attempt.contact.status = ContactStatus::Calling;
    attempt.contact.last_call_id = Some(slot("agent-2").call_id);
    let corrected = attempt.news(&ended(CallOutcome::NoAnswer, Evidence::Record, T0 + Duration::seconds(30)));
    assert_eq!((corrected.contact, corrected.queue), (None, None));
}

#[test]
fn a_correction_does_not_undo_what_a_person_decided_meanwhile() {
    let mut attempt = Attempt::first();
    attempt.news(&placed("7", T0));
    attempt.news(&ended(CallOutcome::Failed, Evidence::Bound, T0 + Duration::seconds(20)));
    attempt.contact.status = ContactStatus::DoNotCall;
    attempt.contact.closed_reason = Some(ClosedReason::DoNotCall);
    let corrected = attempt.news(&ended(CallOutcome::NoAnswer, Evidence::Record, T0 + Duration::seconds(30)));
    assert_eq!(corrected.contact, None);
}

#[test]
fn an_attempt_that_never_left_gives_the_contact_back_uncounted() {
    let mut attempt = Attempt::first();
    attempt.news(&ended(CallOutcome::NotPlaced, Evidence::Answer, T0));
    assert_eq!((attempt.contact.status, attempt.contact.attempts), (ContactStatus::Pending, 0));
}

#[test]
fn a_correction_of_the_talk_time_alone_is_told_and_leaves_the_contact_as_it_is() {
    let mut attempt = Attempt::first();
    attempt.news(&placed("7", T0));
    attempt.news(&ended(CallOutcome::Completed, Evidence::Reported, T0 + Duration::seconds(20)));
    let corrected = attempt.news(&ended(CallOutcome::Completed, Evidence::Record, T0 + Duration::seconds(45)));
    assert_eq!(kinds(&corrected), [EventKind::CallCorrected]);
    assert_eq!((corrected.contact, corrected.queue), (None, None));
}

#[test]
fn a_correction_holds_also_when_the_cap_was_changed_meanwhile() {
    let mut attempt = Attempt::first();
    attempt.news(&placed("7", T0));
    attempt.news(&ended(CallOutcome::Failed, Evidence::Bound, T0 + Duration::seconds(20)));
    attempt.campaign.max_attempts = 1;
    attempt.news(&ended(CallOutcome::Completed, Evidence::Record, T0 + Duration::seconds(30)));
    assert_eq!(attempt.contact.closed_reason, Some(ClosedReason::Reached));
}

#[test]
fn the_end_of_a_call_leaves_what_a_person_said_came_of_it() {
    let mut attempt = Attempt::first();
    attempt.news(&placed("7", T0));
    attempt.call.disposition = Some(dialer_domain::dispositions::Disposition::Voicemail);
    let over = attempt.news(&ended(CallOutcome::Completed, Evidence::Record, T0 + Duration::seconds(20)));
    assert_eq!((over.contact, over.queue), (None, Some(QueueStatus::Completed)));
}

#[test]
fn a_callback_that_never_left_is_still_promised() {
    let mut attempt = Attempt::first();
    attempt.call.callback = true;
    attempt.news(&ended(CallOutcome::NotPlaced, Evidence::Bound, T0));
    assert_eq!((attempt.contact.status, attempt.contact.attempts), (ContactStatus::Callback, 0));
    attempt.news(&ended(CallOutcome::Completed, Evidence::Record, T0 + Duration::seconds(30)));
    assert_eq!(attempt.contact.closed_reason, Some(ClosedReason::Reached));
}
