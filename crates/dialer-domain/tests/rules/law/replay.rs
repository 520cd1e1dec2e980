//! A decision can be made again from what a receipt keeps of it.

use std::sync::LazyLock;

use dialer_domain::campaigns::CampaignStatus;
use dialer_domain::consents::ConsentForm;
use dialer_domain::contacts::{ClosedReason, ContactStatus};
use dialer_domain::eligibility::{Facts, decide};
use dialer_domain::receipts::Inputs;
use dialer_domain::rules::{Ban, Came, PastCall, RuleBook, Tie};
use dialer_domain::schedule::ActiveHours;
use dialer_domain::{Campaign, Contact, Duration, OffsetDateTime};
use dialer_testkit::builders::{ban, campaign, contact, user};
use proptest::prelude::*;
use proptest::sample::select;
use time::macros::datetime;

use super::properties::any_call;
use super::{Ask, SHIPPED, ask};

prop_compose! {
    fn any_list()(
        status in select(CampaignStatus::ALL),
        active in prop::bool::weighted(0.8),
        (open, close) in select(&[("00:00", "24:00"), ("09:00", "17:00"), ("20:30", "21:00")][..]),
        zone in select(&["UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu"][..]),
        most in 1_u32..5,
        mut person in (select(ContactStatus::ALL), prop::option::weighted(0.1, select(ClosedReason::ALL)), 0_u32..5),
        fresh in prop::bool::weighted(0.6),
        wait in prop::option::weighted(0.3, -86_400_i64..86_400),
    ) -> (Campaign, Contact) {
        let status = if active { CampaignStatus::Active } else { status };
        let hours = ActiveHours::parse(open, close).unwrap();
        let list = campaign().status(status).hours(hours).max_attempts(most).build();
        let list = Campaign { timezone: zone.parse().unwrap(), ..list };
        if fresh {
            person = (ContactStatus::Pending, None, 0);
        }
        let next_attempt_at = wait.map(|wait| OffsetDateTime::from_unix_timestamp(1_780_000_000 + wait).unwrap());
        let (status, closed_reason, attempts) = person;
        let contact = Contact { status, closed_reason, attempts, next_attempt_at, ..contact(list.id).build() };
        (list, contact)
    }
}

/// The book as it is read back from what is kept of it.
static KEPT: LazyLock<RuleBook> = LazyLock::new(|| RuleBook::from_text(&SHIPPED.text(), SHIPPED.hash()).unwrap());

fn storm(at: OffsetDateTime, place: &str) -> Ban {
    Ban {
        jurisdiction: place.parse().unwrap(),
        starts_at: at - Duration::hours(3),
        ends_at: at + Duration::hours(3),
        ..ban(user())
    }
}

/// Decides, keeps what it was decided from, and decides again from that: both answers.
fn twice(ask: &Ask, list: &Campaign, person: &Contact, suppressed: bool, now: OffsetDateTime) -> String {
    ask.with_rules(now, |rules| {
        let facts = Facts { campaign: list, contact: person, suppressed, rules };
        let then = decide(facts, &SHIPPED, now);
        let inputs = Inputs::of(&facts);
        let kept = serde_json::to_string(&inputs).unwrap();
        let read: Inputs = serde_json::from_str(&kept).unwrap();
        assert_eq!(read, inputs);
        assert_eq!(read.decide(&KEPT, now), then, "{kept}");
        kept
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_same_answer_is_given_again_from_what_is_kept(
        (ask, base) in any_call(),
        (list, person) in any_list(),
        suppressed in prop::bool::weighted(0.1),
        reassigned in prop::bool::weighted(0.1),
        strict_end: bool,
        storms in prop::collection::vec((0_i64..86_400, select(&["US", "US-FL", "GB", "FR"][..])), 0..2),
        later in 0_i64..86_400,
    ) {
        let now = OffsetDateTime::from_unix_timestamp(base + later).unwrap();
        let mut ask = ask;
        ask.facts.reassigned = reassigned;
        ask.facts.strict_end = strict_end;
        ask.bans = storms.into_iter().map(|(ago, place)| storm(now - Duration::seconds(ago - 43_200), place)).collect();
        twice(&ask, &list, &person, suppressed, now);
    }
}

/// What is kept reads as it was meant, and names nobody.
#[test]
fn a_receipt_is_read_by_people_too() {
    let noon = datetime!(2026-06-03 16:00 UTC);
    let list = campaign().active().hours(ActiveHours::parse("00:00", "24:00").unwrap()).build();
    let person = contact(list.id).build();
    let mut call = ask("US-FL", "America/New_York").agreed(ConsentForm::Written, noon - Duration::DAY);
    let tie = Tie::NUMBER.and(Tie::PERSON);
    call.history.push(PastCall::attempt(noon - Duration::hours(2), tie, Came::CONNECTED.and(Came::MACHINE)));
    call.bans = vec![storm(noon - Duration::DAY, "US-FL"), storm(noon, "FR")];
    call.facts.ring = Duration::seconds(30);
    let kept = twice(&call, &list, &person, false, noon);
    for part in [
        r#""status":"active","active_hours":{"start":"00:00","end":"24:00"},"timezone":"UTC""#,
        r#""place":{"zones":["America/New_York"],"jurisdictions":["US-FL"]}"#,
        r#""began_at":"2026-06-03T14:00:00Z","ended_at":"2026-06-03T14:00:00Z","tie":"number+person","came":"connected+machine""#,
        r#""act":"granted","form":"written","purpose":null,"happened_at":"2026-06-02T16:00:00Z""#,
        r#""registry":"us-dnc","copied_at":"2026-06-02T16:00:00Z","listing":"absent""#,
        r#""ringing":{"longest_ms":30000,"strict_end":true}"#,
    ] {
        assert!(kept.contains(part), "{part} is missing from {kept}");
    }
    assert!(!kept.contains("FR"), "a ban of a place where the callee is not was never asked: {kept}");
    assert!(!kept.contains(person.person.phone_number.as_e164()), "{kept}");
}
