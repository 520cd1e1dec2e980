//! The shipped packs, at the edges of every rule.

mod caps;
mod clocks;
mod consent;
mod hours;
mod packs;
mod properties;
mod reload;
mod replay;

use std::sync::LazyLock;

use dialer_domain::consents::{ConsentAct, ConsentFact, ConsentForm};
use dialer_domain::eligibility::{Decision, Facts, RefusalCode, decide};
use dialer_domain::ids::ConsentEventId;
use dialer_domain::places::Place;
use dialer_domain::registries::{Listing, RegistryStanding};
use dialer_domain::rules::{
    Ban, CalleeKind, Came, GuardStanding, Lifetime, PastCall, Purpose, RuleBook, RuleFacts, Tie, Voice,
};
use dialer_domain::schedule::ActiveHours;
use dialer_domain::{Duration, OffsetDateTime};
use dialer_testkit::builders::{campaign, contact};
use uuid::Uuid;

pub(crate) static SHIPPED: LazyLock<RuleBook> = LazyLock::new(RuleBook::shipped);

/// A call to somebody, asked about at an instant. Everything is in order but what a test changes.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) facts: RuleFacts<'static>,
    pub(crate) place: Place,
    pub(crate) history: Vec<PastCall>,
    pub(crate) consents: Vec<ConsentFact>,
    /// Age of the registers' copies.
    pub(crate) copies: Duration,
    pub(crate) listing: Listing,
    pub(crate) guards: Vec<GuardStanding>,
    pub(crate) bans: Vec<Ban>,
    pub(crate) lifetime: Lifetime,
}

/// A live sales call to a consumer in `place`, whose clock is `zone`; an agent is there for sure.
pub(crate) fn ask(place: &str, zone: &str) -> Ask {
    asked(&[place], &[zone])
}

pub(crate) fn asked(places: &[&str], zones: &[&str]) -> Ask {
    let jurisdictions = places.iter().map(|place| place.parse().unwrap()).collect();
    let zones = zones.iter().map(|zone| zone.parse().unwrap()).collect();
    Ask {
        facts: RuleFacts { agent_guaranteed: true, ..RuleFacts::none() },
        place: Place { zones, jurisdictions },
        history: Vec::new(),
        consents: Vec::new(),
        copies: Duration::DAY,
        listing: Listing::Absent,
        guards: Vec::new(),
        bans: Vec::new(),
        lifetime: Lifetime::default(),
    }
}

impl Ask {
    pub(crate) fn purpose(mut self, purpose: Purpose) -> Self {
        self.facts.purpose = purpose;
        self
    }

    pub(crate) fn business(mut self) -> Self {
        self.facts.callee = CalleeKind::Business;
        self
    }

    pub(crate) fn prerecorded(mut self) -> Self {
        self.facts.voice = Voice::Prerecorded;
        self
    }

    pub(crate) fn unguaranteed(mut self) -> Self {
        self.facts.agent_guaranteed = false;
        self
    }

    pub(crate) fn called(mut self, at: OffsetDateTime, came: Came) -> Self {
        self.history.push(PastCall::attempt(at, everything(), came));
        self
    }

    pub(crate) fn agreed(mut self, form: ConsentForm, at: OffsetDateTime) -> Self {
        self.consents.push(consent(ConsentAct::Granted, form, at));
        self
    }

    pub(crate) fn revoked(mut self, at: OffsetDateTime) -> Self {
        self.consents.push(consent(ConsentAct::Revoked, ConsentForm::Express, at));
        self
    }

    pub(crate) fn listed(mut self, since: Option<OffsetDateTime>) -> Self {
        self.listing = Listing::Listed { since };
        self
    }

    pub(crate) fn decide(&self, book: &RuleBook, now: OffsetDateTime) -> Decision {
        let always = ActiveHours::parse("00:00", "24:00").unwrap();
        let campaign = campaign().active().hours(always).build();
        let contact = contact(campaign.id).build();
        self.with_rules(now, |rules| {
            decide(Facts { campaign: &campaign, contact: &contact, suppressed: false, rules }, book, now)
        })
    }

    /// What `look` makes of what rules ask about this call.
    pub(crate) fn with_rules<T>(&self, now: OffsetDateTime, look: impl FnOnce(RuleFacts<'_>) -> T) -> T {
        let registries = ["us-dnc", "uk-tps", "ca-dncl"].map(|name| RegistryStanding {
            registry: name.parse().unwrap(),
            copied_at: now - self.copies,
            listing: self.listing,
        });
        look(RuleFacts {
            place: &self.place,
            history: &self.history,
            consents: &self.consents,
            registries: &registries,
            guards: &self.guards,
            bans: &self.bans,
            lifetime: self.lifetime,
            ..self.facts
        })
    }

    /// The code by the shipped packs; `None` when the call is allowed.
    pub(crate) fn code(&self, now: OffsetDateTime) -> Option<RefusalCode> {
        self.decide(&SHIPPED, now).err().map(|refusal| refusal.code)
    }

    /// When it may be made by the shipped packs.
    pub(crate) fn next(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.decide(&SHIPPED, now).unwrap_err().retry_not_before
    }

    /// The rule that refuses, by the shipped packs.
    pub(crate) fn rule(&self, now: OffsetDateTime) -> String {
        self.decide(&SHIPPED, now).unwrap_err().rule.unwrap().id.to_string()
    }
}

/// All that a past call can have in common with the next one.
pub(crate) fn everything() -> Tie {
    Tie::NUMBER.and(Tie::PERSON).and(Tie::DEBT).and(Tie::SUBJECT).and(Tie::CAMPAIGN)
}

pub(crate) fn consent(act: ConsentAct, form: ConsentForm, at: OffsetDateTime) -> ConsentFact {
    let id = ConsentEventId::new(Uuid::nil());
    ConsentFact { id, act, form, purpose: None, happened_at: at, expires_at: None }
}
