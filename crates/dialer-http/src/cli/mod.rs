//! The command line. Output is for people on a terminal, JSON with `--json`; errors say what happened and what to do.

pub mod demo;
mod doctor;
mod explain;
mod export;
mod import;
mod migrate;
mod openapi;
mod opened;
mod provider_double;
mod rules;
mod serve;
mod simulate;
mod token;
mod verify;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::data_folder::{self, DataFolder, DataFolderError};
use crate::settings::{Settings, SettingsError};

const EXAMPLES: &str = "\
Examples:
  dialer demo                                    see it work: a campaign of 1,200 contacts, simulated
  dialer serve                                   serve on http://127.0.0.1:8080, data in ./dialer-data
  dialer token --user 0195d3f0-0000-7000-8000-000000000001
                                                 a token for that user, to send as `Authorization: Bearer …`
  dialer import --campaign ID contacts.csv       add a contact list to a campaign
  dialer explain campaign ID                     say why a campaign does not dial
  dialer export evidence --campaign ID --out FILE
                                                 all that shows why its calls were made; `dialer verify FILE` checks it
  dialer rules ban --jurisdiction US-LA --to 2026-09-12T00:00:00-05:00
                                                 call nobody there until then
  dialer provider-double                         play the telephone provider, to test a client of its API
  dialer simulate                                what this dialer's pacing reaches, and others'
  dialer simulate --campaign ID --agents 12 --days 5
                                                 how a campaign will go: contacts, talk, when its list is spent
  dialer doctor                                  say what is wrong with this installation

Without VOIPSTUDIO_API_KEY calls go to a simulator and nobody is called. Every setting is explained in
config/default.toml and can be set as DIALER__SECTION__KEY.";

/// Places and logs calls, and runs outbound campaigns over contact lists.
#[derive(Debug, Parser)]
#[command(name = "dialer", version, about, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and dial active campaigns.
    Serve(serve::ServeArgs),
    /// Run a whole campaign against a simulated provider: nothing to set up, nobody is called.
    Demo(demo::DemoArgs),
    /// Print a token for a user.
    Token(token::TokenArgs),
    /// Bring the database to the schema of this version.
    Migrate(migrate::MigrateArgs),
    /// Check this installation and say what to mend.
    Doctor(doctor::DoctorArgs),
    /// Print the OpenAPI document of the API.
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApiArgs),
    /// Add the contacts of a CSV file to a campaign.
    Import(import::ImportArgs),
    /// Say why a campaign does not dial, why a contact is not called, or what became of a call.
    Explain(explain::ExplainArgs),
    /// Write evidence of a campaign's calls for others.
    Export(export::ExportArgs),
    /// Check an evidence pack, and decide its calls again.
    Verify(verify::VerifyArgs),
    /// Order and end emergency bans.
    Rules(rules::RulesArgs),
    /// Play the telephone provider, for tests of any client of its API: nobody is called.
    ProviderDouble(provider_double::ProviderDoubleArgs),
    /// Run a campaign forward to see how it will go, or play shifts in virtual time under this dialer's pacing and others'.
    Simulate(simulate::SimulateArgs),
}

/// Which installation a command works on.
#[derive(Debug, Clone, Args)]
pub struct Installation {
    /// Folder for the SQLite database and the key that signs tokens; made when it is not there.
    #[arg(long, value_name = "DIR", env = "DIALER_DATA_DIR", default_value = data_folder::DEFAULT)]
    pub data_dir: PathBuf,
    /// Settings file (TOML). Without it, the file that `DIALER_ENV` names in config/ is read when it exists.
    #[arg(long, value_name = "FILE", env = "DIALER_CONFIG")]
    pub config: Option<PathBuf>,
}

impl Installation {
    /// Its settings.
    ///
    /// # Errors
    /// [`SettingsError`] with everything that is wrong.
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        Settings::load(self.config.as_deref(), &Settings::environment())
    }

    /// Its data folder, made when it is not there.
    ///
    /// # Errors
    /// [`DataFolderError`].
    pub fn data(&self) -> Result<DataFolder, DataFolderError> {
        DataFolder::open(&self.data_dir)
    }
}

/// Runs a command.
///
/// # Errors
/// What happened and what to do, for a person. The caller prints it with all its causes and exits with 1.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Token(args) => token::run(&args),
        Command::Migrate(args) => migrate::run(args).await,
        Command::Doctor(args) => doctor::run(&args).await,
        Command::OpenApi(args) => openapi::run(&args),
        Command::Import(args) => import::run(args).await,
        Command::Explain(args) => explain::run(args).await,
        Command::Export(args) => export::run(args).await,
        Command::Verify(args) => verify::run(&args),
        Command::Rules(args) => rules::run(args).await,
        Command::ProviderDouble(args) => provider_double::run(args).await,
        Command::Simulate(args) => simulate::run(&args).await,
    }
}

/// An error with everything behind it, each thing said once.
#[must_use]
pub fn explain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = cause.source();
    }
    text
}

/// Prints a line on standard output.
///
/// # Errors
/// When nobody reads any more.
fn say(text: impl std::fmt::Display) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}
