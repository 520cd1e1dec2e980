use std::collections::BTreeMap;

use dialer_domain::calls::CallOutcome;
use dialer_domain::rules::{Came, Dossier, Past, Tie};
use dialer_domain::{Call, CallId, Contact, Duration, PhoneNumber};
use dialer_testkit::builders::{T0, call, campaign, contact, number};
use serde_json::{Value, json};

fn dossier(person: &Contact, calls: &[Call], numbers: &[PhoneNumber], subjects: &BTreeMap<CallId, String>) -> Dossier {
    Dossier::of(person, &Past { calls, numbers, subjects }, &[])
}

fn about(subject: &Value) -> Contact {
    let metadata = json!({ "person_id": "p-1", "subject_id": subject });
    contact(campaign().build().id).number(number(1)).metadata(metadata.as_object().cloned().unwrap_or_default()).build()
}

#[test]
fn a_call_that_is_still_on_counts_as_an_attempt_and_one_that_never_left_does_not() {
    let person = contact(campaign().build().id).build();
    let on = call().to(person.person.phone_number.clone()).build();
    let mut never_left = call().to(person.person.phone_number.clone()).build();
    never_left.outcome = Some(CallOutcome::NotPlaced);
    never_left.ended_at = Some(T0 + Duration::SECOND);
    let dossier = dossier(&person, &[on, never_left], &[], &BTreeMap::new());
    assert_eq!(dossier.history.len(), 1);
    let attempt = dossier.history[0];
    assert_eq!((attempt.began_at, attempt.ended_at, attempt.came), (T0, T0, Came::NONE));
    assert!(attempt.tie.has(Tie::NUMBER.and(Tie::PERSON)));
    assert_eq!(dossier.lifetime.number, 1);
}

#[test]
fn calls_with_another_number_are_no_part_of_a_contact_s_history() {
    let person = contact(campaign().build().id).build();
    assert_eq!(dossier(&person, &[call().build()], &[], &BTreeMap::new()).history, []);
}

#[test]
fn calls_with_another_number_of_the_person_count_for_the_person_and_not_for_the_number() {
    let elsewhere = call().to(number(2)).build();
    let dossier = dossier(&about(&json!(null)), &[elsewhere], &[number(1), number(2)], &BTreeMap::new());
    let ever = dossier.lifetime;
    assert_eq!((ever.number, ever.person, ever.debt, ever.subject), (0, 1, 1, 1));
    assert!(!dossier.history[0].tie.has(Tie::NUMBER));
}

#[test]
fn only_a_call_that_is_known_to_be_about_something_else_does_not_count_for_the_debt() {
    let calls: Vec<Call> = (0..3).map(|_| call().to(number(1)).build()).collect();
    let subjects = BTreeMap::from([(calls[0].id, "debt-1".to_owned()), (calls[1].id, "debt-2".to_owned())]);
    let counted = |subject: Value| dossier(&about(&subject), &calls, &[number(1)], &subjects).lifetime;
    let known = counted(json!("debt-1"));
    assert_eq!(
        (known.person, known.debt, known.subject),
        (3, 2, 2),
        "the same debt, and one of which nothing is known"
    );
    assert_eq!(counted(json!(null)).debt, 3, "without a reference every call may be about it");
}

#[test]
fn an_id_is_a_text_or_a_whole_number_of_which_sixty_four_characters_count() {
    let id = |value: Value| {
        let metadata = json!({ "person_id": value });
        contact(campaign().build().id)
            .metadata(metadata.as_object().cloned().unwrap_or_default())
            .build()
            .person
            .person_id()
    };
    assert_eq!(id(json!("p-1")), Some("p-1".to_owned()));
    assert_eq!(id(json!(7)), Some("7".to_owned()));
    assert_eq!(id(json!("é".repeat(70))), Some("é".repeat(64)));
    for nothing in [json!(""), json!(null), json!(true), json!(["p-1"]), json!(1.5)] {
        assert_eq!(id(nothing), None);
    }
}
