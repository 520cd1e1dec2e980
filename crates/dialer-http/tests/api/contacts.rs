use dialer_domain::clock::Clock;
use dialer_domain::suppression::SuppressionStore;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, answer, id, number, wrong};
use dialer_domain::identity::Role;

async fn list(desk: &Desk) -> String {
    let campaign = desk.campaign(&json!({ "name": "A", "type": "power" })).await;
    format!("/campaigns/{}/contacts", id(&campaign))
}

#[tokio::test]
async fn contacts_are_added_and_those_that_cannot_be_are_reported_row_by_row() {
    let desk = Desk::open();
    let path = list(&desk).await;
    SuppressionStore::suppress(&desk.store, &dialer_testkit::builders::suppression(OWNER, &number(9))).await.unwrap();
    let body = json!({ "contacts": [
        { "phone_number": number(1).as_e164(), "first_name": "Ada", "last_name": "Example", "email": "ada@example.com",
          "company": "Acme", "metadata": { "plan": "gold" } },
        { "phone_number": "ring me" },
        { "phone_number": "  " },
        { "first_name": "Bo" },
        { "phone_number": number(1).as_e164() },
        { "phone_number": number(9).as_e164() },
        { "phone_number": "07700 900101", "first_name": "x".repeat(321) },
        { "phone_number": number(2).as_e164(), "first_name": null },
    ] });
    let (status, answer) = desk.post(&path, &body).await;
    assert_eq!((status.as_u16(), &answer["added"]), (201, &json!(2)), "{answer}");
    let skipped: Vec<_> = answer["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["index"].as_u64().unwrap(), row["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(
        skipped,
        [
            (1, "invalid_number"),
            (2, "no_number"),
            (3, "no_number"),
            (4, "duplicate_in_file"),
            (5, "dnc_internal"),
            (6, "invalid_field"),
        ]
    );
    assert_eq!(answer["skipped"][0]["phone_number"], "ring me");
    assert!(answer["skipped"][0]["message"].as_str().unwrap().contains("not digits"));
    let first = &answer["contacts"][0];
    let expected = json!({
        "id": first["id"],
        "campaign_id": path.split('/').nth(2).unwrap(),
        "phone_number": number(1).as_e164(),
        "first_name": "Ada",
        "last_name": "Example",
        "email": "ada@example.com",
        "company": "Acme",
        "status": "pending",
        "attempts": 0,
        "last_attempt_at": null,
        "next_attempt_at": null,
        "next_attempt_local": null,
        "next_attempt_zone": null,
        "last_call_id": null,
        "closed_reason": null,
        "reserved_for": null,
        "callback_for": null,
        "metadata": { "plan": "gold" },
        "created_at": "2026-03-02T10:00:00Z",
        "updated_at": "2026-03-02T10:00:00Z",
    });
    assert_eq!(first, &expected);
    let (_, listed) = desk.get(&path).await;
    assert_eq!((&listed["total"], &listed["contacts"][0]), (&json!(2), first));
    assert_eq!(desk.post(&path, &body).await.1["added"], 0, "adding a list twice adds nobody twice");
}

#[tokio::test]
async fn contacts_are_listed_by_status_a_page_at_a_time() {
    let desk = Desk::open();
    let path = list(&desk).await;
    let contacts: Vec<Value> = (1..=5).map(|n| json!({ "phone_number": number(n).as_e164() })).collect();
    desk.post(&path, &json!({ "contacts": contacts })).await;
    let (_, page) = desk.get(&format!("{path}?limit=2&offset=3&status=pending")).await;
    assert_eq!((page["contacts"].as_array().unwrap().len(), &page["total"]), (2, &json!(5)));
    assert_eq!(page["contacts"][0]["phone_number"], number(4).as_e164());
    assert_eq!(desk.get(&format!("{path}?status=completed")).await.1["total"], 0);
    assert_eq!(wrong(&desk.get(&format!("{path}?status=done")).await.1), [("status", "not_one_of")]);
}

#[tokio::test]
async fn a_list_of_ten_thousand_is_taken_and_one_more_is_not() {
    let desk = Desk::open();
    let path = list(&desk).await;
    let row = |n: u32| json!({ "phone_number": format!("+4477009{n:05}"), "company": "A company with a name of some length" });
    let mut contacts: Vec<Value> = (0..10_000).map(row).collect();
    let (status, answer) = desk.post(&path, &json!({ "contacts": contacts })).await;
    assert_eq!((status.as_u16(), &answer["added"]), (201, &json!(10_000)));
    contacts.push(row(10_000));
    let (status, problem) = desk.post(&path, &json!({ "contacts": contacts })).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("contacts", "too_many")]));
    assert_eq!(desk.get(&path).await.1["total"], 10_000);
}

#[tokio::test]
async fn a_request_without_contacts_or_with_unknown_fields_is_refused() {
    let desk = Desk::open();
    let path = list(&desk).await;
    assert_eq!(wrong(&desk.post(&path, &json!({})).await.1), [("contacts", "required")]);
    assert_eq!(wrong(&desk.post(&path, &json!({ "contacts": [] })).await.1), [("contacts", "required")]);
    let body = json!({ "contacts": [{ "phone_number": number(1).as_e164() }, { "phone": number(2).as_e164() }] });
    assert_eq!(wrong(&desk.post(&path, &body).await.1), [("contacts[1].phone", "unknown_field")]);
    let body = json!({ "contacts": [{ "phone_number": 447_700_900_101_u64 }] });
    assert_eq!(wrong(&desk.post(&path, &body).await.1), [("contacts[0].phone_number", "wrong_type")]);
    let body = json!({ "contacts": [{ "phone_number": number(1).as_e164(), "metadata": { "a": ["b\u{0}"] } }] });
    assert_eq!(wrong(&desk.post(&path, &body).await.1), [("contacts[0].metadata.a[0]", "not_storable")]);
    assert_eq!(desk.get(&path).await.1["total"], 0);
}

#[tokio::test]
async fn somebody_else_s_list_is_not_there() {
    let desk = Desk::open();
    let path = list(&desk).await;
    let body = json!({ "contacts": [{ "phone_number": number(1).as_e164() }] });
    let ask = |method| desk.as_user(STRANGER, Role::Supervisor, method, &path);
    assert_eq!(answer(ask(Method::GET)).await.0, 404);
    assert_eq!(answer(ask(Method::POST).json(&body)).await.0, 404);
    let nowhere = format!("/campaigns/{NOWHERE}/contacts");
    assert_eq!(desk.get(&nowhere).await.0, 404);
    assert_eq!(desk.post(&nowhere, &body).await.0, 404);
    assert_eq!(desk.clock.now(), crate::desk::T0);
}

#[tokio::test]
async fn a_contact_is_read_changed_and_removed() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({"name": "Spring", "type": "power"})).await;
    let list = format!("/campaigns/{}/contacts", id(&campaign));
    let contacts = json!({"contacts": [{"phone_number": "+447700900123", "first_name": "Ada"},
        {"phone_number": "+447700900124"}]});
    let (_, added) = desk.post(&list, &contacts).await;
    let path = format!("/contacts/{}", id(&added["contacts"][0]));
    assert_eq!(desk.get(&path).await.1["contact"], added["contacts"][0]);

    let wanted = json!({"first_name": null, "company": " Example ", "metadata": {"tier": 1}, "status": "callback",
        "next_attempt_at": "2026-03-03T09:00:00Z"});
    let (status, changed) = desk.patch(&path, &wanted).await;
    assert_eq!(status, 200, "{changed}");
    let contact = &changed["contact"];
    assert_eq!((&contact["first_name"], &contact["company"]), (&Value::Null, &json!("Example")));
    assert_eq!((&contact["status"], &contact["next_attempt_at"]), (&json!("callback"), &json!("2026-03-03T09:00:00Z")));

    let (status, taken) = desk.patch(&path, &json!({"phone_number": "07700 900124"})).await;
    assert_eq!((status.as_u16(), &taken["code"]), (409, &json!("conflict")));
    assert_eq!(desk.patch(&path, &json!({"status": "failed"})).await.0, 409);
    let (status, problem) = desk.patch(&path, &json!({"status": "lost", "attempts": 1})).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("attempts", "unknown_field")]));
    let (_, problem) = desk.patch(&path, &json!({"status": "lost", "phone_number": "1"})).await;
    assert_eq!(wrong(&problem).iter().map(|(field, _)| *field).collect::<Vec<_>>(), ["phone_number", "status"]);

    for (method, body) in [(Method::GET, None), (Method::PATCH, Some(json!({}))), (Method::DELETE, None)] {
        let mut request = desk.as_user(STRANGER, Role::Supervisor, method, &path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        assert_eq!(answer(request).await.0, 404);
    }
    assert_eq!(desk.delete(&path).await.0, 204);
    assert_eq!(desk.get(&path).await.0, 404);
    assert_eq!(desk.get(&list).await.1["total"], 1);
}
