//! Refusals: too many to keep, so they are counted, and none is missed.

use dialer_domain::analytics::Period;
use dialer_domain::eligibility::RefusalCode;
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::receipts::RefusalCount;
use dialer_domain::{CallId, Campaign, CampaignId, Duration, OffsetDateTime, QueueEntryId, Scope};
use time::macros::datetime;

use super::Stage;
use super::law::NEW_YORK;
use super::people::intent;
use super::scene::{at_once, minute};
use crate::builders::{T0, campaign, id, suppression, user};

impl Stage {
    async fn refusal_counts(&self, list: CampaignId) -> Vec<RefusalCount> {
        self.receipts.refusal_counts(Scope::Service, list, Period::default()).await.unwrap()
    }

    /// How many were refused, for whatever reason.
    async fn refused_in_all(&self, list: CampaignId) -> u64 {
        self.refusal_counts(list).await.iter().map(|count| count.count).sum()
    }

    /// A person suppresses the number of each of the campaign's contacts.
    async fn suppress_all(&self, list: &Campaign) {
        for contact in self.list(list.id).await {
            self.suppressions.suppress(&suppression(list.user_id, &contact.person.phone_number)).await.unwrap();
        }
    }
}

/// Two in the first hour by a rule, one in the next, and one that the owner's own list refuses.
pub async fn refusals_are_counted_by_hour_code_and_rule(stores: &Stage) {
    const QUARTER_PAST: OffsetDateTime = datetime!(2026-03-02 10:15 UTC);
    let (list, person) = stores.given_law_for(campaign(), NEW_YORK).await;
    assert_eq!(stores.refusal_counts(list.id).await, []);
    let refusal = stores.refused(&list, &person, T0).await;
    stores.refused(&list, &person, QUARTER_PAST).await;
    stores.refused(&list, &person, T0 + Duration::HOUR).await;
    stores.suppressions.suppress(&suppression(list.user_id, &person.person.phone_number)).await.unwrap();
    stores.refused(&list, &person, T0 + Duration::HOUR).await;
    let of =
        |hour, code, rule, count| RefusalCount { user_id: list.user_id, campaign_id: list.id, hour, code, rule, count };
    let early = RefusalCode::BeforeWindow;
    let counts = [
        of(T0, early, refusal.rule, 2),
        of(T0 + Duration::HOUR, early, refusal.rule, 1),
        of(T0 + Duration::HOUR, RefusalCode::DncInternal, None, 1),
    ];
    assert_eq!(refusal.rule.unwrap().id.as_str(), "us.hours");
    assert_eq!(stores.refusal_counts(list.id).await, counts);
}

/// The engine's claims, several in one statement; offers; offers that are accepted too late; and calls by hand.
pub async fn refusals_of_every_path_count(stores: &Stage) {
    let (claimed, _) = stores.given_list(3).await;
    stores.plan(claimed.id, 3, T0).await;
    stores.suppress_all(&claimed).await;
    assert_eq!(stores.claim(claimed.id, 3, T0).await.refused, 3);
    assert_eq!(stores.refused_in_all(claimed.id).await, 3);

    let (offered, _, robin, _) = stores.given_offer(3).await;
    stores.plan(offered.id, 3, T0).await;
    stores.suppress_all(&offered).await;
    let accepted = stores.desk.accept_offer(robin.user_id, id(CallId::new), minute(1)).await.unwrap();
    assert!(matches!(accepted, Some(ContactClaim::Refused(_))), "{accepted:?}");
    assert_eq!(stores.refused_in_all(offered.id).await, 1);
    assert_eq!(stores.desk.offer(offered.id, robin.user_id, minute(9), minute(2)).await.unwrap(), None);
    assert_eq!(stores.refused_in_all(offered.id).await, 3);

    let (by_hand, contacts) = stores.given_list(1).await;
    stores.suppress_all(&by_hand).await;
    assert_eq!(stores.refused(&by_hand, &contacts[0], T0).await.code, RefusalCode::DncInternal);
    assert_eq!(stores.refused_in_all(by_hand.id).await, 1);
    for list in [claimed.id, offered.id, by_hand.id] {
        assert!(stores.refusal_counts(list).await.iter().all(|count| count.code == RefusalCode::DncInternal));
        assert_eq!(stores.receipts.receipts(Scope::Service, list, Period::default(), None, 9).await.unwrap(), []);
    }
}

/// Two who add to the same count do not take each other's away.
pub async fn refusals_at_once_are_all_counted(stores: &Stage) {
    let (list, person) = stores.given_law_for(campaign(), NEW_YORK).await;
    let list_id = list.id;
    at_once(8, |_| {
        let (stage, list, person) = (stores.clone(), list.clone(), person.clone());
        async move { stage.refused(&list, &person, T0).await }
    })
    .await;
    assert_eq!(stores.refused_in_all(list_id).await, 8);
    assert_eq!(stores.refusal_counts(list_id).await.len(), 1);
}

/// Hours that begin in the period.
pub async fn counts_are_of_a_period_and_their_owner_s(stores: &Stage) {
    let (list, person) = stores.given_law_for(campaign(), NEW_YORK).await;
    for hours in 0..2 {
        stores.refused(&list, &person, T0 + Duration::hours(hours) + Duration::MINUTE).await;
    }
    let count = async |scope: Scope, from: Option<OffsetDateTime>, until: Option<OffsetDateTime>| {
        stores.receipts.refusal_counts(scope, list.id, Period { from, until }).await.unwrap().len()
    };
    let owner = Scope::User(list.user_id);
    let next = T0 + Duration::HOUR;
    assert_eq!(count(owner, None, None).await, 2);
    assert_eq!(count(owner, Some(next), None).await, 1);
    assert_eq!(count(owner, None, Some(next)).await, 1);
    assert_eq!(count(owner, Some(T0 + Duration::MINUTE), Some(next)).await, 0);
    assert_eq!(count(Scope::User(user()), None, None).await, 0);
}

/// Who is on the phone or with another agent may be called as far as rules go: that is no refusal of theirs.
pub async fn whoever_is_taken_is_not_counted(stores: &Stage) {
    let (list, contacts, _, offer) = stores.given_offer(1).await;
    assert_eq!(offer.contact_id, contacts[0].id);
    let wanted = intent(&list, &contacts[0]);
    let (owner, entry) = (Scope::User(list.user_id), id(QueueEntryId::new));
    let claim = stores.queue.claim_contact(owner, contacts[0].id, entry, wanted, minute(1)).await.unwrap();
    assert!(
        matches!(claim, Some(ContactClaim::Refused(refusal)) if refusal.code == RefusalCode::Reserved),
        "{claim:?}"
    );
    assert_eq!(stores.refusal_counts(list.id).await, []);
}
