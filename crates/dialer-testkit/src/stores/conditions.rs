//! Changes to what somebody has read, and not to what it has become since: decided where nobody else writes meanwhile.

use std::fmt::Debug;

use dialer_domain::audio::AudioShelf;
use dialer_domain::contacts::store::ContactChangeError;
use dialer_domain::contacts::{ContactPatch, ContactPatchError};
use dialer_domain::dispositions::{Disposition, NewDisposition};
use dialer_domain::queue::entries::{EntryChange, EntryChangeError, EntryRefusal};
use dialer_domain::recordings::RecordingPatch;
use dialer_domain::voicemail_drops::VoicemailDropPatch;
use dialer_domain::{CallOutcome, Precondition, Scope, StoreError};
use serde_json::json;

use super::Stage;
use super::scene::{at_once, everything, minute};
use crate::builders::{T0, call, disposition, recording, stored_audio, user, voicemail_drop};

fn only(tag: &str) -> Precondition {
    Precondition::Tagged(vec!["another".to_owned(), tag.to_owned()])
}

/// Of all that were made at once one was made, and the others found something else.
fn one_won<T: Debug, E: Debug>(results: Vec<Result<T, E>>, is_changed: impl Fn(&E) -> bool) -> T {
    let (mut won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1, "{won:?}");
    let lost: Vec<E> = lost.into_iter().filter_map(Result::err).collect();
    assert!(lost.iter().all(is_changed), "{lost:?}");
    won.remove(0).unwrap()
}

const fn is_changed(error: &StoreError) -> bool {
    matches!(error, StoreError::Changed(_))
}

/// Whatever it holds, what a change answers and what is read later have one tag; it is another one than before.
pub async fn a_contact_is_changed_as_it_was_read(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    let (mine, id) = (Scope::User(list.user_id), contacts[0].id);
    let metadata = json!({ "z": 1, "a": [1.5, "ü"], "m": { "b": null, "a": true } });
    let patch = ContactPatch {
        first_name: Some(Some("Zoë".to_owned())),
        metadata: metadata.as_object().cloned(),
        condition: only(&contacts[0].tag()),
        ..ContactPatch::default()
    };
    let changed = stores.contacts.patch(mine, id, patch.clone(), minute(1)).await.unwrap().unwrap();
    assert_eq!(stores.contacts.get(mine, id).await.unwrap().unwrap().tag(), changed.tag());
    let stale = stores.contacts.patch(mine, id, patch, minute(2)).await;
    assert!(matches!(stale, Err(ContactChangeError::Refused(ContactPatchError::Changed))), "{stale:?}");
    assert_eq!(stores.contact(id).await, changed);

    let results = at_once(6, |n| {
        let (stores, condition) = (stores.clone(), only(&changed.tag()));
        let company = Some(Some(format!("Company {n}")));
        let patch = ContactPatch { company, condition, ..ContactPatch::default() };
        async move { stores.contacts.patch(Scope::Service, id, patch, minute(3)).await }
    })
    .await;
    let won = one_won(results, |error| matches!(error, ContactChangeError::Refused(ContactPatchError::Changed)));
    assert_eq!(won, Some(stores.contact(id).await));
}

/// As with contacts.
pub async fn a_recording_is_changed_as_it_was_read(stores: &Stage) {
    let call = call().build();
    stores.calls.add(&call).await.unwrap();
    let (me, row) = (Scope::User(call.user_id), recording(call.id));
    stores.recordings.add(me, &row).await.unwrap();
    let words = |words: &str, tag: &str| RecordingPatch {
        transcription: Some(Some(words.to_owned())),
        condition: only(tag),
        ..RecordingPatch::default()
    };
    let changed = stores.recordings.patch(me, row.id, &words("one", &row.tag()), T0).await.unwrap().unwrap();
    let stale = stores.recordings.patch(me, row.id, &words("two", &row.tag()), T0).await;
    assert!(stale.as_ref().is_err_and(is_changed), "{stale:?}");
    assert_eq!(stores.recordings.get(me, row.id).await.unwrap(), Some(changed.clone()));

    let results = at_once(6, |n| {
        let (stores, patch) = (stores.clone(), words(&n.to_string(), &changed.tag()));
        async move { stores.recordings.patch(me, row.id, &patch, T0).await }
    })
    .await;
    assert_eq!(one_won(results, is_changed), stores.recordings.get(me, row.id).await.unwrap());
}

/// As with contacts; a use is no change.
pub async fn a_drop_is_changed_as_it_was_read(stores: &Stage) {
    let drop = voicemail_drop(user());
    let (me, id) = (Scope::User(drop.user_id), drop.id);
    stores.voicemail_drops.add(&drop).await.unwrap();
    let name = |name: String, tag: &str| VoicemailDropPatch {
        name: Some(name),
        condition: only(tag),
        ..VoicemailDropPatch::default()
    };
    stores.voicemail_drops.count_use(me, id, None, T0).await.unwrap();
    let audio = VoicemailDropPatch {
        audio: Some(stored_audio(AudioShelf::VoicemailDrops)),
        condition: only(&drop.tag()),
        ..VoicemailDropPatch::default()
    };
    let changed = stores.voicemail_drops.patch(me, id, &audio, T0).await.unwrap().unwrap().after;
    let stale = stores.voicemail_drops.patch(me, id, &name("A".to_owned(), &drop.tag()), T0).await;
    assert!(stale.as_ref().is_err_and(is_changed), "{stale:?}");
    assert_eq!(stores.voicemail_drops.get(me, id).await.unwrap(), Some(changed.clone()));

    let results = at_once(6, |n| {
        let (stores, patch) = (stores.clone(), name(format!("Name {n}"), &changed.tag()));
        async move { stores.voicemail_drops.patch(me, id, &patch, T0).await }
    })
    .await;
    let won = one_won(results, is_changed).map(|changed| changed.after);
    assert_eq!(won, stores.voicemail_drops.get(me, id).await.unwrap());
}

/// As with contacts. An entry that was claimed meanwhile is not what it was either.
pub async fn an_entry_is_moved_as_it_was_read(stores: &Stage) {
    let (list, _) = stores.given_list(2).await;
    let owner = Scope::User(list.user_id);
    stores.plan(list.id, 2, T0).await;
    let line = stores.entries.list(owner, list.id, None, everything()).await.unwrap().items;
    let (first, second) = (&line[0], &line[1]);
    let read = stores.entries.get(owner, list.id, second.id).await.unwrap().unwrap();
    assert_eq!((&read, read.tag()), (second, second.tag()));
    assert_eq!(stores.entries.get(Scope::User(user()), list.id, second.id).await.unwrap(), None);
    let other = stores.given_list(1).await.0;
    assert_eq!(stores.entries.get(Scope::Service, other.id, second.id).await.unwrap(), None);

    let to = |to: i32, tag: &str| EntryChange::Priority { to, condition: only(tag) };
    let changed = |error: &EntryChangeError| matches!(error, EntryChangeError::Refused(EntryRefusal::Changed(_)));
    let results = at_once(6, |n| {
        let (stores, list, id) = (stores.clone(), list.id, second.id);
        let change = to(1 + i32::try_from(n).unwrap(), &second.tag());
        async move { stores.entries.change(Scope::Service, list, id, change, T0).await }
    })
    .await;
    let won = one_won(results, changed);
    assert_eq!(won, stores.entries.get(owner, list.id, second.id).await.unwrap());

    let mark = stores.mark().await;
    stores.claim(list.id, 2, minute(1)).await;
    let claimed = stores.entries.get(owner, list.id, first.id).await.unwrap().unwrap();
    let stale = stores.entries.change(owner, list.id, first.id, to(9, &first.tag()), minute(2)).await.unwrap_err();
    assert!(changed(&stale), "{stale}");
    let over = stores.entries.change(owner, list.id, first.id, to(9, &claimed.tag()), minute(2)).await.unwrap_err();
    assert!(matches!(over, EntryChangeError::Refused(EntryRefusal::NotWaiting(_))), "{over}");
    assert_eq!(stores.happened_since(mark).await.len(), 2, "the calls, and nothing else");
}

/// As with contacts: cleared once.
pub async fn a_follow_up_is_cleared_as_it_was_read(stores: &Stage) {
    let own = call().ended(CallOutcome::Completed, minute(1)).build();
    stores.calls.add(&own).await.unwrap();
    let new = disposition(&own, Disposition::Callback, minute(2));
    let said = stores.say(&NewDisposition { follow_up_date: Some(minute(60)), ..new }).await;
    let owner = Scope::User(own.user_id);
    let open = stores.follow_ups.follow_up(owner, said.id).await.unwrap().unwrap();
    assert_eq!(stores.follow_ups.follow_up(Scope::User(user()), said.id).await.unwrap(), None);
    let mark = stores.mark().await;
    let stale = stores.follow_ups.clear_follow_up(owner, said.id, &only("x"), minute(3)).await;
    assert!(stale.as_ref().is_err_and(is_changed), "{stale:?}");
    assert_eq!(stores.follow_ups.follow_up(owner, said.id).await.unwrap(), Some(open.clone()));
    assert_eq!(stores.happened_since(mark).await, []);

    let results = at_once(6, |_| {
        let (stores, condition) = (stores.clone(), only(&open.tag()));
        async move { stores.follow_ups.clear_follow_up(owner, said.id, &condition, minute(4)).await }
    })
    .await;
    let won = one_won(results, is_changed).unwrap();
    assert_eq!((won.done_at, won.tag() == open.tag()), (Some(minute(4)), false));
    assert_eq!(stores.follow_ups.follow_up(owner, said.id).await.unwrap(), Some(won));
}
