//! Which requests came in, to hold a client's request budget against.

use std::sync::Mutex;

use time::{Duration, OffsetDateTime};

use crate::lock::lock;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLogEntry {
    /// When it came in.
    pub at: OffsetDateTime,
    /// `GET`, `POST`, …
    pub method: String,
    /// Path below the API's base, without the query, such as `/calls/5100000017`.
    pub path: String,
    /// Status of the answer; `None` when there is none (yet), or the client went away before.
    pub status: Option<u16>,
}

#[derive(Default)]
pub(super) struct RequestLog(Mutex<Vec<RequestLogEntry>>);

impl RequestLog {
    /// Notes a request and returns where its answer is to be noted.
    pub(super) fn arrived(&self, at: OffsetDateTime, method: &str, path: &str) -> usize {
        let mut entries = lock(&self.0);
        entries.push(RequestLogEntry { at, method: method.to_owned(), path: path.to_owned(), status: None });
        entries.len() - 1
    }

    pub(super) fn answered(&self, index: usize, status: Option<u16>) {
        if let Some(entry) = lock(&self.0).get_mut(index) {
            entry.status = status;
        }
    }

    pub(super) fn entries(&self) -> Vec<RequestLogEntry> {
        lock(&self.0).clone()
    }
}

/// The most requests that came in within any 60 seconds.
pub(super) fn busiest_minute(entries: &[RequestLogEntry]) -> usize {
    let mut times: Vec<_> = entries.iter().map(|entry| entry.at).collect();
    times.sort_unstable();
    let mut first = 0;
    let mut most = 0;
    for (index, at) in times.iter().enumerate() {
        while *at - times[first] >= Duration::MINUTE {
            first += 1;
        }
        most = most.max(index + 1 - first);
    }
    most
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_busiest_minute_need_not_start_with_a_full_minute() {
        let at = |seconds| datetime!(2026-03-02 09:00 UTC) + Duration::seconds(seconds);
        let log = RequestLog::default();
        for seconds in [0, 50, 60, 70, 80, 109, 110, 300] {
            log.arrived(at(seconds), "GET", "/calls");
        }
        assert_eq!(busiest_minute(&log.entries()), 5, "50 to 109");
        assert_eq!(busiest_minute(&[]), 0);
    }
}
