use dialer_domain::contacts::ClosedReason;
use dialer_domain::eligibility::{Facts, RefusalCode, decide};
use dialer_domain::rules::{RuleBook, RuleFacts};
use dialer_domain::schedule::ActiveHours;
use dialer_domain::{Campaign, CampaignStatus, Contact, ContactStatus, Duration, OffsetDateTime};
use dialer_testkit::builders::{T0, campaign, contact};
use rstest::rstest;
use time::macros::datetime;

fn refusal(campaign: &Campaign, contact: &Contact, suppressed: bool, now: OffsetDateTime) -> Option<RefusalCode> {
    let facts = Facts { campaign, contact, suppressed, rules: RuleFacts::none() };
    decide(facts, &RuleBook::open(), now).err().map(|refusal| refusal.code)
}

#[test]
fn a_fresh_contact_of_an_active_campaign_may_be_called_inside_the_hours() {
    let campaign = campaign().active().build();
    assert_eq!(refusal(&campaign, &contact(campaign.id).build(), false, T0), None);
}

#[rstest]
#[case(CampaignStatus::Draft)]
#[case(CampaignStatus::Paused)]
#[case(CampaignStatus::Completed)]
#[case(CampaignStatus::Archived)]
fn nobody_is_called_for_a_campaign_that_is_not_active(#[case] status: CampaignStatus) {
    let campaign = campaign().status(status).build();
    let contact = contact(campaign.id).build();
    assert_eq!(refusal(&campaign, &contact, false, T0), Some(RefusalCode::CampaignPaused));
}

#[rstest]
#[case(datetime!(2026-03-02 08:59:59 UTC), Some(RefusalCode::BeforeWindow))]
#[case(datetime!(2026-03-02 09:00:00 UTC), None)]
#[case(datetime!(2026-03-02 16:59:59 UTC), None)]
#[case(datetime!(2026-03-02 17:00:00 UTC), Some(RefusalCode::AfterWindow))]
fn nobody_is_called_outside_the_active_hours(#[case] now: OffsetDateTime, #[case] expected: Option<RefusalCode>) {
    let campaign = campaign().active().hours(ActiveHours::parse("09:00", "17:00").unwrap()).build();
    assert_eq!(refusal(&campaign, &contact(campaign.id).build(), false, now), expected);
}

#[test]
fn a_refusal_for_the_hour_says_when_to_look_again() {
    let campaign = campaign().active().build();
    let contact = contact(campaign.id).build();
    let evening = datetime!(2026-03-02 20:00 UTC);
    let facts = Facts { campaign: &campaign, contact: &contact, suppressed: false, rules: RuleFacts::none() };
    let refusal = decide(facts, &RuleBook::open(), evening).unwrap_err();
    assert_eq!(refusal.retry_not_before, Some(datetime!(2026-03-03 09:00 UTC)));
    assert_eq!(refusal.closes(), None);
}

#[test]
fn a_suppressed_number_is_never_called_and_the_contact_is_closed() {
    let campaign = campaign().active().build();
    let contact = contact(campaign.id).build();
    let facts = Facts { campaign: &campaign, contact: &contact, suppressed: true, rules: RuleFacts::none() };
    let refusal = decide(facts, &RuleBook::open(), T0).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::DncInternal);
    assert_eq!((refusal.retry_not_before, refusal.closes()), (None, Some(ClosedReason::DoNotCall)));
}

#[rstest]
#[case(ContactStatus::DoNotCall, RefusalCode::DncCampaign)]
#[case(ContactStatus::Calling, RefusalCode::AttemptLive)]
#[case(ContactStatus::Completed, RefusalCode::ContactClosed)]
fn a_contact_that_is_done_or_being_called_is_not_called(#[case] status: ContactStatus, #[case] code: RefusalCode) {
    let campaign = campaign().active().build();
    let contact = contact(campaign.id).status(status).build();
    assert_eq!(refusal(&campaign, &contact, false, T0), Some(code));
}

#[test]
fn the_cap_on_attempts_holds_also_when_it_is_lowered_later() {
    let campaign = campaign().active().max_attempts(2).build();
    let contact = contact(campaign.id).dialled(2, T0 - Duration::HOUR).build();
    assert_eq!(refusal(&campaign, &contact, false, T0), Some(RefusalCode::CapLifetime));
}

#[rstest]
#[case(Duration::SECOND, Some(RefusalCode::CoolingOff))]
#[case(Duration::ZERO, None)]
fn a_retry_waits_for_its_instant(#[case] ahead: Duration, #[case] expected: Option<RefusalCode>) {
    let campaign = campaign().active().build();
    let contact = contact(campaign.id).due(T0 + ahead).build();
    assert_eq!(refusal(&campaign, &contact, false, T0), expected);
}

#[test]
fn a_live_attempt_comes_before_a_suppression_so_that_it_is_not_closed_in_the_middle() {
    let campaign = campaign().active().build();
    let contact = contact(campaign.id).status(ContactStatus::Calling).build();
    assert_eq!(refusal(&campaign, &contact, true, T0), Some(RefusalCode::AttemptLive));
}

#[test]
fn a_promised_callback_is_made_beyond_the_cap() {
    let campaign = campaign().active().max_attempts(2).build();
    let contact = contact(campaign.id).dialled(2, T0 - Duration::HOUR).callback(T0).build();
    assert_eq!(refusal(&campaign, &contact, false, T0), None);
}
