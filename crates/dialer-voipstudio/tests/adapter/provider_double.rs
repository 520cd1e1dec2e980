//! The adapter against a provider that plays the whole part over a real socket, on a clock that the tests turn.

use std::collections::BTreeSet;
use std::sync::Arc;

use dialer_domain::calls::evidence::{find_lost, read_live, read_records};
use dialer_domain::calls::merge::CallEvent;
use dialer_domain::clock::Clock;
use dialer_domain::telephony::{
    AgentLine, DialRequest, LiveState, ProviderCallId, RecordResult, Telephony, TelephonyError,
};
use dialer_domain::{Call, CallOutcome};
use dialer_simulator::{
    AgentLegShows, CarrierSettings, DialAnswer, DialRefusal, FaultScope, Faults, Knobs, Legs, OutcomeShares,
    ProviderDouble, ProviderDoubleSettings, RateLimitAnswer, SimulatedQueue, SimulatedUser, Spread,
};
use dialer_testkit::{FakeClock, builders};
use dialer_voipstudio::{VoipStudio, VoipStudioSettings, WaitingPlace};
use rstest::rstest;
use secrecy::SecretString;
use time::Duration;
use tokio::task::JoinHandle;

use crate::support::{CUSTOMER, CUSTOMER_DIGITS, T0, code, dial, id};

pub(crate) const AGENT: &str = "10001";
const WAITING: &str = "690";
const WITHOUT_A_PHONE: &str = "10002";
pub(crate) const AGENT_RINGS: Duration = Duration::seconds(4);
pub(crate) const CUSTOMER_RINGS: Duration = Duration::seconds(10);
pub(crate) const TALK: Duration = Duration::seconds(60);
const RECORD_DELAY: Duration = Duration::seconds(3);

pub(crate) struct Bench {
    pub(crate) double: ProviderDouble,
    pub(crate) clock: FakeClock,
    pub(crate) adapter: VoipStudio,
}

/// A provider where every call takes the same time and ends as `outcomes` say.
pub(crate) fn bench(outcomes: OutcomeShares, turn: impl FnOnce(&mut Knobs)) -> Bench {
    bench_with(outcomes, |settings| turn(&mut settings.knobs))
}

/// The same, of settings that can be changed further.
pub(crate) fn bench_with(outcomes: OutcomeShares, change: impl FnOnce(&mut ProviderDoubleSettings)) -> Bench {
    let mut users = SimulatedUser::crew(2);
    users[1].registered = false;
    let carrier = CarrierSettings {
        outcomes,
        agent_answers: Spread::exactly(4.0),
        agent_misses_share: 0.0,
        person_answers: Spread::exactly(10.0),
        fails: Spread::exactly(2.0),
        short_talk: Spread::exactly(60.0),
        long_talk_share: 0.0,
        ..CarrierSettings::default()
    };
    let mut settings = ProviderDoubleSettings { users, carrier, ..ProviderDoubleSettings::default() };
    change(&mut settings);
    let token = settings.tokens[0].clone();
    let clock = FakeClock::new(T0);
    let double = ProviderDouble::start(settings, Arc::new(clock.clone())).unwrap();
    let adapter = connect(&double, &clock, &token, 6000);
    Bench { double, clock, adapter }
}

/// The same, and an adapter that lets customers wait in a queue which nobody is in.
pub(crate) fn bench_with_waiting_place(outcomes: OutcomeShares) -> Bench {
    let bench = bench_with(outcomes, |settings| {
        let queue =
            SimulatedQueue { id: 20_009, name: "Waiting".to_owned(), number: WAITING.to_owned(), users: vec![] };
        settings.queues.push(queue);
        settings.carrier.patience = Spread::exactly(30.0);
    });
    let settings = VoipStudioSettings {
        base_url: bench.double.base_url(),
        requests_per_minute: 6000,
        ahead: Some(WaitingPlace { extension: WAITING.to_owned(), message: Some("699".to_owned()) }),
        ..VoipStudioSettings::new(SecretString::from(ProviderDoubleSettings::default().tokens[0].as_str()))
    };
    let adapter = VoipStudio::new(settings, Arc::new(bench.clock.clone())).unwrap();
    Bench { adapter, ..bench }
}

fn connect(double: &ProviderDouble, clock: &FakeClock, token: &str, requests_per_minute: u32) -> VoipStudio {
    let settings = VoipStudioSettings {
        base_url: double.base_url(),
        requests_per_minute,
        ..VoipStudioSettings::new(SecretString::from(token))
    };
    VoipStudio::new(settings, Arc::new(clock.clone())).unwrap()
}

pub(crate) fn dial_for(agent: &str) -> DialRequest {
    DialRequest { agent: Some(AgentLine::new(agent)), ..dial() }
}

/// The call as the dialer wrote it down before it asked.
fn our_call(id: Option<&ProviderCallId>) -> Call {
    let call = builders::call().to(CUSTOMER.parse().unwrap()).agent(AGENT).started_at(T0);
    match id {
        Some(id) => call.placed(id.as_str()).build(),
        None => call.build(),
    }
}

impl Bench {
    /// Asks for a call and returns once the agent's phone rings.
    async fn begin(&self, agent: &str) -> JoinHandle<Result<ProviderCallId, TelephonyError>> {
        let adapter = self.adapter.clone();
        let request = dial_for(agent);
        let dial = tokio::spawn(async move { adapter.originate(request).await });
        self.clock.until_sleeping(1).await;
        dial
    }

    /// A call whose agent has picked up.
    pub(crate) async fn placed(&self) -> ProviderCallId {
        let dial = self.begin(AGENT).await;
        self.clock.advance(AGENT_RINGS);
        dial.await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_call_is_placed_followed_and_recorded() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let dial = bench.begin(AGENT).await;
    let live = bench.adapter.live_calls().await.unwrap();
    assert_eq!(live.iter().map(|call| call.state).collect::<Vec<_>>(), [LiveState::Initial]);
    assert_eq!(live[0].to_digits.as_deref(), Some(CUSTOMER_DIGITS));
    assert_eq!((live[0].agent.as_ref().map(AgentLine::as_str), live[0].started_at), (Some(AGENT), Some(T0)));
    assert!(!dial.is_finished(), "the provider holds the answer back until the agent picks up");

    bench.clock.advance(AGENT_RINGS);
    let call = dial.await.unwrap().unwrap();
    assert_eq!(bench.adapter.call(&call).await.unwrap().unwrap().state, LiveState::Ringing);

    bench.clock.advance(CUSTOMER_RINGS);
    let live = bench.adapter.live_calls().await.unwrap();
    let answered = T0 + AGENT_RINGS + CUSTOMER_RINGS;
    assert_eq!((live[0].state, live[0].connected_at), (LiveState::Connected, Some(answered)));
    let ours = our_call(Some(&call));
    assert_eq!(read_live(&ours, &live, bench.clock.now()), Some(CallEvent::Answered { at: answered }));

    bench.clock.advance(TALK);
    assert_eq!(bench.adapter.live_calls().await.unwrap(), []);
    assert_eq!(bench.adapter.call(&call).await.unwrap(), None);
    assert_eq!(bench.adapter.call_records_since(T0).await.unwrap(), [], "the record comes later");

    bench.clock.advance(RECORD_DELAY);
    let records = bench.adapter.call_records_since(T0).await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(
        (&records[0].call_ids[0], records[0].result, records[0].talk_seconds),
        (&call, RecordResult::Connected, 60)
    );
    let Some(CallEvent::Ended(end)) = read_records(&ours, &records) else { panic!("the record is not ours") };
    assert_eq!((end.outcome, end.answered_at), (CallOutcome::Completed, Some(answered)));
    assert_eq!(end.cause.as_deref(), Some("Normal Clearing"));
}

#[rstest]
#[case(OutcomeShares::NO_ANSWER, CallOutcome::NoAnswer)]
#[case(OutcomeShares::BUSY, CallOutcome::Busy)]
#[case(OutcomeShares::INVALID_NUMBER, CallOutcome::InvalidNumber)]
#[case(OutcomeShares::NETWORK_FAILURE, CallOutcome::Failed)]
#[tokio::test]
async fn the_record_tells_why_nobody_was_reached(
    #[case] outcomes: OutcomeShares,
    #[case] expected: CallOutcome,
    #[values(Legs::One, Legs::Two)] legs: Legs,
) {
    let bench = bench(outcomes, |knobs| (knobs.cdr_legs, knobs.live_legs) = (legs, legs));
    let call = bench.placed().await;
    bench.clock.advance(Duration::minutes(1));
    let records = bench.adapter.call_records_since(T0).await.unwrap();
    let Some(CallEvent::Ended(end)) = read_records(&our_call(Some(&call)), &records) else { panic!("no record") };
    assert_eq!(end.outcome, expected);
}

#[tokio::test]
async fn of_two_records_of_a_call_the_customer_s_leg_decides() {
    let bench = bench(OutcomeShares::NO_ANSWER, |knobs| (knobs.cdr_legs, knobs.live_legs) = (Legs::Two, Legs::Two));
    let call = bench.placed().await;
    let live = bench.adapter.live_calls().await.unwrap();
    assert_eq!(live.len(), 2);
    assert_eq!(live.iter().filter(|leg| leg.id == call || leg.parent.as_ref() == Some(&call)).count(), 2);

    bench.clock.advance(Duration::minutes(1));
    let records = bench.adapter.call_records_since(T0).await.unwrap();
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(|record| record.call_ids.contains(&call)));
    assert!(records.iter().any(|record| record.result == RecordResult::Connected), "the agent did pick up");
    let Some(CallEvent::Ended(end)) = read_records(&our_call(Some(&call)), &records) else { panic!("no record") };
    assert_eq!(end.outcome, CallOutcome::NoAnswer);
}

#[tokio::test]
async fn records_are_read_past_the_first_page_and_from_the_instant_asked_for() {
    let bench = bench(OutcomeShares::BUSY, |_| {});
    for _ in 0..3 {
        bench.placed().await;
        bench.clock.advance(Duration::minutes(1));
    }
    let settings = VoipStudioSettings {
        base_url: bench.double.base_url(),
        cdr_page_limit: 2,
        ..VoipStudioSettings::new(SecretString::from(ProviderDoubleSettings::default().tokens[0].as_str()))
    };
    let adapter = VoipStudio::new(settings, Arc::new(bench.clock.clone())).unwrap();
    assert_eq!(adapter.call_records_since(T0).await.unwrap().len(), 3);
    assert_eq!(adapter.call_records_since(T0 + Duration::SECOND).await.unwrap().len(), 2);
    assert_eq!(adapter.call_records_since(bench.clock.now()).await.unwrap().len(), 0);
}

#[tokio::test]
async fn hanging_up_ends_the_call() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let call = bench.placed().await;
    bench.adapter.hang_up(&call).await.unwrap();
    assert_eq!(bench.adapter.call(&call).await.unwrap(), None);
    assert_eq!(code(&bench.adapter.hang_up(&call).await), "no_such_call");
}

#[tokio::test]
async fn a_ringing_call_that_the_provider_does_not_cancel_is_said_to_go_on() {
    let bench = bench(OutcomeShares::PERSON, |knobs| knobs.cancel_while_ringing = false);
    let call = bench.placed().await;
    assert_eq!(code(&bench.adapter.hang_up(&call).await), "provider_refused");
    bench.clock.advance(CUSTOMER_RINGS);
    bench.adapter.hang_up(&call).await.unwrap();
}

#[tokio::test]
async fn an_agent_without_a_phone_cannot_be_reached_and_nobody_is_called() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let dial = bench.begin(WITHOUT_A_PHONE).await;
    bench.clock.advance(Duration::seconds(10));
    assert_eq!(code(&dial.await.unwrap()), "agent_unreachable");
    assert!(bench.double.ledger().calls().is_empty());
}

#[tokio::test]
async fn an_agent_who_is_on_a_call_cannot_be_reached() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    bench.placed().await;
    assert_eq!(code(&bench.adapter.originate(dial_for(AGENT)).await), "agent_unreachable");
}

#[rstest]
#[case::not_a_user(dial_for("99999"), |_: &mut Knobs| {}, "provider_misconfigured")]
#[case::no_caller_id_allowed(dial_for(AGENT), |knobs: &mut Knobs| knobs.caller_id_allowed = false, "provider_misconfigured")]
#[case::no_balance(
    dial_for(AGENT),
    |knobs: &mut Knobs| knobs.refuse_dials = Some(DialRefusal { status: 402, message: "Insufficient funds".to_owned() }),
    "provider_misconfigured"
)]
#[case::expired_key(dial_for(AGENT), |knobs: &mut Knobs| knobs.api_keys_expired = true, "provider_unauthorized")]
#[tokio::test]
async fn a_dial_that_cannot_be_carried_out_is_refused_at_once(
    #[case] request: DialRequest,
    #[case] turn: fn(&mut Knobs),
    #[case] expected: &str,
) {
    let bench = bench(OutcomeShares::PERSON, turn);
    assert_eq!(code(&bench.adapter.originate(request).await), expected);
    assert!(bench.double.ledger().calls().is_empty());
}

#[tokio::test]
async fn a_wrong_key_is_told_by_every_request() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let stranger = connect(&bench.double, &bench.clock, "another-key", 6000);
    let outcomes = [
        code(&stranger.health().await),
        code(&stranger.users().await),
        code(&stranger.live_calls().await),
        code(&stranger.call(&id("1")).await),
        code(&stranger.hang_up(&id("1")).await),
        code(&stranger.call_records_since(T0).await),
        code(&stranger.originate(dial_for(AGENT)).await),
    ];
    assert_eq!(outcomes, ["provider_unauthorized"; 7]);
    assert_eq!(code(&bench.adapter.health().await), "ok");
}

#[rstest]
#[case::closed_connection(None)]
#[case::gateway_gave_up(Some(504))]
#[tokio::test]
async fn a_call_whose_answer_was_lost_is_found_among_the_live_ones(#[case] lost_answer_status: Option<u16>) {
    let faults = Faults { lost_answer: 1.0, lost_answer_status, on: FaultScope::Dials, ..Faults::default() };
    let bench = bench(OutcomeShares::PERSON, |knobs| knobs.faults = faults);
    let dial = bench.begin(AGENT).await;
    bench.clock.advance(AGENT_RINGS);
    assert_eq!(code(&dial.await.unwrap()), "outcome_unknown");
    let live = bench.adapter.live_calls().await.unwrap();
    assert_eq!(live.len(), 1, "the customer's phone rings");
    let found = find_lost(&our_call(None), &live, &[], &BTreeSet::new(), Duration::minutes(3));
    assert_eq!(found.as_ref(), Some(&live[0].id));
}

#[tokio::test]
async fn a_dial_given_up_too_early_may_have_placed_the_call() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let settings = VoipStudioSettings {
        base_url: bench.double.base_url(),
        connect_timeout: std::time::Duration::from_millis(200),
        dial_timeout: std::time::Duration::from_millis(300),
        ..VoipStudioSettings::new(SecretString::from(ProviderDoubleSettings::default().tokens[0].as_str()))
    };
    let hasty = VoipStudio::new(settings, Arc::new(bench.clock.clone())).unwrap();
    assert_eq!(code(&hasty.originate(dial_for(AGENT)).await), "outcome_unknown");
    assert_eq!(bench.adapter.live_calls().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_provider_that_answers_a_dial_at_once_is_followed_as_well() {
    let bench = bench(OutcomeShares::PERSON, |knobs| {
        (knobs.dial_answer, knobs.agent_leg_shows) = (DialAnswer::AtOnce, AgentLegShows::Ringing);
    });
    let call = bench.adapter.originate(dial_for(AGENT)).await.unwrap();
    assert_eq!(bench.adapter.call(&call).await.unwrap().unwrap().state, LiveState::Ringing);
    bench.clock.advance(AGENT_RINGS + CUSTOMER_RINGS + TALK + RECORD_DELAY);
    let records = bench.adapter.call_records_since(T0).await.unwrap();
    assert!(read_records(&our_call(Some(&call)), &records).is_some());
}

#[rstest]
#[case::status(RateLimitAnswer::TooManyRequests { retry_after_seconds: Some(20) }, 1, ["provider_throttled"; 2], [true; 2])]
#[case::text(RateLimitAnswer::BadRequest, 1, ["provider_throttled"; 2], [true, false])]
#[case::not_http(RateLimitAnswer::MalformedHeaders, 2, ["provider_unavailable", "outcome_unknown"], [true; 2])]
#[case::silence(RateLimitAnswer::ClosedConnection, 2, ["provider_unavailable", "outcome_unknown"], [false; 2])]
#[tokio::test]
async fn a_rate_limit_is_understood_as_far_as_it_can_be(
    #[case] answer: RateLimitAnswer,
    // How often it has to come until it is understood.
    #[case] times: usize,
    // To a reading and to a dial: the text that the provider has for one number slows down only a reading.
    #[case] expected: [&str; 2],
    #[case] slows: [bool; 2],
) {
    let limited = |knobs: &mut Knobs| (knobs.rate_limit_per_minute, knobs.rate_limit_answer) = (Some(1), answer);
    for ((expected, slows), dials) in expected.into_iter().zip(slows).zip([false, true]) {
        let bench = bench(OutcomeShares::PERSON, limited);
        bench.adapter.health().await.unwrap();
        for _ in 0..times {
            let seen = if dials {
                code(&bench.adapter.originate(dial_for(AGENT)).await)
            } else {
                code(&bench.adapter.live_calls().await)
            };
            assert_eq!(seen, expected);
        }
        assert_eq!(bench.adapter.budget().paused_until.is_some(), slows);
    }
}

#[tokio::test]
async fn the_provider_never_sees_more_requests_a_minute_than_the_budget() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let adapter = connect(&bench.double, &bench.clock, &ProviderDoubleSettings::default().tokens[0], 100);
    for _ in 0..250 {
        let sweep = adapter.live_calls();
        let time = async {
            loop {
                // Its turn, and the longest wait.
                bench.clock.until_sleeping(2).await;
                bench.clock.set(bench.clock.next_wake().unwrap());
            }
        };
        tokio::select! {
            biased;
            swept = sweep => assert_eq!(swept.unwrap(), []),
            () = time => {}
        }
    }
    let busiest = bench.double.busiest_minute();
    assert!((85..=100).contains(&busiest), "{busiest}");
}

#[tokio::test]
async fn the_account_s_users_are_listed() {
    let users = bench(OutcomeShares::PERSON, |_| {}).adapter.users().await.unwrap();
    let lines: Vec<_> = users.iter().map(|user| (user.line.as_str(), user.active, user.devices)).collect();
    assert_eq!(lines, [(AGENT, true, Some(1)), (WITHOUT_A_PHONE, true, Some(1))]);
}
