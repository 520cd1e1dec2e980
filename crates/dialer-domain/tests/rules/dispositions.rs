#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

use dialer_domain::dispositions::{
    Disposition, Facts, FollowUpDateError, FollowUpStatus, NewDisposition, check_follow_up, cleared, conclude,
    suppression,
};
use dialer_domain::queue::claim;
use dialer_domain::rules::{RuleBook, RuleFacts};
use dialer_domain::{Call, Campaign, Contact, ContactStatus, Duration, eligibility};
use dialer_testkit::builders::{T0, call, campaign, contact, disposition, number, slot};
use proptest::prelude::*;
use rstest::rstest;

fn settled(new: &NewDisposition, call: &Call, person: &Contact, list: &Campaign, suppressed: bool) -> Contact {
    let facts = Facts { call, contact: Some((person, list)), suppressed, others_open: false };
    conclude(new, facts).contact.unwrap()
}

fn live_call() -> (Campaign, Contact, Call) {
    let campaign = campaign().active().build();
    let contact = contact(campaign.id).build();
    let facts =
        eligibility::Facts { campaign: &campaign, contact: &contact, suppressed: false, rules: RuleFacts::none() };
    let claim = claim(facts, &RuleBook::open(), slot("agent-1"), T0).unwrap();
    (campaign, claim.contact, claim.call)
}

#[rstest]
#[case(Disposition::Callback, Duration::SECOND, None)]
#[case(Disposition::Interested, Duration::days(730), None)]
#[case(Disposition::Callback, Duration::ZERO, Some(FollowUpDateError::Past))]
#[case(Disposition::Callback, Duration::days(731), Some(FollowUpDateError::TooFar))]
#[case(Disposition::DoNotCall, Duration::DAY, Some(FollowUpDateError::NeverAgain))]
#[case(Disposition::WrongNumber, Duration::DAY, Some(FollowUpDateError::NeverAgain))]
fn a_follow_up_lies_ahead_and_only_where_somebody_is_called_again(
    #[case] word: Disposition,
    #[case] ahead: Duration,
    #[case] error: Option<FollowUpDateError>,
) {
    assert_eq!(check_follow_up(word, T0 + ahead, T0).err(), error);
}

#[test]
fn a_date_given_for_a_further_attempt_replaces_the_interval_and_not_the_cap() {
    let (list, person, live) = live_call();
    let due = T0 + Duration::days(2);
    let new = NewDisposition { follow_up_date: Some(due), ..disposition(&live, Disposition::Voicemail, T0) };
    assert_eq!(settled(&new, &live, &person, &list, false).next_attempt_at, Some(due));
    let spent = settled(&new, &live, &person, &Campaign { max_attempts: 1, ..list }, false);
    assert_eq!((spent.next_attempt_at, spent.closed_reason.is_some()), (None, true));
}

#[test]
fn an_inbound_call_suppresses_the_number_of_the_customer() {
    let ours = number(1);
    let inbound = call().to(ours).from(number(2)).inbound().build();
    let new = disposition(&inbound, Disposition::DoNotCall, T0);
    assert_eq!(suppression(&new, &inbound).unwrap().phone_number, number(2));
    let unknown = Call { from_number: None, ..inbound };
    assert_eq!(suppression(&new, &unknown), None);
}

#[test]
fn clearing_a_follow_up_leaves_a_contact_alone_that_does_not_wait_for_it() {
    let (list, person, live) = live_call();
    assert_eq!(cleared(&person, live.id, T0), None, "it is in a call");
    let new = disposition(&live, Disposition::Callback, T0);
    let waiting = settled(&new, &live, &person, &list, false);
    assert_eq!(cleared(&waiting, call().build().id, T0), None, "it waits for another call's follow-up");
    assert_eq!(cleared(&waiting, live.id, T0).unwrap().status, ContactStatus::Completed);
}

proptest! {
    #[test]
    fn a_follow_up_stands_in_the_window_of_its_status_and_in_no_other(seconds in -10_000_i64..10_000) {
        let due = T0 + Duration::seconds(seconds);
        for status in [FollowUpStatus::Upcoming, FollowUpStatus::Due, FollowUpStatus::Overdue] {
            let (after, until) = status.window(T0);
            let inside = after.is_none_or(|after| due > after) && until.is_none_or(|until| due <= until);
            prop_assert_eq!(inside, FollowUpStatus::of(due, T0) == status);
        }
    }

    #[test]
    fn a_contact_is_open_with_an_instant_or_closed_without_one(
        word in 0..Disposition::ALL.len(), suppressed: bool, max in 1_u32..4, dated: bool,
    ) {
        let (list, person, live) = live_call();
        let list = Campaign { max_attempts: max, ..list };
        let word = Disposition::ALL[word];
        let date = dated.then(|| T0 + Duration::DAY).filter(|date| check_follow_up(word, *date, T0).is_ok());
        let new = NewDisposition { follow_up_date: date, ..disposition(&live, word, T0) };
        let settled = settled(&new, &live, &person, &list, suppressed);
        prop_assert_eq!(settled.closed_reason.is_none(), settled.next_attempt_at.is_some());
        prop_assert!(settled.status != ContactStatus::Calling && settled.status != ContactStatus::Pending);
        let unwilling = suppressed || word == Disposition::DoNotCall;
        prop_assert_eq!(settled.status == ContactStatus::DoNotCall, unwilling);
    }
}
