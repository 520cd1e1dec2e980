//! `dialer simulate`.

use serde_json::Value;

use crate::process::Place;

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
