//! The contacts of a campaign as a forecast sees them.

use std::collections::HashMap;

use time::{Duration, OffsetDateTime};

use super::calendar::{Calendar, Opening};
use super::job::Asked;
use crate::contacts::{Contact, ContactStatus, Person};
use crate::eligibility::RefusalCode;
use crate::eligibility::reader::Case;
use crate::places::Place;
use crate::rules::{Came, Lifetime, PastCall, RuleRef, Tie};

/// How a contact begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// Reached, or given up: nothing more will happen.
    Over,
    /// Nothing that passes with time lets it be called.
    Never {
        /// Why not.
        code: RefusalCode,
        /// The rule that refuses, where one does.
        rule: Option<RuleRef>,
    },
    /// Due since this instant, without a call that a rule looks back at: it may be called whenever its place is open.
    Due(OffsetDateTime),
    /// To be looked at then, and decided about for itself.
    Later(OffsetDateTime),
}

impl Begins {
    /// Whether it is still to be called.
    #[must_use]
    pub const fn waits(self) -> bool {
        match self {
            Self::Due(_) | Self::Later(_) => true,
            Self::Over | Self::Never { .. } => false,
        }
    }
}

/// A contact, or as many that are taken to be like it.
#[derive(Debug, Clone, PartialEq)]
pub struct Prospect {
    /// The contact, without what only people read of it, and what rules ask about it.
    pub case: Case,
    /// How many contacts it stands for.
    pub copies: u32,
    /// Whose calendar holds for it.
    pub calendar: usize,
    /// How it begins.
    pub begins: Begins,
}

/// The contacts of a campaign, in the order in which they are called.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContactList {
    /// The contacts; of a long list a sample.
    pub prospects: Vec<Prospect>,
    /// When each place may be called.
    pub calendars: Vec<Calendar>,
    /// Contacts of the campaign.
    pub contacts: u32,
}

impl ContactList {
    /// The contacts of `cases`, which stand for `contacts` contacts in all.
    pub(super) fn of(asked: &Asked<'_>, cases: Vec<Case>, contacts: u32) -> Self {
        let read = u64::try_from(cases.len()).unwrap_or(u64::MAX).max(1);
        let contacts = contacts.max(u32::try_from(cases.len()).unwrap_or(u32::MAX));
        let up_to = |place: u64| u32::try_from(place * u64::from(contacts) / read).unwrap_or(u32::MAX);
        let mut list = Self { contacts, ..Self::default() };
        let mut known: HashMap<String, usize> = HashMap::new();
        for (place, mut case) in (0_u64..).zip(cases) {
            slim(&mut case.contact, asked);
            let begins = begins(asked, &case);
            let calendar = if begins.waits() {
                *known.entry(name_of(&case.dossier.place)).or_insert_with(|| {
                    list.calendars.push(calendar(asked, &case));
                    list.calendars.len() - 1
                })
            } else {
                0
            };
            list.prospects.push(Prospect { case, copies: up_to(place + 1) - up_to(place), calendar, begins });
        }
        list
    }
}

/// Nobody is told from another by name here, and a call that is on is taken to be unanswered.
fn slim(contact: &mut Contact, asked: &Asked<'_>) {
    contact.person = Person::with_number(contact.person.phone_number.clone());
    if contact.status == ContactStatus::Calling {
        contact.status = ContactStatus::Failed;
        contact.next_attempt_at = Some(asked.from + asked.campaign.retry_interval);
    }
}

fn begins(asked: &Asked<'_>, case: &Case) -> Begins {
    let Contact { status, closed_reason, next_attempt_at, attempts, created_at, .. } = case.contact;
    let exhausted = attempts >= asked.campaign.max_attempts && status != ContactStatus::Callback;
    if status == ContactStatus::Completed || (status != ContactStatus::DoNotCall && closed_reason.is_some()) {
        return Begins::Over;
    }
    // Asked where the campaign itself is open, so that what lasts is not hidden behind an hour that passes.
    let due = next_attempt_at.map_or(asked.from, |due| due.max(asked.from));
    let open = asked.campaign.active_hours.next_open(&asked.campaign.timezone, due).unwrap_or(due);
    match asked.decide(case, &case.contact, &case.dossier.history, case.dossier.lifetime, open) {
        Err(refusal) if refusal.retry_not_before.is_none() => {
            if exhausted && refusal.code == RefusalCode::CapLifetime && refusal.rule.is_none() {
                Begins::Over
            } else {
                Begins::Never { code: refusal.code, rule: refusal.rule }
            }
        }
        decision => {
            let plain = case.dossier.history.is_empty() && due == asked.from && status != ContactStatus::Callback;
            let at = decision.err().and_then(|refusal| refusal.retry_not_before).unwrap_or(open);
            if plain { Begins::Due(next_attempt_at.unwrap_or(created_at)) } else { Begins::Later(at) }
        }
    }
}

/// When somebody at the place of `case` may be called whom nobody has called.
fn calendar(asked: &Asked<'_>, case: &Case) -> Calendar {
    let contact =
        Contact { status: ContactStatus::Pending, attempts: 0, next_attempt_at: None, ..case.contact.clone() };
    let mut calendar = Calendar::of(asked.days, |at| asked.decide(case, &contact, &[], Lifetime::default(), at));
    // Whether past calls matter here is found out by asking about somebody who was called far too often.
    let hounded = |opening: &Opening| {
        let calls = vec![worst_call(opening.from - Duration::SECOND); HOUNDED];
        let ever = u32::try_from(HOUNDED).unwrap_or(u32::MAX);
        let lifetime = Lifetime { number: ever, person: ever, debt: ever, subject: ever };
        asked.decide(case, &contact, &calls, lifetime, opening.from)
    };
    calendar.looks_back = calendar.openings.first().is_some_and(|opening| hounded(opening).is_err());
    calendar
}

/// More calls than any cap allows.
const HOUNDED: usize = 1_000;

/// A call after which every hold and cap that there is holds.
fn worst_call(at: OffsetDateTime) -> PastCall {
    let tie = Tie::NUMBER.and(Tie::PERSON).and(Tie::DEBT).and(Tie::SUBJECT).and(Tie::CAMPAIGN);
    let answered = Came::CONNECTED.and(Came::CONVERSATION).and(Came::MACHINE);
    PastCall::attempt(at, tie, answered.and(Came::ABANDONED).and(Came::REFUSAL))
}

fn name_of(place: &Place) -> String {
    let mut name = String::new();
    for part in place.zones.iter().map(crate::schedule::Zone::name) {
        name.push_str(part);
        name.push(' ');
    }
    for part in &place.jurisdictions {
        name.push_str(&part.to_string());
        name.push(' ');
    }
    name
}
