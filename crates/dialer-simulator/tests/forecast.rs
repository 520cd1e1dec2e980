//! Campaigns run forward: what is certain comes out as it is reckoned, and what is not stays within the rules.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use dialer_domain::contacts::Contact;
use dialer_domain::eligibility::RefusalCode;
use dialer_domain::eligibility::reader::Case;
use dialer_domain::forecast::{
    AnswerHabits, Forecast, ForecastPlan, Forecaster, Habits, Job, Pace, Played, Span, Unanswered,
};
use dialer_domain::rules::{Circumstances, Dossier, Governing, Past, Purpose, RuleBook};
use dialer_domain::{Campaign, Duration, OffsetDateTime, PhoneNumber};
use dialer_simulator::VirtualForecaster;
use dialer_testkit::builders::{campaign, contact, number};
use time::macros::{date, datetime};

const MONDAY: OffsetDateTime = datetime!(2026-03-02 09:00 UTC);

fn plan(agents: u16, days: u16, pace: Pace) -> ForecastPlan {
    ForecastPlan { from: MONDAY, days, agents, seeds: 1, pace, calls_per_minute: None }
}

/// Everybody answers after 10 s, talks for 80 s and is written up for 30 s.
fn certain() -> Habits {
    Habits {
        answer: AnswerHabits::always(1.0),
        machine: 0.0,
        callback: 0.0,
        unanswered: Unanswered { no_answer: 1.0, busy: 0.0, failed: 0.0, invalid: 0.0 },
        ring_answered: Span::fixed(10.0),
        ring_unanswered: Span::fixed(25.0),
        talk: Span::fixed(80.0),
        wrap: Span::fixed(30.0),
        look: Span::fixed(20.0),
        ..Habits::believed()
    }
}

fn nobody_answers() -> Habits {
    Habits { answer: AnswerHabits::always(0.0), ..certain() }
}

fn under(book: RuleBook) -> Circumstances {
    let governing = Arc::new(Governing { book, ring: Duration::ZERO, strict_end: false });
    Circumstances { governing, bans: Vec::new(), ahead: None }
}

fn case(contact: Contact) -> Case {
    let dossier = Dossier::of(&contact, &Past { calls: &[], numbers: &[], subjects: &BTreeMap::new() }, &[]);
    Case { contact, suppressed: false, dossier }
}

fn list(campaign: &Campaign, contacts: u32) -> Vec<Case> {
    (0..contacts).map(|n| case(contact(campaign.id).number(number(n)).created_at(MONDAY).build())).collect()
}

fn job(plan: ForecastPlan, campaign: &Campaign, habits: Habits, cases: Vec<Case>) -> Job {
    let contacts = u32::try_from(cases.len()).unwrap();
    Job::new(plan, campaign.clone(), under(RuleBook::open()), habits, cases, contacts)
}

fn play(job: &Job) -> Vec<Played> {
    VirtualForecaster.play(job, &|_| true).unwrap()
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-6
}

#[test]
fn what_is_certain_comes_out_as_it_is_reckoned() {
    let campaign = campaign().build();
    let job = job(plan(3, 1, Pace::Power), &campaign, certain(), list(&campaign, 90));
    let run = play(&job).remove(0);
    let total = run.total();
    assert_eq!((total.attempts, total.conversations, total.reached, total.drops), (90, 90, 90, 0));
    assert!(close(total.talk_seconds, 90.0 * 80.0), "{}", total.talk_seconds);
    // Each agent has 30 calls of 120 s; the last needs no more than its ringing and talking until nobody is left.
    let length = 29 * 120 + 90;
    assert_eq!(run.spent_at, Some(MONDAY + Duration::seconds(length)));
    assert!(close(total.signed_in_seconds, 3.0 * 3570.0), "{}", total.signed_in_seconds);
    assert!(close(total.busy_seconds, 3.0 * (29.0 * 110.0 + 80.0)), "{}", total.busy_seconds);
}

#[test]
fn agents_of_a_preview_campaign_look_before_each_call() {
    let campaign = campaign().build();
    let job = job(plan(1, 1, Pace::Preview), &campaign, certain(), list(&campaign, 10));
    assert_eq!(play(&job)[0].spent_at, Some(MONDAY + Duration::seconds(9 * 140 + 110)));
}

#[test]
fn nobody_calls_faster_than_the_provider_lets_calls_start() {
    let campaign = campaign().build();
    let slow = ForecastPlan { calls_per_minute: Some(2), ..plan(50, 1, Pace::Power) };
    let job = job(slow, &campaign, certain(), list(&campaign, 21));
    assert_eq!(play(&job)[0].spent_at, Some(MONDAY + Duration::seconds(20 * 30 + 90)));
}

#[test]
fn contacts_that_nobody_answers_are_tried_as_often_and_as_far_apart_as_the_campaign_says() {
    let campaign = campaign().max_attempts(3).retry_interval(Duration::hours(1)).build();
    let job = job(plan(2, 1, Pace::Power), &campaign, nobody_answers(), list(&campaign, 10));
    let run = play(&job).remove(0);
    assert_eq!((run.total().attempts, run.ends.exhausted, run.ends.waiting), (30, 10, 0));
    // Five rounds of two calls of 25 s each; the last pair waits an hour after each of its calls.
    let last = 5 * 25 + 2 * (3600 + 25);
    assert_eq!(run.spent_at, Some(MONDAY + Duration::seconds(last)));
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_another() {
    let campaign = campaign().build();
    let cases = list(&campaign, 400);
    let played = |seeds| {
        let plan = ForecastPlan { seeds, ..plan(4, 2, Pace::Power) };
        play(&job(plan, &campaign, Habits::believed(), cases.clone()))
    };
    let runs = played(6);
    assert_eq!(runs, played(6));
    assert_eq!(runs.len(), 6);
    assert_ne!(runs[0], runs[1]);
    assert_eq!(played(1), runs[..1]);
}

#[test]
fn more_agents_do_not_finish_later() {
    let campaign = campaign().retry_interval(Duration::minutes(10)).build();
    let spent = |agents| {
        let plan = ForecastPlan { seeds: 8, ..plan(agents, 2, Pace::Power) };
        let job = job(plan, &campaign, Habits::believed(), list(&campaign, 300));
        Forecast::of(&job, &play(&job)).spent_at.median.unwrap()
    };
    let finished: Vec<_> = [2, 4, 8, 16].map(spent).into();
    assert!(finished.is_sorted_by(|fewer, more| more <= fewer), "{finished:?}");
}

#[test]
fn a_list_outside_of_its_hours_makes_no_calls() {
    let campaign = campaign().build();
    let evening = ForecastPlan { from: datetime!(2026-03-02 17:00 UTC), ..plan(5, 1, Pace::Power) };
    let job = job(evening, &campaign, certain(), list(&campaign, 20));
    let run = play(&job).remove(0);
    assert_eq!((run.total().attempts, run.ends.waiting, run.spent_at), (0, 20, None));
    assert!(close(run.total().signed_in_seconds, 0.0));
    let forecast = Forecast::of(&job, &[run]);
    assert_eq!((forecast.days[0].opens_at, forecast.spent_at.median), (None, None));
}

#[test]
fn a_callback_is_made_at_its_time_and_before_whoever_waits() {
    let campaign = campaign().build();
    let promised = case(contact(campaign.id).created_at(MONDAY).callback(datetime!(2026-03-03 14:00 UTC)).build());
    let alone = job(plan(1, 2, Pace::Power), &campaign, certain(), vec![promised.clone()]);
    let run = play(&alone).remove(0);
    assert_eq!(run.spent_at, Some(datetime!(2026-03-03 14:01:30 UTC)));
    assert_eq!((run.days[0].attempts, run.days[1].attempts), (0, 1));

    // Nobody answers a first attempt, and everybody a second. The list is longer than a day; were the callback made in its
    // turn by due time, it would be made on the second.
    let mut habits = certain();
    habits.answer.by_attempt[0] = 0.0;
    let once = Campaign { max_attempts: 1, ..campaign };
    let promised = contact(once.id).dialled(1, MONDAY).callback(datetime!(2026-03-02 12:00 UTC)).build();
    let mut cases = list(&once, 1_500);
    cases.push(case(promised));
    let run = play(&job(plan(1, 2, Pace::Power), &once, habits, cases)).remove(0);
    assert_eq!((run.days[0].reached, run.days[1].reached, run.ends.exhausted), (1, 0, 1_500));
}

fn numbered(campaign: &Campaign, text: &str) -> Case {
    let number = PhoneNumber::parse(text, None).unwrap();
    case(contact(campaign.id).number(number).created_at(MONDAY).build())
}

#[test]
fn a_state_that_is_closed_on_a_holiday_is_told_and_not_called_that_day() {
    // Good Friday is a holiday in Louisiana, where nobody is called then, and not in New York.
    let zone = "America/New_York".parse().unwrap();
    let campaign = campaign().timezone(zone).build();
    let cases = vec![numbered(&campaign, "+15045550142"), numbered(&campaign, "+12125550142")];
    let from = datetime!(2026-04-03 04:00 UTC);
    let plan = ForecastPlan { from, ..plan(1, 2, Pace::Power) };
    let job = Job::new(plan, campaign, under(RuleBook::shipped()), certain(), cases, 2);
    let run = play(&job).remove(0);
    assert_eq!((run.days[0].attempts, run.days[1].attempts), (1, 1));
    let forecast = Forecast::of(&job, &[run]);
    assert_eq!(forecast.days[0].date, date!(2026 - 04 - 03));
    let closed: Vec<_> = forecast.days[0].closed.iter().collect();
    let ((code, rule), contacts) = closed[0];
    assert_eq!((closed.len(), *code, *contacts), (1, RefusalCode::Holiday, 1));
    assert_eq!(rule.unwrap().id.to_string(), "us-la.hours");
    assert!(forecast.days[1].closed.is_empty());
}

#[test]
fn a_cap_of_the_law_holds_back_retries_that_the_campaign_would_make() {
    // Regulation F: no more than seven calls about a debt in seven days.
    let hours = dialer_domain::schedule::ActiveHours::parse("10:00", "16:00").unwrap();
    let zone = "America/New_York".parse().unwrap();
    let campaign = Campaign {
        purpose: Purpose::Collections,
        ..campaign().timezone(zone).hours(hours).max_attempts(50).retry_interval(Duration::minutes(10)).build()
    };
    let cases = vec![numbered(&campaign, "+12125550142")];
    let plan = plan(1, 5, Pace::Power);
    let free = Job::new(plan, campaign.clone(), under(RuleBook::open()), nobody_answers(), cases.clone(), 1);
    assert!(play(&free)[0].total().attempts > 7);
    let lawful = Job::new(plan, campaign, under(RuleBook::shipped()), nobody_answers(), cases, 1);
    let run = play(&lawful).remove(0);
    assert_eq!((run.days[0].attempts, run.total().attempts, run.ends.waiting), (7, 7, 1));
}

#[test]
fn contacts_that_may_never_be_called_are_told_by_code() {
    let campaign = campaign().build();
    let mut cases = list(&campaign, 3);
    cases[0].suppressed = true;
    cases[1].dossier.place = dialer_domain::places::Place::default();
    cases.push(numbered(&campaign, "+4930901820"));
    let job = Job::new(plan(1, 1, Pace::Power), campaign, under(RuleBook::shipped()), certain(), cases, 4);
    let forecast = Forecast::of(&job, &play(&job));
    let never: Vec<_> = forecast.never.iter().map(|((code, _), contacts)| (*code, contacts.median)).collect();
    let once = |code| (code, 1.0);
    assert_eq!(never, [once(RefusalCode::DncInternal), once(RefusalCode::ZoneUnknown), once(RefusalCode::NoRules)]);
    assert!(close(forecast.total.reached.median, 1.0));
}

#[test]
fn a_sample_stands_for_the_whole_list() {
    let campaign = campaign().build();
    let job = Job::new(
        plan(2, 1, Pace::Power),
        campaign.clone(),
        under(RuleBook::open()),
        certain(),
        list(&campaign, 7),
        100,
    );
    let forecast = Forecast::of(&job, &play(&job));
    assert_eq!((forecast.contacts, forecast.read), (100, 7));
    assert!(close(forecast.total.reached.median, 100.0));
    assert!(forecast.notes.iter().any(|note| note.contains("7 of 100 contacts")), "{:?}", forecast.notes);
}

#[test]
fn predictive_dialling_speaks_with_more_people_and_stays_near_its_cap() {
    let campaign = campaign().build();
    let habits = Habits { machine: 0.0, callback: 0.0, ..Habits::believed() };
    let morning = dialer_domain::schedule::ActiveHours::parse("09:00", "10:30").unwrap();
    let campaign = Campaign { active_hours: morning, ..campaign };
    let totals = |pace| {
        let plan = ForecastPlan { seeds: 2, ..plan(10, 1, pace) };
        let job = job(plan, &campaign, habits.clone(), list(&campaign, 3_000));
        Forecast::of(&job, &play(&job)).total
    };
    let (power, predictive) = (totals(Pace::Power), totals(Pace::Predictive));
    assert!(predictive.conversations.median > 1.1 * power.conversations.median, "{power:?} {predictive:?}");
    assert!(predictive.occupancy.median > power.occupancy.median);
    assert!(close(power.drops.high, 0.0));
    assert!(predictive.drop_rate.high < 4.0, "{:?}", predictive.drop_rate);
}

#[test]
fn playing_stops_when_it_is_told_to_and_tells_how_far_it_is() {
    let campaign = campaign().build();
    let plan = ForecastPlan { seeds: 4, ..plan(2, 1, Pace::Power) };
    let job = job(plan, &campaign, certain(), list(&campaign, 20));
    assert_eq!(VirtualForecaster.play(&job, &|_| false), None);
    let most = AtomicU16::new(0);
    let note = |done| {
        most.fetch_max(done, Ordering::Relaxed);
        true
    };
    assert!(VirtualForecaster.play(&job, &note).is_some());
    assert_eq!(most.load(Ordering::Relaxed), 4);
}
