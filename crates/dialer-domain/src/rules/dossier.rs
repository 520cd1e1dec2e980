//! What stores bring together about a contact and its campaign, for the rules to be asked.

use time::OffsetDateTime;

use super::facts::{CallerIdStanding, GuardStanding, RuleFacts};
use super::history::{Came, Lifetime, PastCall, Tie};
use super::shelf::Governing;
use super::{Ban, Voice};
use crate::calls::{Call, CallOutcome, Direction};
use crate::campaigns::{Campaign, DialingMode};
use crate::consents::ConsentEvent;
use crate::contacts::Contact;
use crate::dispositions::Disposition;
use crate::places::{Place, Signals, locate};
use crate::registries::RegistryStanding;

/// What is known of one contact that rules ask about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dossier {
    /// Where the callee may be.
    pub place: Place,
    /// Past calls with the number.
    pub history: Vec<PastCall>,
    /// How many there ever were.
    pub lifetime: Lifetime,
    /// Entries of the consent ledger about the number.
    pub consents: Vec<ConsentEvent>,
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
    /// How the ratios stand that may stop a dial ahead of agents.
    pub guards: Vec<GuardStanding>,
    /// Whether an agent is there for sure when somebody answers.
    pub agent_guaranteed: bool,
}

impl Circumstances {
    /// Those of a campaign that dials no more lines than it has agents.
    #[must_use]
    pub fn new(governing: std::sync::Arc<Governing>, bans: Vec<Ban>) -> Self {
        Self { governing, bans, guards: Vec::new(), agent_guaranteed: true }
    }

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
            guards: &self.guards,
            bans: &self.bans,
            caller_id: CallerIdStanding::Presentable,
            reassigned: false,
            agent_guaranteed: self.agent_guaranteed || campaign.mode == DialingMode::Manual,
            ring: self.governing.ring,
            strict_end: self.governing.strict_end,
        }
    }
}

impl Dossier {
    /// What is known of `contact`: its place, and what these calls with its number and these entries tell.
    #[must_use]
    pub fn of(contact: &Contact, calls: &[Call], consents: Vec<ConsentEvent>) -> Self {
        let with = |call: &&Call| call.customer_number() == Some(&contact.person.phone_number);
        let history = calls.iter().filter(with).filter_map(|call| PastCall::of(call, contact)).collect();
        Self { place: locate(&Signals::of(&contact.person)), history, consents, ..Self::default() }
    }
}

impl PastCall {
    /// What a call that was made or came in before means for `contact`. `None` for one that never reached the customer's line,
    /// and for one that is still on.
    ///
    /// Where nothing tells persons, debts or subjects of one number apart, calls to it are taken to be about all of them.
    #[must_use]
    pub fn of(call: &Call, contact: &Contact) -> Option<Self> {
        let ended_at = call.ended_at.filter(|_| call.reaches_customer())?;
        let everything = Tie::NUMBER.and(Tie::PERSON).and(Tie::DEBT).and(Tie::SUBJECT);
        let same_campaign = call.campaign_id == Some(contact.campaign_id);
        Some(Self {
            began_at: call.started_at,
            ended_at,
            inbound: call.direction == Direction::Inbound,
            tie: if same_campaign { everything.and(Tie::CAMPAIGN) } else { everything },
            came: came_of(call),
        })
    }
}

/// What came of a call, by how it ended and by what the agent said of it.
fn came_of(call: &Call) -> Came {
    let ended = match call.outcome {
        Some(CallOutcome::Busy | CallOutcome::InvalidNumber | CallOutcome::Failed) => Came::NOT_CONNECTED,
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
        self.lookback() > time::Duration::ZERO
    }

    /// Whether a rule asks registers.
    #[must_use]
    pub fn asks_registries(&self) -> bool {
        let rules = self.packs.iter().flat_map(|pack| &pack.rules);
        rules.into_iter().any(|rule| rule.kind() == super::RuleKind::Registry)
    }

    /// Since when calls count for a decision at `now`: [`Self::lookback`], and a day for the calendar.
    #[must_use]
    pub fn counts_since(&self, now: OffsetDateTime) -> OffsetDateTime {
        now - self.lookback() - time::Duration::DAY
    }
}
