use dialer_app::{PlaceCall, UseCaseError};
use dialer_domain::calls::store::{CallFilter, CallStore};
use dialer_domain::calls::{CallOutcome, CallPatch, CallStatus};
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::eligibility::RefusalCode;
use dialer_domain::suppression::SuppressionStore;
use dialer_domain::telephony::{LiveState, RequestPriority, TelephonyError};
use dialer_domain::{Call, Contact, ContactStatus, PageRequest, Principal, Scope};
use dialer_testkit::builders::{self, T0, campaign, contact, live_call, number, suppression, user};
use dialer_testkit::telephony::Query;

use crate::House;

fn to(number: &str) -> PlaceCall {
    PlaceCall { to: number.to_owned(), ..PlaceCall::default() }
}

async fn all_calls(house: &House) -> Vec<Call> {
    CallStore::list(&house.store, Scope::Service, CallFilter::default(), PageRequest::default()).await.unwrap().items
}

async fn place(house: &House, wanted: PlaceCall) -> Result<Call, UseCaseError> {
    house.calls.place(house.me, wanted).await?.answer().await
}

#[tokio::test]
async fn a_person_s_call_is_written_down_placed_and_named() {
    let house = House::new();
    house.provider.next_dial_is("7");
    let wanted = PlaceCall { from: Some("+442079460002".to_owned()), ..to("020 7946 0001") };
    let call = place(&house, wanted).await.unwrap();
    assert_eq!(call.provider_call_id.unwrap().as_str(), "7");
    assert_eq!(call.status, CallStatus::Ringing);
    let dial = house.provider.placed().remove(0);
    assert_eq!(dial.to.as_e164(), "+442079460001");
    assert_eq!(dial.agent.unwrap().as_str(), "10021");
    assert_eq!(dial.caller_id.unwrap().as_e164(), "+442079460002");
    assert_eq!(dial.priority, RequestPriority::Person);
}

#[tokio::test]
async fn every_wrong_number_is_named_and_nothing_is_written() {
    let house = House::new();
    let wanted = PlaceCall { from: Some("nobody".to_owned()), ..to("12") };
    let Err(UseCaseError::Invalid(errors)) = place(&house, wanted).await else { panic!("refused") };
    assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["to", "from"]);
    assert!(all_calls(&house).await.is_empty() && house.provider.placed().is_empty());
}

#[tokio::test]
async fn a_number_on_the_do_not_call_list_is_not_called_by_a_person_either() {
    let house = House::new();
    house.store.suppress(&suppression(house.me.user, &number(1))).await.unwrap();
    let refused = place(&house, to(number(1).as_e164())).await;
    assert!(matches!(refused, Err(UseCaseError::Refused(refusal)) if refusal.code == RefusalCode::DncInternal));
    assert!(house.provider.placed().is_empty());
}

#[tokio::test]
async fn a_call_that_the_provider_refuses_is_in_the_log_with_the_reason() {
    let house = House::new();
    let reason = "Unable to make a call with no VoIP clients registered".to_owned();
    house.provider.next_dial_fails(TelephonyError::AgentUnreachable { reason });
    let answer = place(&house, to(number(1).as_e164())).await;
    assert!(matches!(answer, Err(UseCaseError::Telephony { source: TelephonyError::AgentUnreachable { .. }, .. })));
    let call = all_calls(&house).await.remove(0);
    assert_eq!((call.status, call.outcome), (CallStatus::Failed, Some(CallOutcome::NotPlaced)));
    assert!(call.cause.unwrap().contains("no VoIP clients registered"));
}

#[tokio::test]
async fn a_lost_answer_leaves_the_call_open_for_the_engine_to_find() {
    let house = House::new();
    house.provider.next_dial_fails(TelephonyError::OutcomeUnknown { reason: "reset".to_owned() });
    let call = place(&house, to(number(1).as_e164())).await.unwrap();
    assert_eq!((call.status, call.provider_call_id), (CallStatus::Initiated, None));
    assert_eq!(house.store.open().await.unwrap().len(), 1);
}

#[tokio::test]
async fn placing_goes_on_when_the_client_has_gone() {
    let house = House::new();
    let held = house.provider.hold_next_dial();
    drop(house.calls.place(house.me, to(number(1).as_e164())).await.unwrap());
    house.provider.until_placed(1).await;
    held.take("7");
    while all_calls(&house).await[0].provider_call_id.is_none() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_call_that_the_engine_found_first_still_comes_back_with_its_name() {
    let house = House::new();
    let held = house.provider.hold_next_dial();
    let placed = house.calls.place(house.me, to(number(1).as_e164())).await.unwrap();
    house.provider.until_placed(1).await;
    house.store.apply(placed.call.id, &builders::placed("7", T0), T0).await.unwrap();
    held.take("7");
    assert_eq!(placed.answer().await.unwrap().provider_call_id.unwrap().as_str(), "7");
}

struct Listed {
    house: House,
    contact: Contact,
    wanted: PlaceCall,
}

async fn with_contact(active: bool) -> Listed {
    let house = House::new();
    let list = campaign().owner(house.me.user).caller_id(number(900));
    let list = if active { list.active().build() } else { list.build() };
    CampaignStore::add(&house.store, &list).await.unwrap();
    let contact = contact(list.id).number(number(1)).build();
    house.store.import(Scope::Service, list.id, vec![contact.clone()]).await.unwrap();
    let wanted = PlaceCall { campaign_id: Some(list.id), ..to(number(1).as_e164()) };
    Listed { house, contact, wanted }
}

#[tokio::test]
async fn a_click_to_call_on_a_contact_counts_as_its_attempt() {
    let Listed { house, contact, wanted } = with_contact(true).await;
    let call = place(&house, wanted.clone()).await.unwrap();
    assert_eq!((call.contact_id, call.attempt), (Some(contact.id), Some(1)));
    assert_eq!(call.from_number, Some(number(900)));
    let stored = ContactStore::get(&house.store, Scope::Service, contact.id).await.unwrap().unwrap();
    assert_eq!((stored.status, stored.attempts), (ContactStatus::Calling, 1));
    let twice = place(&house, wanted).await;
    assert!(matches!(twice, Err(UseCaseError::Refused(refusal)) if refusal.code == RefusalCode::AttemptLive));
    assert_eq!(house.provider.placed().len(), 1);
}

#[tokio::test]
async fn a_call_inside_a_campaign_obeys_the_campaign_s_rules() {
    for number in [number(1), number(2)] {
        let Listed { house, wanted, .. } = with_contact(false).await;
        let refused = place(&house, PlaceCall { to: number.as_e164().to_owned(), ..wanted }).await;
        assert!(matches!(refused, Err(UseCaseError::Refused(r)) if r.code == RefusalCode::CampaignPaused));
        assert!(house.provider.placed().is_empty());
    }
}

#[tokio::test]
async fn a_stranger_s_campaign_and_calls_do_not_exist() {
    let Listed { house, wanted, .. } = with_contact(true).await;
    let call = place(&house, wanted.clone()).await.unwrap();
    let stranger = Principal { user: user(), ..house.me };
    let placed = house.calls.place(stranger, wanted).await;
    assert!(matches!(placed, Err(UseCaseError::NotFound("campaign"))));
    assert!(matches!(house.calls.get(stranger, call.id).await, Err(UseCaseError::NotFound("call"))));
    assert!(matches!(house.calls.remove(stranger, call.id).await, Err(UseCaseError::NotFound("call"))));
    let patched = house.calls.change(stranger, call.id, CallPatch::default()).await;
    assert!(matches!(patched, Err(UseCaseError::NotFound("call"))));
}

#[tokio::test]
async fn a_live_call_shows_its_live_state_and_a_silent_provider_costs_only_that() {
    let house = House::new();
    house.provider.next_dial_is("7");
    let call = place(&house, to(number(1).as_e164())).await.unwrap();
    house.provider.set_live(vec![live_call("7", LiveState::Connected)]);
    assert_eq!(house.calls.get(house.me, call.id).await.unwrap().1.unwrap().state, LiveState::Connected);
    house.provider.fail_next(Query::Call, TelephonyError::Unavailable { reason: "down".to_owned() });
    let (found, live) = house.calls.get(house.me, call.id).await.unwrap();
    assert_eq!((found.id, live), (call.id, None));
}

#[tokio::test]
async fn removing_a_live_call_hangs_it_up_and_keeps_it_for_the_audit_trail() {
    let house = House::new();
    house.provider.next_dial_is("7");
    let call = place(&house, to(number(1).as_e164())).await.unwrap();
    house.provider.set_live(vec![live_call("7", LiveState::Connected)]);
    house.calls.remove(house.me, call.id).await.unwrap();
    assert_eq!(house.provider.hung_up().len(), 1);
    assert!(all_calls(&house).await.is_empty());
    assert_eq!(house.store.open().await.unwrap().len(), 1, "the engine still follows it");
}
