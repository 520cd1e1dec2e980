//! `dialer import`: a contact list straight into the database, on behalf of the campaign's owner.

mod registry;
mod report;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use dialer_app::{ContactInput, Contacts, EngineHandle, Ports};
use dialer_domain::identity::{Principal, Role, Scope};
use dialer_domain::ids::CampaignId;
use dialer_domain::phone::Region;
use uuid::Uuid;

use super::Installation;
use super::opened::Opened;
use crate::contact_file::{ContactFile, Options, RowProblem};
use crate::logs;
use report::{Form, Progress, Report};

const EXAMPLES: &str = "\
Examples:
  dialer import --campaign 0195d3f0-0000-7000-8000-00000000000a contacts.csv
  some-export | dialer import --campaign ID -    read standard input
  dialer import --campaign ID contacts.csv --json
  dialer import registry --help                  a national do-not-call list

The first line names the columns. One of them holds the numbers: phone_number, phone, number, tel, mobile …
first_name, last_name, email and company are understood in their usual spellings; every other column is kept as
metadata. Commas, semicolons and tabs separate columns; the text is UTF-8.

Rows that cannot be used are printed with their line and the reason, the others are added. Adding a file twice does
no harm: numbers that the campaign has already are skipped.";

/// Contacts stored in one transaction.
const BATCH: usize = 1_000;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct ImportArgs {
    #[command(subcommand)]
    other: Option<Other>,
    /// The campaign that gets the contacts.
    #[arg(long, value_name = "ID", required = true)]
    campaign: Option<Uuid>,
    /// The CSV file; - reads standard input.
    #[arg(value_name = "FILE.csv", required = true)]
    file: Option<PathBuf>,
    /// Print one JSON object for each skipped row, and one with the summary.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    installation: Installation,
}

/// What is imported that is no contact list.
#[derive(Debug, Subcommand)]
enum Other {
    /// Bring a copy of a national do-not-call list.
    Registry(registry::RegistryArgs),
}

pub(super) async fn run(args: ImportArgs) -> anyhow::Result<ExitCode> {
    if let Some(Other::Registry(args)) = args.other {
        return registry::run(args).await;
    }
    let (Some(campaign), Some(file)) = (args.campaign, args.file) else {
        bail!("say which campaign gets the contacts of which file: dialer import --campaign ID FILE.csv");
    };
    logs::start_quietly();
    let (source, length) = open(&file)?;
    let Opened { settings, database, ports } = args.installation.open().await?;
    let mut import = Import::of(ports, CampaignId::new(campaign), settings.numbers.default_region).await?;
    import.stop_at_interrupt();
    let progress = Progress::new(length, args.json);
    let form = if args.json { Form::Json } else { Form::Text };
    let mut report = Report::new(form, progress.clone());
    let outcome = import.all(progress.counting(source), &mut report).await;
    report.finish(outcome.is_err())?;
    database.close().await;
    outcome.with_context(|| format!("{} was not imported{}", name_of(&file), report.added_so_far()))?;
    Ok(ExitCode::SUCCESS)
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Contacts stored.
    pub added: usize,
    /// Rows that could not be used.
    pub skipped: usize,
}

/// Imports a file as `dialer import` does, without printing.
///
/// # Errors
/// What kept it from its end.
pub(super) async fn import_file(
    ports: Ports,
    campaign: CampaignId,
    region: Option<Region>,
    path: &Path,
) -> anyhow::Result<Imported> {
    let mut report = Report::new(Form::Silent, Progress::hidden());
    let (source, _) = open(path)?;
    Import::of(ports, campaign, region).await?.all(source, &mut report).await?;
    Ok(report.counts())
}

fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// The file, and its length where it has one.
fn open(path: &Path) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(std::io::stdin()), None));
    }
    let file = File::open(path).with_context(|| {
        format!("{} cannot be opened; give the path of a CSV file, or - for standard input", path.display())
    })?;
    let about = file.metadata().with_context(|| format!("{} cannot be looked at", path.display()))?;
    if about.is_dir() {
        bail!("{} is a folder; give the path of a CSV file", path.display());
    }
    Ok((Box::new(BufReader::new(file)), Some(about.len())))
}

/// An import under way.
struct Import {
    contacts: Contacts,
    campaign: CampaignId,
    owner: Principal,
    interrupted: Arc<AtomicBool>,
}

impl Import {
    async fn of(ports: Ports, campaign: CampaignId, region: Option<Region>) -> anyhow::Result<Self> {
        let Some(found) = ports.stores.campaigns.get(Scope::Service, campaign).await? else {
            bail!("there is no campaign {campaign} in this database; `GET /api/dialer/campaigns` lists yours");
        };
        // A dialer that serves this database notices the new contacts by itself.
        let contacts = Contacts::new(ports, EngineHandle::default(), region);
        let owner = Principal { user: found.user_id, role: Role::Supervisor };
        Ok(Self { contacts, campaign, owner, interrupted: Arc::default() })
    }

    /// Reads to the end, storing batch by batch. What was stored stays, whatever comes after.
    async fn all(&mut self, source: impl Read, report: &mut Report) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        for row in ContactFile::open(source, &Options::default())? {
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    self.store(&mut batch, report).await?;
                    return Err(error.into());
                }
            };
            match row.content {
                Ok(contact) => batch.contacts.push((row.line, contact)),
                Err(problem) => batch.unusable.push((row.line, problem)),
            }
            if batch.contacts.len() + batch.unusable.len() >= BATCH {
                self.store(&mut batch, report).await?;
                if self.interrupted.load(Ordering::Relaxed) {
                    bail!("interrupted after line {}", row.line);
                }
            }
        }
        self.store(&mut batch, report).await
    }

    async fn store(&self, batch: &mut Batch, report: &mut Report) -> anyhow::Result<()> {
        let Batch { contacts, mut unusable } = std::mem::take(batch);
        let (lines, inputs): (Vec<u64>, Vec<ContactInput>) = contacts.into_iter().unzip();
        if !inputs.is_empty() {
            let stored = self.contacts.add(self.owner, self.campaign, inputs).await?;
            report.added(stored.added.len());
            unusable.extend(stored.skipped.into_iter().filter_map(|skipped| {
                let problem = RowProblem { reason: skipped.reason, message: skipped.message };
                Some((*lines.get(skipped.index)?, problem))
            }));
        }
        unusable.sort_by_key(|(line, _)| *line);
        for (line, problem) in unusable {
            report.skipped(line, &problem)?;
        }
        Ok(())
    }

    /// The first interrupt ends the import after the batch under way, a second one at once.
    fn stop_at_interrupt(&self) {
        let interrupted = self.interrupted.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                interrupted.store(true, Ordering::Relaxed);
                eprintln!("stopping after the rows under way; press Ctrl-C again to stop at once");
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(130);
            }
        });
    }
}

/// Rows read and not stored yet, with their lines.
#[derive(Default)]
struct Batch {
    contacts: Vec<(u64, ContactInput)>,
    unusable: Vec<(u64, RowProblem)>,
}

#[cfg(test)]
mod tests;
