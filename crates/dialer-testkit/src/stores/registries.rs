//! Copies of registers: loaded by batches, in force as a whole, replaced as a whole.

use dialer_domain::events::EventKind;
use dialer_domain::registries::store::CopyFilter;
use dialer_domain::registries::{CopyStatus, Listed, Registry, RegistryCopy};
use dialer_domain::{Duration, PhoneNumber, Scope, StoreError, UserId};
use time::Date;
use time::macros::date;

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, listed_number, number, registry_copy, user};

impl Stage {
    /// Loads a copy with these numbers and puts it into force.
    async fn in_force(&self, copy: &RegistryCopy, numbers: &[PhoneNumber]) -> RegistryCopy {
        self.registries.begin_copy(copy).await.unwrap();
        let numbers: Vec<Listed> = numbers.iter().map(listed_number).collect();
        let added = self.registries.load_numbers(copy.id, numbers).await.unwrap();
        let loaded = RegistryCopy { numbers: added, ..copy.clone() };
        self.registries.activate_copy(&loaded, copy.created_at).await.unwrap()
    }

    /// What each copy in force says of a number: its register, and whether the number stands there.
    async fn says(&self, owner: UserId, number: &PhoneNumber) -> Vec<(Registry, bool)> {
        let mut listings = self.registries.listings(owner, vec![number.clone()]).await.unwrap();
        assert_eq!(listings.len(), 1);
        listings.remove(0).into_iter().map(|listing| (listing.copy.registry, listing.is_listed)).collect()
    }

    async fn status(&self, copy: &RegistryCopy) -> CopyStatus {
        let all = self.registries.copies(Scope::Service, CopyFilter::default(), everything()).await.unwrap();
        all.items.into_iter().find(|row| row.id == copy.id).unwrap().status
    }
}

fn registry(name: &str) -> Registry {
    name.parse().unwrap()
}

/// From its beginning to its coming into force, with everything that is known of it and with nothing but what must be.
pub async fn a_copy_comes_back_as_it_was_loaded(stores: &Stage) {
    let owner = user();
    let begun = registry_copy(owner);
    stores.registries.begin_copy(&begun).await.unwrap();
    let all = CopyFilter::default();
    let listed = stores.registries.copies(Scope::User(owner), all.clone(), everything()).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&begun));
    assert_eq!(stores.registries.copies_in_force(owner).await.unwrap(), [], "not before it is loaded");
    let loaded =
        RegistryCopy { numbers: 7, broken: 2, file_hash: Some("0a1b2c".repeat(8)), file_name: None, ..begun.clone() };
    let active = stores.registries.activate_copy(&loaded, minute(1)).await.unwrap();
    let expected =
        RegistryCopy { status: CopyStatus::Active, imported_at: Some(minute(1)), file_name: begun.file_name, ..loaded };
    assert_eq!(active, expected);
    assert_eq!(stores.registries.copies_in_force(owner).await.unwrap(), std::slice::from_ref(&active));
    let bare = RegistryCopy { user_id: None, created_by: None, file_name: None, ..registry_copy(owner) };
    stores.registries.begin_copy(&bare).await.unwrap();
    let listed = stores.registries.copies(Scope::Service, all, everything()).await.unwrap();
    assert_eq!((listed.total, &listed.items[0]), (2, &bare));
    let twice = stores.registries.begin_copy(&bare).await;
    assert!(matches!(twice, Err(StoreError::Duplicate { .. })), "{twice:?}");
}

/// Each number once, with the day since which it stands there where the file says it; all of a batch of ten thousand.
pub async fn a_number_is_found_in_the_copies_that_list_it(stores: &Stage) {
    let owner = user();
    let copy = registry_copy(owner);
    stores.registries.begin_copy(&copy).await.unwrap();
    let since = Listed { phone_number: number(1), since: Some(date!(2019 - 02 - 28)) };
    let batch = vec![since, listed_number(&number(2)), listed_number(&number(1))];
    assert_eq!(stores.registries.load_numbers(copy.id, batch).await.unwrap(), 2);
    assert_eq!(stores.registries.load_numbers(copy.id, vec![listed_number(&number(2))]).await.unwrap(), 0);
    let many = (3..10_003).map(|n| listed_number(&number(n))).collect();
    assert_eq!(stores.registries.load_numbers(copy.id, many).await.unwrap(), 10_000);
    let copy = stores.registries.activate_copy(&copy, minute(1)).await.unwrap();
    let tps = RegistryCopy { registry: registry("uk-tps"), ..registry_copy(owner) };
    stores.in_force(&tps, &[number(2)]).await;

    let asked = vec![number(1), number(20_000), number(2), number(1), number(10_002)];
    let told = stores.registries.listings(owner, asked).await.unwrap();
    let said: Vec<(&str, bool, Option<Date>)> = told
        .iter()
        .flatten()
        .map(|listing| (listing.copy.registry.as_str(), listing.is_listed, listing.since))
        .collect();
    let known = ("us-dnc", true, Some(date!(2019 - 02 - 28)));
    let (neither, tps, dnc) = (("uk-tps", false, None), ("uk-tps", true, None), ("us-dnc", true, None));
    let free = ("us-dnc", false, None);
    assert_eq!(said, [neither, known, neither, free, tps, dnc, neither, known, neither, dnc]);
    assert_eq!(told[0][1].copy, copy);
    assert_eq!(stores.registries.listings(owner, Vec::new()).await.unwrap(), Vec::<Vec<_>>::new());
    assert_eq!(stores.says(user(), &number(1)).await, [], "a stranger has no copy");
}

/// Until it is in force as a whole, the one before answers; then none of the one before does.
pub async fn a_later_copy_takes_the_place_of_the_one_before_as_a_whole(stores: &Stage) {
    let owner = user();
    let first = stores.in_force(&registry_copy(owner), &[number(1), number(2)]).await;
    let second = RegistryCopy { created_at: minute(1), ..registry_copy(owner) };
    stores.registries.begin_copy(&second).await.unwrap();
    let numbers = vec![listed_number(&number(2)), listed_number(&number(3))];
    stores.registries.load_numbers(second.id, numbers).await.unwrap();
    let dnc = |listed| [(registry("us-dnc"), listed)];
    assert_eq!(stores.says(owner, &number(1)).await, dnc(true));
    assert_eq!(stores.says(owner, &number(3)).await, dnc(false));
    stores.registries.activate_copy(&second, minute(2)).await.unwrap();
    assert_eq!(stores.says(owner, &number(1)).await, dnc(false));
    assert_eq!(stores.says(owner, &number(3)).await, dnc(true));
    assert_eq!(stores.status(&first).await, CopyStatus::Superseded);
    let filter = CopyFilter { registry: None, status: Some(CopyStatus::Active) };
    assert_eq!(stores.registries.copies(Scope::User(owner), filter, everything()).await.unwrap().total, 1);
}

/// One that is refused, or that breaks off, leaves the one before in force.
pub async fn a_copy_that_fails_changes_nothing(stores: &Stage) {
    let owner = user();
    let good = stores.in_force(&registry_copy(owner), &[number(1)]).await;
    let bad = registry_copy(owner);
    stores.registries.begin_copy(&bad).await.unwrap();
    stores.registries.load_numbers(bad.id, vec![listed_number(&number(2))]).await.unwrap();
    let counted = RegistryCopy { numbers: 1, broken: 99, ..bad.clone() };
    assert!(stores.registries.fail_copy(&counted, minute(1)).await.unwrap());
    assert!(!stores.registries.fail_copy(&counted, minute(2)).await.unwrap());
    assert_eq!(stores.says(owner, &number(2)).await, [(registry("us-dnc"), false)]);
    assert_eq!(stores.registries.copies_in_force(owner).await.unwrap(), [good]);
    let late = stores.registries.load_numbers(bad.id, vec![listed_number(&number(3))]).await;
    assert!(matches!(late, Err(StoreError::Stale { .. })), "{late:?}");
    let late = stores.registries.activate_copy(&bad, minute(3)).await;
    assert!(matches!(late, Err(StoreError::Stale { .. })), "{late:?}");
}

/// A load that was given up without a word does not stand in the way of the next; and it cannot go on beside it.
pub async fn a_load_that_begins_anew_ends_the_one_before(stores: &Stage) {
    let owner = user();
    let (lost, next) = (registry_copy(owner), registry_copy(owner));
    let others = RegistryCopy { registry: registry("ca-dncl"), ..registry_copy(owner) };
    let stranger = registry_copy(user());
    for copy in [&lost, &others, &stranger, &next] {
        stores.registries.begin_copy(copy).await.unwrap();
    }
    let late = stores.registries.load_numbers(lost.id, vec![listed_number(&number(1))]).await;
    assert!(matches!(late, Err(StoreError::Stale { .. })), "{late:?}");
    assert_eq!(stores.status(&lost).await, CopyStatus::Failed);
    for copy in [others, stranger, next] {
        assert_eq!(stores.registries.load_numbers(copy.id, vec![listed_number(&number(1))]).await.unwrap(), 1);
    }
}

/// Everybody's binds whoever has none of their own, and of two the later one binds.
pub async fn everybody_s_copy_binds_beside_own_ones(stores: &Stage) {
    let (owner, stranger) = (user(), user());
    let shared = RegistryCopy { user_id: None, ..registry_copy(owner) };
    let shared = stores.in_force(&shared, &[number(1)]).await;
    assert_eq!(stores.registries.copies_in_force(stranger).await.unwrap(), std::slice::from_ref(&shared));
    assert_eq!(stores.says(stranger, &number(1)).await, [(registry("us-dnc"), true)]);
    let own = stores.in_force(&registry_copy(owner), &[number(2)]).await;
    assert_eq!(stores.registries.copies_in_force(owner).await.unwrap(), [own], "of the same day, the own one");
    assert_eq!(stores.says(owner, &number(1)).await, [(registry("us-dnc"), false)]);
    let later = RegistryCopy { user_id: None, copied_on: (T0 + Duration::DAY).date(), ..registry_copy(owner) };
    let later = stores.in_force(&later, &[number(3)]).await;
    assert_eq!(stores.registries.copies_in_force(owner).await.unwrap(), [later]);
    assert_eq!(stores.status(&shared).await, CopyStatus::Superseded);
    let seen = stores.registries.copies(Scope::User(stranger), CopyFilter::default(), everything()).await.unwrap();
    assert_eq!(seen.total, 2, "a stranger sees everybody's and not the owner's");
}

/// By parts, until none is left; those that are in force or loading stay.
pub async fn the_numbers_of_spent_copies_are_cleared_by_parts(stores: &Stage) {
    let owner = user();
    let old: Vec<PhoneNumber> = (0..25).map(number).collect();
    stores.in_force(&registry_copy(owner), &old).await;
    stores.in_force(&registry_copy(owner), &[number(1)]).await;
    let loading = registry_copy(owner);
    stores.registries.begin_copy(&loading).await.unwrap();
    stores.registries.load_numbers(loading.id, vec![listed_number(&number(7))]).await.unwrap();
    let mut removed = Vec::new();
    while let Some(count) = stores.registries.clear_numbers(10, minute(1)).await.unwrap() {
        removed.push(count);
    }
    assert_eq!(removed, [10, 10, 5]);
    assert_eq!(stores.says(owner, &number(1)).await, [(registry("us-dnc"), true)]);
    stores.registries.activate_copy(&loading, minute(2)).await.unwrap();
    assert_eq!(stores.says(owner, &number(7)).await, [(registry("us-dnc"), true)]);
    assert_eq!(stores.registries.clear_numbers(10, minute(3)).await.unwrap(), Some(1));
}

/// One for each end, which says of which register and how many numbers, and names none of them.
pub async fn copies_leave_events_without_a_number(stores: &Stage) {
    let owner = user();
    let active = stores.in_force(&registry_copy(owner), &[number(1)]).await;
    let refused = RegistryCopy { broken: 3, ..registry_copy(owner) };
    stores.registries.begin_copy(&refused).await.unwrap();
    stores.registries.fail_copy(&refused, minute(1)).await.unwrap();
    let events = stores.events().await;
    let kinds: Vec<EventKind> = events.iter().map(|event| event.event.kind).collect();
    assert_eq!(kinds, [EventKind::RegistryImported, EventKind::RegistryRefused]);
    let told = serde_json::json!(events[0].event.data);
    let day = T0.date().to_string();
    let expected = serde_json::json!({
        "copy_id": active.id, "registry": "us-dnc", "copied_on": day, "numbers": 1, "broken": 0, "by": owner,
    });
    assert_eq!(told, expected);
    assert!(events.iter().all(|event| event.event.user_id == owner));
}

/// The one that began last first, by register, by status and by page.
pub async fn copies_are_listed_latest_first(stores: &Stage) {
    let owner = user();
    let mut copies = Vec::new();
    for n in 0..5_i64 {
        let name = if n == 3 { "uk-tps" } else { "us-dnc" };
        let copy = RegistryCopy { registry: registry(name), created_at: minute(n), ..registry_copy(owner) };
        stores.registries.begin_copy(&copy).await.unwrap();
        copies.insert(0, copy.id);
    }
    stores.registries.begin_copy(&registry_copy(user())).await.unwrap();
    let ids = async |filter, page| {
        let page = stores.registries.copies(Scope::User(owner), filter, page).await.unwrap();
        (page.total, page.items.into_iter().map(|copy| copy.id).collect::<Vec<_>>())
    };
    assert_eq!(ids(CopyFilter::default(), window(2, 1)).await, (5, copies[1..3].to_vec()));
    let tps = CopyFilter { registry: Some(registry("uk-tps")), status: None };
    assert_eq!(ids(tps, everything()).await, (1, vec![copies[1]]));
    let loading = CopyFilter { registry: None, status: Some(CopyStatus::Loading) };
    assert_eq!(ids(loading, everything()).await, (2, copies[..2].to_vec()));
}

/// Of many who put copies of one register into force at once, one copy is in force in the end.
pub async fn copies_put_into_force_at_once_leave_one(stores: &Stage) {
    let owner = user();
    at_once(6, |n| {
        let (stores, copy) = (stores.clone(), registry_copy(owner));
        async move {
            stores.registries.begin_copy(&copy).await.unwrap();
            let number = listed_number(&number(u32::try_from(n).unwrap()));
            // Another one may have begun in between, and ended this one.
            if stores.registries.load_numbers(copy.id, vec![number]).await.is_ok() {
                let ended = stores.registries.activate_copy(&copy, minute(1)).await;
                assert!(matches!(ended, Ok(_) | Err(StoreError::Stale { .. })), "{ended:?}");
            }
        }
    })
    .await;
    assert_eq!(stores.registries.copies_in_force(owner).await.unwrap().len(), 1);
    let active = CopyFilter { registry: None, status: Some(CopyStatus::Active) };
    assert_eq!(stores.registries.copies(Scope::User(owner), active, everything()).await.unwrap().total, 1);
}
