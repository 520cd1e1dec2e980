//! API keys: kept by their hash, seen by their owner, ended once.

use dialer_domain::api_keys::{Access, ApiKey, Area, KeyScope};
use dialer_domain::events::EventKind;
use dialer_domain::{Duration, Page, Role, Scope, StoreError};
use serde_json::json;
use time::macros::datetime;

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, api_key, user};

/// Every field, to the microsecond and in any script.
pub async fn a_key_comes_back_as_it_was_made(stores: &Stage) {
    let rich = ApiKey {
        name: "Schlüssel 鍵 🔑".to_owned(),
        role: Role::Admin,
        scopes: vec![KeyScope::Only(Area::Calls, Access::Read), KeyScope::Only(Area::VoicemailDrops, Access::Write)],
        expires_at: Some(datetime!(2027-03-02 10:00:00.123_457 UTC)),
        created_at: datetime!(2026-03-02 23:59:59.000_001 UTC),
        ..api_key(user())
    };
    for made in [rich, api_key(user())] {
        stores.api_keys.add_key(&made).await.unwrap();
        let owner = Scope::User(made.user_id);
        assert_eq!(stores.api_keys.key(owner, made.id).await.unwrap().as_ref(), Some(&made));
        assert_eq!(stores.api_keys.key_by_hash(&made.hash).await.unwrap(), Some(made));
    }
    assert_eq!(stores.api_keys.key_by_hash(&api_key(user()).hash).await.unwrap(), None);
}

/// Two keys with one hash would be one key with two owners.
pub async fn a_hash_names_one_key(stores: &Stage) {
    let first = api_key(user());
    stores.api_keys.add_key(&first).await.unwrap();
    let mark = stores.mark().await;
    let second = ApiKey { hash: first.hash.clone(), ..api_key(user()) };
    assert!(matches!(stores.api_keys.add_key(&second).await, Err(StoreError::Duplicate { .. })));
    assert_eq!(stores.api_keys.key_by_hash(&first.hash).await.unwrap(), Some(first));
    assert_eq!(stores.happened_since(mark).await, []);
}

/// Not to be read, listed or ended.
pub async fn a_stranger_s_key_does_not_exist(stores: &Stage) {
    let theirs = api_key(user());
    stores.api_keys.add_key(&theirs).await.unwrap();
    let mark = stores.mark().await;
    let me = Scope::User(user());
    assert_eq!(stores.api_keys.key(me, theirs.id).await.unwrap(), None);
    assert_eq!(stores.api_keys.keys(me, everything()).await.unwrap(), Page { items: vec![], total: 0 });
    assert_eq!(stores.api_keys.revoke_key(me, theirs.id, minute(1)).await.unwrap(), None);
    assert_eq!(stores.api_keys.key(Scope::User(theirs.user_id), theirs.id).await.unwrap(), Some(theirs));
    assert_eq!(stores.happened_since(mark).await, []);
}

/// Those that have ended stay in the list.
pub async fn keys_are_listed_latest_first_by_page(stores: &Stage) {
    let owner = user();
    let mut made = Vec::new();
    for n in 0..5 {
        // Two of them at one instant.
        let key = ApiKey { created_at: minute(n / 2), ..api_key(owner) };
        stores.api_keys.add_key(&key).await.unwrap();
        made.insert(0, key);
    }
    stores.api_keys.add_key(&api_key(user())).await.unwrap();
    let scope = Scope::User(owner);
    made[1] = stores.api_keys.revoke_key(scope, made[1].id, minute(9)).await.unwrap().unwrap();
    for (offset, expected) in [(0, &made[0..2]), (2, &made[2..4]), (4, &made[4..]), (5, &made[5..])] {
        let page = stores.api_keys.keys(scope, window(2, offset)).await.unwrap();
        assert_eq!((page.items.as_slice(), page.total), (expected, 5));
    }
}

/// And for good: a second time changes nothing and tells nobody.
pub async fn a_key_is_ended_once(stores: &Stage) {
    let key = api_key(user());
    stores.api_keys.add_key(&key).await.unwrap();
    let owner = Scope::User(key.user_id);
    let revoked = stores.api_keys.revoke_key(owner, key.id, minute(1)).await.unwrap().unwrap();
    assert_eq!(revoked, ApiKey { revoked_at: Some(minute(1)), ..key.clone() });
    assert_eq!(stores.api_keys.revoke_key(owner, key.id, minute(2)).await.unwrap().as_ref(), Some(&revoked));
    assert_eq!(stores.api_keys.key_by_hash(&key.hash).await.unwrap(), Some(revoked));
    let told = stores.events.since(owner, 0, 9).await.unwrap();
    let kinds: Vec<_> = told.iter().map(|told| (told.event.kind, told.event.at)).collect();
    assert_eq!(kinds, [(EventKind::ApiKeyCreated, T0), (EventKind::ApiKeyRevoked, minute(1))]);
    assert!(told.iter().all(|told| told.event.data.get("api_key_id") == Some(&json!(key.id))));
    let text = format!("{told:?}");
    assert!(!text.contains(key.hash.as_str()) && !text.contains(&key.prefix), "{text}");
}

/// However many end it at once, one event tells of it.
pub async fn a_key_ended_by_many_at_once_is_ended_once(stores: &Stage) {
    let key = api_key(user());
    stores.api_keys.add_key(&key).await.unwrap();
    let owner = Scope::User(key.user_id);
    let id = key.id;
    let ended = at_once(8, |n| {
        let stores = stores.clone();
        async move {
            let at = minute(i64::try_from(n).unwrap() + 1);
            stores.api_keys.revoke_key(owner, id, at).await.unwrap().unwrap().revoked_at
        }
    })
    .await;
    let kept = stores.api_keys.key(owner, id).await.unwrap().unwrap().revoked_at;
    assert!(ended.iter().all(|at| *at == kept));
    assert_eq!(stores.events.since(owner, 0, 9).await.unwrap().len(), 2);
}

/// Only when the one noted is old enough, and without an event.
pub async fn the_last_use_of_a_key_is_noted_now_and_then(stores: &Stage) {
    let key = api_key(user());
    stores.api_keys.add_key(&key).await.unwrap();
    let owner = Scope::User(key.user_id);
    let mark = stores.mark().await;
    for (at, noted) in [(minute(0), minute(0)), (minute(1), minute(1)), (minute(1) + Duration::SECOND, minute(1))] {
        stores.api_keys.note_key_use(key.id, at, at - Duration::MINUTE).await.unwrap();
        assert_eq!(stores.api_keys.key(owner, key.id).await.unwrap().unwrap().last_used_at, Some(noted));
    }
    assert_eq!(stores.happened_since(mark).await, []);
}
