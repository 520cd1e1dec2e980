//! Calls ahead of agents: web calls to a place where customers wait, handed on by the provider's transfer.

use dialer_domain::calls::evidence::{read_live, read_records};
use dialer_domain::calls::merge::{CallEvent, merge};
use dialer_domain::clock::Clock;
use dialer_domain::telephony::{AgentLine, DialRequest, LiveState, ProviderCallId, Telephony, TransferTarget};
use dialer_domain::{Call, CallOutcome};
use dialer_simulator::{CustomerFirstAccount, OutcomeShares};
use dialer_testkit::builders;
use time::Duration;

use crate::provider_double::{AGENT, AGENT_RINGS, Bench, CUSTOMER_RINGS, TALK, bench_with_waiting_place};
use crate::support::{CUSTOMER, T0, code, dial};

/// Our row of the call.
fn row(id: &ProviderCallId) -> Call {
    let call = builders::call().to(CUSTOMER.parse().unwrap()).started_at(T0).placed(id.as_str()).build();
    Call { ahead: true, agent: None, ..call }
}

async fn place(bench: &Bench) -> ProviderCallId {
    assert!(bench.adapter.probe().await.unwrap().dials_ahead);
    bench.adapter.originate(DialRequest { agent: None, caller_id: None, ahead: true, ..dial() }).await.unwrap()
}

/// What the list of live calls tells of ours.
async fn told(bench: &Bench, call: &Call) -> Option<CallEvent> {
    read_live(call, &bench.adapter.live_calls().await.unwrap(), bench.clock.now())
}

#[tokio::test]
async fn whoever_answers_waits_and_is_handed_to_an_agent() {
    let bench = bench_with_waiting_place(OutcomeShares::PERSON);
    let id = place(&bench).await;
    let ours = row(&id);
    assert_eq!(told(&bench, &ours).await, None);
    bench.clock.advance(CUSTOMER_RINGS);
    let answered = told(&bench, &ours).await.unwrap();
    assert_eq!(answered, CallEvent::Answered { at: T0 + CUSTOMER_RINGS });
    let waiting = merge(&ours, &answered).unwrap();
    assert!(waiting.waits_for_agent());

    bench.clock.advance(Duration::seconds(1));
    let line = AgentLine::new(AGENT);
    bench.adapter.transfer(&id, &TransferTarget::Agent(line.clone())).await.unwrap();
    let handed = Call { agent: Some(line.clone()), ..waiting };
    assert_eq!(told(&bench, &handed).await, None, "the agent's phone rings");
    bench.clock.advance(AGENT_RINGS);
    let connected = told(&bench, &handed).await.unwrap();
    let picked_up_at = T0 + CUSTOMER_RINGS + Duration::seconds(1) + AGENT_RINGS;
    assert_eq!(connected, CallEvent::Connected { at: picked_up_at });
    let talking = merge(&handed, &connected).unwrap();

    bench.clock.advance(TALK + Duration::seconds(3));
    assert!(matches!(told(&bench, &talking).await, Some(CallEvent::Gone { .. })));
    let records = bench.adapter.call_records_since(T0).await.unwrap();
    let over = merge(&talking, &read_records(&talking, &records).unwrap()).unwrap();
    assert_eq!((over.outcome, over.duration), (Some(CallOutcome::Completed), 60));
}

#[tokio::test]
async fn whoever_finds_nobody_hears_the_message() {
    let bench = bench_with_waiting_place(OutcomeShares::PERSON);
    let id = place(&bench).await;
    assert!(bench.adapter.capabilities().plays_message);
    bench.clock.advance(CUSTOMER_RINGS + Duration::seconds(2));
    bench.adapter.transfer(&id, &TransferTarget::Message).await.unwrap();
    bench.clock.advance(Duration::seconds(7));
    assert_eq!(bench.adapter.live_calls().await.unwrap()[0].state, LiveState::Connected, "it plays");
    bench.clock.advance(Duration::seconds(4));
    let ours = row(&id);
    let waiting = merge(&ours, &CallEvent::Answered { at: T0 + CUSTOMER_RINGS }).unwrap();
    let records = bench.adapter.call_records_since(T0).await.unwrap();
    let over = merge(&waiting, &read_records(&waiting, &records).unwrap()).unwrap();
    assert_eq!(over.outcome, Some(CallOutcome::Abandoned));
}

#[tokio::test]
async fn whoever_does_not_answer_is_no_abandoned_call() {
    let bench = bench_with_waiting_place(OutcomeShares::NO_ANSWER);
    let id = place(&bench).await;
    bench.clock.advance(Duration::seconds(40));
    let records = bench.adapter.call_records_since(T0).await.unwrap();
    let over = merge(&row(&id), &read_records(&row(&id), &records).unwrap()).unwrap();
    assert_eq!(over.outcome, Some(CallOutcome::NoAnswer));
}

#[tokio::test]
async fn an_account_without_web_calls_calls_nobody_ahead() {
    let bench = bench_with_waiting_place(OutcomeShares::PERSON);
    bench.double.knobs().set(|knobs| knobs.customer_first = CustomerFirstAccount::NotFound);
    assert!(!bench.adapter.probe().await.unwrap().dials_ahead);
    let request = DialRequest { agent: None, caller_id: None, ahead: true, ..dial() };
    assert_eq!(code(&bench.adapter.originate(request).await), "provider_misconfigured");
    assert_eq!(bench.double.ledger().calls(), []);
}
