//! Requests that carry a key are carried out once.

use dialer_domain::campaigns::store::CampaignFilter;
use dialer_domain::idempotency::{Begun, IdempotencyKey, KeyedRequest, StoredAnswer, UnitOfWork};
use dialer_domain::{Campaign, Duration, OffsetDateTime, Scope, Stores, UserId};

use super::Stage;
use super::scene::{at_once, everything, minute};
use crate::builders::{T0, campaign, contact, id, user};

/// A request under `key`, asked at `now`.
fn request(who: UserId, key: &str, now: OffsetDateTime) -> KeyedRequest {
    let key = IdempotencyKey::parse(key).unwrap();
    KeyedRequest { id: id(|uuid| uuid), user: who, key, fingerprint: "what was asked".to_owned(), now }
}

fn answer(body: &str) -> StoredAnswer {
    StoredAnswer {
        status: 201,
        headers: [("content-type".to_owned(), "application/json".to_owned())].into(),
        body: body.to_owned(),
    }
}

/// The unit of work of a request that is new.
async fn fresh(stores: &Stores, request: KeyedRequest) -> Box<dyn UnitOfWork> {
    match stores.idempotency.begin(request).await.unwrap() {
        Begun::Fresh(unit) => unit,
        other => panic!("it should be new: {other:?}"),
    }
}

/// The answer of a request that was carried out.
async fn replayed(stores: &Stores, request: KeyedRequest) -> StoredAnswer {
    match stores.idempotency.begin(request).await.unwrap() {
        Begun::Replay(answer) => answer,
        other => panic!("it should be known: {other:?}"),
    }
}

async fn is_stored(stores: &Stores, campaign: &Campaign) -> bool {
    stores.campaigns.get(Scope::Service, campaign.id).await.unwrap().is_some()
}

pub async fn a_request_is_answered_again_as_it_was_answered_first(stores: &Stage) {
    let who = user();
    let first = fresh(stores, request(who, "one", T0)).await;
    let mut given = answer("{\"name\": \"Žofie ☎\"}");
    given.headers.insert("location".to_owned(), "/somewhere".to_owned());
    first.commit(given.clone()).await.unwrap();
    assert_eq!(replayed(stores, request(who, "one", minute(1))).await, given);
    assert_eq!(replayed(stores, request(who, "one", minute(2))).await, given);
}

pub async fn what_a_unit_writes_is_stored_with_its_answer(stores: &Stage) {
    let list = campaign().build();
    let scope = Scope::User(list.user_id);
    let unit = fresh(stores, request(list.user_id, "one", T0)).await;
    let inside = unit.stores();
    inside.campaigns.add(&list).await.unwrap();
    let people = vec![contact(list.id).build(), contact(list.id).build()];
    assert_eq!(inside.contacts.import(scope, list.id, people).await.unwrap().added.len(), 2);
    let seen = inside.campaigns.get(scope, list.id).await.unwrap().unwrap();
    assert_eq!(seen.stats.total, 2, "a unit sees what it wrote");
    assert!(inside.campaigns.active().await.unwrap().is_empty(), "the service's view is the same");
    drop(inside);
    unit.commit(answer("{}")).await.unwrap();
    let after = stores.campaigns.get(scope, list.id).await.unwrap().unwrap();
    assert_eq!(after.stats.total, 2);
    assert_eq!(stores.events.since(scope, 0, 10).await.unwrap().len(), 2);
}

pub async fn a_unit_that_is_not_committed_has_not_happened(stores: &Stage) {
    let list = campaign().build();
    let unit = fresh(stores, request(list.user_id, "one", T0)).await;
    let inside = unit.stores();
    inside.campaigns.add(&list).await.unwrap();
    drop(unit);
    drop(inside);
    assert!(!is_stored(stores, &list).await);
    assert_eq!(stores.events.since(Scope::Service, 0, 10).await.unwrap(), vec![]);
    let again = fresh(stores, request(list.user_id, "one", minute(1))).await;
    again.stores().campaigns.add(&list).await.unwrap();
    again.commit(answer("{}")).await.unwrap();
    assert!(is_stored(stores, &list).await);
}

pub async fn a_refused_write_inside_of_a_unit_spoils_nothing_else(stores: &Stage) {
    let (list, other) = (campaign().build(), campaign().build());
    let unit = fresh(stores, request(list.user_id, "one", T0)).await;
    let inside = unit.stores();
    inside.campaigns.add(&list).await.unwrap();
    inside.campaigns.add(&list).await.unwrap_err();
    let nowhere = inside.contacts.import(Scope::User(list.user_id), other.id, vec![contact(other.id).build()]).await;
    nowhere.unwrap_err();
    let owned = Campaign { user_id: list.user_id, ..other };
    inside.campaigns.add(&owned).await.unwrap();
    unit.commit(answer("{}")).await.unwrap();
    assert!(is_stored(stores, &list).await && is_stored(stores, &owned).await);
}

pub async fn a_key_that_is_used_for_another_request_is_told(stores: &Stage) {
    let who = user();
    fresh(stores, request(who, "one", T0)).await.commit(answer("{}")).await.unwrap();
    let other = KeyedRequest { fingerprint: "something else".to_owned(), ..request(who, "one", minute(1)) };
    assert!(matches!(stores.idempotency.begin(other).await.unwrap(), Begun::Mismatch));
}

pub async fn keys_of_different_users_have_nothing_to_do_with_each_other(stores: &Stage) {
    let (one, another) = (user(), user());
    fresh(stores, request(one, "one", T0)).await.commit(answer("1")).await.unwrap();
    fresh(stores, request(another, "one", T0)).await.commit(answer("2")).await.unwrap();
    assert_eq!(replayed(stores, request(one, "one", T0)).await.body, "1");
    assert_eq!(replayed(stores, request(another, "one", T0)).await.body, "2");
}

pub async fn an_answer_is_forgotten_after_a_day(stores: &Stage) {
    let who = user();
    fresh(stores, request(who, "one", T0)).await.commit(answer("old")).await.unwrap();
    let day = T0 + Duration::hours(24);
    assert_eq!(replayed(stores, request(who, "one", day - Duration::seconds(1))).await.body, "old");
    fresh(stores, request(who, "one", day)).await.commit(answer("new")).await.unwrap();
    assert_eq!(replayed(stores, request(who, "one", day)).await.body, "new");
}

pub async fn an_answer_that_becomes_known_later_takes_the_place_of_the_first(stores: &Stage) {
    let who = user();
    let key = IdempotencyKey::parse("one").unwrap();
    stores.idempotency.amend(who, &key, answer("too early")).await.unwrap();
    fresh(stores, request(who, "one", T0)).await.commit(answer("accepted")).await.unwrap();
    stores.idempotency.amend(user(), &key, answer("somebody else's")).await.unwrap();
    assert_eq!(replayed(stores, request(who, "one", T0)).await.body, "accepted");
    stores.idempotency.amend(who, &key, answer("done")).await.unwrap();
    assert_eq!(replayed(stores, request(who, "one", T0)).await.body, "done");
}

pub async fn many_requests_with_one_key_at_once_are_carried_out_once(stores: &Stage) {
    let list = campaign().build();
    let outcomes = at_once(8, |n| {
        let (stores, list) = (stores.clone(), list.clone());
        async move {
            match stores.idempotency.begin(request(list.user_id, "one", T0)).await.unwrap() {
                Begun::Fresh(unit) => {
                    unit.stores().campaigns.add(&list).await.unwrap();
                    unit.commit(answer(&n.to_string())).await.unwrap();
                    (true, n.to_string())
                }
                Begun::Replay(answer) => (false, answer.body),
                Begun::Mismatch => panic!("they are the same"),
            }
        }
    })
    .await;
    assert_eq!(outcomes.iter().filter(|(carried_out, _)| *carried_out).count(), 1);
    assert!(outcomes.iter().all(|(_, body)| *body == outcomes[0].1), "{outcomes:?}");
    let page = stores.campaigns.list(Scope::User(list.user_id), CampaignFilter::default(), everything()).await.unwrap();
    assert_eq!(page.total, 1);
}

pub async fn a_stranger_s_rows_do_not_exist_inside_of_a_unit(stores: &Stage) {
    let list = campaign().build();
    stores.campaigns.add(&list).await.unwrap();
    let stranger = user();
    let unit = fresh(stores, request(stranger, "one", T0)).await;
    let inside = unit.stores();
    assert_eq!(inside.campaigns.get(Scope::User(stranger), list.id).await.unwrap(), None);
    assert!(!inside.campaigns.delete(Scope::User(stranger), list.id, T0).await.unwrap());
    assert!(inside.campaigns.get(Scope::Service, list.id).await.unwrap().is_some());
    assert_eq!(inside.campaigns.get(Scope::User(stranger), list.id).await.unwrap(), None);
    drop(inside);
    unit.commit(answer("{}")).await.unwrap();
    assert!(is_stored(stores, &list).await);
}
