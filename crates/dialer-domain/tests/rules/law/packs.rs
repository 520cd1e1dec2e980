//! Files of packs: what is wrong with one is named, all of it at once.

use dialer_domain::rules::{RuleBook, RuleKind};
use rstest::rstest;

/// A pack that loads.
pub(crate) const PACK: &str = r#"
id = "us"
version = "1"
jurisdiction = "US"
source = "test"
effective_from = 2020-01-01

[[window]]
id = "us.hours"
hours = ["mon-sun 08:00-21:00"]

"#;

fn errors(file: &str, text: &str) -> Vec<String> {
    RuleBook::load([(file, text)]).1.iter().map(ToString::to_string).collect()
}

#[test]
fn the_shipped_packs_load() {
    let (book, errors) = RuleBook::load(RuleBook::shipped_files().iter().copied());
    assert_eq!(errors, []);
    assert_eq!(book, RuleBook::shipped());
    assert_eq!(book.packs().len(), RuleBook::shipped_files().len());
    assert!(book.broken().is_empty());
    for kind in RuleKind::ALL {
        let shipped = book.packs().iter().flat_map(|pack| &pack.rules).any(|rule| rule.kind() == *kind);
        assert!(shipped || *kind == RuleKind::Closed, "{kind}");
    }
    let guards: Vec<String> = book.guards().map(|guard| format!("{} {}", guard.rule.id, guard.period)).collect();
    assert_eq!(guards, ["ca.abn month", "uk.abn day", "us.abn.rate campaign-30-days"]);
}

#[test]
fn every_file_of_the_folder_is_shipped() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/rules");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    files.sort();
    let mut shipped: Vec<&str> = RuleBook::shipped_files().iter().map(|(name, _)| *name).collect();
    shipped.sort_unstable();
    assert_eq!(files, shipped);
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_with_file_key_and_reason() {
    let text = r#"
id = "us"
jurisdiction = "US"
source = ""
effective_from = "2020-01-01"
colour = "red"

[[window]]
id = "us.hours"
hours = ["mon-fri 21:00-08:00"]

[[cap]]
id = "us.cap"
limit = -1
period = "8d"
key = "number"

[[hold]]
id = "us.hold"
after = "lunch"
key = "number"
hours = 1
days = 1

[[guard]]
id = "us.hours"
period = "day"
limit_percent = 100
"#;
    assert_eq!(
        errors("us.toml", text),
        [
            "us.toml: version: is missing; give a version, such as 2026-11-28",
            "us.toml: source: is empty; give where the law is written",
            "us.toml: effective_from: give a date, such as 2026-08-11, without quotes",
            "us.toml: guard[0].limit_percent: give a percentage of at most two decimals, from 0 to less than 100",
            "us.toml: window[0].hours: the window 21:00-08:00 ends before or when it starts; a window lies within one day",
            "us.toml: cap[0].counts: is missing; give which calls count: attempt, reachable, connect or conversation",
            "us.toml: cap[0].limit: give a whole number from 0 to 10000",
            "us.toml: cap[0].period: `8d` is not a cap period; use one of: 24h, 7d, 30d, lifetime",
            "us.toml: hold[0].after: `lunch` is not a hold event; use one of: abandoned, machine, conversation, refusal",
            "us.toml: hold[0].hours: give one of hours, days (of 24 hours) and calendar_days (the day of the call is the first)",
            "us.toml: colour: is no key of this table; see config/rules/README.md for those there are",
        ]
    );
}

#[rstest]
#[case::not_toml("us.toml", "id = \"us\"\nversion 1", "us.toml: line 2: is no TOML: ")]
#[case::unknown_place("us-zz.toml", &PACK.replace("\"US\"", "\"US-ZZ\""), "us-zz.toml: jurisdiction: `US-ZZ` is no country")]
#[case::no_place("us.toml", &PACK.replace("\"US\"", "\"Florida\""), "us.toml: jurisdiction: `Florida` is no country")]
#[case::another_place("us-fl.toml", PACK, "us-fl.toml: jurisdiction: is US, but the file's name says US-FL")]
#[case::file_name("rules.toml", PACK, "rules.toml: file name: begins with no place")]
#[case::no_rule("us.toml", &PACK[..PACK.find("[[").unwrap()], "us.toml: id: the pack has no rule")]
#[case::reversed_days("us.toml", &PACK.replace("[[", "effective_to = 2019-01-01\n[["), "us.toml: effective_to: is not after effective_from")]
#[case::same_id("us.toml", &PACK.replacen("[[window]]", "[[caller_id]]\nid = \"us.hours\"\n[[window]]", 1), "us.toml: window[0].id: `us.hours` names another rule of this file already")]
#[case::no_holidays("us.toml", &format!("{PACK}on_holidays = \"closed\""), "us.toml: window[0].on_holidays: needs the pack to list holidays")]
#[case::bad_holiday("us.toml", &PACK.replace("[[", "holidays = [{ name = \"X\", on = \"christmas\" }]\n[["), "us.toml: holidays[0].on: `christmas` is no holiday")]
#[case::no_purpose("us.toml", &format!("{PACK}purposes = []"), "us.toml: window[0].purposes: is empty")]
#[case::bad_purpose("us.toml", &format!("{PACK}purposes = [\"fun\"]"), "us.toml: window[0].purposes: `fun` is not a purpose")]
#[case::bad_key("us.toml", &format!("{PACK}hour = 3"), "us.toml: window[0].hour: is no key of this table")]
fn a_file_that_does_not_load_is_refused_by_name(#[case] file: &str, #[case] text: &str, #[case] error: &str) {
    let errors = errors(file, text);
    assert!(matches!(&errors[..], [only] if only.starts_with(error)), "{errors:#?}");
}

#[rstest]
#[case::overlap("us.new.toml", &PACK.replace("us", "us.new"), "us.new.toml: effective_from: the pack overlaps the one of us.toml")]
#[case::same_pack("gb.toml", &PACK.replace("\"US\"", "\"GB\"").replace("us.hours", "uk.hours"), "gb.toml: id: `us` names the pack of us.toml already")]
#[case::same_rule("gb.toml", &PACK.replace("\"US\"", "\"GB\"").replace("\"us\"", "\"gb\""), "gb.toml: id: `us.hours` names a rule of us.toml already")]
fn packs_that_cannot_hold_together_are_refused_and_both_places_with_them(
    #[case] file: &str,
    #[case] text: &str,
    #[case] error: &str,
) {
    let (book, errors) = RuleBook::load([("us.toml", PACK), (file, text)]);
    assert!(matches!(&errors[..], [only] if only.to_string().starts_with(error)), "{errors:#?}");
    assert!(book.broken().contains(&"US".parse().unwrap()));
}

#[test]
fn a_pack_may_follow_another_and_name_its_rules_alike() {
    let first = PACK.replace("[[", "effective_to = 2025-01-01\n[[");
    let second = PACK.replace("2020-01-01", "2025-01-01").replace("version = \"1\"", "version = \"2\"");
    let (book, errors) = RuleBook::load([("us.2020.toml", first), ("us.2025.toml", second)]);
    assert_eq!((errors, book.packs().len()), (Vec::new(), 2));
}
