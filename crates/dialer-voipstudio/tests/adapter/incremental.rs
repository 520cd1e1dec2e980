//! Call records, read again and again as a dialer does.

use std::sync::{Arc, Mutex};

use dialer_domain::telephony::{CallRecord, Telephony};
use dialer_testkit::FakeClock;
use dialer_voipstudio::{VoipStudio, VoipStudioSettings};
use serde_json::{Value, json};
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{T0, code, json, settings};

/// A provider's history, listed as the provider lists it, two rows a page.
struct History {
    server: MockServer,
    rows: Arc<Mutex<Vec<(u64, OffsetDateTime)>>>,
    clock: FakeClock,
    adapter: VoipStudio,
}

fn parameter(request: &Request, name: &str) -> String {
    request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap()
}

fn page(rows: &[(u64, OffsetDateTime)], request: &Request) -> ResponseTemplate {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let filter: Value = serde_json::from_str(&parameter(request, "filter")).unwrap();
    let since = PrimitiveDateTime::parse(filter[0]["value"].as_str().unwrap(), format).unwrap().assume_utc();
    let mut rows: Vec<_> = rows.iter().filter(|(_, at)| *at >= since).copied().collect();
    rows.sort_unstable();
    if parameter(request, "dir") == "DESC" {
        rows.reverse();
    }
    let total = rows.len();
    let number: usize = parameter(request, "page").parse().unwrap();
    let row =
        |(id, at): (u64, OffsetDateTime)| json!({ "id": id, "calldate": at.format(format).unwrap(), "billsec": 9 });
    let data: Vec<Value> = rows.into_iter().skip((number - 1) * 2).take(2).map(row).collect();
    json(200, json!({ "data": data, "total": total }))
}

impl History {
    async fn of(rows: &[(u64, OffsetDateTime)]) -> Self {
        let rows = Arc::new(Mutex::new(rows.to_vec()));
        let server = MockServer::start().await;
        let listed = Arc::clone(&rows);
        let answer = move |request: &Request| page(&listed.lock().unwrap(), request);
        Mock::given(path("/cdrs")).respond_with(answer).mount(&server).await;
        let clock = FakeClock::new(T0);
        let settings = VoipStudioSettings { cdr_page_limit: 2, ..settings(server.uri()) };
        let adapter = VoipStudio::new(settings, Arc::new(clock.clone())).unwrap();
        Self { server, rows, clock, adapter }
    }

    fn add(&self, id: u64, at: OffsetDateTime) {
        self.rows.lock().unwrap().push((id, at));
    }

    /// The ids since `since`, and how many requests it took to know them.
    async fn since(&self, since: OffsetDateTime) -> (Vec<String>, usize) {
        let before = self.server.received_requests().await.unwrap().len();
        let records: Vec<CallRecord> = self.adapter.call_records_since(since).await.unwrap();
        let after = self.server.received_requests().await.unwrap().len();
        (records.into_iter().map(|record| record.id).collect(), after - before)
    }
}

fn at(seconds: i64) -> OffsetDateTime {
    T0 + Duration::seconds(seconds)
}

fn ids(ids: &[u64]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn what_was_read_once_is_not_read_again() {
    let rows: Vec<_> = (1..=9_i64).map(|id| (id.cast_unsigned(), at(id))).collect();
    let history = History::of(&rows).await;
    let all: Vec<u64> = (1..=9).collect();
    assert_eq!(history.since(T0).await, (ids(&all), 5));
    assert_eq!(history.since(T0).await, (ids(&all), 1));
    assert_eq!(history.since(at(8)).await, (ids(&[8, 9]), 1));
    assert_eq!(history.since(at(3)).await, (ids(&all[2..]), 1), "the date may go back a little");
}

#[tokio::test]
async fn news_is_read_up_to_the_first_page_that_holds_none() {
    let history = History::of(&[(1, at(1)), (2, at(2)), (3, at(3)), (4, at(4))]).await;
    history.since(T0).await;
    history.add(5, at(5));
    assert_eq!(history.since(T0).await, (ids(&[1, 2, 3, 4, 5]), 2));
    for id in 6..=8 {
        history.add(id, at(6));
    }
    assert_eq!(history.since(T0).await, (ids(&[1, 2, 3, 4, 5, 6, 7, 8]), 3));
}

#[tokio::test]
async fn a_record_of_a_long_call_comes_late_and_is_sorted_in_by_its_start() {
    let history = History::of(&[(1, at(10)), (2, at(20))]).await;
    history.since(T0).await;
    history.add(3, at(5));
    assert_eq!(history.since(T0).await.0, ids(&[3, 1, 2]));
}

#[tokio::test]
async fn a_record_that_comes_out_of_order_is_found_within_ten_minutes() {
    let history = History::of(&[(11, at(1)), (12, at(2)), (13, at(3)), (14, at(4))]).await;
    history.since(T0).await;
    history.add(7, at(2));
    assert_eq!(history.since(T0).await.0, ids(&[11, 12, 13, 14]), "the newest page holds no news");
    history.clock.advance(Duration::minutes(10));
    assert_eq!(history.since(T0).await, (ids(&[11, 12, 7, 13, 14]), 3));
}

#[tokio::test]
async fn an_earlier_date_than_any_before_is_read_in_full() {
    let history = History::of(&[(1, T0 - Duration::hours(5)), (2, at(1)), (3, at(2)), (4, at(3))]).await;
    assert_eq!(history.since(T0).await.0, ids(&[2, 3, 4]));
    assert_eq!(history.since(T0 - Duration::hours(6)).await, (ids(&[1, 2, 3, 4]), 2));
    assert_eq!(history.since(at(3)).await.0, ids(&[4]));
    assert_eq!(history.since(T0 - Duration::hours(6)).await.0, ids(&[1, 2, 3, 4]), "what was let go is read again");
}

#[tokio::test]
async fn a_reading_that_breaks_off_loses_nothing() {
    let history = History::of(&[(1, at(1)), (2, at(2))]).await;
    history.since(T0).await;
    history.add(3, at(3));
    history.server.reset().await;
    Mock::given(path("/cdrs")).respond_with(ResponseTemplate::new(500)).mount(&history.server).await;
    assert_eq!(code(&history.adapter.call_records_since(T0).await), "provider_unavailable");
    history.server.reset().await;
    let listed = Arc::clone(&history.rows);
    let answer = move |request: &Request| page(&listed.lock().unwrap(), request);
    Mock::given(path("/cdrs")).respond_with(answer).mount(&history.server).await;
    assert_eq!(history.since(T0).await, (ids(&[1, 2, 3]), 2));
}
