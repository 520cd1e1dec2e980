//! The rules of the callee's place in claims: what they are asked with, and what becomes of whom they refuse.

use dialer_domain::consents::{ConsentAct, ConsentEvent};
use dialer_domain::contacts::ContactPatch;
use dialer_domain::eligibility::{Refusal, RefusalCode};
use dialer_domain::events::EventKind;
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::registries::RegistryCopy;
use dialer_domain::rules::{Purpose, RuleBook};
use dialer_domain::schedule::ActiveHours;
use dialer_domain::{
    CallOutcome, Campaign, Contact, ContactStatus, Duration, OffsetDateTime, PhoneNumber, QueueEntryId, Scope,
};
use time::macros::datetime;

use super::Stage;
use super::people::intent;
use super::scene::minute;
use crate::builders::{CampaignBuilder, T0, ban, call, campaign, consent, contact, id, listed_number, registry_copy};

/// A number in the lower end of Manhattan, where it is five in the morning at [`T0`].
pub(super) const NEW_YORK: &str = "+12125550142";
/// A number in Miami.
pub(super) const FLORIDA: &str = "+13055550142";
/// A number in New Orleans.
pub(super) const LOUISIANA: &str = "+15045550142";
/// A number in Berlin, for which the program carries no rules.
const GERMANY: &str = "+4930901820";
/// Eight in the morning in New York on the day of [`T0`].
pub(super) const OPENS: OffsetDateTime = datetime!(2026-03-02 13:00 UTC);

impl Stage {
    /// An active campaign that dials around the clock under the rules that the program carries, and a contact of this number.
    pub(super) async fn given_law_for(&self, campaign: CampaignBuilder, number: &str) -> (Campaign, Contact) {
        self.1.replace(RuleBook::shipped());
        let all_day = ActiveHours::parse("00:00", "24:00").unwrap();
        let list = self.given(campaign.active().hours(all_day).max_attempts(50)).await;
        let number = PhoneNumber::parse(number, None).unwrap();
        let added = self.import(&list, vec![contact(list.id).number(number).build()]).await.added.remove(0);
        (list, added)
    }

    /// Why the contact is not called at `now`.
    pub(super) async fn refused(&self, list: &Campaign, contact: &Contact, now: OffsetDateTime) -> Refusal {
        let owner = Scope::User(list.user_id);
        let call = intent(list, contact);
        match self.queue.claim_contact(owner, contact.id, id(QueueEntryId::new), call, now).await.unwrap().unwrap() {
            ContactClaim::Refused(refusal) => refusal,
            ContactClaim::Call(call) => panic!("{call:?} is no refusal"),
        }
    }

    /// A copy of the US register of this day, with these numbers, is in force.
    pub(super) async fn given_register(&self, list: &Campaign, now: OffsetDateTime, numbers: &[PhoneNumber]) {
        let copy = RegistryCopy { copied_on: now.date(), created_at: now, ..registry_copy(list.user_id) };
        self.registries.begin_copy(&copy).await.unwrap();
        self.registries.load_numbers(copy.id, numbers.iter().map(listed_number).collect()).await.unwrap();
        self.registries.activate_copy(&copy, now).await.unwrap();
    }
}

/// Before eight in the callee's morning nobody is called; the contact waits for the hour, and others take its place in line.
pub async fn a_contact_waits_for_the_hours_of_its_place(stores: &Stage) {
    let (list, person) = stores.given_law_for(campaign(), NEW_YORK).await;
    stores.plan(list.id, 5, T0).await;
    let mark = stores.mark().await;
    let claimed = stores.claim(list.id, 1, T0).await;
    assert_eq!((claimed.calls, claimed.refused), (vec![], 1));
    assert_eq!(stores.happened_since(mark).await, [EventKind::ContactRefused]);
    let waits = stores.contact(person.id).await;
    assert_eq!((waits.status, waits.attempts, waits.next_attempt_at), (ContactStatus::Pending, 0, Some(OPENS)));
    assert_eq!(stores.plan(list.id, 5, T0).await.next_due, Some(OPENS));
    stores.plan(list.id, 5, OPENS).await;
    assert_eq!(stores.claim(list.id, 1, OPENS).await.calls.len(), 1);
}

/// A person who calls by hand is told the code, the rule and the hour.
pub async fn a_person_s_call_in_a_campaign_is_held_against_the_rules(stores: &Stage) {
    let (list, person) = stores.given_law_for(campaign(), NEW_YORK).await;
    let refusal = stores.refused(&list, &person, T0).await;
    assert_eq!((refusal.code, refusal.retry_not_before), (RefusalCode::BeforeWindow, Some(OPENS)));
    assert_eq!(refusal.rule.unwrap().id.as_str(), "us.hours");
}

/// Also where the contact rests because the rule refused it before: not that it rests, but why.
pub async fn a_person_is_told_the_rule_for_which_a_contact_rests(stores: &Stage) {
    let (list, person) = stores.given_law_for(campaign(), NEW_YORK).await;
    stores.plan(list.id, 1, T0).await;
    assert_eq!(stores.claim(list.id, 1, T0).await.refused, 1);
    assert_eq!(stores.contact(person.id).await.next_attempt_at, Some(OPENS));
    let refusal = stores.refused(&list, &person, minute(1)).await;
    assert_eq!((refusal.code, refusal.retry_not_before), (RefusalCode::BeforeWindow, Some(OPENS)));
    assert_eq!(refusal.rule.unwrap().id.as_str(), "us.hours");
    // Once the rule allows it, nothing but the contact's own rest is left to tell.
    let (list, person) = stores.given_law_for(campaign(), NEW_YORK).await;
    let later = OPENS + Duration::hours(2);
    let rest = ContactPatch { next_attempt_at: Some(Some(later)), ..ContactPatch::default() };
    stores.contacts.patch(Scope::Service, person.id, rest, T0).await.unwrap();
    let refusal = stores.refused(&list, &person, OPENS).await;
    assert_eq!((refusal.code, refusal.rule, refusal.retry_not_before), (RefusalCode::CoolingOff, None, Some(later)));
}

/// Calls are counted for ever where a cap has no period, other campaigns' among them, and no wait lifts it.
pub async fn a_cap_without_a_period_counts_every_call_there_ever_was(stores: &Stage) {
    let rules = "id = 'us'
version = '1'
jurisdiction = 'US'
source = 'a test'
effective_from = 2020-01-01

[[cap]]
id = 'us.lifetime'
limit = 2
period = 'lifetime'
key = 'number'
counts = 'attempt'
";
    let (list, person) = stores.given_law_for(campaign().retry_interval(Duration::ZERO), FLORIDA).await;
    let (book, mistakes) = RuleBook::load([("us.toml", rules)]);
    assert_eq!(mistakes, []);
    stores.1.replace(book);
    let number = &person.person.phone_number;
    let long_ago = datetime!(2021-03-02 17:00 UTC);
    let before = call().owner(list.user_id).to(number.clone()).started_at(long_ago);
    stores.calls.add(&before.ended(CallOutcome::NoAnswer, long_ago).build()).await.unwrap();
    let first = stores.dial(list.id, T0).await;
    stores.end(first.id, CallOutcome::NoAnswer, minute(1)).await.unwrap();
    let refusal = stores.refused(&list, &person, minute(5)).await;
    assert_eq!((refusal.code, refusal.retry_not_before), (RefusalCode::CapLifetime, None));
    assert_eq!(refusal.rule.unwrap().id.as_str(), "us.lifetime");
    stores.plan(list.id, 1, minute(5)).await;
    let claimed = stores.claim(list.id, 1, minute(5)).await;
    assert_eq!((claimed.calls, claimed.refused), (vec![], 1));
    assert_eq!(stores.contact(person.id).await.closed_reason, None, "another campaign's purpose may allow the call");
}

/// Without rules for a place nobody there is called, and the contact is asked about again later: rules may be loaded.
pub async fn a_place_without_rules_is_not_called(stores: &Stage) {
    let (list, person) = stores.given_law_for(campaign(), GERMANY).await;
    assert_eq!(stores.refused(&list, &person, T0).await.code, RefusalCode::NoRules);
    assert_eq!(stores.contact(person.id).await, person, "a person may ask again at once");
    stores.plan(list.id, 1, T0).await;
    assert_eq!(stores.claim(list.id, 1, T0).await.refused, 1);
    let waits = stores.contact(person.id).await;
    assert_eq!((waits.status, waits.next_attempt_at), (ContactStatus::Pending, Some(T0 + Duration::hours(1))));
}

/// Sales calls to the United States need a fresh copy of the register, and call nobody who stands there.
pub async fn a_register_is_asked_with_each_claim(stores: &Stage) {
    let noon = datetime!(2026-03-02 17:00 UTC);
    let (list, person) = stores.given_law_for(campaign().purpose(Purpose::Sales), FLORIDA).await;
    let number = &person.person.phone_number;
    assert_eq!(stores.refused(&list, &person, noon).await.code, RefusalCode::RegistryStale);
    stores.given_register(&list, noon, std::slice::from_ref(number)).await;
    assert_eq!(stores.refused(&list, &person, noon).await.code, RefusalCode::DncRegistry);
    stores.given_register(&list, noon, &[]).await;
    let month_later = noon + Duration::days(32);
    assert_eq!(stores.refused(&list, &person, month_later).await.code, RefusalCode::RegistryStale);
    stores.given_register(&list, month_later, &[]).await;
    stores.plan(list.id, 1, month_later + Duration::hours(1)).await;
    assert_eq!(stores.claim(list.id, 1, month_later + Duration::hours(1)).await.calls.len(), 1);
}

/// The fourth sales call to Florida within 24 hours is refused, until the first is 24 hours old; attempts that reached nobody's
/// line do not count.
pub async fn past_calls_count_against_the_caps_of_a_place(stores: &Stage) {
    let noon = datetime!(2026-03-02 17:00 UTC);
    let (list, person) = stores.given_law_for(campaign().purpose(Purpose::Sales), FLORIDA).await;
    stores.given_register(&list, noon, &[]).await;
    let outcomes = [CallOutcome::NoAnswer, CallOutcome::NotPlaced, CallOutcome::NoAnswer, CallOutcome::Busy];
    for (hour, outcome) in (0_i64..).zip(outcomes) {
        // The campaign's own wait is shorter than an hour.
        let now = noon + Duration::hours(hour) + Duration::minutes(hour);
        let call = stores.dial(list.id, now).await;
        stores.end(call.id, outcome, now).await.unwrap();
    }
    let fourth = noon + Duration::hours(5);
    let refusal = stores.refused(&list, &person, fourth).await;
    assert_eq!((refusal.code, refusal.rule.unwrap().id.as_str()), (RefusalCode::Cap24h, "us-fl.cap24h"));
    assert_eq!(refusal.retry_not_before, Some(noon + Duration::DAY));
    let next_day = noon + Duration::DAY;
    stores.plan(list.id, 1, next_day).await;
    assert_eq!(stores.claim(list.id, 1, next_day).await.calls.len(), 1);
}

/// A ban holds from the moment it is ordered, and a contact that was refused is called once it is over.
pub async fn an_emergency_ban_holds_at_once(stores: &Stage) {
    let noon = datetime!(2026-03-02 17:00 UTC);
    let (list, person) = stores.given_law_for(campaign(), LOUISIANA).await;
    let ban = ban(list.user_id);
    stores.bans.order_ban(&ban).await.unwrap();
    assert_eq!(stores.refused(&list, &person, noon).await.code, RefusalCode::EmergencyBan);
    stores.plan(list.id, 1, noon).await;
    assert_eq!(stores.claim(list.id, 1, noon).await.refused, 1);
    assert!(stores.contact(person.id).await.next_attempt_at.unwrap() >= ban.ends_at);
}

/// Whoever took back their consent is not called, whatever the rules say; a later consent lifts it.
pub async fn a_consent_that_was_taken_back_refuses(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    let person = &contacts[0];
    let given = consent(list.user_id, &person.person.phone_number);
    let back = ConsentEvent { act: ConsentAct::Revoked, happened_at: T0 + Duration::SECOND, ..given.clone() };
    let back = ConsentEvent { id: consent(list.user_id, &person.person.phone_number).id, ..back };
    stores.consents.record_consents(list.user_id, vec![given, back]).await.unwrap();
    assert_eq!(stores.refused(&list, person, minute(1)).await.code, RefusalCode::ConsentRevoked);
    let again = ConsentEvent { happened_at: minute(2), ..consent(list.user_id, &person.person.phone_number) };
    stores.consents.record_consents(list.user_id, vec![again]).await.unwrap();
    stores.plan(list.id, 1, minute(62)).await;
    assert_eq!(stores.claim(list.id, 1, minute(62)).await.calls.len(), 1);
}

/// Whoever asks about a contact is told what a claim would decide, and changes nothing.
pub async fn a_case_is_decided_as_a_claim_would(stores: &Stage) {
    let (list, person) = stores.given_law_for(campaign(), NEW_YORK).await;
    let owner = Scope::User(list.user_id);
    let mark = stores.mark().await;
    let at = stores.eligibility.circumstances(list.user_id, T0).await.unwrap();
    let case = stores.eligibility.case(owner, person.id, T0).await.unwrap().unwrap();
    let refusal = case.decide(&list, &at, T0).unwrap_err();
    assert_eq!((refusal.code, refusal.retry_not_before), (RefusalCode::BeforeWindow, Some(OPENS)));
    assert!(case.decide(&list, &at, OPENS).is_ok());
    assert_eq!(stores.happened_since(mark).await, []);
    assert_eq!(stores.refused(&list, &person, T0).await, refusal);
    let stranger = Scope::User(crate::builders::user());
    assert_eq!(stores.eligibility.case(stranger, person.id, T0).await.unwrap(), None);
    assert_eq!(stores.eligibility.cases(stranger, list.id, None, 10, T0).await.unwrap(), []);
}

/// All of a campaign's contacts are read in turn, by their ids or in the order in which they were added.
pub async fn cases_of_a_campaign_are_read_in_turn(stores: &Stage) {
    let (list, contacts) = stores.given_list(7).await;
    let owner = Scope::User(list.user_id);
    let mut ids = Vec::new();
    while let Some(page) = Some(stores.eligibility.cases(owner, list.id, ids.last().copied(), 3, T0).await.unwrap())
        .filter(|page| !page.is_empty())
    {
        ids.extend(page.into_iter().map(|case| case.contact.id));
    }
    let added: Vec<_> = contacts.iter().map(|contact| contact.id).collect();
    let mut all = added.clone();
    all.sort_unstable();
    assert_eq!(ids, all);
    stores.given_list(2).await;
    let (mut ids, mut after) = (Vec::new(), 0);
    loop {
        let page = stores.eligibility.following(owner, list.id, after, 3, T0).await.unwrap();
        let Some((place, _)) = page.last() else { break };
        after = *place;
        ids.extend(page.into_iter().map(|(_, case)| case.contact.id));
    }
    assert_eq!(ids, added);
    let stranger = Scope::User(crate::builders::user());
    assert_eq!(stores.eligibility.following(stranger, list.id, 0, 3, T0).await.unwrap(), []);
}

/// Sales calls to Washington: so many to a person, on whichever of their numbers and in whichever campaign of the owner.
pub async fn calls_to_all_numbers_of_a_person_count_together(stores: &Stage) {
    let noon = datetime!(2026-03-02 20:00 UTC);
    let person = |list: &Campaign, number: &str, id: &str| {
        let metadata = serde_json::json!({ "person_id": id });
        let number = PhoneNumber::parse(number, None).unwrap();
        contact(list.id).number(number).metadata(metadata.as_object().unwrap().clone()).build()
    };
    let (list, _) = stores.given_law_for(campaign().purpose(Purpose::Collections), FLORIDA).await;
    let rules = "id = 'us'
version = '1'
jurisdiction = 'US'
source = 'a test'
effective_from = 2020-01-01

[[cap]]
id = 'us.person'
limit = 2
period = '24h'
key = 'person'
counts = 'attempt'
";
    let (book, mistakes) = RuleBook::load([("us.toml", rules)]);
    assert_eq!(mistakes, []);
    stores.1.replace(book);
    let all_day = ActiveHours::parse("00:00", "24:00").unwrap();
    let other = stores.given(campaign().owner(list.user_id).active().hours(all_day)).await;
    let ada = [person(&list, "+12065550111", "ada"), person(&list, "+12065550112", "ada")];
    let robin = person(&list, "+12065550113", "robin");
    let elsewhere = person(&other, "+12065550114", "ada");
    stores.import(&list, vec![ada[0].clone(), ada[1].clone(), robin.clone()]).await;
    stores.import(&other, vec![elsewhere.clone()]).await;
    // Somebody else's person of the same name is another person.
    let stranger = stores.given(campaign().active().hours(all_day)).await;
    let theirs = person(&stranger, "+12065550115", "ada");
    stores.import(&stranger, vec![theirs.clone()]).await;
    for (owner, to) in [(&list, &ada[0]), (&other, &elsewhere), (&stranger, &theirs)] {
        let made = call().owner(owner.user_id).to(to.person.phone_number.clone()).started_at(noon);
        stores.calls.add(&made.ended(CallOutcome::NoAnswer, noon).build()).await.unwrap();
    }
    let later = noon + Duration::HOUR;
    for capped in &ada {
        let refusal = stores.refused(&list, capped, later).await;
        assert_eq!((refusal.code, refusal.rule.unwrap().id.as_str()), (RefusalCode::Cap24h, "us.person"));
        assert_eq!(refusal.retry_not_before, Some(noon + Duration::DAY));
    }
    assert_eq!(stores.refused(&other, &elsewhere, later).await.code, RefusalCode::Cap24h);
    let owner = Scope::User(list.user_id);
    let free = stores.eligibility.case(owner, robin.id, later).await.unwrap().unwrap();
    let at = stores.eligibility.circumstances(list.user_id, later).await.unwrap();
    assert!(free.decide(&list, &at, later).is_ok());
    let theirs = stores.eligibility.case(Scope::Service, theirs.id, later).await.unwrap().unwrap();
    assert_eq!(theirs.dossier.history.len(), 1);
}
