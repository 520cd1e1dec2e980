//! What a run is about: the crew, the people called and the time.

use serde::Serialize;

use super::law::Law;

/// Eight hours.
const SHIFT: f64 = 8.0 * 3600.0;

/// One cell of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scenario {
    /// Its name, unique among all.
    pub name: String,
    /// The table it stands in.
    pub table: Table,
    /// Agents signed in at the start.
    pub crew: u32,
    /// Longest run, in seconds.
    pub seconds: f64,
    /// From when on which probability that a dial is answered by a person.
    pub answer: Vec<(f64, f64)>,
    /// Delay of an answer.
    pub answer_delay: Law,
    /// Other ends of a dial, by weight.
    pub other_ends: Vec<(f64, OtherEnd, Law)>,
    /// How long a conversation lasts.
    pub talk: Law,
    /// How long the agent writes it up; none goes straight on to the next.
    pub wrap: Option<Law>,
    /// Seconds an answered person waits before the call counts as abandoned.
    pub deadline: f64,
    /// People to call; none is as many as there is time for.
    pub list: Option<u32>,
    /// From when on how many agents are signed in.
    pub roster: Vec<(f64, u32)>,
    /// How long agents work and rest.
    pub breaks: Option<(Law, Law)>,
    /// Share of live answers taken for machines.
    pub taken_for_machines: f64,
    /// Lists whose people answer more or less often than the average, as a factor; dialled in a random order.
    pub lists: Vec<f64>,
}

/// A dial's end without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherEnd {
    /// The number or network fails at once.
    Failed,
    /// A machine answers.
    Machine,
    /// Nobody answers.
    NoAnswer,
}

/// A set of scenarios that are read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Crews of 1 to 100, answer rates of 0.1 to 0.6, nothing unusual.
    Base,
    /// Something changes, or the list is short.
    Stress,
    /// Exponential ringing and handling: the exact optimum is known.
    Memoryless,
    /// Answer rates differ by list.
    Leads,
    /// A crew of 500.
    Large,
}

impl Scenario {
    /// A cell of the base table.
    #[must_use]
    pub fn base(crew: u32, answer: f64) -> Self {
        Self {
            name: format!("base-{crew}-{answer}"),
            table: Table::Base,
            crew,
            seconds: SHIFT,
            answer: vec![(0.0, answer)],
            answer_delay: Law::Within(25.0, Box::new(Law::log_normal(10.0, 0.5))),
            other_ends: vec![
                (0.20, OtherEnd::Failed, Law::log_normal(2.5, 0.4)),
                (
                    0.35,
                    OtherEnd::Machine,
                    Law::After(3.0, Box::new(Law::Capped(25.0, Box::new(Law::log_normal(18.0, 0.2))))),
                ),
                (0.45, OtherEnd::NoAnswer, Law::Fixed(25.0)),
            ],
            talk: talk(1.0),
            wrap: Some(Law::log_normal(12.0, 0.5)),
            deadline: 2.0,
            list: None,
            roster: Vec::new(),
            breaks: None,
            taken_for_machines: 0.0,
            lists: Vec::new(),
        }
    }

    /// A cell of the memoryless table. Runs are five shifts long: the optimum is one of the long run.
    #[must_use]
    pub fn memoryless(crew: u32, answer: f64) -> Self {
        Self {
            name: format!("memoryless-{crew}-{answer}"),
            table: Table::Memoryless,
            seconds: 5.0 * SHIFT,
            answer_delay: Law::Exponential(14.0),
            other_ends: vec![(1.0, OtherEnd::NoAnswer, Law::Exponential(14.0))],
            talk: Law::Exponential(104.0),
            wrap: None,
            deadline: 0.0,
            ..Self::base(crew, answer)
        }
    }

    /// A stress scenario by name.
    fn stress(what: &str, crew: u32) -> Self {
        let base = Self { name: format!("{what}-{crew}"), table: Table::Stress, ..Self::base(crew, 0.3) };
        let hours = |hours: f64| hours * 3600.0;
        match what {
            "shift" => {
                Self { answer: vec![(0.0, 0.3), (hours(2.0), 0.6), (hours(4.0), 0.15), (hours(6.0), 0.3)], ..base }
            }
            "drift" => {
                let by_hour = [0.15, 0.18, 0.22, 0.26, 0.3, 0.36, 0.44, 0.52];
                let answer = by_hour.iter().scan(0.0, |from, rate| {
                    *from += 3600.0;
                    Some((*from - 3600.0, *rate))
                });
                Self { answer: answer.collect(), ..base }
            }
            "breaks" => Self { breaks: Some((Law::Exponential(3000.0), Law::Exponential(480.0))), ..base },
            "roster" => Self { roster: vec![(hours(3.0), crew / 2), (hours(5.0), crew)], ..base },
            "amd-fp" => Self { taken_for_machines: 0.03, ..base },
            "long" => Self { talk: talk(3.0), ..base },
            _ => Self { list: Some(60 * crew), ..base },
        }
    }

    /// Lists of people who answer with these probabilities, one as long as the other, dialled in a random order.
    #[must_use]
    pub fn leads(name: &str, crew: u32, lists: [f64; 3]) -> Self {
        let average = lists.iter().sum::<f64>() / 3.0;
        Self {
            name: format!("{name}-{crew}"),
            table: Table::Leads,
            lists: lists.iter().map(|list| list / average).collect(),
            ..Self::base(crew, average)
        }
    }

    /// Every scenario.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let rates = [0.1, 0.3, 0.6];
        let cells = |crews: &[u32], cell: fn(u32, f64) -> Self| -> Vec<Self> {
            crews.iter().flat_map(|crew| rates.map(|rate| cell(*crew, rate))).collect()
        };
        let mut all = cells(&[1, 3, 5, 10, 25, 50, 100], Self::base);
        for crew in [5, 25] {
            for what in ["shift", "drift", "breaks", "roster", "amd-fp", "long", "tail"] {
                all.push(Self::stress(what, crew));
            }
        }
        all.extend(cells(&[1, 3, 5, 10], Self::memoryless));
        for crew in [1, 3, 5, 10, 25] {
            all.push(Self::leads("leads", crew, [0.1, 0.3, 0.5]));
            all.push(Self::leads("sharp-leads", crew, [0.01, 0.09, 0.8]));
        }
        all.push(Self { name: "large-500-0.3".to_owned(), table: Table::Large, ..Self::base(500, 0.3) });
        all
    }

    /// The probability that a dial placed at `at` is answered by a person, on average over the lists.
    #[must_use]
    pub fn answer_at(&self, at: f64) -> f64 {
        self.answer.iter().rev().find(|(from, _)| *from <= at).map_or(0.0, |(_, rate)| *rate)
    }
}

/// Short conversations and long ones.
fn talk(scale: f64) -> Law {
    Law::Mixture(vec![(0.6, Law::log_normal(25.0 * scale, 0.6)), (0.4, Law::log_normal(150.0 * scale, 0.6))])
}
