//! Figures for people on a terminal.

use comfy_table::{CellAlignment, Table, presets};
use dialer_simulator::lab::Outcome;

/// A row for each scenario and policy.
pub(super) fn of(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "scenario",
        "policy",
        "occupancy %",
        "abandoned %",
        "worst",
        "shifts > 3 %",
        "talk min/h",
        "idle s a talk",
        "dials a talk",
    ]);
    for Outcome { scenario, policy, tuned_to, summary } in outcomes {
        table.add_row([
            scenario.clone(),
            tuned_to.as_ref().map_or_else(|| policy.clone(), |setting| format!("{policy} ({setting})")),
            format!("{:.1} ± {:.1}", summary.occupancy.mean, summary.occupancy.error),
            format!("{:.2} ± {:.2}", summary.abandonment.mean, summary.abandonment.error),
            format!("{:.2}", summary.worst),
            format!("{:.0} %", summary.above_cap),
            format!("{:.1}", summary.talk_minutes.mean),
            format!("{:.0}", summary.idle_per_conversation.mean),
            format!("{:.1}", summary.dials_per_conversation.mean),
        ]);
    }
    for column in 2..9 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
