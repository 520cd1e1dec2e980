use dialer_domain::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, answer, id, wrong};

#[tokio::test]
async fn a_number_is_put_on_the_list_looked_up_and_taken_off_with_a_reason() {
    let desk = Desk::open();
    let (status, made) = desk.post("/suppressions", &json!({"phone_number": "07700 900123", "reason": "asked"})).await;
    assert_eq!(status, 201, "{made}");
    let entry = &made["suppression"];
    assert_eq!((&entry["phone_number"], &entry["source"]), (&json!("+447700900123"), &json!("api")));
    assert_eq!((&entry["created_by"], &entry["reason"]), (&json!(OWNER.to_string()), &json!("asked")));
    let (status, again) = desk.post("/suppressions", &json!({"phone_number": "+447700900123"})).await;
    assert_eq!((status, &again["suppression"]), (StatusCode::OK, entry), "it stays as it was");

    let (_, found) = desk.get("/suppressions/check?phone_number=%2B447700900123").await;
    assert_eq!((&found["suppressed"], &found["suppression"]), (&json!(true), entry));
    let (_, unescaped) = desk.get("/suppressions/check?phone_number=+447700900123").await;
    assert_eq!(unescaped["suppressed"], true);
    let (_, other) = desk.get("/suppressions/check?phone_number=%2B447700900124").await;
    assert_eq!(other, json!({"suppressed": false, "suppression": null}));
    let (_, all) = desk.get("/suppressions?source=api").await;
    assert_eq!((&all["total"], &all["suppressions"][0]), (&json!(1), entry));

    let path = format!("/suppressions/{}", id(entry));
    let (status, unreasoned) = desk.delete(&path).await;
    assert_eq!((status.as_u16(), wrong(&unreasoned)), (422, vec![("reason", "required")]));
    let (status, _) =
        answer(desk.as_user(STRANGER, Role::Supervisor, Method::DELETE, &format!("{path}?reason=x"))).await;
    assert_eq!(status, 404);
    assert_eq!(desk.delete(&format!("{path}?reason=a%20mistake")).await.0, 204);
    assert_eq!(desk.get(&path).await.0, 404);
}

#[tokio::test]
async fn many_numbers_are_added_at_once_and_the_others_reported() {
    let desk = Desk::open();
    desk.post("/suppressions", &json!({"phone_number": "+447700900101"})).await;
    let entries = json!({"entries": [
        {"phone_number": "+447700900101"}, {"phone_number": "+447700900102", "reason": "asked"},
        {"phone_number": "+44 7700 900102"}, {"phone_number": "nonsense"}, {},
    ]});
    let (status, outcome) = desk.post("/suppressions/bulk", &entries).await;
    assert_eq!((status.as_u16(), &outcome["added"]), (201, &json!(1)));
    let skipped: Vec<(u64, &str)> = outcome["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["index"].as_u64().unwrap(), row["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(skipped[..2], [(0, "already_suppressed"), (2, "duplicate_in_file")]);
    assert_eq!(skipped.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 2, 3, 4]);
    let (status, problem) = desk.post("/suppressions/bulk", &json!({"entries": []})).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("entries", "required")]));
}

#[tokio::test]
async fn a_file_is_read_to_its_end_and_comes_back_as_a_file() {
    let desk = Desk::open();
    let mut lines = vec!["phone_number;reason".to_owned()];
    lines.extend((0..1_000).map(|n| format!("+447700900{n:03};=HYPERLINK()")));
    lines.extend(["+447700900000;again".to_owned(), "nonsense;x".to_owned()]);
    let file = lines.join("\n");
    let import = desk.request(Method::POST, "/suppressions/import").header("Content-Type", "text/csv").body(file);
    let (status, outcome) = answer(import).await;
    assert_eq!(status, 201, "{outcome}");
    assert_eq!((&outcome["rows"], &outcome["added"], &outcome["skipped"]), (&json!(1002), &json!(1000), &json!(2)));
    let lines: Vec<&Value> = outcome["skipped_rows"].as_array().unwrap().iter().map(|row| &row["line"]).collect();
    assert_eq!(lines, [&json!(1002), &json!(1003)]);

    let exported = desk.request(Method::GET, "/suppressions/export").send().await.unwrap();
    assert!(exported.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
    let text = exported.text().await.unwrap();
    assert_eq!(text.lines().count(), 1_001);
    let first = text.lines().nth(1).unwrap();
    assert!(first.starts_with("+447700900000,'=HYPERLINK(),import,2026-03-02T10:00:00"), "{first}");
    assert!(first.ends_with(','), "it binds all campaigns: {first}");
    let again = desk.request(Method::POST, "/suppressions/import").header("Content-Type", "text/csv").body(text);
    let (_, outcome) = answer(again).await;
    assert_eq!((&outcome["added"], &outcome["skipped"]), (&json!(0), &json!(1000)), "what goes out comes in");
}

#[tokio::test]
async fn a_file_that_is_none_is_refused() {
    let desk = Desk::open();
    let import = |kind: &str, body: &'static str| {
        answer(desk.request(Method::POST, "/suppressions/import").header("Content-Type", kind).body(body))
    };
    assert_eq!(import("application/json", "{}").await.0, 415);
    let (status, problem) = import("text/csv", "name,company\nAda,Example\n").await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("body", "unreadable_file")]));
}

#[tokio::test]
async fn an_agent_adds_a_number_and_takes_none_off() {
    let desk = Desk::open();
    let (_, made) = desk.post("/suppressions", &json!({"phone_number": "+447700900123"})).await;
    let path = format!("/suppressions/{}?reason=x", id(&made["suppression"]));
    assert_eq!(answer(desk.as_user(OWNER, Role::Agent, Method::DELETE, &path)).await.0, 403);
    let add = desk.as_user(OWNER, Role::Agent, Method::POST, "/suppressions");
    assert_eq!(answer(add.json(&json!({"phone_number": "+447700900124"}))).await.0, 201);
}

#[tokio::test]
async fn a_number_is_suppressed_for_one_campaign() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({ "name": "A", "type": "manual" })).await;
    let wanted = json!({ "phone_number": "+447700900123", "campaign_id": campaign["id"] });
    let (status, made) = desk.post("/suppressions", &wanted).await;
    assert_eq!((status.as_u16(), &made["suppression"]["campaign_id"]), (201, &campaign["id"]), "{made}");
    let (status, again) = desk.post("/suppressions", &wanted).await;
    assert_eq!((status.as_u16(), &again), (200, &made));
    let check = async |more: &str| desk.get(&format!("/suppressions/check?phone_number=%2B447700900123{more}")).await.1;
    let here = format!("&campaign_id={}", id(&campaign));
    assert_eq!(check(&here).await["suppression"], made["suppression"]);
    assert_eq!(check("").await["suppressed"], false, "calls outside of the campaign are free");

    let (status, everywhere) = desk.post("/suppressions", &json!({ "phone_number": "+447700900123" })).await;
    assert_eq!((status.as_u16(), &everywhere["suppression"]["campaign_id"]), (201, &Value::Null));
    assert_eq!(check(&here).await["suppression"], everywhere["suppression"]);
    assert_eq!(desk.get(&format!("/suppressions?campaign_id={}", id(&campaign))).await.1["total"], 1);
    assert_eq!(desk.get("/suppressions").await.1["total"], 2);
    desk.delete(&format!("/suppressions/{}?reason=x", id(&everywhere["suppression"]))).await;
    assert_eq!(check(&here).await["suppression"], made["suppression"]);

    for (unknown, status) in [(json!(NOWHERE), 404), (json!("nonsense"), 422)] {
        let wanted = json!({ "phone_number": "+447700900123", "campaign_id": unknown });
        assert_eq!(desk.post("/suppressions", &wanted).await.0, status);
    }
}

#[tokio::test]
async fn lists_name_the_campaign_of_each_number() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({ "name": "A", "type": "manual" })).await;
    let entries = json!({ "entries": [
        { "phone_number": "+447700900101", "campaign_id": campaign["id"] }, { "phone_number": "+447700900101" },
        { "phone_number": "+447700900102", "campaign_id": NOWHERE },
        { "phone_number": "+447700900103", "campaign_id": "nonsense" },
    ] });
    let (_, outcome) = desk.post("/suppressions/bulk", &entries).await;
    assert_eq!(outcome["added"], 2, "{outcome}");
    let reasons: Vec<&Value> = outcome["skipped"].as_array().unwrap().iter().map(|row| &row["reason"]).collect();
    assert_eq!(reasons, [&json!("unknown_campaign"), &json!("unknown_campaign")]);

    let exported = desk.request(Method::GET, "/suppressions/export").send().await.unwrap().text().await.unwrap();
    assert_eq!(exported.lines().filter(|line| line.ends_with(id(&campaign))).count(), 1, "{exported}");
    for entry in desk.get("/suppressions").await.1["suppressions"].as_array().unwrap() {
        desk.delete(&format!("/suppressions/{}?reason=x", id(entry))).await;
    }
    let import = desk.request(Method::POST, "/suppressions/import").header("Content-Type", "text/csv").body(exported);
    let (_, outcome) = answer(import).await;
    assert_eq!((&outcome["added"], &outcome["skipped"]), (&json!(2), &json!(0)), "what goes out comes in: {outcome}");
    assert_eq!(desk.get(&format!("/suppressions?campaign_id={}", id(&campaign))).await.1["total"], 1);
}

#[tokio::test]
async fn a_message_that_says_stop_ends_all_calls_to_its_number() {
    let desk = Desk::open();
    let hear = async |text: &str| {
        let message = json!({ "from": "07700 900123", "text": text, "evidence": "message 7" });
        desk.post("/suppressions/opt-outs", &message).await
    };
    let (status, heard) = hear("Stop by tomorrow").await;
    let nothing = json!({ "opted_out": false, "suppression": null, "consent": null });
    assert_eq!((status.as_u16(), heard), (200, nothing));
    assert_eq!(desk.get("/suppressions").await.1["total"], 0);

    let (status, heard) = hear(" stop! ").await;
    assert_eq!((status.as_u16(), &heard["opted_out"]), (200, &json!(true)), "{heard}");
    let (entry, consent) = (&heard["suppression"], &heard["consent"]);
    assert_eq!((&entry["phone_number"], &entry["source"]), (&json!("+447700900123"), &json!("inbound")));
    assert_eq!((&consent["act"], &consent["channel"]), (&json!("revoked"), &json!("sms")));
    assert_eq!((&consent["purpose"], &consent["evidence"]), (&Value::Null, &json!("message 7")));
    assert_eq!(desk.get("/suppressions/check?phone_number=%2B447700900123").await.1["suppression"], *entry);
    assert_eq!(desk.get("/consents").await.1["consents"], json!([consent]));

    let (_, again) = hear("STOP").await;
    assert_eq!((&again["opted_out"], &again["suppression"]), (&json!(true), entry), "the entry stays as it was");
    assert_eq!(desk.get("/consents").await.1["total"], 2, "the ledger keeps both");

    let (status, problem) = desk.post("/suppressions/opt-outs", &json!({ "from": "+447700900123" })).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("text", "required")]));
    let silent = json!({ "from": "+447700900123", "text": "STOP", "channel": " " });
    let (status, problem) = desk.post("/suppressions/opt-outs", &silent).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("channel", "required")]));
}
