//! What stores bring together about a contact and its campaign, for the rules to be asked.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::facts::{CallerIdStanding, GuardStanding, RuleFacts};
use super::history::{Came, Lifetime, PastCall, Tie};
use super::shelf::Governing;
use super::{Ban, Voice};
use crate::calls::{Call, CallOutcome, Direction};
use crate::campaigns::Campaign;
use crate::consents::{ConsentEvent, ConsentFact};
use crate::contacts::Contact;
use crate::dispositions::Disposition;
use crate::ids::CallId;
use crate::phone::PhoneNumber;
use crate::places::{Place, Signals, locate};
use crate::registries::RegistryStanding;

/// What is known of one contact that rules ask about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dossier {
    /// Where the callee may be.
    pub place: Place,
    /// Past calls with the number, and with other numbers of the same person.
    pub history: Vec<PastCall>,
    /// How many there ever were, where a rule counts all of them ([`super::RuleBook::counts_since`]).
    pub lifetime: Lifetime,
    /// Entries of the consent ledger about the number.
    pub consents: Vec<ConsentFact>,
    /// What the copies of the registers say of the number.
    pub registries: Vec<RegistryStanding>,
}

/// What holds for every contact of a campaign at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Circumstances {
    /// The rules in force.
    pub governing: std::sync::Arc<Governing>,
    /// Emergency bans that bind the owner.
    pub bans: Vec<Ban>,
    /// How the ratios of abandoned calls stand, for calls that are placed ahead of agents; `None` for those that an agent takes
    /// for sure.
    pub ahead: Option<Vec<GuardStanding>>,
}

impl Circumstances {
    /// What rules ask of a call of `campaign` to the contact of `dossier`.
    #[must_use]
    pub fn facts<'a>(&'a self, campaign: &Campaign, dossier: &'a Dossier) -> RuleFacts<'a> {
        RuleFacts {
            purpose: campaign.purpose,
            callee: campaign.callee,
            voice: Voice::Live,
            place: &dossier.place,
            history: &dossier.history,
            lifetime: dossier.lifetime,
            consents: &dossier.consents,
            registries: &dossier.registries,
            guards: self.ahead.as_deref().unwrap_or_default(),
            bans: &self.bans,
            caller_id: CallerIdStanding::Presentable,
            reassigned: false,
            agent_guaranteed: self.ahead.is_none(),
            ring: self.governing.ring,
            strict_end: self.governing.strict_end,
        }
    }
}

impl Dossier {
    /// What is known of `contact`: its place, and what these calls with it and these entries tell.
    #[must_use]
    pub fn of(contact: &Contact, past: &Past<'_>, consents: &[ConsentEvent]) -> Self {
        let consents = consents.iter().map(ConsentFact::from).collect();
        let history: Vec<PastCall> = past.calls.iter().filter_map(|call| past.call(call, contact)).collect();
        let attempts = |tie| {
            let attempts = history.iter().filter(|call| !call.inbound && call.tie.has(tie)).count();
            u32::try_from(attempts).unwrap_or(u32::MAX)
        };
        let lifetime = Lifetime {
            number: attempts(Tie::NUMBER),
            person: attempts(Tie::PERSON),
            debt: attempts(Tie::PERSON.and(Tie::DEBT)),
            subject: attempts(Tie::PERSON.and(Tie::SUBJECT)),
        };
        let place = locate(&Signals::of(&contact.person));
        Self { place, history, lifetime, consents, registries: Vec::new() }
    }
}

/// What is known of the calls that an owner had before.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// The calls: those with the contact's number and with other numbers of its person are looked at.
    pub calls: &'a [Call],
    /// The numbers of the contacts that have the contact's [`person_id`](crate::contacts::Person::person_id), if it has one.
    pub numbers: &'a [PhoneNumber],
    /// What calls were about: the [`subject_id`](crate::contacts::Person::subject_id) of the contacts to whom they were made, where
    /// they have one.
    pub subjects: &'a BTreeMap<CallId, String>,
}

impl Past<'_> {
    /// What a call that was made or came in before means for `contact`. `None` for one with somebody else, and for one that never
    /// reached the customer's line; one that is still on counts as an attempt already.
    ///
    /// Where nothing tells persons, debts or subjects apart, calls are taken to be with and about all of them.
    fn call(&self, call: &Call, contact: &Contact) -> Option<PastCall> {
        let with = call.customer_number()?;
        let same_number = *with == contact.person.phone_number;
        if !call.reaches_customer() || !(same_number || self.numbers.contains(with)) {
            return None;
        }
        let about = contact.person.subject_id();
        let known = about.as_ref().zip(self.subjects.get(&call.id));
        let ties = [
            (same_number, Tie::NUMBER),
            (true, Tie::PERSON),
            (known.is_none_or(|(one, other)| one == other), Tie::DEBT.and(Tie::SUBJECT)),
            (call.campaign_id == Some(contact.campaign_id), Tie::CAMPAIGN),
        ];
        Some(PastCall {
            began_at: call.started_at,
            ended_at: call.ended_at.unwrap_or(call.started_at),
            inbound: call.direction == Direction::Inbound,
            tie: ties.into_iter().filter(|(holds, _)| *holds).fold(Tie::NONE, |all, (_, tie)| all.and(tie)),
            came: came_of(call),
        })
    }
}

/// What came of a call, by how it ended and by what the agent said of it.
fn came_of(call: &Call) -> Came {
    let ended = match call.outcome {
        Some(CallOutcome::Busy | CallOutcome::InvalidNumber | CallOutcome::Failed) => Came::NOT_CONNECTED,
        Some(CallOutcome::Abandoned) => Came::CONNECTED.and(Came::ABANDONED),
        Some(CallOutcome::Completed) => match call.disposition {
            Some(Disposition::Voicemail) => Came::CONNECTED.and(Came::MACHINE),
            Some(Disposition::NoAnswer) => Came::CONNECTED,
            _ => Came::CONNECTED.and(Came::CONVERSATION),
        },
        _ => Came::NONE,
    };
    match call.disposition {
        Some(Disposition::NotInterested | Disposition::DoNotCall) => ended.and(Came::REFUSAL),
        _ => ended,
    }
}

impl super::RuleBook {
    /// Whether a rule looks at past calls.
    #[must_use]
    pub fn asks_history(&self) -> bool {
        self.lookback() > time::Duration::ZERO || self.counts_lifetimes()
    }

    /// Whether a cap or a hold counts calls with a person on whatever number.
    #[must_use]
    pub fn asks_persons(&self) -> bool {
        let rules = self.packs.iter().flat_map(|pack| &pack.rules);
        rules.into_iter().any(|rule| match &rule.body {
            super::pack::Body::Cap(cap) => cap.key != super::CapKey::Number,
            super::pack::Body::Hold(hold) => hold.key != super::CapKey::Number,
            _ => false,
        })
    }

    /// Whether a rule asks registers.
    #[must_use]
    pub fn asks_registries(&self) -> bool {
        let rules = self.packs.iter().flat_map(|pack| &pack.rules);
        rules.into_iter().any(|rule| rule.kind() == super::RuleKind::Registry)
    }

    /// Since when calls count for a decision at `now`: [`Self::lookback`], and a day for the calendar; for ever where a cap has
    /// no period.
    #[must_use]
    pub fn counts_since(&self, now: OffsetDateTime) -> OffsetDateTime {
        if self.counts_lifetimes() {
            return OffsetDateTime::UNIX_EPOCH;
        }
        now - self.lookback() - time::Duration::DAY
    }
}
