//! Voicemail drops: their owner's, changed and counted.

use dialer_domain::audio::AudioShelf;
use dialer_domain::events::EventKind;
use dialer_domain::voicemail_drops::{ChangedDrop, VoicemailDrop, VoicemailDropPatch};
use dialer_domain::{CallId, Scope, StoreError};

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, id, stored_audio, user, voicemail_drop};

/// Heard with us or elsewhere, once.
pub async fn a_drop_comes_back_as_it_was_made(stores: &Stage) {
    let owner = user();
    let audio = stored_audio(AudioShelf::VoicemailDrops);
    let ours = voicemail_drop(owner).patched(&VoicemailDropPatch { audio: Some(audio), ..Default::default() }).unwrap();
    let mark = stores.mark().await;
    for drop in [voicemail_drop(owner), ours] {
        stores.voicemail_drops.add(&drop).await.unwrap();
        assert_eq!(stores.voicemail_drops.get(Scope::User(owner), drop.id).await.unwrap().as_ref(), Some(&drop));
        let again = stores.voicemail_drops.add(&drop).await;
        assert!(matches!(again, Err(StoreError::Duplicate { .. })), "{again:?}");
    }
    assert_eq!(stores.happened_since(mark).await, [EventKind::VoicemailDropAdded; 2]);
}

/// It cannot be read, changed, used or removed.
pub async fn a_stranger_s_drop_does_not_exist(stores: &Stage) {
    let drop = voicemail_drop(user());
    stores.voicemail_drops.add(&drop).await.unwrap();
    let stranger = Scope::User(user());
    let rename = VoicemailDropPatch { name: Some("mine".to_owned()), ..Default::default() };
    assert_eq!(stores.voicemail_drops.get(stranger, drop.id).await.unwrap(), None);
    assert_eq!(stores.voicemail_drops.patch(stranger, drop.id, &rename, T0).await.unwrap(), None);
    assert_eq!(stores.voicemail_drops.count_use(stranger, drop.id, None, T0).await.unwrap(), None);
    assert_eq!(stores.voicemail_drops.remove(stranger, drop.id, T0).await.unwrap(), None);
    assert_eq!(stores.voicemail_drops.list(stranger, everything()).await.unwrap().total, 0);
    assert_eq!(stores.voicemail_drops.get(Scope::Service, drop.id).await.unwrap(), Some(drop));
}

/// By page.
pub async fn drops_are_listed_latest_first(stores: &Stage) {
    let owner = user();
    let mut drops = Vec::new();
    for n in 0..5 {
        let drop = VoicemailDrop { created_at: minute(n / 2), ..voicemail_drop(owner) };
        stores.voicemail_drops.add(&drop).await.unwrap();
        drops.push(drop);
    }
    stores.voicemail_drops.add(&voicemail_drop(user())).await.unwrap();
    drops.sort_by_key(|drop| std::cmp::Reverse((drop.created_at, drop.id)));
    let page = stores.voicemail_drops.list(Scope::User(owner), window(2, 1)).await.unwrap();
    assert_eq!((page.total, page.items.as_slice()), (5, &drops[1..3]));
    let beyond = stores.voicemail_drops.list(Scope::User(owner), window(2, 10)).await.unwrap();
    assert_eq!((beyond.total, beyond.items), (5, Vec::new()));
}

/// The change tells what was there before; one that changes nothing is no step.
pub async fn a_drop_gets_audio_and_other_audio(stores: &Stage) {
    let drop = voicemail_drop(user());
    let me = Scope::User(drop.user_id);
    stores.voicemail_drops.add(&drop).await.unwrap();
    let mark = stores.mark().await;
    let mut before = drop;
    for _ in 0..2 {
        let patch = VoicemailDropPatch {
            name: Some("Other".to_owned()),
            audio_url: Some("/drops/1".to_owned()),
            duration: Some(31),
            audio: Some(stored_audio(AudioShelf::VoicemailDrops)),
            ..VoicemailDropPatch::default()
        };
        let after = before.patched(&patch).unwrap();
        let changed = stores.voicemail_drops.patch(me, before.id, &patch, T0).await.unwrap();
        assert_eq!(changed, Some(ChangedDrop { before, after: after.clone() }));
        assert_eq!(stores.voicemail_drops.get(me, after.id).await.unwrap().as_ref(), Some(&after));
        before = after;
    }
    stores.voicemail_drops.patch(me, before.id, &VoicemailDropPatch::default(), T0).await.unwrap();
    let away = VoicemailDropPatch { audio_url: Some("https://example.com/x".to_owned()), ..Default::default() };
    let changed = stores.voicemail_drops.patch(me, before.id, &away, T0).await.unwrap().unwrap();
    assert!(changed.before.storage_key.is_some() && changed.after.storage_key.is_none());
    assert_eq!(stores.voicemail_drops.get(me, before.id).await.unwrap(), Some(changed.after));
    assert_eq!(stores.happened_since(mark).await, [EventKind::VoicemailDropUpdated; 3]);
}

/// However many count at once, and each with its event.
pub async fn uses_at_once_are_all_counted(stores: &Stage) {
    const USES: usize = 8;
    let drop = voicemail_drop(user());
    let me = Scope::User(drop.user_id);
    stores.voicemail_drops.add(&drop).await.unwrap();
    let mark = stores.mark().await;
    let call = id(CallId::new);
    let counted = at_once(USES, |_| {
        let stores = stores.clone();
        async move { stores.voicemail_drops.count_use(me, drop.id, Some(call), T0).await.unwrap().unwrap().usage_count }
    });
    let mut counts = counted.await;
    counts.sort_unstable();
    assert_eq!(counts, (1..=8).collect::<Vec<u64>>());
    assert_eq!(stores.voicemail_drops.get(me, drop.id).await.unwrap().unwrap().usage_count, 8);
    let told = stores.since(mark).await;
    assert_eq!(told.len(), USES);
    assert!(told.iter().all(|event| event.kind == EventKind::VoicemailDropUsed && event.call_id == Some(call)));
}

/// Once.
pub async fn a_removed_drop_is_gone(stores: &Stage) {
    let drop = voicemail_drop(user());
    let me = Scope::User(drop.user_id);
    stores.voicemail_drops.add(&drop).await.unwrap();
    let mark = stores.mark().await;
    assert_eq!(stores.voicemail_drops.remove(me, drop.id, T0).await.unwrap(), Some(drop.clone()));
    assert_eq!(stores.voicemail_drops.remove(me, drop.id, T0).await.unwrap(), None);
    assert_eq!(stores.voicemail_drops.get(me, drop.id).await.unwrap(), None);
    assert_eq!(stores.happened_since(mark).await, [EventKind::VoicemailDropRemoved]);
}
