//! The log of calls: written once, changed by the owner only, hidden rather than erased.

use dialer_domain::calls::store::{CallFilter, PatchError};
use dialer_domain::calls::{CallPatch, CallPatchError};
use dialer_domain::events::EventKind;
use dialer_domain::queue::call_event;
use dialer_domain::{Call, CallOutcome, CallStatus, CampaignId, Direction, Page, Scope, StoreError};
use serde_json::json;
use time::macros::datetime;

use super::Stage;
use super::scene::{everything, minute, window};
use crate::builders::{CallBuilder, T0, call, campaign, id, number, user};

impl Stage {
    /// Stage a person's own call and returns it.
    async fn given_call(&self, call: CallBuilder) -> Call {
        let call = call.build();
        self.calls.add(&call).await.unwrap();
        call
    }
}

/// Every field, to the microsecond and in any script.
pub async fn a_call_comes_back_as_it_was_written_down(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let metadata = json!({"größe": [1, 2.5, null, true], "nested": {"🌱": "\"quoted\""}});
    let rich = call()
        .campaign(&list)
        .from(number(1))
        .agent("línea-3")
        .lead("Føø/42")
        .metadata(metadata.as_object().unwrap().clone())
        .started_at(datetime!(2026-03-02 10:00:00.000_009 UTC));
    let rich = stores.given_call(rich).await;
    let bare = stores.given_call(call().inbound()).await;
    for stored in [rich, bare] {
        let found = stores.calls.get(Scope::User(stored.user_id), stored.id).await.unwrap();
        assert_eq!(found, Some(stored));
    }
}

/// With its event, which says whose call it is and no number.
pub async fn a_call_is_written_down_with_its_event(stores: &Stage) {
    let mark = stores.mark().await;
    let written = stores.given_call(call()).await;
    let by_owner = call_event(&written, EventKind::CallInitiated, T0).by(Scope::User(written.user_id));
    assert_eq!(stores.since(mark).await, [by_owner]);
    let mark = stores.mark().await;
    let received = stores.given_call(call().inbound()).await;
    assert_eq!(stores.since(mark).await, [call_event(&received, EventKind::CallInitiated, T0)], "nobody placed it");
}

/// An id that is taken, or a campaign that is gone: refused, and nothing is left of it.
pub async fn a_call_that_cannot_be_written_down_leaves_nothing(stores: &Stage) {
    let first = stores.given_call(call().lead("first")).await;
    let mark = stores.mark().await;
    let again = call().id(first.id).lead("second").build();
    assert!(matches!(stores.calls.add(&again).await, Err(StoreError::Duplicate { .. })));
    assert_eq!(stores.call(first.id).await, first);
    let orphan = Call { campaign_id: Some(id(CampaignId::new)), ..call().build() };
    assert!(matches!(stores.calls.add(&orphan).await, Err(StoreError::MissingReference { .. })));
    assert_eq!(stores.calls.get(Scope::Service, orphan.id).await.unwrap(), None);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// Not to be read, listed, changed or hidden.
pub async fn a_stranger_s_call_does_not_exist(stores: &Stage) {
    let theirs = stores.given_call(call()).await;
    let mark = stores.mark().await;
    let me = Scope::User(user());
    assert_eq!(stores.calls.get(me, theirs.id).await.unwrap(), None);
    let listed = stores.calls.list(me, CallFilter::default(), everything()).await.unwrap();
    assert_eq!(listed, Page { items: vec![], total: 0 });
    let patch = CallPatch { notes: Some(Some("mine".to_owned())), ..CallPatch::default() };
    assert_eq!(stores.calls.patch(me, theirs.id, &patch, minute(1)).await.unwrap(), None);
    assert!(!stores.calls.hide(me, theirs.id, minute(1)).await.unwrap());
    assert_eq!(stores.call(theirs.id).await, theirs);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// One's own only, with the size of the whole list on every page, also on one past the end.
pub async fn calls_are_listed_latest_first_by_page(stores: &Stage) {
    let me = user();
    let mut mine = Vec::new();
    for minutes in [3, 1, 5, 2, 4] {
        mine.push(stores.given_call(call().owner(me).started_at(minute(minutes))).await);
    }
    stores.given_call(call().started_at(minute(9))).await;
    mine.sort_by_key(|row| std::cmp::Reverse(row.started_at));
    let list =
        async |offset| stores.calls.list(Scope::User(me), CallFilter::default(), window(2, offset)).await.unwrap();
    assert_eq!(list(0).await, Page { items: mine[0..2].to_vec(), total: 5 });
    assert_eq!(list(2).await, Page { items: mine[2..4].to_vec(), total: 5 });
    assert_eq!(list(4).await, Page { items: mine[4..5].to_vec(), total: 5 });
    assert_eq!(list(50).await, Page { items: vec![], total: 5 });
    let all = stores.calls.list(Scope::Service, CallFilter::default(), everything()).await.unwrap();
    assert_eq!(all.total, 6);
}

/// Rows of equal age have a place each, so that no page repeats or loses one.
pub async fn calls_that_started_at_one_instant_are_paged_without_loss(stores: &Stage) {
    let me = user();
    for _ in 0..7 {
        stores.given_call(call().owner(me)).await;
    }
    let mut seen = Vec::new();
    for offset in 0..7 {
        let page = stores.calls.list(Scope::User(me), CallFilter::default(), window(1, offset)).await.unwrap();
        seen.extend(page.items.into_iter().map(|row| row.id));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7);
}

/// By status, direction and campaign, and by all of them; the total is that of the filtered list.
pub async fn calls_are_filtered_by_status_direction_and_campaign(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let me = list.user_id;
    let plain = stores.given_call(call().owner(me)).await;
    let inbound = stores.given_call(call().owner(me).inbound()).await;
    let in_campaign = stores.given_call(call().campaign(&list)).await;
    let busy = stores.given_call(call().campaign(&list)).await;
    stores.end(busy.id, CallOutcome::Busy, minute(1)).await.unwrap();
    let found = async |filter| {
        let page = stores.calls.list(Scope::User(me), filter, everything()).await.unwrap();
        let mut ids: Vec<_> = page.items.iter().map(|row| row.id).collect();
        ids.sort();
        assert_eq!(u64::try_from(ids.len()).unwrap(), page.total);
        ids
    };
    let any = CallFilter::default();
    let initiated = CallFilter { status: Some(CallStatus::Initiated), ..any };
    assert_eq!(found(initiated).await, [plain.id, inbound.id, in_campaign.id]);
    assert_eq!(found(CallFilter { direction: Some(Direction::Inbound), ..any }).await, [inbound.id]);
    let of_campaign = CallFilter { campaign: Some(list.id), ..any };
    assert_eq!(found(of_campaign).await, [in_campaign.id, busy.id]);
    let all_three = CallFilter { status: Some(CallStatus::Busy), direction: Some(Direction::Outbound), ..of_campaign };
    assert_eq!(found(all_three).await, [busy.id]);
    assert_eq!(found(CallFilter { status: Some(CallStatus::Failed), ..any }).await, []);
}

/// Everybody's, oldest first, and none that is over.
pub async fn the_engine_finds_every_call_that_is_not_over(stores: &Stage) {
    let ringing = stores.given_call(call().started_at(minute(2))).await;
    stores.place(ringing.id, "p-1", minute(2)).await.unwrap();
    let talking = stores.given_call(call().started_at(minute(1))).await;
    stores.calls.apply(talking.id, &crate::builders::answered(minute(3)), minute(3)).await.unwrap();
    let initiated = stores.given_call(call().started_at(minute(3))).await;
    let over = stores.given_call(call().started_at(minute(0))).await;
    stores.end(over.id, CallOutcome::NoAnswer, minute(4)).await.unwrap();
    let open = stores.calls.open().await.unwrap();
    assert_eq!(open.iter().map(|row| row.id).collect::<Vec<_>>(), [talking.id, ringing.id, initiated.id]);
    assert_eq!(open[1], stores.call(ringing.id).await);
}

/// Out of every list and look-up, for the owner and for the service, and nobody can change or hide it again.
pub async fn a_hidden_call_is_gone_for_people(stores: &Stage) {
    let (hidden, kept) = (stores.given_call(call()).await, stores.given_call(call()).await);
    let owner = Scope::User(hidden.user_id);
    let mark = stores.mark().await;
    assert!(stores.calls.hide(owner, hidden.id, minute(1)).await.unwrap());
    assert_eq!(stores.since(mark).await, [call_event(&hidden, EventKind::CallHidden, minute(1)).by(owner)]);
    let mark = stores.mark().await;
    for scope in [owner, Scope::Service] {
        assert_eq!(stores.calls.get(scope, hidden.id).await.unwrap(), None);
        let patch = CallPatch { duration: Some(1), ..CallPatch::default() };
        assert_eq!(stores.calls.patch(scope, hidden.id, &patch, minute(2)).await.unwrap(), None);
        assert!(!stores.calls.hide(scope, hidden.id, minute(2)).await.unwrap());
    }
    let all = stores.calls.list(Scope::Service, CallFilter::default(), everything()).await.unwrap();
    assert_eq!(all, Page { items: vec![kept], total: 1 });
    assert_eq!(stores.happened_since(mark).await, []);
}

/// The engine follows it to its end, which settles the contact as ever.
pub async fn a_hidden_call_is_still_followed(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    stores.calls.hide(Scope::User(list.user_id), live.id, minute(1)).await.unwrap();
    assert_eq!(stores.calls.open().await.unwrap(), std::slice::from_ref(&live));
    let ended = stores.end(live.id, CallOutcome::Completed, minute(2)).await.unwrap();
    assert_eq!(ended.status, CallStatus::Completed);
    assert_eq!(stores.calls.open().await.unwrap(), []);
    assert_eq!(stores.calls.get(Scope::Service, live.id).await.unwrap(), None);
    assert_eq!(stores.contact(person.id).await.status, dialer_domain::ContactStatus::Completed);
}

/// Notes, reference, recording and metadata change or go as asked; what was not named stays.
pub async fn a_person_s_change_to_a_call_is_kept(stores: &Stage) {
    let before = stores.given_call(call().lead("lead").notes("old")).await;
    let owner = Scope::User(before.user_id);
    let patch = async |patch: CallPatch, at| stores.calls.patch(owner, before.id, &patch, at).await.unwrap().unwrap();
    let mark = stores.mark().await;
    let metadata = json!({"rating": 5}).as_object().unwrap().clone();
    let first = CallPatch {
        notes: Some(Some("Ruft zurück – 明天".to_owned())),
        recording_url: Some(Some("https://example.com/r/1".to_owned())),
        metadata: Some(metadata.clone()),
        ..CallPatch::default()
    };
    let changed = patch(first, minute(1)).await;
    let expected = Call {
        notes: Some("Ruft zurück – 明天".to_owned()),
        recording_url: Some("https://example.com/r/1".to_owned()),
        metadata,
        updated_at: minute(1),
        ..before.clone()
    };
    assert_eq!(changed, expected);
    assert_eq!(stores.call(before.id).await, expected);
    let event = call_event(&expected, EventKind::CallUpdated, minute(1)).by(owner);
    assert_eq!(stores.since(mark).await, [event.changing(&["notes", "recording_url", "metadata"])]);
    let second = CallPatch {
        notes: Some(None),
        recording_url: Some(None),
        lead_id: Some(None),
        metadata: Some(serde_json::Map::new()),
        ..CallPatch::default()
    };
    let cleared = patch(second, minute(2)).await;
    let expected = Call {
        notes: None,
        recording_url: None,
        lead_id: None,
        metadata: serde_json::Map::new(),
        updated_at: minute(2),
        ..before.clone()
    };
    assert_eq!(cleared, expected);
    assert_eq!(stores.call(before.id).await, expected);
}

/// A call does not come back to life, nor end before it began; a refused change leaves nothing behind.
pub async fn a_change_that_cannot_be_true_is_refused(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    let owner = Scope::User(list.user_id);
    stores.end(live.id, CallOutcome::Busy, minute(1)).await.unwrap();
    let before = stores.call(live.id).await;
    let settled = stores.contact(person.id).await;
    let mark = stores.mark().await;
    let notes = Some(Some("lost".to_owned()));
    let refuse = async |patch: CallPatch| stores.calls.patch(owner, live.id, &patch, minute(2)).await.unwrap_err();
    let alive = CallPatch { status: Some(CallStatus::Ringing), notes: notes.clone(), ..CallPatch::default() };
    assert!(matches!(
        refuse(alive).await,
        PatchError::Refused(CallPatchError::Transition { from: CallStatus::Busy, to: CallStatus::Ringing })
    ));
    let early = CallPatch { ended_at: Some(minute(-1)), notes, ..CallPatch::default() };
    assert!(matches!(refuse(early).await, PatchError::Refused(CallPatchError::Times { field: "ended_at" })));
    assert_eq!(stores.call(live.id).await, before);
    assert_eq!(stores.contact(person.id).await, settled);
    assert_eq!(stores.happened_since(mark).await, []);
}
