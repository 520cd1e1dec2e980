//! Evidence packs.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use dialer_app::Ports;
use dialer_app::evidence::{Sealed, export};
use dialer_domain::analytics::{DateOrInstant, Period};
use dialer_domain::identity::Scope;
use dialer_domain::ids::CampaignId;
use indicatif::{ProgressBar, ProgressDrawTarget};
use uuid::Uuid;

use crate::cli::Installation;
use crate::cli::opened::Opened;
use crate::logs;

const EXAMPLES: &str = "\
Examples:
  dialer export evidence --campaign 0195d3f0-0000-7000-8000-00000000000a --out spring.jsonl
  dialer export evidence --campaign ID --from 2026-03-01 --to 2026-03-31 --out march.jsonl
  dialer export evidence --campaign ID | gzip > spring.jsonl.gz
  dialer verify spring.jsonl         check that nothing was altered, and decide every call again

The file has one JSON object a line: what the pack is; copies of registers, emergency bans and consents that counted; every
call with what became of it; for each call why it was allowed, after the rule book that allowed it; how often others were
refused; and a count of it all. Each line carries the SHA-256 of the hash before it and of its own bytes, so that no line can
be altered, added, removed or moved without breaking the next. Keep the last hash, which is printed at the end, where nobody
who has the file can change it: `dialer verify FILE --hash HASH` then tells this file from one that was made anew.

It holds the numbers that were called, so a file that is made here is readable by its owner alone. Days are days of the campaign's
zone.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct EvidenceArgs {
    /// The campaign.
    #[arg(long, value_name = "ID")]
    campaign: Uuid,
    /// Only what happened from then on: a day, or an instant.
    #[arg(long, value_name = "DATE|INSTANT")]
    from: Option<DateOrInstant>,
    /// Only what happened until then: a day, which counts in full, or an instant.
    #[arg(long, value_name = "DATE|INSTANT")]
    to: Option<DateOrInstant>,
    /// The file to write; standard output where it is left out. It must not be there yet.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    installation: Installation,
}

pub(super) async fn run(args: EvidenceArgs) -> anyhow::Result<ExitCode> {
    logs::start_quietly();
    let Opened { database, ports, .. } = args.installation.open().await?;
    let sealed = write(&ports, &args).await;
    database.close().await;
    let Sealed { lines, last } = sealed?;
    eprintln!("{lines} lines. Keep this hash apart from the file: {last}");
    Ok(ExitCode::SUCCESS)
}

async fn write(ports: &Ports, args: &EvidenceArgs) -> anyhow::Result<Sealed> {
    let id = args.campaign;
    let campaign = ports.stores.campaigns.get(Scope::Service, CampaignId::new(id)).await?.with_context(|| {
        format!("there is no campaign {id}; give an id of this installation, and say which it is with --data-dir or DATABASE_URL")
    })?;
    let period = Period::between(args.from, args.to, &campaign.timezone).context("--to")?;
    let bar = bar();
    let told = |lines| bar.set_message(format!("{lines} lines"));
    let Some(path) = &args.out else {
        let mut out = BufWriter::new(io::stdout());
        let sealed = export(ports, &campaign, period, &mut out, &told).await;
        bar.finish_and_clear();
        return Ok(sealed?);
    };
    let mut out = BufWriter::new(create(path)?);
    let sealed = export(ports, &campaign, period, &mut out, &told).await;
    bar.finish_and_clear();
    let whole = match sealed {
        Ok(sealed) => out.flush().and_then(|()| out.get_ref().sync_all()).map(|()| sealed).map_err(Into::into),
        Err(error) => Err(anyhow::Error::from(error)),
    };
    if whole.is_err() {
        // What was written is no pack; where it cannot be removed, verifying it says so.
        let _ = std::fs::remove_file(path);
    }
    whole.with_context(|| format!("{} was not written", path.display()))
}

/// A file that was not there before, for its owner alone.
fn create(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).with_context(|| {
        format!("{} cannot be made; give a file that is not there yet, in a folder that is", path.display())
    })
}

/// Where standard error is a terminal, how far it is.
fn bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    bar.set_draw_target(ProgressDrawTarget::stderr());
    bar
}
