//! The files of rules: those that the program carries, and a folder of one's own laid over them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use dialer_domain::Clock;
use dialer_domain::rules::{Governing, PackError, RuleBook, Shelf};
use time::Duration;
use tokio::sync::watch;

use crate::settings::RuleSettings;

/// Every file that is in force, as (file name, content).
///
/// # Errors
/// What is wrong with the folder: nothing of it can be trusted to be whole then.
fn files(folder: &str) -> Result<BTreeMap<String, String>, PackError> {
    let shipped = RuleBook::shipped_files().iter();
    let mut files: BTreeMap<String, String> =
        shipped.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    if !folder.is_empty() {
        files.extend(read_folder(Path::new(folder)).map_err(|(file, error)| PackError {
            file,
            key: "folder".to_owned(),
            reason: format!("cannot be read ({error}); make it readable, or leave rules.folder empty"),
        })?);
    }
    Ok(files)
}

fn read_folder(folder: &Path) -> Result<Vec<(String, String)>, (String, std::io::Error)> {
    let told = |path: &Path| path.display().to_string();
    let entries = std::fs::read_dir(folder).map_err(|error| (told(folder), error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| (told(folder), error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).map_err(|error| (told(&path), error))?;
            files.push((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text));
        }
    }
    Ok(files)
}

/// The book that the settings ask for, and what is wrong with its files. With `before`, places of which a file does not load
/// keep the rules they had.
pub(crate) fn book(settings: &RuleSettings, before: Option<&RuleBook>) -> (RuleBook, Vec<PackError>) {
    if settings.open {
        return (RuleBook::open(), Vec::new());
    }
    match (files(settings.folder.trim()), before) {
        (Ok(files), None) => RuleBook::load(files),
        (Ok(files), Some(before)) => before.replacing(files),
        (Err(error), None) => (RuleBook::load([(error.file.as_str(), "")]).0, vec![error]),
        (Err(error), Some(before)) => (before.clone(), vec![error]),
    }
}

/// The rules that the settings ask for, on a shelf. What is wrong with them is logged; the places concerned are not called.
#[must_use]
pub(crate) fn shelf(settings: &RuleSettings) -> Shelf {
    let (book, errors) = book(settings, None);
    for error in &errors {
        tracing::error!(%error, "rules do not load; the places that they govern are not called");
    }
    let ring = Duration::seconds(settings.longest_ring_seconds.into());
    Shelf::new(Governing { book, ring, strict_end: settings.strict_window_end })
}

/// How often the folder is looked at again.
const LOOK_AGAIN: Duration = Duration::seconds(10);

/// Puts what changes in the folder into force while the program runs, until `stop` becomes true. Places of which a file does not
/// load keep the rules they had.
pub(crate) async fn follow(
    settings: RuleSettings,
    shelf: Shelf,
    clock: Arc<dyn Clock>,
    mut stop: watch::Receiver<bool>,
) {
    if settings.open || settings.folder.trim().is_empty() {
        return;
    }
    let mut told: Vec<PackError> = Vec::new();
    while !*stop.borrow() {
        tokio::select! {
            _ = stop.changed() => {}
            () = clock.sleep(LOOK_AGAIN) => told = renew(&settings, &shelf, &told),
        }
    }
}

/// Puts what the files say now into force. Returns what is wrong with them, and logs what is not in `told` already.
fn renew(settings: &RuleSettings, shelf: &Shelf, told: &[PackError]) -> Vec<PackError> {
    let before = shelf.governing();
    let (book, errors) = book(settings, Some(&before.book));
    for error in errors.iter().filter(|error| !told.contains(error)) {
        tracing::error!(%error, "rules do not load; what was loaded before stays in force");
    }
    if book != before.book {
        tracing::info!(packs = book.packs().len(), "rules were loaded again");
        shelf.replace(book);
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use dialer_domain::rules::Purpose;

    fn settings(folder: &str) -> RuleSettings {
        RuleSettings {
            folder: folder.to_owned(),
            open: false,
            default_purpose: Purpose::Sales,
            longest_ring_seconds: 45,
            strict_window_end: true,
        }
    }

    /// A pack of one rule for Florida.
    fn write_florida(folder: &std::path::Path, version: &str) {
        let text = format!(
            "id = \"us-fl\"\nversion = \"{version}\"\njurisdiction = \"US-FL\"\nsource = \"ours\"\n\
             effective_from = 2026-01-01\n\n[[window]]\nid = \"us-fl.hours\"\nhours = [\"mon-sun 09:00-18:00\"]\n"
        );
        std::fs::write(folder.join("us-fl.toml"), text).unwrap();
    }

    #[test]
    fn a_file_of_one_s_own_replaces_the_program_s_of_the_same_name() {
        let temp = tempfile::tempdir().unwrap();
        write_florida(temp.path(), "mine");
        let (book, errors) = book(&settings(temp.path().to_str().unwrap()), None);
        assert_eq!(errors, []);
        assert_eq!(book.packs().len(), RuleBook::shipped().packs().len());
        assert!(book.packs().iter().any(|pack| pack.version.as_str() == "mine"));
    }

    #[test]
    fn a_folder_that_cannot_be_read_lets_nobody_be_called_and_what_was_loaded_before_stays() {
        let (nothing, errors) = book(&settings("/no/such/folder"), None);
        assert_eq!((nothing.packs().len(), errors[0].key.as_str()), (0, "folder"));
        let shipped = RuleBook::shipped();
        let (kept, errors) = book(&settings("/no/such/folder"), Some(&shipped));
        assert_eq!((kept, errors.len()), (shipped, 1));
    }

    #[test]
    fn a_file_that_changes_is_put_into_force_and_a_broken_one_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let settings = settings(temp.path().to_str().unwrap());
        let shelf = shelf(&settings);
        let version = || {
            let florida = |pack: &&dialer_domain::rules::Pack| pack.id.as_str() == "us-fl";
            shelf.governing().book.packs().iter().find(florida).map(|pack| pack.version.to_string())
        };
        write_florida(temp.path(), "first");
        assert_eq!((renew(&settings, &shelf, &[]), version().as_deref()), (vec![], Some("first")));
        write_florida(temp.path(), "Not a version!");
        assert_eq!((renew(&settings, &shelf, &[]).len(), version().as_deref()), (1, Some("first")));
        write_florida(temp.path(), "second");
        assert_eq!((renew(&settings, &shelf, &[]), version().as_deref()), (vec![], Some("second")));
    }
}
