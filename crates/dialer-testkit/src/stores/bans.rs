//! Emergency bans: ordered, ended early, and kept.

use dialer_domain::bans::OrderedBan;
use dialer_domain::events::EventKind;
use dialer_domain::rules::Ban;
use dialer_domain::{Duration, Scope, StoreError};
use time::macros::datetime;

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, ban, user};

/// To the microsecond, of a country or a part of one, with or without words.
pub async fn a_ban_comes_back_as_it_was_ordered(stores: &Stage) {
    let owner = user();
    let given = Ban {
        reason: Some("Ordre préfectoral nº 7 – 禁".to_owned()),
        jurisdiction: "FR".parse().unwrap(),
        starts_at: datetime!(2026-03-03 00:00:00.000_001 UTC),
        ..ban(owner)
    };
    let silent = Ban { reason: None, created_by: None, ..ban(owner) };
    for ban in [given, silent] {
        stores.bans.order_ban(&ban).await.unwrap();
        let found = stores.bans.ban(Scope::User(owner), ban.id).await.unwrap();
        assert_eq!(found, Some(OrderedBan::new(ban.clone())));
        let twice = stores.bans.order_ban(&ban).await;
        assert!(matches!(twice, Err(StoreError::Duplicate { .. })), "{twice:?}");
    }
}

/// Its owner, or everybody, those who come later included.
pub async fn a_ban_binds_its_owner_or_everybody(stores: &Stage) {
    let (owner, stranger) = (user(), user());
    let own = ban(owner);
    let all = Ban { user_id: None, starts_at: minute(1), created_by: Some(stranger), ..ban(owner) };
    for ban in [&all, &own] {
        stores.bans.order_ban(ban).await.unwrap();
    }
    assert_eq!(stores.bans.bans_binding(owner, T0).await.unwrap(), [own.clone(), all.clone()]);
    assert_eq!(stores.bans.bans_binding(stranger, T0).await.unwrap(), std::slice::from_ref(&all));
    assert_eq!(stores.bans.bans_binding(user(), T0).await.unwrap(), std::slice::from_ref(&all));
    let seen = async |scope| {
        let page = stores.bans.bans(scope, None, everything()).await.unwrap();
        page.items.into_iter().map(|row| row.ban.id).collect::<Vec<_>>()
    };
    assert_eq!(seen(Scope::User(stranger)).await, [all.id]);
    assert_eq!(seen(Scope::User(owner)).await, [all.id, own.id]);
    assert_eq!(seen(Scope::Service).await, [all.id, own.id]);
    assert_eq!(stores.bans.ban(Scope::User(stranger), own.id).await.unwrap(), None);
    assert!(stores.bans.ban(Scope::User(stranger), all.id).await.unwrap().is_some());
}

/// From the order on until its end, so that it can be planned around; not a moment longer.
pub async fn a_ban_stands_until_its_end(stores: &Stage) {
    let owner = user();
    let coming = Ban { starts_at: T0 + Duration::DAY, ends_at: T0 + Duration::days(2), ..ban(owner) };
    stores.bans.order_ban(&coming).await.unwrap();
    let last = coming.ends_at - Duration::MICROSECOND;
    for now in [T0, coming.starts_at, last] {
        assert_eq!(stores.bans.bans_binding(owner, now).await.unwrap(), std::slice::from_ref(&coming));
        assert_eq!(stores.bans.bans(Scope::User(owner), Some(now), everything()).await.unwrap().total, 1);
    }
    assert_eq!(stores.bans.bans_binding(owner, coming.ends_at).await.unwrap(), []);
    assert_eq!(stores.bans.bans(Scope::User(owner), Some(coming.ends_at), everything()).await.unwrap().total, 0);
    assert_eq!(stores.bans.bans(Scope::User(owner), None, everything()).await.unwrap().total, 1);
}

/// It binds nobody any more and stays in the list, with who ended it; once, and not after its own end.
pub async fn a_ban_is_ended_once_and_kept(stores: &Stage) {
    let (owner, scope) = (user(), |user| Scope::User(user));
    let first = ban(owner);
    stores.bans.order_ban(&first).await.unwrap();
    let mark = stores.mark().await;
    assert_eq!(stores.bans.end_ban(scope(user()), first.id, None, minute(1)).await.unwrap(), None);
    let ended = OrderedBan { ended_at: Some(minute(2)), ended_by: Some(owner), ..OrderedBan::new(first.clone()) };
    for now in [minute(2), minute(3)] {
        let again = stores.bans.end_ban(scope(owner), first.id, Some(owner), now).await.unwrap();
        assert_eq!(again.as_ref(), Some(&ended));
    }
    assert_eq!(stores.bans.bans_binding(owner, minute(2)).await.unwrap(), []);
    assert_eq!(stores.bans.ban(scope(owner), first.id).await.unwrap(), Some(ended));
    let told = stores.since(mark).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind, told[0].user_id, told[0].at), (EventKind::BanEnded, owner, minute(2)));

    let over = ban(owner);
    stores.bans.order_ban(&over).await.unwrap();
    let late = stores.bans.end_ban(scope(owner), over.id, Some(owner), over.ends_at).await.unwrap();
    assert_eq!(late, Some(OrderedBan::new(over)));
}

/// The service, on behalf of an admin; a user cannot.
pub async fn a_ban_for_everybody_is_ended_by_the_service(stores: &Stage) {
    let admin = user();
    let all = Ban { user_id: None, ..ban(admin) };
    stores.bans.order_ban(&all).await.unwrap();
    assert_eq!(stores.bans.end_ban(Scope::User(admin), all.id, Some(admin), minute(1)).await.unwrap(), None);
    assert_eq!(stores.bans.bans_binding(user(), minute(1)).await.unwrap(), std::slice::from_ref(&all));
    stores.bans.end_ban(Scope::Service, all.id, Some(admin), minute(2)).await.unwrap().unwrap();
    assert_eq!(stores.bans.bans_binding(user(), minute(2)).await.unwrap(), []);
}

/// One step of the log each, in the log of whom it binds.
pub async fn a_ban_leaves_an_event_that_says_where(stores: &Stage) {
    let owner = user();
    stores.bans.order_ban(&ban(owner)).await.unwrap();
    let events = stores.events().await;
    assert_eq!(events.len(), 1);
    let told = &events[0].event;
    assert_eq!((told.kind, told.user_id, told.at), (EventKind::BanOrdered, owner, T0));
    assert_eq!((&told.data["jurisdiction"], &told.data["everybody"]), (&"US-LA".into(), &false.into()));
    assert_eq!(told.data["by"], serde_json::json!(owner));
    let on_the_machine = Ban { user_id: None, created_by: None, ..ban(owner) };
    stores.bans.order_ban(&on_the_machine).await.unwrap();
    assert_eq!(stores.events().await[1].event.data["everybody"], true);
}

/// The one that begins last first, page by page.
pub async fn bans_are_listed_by_their_beginning(stores: &Stage) {
    let owner = user();
    let mut bans = Vec::new();
    for n in 0..5 {
        let ban = Ban { starts_at: minute(n), ..ban(owner) };
        stores.bans.order_ban(&ban).await.unwrap();
        bans.insert(0, OrderedBan::new(ban));
    }
    let page = stores.bans.bans(Scope::User(owner), Some(T0), window(2, 1)).await.unwrap();
    assert_eq!((page.total, page.items.as_slice()), (5, &bans[1..3]));
}

/// Of many who end a ban at once one does.
pub async fn a_ban_ended_by_many_at_once_is_ended_once(stores: &Stage) {
    let owner = user();
    let one = ban(owner);
    stores.bans.order_ban(&one).await.unwrap();
    let mark = stores.mark().await;
    let ended = at_once(6, |n| {
        let (stores, id) = (stores.clone(), one.id);
        let now = minute(i64::try_from(n).unwrap());
        async move { stores.bans.end_ban(Scope::User(owner), id, Some(owner), now).await.unwrap().unwrap() }
    })
    .await;
    assert!(ended.iter().all(|row| *row == ended[0]));
    assert_eq!(stores.since(mark).await.len(), 1);
}
