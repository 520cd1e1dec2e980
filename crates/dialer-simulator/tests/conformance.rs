//! The suite of telephone networks, on the simulated carrier in process.

use std::sync::Arc;

use dialer_domain::telephony::AgentLine;
use dialer_domain::{Clock, PhoneNumber};
use dialer_simulator::{CarrierSettings, OutcomeShares, ScaledClock, SimulatedTelephony, SimulatedUser, Spread};
use dialer_testkit::builders::T0;
use dialer_testkit::{Callees, NetworkBench, TrueCall, telephony_conformance};

const fn outcomes(callees: Callees) -> OutcomeShares {
    match callees {
        Callees::Answer => OutcomeShares::PERSON,
        Callees::AreBusy => OutcomeShares::BUSY,
        Callees::LetItRing => OutcomeShares::NO_ANSWER,
        Callees::DoNotExist => OutcomeShares::INVALID_NUMBER,
    }
}

async fn in_process(callees: Callees) -> NetworkBench {
    let mut users = SimulatedUser::crew(2);
    users[1].registered = false;
    let [agent, without_phone] = [0, 1].map(|n: usize| AgentLine::new(users[n].id.to_string()));
    let settings = CarrierSettings {
        outcomes: outcomes(callees),
        agent_misses_share: 0.0,
        long_talk_share: 1.0,
        long_talk: Spread { median_seconds: 240.0, sigma: 0.1 },
        ..CarrierSettings::default()
    };
    let clock: Arc<dyn Clock> = Arc::new(ScaledClock::new(T0, 200.0));
    let telephony = SimulatedTelephony::new(settings, 1, users, clock.clone()).unwrap();
    telephony.knobs().set(|knobs| knobs.recordings.on = true);
    let ledger = telephony.ledger();
    let truth = move |number: &PhoneNumber| {
        let calls = ledger.attempts_of(number.as_e164()).into_iter();
        calls.map(|call| TrueCall { over: call.ended_at.is_some(), talk_seconds: call.talk_seconds }).collect()
    };
    NetworkBench {
        telephony: Arc::new(telephony),
        clock,
        agent,
        without_phone,
        truth: Box::new(truth),
        keep: Box::new(()),
    }
}

telephony_conformance!(simulated_in_process, in_process);
