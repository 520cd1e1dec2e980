//! Contacts, text messages, queues and numbers.

use dialer_simulator::{DdiField, OutcomeShares};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{CDR_DELAY, CUSTOMER_RINGS, NUMBER, TALK, bench, bench_with, exact, read};

#[tokio::test]
async fn a_contact_is_created_read_changed_and_deleted() {
    let bench = bench();
    let ada = json!({ "first_name": "Ada", "mobile": "447700900101", "labels": ["new"], "shoe_size": 39 });
    let (status, body) = bench.send(Method::POST, "/contacts", &ada).await;
    let id = body["data"]["id"].as_u64().unwrap();
    let expected = json!({
        "id": id, "first_name": "Ada", "mobile": "447700900101", "labels": ["new"], "created_at": "2026-03-02 09:00:00",
    });
    assert_eq!((status, &body["data"]), (201, &expected));
    let path = format!("/contacts/{id}");
    assert_eq!(bench.get(&path).await.1["data"], expected);

    let (status, body) = bench.send(Method::PATCH, &path, &json!({ "company": "Example Ltd" })).await;
    assert_eq!(
        (status, &body["data"]["company"], &body["data"]["first_name"]),
        (200, &json!("Example Ltd"), &json!("Ada"))
    );
    assert_eq!(bench.delete(&path).await, (204, Value::Null));
    assert_eq!(bench.get(&path).await.0, 404);
    assert_eq!(bench.send(Method::PATCH, &path, &json!({})).await.0, 404);
    assert_eq!(bench.delete(&path).await.0, 404);
}

#[tokio::test]
async fn several_contacts_are_changed_or_deleted_at_once_all_or_none() {
    let bench = bench();
    let mut ids = Vec::new();
    for name in ["Ada", "Bo", "Cleo"] {
        let (_, body) = bench.send(Method::POST, "/contacts", &json!({ "first_name": name })).await;
        ids.push(body["data"]["id"].as_u64().unwrap());
    }
    let change = json!([{ "id": ids[0], "company": "A" }, { "id": ids[2], "company": "C" }]);
    let (status, body) = bench.send(Method::PATCH, "/contacts", &change).await;
    assert_eq!((status, &body["total"], &body["data"][1]["company"]), (200, &json!(2), &json!("C")));

    assert_eq!(bench.delete(&format!("/contacts/{},1", ids[0])).await.0, 404);
    assert_eq!(bench.rows("/contacts").await.len(), 3);
    assert_eq!(bench.delete(&format!("/contacts/{},{}", ids[0], ids[1])).await.0, 204);
    let left = bench.rows("/contacts").await;
    assert_eq!((left.len(), &left[0]["first_name"]), (1, &json!("Cleo")));
}

#[tokio::test]
async fn a_contact_s_number_has_to_be_digits_and_contacts_are_found_by_their_fields() {
    let bench = bench();
    let wrong = json!({ "first_name": "Ada", "tel": "+44 7700", "mobile_2": 447 });
    let (status, body) = bench.send(Method::POST, "/contacts", &wrong).await;
    let fields: Vec<_> = body["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!((status, fields), (400, vec![&json!("tel"), &json!("mobile_2")]));
    for name in ["Ada", "Bo"] {
        bench.send(Method::POST, "/contacts", &json!({ "first_name": name })).await;
    }
    let filter = json!([{ "property": "first_name", "operator": "like", "value": "ad" }]).to_string();
    let request = bench.request(Method::GET, "/contacts").query(&[("filter", filter)]);
    assert_eq!(read(request.send().await.unwrap()).await.1["total"], 1);
}

#[tokio::test]
async fn a_text_message_is_sent_and_listed() {
    let bench = bench();
    let (status, body) = bench.send(Method::POST, "/sms", &json!({ "to": NUMBER, "message": "Hello" })).await;
    let sent = &body["data"];
    assert_eq!((status, &sent["type"], &sent["from"]), (201, &json!("O"), &json!("442079460001")));
    let named = json!({ "to": NUMBER, "message": "Hello", "from": "Example" });
    assert_eq!(bench.send(Method::POST, "/sms", &named).await.1["data"]["from"], "Example");
    let rows = bench.rows("/sms?sort=id&dir=DESC").await;
    assert_eq!((rows.len(), &rows[1]), (2, sent));

    let (status, body) = bench.send(Method::POST, "/sms", &json!({ "to": "+44" })).await;
    let fields: Vec<_> = body["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!((status, fields), (400, vec![&json!("to"), &json!("message")]));
}

#[tokio::test]
async fn a_user_joins_a_queue_and_leaves_it() {
    let bench = bench();
    let path = "/queues/20001?include=users";
    let member = async |id: u64| {
        let (_, body) = bench.get(path).await;
        let users = body["data"]["users"].as_array().unwrap().clone();
        users.into_iter().find(|user| user["id"] == id).map(|user| user["status"].clone())
    };
    assert_eq!((member(10_001).await, member(10_011).await), (Some(json!(true)), None));

    let change = json!({ "users": [{ "id": 10_001, "status": false }, { "id": 10_011, "status": true }] });
    let (status, body) = bench.send(Method::PATCH, path, &change).await;
    assert_eq!((status, body["data"]["users"].as_array().unwrap().len()), (200, 11));
    assert_eq!((member(10_001).await, member(10_011).await), (Some(json!(false)), Some(json!(true))));
    assert_eq!(bench.rows("/queues?include=users").await[0]["users"][0]["status"], false);
    assert_eq!(bench.get("/queues/20001").await.1["data"]["users"][0], 10_001, "ids where objects are not asked for");

    let stranger = json!({ "users": [{ "id": 1, "status": true }] });
    assert_eq!(bench.send(Method::PATCH, path, &stranger).await.0, 400);
    assert_eq!(bench.send(Method::PATCH, "/queues/1", &change).await.0, 404);
    assert_eq!(bench.get("/queues/1").await.0, 404);
}

#[tokio::test]
async fn the_account_s_numbers_may_be_called_otherwise() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.ddi_field = DdiField::Number);
    let rows = bench.rows("/ddis").await;
    assert_eq!((&rows[0]["number"], rows[0].get("e164")), (&json!("442079460001"), None));
}

#[tokio::test]
async fn calls_and_text_messages_make_one_history() {
    let bench = bench();
    bench.send(Method::POST, "/sms", &json!({ "to": NUMBER, "message": "Hello" })).await;
    bench.clock.advance(10);
    bench.dial(10_001, NUMBER).await;
    bench.clock.advance(CUSTOMER_RINGS + TALK + CDR_DELAY);
    let rows = bench.rows("/conversations?sort=created_at").await;
    let short: Vec<_> =
        rows.iter().map(|row| (row["channel"].as_str().unwrap(), row["dst"].as_str().unwrap())).collect();
    assert_eq!(short, [("sms", NUMBER), ("call", NUMBER)]);
    assert_eq!((&rows[1]["created_at"], &rows[1]["duration"]), (&json!("2026-03-02 09:00:10"), &json!(74)));
}

#[tokio::test]
async fn a_call_from_outside_is_picked_up_by_a_request() {
    let bench = bench();
    let id = bench.double.receive_call("447700900150", 10_001).unwrap();
    let path = format!("/calls/{id}");
    let (_, live) = bench.get(&path).await;
    let live = &live["data"];
    assert_eq!(
        (&live["state"], &live["destination"], &live["dst_id"]),
        (&json!("RINGING"), &json!("in"), &json!("10001"))
    );
    assert_eq!((&live["src"], &live["src_id"]), (&json!("447700900150"), &json!("0")));

    let (status, body) = bench.send(Method::PATCH, &path, &json!({ "state": "CONNECTED" })).await;
    assert_eq!((status, &body["data"]["state"]), (200, &json!("CONNECTED")));
    assert_eq!(bench.send(Method::PATCH, &path, &json!({ "state": "CONNECTED" })).await.0, 400, "it is already");
    bench.clock.advance(TALK + CDR_DELAY);
    let cdr = &bench.rows("/cdrs").await[0];
    assert_eq!((&cdr["type"], &cdr["src"], &cdr["billsec"]), (&json!("I"), &json!("447700900150"), &json!(TALK)));
    let outbound = bench.dial(10_001, NUMBER).await;
    assert_eq!(bench.send(Method::PATCH, &format!("/calls/{outbound}"), &json!({ "state": "CONNECTED" })).await.0, 400);
}

#[tokio::test]
async fn a_call_from_outside_that_nobody_takes_is_a_missed_one() {
    let bench = bench();
    bench.dial(10_001, NUMBER).await;
    bench.double.receive_call("447700900150", 10_001).unwrap();
    bench.clock.advance(30 + CDR_DELAY);
    let missed = &bench.rows("/cdrs").await[0];
    assert_eq!(
        (&missed["type"], &missed["disposition"], &missed["billsec"]),
        (&json!("M"), &json!("NO ANSWER"), &json!(0))
    );
    assert_eq!(bench.double.ledger().attempts_per_number().len(), 1, "nobody called that number");
}
