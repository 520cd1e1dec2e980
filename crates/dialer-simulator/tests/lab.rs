//! The pacing lab: runs can be repeated, the simulation tells the truth, and pacing keeps its promises in a few
//! short shifts. The long tables are made by `dialer simulate`.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

use dialer_domain::pacing::PacingSettings;
use dialer_simulator::lab::stream::{LineError, stream};
use dialer_simulator::lab::{Cell, Choice, Scenario, Spec, Summary, UnknownWord, report, scenarios, study};
use rstest::rstest;

fn cell(name: &str, policy: Spec) -> Cell {
    Cell { scenario: scenarios(name).unwrap().remove(0), policy }
}

fn summary(name: &str, policy: Spec, seeds: u32) -> Summary {
    Summary::of(&study(&[cell(name, policy)], 1, seeds, 2, &|| {})[0])
}

fn hours(mut cell: Cell, hours: f64) -> Cell {
    cell.scenario.seconds = hours * 3600.0;
    cell
}

#[test]
fn the_same_seed_gives_the_same_run_on_any_number_of_threads() {
    let cells =
        [hours(cell("breaks-5", Spec::predictive(true)), 0.5), hours(cell("base-3-0.6", Spec::Power(2.0)), 0.5)];
    let one = study(&cells, 7, 3, 1, &|| {});
    assert_eq!(one, study(&cells, 7, 3, 3, &|| {}));
    assert_ne!(one[0][0], one[0][1]);
}

#[test]
fn one_line_an_agent_abandons_nobody_and_reaches_the_occupancy_that_can_be_reckoned() {
    // A cycle is the handling and, for each answer, its ringing and (1 - p) / p calls that end otherwise.
    let runs = study(&[cell("base-1-0.3", Spec::Power(1.0))], 1, 12, 2, &|| {});
    let summary = Summary::of(&runs[0]);
    assert!(summary.abandonment.mean.abs() < 1e-9);
    let other = 0.2 * 2.7 + 0.35 * (18.2 + 3.0) + 0.45 * 25.0;
    let handling = 0.6 * 25.0 * 0.18_f64.exp() + 0.4 * 150.0 * 0.18_f64.exp() + 12.0 * 0.125_f64.exp();
    let expected = 100.0 * handling / (handling + 10.6 + 0.7 / 0.3 * other);
    let error = summary.occupancy.mean - expected;
    assert!(error.abs() < 3.0 * summary.occupancy.error.max(0.5), "{expected} {:?}", summary.occupancy);
}

#[test]
fn foresight_loses_nobody_and_keeps_everybody_busy() {
    let summary = summary("base-3-0.3", Spec::Clairvoyant, 1);
    assert!(summary.abandonment.mean.abs() < 1e-9 && summary.occupancy.mean > 97.0, "{summary:?}");
}

#[test]
fn people_taken_for_machines_are_counted_apart() {
    let runs = study(&[cell("amd-fp-5", Spec::Power(1.0))], 1, 4, 2, &|| {});
    let (mistaken, answered) = runs[0].iter().fold((0, 0), |sum, run| (sum.0 + run.mistaken, sum.1 + run.answered));
    let share = f64::from(mistaken) / f64::from(mistaken + answered);
    assert!((0.02..0.04).contains(&share), "{share}");
}

#[test]
fn a_list_is_called_to_its_end() {
    let runs = study(&[cell("tail-5", Spec::predictive(true))], 1, 3, 2, &|| {});
    assert!(
        runs[0].iter().all(|run| run.dials == 300 && run.conversations + run.abandoned == run.answered),
        "{runs:?}"
    );
}

/// Figures of the published study: tuned VICIdial and tuned power, which pacing is to beat.
#[rstest]
#[case::small("base-3-0.3", 69.6)]
#[case::few_answers("base-5-0.1", 65.9)]
#[case::usual("base-10-0.6", 84.0)]
fn pacing_keeps_the_cap_and_beats_any_fixed_number_of_lines(#[case] name: &str, #[case] power: f64) {
    let summary = summary(name, Spec::predictive(true), 3);
    assert!(summary.abandonment.mean <= 3.0 && summary.worst <= 3.2, "{summary:?}");
    assert!(summary.occupancy.mean > power, "{summary:?}");
}

#[test]
fn a_short_list_keeps_the_cap_on_average() {
    let summary = summary("tail-25", Spec::predictive(true), 16);
    assert!(summary.abandonment.mean <= 3.0, "{summary:?}");
}

#[test]
fn people_who_answer_more_and_then_less_than_before_do_not_break_the_cap() {
    let summary = summary("shift-5", Spec::predictive(true), 2);
    assert!(summary.abandonment.mean <= 3.0 && summary.occupancy.mean > 70.1, "{summary:?}");
}

#[test]
fn knowing_whose_list_it_is_keeps_agents_busier() {
    let knows = summary("sharp-leads-5", Spec::predictive(true), 1);
    let blind = summary("sharp-leads-5", Spec::predictive(false), 1);
    assert!(knows.occupancy.mean > blind.occupancy.mean + 3.0, "{} {}", knows.occupancy.mean, blind.occupancy.mean);
    assert!(knows.abandonment.mean <= 3.05, "{knows:?}");
}

#[test]
fn every_scenario_has_a_name_of_its_own() {
    let mut names: Vec<_> = Scenario::all().into_iter().map(|scenario| scenario.name).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn words_that_name_nothing_are_refused_with_those_that_do() {
    let unknown = scenarios("tail-7").unwrap_err();
    assert!(matches!(&unknown, UnknownWord::Scenario(word, _) if word == "tail-7"));
    assert!(unknown.to_string().contains("tail-25"));
    assert!("power-0".parse::<Choice>().unwrap_err().to_string().contains("clairvoyant"));
    assert_eq!("power-2.5".parse::<Choice>().unwrap().name(), "power-2.5");
}

#[test]
fn a_report_of_nothing_says_so() {
    let text = report(&[], "dialer simulate", "picture.svg");
    assert!(text.contains("| 0 of 0 |") && !text.contains("## Base table"));
}

fn answers(lines: &str) -> Vec<serde_json::Value> {
    let mut out = Vec::new();
    stream(PacingSettings::default(), lines.as_bytes(), &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_stream_answers_each_tick_with_a_decision() {
    let answers = answers(concat!(
        r#"{"at": 0, "event": "agent", "agent": 1, "state": "idle"}"#,
        "\n",
        r#"{"at": 0, "event": "agent", "agent": 2, "state": "idle"}"#,
        "\n\n",
        r#"{"at": 1, "event": "tick", "window_left": 3600, "list_left": 50}"#,
        "\n",
        r#"{"at": 1, "event": "dialled", "call": 1, "lead": {"list": 3}}"#,
        "\n",
        r#"{"at": 2.5, "event": "tick"}"#,
    ));
    assert_eq!(answers.len(), 2);
    assert_eq!((&answers[0]["dials"], &answers[0]["bound"]), (&2.into(), &"cold_start".into()));
    assert_eq!((&answers[1]["at"], &answers[1]["dials"]), (&2.5.into(), &1.into()));
}

#[rstest]
#[case::no_json("agent idle", "expected")]
#[case::no_object("[1]", "invalid type")]
#[case::no_time(r#"{"event": "tick"}"#, "`at` is missing")]
#[case::no_event(r#"{"at": 1}"#, "`event` is missing")]
#[case::unknown_event(r#"{"at": 1, "event": "rang"}"#, "rang")]
#[case::unknown_field(r#"{"at": 1, "event": "tick", "lines": 3}"#, "lines")]
#[case::missing_field(r#"{"at": 1, "event": "answered"}"#, "call")]
#[case::unknown_end(r#"{"at": 1, "event": "ended", "call": 1, "how": "died"}"#, "died")]
fn a_line_that_cannot_be_read_is_named_and_the_stream_goes_on(#[case] line: &str, #[case] says: &str) {
    let answers = answers(&format!("{line}\n{{\"at\": 2, \"event\": \"tick\"}}\n"));
    assert_eq!(answers[0]["line"], 1);
    let error = answers[0]["error"].as_str().unwrap();
    assert!(error.contains(says), "{error}");
    assert_eq!(answers[1]["dials"], 0);
}

#[test]
fn a_line_from_the_past_changes_nothing() {
    let mut driver = dialer_simulator::lab::stream::Driver::new(PacingSettings::default());
    driver.take(r#"{"at": 5, "event": "agent", "agent": 1, "state": "idle"}"#).unwrap();
    let late = driver.take(r#"{"at": 4, "event": "agent", "agent": 2, "state": "idle"}"#);
    assert!(matches!(late, Err(LineError::Backwards { .. })));
    assert_eq!(driver.take(r#"{"at": 5, "event": "tick"}"#).unwrap().unwrap().decision.dials, 1);
}

#[test]
fn settings_that_are_sent_start_over() {
    let answers = answers(concat!(
        r#"{"at": 0, "event": "settings", "breath": 30}"#,
        "\n",
        r#"{"at": 0, "event": "agent", "agent": 1, "state": "idle"}"#,
        "\n",
        r#"{"at": 1, "event": "tick"}"#,
        "\n",
        r#"{"at": 31, "event": "tick"}"#,
    ));
    assert_eq!((&answers[0]["dials"], &answers[1]["dials"]), (&0.into(), &1.into()));
}
