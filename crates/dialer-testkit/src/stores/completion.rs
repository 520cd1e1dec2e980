//! Completion: a campaign is over when nothing can be due any more, and not a call earlier.

use dialer_domain::campaigns::CampaignPatch;
use dialer_domain::contacts::ClosedReason;
use dialer_domain::contacts::store::Removal;
use dialer_domain::events::EventKind;
use dialer_domain::{CallOutcome, Campaign, CampaignStatus, Scope, StoreError};

use super::Stage;
use super::scene::{at_once, minute};
use crate::builders::{T0, campaign, contact};

impl Stage {
    /// Asks at `minutes` after [`T0`], and checks that a refusal changed nothing.
    async fn is_spent(&self, campaign: &Campaign, minutes: i64) -> bool {
        let (before, mark) = (self.campaign(campaign.id).await, self.mark().await);
        let spent = self.complete(campaign.id, minute(minutes)).await;
        if !spent {
            assert_eq!(self.campaign(campaign.id).await, before);
            assert_eq!(self.happened_since(mark).await, []);
        }
        spent
    }

    /// A stored campaign in `status` whose one contact was reached.
    async fn given_spent(&self, status: CampaignStatus) -> Campaign {
        let list = self.given(campaign().status(status)).await;
        self.import(&list, vec![contact(list.id).closed(ClosedReason::Reached).build()]).await;
        list
    }
}

/// From the first contact to the last: not while one is pending, live, or to be tried again.
pub async fn a_campaign_goes_on_while_a_contact_may_be_called(stores: &Stage) {
    let (list, _) = stores.given_list_of(campaign().active().max_attempts(2), 2).await;
    assert!(!stores.is_spent(&list, 0).await);
    stores.plan(list.id, 2, T0).await;
    assert!(!stores.is_spent(&list, 0).await);
    let calls = stores.claim(list.id, 2, T0).await.calls;
    assert!(!stores.is_spent(&list, 1).await);
    stores.end(calls[0].id, CallOutcome::Completed, minute(2)).await.unwrap();
    assert!(!stores.is_spent(&list, 2).await);
    stores.end(calls[1].id, CallOutcome::Busy, minute(3)).await.unwrap();
    assert!(!stores.is_spent(&list, 3).await);
    let retry = stores.dial(list.id, minute(63)).await;
    assert!(!stores.is_spent(&list, 63).await);
    stores.end(retry.id, CallOutcome::Busy, minute(64)).await.unwrap();
    assert!(stores.is_spent(&list, 65).await);
    assert_eq!(stores.campaign(list.id).await.status, CampaignStatus::Completed);
}

/// A callback that was promised is outstanding work too.
pub async fn a_promised_callback_keeps_a_campaign_going(stores: &Stage) {
    let list = stores.given_spent(CampaignStatus::Active).await;
    stores.import(&list, vec![contact(list.id).callback(minute(9_000)).build()]).await;
    assert!(!stores.is_spent(&list, 1).await);
}

/// One that is still waiting for its list is not over.
pub async fn a_campaign_without_contacts_is_not_over(stores: &Stage) {
    let list = stores.given(campaign().active()).await;
    assert!(!stores.is_spent(&list, 1).await);
}

/// Only an active campaign completes by itself.
pub async fn a_campaign_that_is_not_active_is_left_as_it_is(stores: &Stage) {
    for status in CampaignStatus::ALL.iter().filter(|status| **status != CampaignStatus::Active) {
        let list = stores.given_spent(*status).await;
        assert!(!stores.is_spent(&list, 1).await, "{status}");
    }
}

/// However each contact was closed: one change, one event, and a person who saves what they saw before is told.
pub async fn a_spent_campaign_is_completed_once(stores: &Stage) {
    let list = stores.given_spent(CampaignStatus::Active).await;
    let closed =
        [ClosedReason::AttemptsExhausted, ClosedReason::InvalidNumber, ClosedReason::Refused, ClosedReason::DoNotCall];
    stores.import(&list, closed.map(|reason| contact(list.id).closed(reason).build()).to_vec()).await;
    let seen = stores.campaign(list.id).await;
    let mark = stores.mark().await;
    assert!(stores.is_spent(&list, 5).await);
    let completed = stores.campaign(list.id).await;
    let expected = Campaign {
        status: CampaignStatus::Completed,
        revision: seen.revision + 1,
        updated_at: minute(5),
        ..seen.clone()
    };
    assert_eq!(completed, expected);
    let told = stores.since(mark).await.pop().unwrap();
    assert_eq!((told.kind, told.at), (EventKind::CampaignUpdated, minute(5)));
    assert_eq!((told.user_id, told.campaign_id), (list.user_id, Some(list.id)));
    assert!(!stores.is_spent(&list, 6).await);
    assert_eq!(stores.happened_since(mark).await, [EventKind::CampaignUpdated]);
    let late = seen.patched(CampaignPatch::default(), minute(7)).unwrap();
    let result = stores.campaigns.save(Scope::User(list.user_id), &late).await;
    assert!(matches!(result, Err(StoreError::Stale { .. })));
}

/// New contacts after a restart are called as ever.
pub async fn a_completed_campaign_can_be_started_again(stores: &Stage) {
    let list = stores.given_spent(CampaignStatus::Active).await;
    assert!(stores.is_spent(&list, 1).await);
    stores.put(list.id, CampaignStatus::Active, minute(2)).await;
    let new = contact(list.id).build();
    stores.import(&list, vec![new.clone()]).await;
    assert!(!stores.is_spent(&list, 3).await);
    assert_eq!(stores.dial(list.id, minute(4)).await.contact_id, Some(new.id));
}

/// Of many nodes that notice at once, one completes it.
pub async fn many_who_find_a_campaign_spent_complete_it_once(stores: &Stage) {
    let list = stores.given_spent(CampaignStatus::Active).await;
    let mark = stores.mark().await;
    let did = at_once(8, |_| {
        let (stores, id) = (stores.clone(), list.id);
        async move { stores.complete(id, minute(1)).await }
    })
    .await;
    assert_eq!(did.iter().filter(|did| **did).count(), 1);
    assert_eq!(stores.happened_since(mark).await, [EventKind::CampaignUpdated]);
    assert_eq!(stores.campaign(list.id).await.revision, list.revision + 1);
}

/// A pause keeps a campaign as it is, however spent; after it the campaign is over at once.
pub async fn a_paused_campaign_is_over_once_it_is_resumed(stores: &Stage) {
    let (list, _, live) = stores.given_live_call_of(campaign().active().max_attempts(1)).await;
    stores.put(list.id, CampaignStatus::Paused, minute(1)).await;
    stores.end(live.id, CallOutcome::Busy, minute(2)).await.unwrap();
    assert!(!stores.is_spent(&list, 3).await);
    stores.put(list.id, CampaignStatus::Active, minute(4)).await;
    assert!(stores.is_spent(&list, 5).await);
}

/// Whoever is added keeps a campaign going, also at the last moment; added to one that is over, they wait for its start.
pub async fn an_added_contact_keeps_a_campaign_going(stores: &Stage) {
    let list = stores.given_spent(CampaignStatus::Active).await;
    stores.import(&list, vec![contact(list.id).build()]).await;
    assert!(!stores.is_spent(&list, 1).await);
    let over = stores.given_spent(CampaignStatus::Completed).await;
    stores.import(&over, vec![contact(over.id).build()]).await;
    assert!(!stores.is_spent(&over, 1).await);
    assert_eq!(stores.plan(over.id, 5, minute(1)).await.queued, 1);
    assert_eq!(stores.claim(over.id, 1, minute(1)).await.calls, []);
}

/// Whoever is removed keeps nothing going; a campaign all of whose contacts were removed waits for others.
pub async fn a_removed_contact_keeps_no_campaign_going(stores: &Stage) {
    let list = stores.given_spent(CampaignStatus::Active).await;
    let waiting = [contact(list.id).build(), contact(list.id).due(minute(90)).build()];
    stores.import(&list, waiting.to_vec()).await;
    stores.plan(list.id, 1, T0).await;
    let owner = Scope::User(list.user_id);
    for contact in &waiting {
        assert!(!stores.is_spent(&list, 1).await);
        assert_eq!(stores.contacts.remove(owner, contact.id, minute(2)).await.unwrap(), Removal::Removed);
    }
    assert!(stores.is_spent(&list, 3).await);
    let (emptied, contacts) = stores.given_list(1).await;
    stores.contacts.remove(Scope::User(emptied.user_id), contacts[0].id, minute(2)).await.unwrap();
    assert!(!stores.is_spent(&emptied, 3).await);
}
