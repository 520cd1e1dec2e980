//! The dialer on a provider that is not as assumed: every call ends in the state that it truly ended in, and nobody is
//! called twice.
//!
//! Each case turns one assumption about the provider into its opposite, with the whole program on the other side: engine,
//! adapter and webhooks over real sockets. `dialer demo --trouble` runs the last cases at any length.

use dialer_domain::Duration;
use dialer_http::cli::demo::job::{Job, Report, run};
use dialer_seaorm::testing::fresh_postgres;
use dialer_simulator::{
    AgentLegShows, AnswerState, BeforeAnswer, CdrCallId, CdrIds, DialAnswer, Faults, Knobs, Legs, LiveIds, Malformed,
    Outsider, RateLimitAnswer, WebhookKnobs,
};
use secrecy::SecretString;

/// Forty contacts, each tried once, of a provider that is as assumed.
fn job() -> Job {
    Job { contacts: 40, agents: 10, speed: 60.0, attempts: 1, webhooks: true, ..Job::default() }
}

async fn dial(job: Job) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let report = run(&job, folder.path(), &mut |_| ()).await.unwrap();
    let told = serde_json::to_string_pretty(&report).unwrap();
    assert_eq!(report.truth.different, 0, "{told}");
    assert_eq!(
        (report.double_dials, report.unfinished, report.campaign_status.as_str()),
        (0, 0, "completed"),
        "{told}"
    );
    assert!(report.truth.calls >= 35, "{told}");
    report
}

/// The same, with the provider's events and without.
async fn turned(knobs: Knobs) {
    dial(Job { knobs: knobs.clone(), ..job() }).await;
    dial(Job { knobs, webhooks: false, ..job() }).await;
}

macro_rules! knobs {
    ($($name:ident: $knobs:expr;)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                turned($knobs).await;
            }
        )+
    };
}

knobs! {
    as_assumed: Knobs::default();
    placing_a_call_does_not_wait_for_the_agent:
        Knobs { dial_answer: DialAnswer::AtOnce, answer_state: AnswerState::AgentLeg, ..Knobs::default() };
    the_agent_s_phone_shows_as_ringing: Knobs { agent_leg_shows: AgentLegShows::Ringing, ..Knobs::default() };
    a_call_has_two_legs: Knobs { live_legs: Legs::Two, cdr_legs: Legs::Two, ..Knobs::default() };
    live_calls_have_other_ids: Knobs { live_ids: LiveIds::Others, ..Knobs::default() };
    records_name_the_call_by_its_parent_only:
        Knobs { cdr_ids: CdrIds::ParentAndRoot, cdr_call_id: CdrCallId::LiveId, ..Knobs::default() };
    records_name_no_call: Knobs { cdr_ids: CdrIds::None, ..Knobs::default() };
    calls_that_are_over_show_for_a_while: Knobs { hangup_lingers: Duration::seconds(20), ..Knobs::default() };
    records_come_late: Knobs {
        cdr_delay: Duration::seconds(30),
        late_cdrs: 0.3,
        late_cdrs_by: Duration::minutes(4),
        ..Knobs::default()
    };
    ids_are_texts_and_times_are_null: Knobs {
        ids_as_strings: true,
        connected_at_before_answer: BeforeAnswer::Null,
        outsider_id: Outsider::Null,
        gone_status: 410,
        ..Knobs::default()
    };
    requests_are_refused_with_429: limited(RateLimitAnswer::TooManyRequests { retry_after_seconds: Some(20) });
    requests_are_refused_with_a_text: limited(RateLimitAnswer::BadRequest);
    requests_are_refused_with_a_page: limited(RateLimitAnswer::Page);
    requests_are_refused_with_a_broken_answer: limited(RateLimitAnswer::MalformedHeaders);
}

/// A provider that lets through less than half of what we allow ourselves.
fn limited(answer: RateLimitAnswer) -> Knobs {
    Knobs { rate_limit_per_minute: Some(40), rate_limit_answer: answer, ..Knobs::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_get_lost_come_twice_late_and_in_other_types() {
    let webhooks = WebhookKnobs {
        lost: 0.2,
        doubled: 0.3,
        reordered: 0.3,
        wrong_types: 0.3,
        unknown_names: 0.2,
        unanswered_is_missed: true,
        ..WebhookKnobs::default()
    };
    let report = dial(Job { knobs: Knobs { webhooks, ..Knobs::default() }, ..job() }).await;
    assert!(report.events_delivered > 100, "{}", report.events_delivered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_come_as_pages_and_empty() {
    for malformed_as in [Malformed::HtmlPage, Malformed::Empty, Malformed::OtherShape, Malformed::WrongContentType] {
        let faults = Faults { malformed: 0.1, malformed_as, ..Faults::default() };
        dial(Job { knobs: Knobs { faults, ..Knobs::default() }, ..job() }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_goes_wrong_on_sqlite() {
    let report = dial(Job { contacts: 120, agents: 12, attempts: 2, ..job() }.in_trouble()).await;
    assert!(report.books.balance(), "{}", serde_json::to_string_pretty(&report).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_goes_wrong_on_postgres() {
    let database = fresh_postgres().await;
    let database_url = Some(SecretString::from(database.url.clone()));
    let job = Job { contacts: 120, agents: 12, attempts: 2, database_url, ..job() };
    let report = dial(job.in_trouble()).await;
    assert!(report.books.balance(), "{}", serde_json::to_string_pretty(&report).unwrap());
    database.remove().await;
}
