//! Whole lists, read in turn.

use dialer_domain::analytics::Period;
use dialer_domain::calls::store::CallFilter;
use dialer_domain::dispositions::store::DispositionFilter;
use dialer_domain::dispositions::{Disposition, NewDisposition, RecordedDisposition};
use dialer_domain::exports::{CallExportFilter, Cursor};
use dialer_domain::{Call, CallOutcome, CallStatus, Direction, Scope, UserId};

use super::Stage;
use super::scene::minute;
use crate::builders::{call, disposition, user};

fn owner_of(scope: Scope) -> UserId {
    match scope {
        Scope::User(user) => Some(user),
        Scope::Service => None,
    }
    .unwrap()
}

impl Stage {
    /// Calls of one owner; several start at the same instant.
    async fn given_calls(&self, count: i64) -> (Scope, Vec<Call>) {
        let owner = user();
        let mut calls = Vec::new();
        for n in 0..count {
            let call = Call { started_at: minute(n / 3), ..call().owner(owner).build() };
            self.calls.add(&call).await.unwrap();
            calls.push(call);
        }
        calls.sort_by_key(|call| std::cmp::Reverse((call.started_at, call.id)));
        (Scope::User(owner), calls)
    }

    async fn all_calls(&self, scope: Scope, filter: &CallExportFilter, limit: u16) -> Vec<Call> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page: Vec<Call> = self.exports.calls_after(scope, filter, after, limit).await.unwrap();
            let Some(last) = page.last() else { return all };
            assert!(page.len() <= usize::from(limit));
            after = Some(Cursor::from(last));
            all.extend(page);
        }
    }
}

/// Each once and in the order of the list, whatever the size of a page; nobody else's and no hidden one.
pub async fn all_calls_are_read_in_turn(stores: &Stage) {
    let (me, mut calls) = stores.given_calls(10).await;
    stores.given_calls(2).await;
    let hidden = calls.remove(4);
    stores.calls.hide(me, hidden.id, minute(60)).await.unwrap();
    for limit in [1, 3, 100] {
        assert_eq!(stores.all_calls(me, &CallExportFilter::default(), limit).await, calls);
    }
    let everybody = stores.all_calls(Scope::Service, &CallExportFilter::default(), 4).await;
    assert_eq!(everybody.len(), 11);
}

/// As lists are, and by when they started: from an instant on, and up to another one, which is left out.
pub async fn calls_are_read_by_filter(stores: &Stage) {
    let (me, calls) = stores.given_calls(9).await;
    let over = &calls[5];
    stores.place(over.id, "p-1", minute(5)).await;
    stores.end(over.id, CallOutcome::Busy, minute(6)).await;
    let ids = |calls: &[Call]| calls.iter().map(|call| call.id).collect::<Vec<_>>();
    let any = CallExportFilter::default();
    let between = CallExportFilter { period: Period { from: Some(minute(1)), until: Some(minute(2)) }, ..any };
    assert_eq!(ids(&stores.all_calls(me, &between, 2).await), ids(&calls[3..6]));
    let busy = CallFilter { status: Some(CallStatus::Busy), ..CallFilter::default() };
    assert_eq!(ids(&stores.all_calls(me, &CallExportFilter { calls: busy, ..any }, 2).await), [over.id]);
    let inbound = CallFilter { direction: Some(Direction::Inbound), ..CallFilter::default() };
    assert_eq!(stores.all_calls(me, &CallExportFilter { calls: inbound, ..any }, 2).await, []);
    let (campaign, _, live) = stores.given_live_call().await;
    let of_campaign = CallFilter { campaign: Some(campaign.id), ..CallFilter::default() };
    let filter = CallExportFilter { calls: of_campaign, ..any };
    assert_eq!(ids(&stores.all_calls(Scope::User(campaign.user_id), &filter, 2).await), [live.id]);
    assert_eq!(stores.all_calls(me, &filter, 2).await, []);
}

/// With those that the reader owns, in one order.
pub async fn an_agent_reads_the_calls_they_handled_in_turn(stores: &Stage) {
    let (me, own) = stores.given_calls(4).await;
    let agent = owner_of(me);
    let mut expected = own;
    for n in 0..3 {
        let call = Call { started_at: minute(n), ..call().handled_by(agent).build() };
        stores.calls.add(&call).await.unwrap();
        expected.push(call);
    }
    expected.sort_by_key(|call| std::cmp::Reverse((call.started_at, call.id)));
    assert_eq!(stores.all_calls(me, &CallExportFilter::default(), 2).await, expected);
}

/// As the list of them shows them: of own calls, what the reader said of calls they handled, of one call, and of no hidden one.
pub async fn all_dispositions_are_read_in_turn(stores: &Stage) {
    let (me, calls) = stores.given_calls(6).await;
    stores.calls.hide(me, calls[0].id, minute(1)).await.unwrap();
    let mut expected = Vec::new();
    for (n, call) in calls.iter().skip(1).enumerate() {
        let said = disposition(call, Disposition::Interested, minute(10 + i64::try_from(n / 2).unwrap()));
        expected.push(stores.dispositions.record(me, &said).await.unwrap().unwrap());
    }
    let agent = owner_of(me);
    let handled = call().handled_by(agent).build();
    stores.calls.add(&handled).await.unwrap();
    let owners = disposition(&handled, Disposition::Qualified, minute(11));
    stores.dispositions.record(Scope::User(handled.user_id), &owners).await.unwrap().unwrap();
    let said = NewDisposition { user_id: agent, ..disposition(&handled, Disposition::Callback, minute(11)) };
    expected.push(stores.dispositions.record(me, &said).await.unwrap().unwrap());
    expected.sort_by_key(|recorded| std::cmp::Reverse((recorded.created_at, recorded.id)));
    let all = |filter, limit| async move {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page: Vec<RecordedDisposition> =
                stores.exports.dispositions_after(me, filter, after, limit).await.unwrap();
            let Some(last) = page.last() else { return all };
            after = Some(Cursor::from(last));
            all.extend(page);
        }
    };
    for limit in [1, 4, 100] {
        assert_eq!(all(DispositionFilter::default(), limit).await, expected);
    }
    let of_call = all(DispositionFilter { call: Some(handled.id) }, 2).await;
    assert_eq!((of_call.len(), of_call[0].call_id), (1, handled.id));
}
