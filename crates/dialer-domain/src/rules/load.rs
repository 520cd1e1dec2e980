//! Loading packs: what is wrong with a file is told, and what it governs is not called.

use super::book::RuleBook;
use super::book_text::BookHash;
use super::pack::Pack;
use super::parse::parse;
use super::reader::PackError;
use super::shipped::PACKS;
use crate::places::Jurisdiction;

impl RuleBook {
    /// The packs that the program carries, as (file name, content), to be laid under a tenant's own.
    #[must_use]
    pub const fn shipped_files() -> &'static [(&'static str, &'static str)] {
        PACKS
    }

    /// The book of the packs that the program carries.
    #[must_use]
    pub fn shipped() -> Self {
        Self::load(PACKS.iter().copied()).0
    }

    /// The book of `files`, given as (file name, content), and what is wrong with them.
    ///
    /// A file's name begins with the place whose rules it holds: `us-fl.toml`, `fr.2026.toml`. So it is known whom a file
    /// governs even when it cannot be read: nobody in that place is called until it can be. A file whose name says no place
    /// may govern anybody, and nobody at all is called.
    pub fn load<N: AsRef<str>, T: AsRef<str>>(files: impl IntoIterator<Item = (N, T)>) -> (Self, Vec<PackError>) {
        let (mut book, mut errors) = (Self::default(), Vec::new());
        for (file, text) in files {
            let file = file.as_ref();
            let Some(place) = place_of(file) else {
                let reason = "begins with no place; name the file after a country or a part of one, such as us-fl.toml";
                errors.push(error(file, "file name", reason));
                book.all_broken = true;
                continue;
            };
            match parse(file, place, text.as_ref()) {
                Ok(pack) => {
                    let against = book.packs.iter().find_map(|other| clash(&pack, other).map(|clash| (other, clash)));
                    if let Some((other, (key, reason))) = against {
                        errors.push(error(file, key, &reason));
                        let other = other.jurisdiction;
                        book.broken.extend([place, other]);
                    }
                    book.packs.push(pack);
                }
                Err(more) => {
                    errors.extend(more);
                    book.broken.push(place);
                }
            }
        }
        book.tidy();
        (book, errors)
    }

    /// The book of `files`, as [`Self::load`] makes it, but that places of which a file does not load keep the rules they
    /// have in this book: what was loaded before stays in force.
    pub fn replacing<N: AsRef<str>, T: AsRef<str>>(
        &self,
        files: impl IntoIterator<Item = (N, T)>,
    ) -> (Self, Vec<PackError>) {
        let (mut book, errors) = Self::load(files);
        let kept = |place: &Jurisdiction| !self.broken.contains(place) && self.packs_of(*place).next().is_some();
        let (keep, broken): (Vec<_>, Vec<_>) = book.broken.iter().partition(|place| kept(place));
        book.packs.retain(|pack| !keep.contains(&pack.jurisdiction));
        book.packs.extend(keep.iter().flat_map(|place| self.packs_of(*place)).cloned());
        book.broken = broken;
        book.all_broken &= self.all_broken;
        book.tidy();
        (book, errors)
    }

    fn packs_of(&self, place: Jurisdiction) -> impl Iterator<Item = &Pack> {
        self.packs.iter().filter(move |pack| pack.jurisdiction == place)
    }

    fn tidy(&mut self) {
        self.packs.sort_by_key(|pack| (pack.jurisdiction, pack.effective_from));
        self.broken.sort_unstable();
        self.broken.dedup();
        self.hash = BookHash::of(&self.text());
    }
}

fn error(file: &str, key: &str, reason: &str) -> PackError {
    PackError { file: file.to_owned(), key: key.to_owned(), reason: reason.to_owned() }
}

pub(super) fn place_of(file: &str) -> Option<Jurisdiction> {
    let name = file.rsplit(['/', '\\']).next()?.split('.').next()?;
    name.to_ascii_uppercase().parse().ok()
}

/// Why two packs cannot both be loaded. Successive packs of a place may name their rules alike.
fn clash(pack: &Pack, other: &Pack) -> Option<(&'static str, String)> {
    if pack.overlaps(other) {
        let reason =
            format!("the pack overlaps the one of {}: both hold on some day; end one before the other", other.file);
        return Some(("effective_from", reason));
    }
    if pack.jurisdiction == other.jurisdiction {
        return None;
    }
    if pack.id == other.id {
        return Some(("id", format!("`{}` names the pack of {} already", pack.id, other.file)));
    }
    let same =
        pack.rules.iter().find(|rule| other.rules.iter().any(|known| known.reference.id == rule.reference.id))?;
    Some(("id", format!("`{}` names a rule of {} already", same.reference.id, other.file)))
}
