use serde_json::{Value, json};

use crate::process::{Place, Serving, USER, client};

/// A served campaign with one contact, not started.
async fn campaign(serving: &Serving, token: &str) -> (String, String) {
    let campaigns = format!("{}/api/dialer/campaigns", serving.base_url);
    let new = json!({ "name": "A", "type": "power", "active_hours": { "start": "00:00", "end": "24:00" } });
    let made: Value =
        client().post(&campaigns).bearer_auth(token).json(&new).send().await.unwrap().json().await.unwrap();
    let id = made["campaign"]["id"].as_str().unwrap().to_owned();
    let contacts = json!({ "contacts": [{ "phone_number": "+447700900101" }] });
    let added = client().post(format!("{campaigns}/{id}/contacts")).bearer_auth(token).json(&contacts);
    let added: Value = added.send().await.unwrap().json().await.unwrap();
    (id, added["contacts"][0]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_database_is_explained_while_the_program_runs_and_when_it_does_not() {
    let place = Place::new();
    let token = place.token(&[]);
    let serving = place.serve(&[]);
    let (campaign, contact) = campaign(&serving, &token).await;
    let said = place.run(&["explain", "campaign", &campaign]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines[0], format!("campaign {campaign} (power) does not dial: campaign status"));
    assert!(lines[1].starts_with("not campaign status"), "{}", said.out);
    assert!(lines[2].contains(&format!("-> start it: POST /api/dialer/campaigns/{campaign}/actions/start")));
    assert!(said.out.contains("\n?   provider"), "what only the program knows is marked: {}", said.out);
    assert!(said.out.contains("1 in all, 1 due") && said.out.contains("1 campaign_paused"), "{}", said.out);
    assert!(!said.out.contains("7700900101"), "no number is printed");
    let said = place.run(&["explain", "campaign", &campaign, "--json"]);
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&told["status"]["blocked_by"], &told["status"]["provider"]), (&json!("campaign_status"), &Value::Null));
    let said = place.run(&["explain", "contact", &contact]);
    assert!(said.out.contains("not campaign_paused") && said.out.contains("-> start or resume"), "{}", said.out);

    let calls = format!("{}/api/dialer/calls", serving.base_url);
    let placed = client().post(&calls).bearer_auth(&token).json(&json!({ "to": "+447700900102" }));
    let placed: Value = placed.send().await.unwrap().json().await.unwrap();
    let said = place.run(&["explain", "call", placed["call"]["id"].as_str().unwrap()]);
    let first = said.out.lines().nth(1).unwrap_or_default();
    assert!(first.contains("Written down") && first.contains(&format!("[user {USER}]")), "{}{}", said.out, said.err);
    drop(serving);
    let said = place.run(&["explain", "campaign", &campaign]);
    assert!(said.code == Some(0) && said.out.contains("does not dial: campaign status"), "{}{}", said.out, said.err);
}

#[test]
fn what_is_not_there_cannot_be_explained() {
    let place = Place::new();
    let unprepared = place.run(&["explain", "call", USER]);
    assert!(unprepared.code == Some(1) && unprepared.err.contains("run `dialer migrate` first"), "{}", unprepared.err);
    place.run(&["migrate"]);
    for what in ["campaign", "contact", "call"] {
        let said = place.run(&["explain", what, USER]);
        assert_eq!(said.code, Some(1));
        assert!(said.err.contains(USER) && said.err.contains(&format!("there is no such {what}")), "{}", said.err);
    }
    let help = place.run(&["explain", "--help"]);
    assert!(help.out.contains("dialer explain campaign 0195d3f0"), "{}", help.out);
}
