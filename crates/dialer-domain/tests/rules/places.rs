//! Where somebody is, by what is known of them.

use dialer_domain::PhoneNumber;
use dialer_domain::contacts::Person;
use dialer_domain::places::{Address, Place, Signals, locate};
use rstest::rstest;
use serde_json::json;

fn shown(place: &Place) -> (Vec<String>, Vec<&str>) {
    let places = place.jurisdictions.iter().map(ToString::to_string).collect();
    (places, place.zones.iter().map(dialer_domain::schedule::Zone::name).collect())
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::recorded(text).unwrap()
}

#[rstest]
#[case::miami("+13055550123", &["US-FL"], &["America/New_York"])]
#[case::pensacola("+18502000123", &["US-FL"], &["America/Chicago"])]
#[case::idaho("+12083000123", &["US-ID"], &["America/Boise", "America/Los_Angeles"])]
// Of these digits only the area code is known, and of the area code only the state: all of its clocks may be meant.
#[case::idaho_new("+12081000123", &["US-ID"], &["America/Boise", "America/Denver", "America/Los_Angeles"])]
#[case::los_angeles("+12135550123", &["US-CA"], &["America/Los_Angeles"])]
#[case::phoenix("+16025550123", &["US-AZ"], &["America/Phoenix"])]
#[case::halifax("+19025550123", &["CA-NS", "CA-PE"], &["America/Halifax"])]
#[case::newfoundland("+17095550123", &["CA-NL"], &["America/Halifax", "America/St_Johns"])]
#[case::puerto_rico("+17875550123", &["US-PR"], &["America/Puerto_Rico"])]
#[case::jamaica("+18765550123", &["JM"], &["America/Jamaica"])]
#[case::london("+442079460001", &["GB"], &["Europe/London"])]
#[case::jersey("+441534960001", &["JE"], &["Europe/Jersey"])]
#[case::paris("+33140000001", &["FR"], &["Europe/Paris"])]
#[case::reunion("+262262000001", &["RE"], &["Indian/Reunion"])]
#[case::sydney("+61290000001", &["AU"], &["Australia/Sydney"])]
#[case::perth("+61851150001", &["AU"], &["Australia/Perth"])]
#[case::almaty("+77272000001", &["KZ"], &["Asia/Almaty"])]
#[case::berlin("+4930000001", &["DE"], &["Europe/Berlin"])]
fn a_number_tells_its_place_and_its_clock(#[case] text: &str, #[case] places: &[&str], #[case] zones: &[&str]) {
    let number = number(text);
    let place = locate(&Signals { number: Some(&number), ..Signals::default() });
    assert_eq!(shown(&place), (places.iter().map(ToString::to_string).collect(), zones.to_vec()));
}

#[test]
fn a_number_that_is_nowhere_in_particular_may_be_everywhere() {
    let toll_free = number("+18005550123");
    let place = locate(&Signals { number: Some(&toll_free), ..Signals::default() });
    let (places, zones) = shown(&place);
    assert_eq!(places, ["CA", "US"]);
    assert!(
        zones.len() > 30 && zones.contains(&"Pacific/Honolulu") && zones.contains(&"America/St_Johns"),
        "{zones:?}"
    );
    let mobile = number("+61412345678");
    assert!(locate(&Signals { number: Some(&mobile), ..Signals::default() }).zones.len() > 5);
}

#[test]
fn without_a_signal_the_place_is_unknown() {
    assert_eq!(&locate(&Signals::default()), Place::UNKNOWN);
    let satellite = number("+881612345678");
    assert_eq!(locate(&Signals { number: Some(&satellite), ..Signals::default() }).jurisdictions, []);
}

#[test]
fn signals_that_agree_make_each_other_more_precise() {
    let idaho = number("+12083000123");
    let signals = Signals { number: Some(&idaho), zone: "America/Boise".parse().ok(), ..Signals::default() };
    assert_eq!(shown(&locate(&signals)), (vec!["US-ID".to_owned()], vec!["America/Boise"]));
    let toll_free = number("+18005550123");
    let address = Address { country: Some("United States"), region: Some("Florida"), postcode: None };
    let signals = Signals { number: Some(&toll_free), address, ..Signals::default() };
    assert_eq!(shown(&locate(&signals)), (vec!["US-FL".to_owned()], vec!["America/Chicago", "America/New_York"]));
    let miami = number("+13055550123");
    let address = Address { country: Some("us"), ..Address::default() };
    let signals = Signals { number: Some(&miami), address, ..Signals::default() };
    assert_eq!(shown(&locate(&signals)), (vec!["US-FL".to_owned()], vec!["America/New_York"]));
}

#[test]
fn signals_that_disagree_are_all_believed() {
    let los_angeles = number("+12135550123");
    let address = Address { country: Some("US"), region: Some("NY"), postcode: None };
    let moved = Signals { number: Some(&los_angeles), address, ..Signals::default() };
    assert_eq!(
        shown(&locate(&moved)),
        (vec!["US-NY".to_owned(), "US-CA".to_owned()], vec!["America/New_York", "America/Los_Angeles"])
    );
    let abroad = Signals { number: Some(&los_angeles), region: "GB".parse().ok(), ..Signals::default() };
    let place = locate(&abroad);
    let (places, zones) = shown(&place);
    assert_eq!(places, ["GB", "US-CA"]);
    assert!(zones.contains(&"Europe/London") && zones.contains(&"America/Los_Angeles"));
    // A stated clock of the east coast does not fit a number of the west coast: any state with that clock may be meant.
    let stated = Signals { number: Some(&los_angeles), zone: "America/New_York".parse().ok(), ..Signals::default() };
    let place = locate(&stated);
    let (places, zones) = shown(&place);
    assert_eq!(zones, ["America/Los_Angeles", "America/New_York"]);
    for state in ["US-CA", "US-NY", "US-FL", "US-KY"] {
        assert!(places.contains(&state.to_owned()), "{places:?}");
    }
    assert!(places.iter().all(|place| place.starts_with("US-")), "{places:?}");
}

#[rstest]
#[case("K1A 0B1", &["CA-ON"])]
#[case("h2x 1y4", &["CA-QC"])]
#[case("X0A 0H0", &["CA-NT", "CA-NU"])]
fn canada_s_postcodes_tell_the_province(#[case] postcode: &str, #[case] places: &[&str]) {
    let address = Address { country: Some("CA"), region: None, postcode: Some(postcode) };
    assert_eq!(shown(&locate(&Signals { address, ..Signals::default() })).0, places);
}

#[rstest]
#[case(Some("US"), Some("fl"), &["US-FL"])]
#[case(Some("USA"), Some("US-FL"), &["US-FL"])]
#[case(None, Some("Québec"), &["CA-QC"])]
#[case(Some("England"), None, &["GB"])]
#[case(Some("de"), None, &["DE"])]
// What cannot be read says nothing.
#[case(Some("US"), Some("Atlantis"), &["US"])]
#[case(Some("Atlantis"), Some("FL"), &[])]
#[case(None, Some("FL"), &[])]
fn an_address_is_read_by_codes_and_by_names(
    #[case] country: Option<&str>,
    #[case] region: Option<&str>,
    #[case] places: &[&str],
) {
    let address = Address { country, region, postcode: None };
    assert_eq!(shown(&locate(&Signals { address, ..Signals::default() })).0, places);
}

#[test]
fn a_contact_s_metadata_tells_where_it_is() {
    let mut person = Person::with_number(number("+18005550123"));
    let metadata = json!({ "timezone": "America/Chicago", "country": "US", "state": "AL", "zip": "35203" });
    person.metadata = metadata.as_object().unwrap().clone();
    assert_eq!(shown(&locate(&Signals::of(&person))), (vec!["US-AL".to_owned()], vec!["America/Chicago"]));
    person.metadata = json!({ "timezone": "Mars/Olympus", "country": 5, "state": " " }).as_object().unwrap().clone();
    assert_eq!(shown(&locate(&Signals::of(&person))).0, ["CA", "US"], "what cannot be read says nothing");
}
