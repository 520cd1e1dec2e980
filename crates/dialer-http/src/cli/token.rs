//! `dialer token`.

use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;
use dialer_app::SystemClock;
use dialer_domain::clock::Clock;
use dialer_domain::identity::{Principal, Role};
use dialer_domain::ids::UserId;
use time::Duration;
use uuid::Uuid;

use super::{Installation, say};
use crate::logs;
use crate::wiring;

const EXAMPLES: &str = "\
Examples:
  dialer token --user 0195d3f0-0000-7000-8000-000000000001
  dialer token --user 0195d3f0-0000-7000-8000-000000000002 --role agent --hours 8
  curl -H \"Authorization: Bearer $(dialer token --user …)\" http://127.0.0.1:8080/api/dialer/campaigns

Only the token is printed. It is signed with the key in the data folder, so use the folder that `dialer serve` uses.
A user is any UUID; what users own is kept apart by it.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct TokenArgs {
    /// The user, a UUID.
    #[arg(long, value_name = "UUID")]
    user: Uuid,
    /// What the user may do: agents place calls, supervisors run campaigns, admins run the installation.
    #[arg(long, default_value = "supervisor", value_parser = PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str())))]
    role: String,
    /// How long the token is valid, in hours.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(i64).range(1..=87_600))]
    hours: i64,
    #[command(flatten)]
    installation: Installation,
}

pub(super) fn run(args: &TokenArgs) -> anyhow::Result<ExitCode> {
    logs::start_quietly();
    let settings = args.installation.settings()?;
    let tokens = wiring::local_tokens(&settings, &args.installation.data()?)?;
    let who = Principal { user: UserId::new(args.user), role: args.role.parse()? };
    say(tokens.mint(who, SystemClock.now(), Duration::hours(args.hours))?)?;
    Ok(ExitCode::SUCCESS)
}
