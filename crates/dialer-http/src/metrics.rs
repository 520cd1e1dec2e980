//! Figures about the running program in Prometheus's format. Labels come from fixed sets: routes as they are written
//! in the code, methods, statuses. Nothing of a person, no ids.

use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::{Method, StatusCode};
use dialer_app::EngineHandle;
use dialer_app::engine::EnginePhase;
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram, with_local_recorder,
};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusRecorder};
use time::Duration;

const REQUESTS: &str = "dialer_http_requests_total";
const LATENCY: &str = "dialer_http_request_duration_seconds";
const LIVE_CALLS: &str = "dialer_live_calls";
const AGENTS: &str = "dialer_agents";
const ENGINE: &str = "dialer_engine_up";
const DATABASE: &str = "dialer_database_up";
const BUILD: &str = "dialer_build_info";

/// Upper bounds of the classes of latency, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// After how many requests the samples are put together, read or not.
const UPKEEP_EVERY: u64 = 1_024;

/// The figures of one served application. Each has its own, so that several in a process do not mix.
pub(crate) struct Figures {
    recorder: PrometheusRecorder,
    seen: AtomicU64,
}

impl Figures {
    pub(crate) fn new() -> Result<Self, BuildError> {
        let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS)?.build_recorder();
        with_local_recorder(&recorder, || {
            describe_counter!(REQUESTS, "Requests answered, by route, method and status");
            describe_histogram!(LATENCY, Unit::Seconds, "Time to an answer, by route and method");
            describe_gauge!(LIVE_CALLS, "Calls that are not over");
            describe_gauge!(AGENTS, "Agents who can take calls, free or not");
            describe_gauge!(ENGINE, "Whether the dialing engine runs");
            describe_gauge!(DATABASE, "Whether the database answers");
            describe_gauge!(BUILD, "The version, as a label");
            gauge!(BUILD, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        });
        Ok(Self { recorder, seen: AtomicU64::new(0) })
    }

    /// A request was answered. `route` is the pattern, never the address itself.
    pub(crate) fn answered(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let (route, method) = (route.to_owned(), known(method));
        with_local_recorder(&self.recorder, || {
            counter!(REQUESTS, "route" => route.clone(), "method" => method, "status" => status.as_u16().to_string())
                .increment(1);
            histogram!(LATENCY, "route" => route, "method" => method).record(took.as_seconds_f64().max(0.0));
        });
        if self.seen.fetch_add(1, Ordering::Relaxed) % UPKEEP_EVERY == UPKEEP_EVERY - 1 {
            self.recorder.handle().run_upkeep();
        }
    }

    /// All figures as Prometheus reads them.
    pub(crate) fn render(&self, engine: &EngineHandle, database_answers: bool) -> String {
        let status = engine.status();
        with_local_recorder(&self.recorder, || {
            gauge!(LIVE_CALLS).set(count(status.live_calls));
            gauge!(AGENTS).set(count(status.agents));
            gauge!(ENGINE).set(f64::from(u8::from(status.phase == EnginePhase::Running)));
            gauge!(DATABASE).set(f64::from(u8::from(database_answers)));
        });
        self.recorder.handle().render()
    }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

/// Anybody can invent methods; each would be a new row of figures.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
