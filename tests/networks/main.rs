//! The suite of telephone networks: on the simulated carrier in process, and on the adapter over HTTP, with a provider as
//! assumed and with each assumption that can be seen on the wire turned into its opposite.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

use std::any::Any;
use std::sync::Arc;

use dialer_domain::telephony::{AgentLine, Telephony};
use dialer_domain::{Clock, Duration, PhoneNumber};
use dialer_simulator::{
    AgentLegShows, AnswerState, BeforeAnswer, CarrierSettings, CdrCallId, CdrIds, DdiField, DialAnswer, ErrorCode,
    Knobs, Ledger, Legs, LiveIds, OutcomeShares, Outsider, ProviderDouble, ProviderDoubleSettings, ScaledClock,
    SimulatedTelephony, SimulatedUser, Spread,
};
use dialer_testkit::builders::T0;
use dialer_testkit::{Callees, NetworkBench, TrueCall, telephony_conformance};
use dialer_voipstudio::{VoipStudio, VoipStudioSettings};
use secrecy::SecretString;

const fn outcomes(callees: Callees) -> OutcomeShares {
    match callees {
        Callees::Answer => OutcomeShares::PERSON,
        Callees::AreBusy => OutcomeShares::BUSY,
        Callees::LetItRing => OutcomeShares::NO_ANSWER,
        Callees::DoNotExist => OutcomeShares::INVALID_NUMBER,
    }
}

/// Two agents, of whom the second has switched the phone off.
fn crew() -> Vec<SimulatedUser> {
    let mut users = SimulatedUser::crew(2);
    users[1].registered = false;
    users
}

fn carrier(callees: Callees) -> CarrierSettings {
    CarrierSettings {
        outcomes: outcomes(callees),
        agent_misses_share: 0.0,
        long_talk_share: 1.0,
        long_talk: Spread { median_seconds: 240.0, sigma: 0.1 },
        ..CarrierSettings::default()
    }
}

fn bench(
    telephony: impl Telephony + 'static,
    clock: Arc<dyn Clock>,
    ledger: Ledger,
    keep: impl Any + Send + Sync,
) -> NetworkBench {
    let [agent, without_phone] = [0, 1].map(|n: usize| AgentLine::new(crew()[n].id.to_string()));
    let truth = move |number: &PhoneNumber| {
        let calls = ledger.attempts_of(number.as_e164()).into_iter();
        calls.map(|call| TrueCall { over: call.ended_at.is_some(), talk_seconds: call.talk_seconds }).collect()
    };
    let (telephony, truth, keep) = (Arc::new(telephony), Box::new(truth), Box::new(keep));
    NetworkBench { telephony, clock, agent, without_phone, truth, keep }
}

/// The simulated carrier in process.
async fn in_process(callees: Callees) -> NetworkBench {
    let clock: Arc<dyn Clock> = Arc::new(ScaledClock::new(T0, 200.0));
    let telephony = SimulatedTelephony::new(carrier(callees), 1, crew(), clock.clone()).unwrap();
    telephony.knobs().set(|knobs| knobs.recordings.on = true);
    let ledger = telephony.ledger();
    bench(telephony, clock, ledger, ())
}

telephony_conformance!(simulated_in_process, in_process);

/// The adapter on a provider of its own.
fn over_http(callees: Callees, knobs: Knobs) -> NetworkBench {
    let mut settings =
        ProviderDoubleSettings { users: crew(), carrier: carrier(callees), knobs, ..ProviderDoubleSettings::default() };
    settings.knobs.recordings.on = true;
    let token = SecretString::from(settings.tokens[0].clone());
    let clock: Arc<dyn Clock> = Arc::new(ScaledClock::new(T0, 60.0));
    let double = ProviderDouble::start(settings, clock.clone()).unwrap();
    let settings =
        VoipStudioSettings { base_url: double.base_url(), requests_per_minute: 6000, ..VoipStudioSettings::new(token) };
    let adapter = VoipStudio::new(settings, clock.clone()).unwrap();
    bench(adapter, clock, double.ledger(), double)
}

macro_rules! over_http {
    ($($name:ident: $knobs:expr;)+) => {
        $(telephony_conformance!($name, async |callees| over_http(callees, $knobs));)+
    };
}

over_http! {
    as_assumed: Knobs::default();
    the_agent_s_phone_shows_as_ringing: Knobs { agent_leg_shows: AgentLegShows::Ringing, ..Knobs::default() };
    the_answer_tells_of_the_agent_s_leg: Knobs { answer_state: AnswerState::AgentLeg, ..Knobs::default() };
    live_calls_have_two_legs: Knobs { live_legs: Legs::Two, ..Knobs::default() };
    records_have_two_legs: Knobs { cdr_legs: Legs::Two, ..Knobs::default() };
    live_calls_have_other_ids: Knobs { live_ids: LiveIds::Others, ..Knobs::default() };
    records_name_parent_and_root_only: Knobs { cdr_ids: CdrIds::ParentAndRoot, ..Knobs::default() };
    records_name_no_call: Knobs { cdr_ids: CdrIds::None, ..Knobs::default() };
    records_name_the_live_call_twice: Knobs { cdr_call_id: CdrCallId::LiveId, ..Knobs::default() };
    ids_are_texts: Knobs { ids_as_strings: true, outsider_id: Outsider::Null, ..Knobs::default() };
    times_are_null_before_the_answer: Knobs { connected_at_before_answer: BeforeAnswer::Null, ..Knobs::default() };
    calls_that_are_over_show_for_a_while: Knobs { hangup_lingers: Duration::seconds(10), ..Knobs::default() };
    what_is_over_is_gone_for_good: Knobs { gone_status: 410, ..Knobs::default() };
    records_come_late: Knobs { cdr_delay: Duration::minutes(2), ..Knobs::default() };
    numbers_are_called_number: Knobs { ddi_field: DdiField::Number, ..Knobs::default() };
    codes_stand_on_top: Knobs { error_code: ErrorCode::OnTop, ..Knobs::default() };
}

/// An agent without a phone is told of later, so that this case is another one where a dial is answered at once.
mod a_dial_is_answered_at_once {
    use super::*;

    async fn at_once(callees: Callees) -> NetworkBench {
        over_http(callees, Knobs { dial_answer: DialAnswer::AtOnce, ..Knobs::default() })
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_conversation_is_followed_to_its_record() {
        dialer_testkit::networks::a_conversation_is_followed_to_its_record(at_once).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_conversation_ends_when_it_is_hung_up() {
        dialer_testkit::networks::a_conversation_ends_when_it_is_hung_up(at_once).await;
    }
}
