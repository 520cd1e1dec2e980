//! Deleting a campaign: its list goes, its calls stay.

use dialer_domain::calls::Evidence;
use dialer_domain::calls::store::CallFilter;
use dialer_domain::events::EventKind;
use dialer_domain::queue::store::{Claimed, Planned};
use dialer_domain::{CallOutcome, CallStatus, Page, Scope, StoreError};

use super::Stage;
use super::scene::{at_once, everything, minute, total};
use crate::builders::{T0, ended, slots};

/// Contacts and queue entries go with it; another campaign keeps its own.
pub async fn a_deleted_campaign_takes_its_contacts_along(stores: &Stage) {
    let (gone, contacts) = stores.given_list(3).await;
    let (kept, _) = stores.given_list(2).await;
    stores.plan(gone.id, 3, T0).await;
    stores.plan(kept.id, 2, T0).await;
    let owner = Scope::User(gone.user_id);
    assert!(stores.campaigns.delete(owner, gone.id, minute(1)).await.unwrap());
    assert_eq!(stores.campaigns.get(owner, gone.id).await.unwrap(), None);
    for contact in &contacts {
        assert_eq!(stores.contacts.get(owner, contact.id).await.unwrap(), None);
        let number = &contact.person.phone_number;
        assert_eq!(stores.contacts.find(owner, gone.id, number).await.unwrap(), None);
    }
    let listed = stores.contacts.list(owner, gone.id, None, everything()).await.unwrap();
    assert_eq!(listed, Page { items: vec![], total: 0 });
    assert!(!stores.campaigns.delete(owner, gone.id, minute(2)).await.unwrap());
    assert_eq!(stores.stats(kept.id).await.pending, 2);
    assert_eq!(stores.claim(kept.id, 9, T0).await.calls.len(), 2);
}

/// The audit trail: every call is still there, and names neither the campaign nor the contact.
pub async fn the_calls_of_a_deleted_campaign_stay(stores: &Stage) {
    let (campaign, _) = stores.given_list(2).await;
    stores.plan(campaign.id, 2, T0).await;
    let calls = stores.claim(campaign.id, 2, T0).await.calls;
    let ended = stores.end(calls[0].id, CallOutcome::Busy, minute(1)).await.unwrap();
    let owner = Scope::User(campaign.user_id);
    assert!(stores.campaigns.delete(owner, campaign.id, minute(2)).await.unwrap());
    for before in [&ended, &calls[1]] {
        let after = stores.calls.get(owner, before.id).await.unwrap().unwrap();
        assert_eq!((after.campaign_id, after.contact_id), (None, None));
        assert_eq!((after.status, after.outcome, after.attempt), (before.status, before.outcome, before.attempt));
        assert_eq!((&after.to_number, after.started_at), (&before.to_number, before.started_at));
    }
    let filter = CallFilter { campaign: Some(campaign.id), ..CallFilter::default() };
    assert_eq!(stores.calls.list(owner, filter, everything()).await.unwrap().total, 0);
    assert_eq!(stores.calls.list(owner, CallFilter::default(), everything()).await.unwrap().total, 2);
}

/// The call goes on to its end, which concerns no contact any more.
pub async fn a_live_call_outlives_its_campaign(stores: &Stage) {
    let (campaign, _, call) = stores.given_live_call().await;
    assert!(stores.campaigns.delete(Scope::Service, campaign.id, minute(1)).await.unwrap());
    let mark = stores.mark().await;
    assert_eq!(stores.calls.open().await.unwrap().len(), 1);
    stores.place(call.id, "p-1", minute(1)).await.unwrap();
    let ended = stores.end(call.id, CallOutcome::NoAnswer, minute(2)).await.unwrap();
    assert_eq!((ended.status, ended.campaign_id, ended.contact_id), (CallStatus::NoAnswer, None, None));
    assert_eq!(stores.call(call.id).await, ended);
    assert_eq!(stores.happened_since(mark).await, [EventKind::CallRinging, EventKind::CallEnded]);
}

/// The log still tells the campaign's story, its end included.
pub async fn the_log_outlives_a_campaign(stores: &Stage) {
    let (campaign, _, call) = stores.given_live_call().await;
    stores.end(call.id, CallOutcome::Completed, minute(1)).await.unwrap();
    let before = stores.events().await;
    stores.campaigns.delete(Scope::User(campaign.user_id), campaign.id, minute(2)).await.unwrap();
    let mut after = stores.events().await;
    let last = after.pop().unwrap().event;
    assert_eq!(after, before);
    assert_eq!((last.kind, last.user_id, last.at), (EventKind::CampaignDeleted, campaign.user_id, minute(2)));
    assert_eq!((last.campaign_id, last.contact_id, last.call_id), (Some(campaign.id), None, None));
}

/// The engine may still work on it for a moment: there is nothing to do, and that is no failure.
pub async fn a_deleted_campaign_has_nothing_to_dial(stores: &Stage) {
    let (campaign, _) = stores.given_list(2).await;
    stores.plan(campaign.id, 2, T0).await;
    stores.campaigns.delete(Scope::Service, campaign.id, minute(1)).await.unwrap();
    let mark = stores.mark().await;
    assert_eq!(stores.claim(campaign.id, 2, minute(1)).await, Claimed::default());
    assert_eq!(stores.plan(campaign.id, 2, minute(1)).await, Planned::default());
    assert!(!stores.complete(campaign.id, minute(1)).await);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// A call that was claimed is there without a campaign; a claim that failed left nothing behind.
pub async fn a_campaign_deleted_while_it_dials_leaves_no_loose_ends(stores: &Stage) {
    let (campaign, _) = stores.given_list(40).await;
    stores.plan(campaign.id, 40, T0).await;
    let live = stores.claim(campaign.id, 5, T0).await.calls;
    let claimed = at_once(7, |n| {
        let (stores, live, id) = (stores.clone(), live.clone(), campaign.id);
        async move {
            match n {
                0 => {
                    assert!(insist(|| stores.campaigns.delete(Scope::Service, id, minute(1))).await.unwrap());
                    0
                }
                1 => {
                    for call in &live {
                        let news = ended(CallOutcome::Busy, Evidence::Answer, minute(1));
                        insist(|| stores.calls.apply(call.id, &news, minute(1))).await.unwrap();
                    }
                    live.len()
                }
                _ => match stores.queue.claim(id, &stores.lease(id).await, slots(4), minute(1)).await {
                    Ok(claimed) => claimed.calls.len(),
                    Err(StoreError::MissingReference { .. } | StoreError::Unavailable { .. }) => 0,
                    Err(other) => panic!("{other:?}"),
                },
            }
        }
    })
    .await;
    let all = stores.calls.list(Scope::Service, CallFilter::default(), everything()).await.unwrap();
    assert_eq!(all.total, total(claimed.iter().sum()));
    assert!(all.items.iter().all(|call| call.campaign_id.is_none() && call.contact_id.is_none()));
    assert!(live.iter().all(|call| all.items.iter().any(|row| row.id == call.id && row.status.is_final())));
    assert!(stores.list(campaign.id).await.is_empty());
}

/// Tries again while the store says that this may help, as its callers do.
async fn insist<T, F>(attempt: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    for _ in 0..9 {
        match attempt().await {
            Err(StoreError::Unavailable { .. }) => {}
            result => return result,
        }
    }
    attempt().await
}
