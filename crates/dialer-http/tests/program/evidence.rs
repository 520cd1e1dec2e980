//! Why a call was made, decided again, and written down for others.

use serde_json::{Value, json};

use crate::process::{Place, USER, client};

/// A place with a call that a person made in a campaign, which is told with it, and nothing that runs.
async fn called() -> (Place, String, String) {
    let place = Place::new().with("DIALER__TELEPHONY__PROVIDER", "simulator").with("DIALER__RULES__OPEN", "true");
    let token = place.token(&[]);
    let serving = place.serve(&[]);
    let post = async |path: &str, body: Value| -> Value {
        let request = client().post(format!("{}/api/dialer{path}", serving.base_url)).bearer_auth(&token).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    };
    let hours = json!({ "start": "00:00", "end": "24:00" });
    let made = post("/campaigns", json!({ "name": "A", "type": "manual", "active_hours": hours })).await;
    let campaign = made["campaign"]["id"].as_str().unwrap().to_owned();
    let contacts = json!({ "contacts": [{ "phone_number": "+447700900101" }, { "phone_number": "+447700900102" }] });
    post(&format!("/campaigns/{campaign}/contacts"), contacts).await;
    post(&format!("/campaigns/{campaign}/actions/start"), Value::Null).await;
    let placed = post("/calls", json!({ "to": "+447700900101", "campaignId": campaign })).await;
    let call = placed["call"]["id"].as_str().unwrap_or_else(|| panic!("{placed}")).to_owned();
    post("/suppressions", json!({ "phone_number": "+447700900102" })).await;
    let refused = post("/calls", json!({ "to": "+447700900102", "campaignId": campaign })).await;
    assert_eq!(refused["code"], "dnc_internal", "{refused}");
    drop(serving);
    (place, campaign, call)
}

#[tokio::test]
async fn a_call_is_decided_again_and_what_was_refused_is_counted() {
    let (place, campaign, call) = called().await;
    let said = place.run(&["explain", "--replay", &call]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(said.out.contains("then    allowed") && said.out.ends_with("the same answer\n"), "{}", said.out);
    let said = place.run(&["explain", "--replay", &call, "--json"]);
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&told["same"], &told["receipt"]["call_id"]), (&json!(true), &json!(call)));
    let said = place.run(&["explain", "call", &call]);
    assert!(said.out.contains(&format!("-> dialer explain --replay {call}")), "{}", said.out);
    let said = place.run(&["explain", "campaign", &campaign]);
    assert!(said.out.contains("refused") && said.out.contains("1 dnc_internal"), "{}", said.out);
    let said = place.run(&["explain", "--replay", USER]);
    assert!(said.code == Some(1) && said.err.contains("has no receipt"), "{}", said.err);
    let said = place.run(&["explain", "--replay", "yesterday"]);
    assert!(said.code == Some(2) && said.err.contains("FILE#ID"), "{}", said.err);
    let said = place.run(&["explain"]);
    assert!(said.code == Some(2) && said.err.contains("WHAT"), "{}", said.err);
}

#[tokio::test]
async fn evidence_is_exported_verified_and_found_altered() {
    let (place, campaign, call) = called().await;
    let file = place.path().join("a.jsonl");
    let path = file.to_str().unwrap();
    let said = place.run(&["export", "evidence", "--campaign", &campaign, "--out", path]);
    assert!(said.code == Some(0) && said.out.is_empty(), "{}{}", said.out, said.err);
    let hash = said.err.trim_end().rsplit(' ').next().unwrap().to_owned();
    let again = place.run(&["export", "evidence", "--campaign", &campaign, "--out", path]);
    assert!(again.code == Some(1) && again.err.contains("not there yet"), "{}", again.err);

    let said = place.run(&["verify", path]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(said.out.contains("1 calls were decided again") && said.out.contains("1 refusals"), "{}", said.out);
    assert!(said.out.ends_with(&format!("last hash {hash}\n")), "{}", said.out);
    assert_eq!(place.run(&["verify", path, "--hash", &hash]).code, Some(0));
    let other = place.run(&["verify", path, "--hash", &"0".repeat(64)]);
    assert!(other.code == Some(1) && other.out.contains("another file"), "{}", other.out);
    let said = place.run(&["explain", "--replay", &format!("{path}#{call}")]);
    assert!(said.code == Some(0) && said.out.ends_with("the same answer\n"), "{}{}", said.out, said.err);

    let whole = std::fs::read(&file).unwrap();
    let printed = place.run(&["export", "evidence", "--campaign", &campaign]);
    assert_eq!(place.run_with_input(&["verify", "-"], printed.out.as_bytes()).code, Some(0));
    let text = std::str::from_utf8(&whole).unwrap();
    for (altered, line, why) in [
        (text.replacen("+447700900101", "+447700900109", 1), 2, "altered"),
        (text[..text.len() - 1].to_owned(), text.lines().count(), "cut off"),
        (format!("{text}\n"), text.lines().count() + 1, "comes after the end"),
        (String::new(), 1, "cut off"),
        ("\u{1}\n".to_owned(), 1, "altered"),
    ] {
        let said = place.run_with_input(&["verify", "-", "--json"], altered.as_bytes());
        let told: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!((said.code, &told["holds"], &told["line"]), (Some(1), &json!(false), &json!(line)), "{told}");
        assert!(told["why"].as_str().unwrap().contains(why), "{told}");
    }
    let said = place.run(&["verify", "nowhere.jsonl"]);
    assert!(said.code == Some(1) && said.err.contains("cannot be opened"), "{}", said.err);
    let said = place.run(&["export", "evidence", "--campaign", USER]);
    assert!(said.code == Some(1) && said.err.contains("there is no campaign"), "{}", said.err);
}
