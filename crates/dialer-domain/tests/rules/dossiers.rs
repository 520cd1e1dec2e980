use dialer_domain::Duration;
use dialer_domain::calls::CallOutcome;
use dialer_domain::rules::{Came, Dossier, Tie};
use dialer_testkit::builders::{T0, call, campaign, contact};

#[test]
fn a_call_that_is_still_on_counts_as_an_attempt_and_one_that_never_left_does_not() {
    let person = contact(campaign().build().id).build();
    let on = call().to(person.person.phone_number.clone()).build();
    let mut never_left = call().to(person.person.phone_number.clone()).build();
    never_left.outcome = Some(CallOutcome::NotPlaced);
    never_left.ended_at = Some(T0 + Duration::SECOND);
    let dossier = Dossier::of(&person, &[on, never_left], &[]);
    assert_eq!(dossier.history.len(), 1);
    let attempt = dossier.history[0];
    assert_eq!((attempt.began_at, attempt.ended_at, attempt.came), (T0, T0, Came::NONE));
    assert!(attempt.tie.has(Tie::NUMBER.and(Tie::PERSON)));
    assert_eq!(dossier.lifetime.number, 1);
}

#[test]
fn calls_with_another_number_are_no_part_of_a_contact_s_history() {
    let person = contact(campaign().build().id).build();
    assert_eq!(Dossier::of(&person, &[call().build()], &[]).history, []);
}
