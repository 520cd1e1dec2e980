//! Campaigns: what is stored comes back, to its owner only, and two people cannot overwrite each other.

use dialer_domain::campaigns::store::CampaignFilter;
use dialer_domain::campaigns::{CampaignPatch, CampaignStats};
use dialer_domain::events::EventKind;
use dialer_domain::rules::{CalleeKind, Purpose};
use dialer_domain::schedule::{ActiveHours, Zone};
use dialer_domain::{Campaign, CampaignStatus, DialingMode, Duration, Page, Scope, StoreError};
use time::macros::datetime;

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{campaign, number, user};

/// Every field, to the microsecond and in any script; an empty text is not a missing one.
pub async fn a_campaign_comes_back_as_it_was_stored(stores: &Stage) {
    let zone: Zone = "Asia/Kolkata".parse().unwrap();
    let rich = campaign()
        .name("Frühling 春 🌱")
        .description("")
        .script("“Namaste”,\n\tमैं … \\ ' \" % _ ;--")
        .mode(DialingMode::Predictive)
        .paused()
        .caller_id(number(7))
        .max_attempts(50)
        .retry_interval(Duration::days(30))
        .hours(ActiveHours::parse("00:00", "24:00").unwrap())
        .timezone(zone)
        .created_at(datetime!(2026-03-02 23:59:59.123_457 UTC));
    let rich = stores.given(rich).await;
    let bare = stores.given(campaign().retry_interval(Duration::ZERO)).await;
    for stored in [rich, bare] {
        let found = stores.campaigns.get(Scope::User(stored.user_id), stored.id).await.unwrap();
        assert_eq!(found, Some(stored));
    }
}

/// The second is refused, and the first stays as it was.
pub async fn an_id_names_one_campaign(stores: &Stage) {
    let first = stores.given(campaign().name("First")).await;
    let mark = stores.mark().await;
    let second = campaign().id(first.id).name("Second").build();
    assert!(matches!(stores.campaigns.add(&second).await, Err(StoreError::Duplicate { .. })));
    assert_eq!(stores.campaign(first.id).await, first);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// Not to be read, listed, changed or deleted.
pub async fn a_stranger_s_campaign_does_not_exist(stores: &Stage) {
    let theirs = stores.given(campaign()).await;
    let mark = stores.mark().await;
    let me = Scope::User(user());
    assert_eq!(stores.campaigns.get(me, theirs.id).await.unwrap(), None);
    let listed = stores.campaigns.list(me, CampaignFilter::default(), everything()).await.unwrap();
    assert_eq!(listed, Page { items: vec![], total: 0 });
    let mine = theirs.patched(CampaignPatch::default(), minute(1)).unwrap();
    assert!(matches!(stores.campaigns.save(me, &mine).await, Err(StoreError::Stale { .. })));
    assert!(!stores.campaigns.delete(me, theirs.id, minute(1)).await.unwrap());
    assert_eq!(stores.campaign(theirs.id).await, theirs);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// All but the owner and the counts, which a save cannot change; the counts come back as they are.
pub async fn a_save_replaces_what_a_person_can_change(stores: &Stage) {
    let (before, _) = stores.given_list_of(campaign().description("old").caller_id(number(1)), 2).await;
    let patch = CampaignPatch {
        name: Some("Sommer ☀".to_owned()),
        description: Some(None),
        mode: Some(DialingMode::Preview),
        purpose: Some(Purpose::Survey),
        callee: Some(CalleeKind::Business),
        status: Some(CampaignStatus::Active),
        caller_id: Some(Some(number(2))),
        script: Some(Some("Hello".to_owned())),
        max_attempts: Some(9),
        retry_interval: Some(60),
        active_hours: Some(ActiveHours::parse("08:30", "20:15").unwrap()),
        timezone: Some("America/St_Johns".parse().unwrap()),
    };
    let at = datetime!(2026-03-02 10:01:02.000_003 UTC);
    let after = before.patched(patch, at).unwrap();
    let stats = CampaignStats { total: 2, pending: 2, ..CampaignStats::default() };
    let tampered = Campaign { user_id: user(), stats: CampaignStats { total: 99, ..stats }, ..after.clone() };
    let saved = stores.campaigns.save(Scope::User(before.user_id), &tampered).await.unwrap();
    assert_eq!(saved, Campaign { stats, ..after });
    assert_eq!(stores.campaign(before.id).await, saved);

    let halted = saved.halted("no caller id", minute(3));
    let halted = stores.campaigns.save(Scope::Service, &halted).await.unwrap();
    assert_eq!(halted.pause_reason.as_deref(), Some("no caller id"));
    assert_eq!(stores.campaign(before.id).await, halted);
}

/// Neither from an older revision, nor from one that was never stored, nor after the campaign is gone.
pub async fn a_save_from_another_revision_changes_nothing(stores: &Stage) {
    let first = stores.given(campaign()).await;
    let owner = Scope::User(first.user_id);
    let second = stores.put(first.id, CampaignStatus::Active, minute(1)).await;
    let mark = stores.mark().await;
    let late = first.patched(CampaignPatch { name: Some("Late".to_owned()), ..Default::default() }, minute(2)).unwrap();
    let ahead = Campaign { revision: second.revision + 2, ..late.clone() };
    for wrong in [&late, &ahead] {
        assert!(matches!(stores.campaigns.save(owner, wrong).await, Err(StoreError::Stale { .. })));
    }
    assert_eq!(stores.campaign(first.id).await, second);
    assert_eq!(stores.happened_since(mark).await, []);
    assert!(stores.campaigns.delete(owner, first.id, minute(3)).await.unwrap());
    let next = second.patched(CampaignPatch::default(), minute(4)).unwrap();
    assert!(matches!(stores.campaigns.save(owner, &next).await, Err(StoreError::Stale { .. })));
}

/// Of many who save from the same revision at once, one succeeds and the others are told.
pub async fn of_many_saves_at_once_one_wins(stores: &Stage) {
    let before = stores.given(campaign()).await;
    let mark = stores.mark().await;
    let results = at_once(8, |n| {
        let (stores, before) = (stores.clone(), before.clone());
        let patch = CampaignPatch { name: Some(format!("Name {n}")), ..CampaignPatch::default() };
        async move { stores.campaigns.save(Scope::Service, &before.patched(patch, minute(1)).unwrap()).await }
    })
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 7));
    assert!(lost.iter().all(|result| matches!(result, Err(StoreError::Stale { .. }))));
    assert_eq!(Some(stores.campaign(before.id).await), won.into_iter().next().and_then(Result::ok));
    assert_eq!(stores.happened_since(mark).await, [EventKind::CampaignUpdated]);
}

/// One's own only, with the size of the whole list on every page, also on one past the end.
pub async fn campaigns_are_listed_latest_first_by_page(stores: &Stage) {
    let me = user();
    let mut mine = Vec::new();
    for minutes in [3, 1, 5, 2, 4] {
        mine.push(stores.given(campaign().owner(me).created_at(minute(minutes))).await);
    }
    stores.given(campaign().created_at(minute(9))).await;
    mine.sort_by_key(|row| std::cmp::Reverse(row.created_at));
    let list = async |offset| {
        stores.campaigns.list(Scope::User(me), CampaignFilter::default(), window(2, offset)).await.unwrap()
    };
    assert_eq!(list(0).await, Page { items: mine[0..2].to_vec(), total: 5 });
    assert_eq!(list(2).await, Page { items: mine[2..4].to_vec(), total: 5 });
    assert_eq!(list(4).await, Page { items: mine[4..5].to_vec(), total: 5 });
    assert_eq!(list(50).await, Page { items: vec![], total: 5 });
    let all = stores.campaigns.list(Scope::Service, CampaignFilter::default(), everything()).await.unwrap();
    assert_eq!(all.total, 6);
}

/// Rows of equal age have a place each, so that no page repeats or loses one.
pub async fn campaigns_made_at_one_instant_are_paged_without_loss(stores: &Stage) {
    let me = user();
    for _ in 0..7 {
        stores.given(campaign().owner(me)).await;
    }
    let mut seen = Vec::new();
    for offset in 0..7 {
        let page = stores.campaigns.list(Scope::User(me), CampaignFilter::default(), window(1, offset)).await.unwrap();
        seen.extend(page.items.into_iter().map(|row| row.id));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7);
}

/// By status, by mode, and by both.
pub async fn campaigns_are_filtered_by_status_and_mode(stores: &Stage) {
    let me = user();
    let power = stores.given(campaign().owner(me).active()).await;
    let manual = stores.given(campaign().owner(me).active().mode(DialingMode::Manual)).await;
    let draft = stores.given(campaign().owner(me).mode(DialingMode::Manual)).await;
    let list = async |status, mode| {
        let filter = CampaignFilter { status, mode };
        let page = stores.campaigns.list(Scope::User(me), filter, everything()).await.unwrap();
        let mut ids: Vec<_> = page.items.iter().map(|row| row.id).collect();
        ids.sort();
        (ids, page.total)
    };
    assert_eq!(list(Some(CampaignStatus::Active), None).await, (vec![power.id, manual.id], 2));
    assert_eq!(list(None, Some(DialingMode::Manual)).await, (vec![manual.id, draft.id], 2));
    assert_eq!(list(Some(CampaignStatus::Draft), Some(DialingMode::Manual)).await, (vec![draft.id], 1));
    assert_eq!(list(Some(CampaignStatus::Archived), None).await, (vec![], 0));
}

/// Everybody's, for the engine, with their present counts.
pub async fn active_campaigns_come_oldest_first(stores: &Stage) {
    let newer = stores.given(campaign().active().created_at(minute(2))).await;
    let (older, _) = stores.given_list_of(campaign().active().created_at(minute(1)), 3).await;
    stores.given(campaign().created_at(minute(0))).await;
    stores.given(campaign().paused().created_at(minute(0))).await;
    let active = stores.campaigns.active().await.unwrap();
    assert_eq!(active.iter().map(|row| row.id).collect::<Vec<_>>(), [older.id, newer.id]);
    assert_eq!(active[0].stats.pending, 3);
}
