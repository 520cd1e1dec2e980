use dialer_domain::contacts::ClosedReason;
use dialer_domain::eligibility::{Facts, RefusalCode, decide};
use dialer_domain::explain::{ContactSnapshot, explain_contact};
use dialer_domain::places::Place;
use dialer_domain::rules::{Purpose, RuleBook, RuleFacts};
use dialer_domain::schedule::ActiveHours;
use dialer_domain::{ContactStatus, Duration};
use dialer_testkit::builders::{CampaignBuilder, ContactBuilder, T0, campaign, contact, suppression};
use rstest::rstest;
use time::macros::datetime;

fn snapshot(list: CampaignBuilder, person: impl FnOnce(ContactBuilder) -> ContactBuilder) -> ContactSnapshot {
    let campaign = list.build();
    let contact = person(contact(campaign.id)).build();
    ContactSnapshot { campaign, contact, suppression: None, live_since: None }
}

#[test]
fn a_contact_that_may_be_called_is_said_to_be_callable() {
    let told =
        explain_contact(&snapshot(campaign().active(), |person| person), RuleFacts::none(), &RuleBook::open(), T0);
    assert_eq!((told.code, told.next_at), (None, Some(T0)));
    assert!(told.words.contains("may be called now"));
}

#[rstest]
#[case(snapshot(campaign().active(), |person| person.due(T0 + Duration::HOUR)))]
#[case(snapshot(campaign().active().max_attempts(1), |person| person.dialled(1, T0)))]
#[case(snapshot(campaign().paused(), |person| person))]
#[case(snapshot(campaign().active(), |person| person.closed(ClosedReason::InvalidNumber)))]
#[case(snapshot(campaign().active(), |person| person.status(ContactStatus::DoNotCall)))]
fn the_code_is_the_rule_s_own(#[case] snapshot: ContactSnapshot) {
    let facts =
        Facts { campaign: &snapshot.campaign, contact: &snapshot.contact, suppressed: false, rules: RuleFacts::none() };
    let refusal = decide(facts, &RuleBook::open(), T0).unwrap_err();
    let told = explain_contact(&snapshot, RuleFacts::none(), &RuleBook::open(), T0);
    assert_eq!(told.code, Some(refusal.code));
    assert!(told.words.starts_with("Not now: ") && told.words.ends_with('.'), "{}", told.words);
}

#[test]
fn a_suppressed_contact_is_refused_since_its_number_was() {
    let mut listed = snapshot(campaign().active(), |person| person);
    let entry = suppression(listed.campaign.user_id, &listed.contact.person.phone_number);
    listed.suppression = Some(entry);
    let told = explain_contact(&listed, RuleFacts::none(), &RuleBook::open(), T0 + Duration::HOUR);
    assert_eq!((told.code, told.since, told.next_at), (Some(RefusalCode::DncInternal), Some(T0), None));
    assert!(told.advice.unwrap().contains("suppression"));
}

#[test]
fn a_live_call_counts_whatever_the_contact_s_row_says() {
    let live = ContactSnapshot { live_since: Some(T0), ..snapshot(campaign().active(), |person| person) };
    let told = explain_contact(&live, RuleFacts::none(), &RuleBook::open(), T0 + Duration::MINUTE);
    assert_eq!((told.code, told.since), (Some(RefusalCode::AttemptLive), Some(T0)));
}

#[test]
fn the_next_instant_is_one_at_which_the_contact_may_really_be_called() {
    let late = snapshot(campaign().active(), |person| person.due(datetime!(2026-03-02 19:00 UTC)));
    for now in [T0, datetime!(2026-03-02 20:00 UTC)] {
        let told = explain_contact(&late, RuleFacts::none(), &RuleBook::open(), now);
        assert_eq!(told.next_at, Some(datetime!(2026-03-03 09:00 UTC)), "{}", told.words);
    }
    let facts = Facts { campaign: &late.campaign, contact: &late.contact, suppressed: false, rules: RuleFacts::none() };
    assert!(decide(facts, &RuleBook::open(), datetime!(2026-03-03 09:00 UTC)).is_ok());
}

#[test]
fn a_rule_that_refuses_is_named_with_its_version() {
    let place =
        Place { zones: vec!["America/New_York".parse().unwrap()], jurisdictions: vec!["US-FL".parse().unwrap()] };
    let rules = RuleFacts { place: &place, purpose: Purpose::Survey, agent_guaranteed: true, ..RuleFacts::none() };
    // Half past eight in the evening in Florida.
    let always = snapshot(campaign().active().hours(ActiveHours::parse("00:00", "24:00").unwrap()), |person| person);
    let told = explain_contact(&always, rules, &RuleBook::shipped(), datetime!(2026-03-04 01:30 UTC));
    assert_eq!(told.code, Some(RefusalCode::AfterWindow));
    assert_eq!(told.rule.map(|rule| rule.id.to_string()), Some("us-fl.hours".to_owned()));
    let said = "Not now: the hours that the contact's place allows are over (rule us-fl.hours (2026-11-28)); ";
    assert!(told.words.starts_with(said), "{}", told.words);
    assert_eq!(told.advice, Some("wait"));
    assert_eq!(told.next_at, Some(datetime!(2026-03-04 13:00 UTC)));
    let lost = explain_contact(&always, RuleFacts::none(), &RuleBook::shipped(), T0);
    assert_eq!((lost.code, lost.next_at), (Some(RefusalCode::ZoneUnknown), None));
    assert_eq!(lost.advice, Some("give the contact a timezone, or a country and a region"));
}
