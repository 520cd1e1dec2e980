//! The adapter against the double: all of the account beside its calls.

use std::sync::Arc;

use dialer_domain::recordings::Sentiment;
use dialer_domain::telephony::{
    AgentLine, DialRequest, LegOrder, LiveState, ProviderRecording, Telephony, TextMessage, TransferTarget,
};
use dialer_simulator::{
    CallKind, CallResult, CustomerFirstAccount, DdiField, KeyRights, Knobs, OutcomeShares, ProviderDoubleSettings,
};
use dialer_voipstudio::{
    CallRoute, CallStatus, CallToMake, ConnectTo, ContactDetails, SignIn, SignedIn, VoipStudio, VoipStudioSettings,
    get_call_status, make_call,
};
use rstest::rstest;
use secrecy::SecretString;
use time::Duration;

use crate::provider_double::{AGENT, AGENT_RINGS, Bench, CUSTOMER_RINGS, TALK, bench, dial_for};
use crate::support::{CALLER_ID, CUSTOMER, CUSTOMER_DIGITS, T0, code, dial};

/// Settings that reach the double.
fn reaching(bench: &Bench, key: &str) -> VoipStudioSettings {
    VoipStudioSettings {
        base_url: bench.double.base_url(),
        requests_per_minute: 6000,
        ..VoipStudioSettings::new(SecretString::from(key))
    }
}

fn by_route(bench: &Bench, route: CallRoute) -> VoipStudio {
    let key = &ProviderDoubleSettings::default().tokens[0];
    VoipStudio::new(VoipStudioSettings { route, ..reaching(bench, key) }, Arc::new(bench.clock.clone())).unwrap()
}

fn with_key(bench: &Bench, key: &SecretString) -> VoipStudio {
    use secrecy::ExposeSecret;
    VoipStudio::new(reaching(bench, key.expose_secret()), Arc::new(bench.clock.clone())).unwrap()
}

#[rstest]
#[case(DdiField::E164)]
#[case(DdiField::Number)]
#[tokio::test]
async fn a_probe_learns_what_the_account_offers_and_calls_nobody(#[case] field: DdiField) {
    let bench = bench(OutcomeShares::PERSON, |knobs| knobs.ddi_field = field);
    let found = bench.adapter.probe().await.unwrap();
    assert_eq!((found.leg_order, found.caller_id), (LegOrder::AgentFirst, true));
    assert!(found.recording && found.sms && found.ring_reporting);
    assert!(bench.adapter.numbers().await.unwrap().contains(&CALLER_ID.parse().unwrap()));
    assert_eq!(bench.adapter.key_user().await.unwrap(), AgentLine::new(AGENT));
    assert!(bench.double.ledger().calls().is_empty());
}

#[tokio::test]
async fn a_key_that_is_not_an_administrator_s_dials_for_its_own_user_alone() {
    let bench = bench(OutcomeShares::PERSON, |knobs| knobs.key_rights = KeyRights::OwnUser);
    assert_eq!(code(&bench.adapter.originate(dial_for("10002")).await), "provider_misconfigured");
    assert!(bench.double.ledger().calls().is_empty());
    bench.placed().await;
}

#[tokio::test]
async fn a_connected_call_is_handed_on_and_a_ringing_one_is_not() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let call = bench.placed().await;
    let to = TransferTarget::Number("+447700900456".parse().unwrap());
    assert_eq!(code(&bench.adapter.transfer(&call, &to).await), "provider_refused");
    bench.clock.advance(CUSTOMER_RINGS);
    bench.adapter.transfer(&call, &to).await.unwrap();
    bench.clock.advance(Duration::hours(2));
    assert_eq!(code(&bench.adapter.transfer(&call, &to).await), "no_such_call");
}

async fn recorded(turn: impl FnOnce(&mut Knobs)) -> (Bench, ProviderRecording) {
    let bench = bench(OutcomeShares::PERSON, |knobs| {
        knobs.recordings.on = true;
        turn(knobs);
    });
    bench.placed().await;
    bench.clock.advance(CUSTOMER_RINGS + TALK);
    assert!(bench.adapter.recordings_since(T0).await.unwrap().is_empty(), "it takes a while");
    bench.clock.advance(Duration::minutes(1));
    let mut recordings = bench.adapter.recordings_since(T0).await.unwrap();
    assert_eq!(recordings.len(), 1);
    (bench, recordings.remove(0))
}

async fn bytes_of(bench: &Bench, recording: &ProviderRecording) -> u64 {
    let mut audio = bench.adapter.recording_audio(&recording.id).await.unwrap().unwrap();
    let mut bytes = 0;
    while let Some(piece) = audio.next().await.unwrap() {
        bytes += u64::try_from(piece.len()).unwrap();
    }
    bytes
}

#[tokio::test]
async fn a_recording_is_listed_with_its_parties_and_fetched_whole() {
    let (bench, recording) = recorded(|_| {}).await;
    assert_eq!(recording.to_digits.as_deref(), Some(CUSTOMER_DIGITS));
    assert_eq!((recording.seconds, recording.call_ids.len()), (60, 0));
    assert_eq!(recording.transcript, None);
    assert_eq!(Some(bytes_of(&bench, &recording).await), recording.size);
    assert_eq!(bench.adapter.recording(&recording.id).await.unwrap(), Some(recording));
}

#[tokio::test]
async fn a_recording_may_name_its_call_and_carry_what_was_said() {
    let (bench, recording) = recorded(|knobs| {
        (knobs.recordings.names_call, knobs.recordings.cx, knobs.ids_as_strings) = (true, true, true);
    })
    .await;
    let call = &bench.double.ledger().calls()[0];
    assert_eq!(recording.call_ids[0].as_str(), call.id.to_string());
    assert!(recording.transcript.is_some_and(|text| text.lines().count() == 2) && recording.summary.is_some());
    assert!(matches!(recording.sentiment, Some(Sentiment::Positive | Sentiment::Neutral | Sentiment::Negative)));
}

#[tokio::test]
async fn audio_that_is_shorter_than_its_row_tells_is_known_by_the_length() {
    let (bench, recording) = recorded(|knobs| knobs.recordings.cut_short = true).await;
    assert!(bytes_of(&bench, &recording).await < recording.size.unwrap());
}

#[rstest]
#[case::the_agent(ConnectTo::Agent)]
#[case::a_queue(ConnectTo::Extension("600".to_owned()))]
#[tokio::test]
async fn a_web_call_rings_the_customer_first(#[case] connect_to: ConnectTo) {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let adapter = by_route(&bench, CallRoute::WebCall { connect_to });
    adapter.probe().await.unwrap();
    assert!(bench.double.ledger().calls().is_empty(), "a probe calls nobody");
    let call = adapter.originate(dial_for(AGENT)).await.unwrap();
    bench.clock.advance(CUSTOMER_RINGS + AGENT_RINGS);
    assert_eq!(adapter.call(&call).await.unwrap().unwrap().state, LiveState::Connected);
    let truth = bench.double.ledger().calls().remove(0);
    assert_eq!((truth.kind, truth.agent.to_string()), (CallKind::CustomerFirst, AGENT.to_owned()));
    assert!(truth.customer_answered_at < truth.agent_answered_at);
}

#[tokio::test]
async fn a_lead_call_speaks_to_the_customer() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let adapter = by_route(&bench, CallRoute::LeadCall { text: "Good morning".to_owned() });
    adapter.probe().await.unwrap();
    adapter.originate(dial()).await.unwrap();
    bench.clock.advance(Duration::minutes(1));
    let truth = bench.double.ledger().calls().remove(0);
    assert_eq!((truth.kind, truth.result), (CallKind::Announcement, Some(CallResult::Person)));
}

#[rstest]
#[case::refused_as_too_many(CustomerFirstAccount::RateRefused, 3)]
#[case::not_there(CustomerFirstAccount::NotFound, 1)]
#[tokio::test]
async fn an_account_without_customer_first_calls_is_told_at_last_and_calls_nobody(
    #[case] account: CustomerFirstAccount,
    #[case] attempts: usize,
) {
    let bench = bench(OutcomeShares::PERSON, |knobs| knobs.customer_first = account);
    let adapter = by_route(&bench, CallRoute::WebCall { connect_to: ConnectTo::Extension("600".to_owned()) });
    adapter.probe().await.unwrap();
    let mut last = "";
    for _ in 0..attempts {
        last = code(&adapter.originate(dial()).await);
    }
    assert_eq!(last, "provider_misconfigured");
    assert!(bench.double.ledger().calls().is_empty());
}

#[rstest]
#[case(false)]
#[case(true)]
#[tokio::test]
async fn signing_in_gets_a_token_that_lives_as_long_as_it_is_used(#[case] two_factor: bool) {
    let bench = bench(OutcomeShares::PERSON, |knobs| knobs.two_factor = two_factor);
    let double = ProviderDoubleSettings::default();
    let sign_in = SignIn::new(reaching(&bench, "unused"), Arc::new(bench.clock.clone())).unwrap();
    let password = SecretString::from(double.password);
    let mut signed_in = sign_in.with_password("agent1@simulated.example", &password).await.unwrap();
    if let SignedIn::CodeWanted { nonce } = signed_in {
        assert!(two_factor);
        signed_in = sign_in.with_code(&double.two_factor_code, &nonce).await.unwrap();
    }
    let SignedIn::Done { token, user } = signed_in else { panic!("one code is enough") };
    assert_eq!(user, Some(AgentLine::new(AGENT)));
    let adapter = with_key(&bench, &token);
    for _ in 0..3 {
        bench.clock.advance(Duration::minutes(29));
        adapter.health().await.unwrap();
    }
    bench.clock.advance(Duration::minutes(31));
    assert_eq!(code(&adapter.health().await), "provider_unauthorized");
    assert_eq!(
        code(&sign_in.with_password("agent1@simulated.example", &"wrong".into()).await),
        "provider_unauthorized"
    );
}

#[tokio::test]
async fn an_api_key_is_made_used_and_ended() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let made = bench.adapter.create_api_key("dialer", std::time::Duration::from_hours(1)).await.unwrap();
    let adapter = with_key(&bench, &made.key);
    adapter.health().await.unwrap();
    assert!(bench.adapter.api_keys().await.unwrap().iter().any(|key| key.name == "dialer"));
    assert!(code(&bench.adapter.create_api_key("dialer", std::time::Duration::from_hours(1)).await) != "ok");
    assert!(bench.adapter.delete_api_key(&made.key).await.unwrap());
    assert_eq!(code(&adapter.health().await), "provider_unauthorized");
    assert!(!bench.adapter.delete_api_key(&made.key).await.unwrap());
}

#[tokio::test]
async fn queues_contacts_and_messages_are_kept_by_the_account() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let adapter = &bench.adapter;
    let queue = adapter.queues().await.unwrap().remove(0);
    let line = AgentLine::new(AGENT);
    adapter.leave_queue(&queue.id, &line).await.unwrap();
    let signed_in = |queue: &dialer_voipstudio::Queue| {
        queue.members.iter().find(|member| member.line == AgentLine::new(AGENT)).and_then(|member| member.signed_in)
    };
    assert_eq!(signed_in(&adapter.queue(&queue.id).await.unwrap().unwrap()), Some(false));
    adapter.join_queue(&queue.id, &line).await.unwrap();
    assert_eq!(signed_in(&adapter.queue(&queue.id).await.unwrap().unwrap()), Some(true));

    let details = ContactDetails { first_name: Some("Ada".to_owned()), ..ContactDetails::default() };
    let id = adapter.create_contact(&details).await.unwrap();
    let change = ContactDetails { company: Some("Example Ltd".to_owned()), ..ContactDetails::default() };
    assert!(adapter.update_contact(&id, &change).await.unwrap());
    let kept = adapter.contact(&id).await.unwrap().unwrap();
    assert_eq!(
        (kept.details.first_name.as_deref(), kept.details.company.as_deref()),
        (Some("Ada"), Some("Example Ltd"))
    );
    assert_eq!(adapter.contacts().await.unwrap(), [kept]);
    assert!(adapter.delete_contact(&id).await.unwrap());
    assert_eq!(adapter.contact(&id).await.unwrap(), None);

    let message = TextMessage { to: CUSTOMER.parse().unwrap(), from: None, text: "Until tomorrow".to_owned() };
    let id = adapter.send_sms(&message).await.unwrap();
    let sent = adapter.messages().await.unwrap();
    assert_eq!((sent[0].id.as_str(), sent[0].text.as_str()), (id.as_str(), "Until tomorrow"));
    assert_eq!(sent[0].direction, Some(dialer_domain::calls::Direction::Outbound));
    assert!(adapter.voicemail().await.unwrap().is_empty());
}

#[tokio::test]
async fn click_to_call_tells_how_its_call_goes() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let to_make = CallToMake { to: CUSTOMER.parse().unwrap(), agent: Some(AGENT.to_owned()), caller_id: None };
    let ringing = async {
        bench.clock.until_sleeping(1).await;
        bench.clock.advance(AGENT_RINGS);
    };
    let (call, ()) = tokio::join!(make_call(&bench.adapter, to_make), ringing);
    let call = call.unwrap();
    assert!(!format!("{call:?}").contains(CUSTOMER_DIGITS));
    let status = async || get_call_status(&bench.adapter, &call).await.unwrap();
    assert_eq!(status().await, CallStatus::Live(LiveState::Ringing));
    bench.clock.advance(CUSTOMER_RINGS);
    assert_eq!(status().await, CallStatus::Live(LiveState::Connected));
    bench.clock.advance(TALK);
    assert_eq!(status().await, CallStatus::EndedUnrecorded);
    bench.clock.advance(Duration::minutes(1));
    assert!(matches!(status().await, CallStatus::Ended { talk_seconds: 60, .. }));
}

#[tokio::test]
async fn of_two_records_the_customer_s_tells_how_a_click_to_call_ended() {
    use dialer_domain::telephony::RecordResult;
    use dialer_simulator::Legs;
    let bench = bench(OutcomeShares::NO_ANSWER, |knobs| (knobs.cdr_legs, knobs.live_legs) = (Legs::Two, Legs::Two));
    let to_make = CallToMake { to: CUSTOMER.parse().unwrap(), agent: Some(AGENT.to_owned()), caller_id: None };
    let ringing = async {
        bench.clock.until_sleeping(1).await;
        bench.clock.advance(AGENT_RINGS);
    };
    let (call, ()) = tokio::join!(make_call(&bench.adapter, to_make), ringing);
    bench.clock.advance(Duration::minutes(2));
    let status = get_call_status(&bench.adapter, &call.unwrap()).await.unwrap();
    assert!(matches!(status, CallStatus::Ended { result: RecordResult::NoAnswer, talk_seconds: 0, .. }), "{status:?}");
}

#[tokio::test]
async fn a_dial_without_an_agent_rings_the_key_s_own_user() {
    let bench = bench(OutcomeShares::PERSON, |_| {});
    let adapter = bench.adapter.clone();
    let bare = DialRequest { agent: None, caller_id: None, ..dial() };
    let dial = tokio::spawn(async move { adapter.originate(bare).await });
    bench.clock.until_sleeping(1).await;
    bench.clock.advance(AGENT_RINGS);
    dial.await.unwrap().unwrap();
    assert_eq!(bench.double.ledger().calls()[0].agent.to_string(), AGENT);
}
