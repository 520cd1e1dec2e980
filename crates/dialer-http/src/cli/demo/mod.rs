//! `dialer demo`: the main job with nothing to set up.

pub mod books;
pub mod job;
pub mod sample;
pub mod truth;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::SecretString;

use crate::logs;
use job::{Job, Progress, Report};

/// Runs a whole campaign against a simulated provider
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  dialer demo                                    1,200 contacts, 25 agents, about a minute
  dialer demo --contacts 5000 --agents 60        a larger list and crew
  dialer demo --trouble --speed 60               a provider whose events get lost and whose answers break
  dialer demo --database-url postgres://…        on PostgreSQL (a database of its own)

A list is written as CSV, imported, and dialled by the engine through the VoIPstudio adapter over real HTTP to a
simulated provider, with time running faster. At the end the API's numbers are held against the provider's own
call records, and every call against its own ledger. Exit code 1 when they differ.")]
pub struct DemoArgs {
    /// Callable contacts on the list
    #[arg(long, default_value_t = 1_200, value_parser = clap::value_parser!(u32).range(1..=80_000))]
    contacts: u32,
    /// Agents
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=200))]
    agents: u32,
    /// How many times as fast as real time
    #[arg(long, default_value_t = 120.0)]
    speed: f64,
    /// The same seed makes the same calls
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Another database than SQLite in a temporary folder
    #[arg(long, value_name = "URL")]
    database_url: Option<SecretString>,
    /// Lose, double and reorder the provider's events, and break some of its answers
    #[arg(long)]
    trouble: bool,
    /// Keep the list and the SQLite database in this folder, which must be empty
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the demo and prints its report.
///
/// # Errors
/// What kept it from its end, or that the books do not balance.
pub async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    logs::start_for_errors();
    ensure!(
        args.speed.is_finite() && (0.1..=1_000.0).contains(&args.speed),
        "--speed is between 0.1 and 1000; a machine cannot keep up with more"
    );
    let temporary = tempfile::tempdir().context("cannot make a temporary folder")?;
    let folder = match &args.keep {
        Some(folder) => {
            let used = folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
            ensure!(!used, "{} is not empty; name a new folder with --keep", folder.display());
            folder.clone()
        }
        None => temporary.path().to_owned(),
    };
    let job = Job {
        contacts: usize::try_from(args.contacts)?,
        agents: args.agents,
        speed: args.speed,
        seed: args.seed,
        database_url: args.database_url,
        ..Job::default()
    };
    let job = if args.trouble { job.in_trouble() } else { job };
    if !args.json {
        println!(
            "Dialling {} contacts with {} agents through VoIPstudio's API, simulated over HTTP, {} times as fast as \
             real time. Nobody is called.",
            job.contacts, job.agents, job.speed
        );
    }
    let bar = ProgressBar::new(u64::from(args.contacts))
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} contacts  {msg}").context("the progress bar")?);
    let mut tell = |progress: Progress| {
        bar.set_length(progress.contacts);
        bar.set_position(progress.settled);
        let minutes = progress.elapsed.whole_minutes();
        bar.set_message(format!("{} calls live, {:02}:{:02} h", progress.live_calls, minutes / 60, minutes % 60));
    };
    let report = job::run(&job, &folder, &mut tell).await?;
    bar.finish_and_clear();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
        if let Some(folder) = &args.keep {
            println!("The list and the data are in {}.", folder.display());
        }
    }
    if !report.holds() {
        bail!("the books do not balance: see the report");
    }
    Ok(ExitCode::SUCCESS)
}

fn print(report: &Report) {
    println!(
        "\nImported {} contacts into {}; {} rows could not be used.",
        report.import.added, report.database, report.import.skipped
    );
    println!(
        "The campaign is {} after {} simulated minutes. Calls by status: {}.",
        report.campaign_status,
        report.minutes,
        report
            .books
            .calls_by_status
            .iter()
            .map(|(status, count)| format!("{count} {status}"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    println!("{} dials never left, because an agent did not pick up; they do not count.\n", report.books.not_placed);
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["", "dialer's API", "other side", "", "from"]);
    for line in &report.books.lines {
        let mark = if line.agrees() { "=" } else { "DIFFERS" };
        table.add_row([line.what, &line.dialer.to_string(), &line.other.to_string(), mark, line.source]);
    }
    for column in [1, 2] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
    println!(
        "Calls that the provider placed: {}. Of them, not told as they were: {}. Events that it delivered: {}.",
        report.truth.calls, report.truth.different, report.events_delivered
    );
    for difference in &report.truth.differences {
        println!("  {difference}");
    }
    println!(
        "Numbers dialled twice at once: {}. Busiest minute: {} requests of {} allowed.",
        report.double_dials, report.busiest_minute, report.requests_per_minute
    );
}
