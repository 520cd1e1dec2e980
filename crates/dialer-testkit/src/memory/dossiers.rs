//! What the rules of a contact's place ask about it.

use dialer_domain::rules::{Circumstances, Counted, Dossier, LedgerEntry, Past, RuleBook, Tally, TallyChange};
use dialer_domain::{Call, Campaign, Contact, OffsetDateTime, PhoneNumber, Scope, UserId};

use super::{MemoryStore, State};

impl MemoryStore {
    /// What holds now for every contact of `owner`.
    pub(super) fn circumstances_of(&self, state: &State, owner: UserId, now: OffsetDateTime) -> Circumstances {
        Circumstances { governing: self.rules.0.governing(), bans: state.bans_of(owner, now), ahead: None }
    }
}

impl State {
    /// How each rule that limits abandoned calls stands for a campaign.
    pub(super) fn ledger(&self, campaign: &Campaign, book: &RuleBook, now: OffsetDateTime) -> Vec<LedgerEntry> {
        let of_campaign = (campaign.id, OffsetDateTime::UNIX_EPOCH)..=(campaign.id, now);
        let counted: Vec<Counted> = self
            .tallies
            .range(of_campaign)
            .filter(|(_, tally)| **tally != Tally::default())
            .map(|((_, quarter), tally)| Counted { quarter: *quarter, tally: *tally })
            .collect();
        book.ledger(campaign, &counted, counted.first().map(|counted| counted.quarter), now)
    }

    /// Counts a call's change.
    pub(super) fn tally(&mut self, before: &Call, after: &Call) {
        for change in TallyChange::between(before, after) {
            let tally = self.tallies.entry((change.campaign, change.quarter)).or_default();
            let sum = |count: u64, by: i64| count.saturating_add_signed(by);
            tally.live = sum(tally.live, change.live);
            tally.abandoned = sum(tally.abandoned, change.abandoned);
            tally.machines = sum(tally.machines, change.machines);
        }
    }

    /// What rules ask about a contact: only what the rules in force ask.
    pub(super) fn dossier(
        &self,
        campaign: &Campaign,
        contact: &Contact,
        at: &Circumstances,
        now: OffsetDateTime,
    ) -> Dossier {
        let (owner, number) = (campaign.user_id, &contact.person.phone_number);
        let book = &at.governing.book;
        let person_id = contact.person.person_id().filter(|_| book.asks_persons());
        let same = |other: &&Contact| {
            person_id.is_some()
                && other.person.person_id() == person_id
                && self.campaign_covered(Scope::User(owner), other.campaign_id)
        };
        let numbers: Vec<PhoneNumber> =
            self.contacts.values().filter(same).map(|other| other.person.phone_number.clone()).collect();
        let calls: Vec<Call> = if book.asks_history() {
            let since = book.counts_since(now);
            let with = |call: &Call| call.customer_number().is_some_and(|to| to == number || numbers.contains(to));
            let counts = |call: &&Call| call.user_id == owner && call.started_at >= since && with(call);
            self.calls.values().map(|row| &row.call).filter(counts).cloned().collect()
        } else {
            Vec::new()
        };
        let subject = |call: &Call| self.contacts.get(&call.contact_id?)?.person.subject_id();
        let subjects = calls.iter().filter_map(|call| Some((call.id, subject(call)?))).collect();
        let past = Past { calls: &calls, numbers: &numbers, subjects: &subjects };
        let mut dossier = Dossier::of(contact, &past, &self.consents_about(owner, number));
        if book.asks_registries() {
            dossier.registries = self.listings_of(owner, number).iter().map(Into::into).collect();
        }
        dossier
    }
}
