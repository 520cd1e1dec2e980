//! Figures of the published study that this pacing is held against, in percent.

/// What the study found in a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Published {
    /// The scenario's name.
    pub scenario: &'static str,
    /// Occupancy and abandonment of VICIdial, tuned for the cell (stress: TAPERED with its defaults).
    pub vicidial: Option<(f64, f64)>,
    /// Of so many lines for each idle agent, tuned for the cell (stress: for the base cell).
    pub power: Option<(f64, f64)>,
    /// The exact optimum's occupancy at 3 %.
    pub optimum: Option<f64>,
    /// Of the study's own candidate.
    pub candidate: (f64, f64),
}

/// The study's figures for a scenario.
#[must_use]
pub fn published(scenario: &str) -> Option<Published> {
    base(scenario).or_else(|| stress(scenario)).or_else(|| memoryless(scenario))
}

const fn tuned(scenario: &'static str, vicidial: (f64, f64), power: (f64, f64), candidate: (f64, f64)) -> Published {
    Published { scenario, vicidial: Some(vicidial), power: Some(power), optimum: None, candidate }
}

const fn exact(scenario: &'static str, optimum: f64, candidate: (f64, f64)) -> Published {
    Published { scenario, vicidial: None, power: None, optimum: Some(optimum), candidate }
}

fn base(scenario: &str) -> Option<Published> {
    const TABLE: [Published; 21] = [
        tuned("base-1-0.1", (34.2, 0.00), (35.3, 0.00), (44.1, 2.58)),
        tuned("base-1-0.3", (62.4, 0.00), (63.6, 0.00), (67.8, 2.30)),
        tuned("base-1-0.6", (80.0, 0.00), (81.1, 0.00), (81.9, 2.39)),
        tuned("base-3-0.1", (42.8, 3.55), (55.9, 1.95), (60.3, 2.95)),
        tuned("base-3-0.3", (62.7, 0.00), (69.6, 1.93), (73.1, 2.84)),
        tuned("base-3-0.6", (79.7, 0.00), (81.2, 0.60), (83.0, 2.91)),
        tuned("base-5-0.1", (48.4, 2.59), (65.9, 2.41), (68.4, 2.99)),
        tuned("base-5-0.3", (62.9, 0.00), (71.5, 1.16), (76.2, 2.97)),
        tuned("base-5-0.6", (79.9, 0.00), (82.2, 1.00), (84.4, 2.92)),
        tuned("base-10-0.1", (62.1, 2.94), (76.7, 2.78), (78.8, 2.95)),
        tuned("base-10-0.3", (72.9, 2.79), (80.4, 2.52), (82.7, 2.90)),
        tuned("base-10-0.6", (80.2, 0.00), (84.0, 1.28), (86.8, 2.89)),
        tuned("base-25-0.1", (76.9, 2.97), (86.5, 3.19), (88.4, 2.93)),
        tuned("base-25-0.3", (82.5, 2.49), (87.8, 2.89), (89.5, 2.93)),
        tuned("base-25-0.6", (87.0, 2.57), (90.0, 3.09), (91.4, 2.92)),
        tuned("base-50-0.1", (85.2, 3.43), (90.5, 3.30), (92.3, 2.94)),
        tuned("base-50-0.3", (88.4, 2.82), (91.4, 3.35), (93.5, 2.93)),
        tuned("base-50-0.6", (91.5, 2.81), (92.9, 3.18), (94.5, 2.92)),
        tuned("base-100-0.1", (90.9, 3.03), (93.0, 3.43), (95.9, 2.93)),
        tuned("base-100-0.3", (92.7, 2.86), (93.6, 2.97), (96.3, 2.93)),
        tuned("base-100-0.6", (94.7, 2.84), (94.7, 3.12), (96.8, 2.92)),
    ];
    TABLE.into_iter().find(|row| row.scenario == scenario)
}

fn stress(scenario: &str) -> Option<Published> {
    const TABLE: [Published; 12] = [
        tuned("shift-5", (64.8, 3.41), (70.1, 2.86), (75.7, 2.96)),
        tuned("breaks-5", (65.5, 3.46), (71.1, 1.80), (76.2, 2.98)),
        tuned("roster-5", (65.5, 3.58), (70.8, 1.41), (76.1, 2.92)),
        tuned("amd-fp-5", (64.8, 3.37), (70.6, 1.21), (76.5, 2.92)),
        tuned("long-5", (83.0, 4.06), (86.0, 1.62), (87.7, 2.91)),
        tuned("tail-5", (70.0, 19.30), (67.2, 1.10), (69.0, 2.39)),
        tuned("shift-25", (66.5, 3.03), (85.6, 6.92), (89.6, 2.92)),
        tuned("breaks-25", (66.1, 3.19), (87.1, 2.81), (88.9, 2.93)),
        tuned("roster-25", (66.2, 3.24), (87.0, 3.07), (88.8, 2.93)),
        tuned("amd-fp-25", (65.6, 3.06), (86.6, 1.81), (89.5, 2.94)),
        tuned("long-25", (83.0, 3.20), (94.6, 9.69), (92.4, 2.95)),
        tuned("tail-25", (68.2, 4.20), (76.9, 1.88), (79.1, 3.12)),
    ];
    TABLE.into_iter().find(|row| row.scenario == scenario)
}

fn memoryless(scenario: &str) -> Option<Published> {
    const TABLE: [Published; 12] = [
        exact("memoryless-1-0.1", 49.0, (47.3, 2.85)),
        exact("memoryless-1-0.3", 70.8, (71.0, 2.95)),
        exact("memoryless-1-0.6", 82.4, (82.4, 2.80)),
        exact("memoryless-3-0.1", 63.1, (61.4, 2.94)),
        exact("memoryless-3-0.3", 74.6, (73.6, 2.95)),
        exact("memoryless-3-0.6", 83.1, (83.0, 2.94)),
        exact("memoryless-5-0.1", 70.7, (70.1, 2.94)),
        exact("memoryless-5-0.3", 77.4, (76.7, 2.93)),
        exact("memoryless-5-0.6", 83.8, (83.7, 2.93)),
        exact("memoryless-10-0.1", 79.6, (79.1, 2.93)),
        exact("memoryless-10-0.3", 82.3, (82.1, 2.93)),
        exact("memoryless-10-0.6", 85.9, (85.8, 2.92)),
    ];
    TABLE.into_iter().find(|row| row.scenario == scenario)
}
