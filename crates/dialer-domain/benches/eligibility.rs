//! How long a decision takes: a million contacts are planned again in seconds only if it costs next to nothing.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up must stop")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dialer_domain::Duration;
use dialer_domain::consents::{ConsentAct, ConsentFact, ConsentForm};
use dialer_domain::eligibility::{Facts, decide};
use dialer_domain::ids::ConsentEventId;
use dialer_domain::places::{Signals, locate};
use dialer_domain::registries::{Listing, RegistryStanding};
use dialer_domain::rules::{Came, GuardStanding, PastCall, RuleBook, RuleFacts, Tie};
use dialer_domain::schedule::ActiveHours;
use dialer_testkit::builders::{campaign, contact};
use time::macros::datetime;
use uuid::Uuid;

/// A predictive sales call to a customer of long standing in Florida, whose number is on the register: with three rules of a
/// tenant's, ten apply.
fn decisions(c: &mut Criterion) {
    let noon = datetime!(2026-03-03 17:00 UTC);
    let night = datetime!(2026-03-03 07:00 UTC);
    let files = RuleBook::shipped_files().iter().map(|(name, text)| {
        let more = "\n[[hold]]\nid = \"us-fl.machine\"\nafter = \"machine\"\nhours = 24\nkey = \"number\"\n\
                    \n[[cap]]\nid = \"us-fl.cap7d\"\nlimit = 9\nperiod = \"7d\"\nkey = \"person\"\ncounts = \"attempt\"\n\
                    \n[[closed]]\nid = \"us-fl.storm\"\nfirst = 2026-09-01\nlast = 2026-09-03\n";
        (*name, if *name == "us-fl.toml" { format!("{text}{more}") } else { (*text).to_owned() })
    });
    let (book, errors) = RuleBook::load(files);
    assert_eq!(errors, []);

    let always = ActiveHours::parse("00:00", "24:00").unwrap();
    let campaign = campaign().active().hours(always).build();
    let contact = contact(campaign.id).build();
    let number = "+13055550123".parse().unwrap();
    let place = locate(&Signals { number: Some(&number), ..Signals::default() });
    let tie = Tie::NUMBER.and(Tie::PERSON).and(Tie::SUBJECT);
    let history: Vec<PastCall> =
        (1..=4).map(|days| PastCall::attempt(noon - Duration::days(days), tie, Came::CONNECTED)).collect();
    let registries = [RegistryStanding {
        registry: "us-dnc".parse().unwrap(),
        copied_at: noon - Duration::DAY,
        listing: Listing::Listed { since: None },
    }];
    let guards = [GuardStanding { rule: "us.abn.rate".parse().unwrap(), abandoned: 2, live: 400 }];
    let consents = [ConsentFact {
        id: ConsentEventId::new(Uuid::nil()),
        act: ConsentAct::Granted,
        form: ConsentForm::Relationship,
        purpose: None,
        happened_at: noon - Duration::days(100),
        expires_at: None,
    }];
    let rules = RuleFacts {
        place: &place,
        history: &history,
        consents: &consents,
        registries: &registries,
        guards: &guards,
        ring: Duration::seconds(30),
        ..RuleFacts::none()
    };
    let facts = Facts { campaign: &campaign, contact: &contact, suppressed: false, rules };
    assert_eq!(decide(facts, &book, noon).unwrap().rules.len(), 10);
    assert!(decide(facts, &book, night).unwrap_err().retry_not_before.is_some());

    c.bench_function("allowed by ten rules", |b| b.iter(|| decide(black_box(facts), &book, black_box(noon))));
    c.bench_function("refused, with the next instant", |b| {
        b.iter(|| decide(black_box(facts), &book, black_box(night)));
    });
    c.bench_function("a place from a number", |b| {
        b.iter(|| locate(black_box(&Signals { number: Some(&number), ..Signals::default() })));
    });
}

criterion_group!(benches, decisions);
criterion_main!(benches);
