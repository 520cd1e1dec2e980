//! `dialer simulate --campaign`: how a real campaign will go.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use dialer_app::{ForecastRequest, Forecasts, Foreseen, UseCaseError};
use dialer_domain::forecast::{ForecastPlan, InstantRange, Range, Sums};
use dialer_domain::identity::Scope;
use dialer_domain::ids::CampaignId;
use dialer_domain::schedule::Zone;
use dialer_domain::{DialingMode, OffsetDateTime};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use uuid::Uuid;

use super::super::opened::Opened;
use super::super::{Installation, say};
use crate::logs;
use crate::routes::forecast::ForecastAnswer;
use crate::stamp;
use crate::wiring;

#[derive(Debug, Args)]
pub(super) struct CampaignArgs {
    /// Run this campaign forward instead: its list, hours, rules and history, read from the database.
    #[arg(
        long,
        value_name = "ID",
        requires_all = ["agents", "days"],
        conflicts_with_all = ["scenario", "policy", "report", "stdin", "first_seed", "threads"]
    )]
    pub(super) campaign: Option<Uuid>,
    /// Agents at work whenever the campaign's hours are open, 1 to 500.
    #[arg(long, requires = "campaign", value_parser = clap::value_parser!(u32).range(1..=i64::from(ForecastPlan::MAX_AGENTS)))]
    agents: Option<u32>,
    /// Calendar days in the campaign's zone, 1 to 31; the first is the one that holds --from.
    #[arg(long, requires = "campaign", value_parser = clap::value_parser!(u32).range(1..=i64::from(ForecastPlan::MAX_DAYS)))]
    days: Option<u32>,
    /// The first instant, as 2026-03-02T09:00:00Z. Without it, now.
    #[arg(long, value_name = "INSTANT", requires = "campaign", value_parser = instant)]
    from: Option<OffsetDateTime>,
    /// How it would go as a manual, preview, power or predictive campaign. Without it, as what it is.
    #[arg(long = "type", value_name = "TYPE", requires = "campaign", value_parser = mode)]
    mode: Option<DialingMode>,
    #[command(flatten)]
    installation: Installation,
}

fn instant(text: &str) -> Result<OffsetDateTime, String> {
    stamp::parse(text).ok_or_else(|| "use an RFC 3339 instant, such as 2026-03-02T10:00:00Z".to_owned())
}

fn mode(text: &str) -> Result<DialingMode, String> {
    text.parse().map_err(|error: <DialingMode as std::str::FromStr>::Err| error.to_string())
}

pub(super) async fn run(args: &CampaignArgs, id: Uuid, seeds: Option<u32>, json: bool) -> anyhow::Result<ExitCode> {
    logs::start_quietly();
    let Opened { database, ports, .. } = args.installation.open().await?;
    let request = ForecastRequest {
        agents: args.agents.unwrap_or_default(),
        days: args.days.unwrap_or_default(),
        seeds,
        from: args.from,
        mode: args.mode,
    };
    let forecasts = Forecasts::new(ports.clone(), wiring::forecaster()).patient();
    let begun = forecasts.begin(&ports.stores, Scope::Service, CampaignId::new(id), request).await;
    let begun = begun.map_err(|error| refused(error, id))?;
    let bar = Arc::new(progress(u64::from(begun.runs()), json));
    let shown = bar.clone();
    let foreseen = begun.finish(move |done| shown.set_position(u64::from(done))).await;
    bar.finish_and_clear();
    database.close().await;
    let foreseen = foreseen.context("the campaign cannot be forecast")?;
    if json {
        say(serde_json::to_string_pretty(&ForecastAnswer::of(foreseen))?)?;
    } else {
        say(text(&foreseen)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What to do about a forecast that cannot begin.
fn refused(error: UseCaseError, id: Uuid) -> anyhow::Error {
    if let UseCaseError::Invalid(errors) = &error {
        let wrong: Vec<String> = errors.iter().map(|one| format!("--{}: {}", one.field, one.message)).collect();
        return anyhow!(wrong.join("; "));
    }
    anyhow!(error).context(format!(
        "campaign {id} cannot be forecast; give the id of a campaign of this installation, and say which it is with --data-dir \
         or DATABASE_URL"
    ))
}

fn progress(runs: u64, json: bool) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(runs), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs  {eta} left");
    // A template that cannot be read would be a mistake in the line above; the plain bar does then.
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// The forecast for people on a terminal.
fn text(foreseen: &Foreseen) -> Result<String, std::fmt::Error> {
    let Foreseen { campaign, forecast } = foreseen;
    let zone = &campaign.timezone;
    let mut text = String::new();
    writeln!(
        text,
        "{} ({}, played as {}): {} agents from {}, {} runs",
        campaign.name,
        campaign.mode,
        forecast.plan.pace,
        forecast.plan.agents,
        wall(zone, forecast.plan.from),
        forecast.runs
    )?;
    writeln!(text, "Each figure: half of the runs are below the first; nine of ten lie within the brackets.\n")?;
    writeln!(text, "{}\n", table(foreseen))?;
    writeln!(text, "The list is spent: {}", spent(zone, &forecast.spent_at))?;
    writeln!(
        text,
        "Contacts: {} in all, {} over before; at the end {} still wait, {} were tried as often as may be, {} have no such \
         number",
        forecast.contacts,
        forecast.over_before,
        figure(forecast.waiting, 0),
        figure(forecast.exhausted, 0),
        figure(forecast.invalid, 0)
    )?;
    for ((code, rule), contacts) in &forecast.never {
        let rule = rule.map_or_else(String::new, |rule| format!(" by {}", rule.id));
        writeln!(text, "Never callable: {}, {code}{rule}", figure(*contacts, 0))?;
    }
    for day in &forecast.days {
        for ((code, rule), contacts) in &day.closed {
            let rule = rule.map_or_else(String::new, |rule| format!(" by {}", rule.id));
            writeln!(text, "Closed on {}: {contacts} contacts, {code}{rule}", day.date)?;
        }
    }
    writeln!(text, "\nIt rests on:")?;
    for basis in forecast.habits.basis() {
        writeln!(
            text,
            "  {:<32} {:>8.2}   {:>3.0} % from {} seen, the rest believed ({:.2})",
            basis.what.replace('_', " "),
            basis.used,
            100.0 * basis.seen_weight,
            basis.seen,
            basis.believed
        )?;
    }
    for note in &forecast.notes {
        write!(text, "\n- {note}")?;
    }
    Ok(text)
}

fn table(foreseen: &Foreseen) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["day", "attempts", "conversations", "reached", "talk h", "occupancy %", "drops", "dropped %"]);
    for day in &foreseen.forecast.days {
        table.add_row(row(day.date.to_string(), &day.sums));
    }
    table.add_row(row("all".to_owned(), &foreseen.forecast.total));
    for column in 1..8 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn row(day: String, sums: &Sums) -> [String; 8] {
    [
        day,
        figure(sums.attempts, 0),
        figure(sums.conversations, 0),
        figure(sums.reached, 0),
        figure(sums.talk_hours, 1),
        figure(sums.occupancy, 1),
        figure(sums.drops, 0),
        figure(sums.drop_rate, 2),
    ]
}

fn figure(range: Range, decimals: usize) -> String {
    format!("{:.decimals$} [{:.decimals$}, {:.decimals$}]", range.median, range.low, range.high)
}

fn spent(zone: &Zone, at: &InstantRange) -> String {
    let when = |at: Option<OffsetDateTime>| at.map_or_else(|| "not within these days".to_owned(), |at| wall(zone, at));
    match (at.low, at.high) {
        (None, _) => "not within these days".to_owned(),
        (low, high) if low == high => when(low),
        (low, high) => format!("{} [{}, {}]", when(at.median), when(low), when(high)),
    }
}

/// An instant by the campaign's clocks, to the minute.
fn wall(zone: &Zone, at: OffsetDateTime) -> String {
    let local = zone.local(at);
    format!("{} {} {:02}:{:02}", local.weekday(), local.date(), local.hour(), local.minute())
}
