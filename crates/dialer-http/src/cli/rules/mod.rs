//! `dialer rules`: emergency bans, straight into the database.

mod packs;
#[cfg(test)]
mod tests;
mod text;

use std::process::ExitCode;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use dialer_app::{Bans, Ports, UseCaseError};
use dialer_domain::bans::NewBan;
use dialer_domain::ids::{BanId, UserId};
use dialer_domain::places::Jurisdiction;
use dialer_domain::store::PageRequest;
use time::OffsetDateTime;
use uuid::Uuid;

use super::opened::Opened;
use super::{Installation, say};
use crate::logs;
use crate::routes::bans::{BanList, BanRow};
use crate::stamp;

const EXAMPLES: &str = "\
Examples:
  dialer rules ban --jurisdiction US-LA --from 2026-08-29T00:00:00-05:00 --to 2026-09-12T00:00:00-05:00 \\
      --reason \"PSC order of 28 August\"
                                     call nobody in Louisiana for two weeks
  dialer rules bans                  which bans stand
  dialer rules bans --all            those that are over or were ended, too
  dialer rules unban ID              end a ban now
  dialer rules list                  the packs of rules in force, and the places whose rules do not load
  dialer rules show us-fl            the file of a pack, to begin one of your own from
  dialer rules check ./my-rules      whether the files of a folder would load

It writes to the database, so it works whether the program runs or not, and holds from the next call on. A ban binds
every user's campaigns unless --user names one. It is kept when it is over: it says why nobody was called.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    #[command(flatten)]
    Bans(BanCommand),
    /// List the packs of rules that are in force.
    List(packs::ListArgs),
    /// Print a file of rules that the program carries.
    Show(packs::ShowArgs),
    /// Say whether the files of a folder would load, laid over the program's.
    Check(packs::CheckArgs),
}

#[derive(Debug, Subcommand)]
enum BanCommand {
    /// Call nobody in a place for a time.
    Ban(BanArgs),
    /// List emergency bans, the one that begins last first.
    Bans(BansArgs),
    /// End an emergency ban now.
    Unban(UnbanArgs),
}

#[derive(Debug, Args)]
struct BanArgs {
    /// A country (US) or a part of one (US-LA), by ISO 3166.
    #[arg(long, value_name = "PLACE")]
    jurisdiction: Jurisdiction,
    /// First instant of the ban, with its offset from UTC; now, where it is left out.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    from: Option<OffsetDateTime>,
    /// First instant after it.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    to: OffsetDateTime,
    /// Who ordered it and where that is written.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Bind this user's campaigns only.
    #[arg(long, value_name = "UUID")]
    user: Option<Uuid>,
    /// Print JSON, as the API answers it.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    installation: Installation,
}

#[derive(Debug, Args)]
struct BansArgs {
    /// List those that are over or were ended, too.
    #[arg(long)]
    all: bool,
    /// Print JSON, as the API answers it.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    installation: Installation,
}

#[derive(Debug, Args)]
struct UnbanArgs {
    /// The ban.
    #[arg(value_name = "ID")]
    id: Uuid,
    /// Print JSON, as the API answers it.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    installation: Installation,
}

impl BanCommand {
    const fn installation(&self) -> &Installation {
        match self {
            Self::Ban(args) => &args.installation,
            Self::Bans(args) => &args.installation,
            Self::Unban(args) => &args.installation,
        }
    }
}

/// Reads an instant. A day alone would leave open whose day.
fn instant(text: &str) -> Result<OffsetDateTime, String> {
    stamp::parse(text)
        .ok_or_else(|| "use an instant with its offset from UTC, such as 2026-08-29T00:00:00-05:00".to_owned())
}

pub(super) async fn run(args: RulesArgs) -> anyhow::Result<ExitCode> {
    logs::start_quietly();
    let bans = match args.what {
        What::Bans(bans) => bans,
        What::List(args) => return packs::list(&args),
        What::Show(args) => return packs::show(&args),
        What::Check(args) => return packs::check(args),
    };
    let Opened { database, ports, .. } = bans.installation().open().await?;
    let told = told(ports, bans).await;
    database.close().await;
    say(told?)?;
    Ok(ExitCode::SUCCESS)
}

/// Does what is asked, and says what came of it.
async fn told(ports: Ports, what: BanCommand) -> anyhow::Result<String> {
    let now = ports.clock.now();
    let bans = Bans::new(ports);
    match what {
        BanCommand::Ban(args) => {
            let new = NewBan {
                user_id: args.user.map(UserId::new),
                jurisdiction: args.jurisdiction,
                starts_at: args.from,
                ends_at: args.to,
                reason: args.reason,
            };
            let ban = bans.order(None, new).await.map_err(named)?;
            if args.json { pretty(&BanRow::of(ban, now)) } else { Ok(text::ordered(&ban)) }
        }
        BanCommand::Bans(args) => {
            // All that stand, and as many of the past as a page holds.
            let most = PageRequest::new(PageRequest::MAX_LIMIT, 0).unwrap_or_default();
            let page = bans.list(None, !args.all, most).await?;
            if args.json {
                let rows = page.items.into_iter().map(|ban| BanRow::of(ban, now)).collect();
                return pretty(&BanList { bans: rows, total: page.total });
            }
            Ok(text::list(&page, now))
        }
        BanCommand::Unban(args) => {
            let id = BanId::new(args.id);
            let ban = bans.end(None, id).await.map_err(|error| match error {
                UseCaseError::NotFound(_) => {
                    anyhow!("there is no ban {id}; `dialer rules bans` lists those that stand")
                }
                error => error.into(),
            })?;
            if args.json { pretty(&BanRow::of(ban, now)) } else { Ok(text::ended(&ban)) }
        }
    }
}

/// What is wrong with a ban, by the names that the command line gives its fields.
fn named(error: UseCaseError) -> anyhow::Error {
    let UseCaseError::Invalid(errors) = error else { return error.into() };
    let option = |field: &str| if field == "ends_at" { "--to".to_owned() } else { format!("--{field}") };
    let errors: Vec<_> = errors.iter().map(|error| format!("{}: {}", option(&error.field), error.message)).collect();
    anyhow!("{}", errors.join("\n"))
}

fn pretty(told: &impl serde::Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(told)?)
}
