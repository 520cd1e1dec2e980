//! `dialer simulate`: shifts in virtual time under this dialer's pacing and others', to see what each reaches; and real
//! campaigns, to see how they will go.

mod campaign;
mod table;

use std::io::{IsTerminal, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Args;
use dialer_domain::pacing::PacingSettings;
use dialer_simulator::lab::{self, Choice, Effort, Outcome, Scenario, frontier, frontier_cells, frontiers, stream};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::say;
use campaign::CampaignArgs;

const EXAMPLES: &str = "\
Examples:
  dialer simulate                                 ten agents, 30 % answer: every policy, 8 shifts each
  dialer simulate --scenario base --policy predictive --seeds 20
  dialer simulate --scenario tail-25,shift-5 --policy predictive,power,power-2.5
  dialer simulate --scenario all --json           every figure as JSON
  dialer simulate --scenario all --report docs/pacing.md
                                                  tables, a plot and what of the bar is met, as a document
  dialer simulate --stdin < events.jsonl          another simulator asks this dialer's pacing
  dialer simulate --campaign ID --agents 12 --days 5
                                                  how this campaign will go: contacts, talk, drops, when its list is spent
  dialer simulate --campaign ID --agents 8 --days 3 --from 2026-03-02T09:00:00Z --type predictive --json
                                                  the same from then on, if it were predictive, as the API answers it

Scenarios: base, stress, memoryless, leads, large or all; or one by its name, like base-10-0.3 (agents, answer rate).
Policies: predictive, predictive-blind (is not told of lists), progressive, power (tuned), power-N, vicidial (tuned),
vicidial-hard-limit, vicidial-average, vicidial-tapered, elastix, webitel, clairvoyant or all.

With --campaign nothing is changed and nobody is called. The list as it stands in the database is run forward under the
campaign's hours and retries and the rules of each contact's place, --seeds times (40). How people answer and how long
agents talk is learned from the campaign's own calls, and the output says how much of it is only believed.

With --stdin each line is an event or a tick as JSON, and each tick is answered with a line of JSON, its decision:
  {\"at\": 0, \"event\": \"agent\", \"agent\": 1, \"state\": \"idle\"}        idle, talk, wrap, out or leaving; talk may name a call
  {\"at\": 0, \"event\": \"dialled\", \"call\": 1}                        and \"lead\": {\"list\": 1, \"hour\": 9, \"attempt\": 1}, if known
  {\"at\": 9, \"event\": \"answered\", \"call\": 1}                       by a person
  {\"at\": 9, \"event\": \"ended\", \"call\": 2, \"how\": \"machine\"}        busy, failed, no_answer, hung_up, abandoned or completed
  {\"at\": 9, \"event\": \"tick\", \"window_left\": 3600}               and list_left, max_lines, headroom, window, next
  {\"at\": 9, \"event\": \"window\"}                                  a new window of the abandonment cap begins
  {\"at\": 0, \"event\": \"settings\", \"connect_deadline\": 2}         starts over with other settings
A line that cannot be read is answered with its number and what is wrong, and the rest goes on.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SimulateArgs {
    /// What to play.
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "base-10-0.3")]
    scenario: Vec<String>,
    /// Who decides how many dials to place.
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "all")]
    policy: Vec<String>,
    /// Shifts for each scenario and policy (8), or runs of a campaign (40, and 200 at most).
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    seeds: Option<u32>,
    /// The first shift's seed; the same seeds play the same shifts.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    first_seed: u64,
    /// Threads to spread the shifts over. Without it, one for each core.
    #[arg(long)]
    threads: Option<usize>,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    /// Write a report (Markdown) here, and its plot (SVG) beside it.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Read events and ticks from standard input and answer each tick with a decision.
    #[arg(long, conflicts_with_all = ["scenario", "policy", "report"])]
    stdin: bool,
    #[command(flatten)]
    campaign: CampaignArgs,
}

/// Shifts for each scenario and policy where nobody says how many.
const SHIFTS: u32 = 8;

pub(super) async fn run(args: &SimulateArgs) -> anyhow::Result<ExitCode> {
    match args.campaign.campaign {
        Some(id) => campaign::run(&args.campaign, id, args.seeds, args.json).await,
        None => play(args),
    }
}

fn play(args: &SimulateArgs) -> anyhow::Result<ExitCode> {
    if args.stdin {
        stream::stream(PacingSettings::default(), stdin().lock(), stdout().lock()).context("the stream broke off")?;
        return Ok(ExitCode::SUCCESS);
    }
    let scenarios = scenarios(&args.scenario)?;
    let choices = choices(&args.policy)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let threads = args.threads.unwrap_or(cores);
    let seeds = args.seeds.unwrap_or(SHIFTS);
    let effort = Effort { first_seed: args.first_seed, seeds, threads };
    let drawn = args.report.is_some().then(|| u64::from(seeds) * u64::try_from(frontier_cells()).unwrap_or(0));
    let runs = choices.iter().map(|choice| choice.runs(seeds)).sum::<u64>() * u64::try_from(scenarios.len())?;
    let bar = progress(runs + drawn.unwrap_or(0), args.json);
    let tick = || bar.inc(1);
    let outcomes = lab::outcomes(&scenarios, &choices, effort, &tick);
    if let Some(file) = &args.report {
        write_report(file, args, &outcomes, effort, &tick)?;
    }
    bar.finish_and_clear();
    if args.json {
        say(serde_json::to_string_pretty(&outcomes)?)?;
    } else {
        say(table::of(&outcomes))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn scenarios(words: &[String]) -> anyhow::Result<Vec<Scenario>> {
    let mut named = Vec::new();
    for word in words {
        named.extend(lab::scenarios(word)?);
    }
    Ok(named)
}

fn choices(words: &[String]) -> anyhow::Result<Vec<Choice>> {
    let mut named = Vec::new();
    for word in words {
        if word == "all" {
            named.extend(Choice::all());
        } else {
            named.push(word.parse()?);
        }
    }
    Ok(named)
}

/// The plot is of ten agents and an answer rate of 0.3, whatever else was run.
fn write_report(
    file: &Path,
    args: &SimulateArgs,
    outcomes: &[Outcome],
    effort: Effort,
    progress: &(dyn Fn() + Sync),
) -> anyhow::Result<()> {
    let picture = file.with_extension("svg");
    let name = picture.file_name().and_then(|name| name.to_str());
    ensure!(name.is_some(), "--report names a file, like docs/pacing.md");
    let command = format!(
        "dialer simulate --scenario {} --policy {} --seeds {} --report {}",
        args.scenario.join(","),
        args.policy.join(","),
        effort.seeds,
        file.display()
    );
    for scenario in lab::scenarios("base-10-0.3")? {
        let drawn = frontier(&scenario, effort, progress);
        let svg = frontiers("Ten agents, 30 % of the people answer", &drawn)?;
        write(&picture, &svg)?;
    }
    write(file, &lab::report(outcomes, &command, name.unwrap_or_default()))
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn progress(runs: u64, json: bool) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(runs), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} shifts  {eta} left");
    // A template that cannot be read would be a mistake in the line above; the plain bar does then.
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
