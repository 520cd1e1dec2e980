//! Receipts: written with every dial, and good for the same answer ever after.

use dialer_domain::analytics::Period;
use dialer_domain::campaigns::CampaignStatus;
use dialer_domain::consents::ConsentEvent;
use dialer_domain::ids::ConsentEventId;
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::receipts::Receipt;
use dialer_domain::receipts::store::After;
use dialer_domain::rules::{Purpose, RuleBook};
use dialer_domain::{
    Call, CallId, CallOutcome, Campaign, CampaignId, Contact, Duration, OffsetDateTime, QueueEntryId, Scope,
};
use time::macros::datetime;

use super::Stage;
use super::law::{FLORIDA, NEW_YORK, OPENS};
use super::people::intent;
use super::scene::{all_differ, minute};
use crate::builders::{T0, campaign, consent, id, suppression, user};

/// Noon in Florida on the day of [`T0`].
const NOON: OffsetDateTime = datetime!(2026-03-02 17:00 UTC);

impl Stage {
    /// A receipt, which must be there and give the same answer again by the book that it names.
    async fn receipt_of(&self, call: CallId) -> Receipt {
        let receipt = self.receipts.receipt(Scope::Service, call).await.unwrap().unwrap();
        let text = self.receipts.rule_book(receipt.book).await.unwrap().unwrap();
        let book = RuleBook::from_text(&text, receipt.book).unwrap();
        let replay = receipt.replay(&book);
        assert!(replay.is_same(), "{replay:?}");
        receipt
    }

    /// The owner calls the contact, which must be possible.
    pub(super) async fn call_by_hand(&self, list: &Campaign, contact: &Contact, now: OffsetDateTime) -> Call {
        let (owner, entry) = (Scope::User(list.user_id), id(QueueEntryId::new));
        match self.queue.claim_contact(owner, contact.id, entry, intent(list, contact), now).await.unwrap() {
            Some(ContactClaim::Call(call)) => *call,
            other => panic!("{other:?}"),
        }
    }

    async fn all_receipts(&self, list: CampaignId, period: Period, limit: u16) -> Vec<Receipt> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.receipts.receipts(Scope::Service, list, period, after, limit).await.unwrap();
            let Some(end) = page.last() else { return all };
            assert!(page.len() <= usize::from(limit));
            after = Some(After::from(end));
            all.extend(page);
        }
    }
}

/// The engine's, the one of an accepted offer, and a person's by hand.
pub async fn every_dial_has_a_receipt(stores: &Stage) {
    let (list, _, robin, offer) = stores.given_offer(3).await;
    let claimed = stores.desk.accept_offer(robin.user_id, id(CallId::new), minute(1)).await.unwrap().unwrap();
    let ContactClaim::Call(accepted) = claimed else { panic!("{claimed:?}") };
    let accepted = accepted.id;
    let engine = stores.dial(list.id, minute(2)).await;
    let rest = stores.list(list.id).await.into_iter().find(|contact| contact.attempts == 0).unwrap();
    let by_hand = stores.call_by_hand(&list, &rest, minute(3)).await;
    for (call, at) in [(accepted, minute(1)), (engine.id, minute(2)), (by_hand.id, minute(3))] {
        let (receipt, call) = (stores.receipt_of(call).await, stores.call(call).await);
        assert_eq!((receipt.call_id, receipt.user_id, receipt.campaign_id), (call.id, list.user_id, list.id));
        assert_eq!((Some(receipt.contact_id), receipt.decided_at), (call.contact_id, at));
        assert_eq!(receipt.book, RuleBook::open().hash());
        assert_eq!(receipt.inputs.contact.attempts, 0, "as it was before the claim");
    }
    assert_eq!(stores.receipt_of(accepted).await.contact_id, offer.contact_id);
    assert_eq!(stores.receipts.receipt(Scope::Service, id(CallId::new)).await.unwrap(), None);
}

/// The campaign is paused, the number suppressed, the consent taken back and the rules replaced: the receipt stays as it was.
pub async fn a_receipt_gives_the_same_answer_whatever_changed_since(stores: &Stage) {
    let (list, person) = stores.given_law_for(campaign().purpose(Purpose::Sales), FLORIDA).await;
    stores.given_register(&list, NOON, &[]).await;
    let call = stores.dial(list.id, NOON).await;
    let before = stores.receipt_of(call.id).await;
    assert!(before.rules.iter().any(|rule| rule.id.as_str() == "us-fl.hours"), "{:?}", before.rules);
    let number = &person.person.phone_number;
    stores.end(call.id, CallOutcome::NoAnswer, NOON + Duration::MINUTE).await.unwrap();
    stores.put(list.id, CampaignStatus::Paused, NOON + Duration::MINUTE).await;
    stores.suppressions.suppress(&suppression(list.user_id, number)).await.unwrap();
    stores.1.replace(RuleBook::default());
    assert_eq!(stores.receipt_of(call.id).await, before);
}

/// Past calls, consents, registers and the place are in it, and the number is not.
pub async fn a_receipt_says_what_it_was_decided_from(stores: &Stage) {
    let (list, person) = stores.given_law_for(campaign().purpose(Purpose::Sales), FLORIDA).await;
    let number = &person.person.phone_number;
    stores.given_register(&list, NOON, &[]).await;
    let given = consent(list.user_id, number);
    stores.consents.record_consents(list.user_id, vec![given.clone()]).await.unwrap();
    let first = stores.dial(list.id, NOON).await;
    stores.end(first.id, CallOutcome::NoAnswer, NOON + Duration::MINUTE).await.unwrap();
    let second = stores.dial(list.id, NOON + Duration::hours(2)).await;
    let inputs = stores.receipt_of(second.id).await.inputs;
    assert_eq!(inputs.history.len(), 1);
    assert_eq!((inputs.history[0].began_at, inputs.contact.attempts), (NOON, 1));
    assert_eq!(inputs.consents.iter().map(|fact| fact.id).collect::<Vec<_>>(), [given.id]);
    assert_eq!(inputs.registries.len(), 1);
    assert_eq!(inputs.place.jurisdictions, ["US-FL".parse().unwrap()]);
    let kept = serde_json::to_string(&inputs).unwrap();
    assert!(!kept.contains(number.as_e164()), "{kept}");
}

/// What was done stays explainable when whom it was done for is gone.
pub async fn a_receipt_outlives_its_campaign(stores: &Stage) {
    let (list, _, call) = stores.given_live_call().await;
    stores.end(call.id, CallOutcome::Completed, minute(1)).await.unwrap();
    let receipt = stores.receipt_of(call.id).await;
    assert!(stores.campaigns.delete(Scope::User(list.user_id), list.id, minute(2)).await.unwrap());
    assert_eq!(stores.receipt_of(call.id).await, receipt);
    let owner = Scope::User(list.user_id);
    assert_eq!(stores.receipts.receipt(owner, call.id).await.unwrap(), Some(receipt));
}

/// Nor do the books, the consents and the counts of somebody else's campaign.
pub async fn a_stranger_s_receipt_does_not_exist(stores: &Stage) {
    let (list, contact, call) = stores.given_live_call().await;
    let given = consent(list.user_id, &contact.person.phone_number);
    stores.consents.record_consents(list.user_id, vec![given]).await.unwrap();
    let (owner, stranger) = (Scope::User(list.user_id), Scope::User(user()));
    let always = Period::default();
    for (scope, count) in [(owner, 1), (stranger, 0)] {
        assert_eq!(stores.receipts.receipt(scope, call.id).await.unwrap().iter().count(), count);
        assert_eq!(stores.receipts.receipts(scope, list.id, always, None, 9).await.unwrap().len(), count);
        assert_eq!(stores.receipts.calls_made(scope, list.id, always, None, 9).await.unwrap().len(), count);
        let consents = stores.receipts.consents_of_called(scope, list.id, always, None, 9).await.unwrap();
        assert_eq!(consents.len(), count);
    }
}

/// Oldest first, each once, whatever the size of a page; of the campaign and the period alone.
pub async fn receipts_are_read_in_turn(stores: &Stage) {
    let (list, _) = stores.given_list(7).await;
    stores.given_live_call().await;
    for minutes in 0..3 {
        stores.plan(list.id, 2, minute(minutes)).await;
        assert_eq!(stores.claim(list.id, 2, minute(minutes)).await.calls.len(), 2);
    }
    let all = stores.all_receipts(list.id, Period::default(), 100).await;
    assert_eq!(all.len(), 6);
    assert!(all.iter().map(|receipt| (receipt.decided_at, receipt.call_id)).is_sorted());
    assert!(all_differ(all.iter().map(|receipt| receipt.call_id)));
    for limit in [1, 4] {
        assert_eq!(stores.all_receipts(list.id, Period::default(), limit).await, all);
    }
    let second = Period { from: Some(minute(1)), until: Some(minute(2)) };
    assert_eq!(stores.all_receipts(list.id, second, 100).await, all[2..4]);
}

/// Oldest first and each once, those that were hidden from lists too: a campaign's, made or come in.
pub async fn the_calls_of_a_campaign_are_read_in_turn(stores: &Stage) {
    let (list, _) = stores.given_list(4).await;
    stores.given_live_call().await;
    stores.plan(list.id, 4, T0).await;
    let mut calls = stores.claim(list.id, 2, T0).await.calls;
    calls.extend(stores.claim(list.id, 2, minute(1)).await.calls);
    calls.sort_by_key(|call| (call.started_at, call.id));
    let owner = Scope::User(list.user_id);
    stores.end(calls[1].id, CallOutcome::NoAnswer, minute(2)).await.unwrap();
    stores.calls.hide(owner, calls[1].id, minute(3)).await.unwrap();
    let ids: Vec<CallId> = calls.iter().map(|call| call.id).collect();
    for limit in [1, 3, 100] {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = stores.receipts.calls_made(owner, list.id, Period::default(), after, limit).await.unwrap();
            let Some(end) = page.last() else { break };
            after = Some(After::from(end));
            all.extend(page.into_iter().map(|call| call.id));
        }
        assert_eq!(all, ids);
    }
    let late = Period { from: Some(minute(1)), until: None };
    assert_eq!(stores.receipts.calls_made(owner, list.id, late, None, 9).await.unwrap().len(), 2);
}

/// However many dials it decided.
pub async fn a_book_is_kept_once_and_the_next_beside_it(stores: &Stage) {
    let (list, _) = stores.given_law_for(campaign(), NEW_YORK).await;
    let shipped = RuleBook::shipped();
    let first = stores.dial(list.id, OPENS).await;
    stores.end(first.id, CallOutcome::NoAnswer, OPENS + Duration::MINUTE).await.unwrap();
    stores.1.replace(RuleBook::open());
    let second = stores.dial(list.id, OPENS + Duration::hours(2)).await;
    stores.end(second.id, CallOutcome::NoAnswer, OPENS + Duration::hours(3)).await.unwrap();
    stores.1.replace(shipped.clone());
    stores.dial(list.id, OPENS + Duration::hours(5)).await;
    let receipts = stores.all_receipts(list.id, Period::default(), 100).await;
    let books: Vec<_> = receipts.iter().map(|receipt| receipt.book).collect();
    assert_eq!(books, [shipped.hash(), RuleBook::open().hash(), shipped.hash()]);
    assert_eq!(stores.receipts.rule_book(RuleBook::open().hash()).await.unwrap(), Some(RuleBook::open().text()));
    assert_eq!(stores.receipts.rule_book(shipped.hash()).await.unwrap(), Some(shipped.text()));
    assert_eq!(stores.receipts.rule_book(RuleBook::default().hash()).await.unwrap(), None);
}

/// All that is known of the numbers that were called, and of no other.
pub async fn the_consents_of_who_was_called_are_read_in_turn(stores: &Stage) {
    let (list, contacts) = stores.given_list(3).await;
    let number = |n: usize| contacts[n].person.phone_number.clone();
    let entry = |n: usize| consent(list.user_id, &number(n));
    let mut called = vec![entry(0), entry(1), entry(0)];
    let theirs = ConsentEvent { user_id: user(), ..entry(0) };
    stores.consents.record_consents(theirs.user_id, vec![theirs.clone()]).await.unwrap();
    stores.consents.record_consents(list.user_id, [&called[..], &[entry(2)]].concat()).await.unwrap();
    stores.call_by_hand(&list, &contacts[0], T0).await;
    stores.call_by_hand(&list, &contacts[1], T0).await;
    called.sort_by_key(|entry| entry.id);
    let (mut all, mut after): (Vec<ConsentEvent>, Option<ConsentEventId>) = (Vec::new(), None);
    loop {
        let always = Period::default();
        let page = stores.receipts.consents_of_called(Scope::Service, list.id, always, after, 2).await.unwrap();
        let Some(end) = page.last() else { break };
        after = Some(end.id);
        all.extend(page);
    }
    assert_eq!(all, called);
}
