//! `dialer verify`: whether an evidence pack is what it was when it was made, and its calls would be allowed again.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use dialer_domain::evidence::{Broken, Defect, LineKind, Link, Verified, Verifier};
use indicatif::ProgressBar;
use serde_json::json;

use super::say;
use crate::logs;

const EXAMPLES: &str = "\
Examples:
  dialer verify spring.jsonl         is it whole and unaltered, and would each call be allowed again?
  dialer verify spring.jsonl --hash 3f9a…
                                     is it the very file whose last hash was kept?
  zcat spring.jsonl.gz | dialer verify -
                                     read standard input
  dialer explain --replay spring.jsonl#CALL
                                     decide one call of it again

It needs no database and no settings. It ends with 0 when every line holds, and with 1 and the first line that does not.";

/// The longest line that is read. The longest that are written hold a rule book.
const LONGEST: u64 = 64 * 1024 * 1024;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct VerifyArgs {
    /// The evidence pack; - reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The hash of its last line, as it was printed when the pack was made.
    #[arg(long, value_name = "HASH", value_parser = link)]
    hash: Option<Link>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn link(text: &str) -> Result<Link, String> {
    text.parse().map_err(|_| "use the 64 hexadecimal digits that `dialer export evidence` printed".to_owned())
}

pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    logs::start_quietly();
    let (source, length) = open(&args.file)?;
    let bar = if args.json || !io::stderr().is_terminal() {
        ProgressBar::hidden()
    } else {
        length.map_or_else(ProgressBar::no_length, ProgressBar::new)
    };
    let found = verify(BufReader::new(bar.wrap_read(source)))
        .with_context(|| format!("{} cannot be read", args.file.display()));
    bar.finish_and_clear();
    let outcome = found?;
    say(if args.json { json_of(&outcome, args.hash) } else { text_of(&outcome, args.hash) })?;
    let holds = outcome.is_ok_and(|verified| args.hash.is_none_or(|kept| kept == verified.last));
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(path: &Path) -> anyhow::Result<(Box<dyn Read>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let file = File::open(path)
        .with_context(|| format!("{} cannot be opened; give the path of an evidence pack", path.display()))?;
    let about = file.metadata().with_context(|| format!("{} cannot be looked at", path.display()))?;
    if about.is_dir() {
        bail!("{} is a folder; give the path of an evidence pack", path.display());
    }
    Ok((Box::new(file), Some(about.len())))
}

/// Reads a pack to its end, or to the first line that does not hold.
fn verify(mut source: impl BufRead) -> io::Result<Result<Verified, Broken>> {
    let mut verifier = Verifier::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        if source.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            return Ok(verifier.end());
        }
        let Some(text) = line.strip_suffix(b"\n") else { return Ok(Err(verifier.unfinished())) };
        // What is no text follows from nothing, as an empty line does not.
        if let Err(broken) = verifier.line(std::str::from_utf8(text).unwrap_or_default()) {
            return Ok(Err(broken));
        }
    }
}

fn text_of(outcome: &Result<Verified, Broken>, kept: Option<Link>) -> String {
    match outcome {
        Err(broken) => {
            let more = match broken.defect {
                Defect::Answer { .. } | Defect::Book(_) => "",
                _ => "\nWhat comes after it proves nothing.",
            };
            format!("Does not hold: {broken}.{more}")
        }
        Ok(verified) => {
            let campaign = &verified.header.campaign;
            let receipts = verified.lines.get(&LineKind::Receipt).copied().unwrap_or_default();
            let counts: Vec<String> = verified.lines.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            let holds = match kept {
                Some(kept) if kept != verified.last => {
                    return format!(
                        "Does not hold: every line follows from the one before, but the last hash is {}, not {kept}: it is \
                         another file than the one whose hash was kept.",
                        verified.last
                    );
                }
                Some(_) => "Holds, and is the file whose hash was kept.",
                None => "Holds: every line follows from the one before.",
            };
            format!(
                "{holds} {receipts} calls were decided again, each with the same answer.\ncampaign {} ({}), lines: {}\nlast \
                 hash {}",
                campaign.id,
                campaign.purpose,
                counts.join(", "),
                verified.last
            )
        }
    }
}

fn json_of(outcome: &Result<Verified, Broken>, kept: Option<Link>) -> String {
    let told = match outcome {
        Err(broken) => json!({ "holds": false, "line": broken.line, "why": broken.defect.to_string() }),
        Ok(verified) => json!({
            "holds": kept.is_none_or(|kept| kept == verified.last),
            "campaign_id": verified.header.campaign.id,
            "lines": verified.lines,
            "last_hash": verified.last.to_string(),
            "why": kept.filter(|kept| *kept != verified.last).map(|_| "it is another file than the one whose hash was kept"),
        }),
    };
    told.to_string()
}
