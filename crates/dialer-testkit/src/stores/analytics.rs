//! Counts of calls: every call once, in its own quarter of an hour, and nobody else's.

use std::collections::BTreeMap;

use dialer_domain::analytics::{CallCount, CallsCounted, Period, quarter_of};
use dialer_domain::{Call, CallOutcome, CallStatus, Duration, OffsetDateTime, Scope};
use time::macros::datetime;

use super::Stage;
use super::scene::{minute, total};
use crate::builders::{T0, call, campaign, user};

impl Stage {
    /// The counts, in order, no quarter and status twice.
    async fn counts(&self, scope: Scope, which: CallsCounted) -> Vec<(OffsetDateTime, CallStatus, u64, u64)> {
        let counts = self.analytics.count_calls(scope, which).await.unwrap();
        let read = |count: &CallCount| (count.quarter, count.status, count.calls, count.duration);
        let mut rows: Vec<_> = counts.iter().map(read).collect();
        rows.sort_unstable();
        assert!(rows.windows(2).all(|pair| (pair[0].0, pair[0].1) != (pair[1].0, pair[1].1)), "{rows:?}");
        rows
    }

    async fn calls_counted(&self, scope: Scope, which: CallsCounted) -> u64 {
        self.counts(scope, which).await.iter().map(|(.., calls, _)| calls).sum()
    }
}

/// At the first and the last microsecond of a quarter, in any century, with the seconds of talk added up.
pub async fn calls_are_counted_in_the_quarter_in_which_they_began(stores: &Stage) {
    let owner = user();
    let mut expected: BTreeMap<(OffsetDateTime, CallStatus), (u64, u64)> = BTreeMap::new();
    for (n, at) in [
        T0,
        datetime!(2026-03-02 10:14:59.999_999 UTC),
        datetime!(2026-03-02 10:15 UTC),
        datetime!(2026-03-02 10:29:59.999_500 UTC),
        datetime!(2026-03-02 10:30 UTC),
        datetime!(2026-03-02 10:44:59.999_999 UTC),
        datetime!(2026-03-02 10:45:00.000_001 UTC),
        datetime!(2026-03-02 23:59:59.999_999 UTC),
        datetime!(1969-12-31 23:59:59.5 UTC),
        datetime!(2199-01-01 00:00 UTC),
    ]
    .into_iter()
    .enumerate()
    {
        let outcome = if n % 3 == 0 { CallOutcome::Busy } else { CallOutcome::Completed };
        let seconds = u32::try_from(n).unwrap();
        let begun = call().owner(owner).started_at(at);
        let over = begun.ended(outcome, at + Duration::MINUTE).talked(seconds).build();
        stores.calls.add(&over).await.unwrap();
        let count = expected.entry((quarter_of(at), over.status)).or_default();
        *count = (count.0 + 1, count.1 + u64::from(seconds));
    }
    let expected: Vec<_> =
        expected.into_iter().map(|((quarter, status), (calls, talk))| (quarter, status, calls, talk)).collect();
    assert_eq!(stores.counts(Scope::User(owner), CallsCounted::default()).await, expected);
    assert_eq!(stores.counts(Scope::Service, CallsCounted::default()).await, expected);
}

/// The first instant is inside, the last is not.
pub async fn a_period_counts_what_began_in_it(stores: &Stage) {
    let owner = user();
    let mut calls: Vec<Call> = Vec::new();
    for n in 0..4 {
        calls.push(call().owner(owner).started_at(minute(n)).build());
        stores.calls.add(calls.last().unwrap()).await.unwrap();
    }
    let scope = Scope::User(owner);
    for (from, until, counted) in [
        (None, None, 0..4),
        (Some(minute(1)), None, 1..4),
        (None, Some(minute(3)), 0..3),
        (Some(minute(1)), Some(minute(3)), 1..3),
        (Some(minute(1) + Duration::MICROSECOND), Some(minute(3) + Duration::MICROSECOND), 2..4),
        (Some(minute(2)), Some(minute(2)), 0..0),
    ] {
        let which = CallsCounted { period: Period { from, until }, ..CallsCounted::default() };
        assert_eq!(stores.calls_counted(scope, which).await, total(counted.len()), "{from:?} to {until:?}");
        let mut latest_first = calls[counted].to_vec();
        latest_first.reverse();
        assert_eq!(stores.analytics.recent_calls(scope, which, 10).await.unwrap(), latest_first);
    }
    let last_two = stores.analytics.recent_calls(scope, CallsCounted::default(), 2).await.unwrap();
    assert_eq!(last_two, [calls[3].clone(), calls[2].clone()]);
}

/// As in lists: own calls and those handled for others, each once, without hidden ones; of one campaign or of all.
pub async fn calls_are_counted_as_they_are_listed(stores: &Stage) {
    let me = user();
    let mine = stores.given(campaign().owner(me)).await;
    let theirs = stores.given(campaign()).await;
    let own = call().owner(me).handled_by(me).build();
    let of_campaign = call().campaign(&mine).build();
    let handled = call().campaign(&theirs).handled_by(me).build();
    let hidden = call().owner(me).build();
    for call in [&own, &of_campaign, &handled, &hidden, &call().campaign(&theirs).build()] {
        stores.calls.add(call).await.unwrap();
    }
    let scope = Scope::User(me);
    assert!(stores.calls.hide(scope, hidden.id, minute(1)).await.unwrap());
    let all = CallsCounted::default();
    assert_eq!(stores.calls_counted(scope, all).await, 3);
    let mut recent: Vec<_> = stores.analytics.recent_calls(scope, all, 10).await.unwrap();
    recent.sort_by_key(|call| call.id);
    let mut expected = [own, of_campaign.clone(), handled.clone()];
    expected.sort_by_key(|call| call.id);
    assert_eq!(recent, expected);
    for (list, counted) in [(&mine, of_campaign), (&theirs, handled)] {
        let which = CallsCounted { campaign: Some(list.id), ..all };
        assert_eq!(stores.calls_counted(scope, which).await, 1);
        assert_eq!(stores.analytics.recent_calls(scope, which, 10).await.unwrap(), [counted]);
    }
    assert_eq!(stores.calls_counted(Scope::Service, all).await, 4);
    assert_eq!(stores.calls_counted(Scope::User(user()), all).await, 0);
    assert_eq!(stores.analytics.recent_calls(Scope::User(user()), all, 10).await.unwrap(), []);
}
