//! Everything at once: import, engine, people and provider work on one campaign at the same moment, nobody is turned
//! away, and the books balance afterwards.

use std::collections::BTreeSet;

use dialer_domain::calls::CallPatch;
use dialer_domain::calls::store::CallFilter;
use dialer_domain::campaigns::CampaignPatch;
use dialer_domain::events::EventKind;
use dialer_domain::{Call, CallOutcome, Campaign, ContactStatus, Scope, StoreError};

use super::Stage;
use super::scene::{all_differ, at_once, everything, minute};
use crate::builders::{T0, answered, campaign, contact, suppression};

/// Counts, attempts, calls and events agree with each other when the dust has settled.
pub async fn a_busy_campaign_serves_everybody_and_its_books_balance(stores: &Stage) {
    let (list, contacts) = stores.given_list_of(campaign().active().max_attempts(3), 40).await;
    at_once(6, |n| {
        let (stores, list, contacts) = (stores.clone(), list.clone(), contacts.clone());
        async move {
            match n {
                0 => add_more(&stores, &list).await,
                1 => change_its_mind(&stores, &list).await,
                2 => {
                    for unwilling in contacts.iter().skip(20).step_by(4) {
                        let entry = suppression(list.user_id, &unwilling.person.phone_number);
                        stores.suppressions.suppress(&entry).await.unwrap();
                    }
                }
                _ => dial_and_follow(&stores, &list).await,
            }
        }
    })
    .await;

    let rows = stores.list(list.id).await;
    assert_eq!(rows.len(), 65);
    // Compares with the list.
    stores.stats(list.id).await;
    let open = stores.calls.open().await.unwrap();
    assert!(all_differ(open.iter().map(|call| call.contact_id)));
    let in_a_call: BTreeSet<_> = open.iter().filter_map(|call| call.contact_id).collect();
    let calling = rows.iter().filter(|row| row.status == ContactStatus::Calling).map(|row| row.id);
    assert_eq!(calling.collect::<BTreeSet<_>>(), in_a_call);
    let calls = stores.calls.list(Scope::Service, CallFilter::default(), everything()).await.unwrap().items;
    for row in &rows {
        let counted = |call: &&Call| call.outcome.is_none_or(CallOutcome::reached_customer);
        let attempts = calls.iter().filter(|call| call.contact_id == Some(row.id)).filter(counted).count();
        assert_eq!(usize::try_from(row.attempts).unwrap(), attempts);
    }
    let events = stores.events().await;
    let of_kind = |kind| events.iter().filter(move |event| event.event.kind == kind).map(|event| event.event.call_id);
    assert_eq!(of_kind(EventKind::CallInitiated).count(), calls.len());
    let over = calls.iter().filter(|call| call.status.is_final()).map(|call| Some(call.id));
    assert_eq!(of_kind(EventKind::CallEnded).collect::<BTreeSet<_>>(), over.collect());
    assert!(all_differ(of_kind(EventKind::CallEnded)));
    assert!(all_differ(events.iter().map(|event| event.seq)));
}

/// Somebody uploads contacts, batch after batch.
async fn add_more(stores: &Stage, list: &Campaign) {
    for _ in 0..5 {
        let batch = (0..5).map(|_| contact(list.id).build()).collect();
        assert_eq!(stores.import(list, batch).await.added.len(), 5);
    }
}

/// The owner edits the campaign, and looks again when somebody was quicker.
async fn change_its_mind(stores: &Stage, list: &Campaign) {
    let mut saved = 0;
    while saved < 8 {
        let patch = CampaignPatch { name: Some(format!("Name {saved}")), ..CampaignPatch::default() };
        let after = stores.campaign(list.id).await.patched(patch, minute(saved)).unwrap();
        match stores.campaigns.save(Scope::User(list.user_id), &after).await {
            Ok(_) => saved += 1,
            Err(StoreError::Stale { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// A node dials and follows its calls to their end, while agents take notes.
async fn dial_and_follow(stores: &Stage, list: &Campaign) {
    let endings = [CallOutcome::Completed, CallOutcome::Busy, CallOutcome::NotPlaced, CallOutcome::InvalidNumber];
    for round in 0..5 {
        let now = minute(2 * round);
        stores.plan(list.id, 6, now).await;
        for (n, call) in stores.claim(list.id, 4, now).await.calls.into_iter().enumerate() {
            stores.place(call.id, &format!("p-{}", call.id), now).await.unwrap();
            let notes = CallPatch { notes: Some(Some("noted".to_owned())), ..CallPatch::default() };
            stores.calls.patch(Scope::User(list.user_id), call.id, &notes, now).await.unwrap().unwrap();
            if n == 0 {
                stores.calls.apply(call.id, &answered(now), now).await.unwrap().unwrap();
            }
            if round < 4 {
                stores.end(call.id, endings[n], minute(2 * round + 1)).await.unwrap();
            }
        }
        stores.complete(list.id, T0).await;
    }
}
