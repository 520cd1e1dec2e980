//! The double on an accelerated clock, as the demo uses it.

use std::sync::Arc;

use dialer_simulator::{CallResult, OutcomeShares, ProviderDouble, ProviderDoubleSettings, ScaledClock};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{NUMBER, START, TALK, TOKEN, client, exact, read};

#[tokio::test]
async fn an_accelerated_call_lasts_as_long_on_its_own_clock_as_a_real_one() {
    let clock = Arc::new(ScaledClock::new(START, 400.0));
    let settings =
        ProviderDoubleSettings { carrier: exact(OutcomeShares::PERSON), ..ProviderDoubleSettings::default() };
    let double = ProviderDouble::start(settings, clock.clone()).unwrap();
    let client = client();
    let ask = async |method, path: &str, body: &Value| {
        let url = format!("{}{path}", double.base_url());
        read(client.request(method, url).header("X-Auth-Token", TOKEN).json(body).send().await.unwrap()).await
    };

    let (status, body) = ask(Method::POST, "/calls", &json!({ "to": NUMBER })).await;
    assert_eq!(status, 201);
    let id = body["data"]["id"].as_u64().unwrap();
    let cdr = loop {
        let (_, body) = ask(Method::GET, "/cdrs", &json!({})).await;
        if body["total"] == 1 {
            break body["data"][0].clone();
        }
    };

    assert_eq!((cdr["live_id"].as_u64(), cdr["billsec"].as_i64()), (Some(id), Some(TALK)));
    let truth = double.ledger().call(id).unwrap();
    assert_eq!(truth.result, Some(CallResult::Person));
    assert_eq!((truth.ended_at.unwrap() - truth.placed_at).whole_milliseconds(), 74_000, "exact at any speed");
}
