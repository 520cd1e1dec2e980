//! `dialer migrate`.

use std::process::ExitCode;

use clap::Args;

use super::{Installation, say};
use crate::logs;
use crate::wiring;

const EXAMPLES: &str = "\
Examples:
  dialer migrate                                 the SQLite database in ./dialer-data
  DATABASE_URL=postgres://… dialer migrate       a PostgreSQL database, with the rights to change its tables

`dialer serve` does the same when it starts. Running it twice does no harm.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    installation: Installation,
}

pub(super) async fn run(args: MigrateArgs) -> anyhow::Result<ExitCode> {
    logs::start_quietly();
    let settings = args.installation.settings()?;
    let database = wiring::open_database(&settings, &args.installation.data()?).await?;
    let pending = database.pending_migrations().await?;
    let kind = database.kind();
    if pending.is_empty() {
        say(format_args!("the {kind} database is up to date; there was nothing to do"))?;
    } else {
        database.migrate().await?;
        say(format_args!("the {kind} database is up to date now; applied: {}", pending.join(", ")))?;
    }
    database.close().await;
    Ok(ExitCode::SUCCESS)
}
