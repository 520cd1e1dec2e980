//! Imports: each row of a list ends as one contact or as one report, in whatever batches and however often they come.

use dialer_domain::contacts::store::SkipReason;
use dialer_domain::events::EventKind;
use dialer_domain::imports::store::Undo;
use dialer_domain::imports::{Batch, ImportEnd, ImportJob, ImportStatus, LeftOut, Progress};
use dialer_domain::{Campaign, CampaignId, ContactStatus, ImportId, Page, PhoneNumber, Scope, StoreError};

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, batch, campaign, contact, id, import, left_out, listed, number, place, suppression, user};

impl Stage {
    async fn given_import(&self, campaign: &Campaign) -> ImportJob {
        let job = import(campaign);
        self.imports.add(Scope::User(campaign.user_id), &job).await.unwrap();
        job
    }

    async fn given_running(&self, campaign: &Campaign) -> ImportJob {
        let job = self.given_import(campaign).await;
        self.imports.take(vec![job.id], T0).await.unwrap().unwrap()
    }

    async fn job(&self, id: ImportId) -> ImportJob {
        self.imports.get(Scope::Service, id).await.unwrap().unwrap()
    }

    async fn append(&self, job: ImportId, batch: &Batch) -> Option<(ImportJob, Vec<LeftOut>)> {
        let appended = self.imports.append(job, batch, minute(1)).await.unwrap();
        appended.map(|appended| (appended.job, appended.left_out))
    }

    async fn reported(&self, job: ImportId) -> Vec<(u64, SkipReason)> {
        let rows = self.imports.left_out(Scope::Service, job, None, everything()).await.unwrap();
        rows.into_iter().map(|row| (row.line, row.reason)).collect()
    }
}

fn numbers(range: std::ops::Range<u32>) -> Vec<PhoneNumber> {
    range.map(number).collect()
}

/// Every field.
pub async fn an_import_comes_back_as_it_was_stored(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let job = stores.given_import(&list).await;
    assert!(stores.job(job.id).await == job);
    let bare = ImportJob { id: id(ImportId::new), file_name: None, ..job.clone() };
    stores.imports.add(Scope::Service, &bare).await.unwrap();
    assert!(stores.job(bare.id).await == bare);
    let again = stores.imports.add(Scope::Service, &bare).await;
    assert!(matches!(again, Err(StoreError::Duplicate { .. })));
}

/// Neither in a stranger's campaign nor in one that never was.
pub async fn an_import_into_a_stranger_s_campaign_is_not_stored(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let missing = ImportJob { campaign_id: id(CampaignId::new), ..import(&list) };
    for (scope, job) in [(Scope::User(user()), import(&list)), (Scope::Service, missing)] {
        let refused = stores.imports.add(scope, &job).await;
        assert!(matches!(refused, Err(StoreError::MissingReference { .. })));
        assert!(stores.imports.get(Scope::Service, job.id).await.unwrap().is_none());
    }
}

/// Not to be read, listed, ended or undone.
pub async fn a_stranger_s_import_does_not_exist(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let job = stores.given_running(&list).await;
    stores.append(job.id, &batch(0, vec![], vec![left_out(1, SkipReason::NoNumber)])).await.unwrap();
    let me = Scope::User(user());
    assert!(stores.imports.get(me, job.id).await.unwrap().is_none());
    assert_eq!(stores.imports.list(me, list.id, everything()).await.unwrap(), Page { items: vec![], total: 0 });
    assert!(stores.imports.end(me, job.id, &ImportEnd::Canceled, minute(1)).await.unwrap().is_none());
    assert!(stores.imports.undo(me, job.id, minute(1)).await.unwrap().is_none());
    assert_eq!(stores.imports.left_out(me, job.id, None, everything()).await.unwrap(), []);
    assert_eq!(stores.job(job.id).await.status, ImportStatus::Running);
}

/// Page by page, with the size of the whole list.
pub async fn the_imports_of_a_campaign_are_listed_latest_first(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let other = stores.given(campaign().owner(list.user_id)).await;
    stores.given_import(&other).await;
    let mut jobs = Vec::new();
    for n in 0..3 {
        let job = ImportJob { created_at: minute(n), updated_at: minute(n), ..import(&list) };
        stores.imports.add(Scope::User(list.user_id), &job).await.unwrap();
        jobs.insert(0, job);
    }
    let page = async |window| stores.imports.list(Scope::User(list.user_id), list.id, window).await.unwrap();
    assert!(page(everything()).await == Page { items: jobs.clone(), total: 3 });
    assert!(page(window(1, 1)).await == Page { items: jobs[1..2].to_vec(), total: 3 });
    assert!(page(window(1, 9)).await == Page { items: vec![], total: 3 });
}

/// The oldest first, beside those of other campaigns, and only the ones that the caller has.
pub async fn a_campaign_s_imports_run_one_after_the_other(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let other = stores.given(campaign()).await;
    let (first, second) = (import(&list), ImportJob { created_at: minute(1), ..import(&list) });
    for job in [&second, &first] {
        stores.imports.add(Scope::Service, job).await.unwrap();
    }
    let beside = stores.given_import(&other).await;
    assert!(stores.imports.take(vec![], minute(2)).await.unwrap().is_none());
    let take = async |among: &[ImportId]| {
        stores.imports.take(among.to_vec(), minute(2)).await.unwrap().map(|job| (job.id, job.status, job.started_at))
    };
    let running = |id| Some((id, ImportStatus::Running, Some(minute(2))));
    assert_eq!(take(&[second.id, first.id]).await, running(first.id));
    assert_eq!(take(&[second.id]).await, None);
    assert_eq!(take(&[second.id, beside.id]).await, running(beside.id));
    stores.imports.end(Scope::Service, first.id, &ImportEnd::Completed, minute(3)).await.unwrap();
    assert_eq!(take(&[second.id, first.id]).await, running(second.id));
}

/// With its progress, by whoever has its list; it began when it began.
pub async fn a_running_import_can_be_taken_up_again(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let job = stores.given_running(&list).await;
    stores.append(job.id, &batch(0, vec![listed(1, number(1))], vec![])).await.unwrap();
    let again = stores.imports.take(vec![job.id], minute(9)).await.unwrap().unwrap();
    assert_eq!((again.started_at, again.progress.place), (Some(T0), place(1)));
    let (job, _) = stores.append(job.id, &batch(1, vec![listed(2, number(2))], vec![])).await.unwrap();
    assert_eq!((job.progress.added, job.progress.rows), (2, 2));
    assert_eq!(stores.list(list.id).await.len(), 2);
}

/// The contacts as they were read, in order, fresh; the counts of the campaign with them.
pub async fn a_batch_is_stored_with_its_progress(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let job = stores.given_running(&list).await;
    let mut rich = listed(1, number(1));
    rich.person.first_name = Some("Zoë \"\\ {,}".to_owned());
    rich.person.last_name = Some("Ó Súilleabháin-李".to_owned());
    rich.person.email = Some("zoe@example.com".to_owned());
    rich.person.company = Some("NULL".to_owned());
    rich.person.metadata.insert("größe".to_owned(), serde_json::json!("a \"b\"\n\\"));
    let rows = vec![rich, listed(2, number(3)), listed(4, number(2))];
    let (job, report) =
        stores.append(job.id, &batch(0, rows.clone(), vec![left_out(3, SkipReason::InvalidNumber)])).await.unwrap();
    assert_eq!(report.len(), 1);
    let skipped = [(SkipReason::InvalidNumber, 1)].into();
    assert_eq!(job.progress, Progress { place: place(4), rows: 4, added: 3, skipped });
    assert!(stores.job(job.id).await == job);
    let kept = stores.list(list.id).await;
    assert!(kept.iter().map(|row| (row.id, &row.person)).eq(rows.iter().map(|row| (row.id, &row.person))));
    assert!(kept.iter().all(|row| row.status == ContactStatus::Pending && row.attempts == 0));
    assert!(kept.iter().all(|row| row.created_at == minute(1) && row.updated_at == minute(1)));
    assert_eq!(stores.stats(list.id).await.pending, 3);
}

/// Each once, whatever its reason, by any page.
pub async fn every_row_that_is_left_out_is_reported_in_order(stores: &Stage) {
    let (list, earlier) = stores.given_list(1).await;
    stores.suppressions.suppress(&suppression(list.user_id, &number(7_777))).await.unwrap();
    let job = stores.given_running(&list).await;
    let first = left_out(1, SkipReason::WrongFieldCount);
    let rows = vec![
        listed(2, earlier[0].person.phone_number.clone()),
        listed(3, number(7_000)),
        listed(4, number(7_777)),
        listed(5, number(7_000)),
    ];
    let strange = left_out(6, SkipReason::NotUtf8);
    let (_, told) = stores.append(job.id, &batch(0, rows, vec![first, strange])).await.unwrap();
    stores.append(job.id, &batch(6, vec![], vec![left_out(7, SkipReason::UnclosedQuote)])).await.unwrap();
    let expected = [
        (1, SkipReason::WrongFieldCount),
        (2, SkipReason::DuplicateInCampaign),
        (4, SkipReason::DncInternal),
        (5, SkipReason::DuplicateInFile),
        (6, SkipReason::NotUtf8),
        (7, SkipReason::UnclosedQuote),
    ];
    assert_eq!(stores.reported(job.id).await, expected);
    assert!(told.iter().map(|row| (row.line, row.reason)).eq(expected[..5].iter().copied()));
    let owner = Scope::User(list.user_id);
    let page = stores.imports.left_out(owner, job.id, Some(told[0].id), window(2, 0)).await.unwrap();
    assert_eq!(page, told[1..3]);
    let later = stores.imports.left_out(owner, job.id, Some(told[0].id), window(2, 1)).await.unwrap();
    assert_eq!(later, told[2..4]);
    assert_eq!(page[1].phone_number, number(7_777).as_e164());
    assert_eq!(page[1].message, SkipReason::DncInternal.message());
}

/// A number comes three times, once where it was added before, once suppressed, once listed: the same report in one batch
/// as in many.
pub async fn reasons_do_not_depend_on_where_batches_end(stores: &Stage) {
    let mut reports = Vec::new();
    for size in [1, 2, 4, 9] {
        let (list, earlier) = stores.given_list(1).await;
        stores.suppressions.suppress(&suppression(list.user_id, &number(9_001))).await.unwrap();
        let job = stores.given_running(&list).await;
        let there = earlier[0].person.phone_number.clone();
        let given = [number(9_000), number(9_001), there.clone()];
        let rows: Vec<_> = (0..9).map(|n| given[n % 3].clone()).collect();
        let mut from = 0;
        for rows in rows.chunks(size) {
            let rows = rows.iter().zip(from + 1..).map(|(number, line)| listed(line, number.clone())).collect();
            let next = batch(from, rows, vec![]);
            from += next.rows;
            stores.append(job.id, &next).await.unwrap();
        }
        assert_eq!(stores.job(job.id).await.progress.added, 1);
        reports.push(stores.reported(job.id).await);
    }
    let expected = [
        (2, SkipReason::DncInternal),
        (3, SkipReason::DuplicateInCampaign),
        (4, SkipReason::DuplicateInFile),
        (5, SkipReason::DncInternal),
        (6, SkipReason::DuplicateInCampaign),
        (7, SkipReason::DuplicateInFile),
        (8, SkipReason::DncInternal),
        (9, SkipReason::DuplicateInCampaign),
    ];
    assert!(reports.iter().all(|report| report == &expected), "{reports:?}");
}

/// Batches larger than any statement, of which the third meets a number again.
pub async fn a_long_list_with_rare_duplicates_arrives_whole_and_in_order(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let job = stores.given_running(&list).await;
    let mut all = numbers(10_000..16_000);
    all[4_500] = all[17].clone();
    all[5_999] = all[5_998].clone();
    let mut from = 0;
    for rows in all.chunks(2_000) {
        let rows: Vec<_> = rows.iter().zip(from + 1..).map(|(number, line)| listed(line, number.clone())).collect();
        let next = batch(from, rows, vec![]);
        from += next.rows;
        stores.append(job.id, &next).await.unwrap();
    }
    let again = [(4_501, SkipReason::DuplicateInFile), (6_000, SkipReason::DuplicateInFile)];
    assert_eq!(stores.reported(job.id).await, again);
    let kept: Vec<_> = stores.list(list.id).await.into_iter().map(|row| row.person.phone_number).collect();
    all.remove(5_999);
    all.remove(4_500);
    assert!(kept == all, "what is listed is not what was read");
    assert_eq!(stores.stats(list.id).await.total, 5_998);
}

/// A batch that comes again, or one that leaves a gap, changes nothing.
pub async fn a_batch_is_stored_once(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let job = stores.given_running(&list).await;
    let first = batch(0, vec![listed(1, number(1)), listed(2, number(2))], vec![left_out(3, SkipReason::NoNumber)]);
    let (after, _) = stores.append(job.id, &first).await.unwrap();
    let again = batch(0, vec![listed(1, number(1)), listed(2, number(2))], vec![left_out(3, SkipReason::NoNumber)]);
    assert!(stores.append(job.id, &again).await.is_none());
    assert!(stores.append(job.id, &batch(4, vec![listed(5, number(5))], vec![])).await.is_none());
    assert!(stores.job(job.id).await == after);
    assert_eq!(stores.reported(job.id).await.len(), 1);
    assert_eq!(stores.stats(list.id).await.total, 2);
}

/// Two who both believe that they run the job.
pub async fn of_many_who_bring_the_same_batch_one_stores_it(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let job = stores.given_running(&list).await;
    let outcomes = at_once(4, |_| {
        let stores = stores.clone();
        let rows = numbers(0..50).into_iter().zip(1..).map(|(number, line)| listed(line, number)).collect();
        async move { stores.append(job.id, &batch(0, rows, vec![])).await }
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_some()).count(), 1);
    assert_eq!(stores.job(job.id).await.progress.added, 50);
    assert_eq!(stores.stats(list.id).await.total, 50);
}

/// What was added stays.
pub async fn an_import_that_was_canceled_takes_no_more_rows(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let job = stores.given_import(&list).await;
    assert!(stores.append(job.id, &batch(0, vec![listed(1, number(1))], vec![])).await.is_none());
    stores.imports.take(vec![job.id], T0).await.unwrap().unwrap();
    stores.append(job.id, &batch(0, vec![listed(1, number(1))], vec![])).await.unwrap();
    let owner = Scope::User(list.user_id);
    let ended = stores.imports.end(owner, job.id, &ImportEnd::Canceled, minute(2)).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.finished_at), (ImportStatus::Canceled, Some(minute(2))));
    assert!(stores.append(job.id, &batch(1, vec![listed(2, number(2))], vec![])).await.is_none());
    assert!(stores.imports.take(vec![job.id], minute(3)).await.unwrap().is_none());
    assert_eq!(stores.stats(list.id).await.total, 1);
}

/// Whoever comes later learns how.
pub async fn an_import_ends_once(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let job = stores.given_running(&list).await;
    let mark = stores.mark().await;
    let failed = ImportEnd::Failed("the list broke off".to_owned());
    let ended = stores.imports.end(Scope::Service, job.id, &failed, minute(2)).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.error.as_deref()), (ImportStatus::Failed, Some("the list broke off")));
    let later = stores.imports.end(Scope::Service, job.id, &ImportEnd::Completed, minute(3)).await.unwrap().unwrap();
    assert!(later == ended && stores.job(job.id).await == ended);
    assert_eq!(stores.happened_since(mark).await, [EventKind::ImportEnded]);
}

/// Contacts of other imports, and those that were added by hand, stay as well.
pub async fn an_undone_import_leaves_only_those_who_were_called(stores: &Stage) {
    let (list, by_hand) = stores.given_list(1).await;
    let job = stores.given_running(&list).await;
    stores
        .append(
            job.id,
            &batch(0, numbers(1_000..1_004).into_iter().zip(1..).map(|(n, l)| listed(l, n)).collect(), vec![]),
        )
        .await;
    stores.imports.end(Scope::Service, job.id, &ImportEnd::Completed, minute(1)).await.unwrap();
    let other = stores.given_running(&list).await;
    stores.append(other.id, &batch(0, vec![listed(1, number(2_000))], vec![])).await.unwrap();
    stores.plan(list.id, 4, minute(2)).await;
    let calls = stores.claim(list.id, 2, minute(2)).await.calls;
    let called: Vec<_> = calls.iter().filter_map(|call| call.contact_id).filter(|id| *id != by_hand[0].id).collect();
    assert_eq!(called.len(), 1);
    let Some(Undo::Done(undone)) = stores.imports.undo(Scope::User(list.user_id), job.id, minute(3)).await.unwrap()
    else {
        panic!("an import that is over can be undone");
    };
    assert_eq!((undone.status, undone.removed, undone.kept), (ImportStatus::Undone, 3, 1));
    assert!(stores.job(job.id).await == undone);
    let left: Vec<_> = stores.list(list.id).await.into_iter().map(|row| row.id).collect();
    assert_eq!((left.len(), left[0], left[1]), (3, by_hand[0].id, called[0]));
    assert_eq!(stores.stats(list.id).await.total, 3);
    let again = stores.imports.undo(Scope::Service, job.id, minute(4)).await.unwrap();
    assert!(matches!(again, Some(Undo::NotPossible(job)) if job == undone));
    // Those removed may come again.
    let outcome = stores.import(&list, vec![contact(list.id).number(number(1_003)).build()]).await;
    assert_eq!(outcome.added.len(), 1);
}

/// First it has to be canceled.
pub async fn an_import_that_runs_cannot_be_undone(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let job = stores.given_running(&list).await;
    stores.append(job.id, &batch(0, vec![listed(1, number(1))], vec![])).await.unwrap();
    let refused = stores.imports.undo(Scope::User(list.user_id), job.id, minute(2)).await.unwrap();
    assert!(matches!(refused, Some(Undo::NotPossible(job)) if job.status == ImportStatus::Running));
    assert_eq!(stores.stats(list.id).await.total, 1);
}

/// And whoever reads its list learns of it with the next batch.
pub async fn a_deleted_campaign_takes_its_imports_along(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let job = stores.given_running(&list).await;
    stores
        .append(job.id, &batch(0, vec![listed(1, number(1))], vec![left_out(2, SkipReason::NoNumber)]))
        .await
        .unwrap();
    assert!(stores.campaigns.delete(Scope::User(list.user_id), list.id, minute(2)).await.unwrap());
    assert!(stores.imports.get(Scope::Service, job.id).await.unwrap().is_none());
    assert!(stores.append(job.id, &batch(2, vec![listed(3, number(3))], vec![])).await.is_none());
    assert_eq!(stores.reported(job.id).await, []);
}

/// By what is stored now, and for one's own campaign only.
pub async fn what_would_be_left_out_is_foreseen(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    stores.suppressions.suppress(&suppression(list.user_id, &number(5))).await.unwrap();
    let mark = stores.mark().await;
    let asked = vec![number(4), contacts[0].person.phone_number.clone(), number(5), number(4)];
    let foreseen = stores.imports.foresee(Scope::User(list.user_id), list.id, asked.clone()).await.unwrap();
    assert_eq!(foreseen, [None, Some(SkipReason::DuplicateInCampaign), Some(SkipReason::DncInternal), None]);
    let stranger = stores.imports.foresee(Scope::User(user()), list.id, asked).await.unwrap();
    assert_eq!(stranger, [None; 4]);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// One for each step, with ids and counts.
pub async fn imports_leave_events_without_anything_personal(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let mark = stores.mark().await;
    let job = stores.given_running(&list).await;
    stores
        .append(job.id, &batch(0, vec![listed(1, number(1))], vec![left_out(2, SkipReason::NoNumber)]))
        .await
        .unwrap();
    stores.append(job.id, &batch(2, vec![listed(3, number(1))], vec![])).await.unwrap();
    stores.imports.end(Scope::Service, job.id, &ImportEnd::Completed, minute(2)).await.unwrap();
    stores.imports.undo(Scope::Service, job.id, minute(3)).await.unwrap();
    let told = stores.since(mark).await;
    let kinds: Vec<_> = told.iter().map(|event| event.kind).collect();
    let steps = [EventKind::ImportQueued, EventKind::ContactsImported, EventKind::ImportEnded, EventKind::ImportUndone];
    assert_eq!(kinds, steps);
    for event in told {
        assert_eq!((event.user_id, event.campaign_id), (list.user_id, Some(list.id)));
        assert_eq!(event.data["import_id"], serde_json::json!(job.id));
        let text = serde_json::to_string(&event.data).unwrap();
        assert!(!text.contains("spring") && !text.contains(number(1).digits()) && !text.contains("Telefon"), "{text}");
    }
}
