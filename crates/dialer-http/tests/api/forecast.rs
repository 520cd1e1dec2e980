//! How a campaign will go, over HTTP.

use serde_json::{Value, json};

use crate::desk::{Desk, STRANGER, answer, id};
use dialer_domain::identity::Role;
use reqwest::Method;

async fn scene() -> (Desk, String) {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({ "name": "Spring", "type": "power", "timezone": "UTC" })).await;
    let path = format!("/campaigns/{}", id(&campaign));
    let numbers: Vec<Value> = (100..120).map(|n| json!({ "phone_number": format!("+447700900{n}") })).collect();
    desk.post(&format!("{path}/contacts"), &json!({ "contacts": numbers })).await;
    (desk, path)
}

#[tokio::test]
async fn a_campaign_is_foreseen_with_ranges_and_with_what_they_rest_on() {
    let (desk, path) = scene().await;
    let asked = json!({ "agents": 3, "days": 2, "seeds": 5, "from": "2026-03-03T00:00:00Z" });
    let (status, told) = desk.post(&format!("{path}/forecast"), &asked).await;
    assert_eq!(status, 200, "{told}");
    let told = &told["forecast"];
    assert_eq!((&told["type"], &told["pace"], &told["runs"]), (&json!("power"), &json!("power"), &json!(5)));
    assert_eq!((&told["from"], &told["until"]), (&asked["from"], &json!("2026-03-05T00:00:00Z")));
    let dates: Vec<_> = told["days"].as_array().unwrap().iter().map(|day| &day["date"]).collect();
    assert_eq!(dates, ["2026-03-03", "2026-03-04"]);
    assert_eq!(told["days"][0]["opens_at"], "2026-03-03T09:00:00Z");
    let attempts = &told["total"]["attempts"];
    assert!(attempts["low"].as_f64() >= Some(20.0) && attempts["low"].as_f64() <= attempts["high"].as_f64(), "{told}");
    assert_eq!((&told["list"]["contacts"], &told["list"]["read"]), (&json!(20), &json!(20)));
    let answers = told["basis"]["figures"].as_array().unwrap().iter().find(|row| row["what"] == "answer_probability");
    assert_eq!((&answers.unwrap()["seen"], &told["basis"]["calls"]), (&json!(0), &json!(0)));
    assert!(told["spent"]["median"].is_string(), "twenty contacts are called in a day: {told}");
    assert_eq!(desk.post(&format!("{path}/forecast"), &asked).await.1["forecast"], *told, "the same is foreseen again");
}

#[tokio::test]
async fn nonsense_is_refused_field_by_field_and_strangers_find_nothing() {
    let (desk, path) = scene().await;
    let path = format!("{path}/forecast");
    let fields = |problem: &Value| {
        let errors = problem["errors"].as_array().unwrap();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (status, problem) = desk.post(&path, &json!({ "agents": 0, "days": 400 })).await;
    assert_eq!((status.as_u16(), fields(&problem)), (422, vec!["agents".to_owned(), "days".to_owned()]));
    let (status, problem) = desk.post(&path, &json!({ "days": 1 })).await;
    assert_eq!((status.as_u16(), fields(&problem)), (422, vec!["agents".to_owned()]));
    let (status, problem) = desk.post(&path, &json!({ "agents": 1, "days": 1, "type": "telepathic" })).await;
    assert_eq!((status.as_u16(), fields(&problem)), (422, vec!["type".to_owned()]));
    let (status, problem) = desk.post(&path, &json!({ "agents": 1, "days": 1, "from": "2020-01-01T00:00:00Z" })).await;
    assert_eq!((status.as_u16(), fields(&problem)), (422, vec!["from".to_owned()]));
    let asked = json!({ "agents": 1, "days": 1 });
    let stranger = desk.as_user(STRANGER, Role::Supervisor, Method::POST, &path);
    assert_eq!(answer(stranger.json(&asked)).await.0, 404);
}
