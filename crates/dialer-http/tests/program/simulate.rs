//! `dialer simulate`.

use serde_json::{Value, json};

use crate::process::{Place, USER, client};

#[test]
fn a_simulation_prints_a_table_for_people_and_figures_for_programs() {
    let place = Place::new();
    let args = ["simulate", "--scenario", "tail-5", "--policy", "progressive,predictive", "--seeds", "2"];
    let table = place.run(&args);
    assert_eq!(table.code, Some(0), "{}", table.err);
    assert!(table.out.contains("tail-5") && table.out.contains("predictive"), "{}", table.out);
    let figures = place.run(&[&args[..], &["--json"]].concat());
    let figures: Value = serde_json::from_str(&figures.out).unwrap();
    assert_eq!(figures[0]["policy"], "progressive");
    assert_eq!((&figures[0]["runs"], &figures[0]["abandonment"]["mean"]), (&2.into(), &0.0.into()));
}

#[test]
fn a_name_that_is_none_is_answered_with_those_that_are() {
    let place = Place::new();
    let said = place.run(&["simulate", "--scenario", "moon"]);
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
    assert!(said.err.contains("there is no scenario `moon`") && said.err.contains("tail-25"), "{}", said.err);
    let said = place.run(&["simulate", "--policy", "psychic"]);
    assert!(said.err.contains("there is no policy `psychic`") && said.err.contains("clairvoyant"), "{}", said.err);
}

#[test]
fn its_help_teaches_what_can_be_asked_of_the_pacing_itself() {
    let said = Place::new().run(&["simulate", "--help"]);
    assert!(said.out.contains("--stdin") && said.out.contains("\"event\": \"tick\""), "{}", said.out);
}

#[tokio::test]
async fn a_campaign_is_run_forward_from_the_database() {
    let place = Place::new();
    let token = place.token(&[]);
    let serving = place.serve(&[]);
    let campaigns = format!("{}/api/dialer/campaigns", serving.base_url);
    let hours = json!({ "start": "00:00", "end": "24:00" });
    let new = json!({ "name": "Spring", "type": "power", "active_hours": hours, "timezone": "UTC" });
    let made: Value =
        client().post(&campaigns).bearer_auth(&token).json(&new).send().await.unwrap().json().await.unwrap();
    let campaign = made["campaign"]["id"].as_str().unwrap();
    let contacts = json!({ "contacts": [{ "phone_number": "+447700900101" }, { "phone_number": "+447700900102" }] });
    let added = client().post(format!("{campaigns}/{campaign}/contacts")).bearer_auth(&token).json(&contacts);
    assert_eq!(added.send().await.unwrap().status(), 201);
    drop(serving);

    let args = ["simulate", "--campaign", campaign, "--agents", "2", "--days", "3", "--seeds", "3"];
    let said = place.run(&args);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.starts_with("Spring (power, played as power): 2 agents from "), "{}", said.out);
    assert!(said.out.contains("Contacts: 2 in all") && said.out.contains("answer probability"), "{}", said.out);
    let told = place.run(&[&args[..], &["--json"]].concat());
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((&told["forecast"]["runs"], &told["forecast"]["agents"]), (&json!(3), &json!(2)));
    assert_eq!(told["forecast"]["days"].as_array().unwrap().len(), 3);

    let nobody = place.run(&["simulate", "--campaign", USER, "--agents", "2", "--days", "3"]);
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.err.contains(USER) && nobody.err.contains("there is no such campaign"), "{}", nobody.err);
    let many = place.run(&["simulate", "--campaign", campaign, "--agents", "2", "--days", "3", "--seeds", "201"]);
    assert!(many.code == Some(1) && many.err.contains("--seeds: use 1 to 200"), "{}", many.err);
    let half = place.run(&["simulate", "--campaign", campaign, "--agents", "2"]);
    assert!(half.code == Some(2) && half.err.contains("--days"), "{}", half.err);
}
