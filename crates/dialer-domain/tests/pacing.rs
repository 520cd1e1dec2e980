//! What pacing promises, whatever happens.

use dialer_domain::pacing::{
    AgentChange, Bound, Decision, Ending, Event, Lead, Pacer, PacingSettings, Snapshot, WindowCount,
};
use proptest::prelude::*;

/// A crew of idle agents.
fn crew(pacer: &mut Pacer, at: f64, agents: u64) {
    for agent in 0..agents {
        pacer.observe(at, &Event::Agent { agent, state: AgentChange::Idle, call: None });
    }
}

/// A small world that tells a pacer the truth: of ten dials three are answered after `answer_delay` seconds, the
/// rest end after 20; conversations last `talk` seconds; agents of `crew` take calls.
struct World {
    pacer: Pacer,
    now: f64,
    calls: Vec<(u64, f64)>,
    next_call: u64,
    idle: Vec<u64>,
    busy: Vec<(u64, f64)>,
    answer_delay: f64,
    talk: f64,
}

impl World {
    fn new(settings: PacingSettings, agents: u64) -> Self {
        let mut pacer = Pacer::new(settings);
        crew(&mut pacer, 0.0, agents);
        let idle = (0..agents).collect();
        Self { pacer, now: 0.0, calls: vec![], next_call: 0, idle, busy: vec![], answer_delay: 8.0, talk: 60.0 }
    }

    fn second(&mut self, snapshot: &Snapshot) -> Decision {
        self.now += 1.0;
        let now = self.now;
        let freed: Vec<_> = self.busy.iter().filter(|(_, until)| *until <= now).map(|(agent, _)| *agent).collect();
        self.busy.retain(|(_, until)| *until > now);
        for agent in freed {
            self.pacer.observe(now, &Event::Agent { agent, state: AgentChange::Idle, call: None });
            self.idle.push(agent);
        }
        for (call, since) in std::mem::take(&mut self.calls) {
            let live = call % 10 < 3;
            if live && now - since >= self.answer_delay {
                self.pacer.observe(now, &Event::Answered { call });
                if let Some(agent) = self.idle.pop() {
                    self.pacer.observe(now, &Event::Agent { agent, state: AgentChange::Talk, call: Some(call) });
                    self.busy.push((agent, now + self.talk));
                } else {
                    self.pacer.observe(now, &Event::Ended { call, how: Ending::Abandoned });
                }
            } else if now - since >= 20.0 {
                self.pacer.observe(now, &Event::Ended { call, how: Ending::NoAnswer });
            } else {
                self.calls.push((call, since));
            }
        }
        let decision = self.pacer.decide(now, snapshot);
        for _ in 0..decision.dials {
            self.pacer.observe(now, &Event::Dialled { call: self.next_call, lead: Lead::default() });
            self.calls.push((self.next_call, now));
            self.next_call += 1;
        }
        decision
    }

    fn seconds(&mut self, seconds: u32, snapshot: &Snapshot) -> Decision {
        let mut last = self.second(snapshot);
        for _ in 1..seconds {
            last = self.second(snapshot);
        }
        last
    }
}

#[test]
fn a_campaign_nothing_is_known_of_gets_one_line_an_agent() {
    let mut pacer = Pacer::new(PacingSettings::default());
    crew(&mut pacer, 0.0, 7);
    let decision = pacer.decide(1.0, &Snapshot::default());
    assert_eq!((decision.dials, decision.bound), (7, Bound::ColdStart));
}

#[test]
fn nobody_is_called_while_nobody_is_signed_in() {
    let mut pacer = Pacer::new(PacingSettings::default());
    let decision = pacer.decide(1.0, &Snapshot::default());
    assert_eq!((decision.dials, decision.bound), (0, Bound::NoAgents));
}

#[test]
fn the_answer_rate_and_what_is_free_are_learned() {
    let mut world = World::new(PacingSettings::default(), 20);
    let decision = world.seconds(1800, &Snapshot::default());
    assert!((decision.answer_probability - 0.3).abs() < 0.04, "{decision:?}");
    assert!(world.next_call > 1500, "{} dials: no better than one line an agent", world.next_call);
}

#[test]
fn a_burst_of_dials_does_not_make_answers_seem_likely_because_they_come_before_ring_outs() {
    let mut world = World::new(PacingSettings::default(), 200);
    world.second(&Snapshot::default());
    assert_eq!(world.next_call, 200);
    // Three in ten have answered and no call has ended otherwise: of the finished ones, all. The rest still ring.
    let early = world.seconds(9, &Snapshot::default());
    assert!((0.3..0.6).contains(&early.answer_probability), "{early:?}");
    let late = world.seconds(14, &Snapshot::default());
    assert!((0.25..0.42).contains(&late.answer_probability), "{late:?}");
}

#[test]
fn people_who_answer_less_than_before_are_noticed_before_the_ring_timeout_proves_it() {
    let mut world = World::new(PacingSettings::default(), 20);
    let before = world.seconds(1200, &Snapshot::default()).answer_probability;
    world.answer_delay = 1e9; // nobody answers any more
    let after = world.seconds(120, &Snapshot::default()).answer_probability;
    assert!(after < 0.75 * before, "{before} then {after}");
}

#[test]
fn dials_go_ahead_of_agents_who_will_be_free() {
    let mut world = World::new(PacingSettings::default(), 20);
    let ahead = (0..1800).filter(|_| {
        let decision = world.second(&Snapshot::default());
        decision.dials > decision.idle
    });
    assert!(ahead.count() > 100);
}

#[test]
fn a_spent_window_leaves_one_line_an_agent() {
    let spent = Snapshot {
        window: Some(WindowCount { answered: 100, abandoned: 20 }),
        window_left: Some(60.0),
        ..Snapshot::default()
    };
    let mut world = World::new(PacingSettings::default(), 10);
    world.seconds(600, &Snapshot::default());
    for _ in 0..300 {
        let decision = world.second(&spent);
        assert!(decision.theta == 0.0 && decision.dials <= decision.idle, "{decision:?}");
        assert_ne!(decision.bound, Bound::Risk);
    }
}

#[test]
fn without_headroom_no_dial_goes_ahead() {
    let none = Snapshot { headroom: Some(0), ..Snapshot::default() };
    let mut world = World::new(PacingSettings::default(), 10);
    world.seconds(600, &Snapshot::default());
    let mut named = 0;
    for _ in 0..300 {
        let decision = world.second(&none);
        assert!(decision.dials <= decision.idle, "{decision:?}");
        named += u32::from(decision.bound == Bound::Headroom);
    }
    assert!(named > 100, "{named}");
}

#[test]
fn an_agent_who_asked_for_a_break_is_not_dialled_for() {
    let mut pacer = Pacer::new(PacingSettings::default());
    crew(&mut pacer, 0.0, 2);
    pacer.observe(1.0, &Event::Agent { agent: 1, state: AgentChange::Leaving, call: None });
    assert_eq!(pacer.decide(2.0, &Snapshot::default()).dials, 1);
}

#[test]
fn agents_get_their_breath() {
    let mut pacer = Pacer::new(PacingSettings { breath: 10.0, ..PacingSettings::default() });
    crew(&mut pacer, 0.0, 3);
    assert_eq!(pacer.decide(5.0, &Snapshot::default()).dials, 0);
    assert_eq!(pacer.decide(10.0, &Snapshot::default()).dials, 3);
}

#[test]
fn agents_are_kept_below_the_occupancy_ceiling() {
    let settings = PacingSettings { occupancy_ceiling: 0.5, ..PacingSettings::default() };
    let mut world = World::new(settings, 5);
    let mut busy = 0;
    for second in 0..5400 {
        world.second(&Snapshot::default());
        busy += if second >= 1800 { world.busy.len() } else { 0 };
    }
    let share = f64::from(u32::try_from(busy).unwrap()) / (3600.0 * 5.0);
    assert!((0.4..0.56).contains(&share), "{share}");
}

#[test]
fn lists_that_answer_differently_are_told_apart() {
    let mut pacer = Pacer::new(PacingSettings::default());
    crew(&mut pacer, 0.0, 5);
    let list = |list: u64| Lead { list: u32::try_from(list).ok(), ..Lead::default() };
    for call in 0..1200_u64 {
        let at = 3.0 * f64::from(u32::try_from(call).unwrap());
        pacer.decide(at, &Snapshot::default());
        pacer.observe(at, &Event::Dialled { call, lead: list(call % 2) });
        let answers = if call % 2 == 0 { call % 10 == 0 } else { call % 10 < 6 };
        if answers {
            pacer.observe(at + 2.0, &Event::Answered { call });
            pacer.observe(at + 2.5, &Event::Ended { call, how: Ending::Abandoned });
        } else {
            pacer.observe(at + 2.9, &Event::Ended { call, how: Ending::NoAnswer });
        }
    }
    let (seldom, often) = (pacer.answer_probability(3600.0, list(0)), pacer.answer_probability(3600.0, list(1)));
    assert!(seldom < 0.3 && often > 0.5, "{seldom} {often}");
}

#[test]
fn a_stored_pacer_goes_on_where_it_stopped() {
    let mut world = World::new(PacingSettings::default(), 10);
    world.seconds(900, &Snapshot::default());
    let stored = serde_json::to_string(&world.pacer).unwrap();
    let mut loaded: Pacer = serde_json::from_str(&stored).unwrap();
    let mut kept = world.pacer.clone();
    let (kept, loaded) = (kept.decide(901.0, &Snapshot::default()), loaded.decide(901.0, &Snapshot::default()));
    assert_eq!((kept.dials, kept.bound), (loaded.dials, loaded.bound));
    assert!((kept.risk - loaded.risk).abs() < 0.05, "{kept:?} {loaded:?}");
}

#[test]
fn a_pacer_that_resumes_forgets_calls_and_agents_but_not_what_it_learned() {
    let mut world = World::new(PacingSettings::default(), 10);
    let before = world.seconds(900, &Snapshot::default());
    let mut resumed = world.pacer.clone().resumed();
    let nobody = resumed.decide(0.0, &Snapshot::default());
    assert_eq!((nobody.idle, nobody.in_flight, nobody.bound), (0, 0, Bound::NoAgents));
    assert!((nobody.answer_probability - before.answer_probability).abs() < 0.05);
    crew(&mut resumed, 1.0, 10);
    assert_ne!(resumed.decide(2.0, &Snapshot::default()).bound, Bound::ColdStart);
}

#[test]
fn what_is_told_twice_or_of_unknown_calls_changes_nothing() {
    let mut pacer = Pacer::new(PacingSettings::default());
    crew(&mut pacer, 0.0, 1);
    pacer.observe(1.0, &Event::Dialled { call: 1, lead: Lead::default() });
    pacer.observe(1.0, &Event::Dialled { call: 1, lead: Lead::default() });
    for _ in 0..2 {
        pacer.observe(3.0, &Event::Answered { call: 1 });
        pacer.observe(5.0, &Event::Ended { call: 1, how: Ending::Abandoned });
        pacer.observe(5.0, &Event::Ended { call: 99, how: Ending::Abandoned });
    }
    let decision = pacer.decide(6.0, &Snapshot::default());
    assert!((decision.ratio - 1.0).abs() < 1e-9 && decision.in_flight == 0, "{decision:?}");
}

fn any_event() -> impl Strategy<Value = Event> {
    let how = prop::sample::select(vec![
        Ending::Machine,
        Ending::Busy,
        Ending::Failed,
        Ending::NoAnswer,
        Ending::HungUp,
        Ending::Abandoned,
        Ending::Completed,
    ]);
    let state = prop::sample::select(vec![
        AgentChange::Idle,
        AgentChange::Talk,
        AgentChange::Wrap,
        AgentChange::Out,
        AgentChange::Leaving,
    ]);
    let lead = prop::option::of(0_u32..4).prop_map(|list| Lead { list, ..Lead::default() });
    prop_oneof![
        (0_u64..200, lead).prop_map(|(call, lead)| Event::Dialled { call, lead }),
        (0_u64..200).prop_map(|call| Event::Answered { call }),
        (0_u64..200, how).prop_map(|(call, how)| Event::Ended { call, how }),
        (0_u64..12, state).prop_map(|(agent, state)| Event::Agent { agent, state, call: None }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_a_decision_keeps_to_lines_and_list_and_its_figures_are_probabilities(
        events in prop::collection::vec((0.0_f64..40.0, any_event()), 0..300),
        max_lines in prop::option::of(0_u32..30),
        list_left in prop::option::of(0_u32..30),
        headroom in prop::option::of(0_u32..3),
    ) {
        let mut pacer = Pacer::new(PacingSettings { cold_dials: 3, ..PacingSettings::default() });
        let mut now = 0.0;
        let snapshot = Snapshot { max_lines, list_left, headroom, window_left: Some(3600.0), ..Snapshot::default() };
        for (later, event) in events {
            now += later;
            pacer.observe(now, &event);
            let decision = pacer.decide(now, &snapshot);
            if let Some(most) = max_lines {
                prop_assert!(decision.dials == 0 || decision.dials + decision.in_flight <= most);
            }
            prop_assert!(list_left.is_none_or(|left| decision.dials <= left));
            if decision.theta == 0.0 {
                prop_assert!(decision.dials <= decision.idle, "{:?}", decision);
            }
            for share in [decision.risk, decision.theta, decision.ratio, decision.answer_probability] {
                prop_assert!((0.0..=1.0).contains(&share), "{:?}", decision);
            }
            prop_assert!(decision.expected_answers >= 0.0 && decision.expected_free >= 0.0);
        }
    }
}
