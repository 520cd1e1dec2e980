use dialer_domain::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, answer, id, wrong};

fn granted() -> Value {
    json!({
        "phone_number": "07700 900123", "act": "granted", "form": "written", "purpose": "sales", "channel": "web-form",
        "text_shown": "You may call me.", "evidence": "https://example.com/1", "happened_at": "2026-03-01T09:00:00+01:00",
        "expires_at": "2027-03-01T00:00:00Z",
    })
}

#[tokio::test]
async fn a_consent_and_its_revocation_are_written_down_and_stay() {
    let desk = Desk::open();
    let revoked = json!({ "phone_number": "+447700900123", "act": "revoked", "channel": "call" });
    let (status, made) = desk.post("/consents", &json!({ "consents": [granted(), revoked] })).await;
    assert_eq!(status, 201, "{made}");
    let entry = &made["consents"][0];
    assert_eq!((&entry["phone_number"], &entry["created_by"]), (&json!("+447700900123"), &json!(OWNER.to_string())));
    assert_eq!((&entry["happened_at"], &entry["form"]), (&json!("2026-03-01T08:00:00Z"), &json!("written")));
    let taken_back = &made["consents"][1];
    assert_eq!((&taken_back["form"], &taken_back["purpose"]), (&Value::Null, &Value::Null));
    assert_eq!(taken_back["happened_at"], taken_back["created_at"], "said now, where nothing else is said");

    let path = format!("/consents/{}", id(entry));
    assert_eq!(desk.get(&path).await, (StatusCode::OK, json!({ "consent": entry })));
    let (_, all) = desk.get("/consents?phone_number=%2B447700900123").await;
    assert_eq!((&all["total"], &all["consents"][0]), (&json!(2), taken_back));
    let (_, sales) = desk.get("/consents?purpose=sales&act=granted").await;
    assert_eq!((&sales["total"], &sales["consents"][0]), (&json!(1), entry));

    for method in [Method::PATCH, Method::DELETE, Method::PUT] {
        assert_eq!(answer(desk.request(method, &path).json(&granted())).await.0, 405);
    }
    assert_eq!(answer(desk.as_user(STRANGER, Role::Admin, Method::GET, &path)).await.0, 404);
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once_and_nothing_is_written() {
    let desk = Desk::open();
    let entries = json!({ "consents": [
        granted(), { "phone_number": "nonsense", "act": "perhaps", "form": "loud", "happened_at": "yesterday" }, {},
    ] });
    let (status, problem) = desk.post("/consents", &entries).await;
    assert_eq!(status, 422, "{problem}");
    let fields: Vec<&str> = wrong(&problem).into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        fields,
        [
            "consents[1].phone_number",
            "consents[1].act",
            "consents[1].form",
            "consents[1].happened_at",
            "consents[2].phone_number",
            "consents[2].act",
        ]
    );
    let entries = json!({ "consents": [
        granted(),
        { "phone_number": "+447700900124", "act": "granted", "channel": " ", "happened_at": "2999-01-01T00:00:00Z" },
    ] });
    let (status, problem) = desk.post("/consents", &entries).await;
    assert_eq!(status, 422, "{problem}");
    let expected = [
        ("consents[1].channel", "required"),
        ("consents[1].happened_at", "in_the_future"),
        ("consents[1].form", "required"),
    ];
    assert_eq!(wrong(&problem), expected);
    assert_eq!(desk.get("/consents").await.1["total"], 0);
}

#[tokio::test]
async fn one_to_a_thousand_are_taken_at_once() {
    let desk = Desk::open();
    let (status, problem) = desk.post("/consents", &json!({ "consents": [] })).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("consents", "required")]));
    let many = |count: usize| json!({ "consents": vec![granted(); count] });
    let (status, problem) = desk.post("/consents", &many(1_001)).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("consents", "too_many")]));
    let (status, made) = desk.post("/consents", &many(1_000)).await;
    assert_eq!((status.as_u16(), made["consents"].as_array().unwrap().len()), (201, 1_000));
    assert_eq!(desk.get("/consents").await.1["total"], 1_000);
}

#[tokio::test]
async fn a_consent_names_a_contact_of_ones_own() {
    let desk = Desk::open();
    let mut entry = granted();
    entry["contact_id"] = json!(NOWHERE);
    let (status, problem) = desk.post("/consents", &json!({ "consents": [entry] })).await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("not_found")), "{problem}");
    let campaign = desk.campaign(&json!({ "name": "A", "type": "manual" })).await;
    let contacts = json!({ "contacts": [{ "phone_number": "+447700900101" }] });
    let contacts = desk.post(&format!("/campaigns/{}/contacts", id(&campaign)), &contacts).await.1;
    entry["contact_id"] = contacts["contacts"][0]["id"].clone();
    let (status, made) = desk.post("/consents", &json!({ "consents": [entry] })).await;
    assert_eq!((status.as_u16(), &made["consents"][0]["contact_id"]), (201, &entry["contact_id"]));
}
