//! The bytes of a file: encoding and delimiter are guessed from its head, and no row may grow without bounds.

use std::cell::{Cell, RefCell};
use std::io::{Chain, Cursor, ErrorKind, Read};
use std::rc::Rc;

use super::FileError;

/// Longest row, in bytes.
const ROW_LIMIT: usize = 1024 * 1024;
/// How much is looked at to guess.
const HEAD: usize = 64 * 1024;

const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
const UTF16_MARKS: [&[u8]; 2] = [&[0xFF, 0xFE], &[0xFE, 0xFF]];
const ARCHIVE_MARK: &[u8] = b"PK\x03\x04";

/// What passes between who reads bytes and who knows where rows begin.
#[derive(Default)]
pub(super) struct Tally {
    /// Bytes that the present row may still take up.
    left: Cell<usize>,
    /// The bytes handed out last, the one before them first, and where they begin in the file.
    recent: RefCell<Vec<u8>>,
    recent_from: Cell<u64>,
    /// Whether the quotation marks so far make no pairs.
    odd_quotes: Cell<bool>,
    ended: Cell<bool>,
}

impl Tally {
    /// A row begins.
    pub(super) fn renew(&self) {
        self.left.set(ROW_LIMIT);
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.left.get() == 0
    }

    /// The byte that stands before `offset`, which must be among those handed out last.
    pub(super) fn byte_before(&self, offset: u64) -> Option<u8> {
        let index = offset.checked_sub(self.recent_from.get())?;
        // `recent` begins one byte early.
        self.recent.borrow().get(usize::try_from(index).ok()?).copied()
    }

    fn note(&self, bytes: &[u8]) {
        let mut recent = self.recent.borrow_mut();
        let before = recent.last().copied().unwrap_or(0);
        let handed_out = u64::try_from(recent.len().saturating_sub(1)).unwrap_or(0);
        self.recent_from.set(self.recent_from.get() + handed_out);
        recent.clear();
        recent.push(before);
        recent.extend_from_slice(bytes);
        self.left.set(self.left.get().saturating_sub(bytes.len()));
        let quotes = count(bytes, b'"');
        self.odd_quotes.set(self.odd_quotes.get() ^ (quotes % 2 == 1));
    }

    /// Whether the file ended inside quotation marks, as far as one can tell.
    pub(super) fn ended_in_quotes(&self) -> bool {
        self.ended.get() && self.odd_quotes.get()
    }
}

/// The bytes after the mark that some programs put first.
pub(super) struct Source<R> {
    inner: Chain<Cursor<Vec<u8>>, R>,
    tally: Rc<Tally>,
}

impl<R: Read> Source<R> {
    /// The source, the delimiter that its first line speaks for, and the length of the mark that it begins with.
    pub(super) fn open(mut reader: R, tally: Rc<Tally>) -> Result<(Self, u8, usize), FileError> {
        let mut head = Vec::new();
        Read::by_ref(&mut reader)
            .take(u64::try_from(HEAD).unwrap_or(u64::MAX))
            .read_to_end(&mut head)
            .map_err(|source| FileError::Read { line: 0, source })?;
        if UTF16_MARKS.iter().any(|mark| head.starts_with(mark)) || looks_like_utf16(&head) {
            return Err(FileError::Utf16);
        }
        if head.starts_with(ARCHIVE_MARK) {
            return Err(FileError::NotText);
        }
        let skip = if head.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
        head.drain(..skip);
        if head.iter().all(u8::is_ascii_whitespace) && head.len() < HEAD {
            return Err(FileError::Empty);
        }
        let delimiter = delimiter(&head);
        tally.renew();
        Ok((Self { inner: Cursor::new(head).chain(reader), tally }, delimiter, skip))
    }

    /// A source that begins in the middle of a file, at a row.
    pub(super) fn resumed(reader: R, tally: Rc<Tally>) -> Self {
        tally.renew();
        Self { inner: Cursor::new(Vec::new()).chain(reader), tally }
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.tally.left.get();
        if left == 0 {
            return Err(std::io::Error::new(ErrorKind::InvalidData, "a row is too long"));
        }
        let room = buffer.len().min(left);
        let count = self.inner.read(&mut buffer[..room])?;
        if count == 0 {
            self.tally.ended.set(room > 0);
        } else {
            self.tally.note(&buffer[..count]);
        }
        Ok(count)
    }
}

pub(super) fn count(bytes: &[u8], wanted: u8) -> usize {
    bytes.iter().map(|byte| usize::from(*byte == wanted)).sum()
}

/// Latin letters in UTF-16 have a zero in every second byte.
fn looks_like_utf16(head: &[u8]) -> bool {
    let sample = &head[..head.len().min(200)];
    sample.len() >= 4 && count(sample, 0) * 3 > sample.len()
}

/// The separator that occurs most in the first line outside quotation marks; a comma when none does.
fn delimiter(head: &[u8]) -> u8 {
    let start = head.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let line = head[start..].split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let count_outside_quotes = |wanted: u8| {
        let mut quoted = false;
        line.iter()
            .filter(|byte| {
                quoted ^= **byte == b'"';
                !quoted && **byte == wanted
            })
            .count()
    };
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|byte| count_outside_quotes(*byte)).unwrap_or(b',')
}
