//! Packs of rules: which are in force, what a file says, and whether a folder's would load.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use dialer_domain::rules::RuleBook;

use crate::cli::{Installation, say};
use crate::routes::rules::RulesView;
use crate::rule_files;
use crate::settings::RuleSettings;

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Print JSON, as the API answers it.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    installation: Installation,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The pack, such as us-fl.
    #[arg(value_name = "PACK")]
    pack: String,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The folder.
    #[arg(value_name = "FOLDER")]
    folder: String,
    #[command(flatten)]
    installation: Installation,
}

/// Lists what is in force. Files that do not load end with failure.
pub(super) fn list(args: &ListArgs) -> anyhow::Result<ExitCode> {
    let settings = args.installation.settings()?.rules;
    let (book, errors) = rule_files::book(&settings, None);
    say(if args.json { serde_json::to_string_pretty(&RulesView::of(&book))? } else { listed(&book) })?;
    told(&errors)
}

/// Prints a file that the program carries.
pub(super) fn show(args: &ShowArgs) -> anyhow::Result<ExitCode> {
    let files = RuleBook::shipped_files().iter().map(|(file, text)| (file.trim_end_matches(".toml"), text));
    let Some((_, text)) = files.clone().find(|(name, _)| *name == args.pack) else {
        let names: Vec<&str> = files.map(|(name, _)| name).collect();
        bail!("the program carries no pack {}; it has {}", args.pack, names.join(", "));
    };
    say(text)?;
    Ok(ExitCode::SUCCESS)
}

/// Says whether the files of a folder would load.
pub(super) fn check(args: CheckArgs) -> anyhow::Result<ExitCode> {
    let settings = RuleSettings { folder: args.folder, open: false, ..args.installation.settings()?.rules };
    let (book, errors) = rule_files::book(&settings, None);
    if errors.is_empty() {
        say(format!("All files load: {} packs would be in force.", book.packs().len()))?;
    }
    told(&errors)
}

fn told(errors: &[dialer_domain::rules::PackError]) -> anyhow::Result<ExitCode> {
    for error in errors {
        say(error.to_string())?;
    }
    Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn listed(book: &RuleBook) -> String {
    let mut text = String::new();
    if *book == RuleBook::open() {
        text.push_str("Every place may be called at any hour (rules.open): no phone rings.\n");
    }
    for pack in book.packs() {
        let until = pack.effective_to.map(|day| format!(" until {day}")).unwrap_or_default();
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{:<6} {}  since {}{until}  {} rules  {}",
            pack.jurisdiction.to_string(),
            pack.version,
            pack.effective_from,
            pack.rules.len(),
            pack.source
        );
    }
    for place in book.broken() {
        let _ = writeln!(text, "{:<6} does not load: nobody there is called", place.to_string());
    }
    text
}
