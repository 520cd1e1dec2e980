//! `dialer export`: files for others, straight from the database.

mod evidence;

use std::process::ExitCode;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write all that shows why a campaign's calls were made, as a file that cannot be altered unnoticed.
    Evidence(evidence::EvidenceArgs),
}

pub(super) async fn run(args: ExportArgs) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Evidence(args) => evidence::run(args).await,
    }
}
