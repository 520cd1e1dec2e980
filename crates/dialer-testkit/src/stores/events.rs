//! The event log: every step once, in order, to its owner only, and without anybody's number or name.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dialer_domain::calls::CallPatch;
use dialer_domain::campaigns::CampaignPatch;
use dialer_domain::campaigns::agents::Assignment;
use dialer_domain::contacts::ContactPatch;
use dialer_domain::contacts::store::Removal;
use dialer_domain::dispositions::{Disposition, NewDisposition};
use dialer_domain::events::EventKind;
use dialer_domain::ids::AssignmentId;
use dialer_domain::queue::entries::EntryChange;
use dialer_domain::{CallOutcome, CampaignStatus, Precondition, Scope};

use serde_json::{Value, json};

use super::Stage;
use super::scene::{all_differ, at_once, everything, minute};
use crate::builders::{T0, answered, call, campaign, contact, disposition, id, number, suppression, user};

/// From the campaign's making to its deletion: each step leaves exactly one event, at its time, about its subject.
pub async fn every_step_leaves_exactly_one_event(stores: &Stage) {
    let list = stores.given(campaign().max_attempts(1)).await;
    let owner = Scope::User(list.user_id);
    let contacts: Vec<_> = (0..2).map(|_| contact(list.id).created_at(minute(1)).build()).collect();
    stores.import(&list, contacts.clone()).await;
    stores.put(list.id, CampaignStatus::Active, minute(2)).await;
    let unwilling = &contacts[0].person.phone_number;
    stores.suppressions.suppress(&suppression(list.user_id, unwilling)).await.unwrap();
    stores.plan(list.id, 2, minute(3)).await;
    let live = stores.claim(list.id, 1, minute(4)).await.calls.pop().unwrap();
    stores.place(live.id, "p-1", minute(5)).await.unwrap();
    stores.calls.apply(live.id, &answered(minute(6)), minute(6)).await.unwrap();
    stores.end(live.id, CallOutcome::Completed, minute(7)).await.unwrap();
    let notes = CallPatch { notes: Some(Some("kind".to_owned())), ..CallPatch::default() };
    stores.calls.patch(owner, live.id, &notes, minute(8)).await.unwrap().unwrap();
    assert!(stores.calls.hide(owner, live.id, minute(9)).await.unwrap());
    assert!(stores.complete(list.id, minute(10)).await);
    assert!(stores.suppressions.lift(list.user_id, unwilling, None, None, minute(11)).await.unwrap());
    assert!(stores.campaigns.delete(owner, list.id, minute(12)).await.unwrap());

    let campaign = (Some(list.id), None, None);
    let refused = (Some(list.id), Some(contacts[0].id), None);
    let called = (Some(list.id), Some(contacts[1].id), Some(live.id));
    let nothing = (None, None, None);
    let expected = [
        (EventKind::CampaignCreated, campaign, T0),
        (EventKind::ContactsImported, campaign, minute(1)),
        (EventKind::CampaignUpdated, campaign, minute(2)),
        (EventKind::NumberSuppressed, nothing, T0),
        (EventKind::ContactRefused, refused, minute(4)),
        (EventKind::CallInitiated, called, minute(4)),
        (EventKind::CallRinging, called, minute(5)),
        (EventKind::CallAnswered, called, minute(6)),
        (EventKind::CallEnded, called, minute(7)),
        (EventKind::ContactSettled, called, minute(7)),
        (EventKind::CallUpdated, called, minute(8)),
        (EventKind::CallHidden, called, minute(9)),
        (EventKind::CampaignUpdated, campaign, minute(10)),
        (EventKind::NumberLifted, nothing, minute(11)),
        (EventKind::CampaignDeleted, campaign, minute(12)),
    ];
    let told: Vec<_> = stores.events().await.into_iter().map(|event| event.event).collect();
    assert!(told.iter().all(|event| event.user_id == list.user_id));
    let told: Vec<_> =
        told.iter().map(|event| (event.kind, (event.campaign_id, event.contact_id, event.call_id), event.at)).collect();
    assert_eq!(told, expected);
}

/// From any place on, as many as asked for; the same reading twice gives the same.
pub async fn the_log_is_read_in_order_from_any_place(stores: &Stage) {
    for n in 0..5 {
        stores.given(campaign().created_at(minute(9 - n))).await;
    }
    let all = stores.events().await;
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted_by(|a, b| a.seq < b.seq));
    assert!(all.iter().map(|event| event.event.at).eq((0..5).map(|n| minute(9 - n))));
    let since = async |seq, limit| stores.events.since(Scope::Service, seq, limit).await.unwrap();
    assert_eq!(since(0, 2).await, all[0..2]);
    assert_eq!(since(all[1].seq, 2).await, all[2..4]);
    assert_eq!(since(all[1].seq, 500).await, all[2..5]);
    assert_eq!(since(all[4].seq, 500).await, []);
}

/// Nobody reads what happened to another, and a limit counts one's own events only.
pub async fn the_log_shows_each_owner_their_own(stores: &Stage) {
    let (mine, theirs) = (user(), user());
    for owner in [theirs, mine, theirs, theirs, mine] {
        stores.given(campaign().owner(owner)).await;
    }
    let all = stores.events().await;
    let my_own = stores.events.since(Scope::User(mine), 0, 2).await.unwrap();
    assert_eq!(my_own, [all[1].clone(), all[4].clone()]);
    assert_eq!(stores.events.since(Scope::User(user()), 0, 9).await.unwrap(), []);
}

/// The particulars carry ids and words: no number, no name, no notes.
pub async fn the_log_holds_nothing_personal(stores: &Stage) {
    let (list, _) = stores.given_list_of(campaign().active().caller_id(number(900)), 0).await;
    let person = contact(list.id).name("Ottilie", "Fernsprecher").email("ottilie@example.com").build();
    stores.import(&list, vec![person.clone()]).await;
    let live = stores.dial(list.id, T0).await;
    let notes = CallPatch { notes: Some(Some("Geheimnis".to_owned())), ..CallPatch::default() };
    stores.calls.patch(Scope::Service, live.id, &notes, minute(1)).await.unwrap().unwrap();
    let said = disposition(&live, Disposition::Callback, minute(1));
    let said = NewDisposition { notes: Some("Geheimnis".to_owned()), ..said };
    stores.dispositions.record(Scope::Service, &said).await.unwrap().unwrap();
    stores.follow_ups.clear_follow_up(Scope::Service, said.id, &Precondition::Any, minute(1)).await.unwrap().unwrap();
    stores.end(live.id, CallOutcome::Busy, minute(2)).await.unwrap();
    stores.suppressions.suppress(&suppression(list.user_id, &person.person.phone_number)).await.unwrap();
    stores.suppressions.lift(list.user_id, &person.person.phone_number, None, None, minute(3)).await.unwrap();
    stores.calls.add(&call().to(person.person.phone_number.clone()).build()).await.unwrap();
    for event in stores.events().await {
        let text = serde_json::to_string(&event.event.data).unwrap();
        let secrets = [person.person.phone_number.digits(), "7700900900", "Ottilie", "example.com", "Geheimnis"];
        assert!(!secrets.iter().any(|secret| text.contains(secret)), "{}: {text}", event.event.kind);
    }
}

/// A reader who remembers the last event it saw, and asks for what came after, sees every event that many writers
/// store meanwhile.
pub async fn a_reader_who_follows_the_log_misses_nothing(stores: &Stage) {
    const WRITERS: usize = 6;
    const WRITES: usize = 12;
    let written = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let (stores, written) = (stores.clone(), Arc::clone(&written));
        async move {
            let mut seen: Vec<i64> = Vec::new();
            loop {
                let done = written.load(Ordering::Acquire);
                let place = seen.last().copied().unwrap_or(0);
                let next = stores.events.since(Scope::Service, place, 7).await.unwrap();
                if next.is_empty() && done {
                    return seen;
                }
                assert!(next.iter().all(|event| event.seq > place), "an event came again");
                seen.extend(next.iter().map(|event| event.seq));
                tokio::task::yield_now().await;
            }
        }
    });
    at_once(WRITERS, |_| {
        let stores = stores.clone();
        async move {
            for _ in 0..WRITES {
                stores.given(campaign()).await;
            }
        }
    })
    .await;
    written.store(true, Ordering::Release);
    let seen = reader.await.unwrap();
    let all: Vec<_> = stores.events().await.iter().map(|event| event.seq).collect();
    assert_eq!(all.len(), WRITERS * WRITES);
    assert!(all_differ(&all));
    assert_eq!(seen, all);
}

/// Those of one call, whoever else is called meanwhile; a stranger reads none of them.
pub async fn the_events_of_one_call_are_read_in_order(stores: &Stage) {
    let (list, _) = stores.given_list(2).await;
    stores.plan(list.id, 2, T0).await;
    let calls = stores.claim(list.id, 2, minute(1)).await.calls;
    for (n, call) in calls.iter().enumerate() {
        stores.place(call.id, &format!("p-{n}"), minute(2)).await.unwrap();
    }
    stores.end(calls[0].id, CallOutcome::Busy, minute(3)).await.unwrap();
    let owner = Scope::User(list.user_id);
    let of_call = async |scope, seq, limit| stores.events.of_call(scope, calls[0].id, seq, limit).await.unwrap();
    let all = of_call(owner, 0, 500).await;
    let kinds: Vec<EventKind> = all.iter().map(|event| event.event.kind).collect();
    let expected = [EventKind::CallInitiated, EventKind::CallRinging, EventKind::CallEnded, EventKind::ContactSettled];
    assert_eq!(kinds, expected);
    assert_eq!(of_call(Scope::Service, all[0].seq, 2).await, all[1..3]);
    assert_eq!(of_call(Scope::User(user()), 0, 500).await, []);
}

/// Whoever changes something is named, and the fields that they changed; what the dialer does by itself, nobody did.
pub async fn changes_say_who_made_them_and_which_fields(stores: &Stage) {
    let (list, contacts) = stores.given_list_of(campaign().max_attempts(2), 3).await;
    let owner = Scope::User(list.user_id);
    let (me, mark) = (json!(list.user_id), stores.mark().await);
    let patch = CampaignPatch {
        name: Some("Summer".to_owned()),
        status: Some(CampaignStatus::Active),
        max_attempts: Some(2),
        ..CampaignPatch::default()
    };
    stores.change(list.id, patch, minute(1)).await;
    let renamed = ContactPatch { company: Some(Some("Example".to_owned())), ..ContactPatch::default() };
    stores.contacts.patch(owner, contacts[0].id, renamed, minute(1)).await.unwrap().unwrap();
    assert_eq!(stores.contacts.remove(owner, contacts[2].id, minute(1)).await.unwrap(), Removal::Removed);
    let agent = user();
    let assignment =
        Assignment { id: id(AssignmentId::new), campaign_id: list.id, user_id: agent, created_at: minute(1) };
    stores.agents.assign(owner, assignment).await.unwrap().unwrap();
    stores.plan(list.id, 2, minute(1)).await;
    let waiting = stores.entries.list(owner, list.id, None, everything()).await.unwrap().items;
    let forward = EntryChange::priority(7);
    stores.entries.change(owner, list.id, waiting[0].id, forward, minute(1)).await.unwrap().unwrap();
    let expected = [
        (EventKind::CampaignUpdated, json!(["name", "status"])),
        (EventKind::ContactUpdated, json!(["company"])),
        (EventKind::ContactRemoved, Value::Null),
        (EventKind::AgentAssigned, Value::Null),
        (EventKind::QueueEntryMoved, json!(["priority"])),
    ];
    let told = stores.since(mark).await;
    let fields: Vec<(EventKind, Value)> =
        told.iter().map(|event| (event.kind, event.data.get("changes").cloned().unwrap_or_default())).collect();
    assert_eq!(fields, expected);
    assert!(told.iter().all(|event| event.data["by"] == me), "{told:?}");

    // The dialer's own steps.
    let mark = stores.mark().await;
    let live = stores.claim(list.id, 1, minute(2)).await.calls.pop().unwrap();
    stores.end(live.id, CallOutcome::Busy, minute(3)).await.unwrap();
    let halted = stores.campaign(list.id).await.halted("no balance", minute(4));
    stores.campaigns.save(Scope::Service, &halted).await.unwrap();
    let told = stores.since(mark).await;
    assert!(told.iter().all(|event| !event.data.contains_key("by")), "{told:?}");
    assert_eq!(told.last().unwrap().data["changes"], json!(["status", "pause_reason"]));

    // What a person does to a call, and what an agent says of one.
    let own = call().handled_by(agent).ended(CallOutcome::Completed, T0).build();
    let mark = stores.mark().await;
    stores.calls.add(&own).await.unwrap();
    let notes = CallPatch { notes: Some(Some("kind".to_owned())), ..CallPatch::default() };
    stores.calls.patch(Scope::User(own.user_id), own.id, &notes, minute(5)).await.unwrap().unwrap();
    let said = NewDisposition { user_id: agent, ..disposition(&own, Disposition::DoNotCall, minute(6)) };
    stores.dispositions.record(Scope::User(agent), &said).await.unwrap().unwrap();
    assert!(stores.calls.hide(Scope::User(own.user_id), own.id, minute(7)).await.unwrap());
    let told: Vec<(EventKind, Value)> =
        stores.since(mark).await.into_iter().map(|event| (event.kind, event.data["by"].clone())).collect();
    let (me, they) = (json!(own.user_id), json!(agent));
    let expected = [
        (EventKind::CallInitiated, me.clone()),
        (EventKind::CallUpdated, me.clone()),
        (EventKind::NumberSuppressed, they.clone()),
        (EventKind::DispositionRecorded, they),
        (EventKind::CallHidden, me),
    ];
    assert_eq!(told, expected);
}

/// What was done outside is noted as it is said, for one's own data only.
pub async fn what_changes_no_row_is_noted(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let stopped = list.event(EventKind::CampaignStopped, minute(1)).by(Scope::User(list.user_id));
    let mark = stores.mark().await;
    stores.events.note(Scope::User(list.user_id), &stopped).await.unwrap();
    assert_eq!(stores.since(mark).await, std::slice::from_ref(&stopped));
    assert!(stores.events.note(Scope::User(user()), &stopped).await.is_err());
    assert_eq!(stores.happened_since(mark).await, [EventKind::CampaignStopped]);
}
