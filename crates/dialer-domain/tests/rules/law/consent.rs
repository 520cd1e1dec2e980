//! Registers, consent, the number shown, ratios and bans.

use dialer_domain::consents::{ConsentAct, ConsentForm};
use dialer_domain::eligibility::RefusalCode::{
    self, AbandonHeadroomSpent, CallerIdUnusable, CapLifetime, ConsentRevoked, DncRegistry, EmergencyBan, NoConsent,
    Reassigned, RegistryStale,
};
use dialer_domain::ids::BanId;
use dialer_domain::rules::{Ban, CallerIdStanding, GuardStanding, Lifetime, Purpose, RuleBook};
use dialer_domain::{Duration, OffsetDateTime, UserId};
use rstest::rstest;
use time::macros::datetime;
use uuid::Uuid;

use super::{Ask, ask, consent};

/// Hours are open then in every place that is asked about here.
const NOON: OffsetDateTime = datetime!(2026-10-07 17:00 UTC);

fn us() -> Ask {
    ask("US-CA", "America/New_York")
}

#[rstest]
#[case("US-CA", "America/New_York", 31)]
#[case("CA-ON", "America/Toronto", 31)]
#[case("GB", "Europe/London", 28)]
fn a_copy_of_the_register_may_be_so_old_and_no_older(#[case] place: &str, #[case] zone: &str, #[case] days: i64) {
    let mut ask = ask(place, zone);
    ask.copies = Duration::days(days);
    assert_eq!(ask.code(NOON), None, "{days} days");
    ask.copies += Duration::MINUTE;
    assert_eq!(ask.code(NOON), Some(RegistryStale), "a minute more");
    assert_eq!(ask.next(NOON), None, "time does not make a copy fresh");
}

#[rstest]
#[case("US-CA", "America/New_York")]
#[case("CA-ON", "America/Toronto")]
#[case("GB", "Europe/London")]
fn numbers_on_the_register_are_not_called(#[case] place: &str, #[case] zone: &str) {
    assert_eq!(ask(place, zone).listed(None).code(NOON), Some(DncRegistry));
    assert_eq!(ask(place, zone).listed(None).purpose(Purpose::Informational).code(NOON), None);
}

#[test]
fn a_register_of_consumers_does_not_bind_calls_to_businesses_but_the_uk_s_does() {
    assert_eq!(us().listed(None).business().code(NOON), None);
    assert_eq!(ask("GB", "Europe/London").listed(None).business().code(NOON), Some(DncRegistry));
}

#[rstest]
#[case(Duration::days(28) - Duration::MINUTE, None)]
#[case(Duration::days(28), Some(DncRegistry))]
#[case(Duration::days(28) + Duration::MINUTE, Some(DncRegistry))]
fn the_uk_register_binds_from_the_twenty_eighth_day_on(#[case] listed: Duration, #[case] code: Option<RefusalCode>) {
    assert_eq!(ask("GB", "Europe/London").listed(Some(NOON - listed)).code(NOON), code);
}

#[rstest]
#[case::purchase(ConsentForm::Relationship, datetime!(2025-04-07 17:01 UTC), None)]
#[case::purchase_18_months_ago(ConsentForm::Relationship, datetime!(2025-04-07 17:00 UTC), Some(DncRegistry))]
#[case::inquiry(ConsentForm::Inquiry, datetime!(2026-07-07 17:01 UTC), None)]
#[case::inquiry_3_months_ago(ConsentForm::Inquiry, datetime!(2026-07-07 17:00 UTC), Some(DncRegistry))]
#[case::written(ConsentForm::Written, datetime!(2020-01-01 17:00 UTC), None)]
#[case::spoken(ConsentForm::Express, datetime!(2026-10-01 17:00 UTC), Some(DncRegistry))]
fn a_relationship_outweighs_the_us_register_for_a_time(
    #[case] form: ConsentForm,
    #[case] at: OffsetDateTime,
    #[case] code: Option<RefusalCode>,
) {
    assert_eq!(us().listed(None).agreed(form, at).code(NOON), code);
    let objected = us().listed(None).agreed(form, at).revoked(NOON - Duration::MINUTE);
    assert_eq!(objected.code(NOON), Some(ConsentRevoked), "never an objection");
}

#[rstest]
#[case(datetime!(2026-08-10 12:00 UTC), None)]
#[case(datetime!(2026-08-10 17:59 UTC), None)]
// The eleventh of August by Paris clocks begins at 22:00 UTC the day before; at ten o'clock the hours open.
#[case(datetime!(2026-08-11 08:00 UTC), Some(NoConsent))]
#[case(datetime!(2026-08-11 08:01 UTC), Some(NoConsent))]
fn french_consumers_must_agree_from_11_august_2026_on(#[case] at: OffsetDateTime, #[case] code: Option<RefusalCode>) {
    let french = ask("FR", "Europe/Paris");
    assert_eq!(french.code(at), code);
    assert_eq!(french.clone().business().code(at), None);
    for form in [ConsentForm::Express, ConsentForm::Written, ConsentForm::Relationship] {
        assert_eq!(french.clone().agreed(form, at - Duration::DAY).code(at), None, "{form}");
    }
    assert_eq!(french.agreed(ConsentForm::Inquiry, at - Duration::DAY).code(at), code);
}

#[test]
fn recorded_sales_calls_need_a_written_consent_in_the_us() {
    let record = us().prerecorded();
    assert_eq!(record.code(NOON), Some(NoConsent));
    assert_eq!(record.clone().agreed(ConsentForm::Express, NOON - Duration::DAY).code(NOON), Some(NoConsent));
    assert_eq!(record.agreed(ConsentForm::Written, NOON - Duration::DAY).code(NOON), None);
}

#[test]
fn consent_counts_from_the_moment_it_is_given_until_it_ends_or_is_taken_back() {
    let given = NOON - Duration::HOUR;
    let mut record = us().prerecorded().agreed(ConsentForm::Written, given);
    record.consents[0].expires_at = Some(NOON);
    assert_eq!(record.code(given - Duration::MINUTE), Some(NoConsent));
    assert_eq!(record.code(given), None);
    assert_eq!(record.code(NOON - Duration::MINUTE), None);
    assert_eq!(record.code(NOON), Some(NoConsent));
    let taken = us().prerecorded().agreed(ConsentForm::Written, given).revoked(given);
    assert_eq!(taken.code(NOON), Some(ConsentRevoked), "of one instant, the objection holds");
    let spoken = taken.clone().agreed(ConsentForm::Express, given + Duration::MINUTE);
    assert_eq!(spoken.code(NOON), Some(NoConsent), "a new consent does not bring the old one back");
    assert_eq!(taken.agreed(ConsentForm::Written, given + Duration::MINUTE).code(NOON), None, "agreed again");
}

#[test]
fn an_objection_holds_for_its_purpose_or_for_all_whatever_rules_are_loaded() {
    let mut ask = us().revoked(NOON - Duration::DAY);
    assert_eq!(ask.decide(&RuleBook::open(), NOON).unwrap_err().code, ConsentRevoked);
    ask.consents[0].purpose = Some(Purpose::Survey);
    assert_eq!(ask.code(NOON), None);
    assert_eq!(ask.purpose(Purpose::Survey).code(NOON), Some(ConsentRevoked));
}

#[test]
fn consent_to_one_purpose_is_none_to_another() {
    let mut ask = us().prerecorded();
    ask.consents = vec![consent(ConsentAct::Granted, ConsentForm::Written, NOON - Duration::DAY)];
    ask.consents[0].purpose = Some(Purpose::Informational);
    assert_eq!(ask.code(NOON), Some(NoConsent));
}

#[test]
fn a_number_of_somebody_else_is_not_called() {
    let mut ask = us();
    ask.facts.reassigned = true;
    assert_eq!(ask.code(NOON), Some(Reassigned));
}

#[rstest]
#[case("US-CA", "America/New_York", CallerIdStanding::Withheld)]
#[case("US-CA", "America/New_York", CallerIdStanding::Unproven)]
#[case("GB", "Europe/London", CallerIdStanding::Withheld)]
#[case("AU", "Australia/Sydney", CallerIdStanding::Unproven)]
fn the_callee_is_shown_a_number_that_may_be_used(
    #[case] place: &str,
    #[case] zone: &str,
    #[case] standing: CallerIdStanding,
) {
    let mut ask = ask(place, zone);
    ask.facts.caller_id = standing;
    assert_eq!(ask.code(NOON), Some(CallerIdUnusable));
}

#[rstest]
#[case::us("US-CA", "America/New_York", "us.abn.rate", (2, 100), (3, 100))]
#[case::uk("GB", "Europe/London", "uk.abn", (5, 200), (6, 200))]
#[case::ca("CA-ON", "America/Toronto", "ca.abn", (4, 100), (5, 100))]
fn dials_ahead_of_agents_stop_before_the_next_drop_would_break_the_limit(
    #[case] place: &str,
    #[case] zone: &str,
    #[case] guard: &str,
    #[case] within: (u64, u64),
    #[case] spent: (u64, u64),
) {
    let with = |(abandoned, live)| {
        let mut ask = ask(place, zone).unguaranteed();
        ask.guards = vec![GuardStanding { rule: guard.parse().unwrap(), abandoned, live }];
        ask
    };
    assert_eq!(with(within).code(NOON), None);
    assert_eq!(with(spent).code(NOON), Some(AbandonHeadroomSpent));
    assert_eq!(with((0, 0)).code(NOON), Some(AbandonHeadroomSpent), "nothing answered yet leaves room for no drop");
    assert_eq!(ask(place, zone).unguaranteed().code(NOON), Some(AbandonHeadroomSpent), "nothing counted");
    let mut sure = with(spent);
    sure.facts.agent_guaranteed = true;
    assert_eq!(sure.code(NOON), None, "an agent is there");
}

fn ban(place: &str, from: OffsetDateTime, to: OffsetDateTime) -> Ban {
    Ban {
        id: BanId::new(Uuid::nil()),
        user_id: None,
        jurisdiction: place.parse().unwrap(),
        starts_at: from,
        ends_at: to,
        reason: None,
        created_by: Some(UserId::new(Uuid::nil())),
        created_at: from,
    }
}

#[test]
fn an_emergency_ban_holds_from_its_first_instant_to_its_last() {
    let (from, to) = (NOON, NOON + Duration::days(2));
    let mut ask = ask("US-LA", "America/Chicago");
    ask.bans = vec![ban("US-LA", from, to)];
    assert_eq!(ask.code(from - Duration::MINUTE), None);
    for at in [from, from + Duration::MINUTE, to - Duration::MINUTE] {
        assert_eq!(ask.code(at), Some(EmergencyBan));
        assert_eq!(ask.next(at), Some(to));
    }
    assert_eq!(ask.code(to), None);
    assert_eq!(ask.decide(&RuleBook::open(), from).unwrap_err().code, EmergencyBan, "without a rule as well");
    ask.place.jurisdictions = vec!["US-TX".parse().unwrap()];
    assert_eq!(ask.code(from), None, "another state");
    ask.place.jurisdictions = vec!["US".parse().unwrap()];
    assert_eq!(ask.code(from), Some(EmergencyBan), "who is somewhere in the country may be there");
    ask.place.jurisdictions = vec!["US-TX".parse().unwrap()];
    ask.bans = vec![ban("US", from, to)];
    assert_eq!(ask.code(from), Some(EmergencyBan), "a ban of the country holds in its parts");
}

#[test]
fn a_cap_without_a_period_counts_all_calls_there_ever_were_and_closes_nobody() {
    let pack = super::packs::PACK.to_owned()
        + "[[cap]]\nid = \"us.ever\"\nlimit = 5\nperiod = \"lifetime\"\nkey = \"number\"\ncounts = \"attempt\"\n";
    let (book, errors) = RuleBook::load([("us.toml", pack)]);
    assert_eq!(errors, []);
    let mut ask = us();
    ask.lifetime = Lifetime { number: 4, ..Lifetime::default() };
    assert!(ask.decide(&book, NOON).is_ok());
    ask.lifetime.number = 5;
    let refusal = ask.decide(&book, NOON).unwrap_err();
    assert_eq!((refusal.code, refusal.retry_not_before, refusal.closes()), (CapLifetime, None, None));
}
