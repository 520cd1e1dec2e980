use rstest::rstest;
use serde_json::{Value, json};

use crate::process::{Place, USER, client};

#[tokio::test]
async fn only_the_token_is_printed_and_the_program_accepts_it() {
    let place = Place::new();
    let said = place.run(&["token", "--user", USER, "--role", "agent"]);
    let token = said.out.trim_end();
    assert_eq!((said.code, said.err.as_str(), token.split('.').count(), said.out.lines().count()), (Some(0), "", 3, 1));
    let serving = place.serve(&[]);
    let calls = format!("{}/api/dialer/calls", serving.base_url);
    assert_eq!(client().get(&calls).bearer_auth(token).send().await.unwrap().status(), 200);
    let stranger = Place::new().token(&[]);
    assert_eq!(client().get(&calls).bearer_auth(stranger).send().await.unwrap().status(), 401);
}

#[rstest]
#[case(&["token", "--user", "ana"], "--user")]
#[case(&["token", "--user", USER, "--role", "emperor"], "agent, supervisor, admin")]
#[case(&["token", "--user", USER, "--hours", "0"], "--hours")]
#[case(&["token"], "--user")]
#[case(&["dial"], "unrecognized subcommand")]
fn a_command_that_is_not_understood_says_what_would_do(#[case] args: &[&str], #[case] expected: &str) {
    let said = Place::new().run(args);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""));
    assert!(said.err.contains(expected), "{}", said.err);
}

#[test]
fn migrating_says_what_it_did() {
    let place = Place::new();
    let first = place.run(&["migrate"]);
    assert!(
        first.code == Some(0) && first.out.contains("SQLite database is up to date now; applied: m"),
        "{}",
        first.out
    );
    let again = place.run(&["migrate"]);
    assert_eq!(
        (again.code, again.out.as_str()),
        (Some(0), "the SQLite database is up to date; there was nothing to do\n")
    );
}

#[test]
fn the_doctor_finds_a_fresh_installation_sound_and_a_broken_one_not() {
    let sound = Place::new().run(&["doctor"]);
    assert_eq!(sound.code, Some(0), "{}", sound.out);
    assert!(sound.out.lines().any(|line| line.starts_with("warn provider      the simulator")), "{}", sound.out);
    let place = Place::new().with("DIALER__ENGINE__AGENTS", "reception");
    let broken = place.run(&["doctor", "--json"]);
    assert_eq!(broken.code, Some(1), "{}", broken.out);
    let report: Value = serde_json::from_str(&broken.out).unwrap();
    assert_eq!(report["status"], "fail");
    assert!(broken.out.contains("`reception` is no user id of the provider"), "{}", broken.out);
}

#[tokio::test]
async fn a_list_is_imported_and_each_row_left_out_is_explained() {
    let place = Place::new();
    let token = place.token(&[]);
    let serving = place.serve(&[]);
    let campaigns = format!("{}/api/dialer/campaigns", serving.base_url);
    let made = client().post(&campaigns).bearer_auth(&token).json(&json!({ "name": "A", "type": "power" }));
    let made: Value = made.send().await.unwrap().json().await.unwrap();
    let campaign = made["campaign"]["id"].as_str().unwrap();
    let list = "Mobile;Given name\n+447700900101;Ada\nring me;Bo\n+447700900102;Cleo;x\n+447700900101;Dax\n";
    std::fs::write(place.path().join("list.csv"), list).unwrap();
    let said = place.run(&["import", "--campaign", campaign, "list.csv"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(
        lines,
        [
            "line 3: invalid_number: the number has characters that are not digits",
            "line 4: wrong_field_count: this row has 3 fields, the header has 2",
            "line 5: duplicate_in_file: the same number came earlier in this list",
            "1 contact added, 3 skipped (1 duplicate_in_file, 1 invalid_number, 1 wrong_field_count)",
        ]
    );
    let said = place.run_with_input(&["import", "--campaign", campaign, "--json", "-"], list.as_bytes());
    let summary: Value = serde_json::from_str(said.out.lines().last().unwrap()).unwrap();
    assert_eq!(
        (said.code, &summary["summary"]["skipped"], &summary["summary"]["complete"]),
        (Some(0), &json!(4), &json!(true))
    );
    let contacts = client().get(format!("{campaigns}/{campaign}/contacts")).bearer_auth(&token).send().await.unwrap();
    let contacts: Value = contacts.json().await.unwrap();
    assert_eq!((&contacts["total"], &contacts["contacts"][0]["first_name"]), (&json!(1), &json!("Ada")));
    for (input, expected) in [
        (&b"name\nAda\n"[..], "The columns are: name."),
        (b"", "the file is empty"),
        (b"\xFF\xFEp\0h\0o\0n\0e\0", "UTF-16; save it as \"CSV UTF-8\""),
    ] {
        let said = place.run_with_input(&["import", "--campaign", campaign, "-"], input);
        assert_eq!(said.code, Some(1));
        assert!(
            said.err.starts_with("error: standard input was not imported: ") && said.err.contains(expected),
            "{}",
            said.err
        );
    }
}

#[test]
fn an_import_without_file_campaign_or_database_says_which() {
    let place = Place::new();
    let missing = place.run(&["import", "--campaign", USER, "list.csv"]);
    assert!(missing.code == Some(1) && missing.err.contains("list.csv cannot be opened"), "{}", missing.err);
    std::fs::write(place.path().join("list.csv"), "phone\n").unwrap();
    let unprepared = place.run(&["import", "--campaign", USER, "list.csv"]);
    assert!(unprepared.code == Some(1) && unprepared.err.contains("run `dialer migrate` first"), "{}", unprepared.err);
    place.run(&["migrate"]);
    let nowhere = place.run(&["import", "--campaign", USER, "list.csv"]);
    assert!(nowhere.code == Some(1) && nowhere.err.contains("there is no campaign 0195d3f0"), "{}", nowhere.err);
    let folder = place.run(&["import", "--campaign", USER, "."]);
    assert!(folder.code == Some(1) && folder.err.contains(". is a folder"), "{}", folder.err);
}
