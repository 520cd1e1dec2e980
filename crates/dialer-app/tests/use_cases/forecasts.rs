//! How a campaign will go, asked of the use case.

use std::sync::Arc;

use dialer_app::{ForecastRequest, Forecasts, Sample, UseCaseError};
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::identity::Scope;
use dialer_domain::{Campaign, DialingMode, Duration};
use dialer_simulator::VirtualForecaster;
use dialer_testkit::builders::{T0, campaign, contact, number, user};

use crate::House;

const ASKED: ForecastRequest = ForecastRequest { agents: 2, days: 1, seeds: Some(2), from: None, mode: None };

fn forecasts(house: &House) -> Forecasts {
    Forecasts::new(house.ports(), Arc::new(VirtualForecaster))
}

/// A campaign of mine with so many contacts.
async fn scene(house: &House, mode: DialingMode, contacts: u32) -> Campaign {
    let campaign = campaign().owner(house.me.user).mode(mode).build();
    house.store.add(&campaign).await.unwrap();
    let rows = (0..contacts).map(|n| contact(campaign.id).number(number(n)).build()).collect();
    house.store.import(house.me.scope(), campaign.id, rows).await.unwrap();
    campaign
}

#[tokio::test]
async fn a_draft_is_foreseen_as_if_it_were_dialling() {
    let house = House::new();
    let campaign = scene(&house, DialingMode::Power, 30).await;
    let begun = forecasts(&house).begin(&house.ports().stores, house.me.scope(), campaign.id, ASKED).await.unwrap();
    let forecast = begun.finish(|_| {}).await.unwrap().forecast;
    assert_eq!((forecast.runs, forecast.contacts, forecast.read), (2, 30, 30));
    assert!(forecast.total.attempts.low >= 30.0, "{:?}", forecast.total.attempts);
    assert!(forecast.notes.iter().any(|note| note.contains("no calls yet")), "{:?}", forecast.notes);
}

#[tokio::test]
async fn of_a_long_list_parts_are_read_that_are_evenly_spread() {
    let house = House::new();
    scene(&house, DialingMode::Power, 50).await;
    let campaign = scene(&house, DialingMode::Power, 400).await;
    let forecasts = forecasts(&house).sampling(Sample { whole: 100, parts: 10, part: 4 });
    let stores = house.ports().stores;
    let begun = forecasts.begin(&stores, house.me.scope(), campaign.id, ASKED).await.unwrap();
    let forecast = begun.finish(|_| {}).await.unwrap().forecast;
    assert_eq!((forecast.contacts, forecast.read), (400, 40));
    assert!(forecast.notes.iter().any(|note| note.contains("40 of 400 contacts")), "{:?}", forecast.notes);
}

#[tokio::test]
async fn strangers_find_nothing_and_nonsense_is_named_field_by_field() {
    let house = House::new();
    let campaign = scene(&house, DialingMode::Power, 1).await;
    let (forecasts, stores) = (forecasts(&house), house.ports().stores);
    let stranger = forecasts.begin(&stores, Scope::User(user()), campaign.id, ASKED).await;
    assert!(matches!(stranger, Err(UseCaseError::NotFound("campaign"))));
    let nonsense =
        ForecastRequest { agents: 0, days: 32, seeds: Some(201), from: Some(T0 - Duration::days(2)), mode: None };
    let Err(UseCaseError::Invalid(errors)) = forecasts.begin(&stores, house.me.scope(), campaign.id, nonsense).await
    else {
        panic!("nonsense is foreseen")
    };
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["agents", "days", "seeds", "from"]);
}

#[tokio::test]
async fn one_forecast_at_a_time_is_at_work() {
    let house = House::new();
    let campaign = scene(&house, DialingMode::Power, 1).await;
    let (forecasts, stores, scope) = (forecasts(&house), house.ports().stores, house.me.scope());
    let first = forecasts.begin(&stores, scope, campaign.id, ASKED).await.unwrap();
    let second = forecasts.clone().begin(&stores, scope, campaign.id, ASKED).await;
    assert!(matches!(second, Err(UseCaseError::Busy("forecast"))));
    first.finish(|_| {}).await.unwrap();
    assert!(forecasts.begin(&stores, scope, campaign.id, ASKED).await.is_ok());
}

#[tokio::test]
async fn a_predictive_campaign_is_played_as_the_provider_lets_it_be_dialled() {
    let house = House::new();
    let campaign = scene(&house, DialingMode::Predictive, 3).await;
    let (forecasts, stores, scope) = (forecasts(&house), house.ports().stores, house.me.scope());
    let begun = forecasts.begin(&stores, scope, campaign.id, ASKED).await.unwrap();
    let forecast = begun.finish(|_| {}).await.unwrap().forecast;
    assert_eq!(forecast.plan.pace.as_str(), "power");
    assert!(forecast.notes.iter().any(|note| note.contains("rings agents first")), "{:?}", forecast.notes);
    let wished = ForecastRequest { mode: Some(DialingMode::Predictive), ..ASKED };
    let begun = forecasts.begin(&stores, scope, campaign.id, wished).await.unwrap();
    assert_eq!(begun.finish(|_| {}).await.unwrap().forecast.plan.pace.as_str(), "predictive");
}
