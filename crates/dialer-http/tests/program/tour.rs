//! The README's tour, run as a newcomer would: its commands, copied into a shell.

use std::path::Path;
use std::process::Command;

use crate::process::Place;

fn tour() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let section = readme.split_once("## A tour with curl").unwrap().1;
    let commands = section.split_once("```sh\n").unwrap().1;
    commands.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_readme_s_tour_leads_from_a_token_to_a_call_s_disposition_and_the_figures() {
    let place = Place::new();
    let serving = place.serve(&["--data-dir", "data"]);
    let program = Path::new(env!("CARGO_BIN_EXE_dialer")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let walked = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &tour()])
        .env("PATH", path)
        .env("DATA", "data")
        .env("URL", format!("{}/api/dialer", serving.base_url))
        .current_dir(place.path())
        .output()
        .unwrap();
    let (said, complaints) = (String::from_utf8_lossy(&walked.stdout), String::from_utf8_lossy(&walked.stderr));
    assert!(walked.status.success(), "{said}\n{complaints}");
    let figures = said.lines().rfind(|line| line.starts_with("{\"analytics\"")).unwrap_or_else(|| panic!("{said}"));
    assert!(figures.contains("\"totalCalls\":1"), "{figures}");
    assert!(said.contains("\"disposition\":\"interested\""), "{said}");
}
