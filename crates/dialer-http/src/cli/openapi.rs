//! `dialer openapi`.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use crate::{openapi, problem};

#[derive(Debug, Args)]
pub(super) struct OpenApiArgs {
    /// Print the list of problem codes (Markdown) instead.
    #[arg(long)]
    problems: bool,
}

pub(super) fn run(args: &OpenApiArgs) -> anyhow::Result<ExitCode> {
    let text = if args.problems { problem::markdown() } else { openapi::json()?.to_owned() };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
