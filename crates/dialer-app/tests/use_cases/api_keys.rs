use std::sync::Arc;

use dialer_app::{ApiKeys, KeyRefused, Ports};
use dialer_domain::api_keys::{KeyScope, NewApiKey};
use dialer_domain::{Duration, Principal, Role};
use dialer_testkit::builders::{T0, user};
use dialer_testkit::{FakeClock, MemoryStore, ScriptedTelephony, SeededIds};
use secrecy::ExposeSecret;

struct Desk {
    ports: Ports,
    clock: FakeClock,
}

impl Desk {
    fn open() -> Self {
        let (clock, telephony) = (FakeClock::new(T0), Arc::new(ScriptedTelephony::new()));
        let ids = Arc::new(SeededIds::new(4));
        Self { ports: Ports::on(MemoryStore::new(), telephony, Arc::new(clock.clone()), ids), clock }
    }
}

fn plain() -> NewApiKey {
    NewApiKey { name: "Reports".to_owned(), role: None, scopes: None, expires_at: None }
}

fn supervisor() -> Principal {
    Principal { user: user(), role: Role::Supervisor }
}

#[tokio::test]
async fn a_key_opens_what_its_maker_may_and_only_its_hash_is_kept() {
    let desk = Desk::open();
    let (keys, who) = (ApiKeys::new(desk.ports.clone()), supervisor());
    let (made, secret) = keys.create(who, plain()).await.unwrap();
    assert_eq!((made.role, made.scopes.as_slice()), (Role::Supervisor, [KeyScope::Everything].as_slice()));
    let secret = secret.expose_secret();
    assert_eq!((secret.len(), secret.starts_with("dk_"), secret.starts_with(&made.prefix)), (67, true, true));
    assert_eq!(keys.presented(secret).await.unwrap().principal(), who);
    let stored = keys.get(who, made.id).await.unwrap();
    assert!(!format!("{stored:?}").contains(stored.hash.as_str()));
    assert!(!secret.contains(stored.hash.as_str()));
    let (_, other) = keys.create(who, plain()).await.unwrap();
    assert_ne!(secret, other.expose_secret());
}

#[tokio::test]
async fn a_revoked_key_ends_at_once_here_and_within_ten_seconds_elsewhere() {
    let desk = Desk::open();
    let (here, elsewhere, who) = (ApiKeys::new(desk.ports.clone()), ApiKeys::new(desk.ports.clone()), supervisor());
    let (made, secret) = here.create(who, plain()).await.unwrap();
    let secret = secret.expose_secret();
    for node in [&here, &elsewhere] {
        node.presented(secret).await.unwrap();
    }
    here.revoke(who, made.id).await.unwrap();
    assert!(matches!(here.presented(secret).await, Err(KeyRefused::Revoked)));
    desk.clock.advance(ApiKeys::REMEMBER - Duration::MILLISECOND);
    assert!(elsewhere.presented(secret).await.is_ok(), "remembered");
    desk.clock.advance(Duration::MILLISECOND);
    assert!(matches!(elsewhere.presented(secret).await, Err(KeyRefused::Revoked)));
}

#[tokio::test]
async fn a_key_ends_at_its_time_even_when_it_is_remembered() {
    let desk = Desk::open();
    let (keys, who) = (ApiKeys::new(desk.ports.clone()), supervisor());
    let expires_at = Some(desk.ports.clock.now() + Duration::seconds(5));
    let (_, secret) = keys.create(who, NewApiKey { expires_at, ..plain() }).await.unwrap();
    keys.presented(secret.expose_secret()).await.unwrap();
    desk.clock.advance(Duration::seconds(5));
    assert!(matches!(keys.presented(secret.expose_secret()).await, Err(KeyRefused::Expired)));
}

#[tokio::test]
async fn a_text_that_is_no_key_opens_nothing() {
    let desk = Desk::open();
    let keys = ApiKeys::new(desk.ports.clone());
    let (made, secret) = keys.create(supervisor(), plain()).await.unwrap();
    let mut almost = secret.expose_secret().to_owned();
    let last = if almost.pop() == Some('0') { '1' } else { '0' };
    almost.push(last);
    for text in ["", "dk_", made.prefix.as_str(), made.hash.as_str(), &almost] {
        assert!(matches!(keys.presented(text).await, Err(KeyRefused::Unknown)), "{text}");
    }
}

#[tokio::test]
async fn the_last_use_is_written_at_most_once_a_minute() {
    let desk = Desk::open();
    let (keys, who) = (ApiKeys::new(desk.ports.clone()), supervisor());
    let (made, secret) = keys.create(who, plain()).await.unwrap();
    let begin = desk.ports.clock.now();
    for (seconds, noted) in [(0, 0), (59, 0), (60, 60), (75, 60)] {
        desk.clock.set(begin + Duration::seconds(seconds));
        keys.presented(secret.expose_secret()).await.unwrap();
        let last = keys.get(who, made.id).await.unwrap().last_used_at;
        assert_eq!(last, Some(begin + Duration::seconds(noted)), "after {seconds} s");
    }
}
