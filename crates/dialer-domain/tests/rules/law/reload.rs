//! What governs whom when a file does not load, and when packs follow each other.

use dialer_domain::eligibility::RefusalCode::{AfterWindow, BeforeWindow, DayClosed, NoRules, RulesBroken};
use dialer_domain::rules::RuleBook;
use dialer_domain::{Duration, OffsetDateTime};
use time::macros::datetime;

use super::packs::PACK;
use super::{Ask, ask};

const EAST: &str = "America/New_York";
const NOON: OffsetDateTime = datetime!(2026-03-03 17:00 UTC);

fn code(book: &RuleBook, ask: &Ask, at: OffsetDateTime) -> Option<dialer_domain::eligibility::RefusalCode> {
    ask.decide(book, at).err().map(|refusal| refusal.code)
}

fn florida(hours: &str) -> String {
    PACK.replace("us.hours", "us-fl.hours")
        .replace("\"us\"", "\"us-fl\"")
        .replace("\"US\"", "\"US-FL\"")
        .replace("08:00-21:00", hours)
}

#[test]
fn a_file_that_does_not_load_stops_the_calls_it_governs_and_no_others() {
    let (book, errors) = RuleBook::load([("us.toml", PACK), ("us-fl.toml", "nonsense")]);
    assert_eq!(errors.len(), 1);
    assert_eq!(code(&book, &ask("US-FL", EAST), NOON), Some(RulesBroken));
    assert_eq!(code(&book, &ask("US", EAST), NOON), Some(RulesBroken), "who may be in Florida");
    assert_eq!(code(&book, &ask("US-GA", EAST), NOON), None);
    let (book, _) = RuleBook::load([("us.toml", "nonsense".to_owned()), ("us-fl.toml", florida("08:00-20:00"))]);
    assert_eq!(code(&book, &ask("US-FL", EAST), NOON), Some(RulesBroken), "the country's file governs its parts");
}

#[test]
fn a_file_whose_name_says_no_place_stops_everybody() {
    let (book, _) = RuleBook::load([("us.toml", PACK), ("rules.toml", PACK)]);
    assert_eq!(code(&book, &ask("US-GA", EAST), NOON), Some(RulesBroken));
}

#[test]
fn what_was_loaded_before_stays_in_force_where_the_new_file_does_not_load() {
    let (old, _) = RuleBook::load([("us.toml", PACK.to_owned()), ("us-fl.toml", florida("08:00-20:00"))]);
    let later = PACK.replace("08:00-21:00", "10:00-21:00");
    let (new, errors) = old.replacing([("us.toml", later), ("us-fl.toml", florida("20:00-08:00"))]);
    assert_eq!(errors.len(), 1);
    let evening = datetime!(2026-03-04 01:30 UTC);
    assert_eq!(code(&new, &ask("US-FL", EAST), evening), Some(AfterWindow), "Florida's old rule");
    assert_eq!(code(&new, &ask("US-GA", EAST), evening), None);
    let morning = datetime!(2026-03-03 14:00 UTC);
    assert_eq!(code(&new, &ask("US-GA", EAST), morning), Some(BeforeWindow), "the country's new one");
    let (none_before, _) = RuleBook::open().replacing([("us.toml", "nonsense")]);
    assert_eq!(code(&none_before, &ask("US-GA", EAST), NOON), Some(RulesBroken));
    let (unnamed, errors) = old.replacing([("us.toml", PACK), ("oops.toml", PACK)]);
    assert_eq!((errors.len(), code(&unnamed, &ask("US-GA", EAST), NOON)), (1, None));
}

#[test]
fn a_pack_holds_from_its_first_day_up_to_its_last_by_the_callee_s_calendar() {
    let first = PACK.replace("[[", "effective_to = 2026-03-03\n[[");
    let second =
        PACK.replace("2020-01-01", "2026-03-03").replace("08:00-21:00", "10:00-21:00").replace("\"1\"", "\"2\"");
    let (book, errors) = RuleBook::load([("us.2020.toml", first), ("us.2026.toml", second)]);
    assert_eq!(errors, []);
    let ask = ask("US-GA", EAST);
    let version = |at| ask.decide(&book, at).unwrap().rules[0].version.to_string();
    assert_eq!(version(datetime!(2026-03-02 13:30 UTC)), "1");
    // Nine in the evening of 2 March in New York is 3 March in UTC.
    assert_eq!(version(datetime!(2026-03-03 01:59 UTC)), "1");
    let refusal = ask.decide(&book, datetime!(2026-03-03 13:30 UTC)).unwrap_err();
    assert_eq!((refusal.code, refusal.rule.unwrap().version.to_string()), (BeforeWindow, "2".to_owned()));
    assert_eq!(version(datetime!(2026-03-03 15:00 UTC)), "2");
    let night = ask.decide(&book, datetime!(2026-03-03 03:00 UTC)).unwrap_err();
    assert_eq!(night.retry_not_before, Some(datetime!(2026-03-03 15:00 UTC)), "by the rule of the next day");
}

#[test]
fn before_its_first_pack_and_after_its_last_a_place_is_not_called() {
    let text = PACK.replace("[[", "effective_to = 2027-01-01\n[[");
    let (book, _) = RuleBook::load([("us.toml", text)]);
    let ask = ask("US-GA", EAST);
    assert_eq!(code(&book, &ask, datetime!(2019-12-31 17:00 UTC)), Some(NoRules));
    assert_eq!(code(&book, &ask, datetime!(2020-01-01 17:00 UTC)), None);
    assert_eq!(code(&book, &ask, datetime!(2027-01-01 17:00 UTC)), Some(NoRules));
}

#[test]
fn closed_dates_are_closed_from_the_first_to_the_last_and_a_rule_may_end_before_them() {
    let closed = "[[closed]]\nid = \"us.storm\"\nfirst = 2026-03-03\nlast = 2026-03-05\n";
    let (book, errors) = RuleBook::load([("us.toml", format!("{PACK}{closed}"))]);
    assert_eq!(errors, []);
    let ask = ask("US-GA", EAST);
    assert_eq!(code(&book, &ask, datetime!(2026-03-03 01:00 UTC)), None, "the evening before");
    assert_eq!(code(&book, &ask, datetime!(2026-03-03 05:00 UTC)), Some(DayClosed));
    assert_eq!(code(&book, &ask, datetime!(2026-03-06 04:59 UTC)), Some(DayClosed));
    let refusal = ask.decide(&book, NOON).unwrap_err();
    assert_eq!(refusal.retry_not_before, Some(datetime!(2026-03-06 13:00 UTC)));
    let ended = format!("{PACK}{closed}effective_to = 2026-03-04\n");
    let (book, _) = RuleBook::load([("us.toml", ended)]);
    let refusal = ask.decide(&book, NOON).unwrap_err();
    assert_eq!(refusal.retry_not_before, Some(datetime!(2026-03-04 13:00 UTC)), "when the rule no longer holds");
    assert_eq!(refusal.retry_not_before.map(|at| at - NOON), Some(Duration::hours(20)));
}
