//! `dialer import registry`: a copy of a national do-not-call list, straight into the database.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::Args;
use dialer_app::{ImportedCopy, Ports, Registries, UseCaseError};
use dialer_domain::ids::UserId;
use dialer_domain::phone::Region;
use dialer_domain::registries::{NewCopy, Registry, RegistryCopy};
use serde::Serialize;
use time::Date;
use time::macros::format_description;
use uuid::Uuid;

use super::super::opened::Opened;
use super::super::{Installation, say};
use super::report::Progress;
use super::{name_of, open};
use crate::logs;
use crate::registry_file::{self, RegistryFileError};

const EXAMPLES: &str = "\
Examples:
  dialer import registry --registry us-dnc --copied-on 2026-11-20 --region US numbers.txt
  some-export | dialer import registry --registry uk-tps --copied-on 2026-11-20 --region GB -

A line of the file holds a number, or a number and the day since which it is listed, or an area code and a number
(202,5550123) as the files of the US register have it. The copy comes into force as a whole when the file was read to its
end; until then, and when it is refused, the copy before stays in force. It binds every user unless --user names one.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct RegistryArgs {
    /// The register, as rules name it: us-dnc, uk-tps, ca-dncl …
    #[arg(long, value_name = "NAME")]
    registry: Registry,
    /// The day of which the copy is, as its keeper gave it out.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    copied_on: Date,
    /// The region of numbers without a country code, such as US; left out, that of the settings.
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// Percent of lines that may be broken.
    #[arg(long, value_name = "PERCENT", default_value_t = RegistryCopy::MOST_BROKEN, value_parser = clap::value_parser!(u8).range(0..=100))]
    most_broken: u8,
    /// Bind this user only.
    #[arg(long, value_name = "UUID")]
    user: Option<Uuid>,
    /// The file; - reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print one JSON object with what came of it.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    installation: Installation,
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map_err(|_| "use a day such as 2026-11-20".to_owned())
}

pub(super) async fn run(args: RegistryArgs) -> anyhow::Result<ExitCode> {
    logs::start_quietly();
    let Opened { settings, database, ports } = args.installation.open().await?;
    let told = told(ports, &args, settings.numbers.default_region).await;
    database.close().await;
    say(told?)?;
    Ok(ExitCode::SUCCESS)
}

/// Imports the file, and says what came of it.
async fn told(ports: Ports, args: &RegistryArgs, default_region: Option<Region>) -> anyhow::Result<String> {
    let (source, length) = open(&args.file)?;
    let file_name = args.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let new = NewCopy {
        registry: args.registry.clone(),
        user_id: args.user.map(UserId::new),
        copied_on: args.copied_on,
        file_name: file_name.filter(|name| name != "-"),
    };
    let registries = Registries::new(ports);
    let import = registries.begin(None, new, args.most_broken).await.map_err(named)?;
    let progress = Progress::new(length, args.json);
    let shown = progress.clone();
    let counted = move |numbers, broken| shown.say(format!("{numbers} numbers, {broken} broken lines"));
    let region = args.region.or(default_region);
    let outcome = registry_file::import(import, progress.counting(source), region, counted).await;
    if outcome.is_ok() {
        progress.say("removing the numbers of the copy before".to_owned());
    }
    registries.clear().await;
    progress.end();
    let imported = outcome.map_err(|error| match error {
        RegistryFileError::UseCase(error) => named(error),
        error @ RegistryFileError::Unreadable(_) => error.into(),
    });
    let imported = imported.with_context(|| format!("{} was not imported", name_of(&args.file)))?;
    if args.json { json(&imported) } else { Ok(text(&imported)) }
}

fn text(imported: &ImportedCopy) -> String {
    let copy = &imported.copy;
    let mut lines: Vec<String> = imported
        .broken_lines
        .iter()
        .map(|broken| format!("line {}: {}: {}", broken.line, broken.error.code(), broken.error))
        .collect();
    let told = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    if copy.broken > told {
        lines.push(format!("and {} more broken lines", copy.broken - told));
    }
    lines.push(format!(
        "{} of {} is in force: {} numbers, {} broken lines",
        copy.registry, copy.copied_on, copy.numbers, copy.broken
    ));
    lines.join("\n")
}

#[derive(Serialize)]
struct Told<'a> {
    copy_id: String,
    registry: &'a str,
    copied_on: String,
    numbers: u64,
    broken: u64,
    broken_lines: Vec<ToldLine>,
}

#[derive(Serialize)]
struct ToldLine {
    line: u64,
    reason: &'static str,
    message: String,
}

fn json(imported: &ImportedCopy) -> anyhow::Result<String> {
    let copy = &imported.copy;
    let line = |broken: &dialer_app::BrokenLine| ToldLine {
        line: broken.line,
        reason: broken.error.code(),
        message: broken.error.to_string(),
    };
    Ok(serde_json::to_string(&Told {
        copy_id: copy.id.to_string(),
        registry: copy.registry.as_str(),
        copied_on: copy.copied_on.to_string(),
        numbers: copy.numbers,
        broken: copy.broken,
        broken_lines: imported.broken_lines.iter().map(line).collect(),
    })?)
}

/// What is wrong with a copy, as the command line says it.
fn named(error: UseCaseError) -> anyhow::Error {
    let UseCaseError::Invalid(errors) = error else { return error.into() };
    let told = errors.iter().map(|error| match error.field.as_str() {
        "body" => error.message.clone(),
        "copied_on" => format!("--copied-on: {}", error.message),
        field => format!("{field}: {}: {}", error.code, error.message),
    });
    anyhow!("{}", told.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::Arc;

    use clap::Parser;
    use dialer_testkit::{FakeClock, MemoryStore, ScriptedTelephony, SeededIds};
    use time::macros::datetime;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: RegistryArgs,
    }

    struct Desk {
        store: MemoryStore,
        ports: Ports,
    }

    fn desk() -> Desk {
        let store = MemoryStore::new();
        let clock = Arc::new(FakeClock::new(datetime!(2026-11-21 12:00 UTC)));
        let ports = Ports::on(store.clone(), Arc::new(ScriptedTelephony::new()), clock, Arc::new(SeededIds::new(1)));
        Desk { store, ports }
    }

    impl Desk {
        async fn import(&self, file: &str, more: &[&str]) -> anyhow::Result<String> {
            let mut list = tempfile::NamedTempFile::new().unwrap();
            list.write_all(file.as_bytes()).unwrap();
            let path = list.path().to_str().unwrap();
            let line = [&["registry", "--registry", "us-dnc", "--region", "US", path], more].concat();
            let args = Line::try_parse_from(line)?.args;
            told(self.ports.clone(), &args, None).await
        }

        async fn in_force(&self) -> Vec<(String, u64)> {
            use dialer_domain::registries::store::RegistryStore as _;
            let copies = self.store.copies_in_force(UserId::new(Uuid::nil())).await.unwrap();
            copies.into_iter().map(|copy| (copy.copied_on.to_string(), copy.numbers)).collect()
        }
    }

    const DAY: [&str; 2] = ["--copied-on", "2026-11-20"];

    #[tokio::test]
    async fn a_copy_comes_into_force_for_everybody() {
        let desk = desk();
        let said = desk.import("202,5550101\n202,5550102\n202,5550101\n", &DAY).await.unwrap();
        assert_eq!(said, "us-dnc of 2026-11-20 is in force: 2 numbers, 0 broken lines");
        assert_eq!(desk.in_force().await, [("2026-11-20".to_owned(), 2)]);
    }

    #[tokio::test]
    async fn a_copy_with_broken_lines_is_refused_unless_they_are_allowed() {
        let desk = desk();
        desk.import("202,5550101\n", &DAY).await.unwrap();
        let broken = "202,5550102\nnonsense\n";
        let error = format!("{:?}", desk.import(broken, &["--copied-on", "2026-11-21"]).await.unwrap_err());
        assert!(error.contains("1 of 2 lines cannot be read, which is more than 1 %"), "{error}");
        assert!(error.contains("line 2: invalid_number"), "{error}");
        assert_eq!(desk.in_force().await, [("2026-11-20".to_owned(), 1)], "the copy before stays in force");
        let allowed = [&["--copied-on", "2026-11-21", "--most-broken", "50"][..], &["--json"]].concat();
        let said: serde_json::Value = serde_json::from_str(&desk.import(broken, &allowed).await.unwrap()).unwrap();
        assert_eq!((&said["numbers"], &said["broken_lines"][0]["line"]), (&1.into(), &2.into()));
        assert_eq!(desk.in_force().await, [("2026-11-21".to_owned(), 1)]);
    }

    #[tokio::test]
    async fn a_copy_of_no_day_of_the_past_is_refused() {
        let desk = desk();
        desk.import("202,5550101\n", &DAY).await.unwrap();
        for (day, says) in [
            ("20.11.2026", "use a day such as 2026-11-20"),
            ("2026-12-24", "--copied-on: use the day on which the register was copied, which is past"),
            ("2026-11-19", "--copied-on: the copy in force is of 2026-11-20; bring a later one"),
        ] {
            let error = format!("{:?}", desk.import("202,5550101\n", &["--copied-on", day]).await.unwrap_err());
            assert!(error.contains(says), "{error}");
        }
    }
}
