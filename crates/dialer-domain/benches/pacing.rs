//! How long a decision takes with 500 agents at work and 400 calls ringing: one again in the same second, one in a
//! new second (all that goes on is counted then), and the look at what was learned that some decision of each
//! minute takes besides.
//!
//! `cargo bench -p dialer-domain --bench pacing`. A decision is to take at most 50 microseconds.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use dialer_domain::pacing::{AgentChange, Ending, Event, Lead, Pacer, PacingSettings, Snapshot, WindowCount};

/// A shift well under way: agents talk and write up for as long as they do, calls have rung for up to 25 s.
fn under_way(knows_lists: bool) -> (Pacer, f64) {
    let mut pacer = Pacer::new(PacingSettings::default());
    let mut now = 0.0;
    let mut call = 0;
    for round in 0..40_u64 {
        for agent in 0..500 {
            let at = now + f64::from(u32::try_from(agent * 37 % 500).unwrap_or(0)) / 500.0;
            let state = match (agent + round) % 9 {
                0 => AgentChange::Idle,
                1 => AgentChange::Wrap,
                _ => AgentChange::Talk,
            };
            pacer.observe(at, &Event::Agent { agent, state, call: None });
        }
        for _ in 0..400 {
            let lead = Lead { list: knows_lists.then_some(u32::try_from(call % 7).unwrap_or(0)), ..Lead::default() };
            pacer.observe(now + 1.0, &Event::Dialled { call, lead });
            if call >= 400 {
                let old = call - 400;
                let end = if old % 3 == 0 {
                    Event::Answered { call: old }
                } else {
                    Event::Ended { call: old, how: Ending::NoAnswer }
                };
                pacer.observe(now + 1.0, &end);
                if old % 3 == 0 {
                    pacer.observe(
                        now + 1.0,
                        &Event::Agent { agent: old % 500, state: AgentChange::Talk, call: Some(old) },
                    );
                }
            }
            call += 1;
        }
        now += 9.0;
        pacer.decide(now, &Snapshot::default());
    }
    (pacer, now)
}

fn decisions(c: &mut Criterion) {
    let snapshot = Snapshot {
        list_left: Some(1_000_000),
        window_left: Some(20_000.0),
        window: Some(WindowCount { answered: 50_000, abandoned: 1_480 }),
        ..Snapshot::default()
    };
    for (name, knows_lists) in [("campaign", false), ("lists told apart", true)] {
        let (mut pacer, now) = under_way(knows_lists);
        let mut group = c.benchmark_group(format!("decision, 500 agents, {name}"));
        group.bench_function("same second", |b| b.iter(|| black_box(pacer.decide(black_box(now), &snapshot))));
        group.bench_function("new second", |b| {
            b.iter_batched_ref(
                || pacer.clone(),
                |pacer| black_box(pacer.decide(now + 1.0, &snapshot)),
                BatchSize::SmallInput,
            );
        });
        group.bench_function("look at what was learned, once a minute", |b| {
            b.iter_batched_ref(
                || pacer.clone().resumed(),
                |pacer| black_box(pacer.decide(now, &snapshot)),
                BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

criterion_group!(benches, decisions);
criterion_main!(benches);
