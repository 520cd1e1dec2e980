//! From rows to contacts.

use std::fmt::Write as _;
use std::io::Read;
use std::rc::Rc;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, StringRecord};
use dialer_app::ContactInput;
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::imports::Place;
use serde_json::Value;

use super::columns::{Column, HeaderProblem};
use super::source::{Source, Tally, count};
use super::{About, Columns, FileError, Options, Row, RowProblem};

/// Bytes read at once.
const BUFFER: usize = 64 * 1024;

/// A contact list, open at its first row.
pub struct ContactFile<R> {
    reader: Reader<Source<R>>,
    tally: Rc<Tally>,
    columns: Columns,
    record: ByteRecord,
    about: About,
    /// What the reader has not seen of the file.
    before: Place,
}

impl<R: Read> ContactFile<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`FileError`] when the file is no CSV file with a column of numbers.
    pub fn open(source: R, options: &Options) -> Result<Self, FileError> {
        let tally = Rc::new(Tally::default());
        let (source, guessed, mark) = Source::open(source, tally.clone())?;
        let delimiter = options.delimiter.unwrap_or(guessed);
        let mut reader = rows_of(source, delimiter);
        let mut record = ByteRecord::new();
        if !read_record(&mut reader, &tally, &mut record, 0)? {
            return Err(FileError::Empty);
        }
        let (line, _) = place(&reader, &tally, &record);
        let header = StringRecord::from_byte_record(record).map_err(|_| FileError::HeaderEncoding { line })?;
        let (columns, mapping) = Columns::read(header.iter(), &options.mapping).map_err(|problem| match problem {
            HeaderProblem::NoNumber => FileError::NoNumberColumn { line, found: describe(&header) },
            HeaderProblem::NoSuchColumn(wanted) => FileError::NoSuchColumn { line, wanted, found: describe(&header) },
        })?;
        let header = header.iter().map(|name| name.trim().to_owned()).collect();
        let about = About { delimiter, byte_order_mark: mark > 0, header, mapping };
        let before = Place { bytes: u64::try_from(mark).unwrap_or(0), lines: 0 };
        Ok(Self { reader, tally, columns, record: ByteRecord::new(), about, before })
    }

    /// The same file from a place that [`Self::place`] has told of. `source` begins there.
    #[must_use]
    pub fn resumed(self, source: R, from: Place) -> Self {
        let tally = Rc::new(Tally::default());
        let reader = rows_of(Source::resumed(source, tally.clone()), self.about.delimiter);
        Self { reader, tally, before: from, ..self }
    }

    /// How it is read.
    #[must_use]
    pub const fn about(&self) -> &About {
        &self.about
    }

    /// How it was read.
    #[must_use]
    pub fn into_about(self) -> About {
        self.about
    }

    /// Where reading goes on.
    #[must_use]
    pub fn place(&self) -> Place {
        let at = self.reader.position();
        Place { bytes: self.before.bytes + at.byte(), lines: self.before.lines + at.line() - 1 }
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, FileError> {
        if !read_record(&mut self.reader, &self.tally, &mut self.record, self.before.lines)? {
            return Ok(None);
        }
        let (line, lines) = place(&self.reader, &self.tally, &self.record);
        let content = self.read_contact(lines);
        let phone_number = if content.is_ok() { String::new() } else { self.number_as_given() };
        Ok(Some(Row { line: self.before.lines + line, phone_number, content }))
    }

    /// The number of the present row, as far as it can be told.
    fn number_as_given(&self) -> String {
        let column = self.columns.iter().position(|column| *column == Column::Number);
        let field = column.and_then(|column| self.record.get(column)).unwrap_or_default();
        let text = String::from_utf8_lossy(field);
        text.trim().chars().filter(|c| !c.is_control()).take(40).collect()
    }

    fn read_contact(&self, lines: u64) -> Result<ContactInput, RowProblem> {
        self.check_length(lines)?;
        if lines > 1 && self.tally.ended_in_quotes() {
            return Err(unclosed(lines));
        }
        let mut contact = ContactInput::default();
        for (index, (column, bytes)) in self.columns.iter().zip(&self.record).enumerate() {
            let text = std::str::from_utf8(bytes).map_err(|_| RowProblem {
                reason: SkipReason::NotUtf8,
                message: format!("field {} is not UTF-8; save the file as \"CSV UTF-8\"", index + 1),
            })?;
            if text.contains('\0') {
                let message = format!("field {} holds a NUL character, which cannot be stored", index + 1);
                return Err(RowProblem { reason: SkipReason::InvalidField, message });
            }
            let text = text.trim();
            if text.contains(['\n', '\r']) && !matches!(column, Column::Other(_)) {
                return Err(unclosed(lines));
            }
            keep(&mut contact, column, text)?;
        }
        Ok(contact)
    }

    /// Rows may lack or have more fields only where those are empty.
    fn check_length(&self, lines: u64) -> Result<(), RowProblem> {
        let (has, wants) = (self.record.len(), self.columns.len());
        let surplus_is_empty = self.record.iter().skip(wants).all(|field| field.trim_ascii().is_empty());
        if has == wants || (has > wants && surplus_is_empty) {
            return Ok(());
        }
        let mut message =
            format!("this row has {has} field{}, the header has {wants}", if has == 1 { "" } else { "s" });
        if lines > 1 {
            // Writing to a string cannot fail.
            let _ = write!(message, "; {}", unclosed(lines).message);
        }
        Err(RowProblem { reason: SkipReason::WrongFieldCount, message })
    }
}

/// Rows that vanished inside a field.
fn unclosed(lines: u64) -> RowProblem {
    let message = format!("this row runs over {lines} lines; probably a quotation mark is not closed");
    RowProblem { reason: SkipReason::UnclosedQuote, message }
}

/// Rows of another length are reported, not refused: the reader must not stop at them.
fn rows_of<R: Read>(source: Source<R>, delimiter: u8) -> Reader<Source<R>> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(BUFFER)
        .from_reader(source)
}

fn read_record<R: Read>(
    reader: &mut Reader<Source<R>>,
    tally: &Tally,
    record: &mut ByteRecord,
    lines_before: u64,
) -> Result<bool, FileError> {
    tally.renew();
    let line = lines_before + reader.position().line();
    reader.read_byte_record(record).map_err(|error| match error.into_kind() {
        ErrorKind::Io(_) if tally.is_used_up() => FileError::EndlessRow { line },
        ErrorKind::Io(source) => FileError::Read { line, source },
        other => FileError::Read { line, source: std::io::Error::other(format!("{other:?}")) },
    })
}

/// The line that the record just read begins on, and how many it runs over. The reader itself knows only where it
/// began to look for the record, blank lines included, and counts line feeds alone.
fn place<R: Read>(reader: &Reader<Source<R>>, tally: &Tally, record: &ByteRecord) -> (u64, u64) {
    let after = reader.position();
    let ends_with_line_feed = |bytes: &[u8]| bytes.last() == Some(&b'\n');
    // Inside quotation marks that are never closed, the file's last line feed belongs to the record.
    let swallowed = tally.ended_in_quotes() && ends_with_line_feed(record.as_slice());
    let line_feeds = count(record.as_slice(), b'\n');
    let inside = u64::try_from(line_feeds).unwrap_or(0) - u64::from(swallowed);
    let last = if tally.byte_before(after.byte()) == Some(b'\n') { after.line() - 1 } else { after.line() };
    (last.saturating_sub(inside), inside + 1)
}

/// The columns as found, or, where the first line holds a number already, that there is no header.
fn describe(header: &StringRecord) -> String {
    let looks_like_number = |field: &str| {
        field.chars().filter(char::is_ascii_digit).count() >= 7 && !field.chars().any(char::is_alphabetic)
    };
    if header.iter().any(looks_like_number) {
        return "none (the first line looks like a contact already; put a line with the names above it)".to_owned();
    }
    header.iter().map(|name| name.trim().chars().take(40).collect::<String>()).collect::<Vec<_>>().join(", ")
}

fn keep(contact: &mut ContactInput, column: &Column, text: &str) -> Result<(), RowProblem> {
    let some = || (!text.is_empty()).then(|| text.to_owned());
    match column {
        Column::Number => {
            // Spreadsheets mark texts that look like numbers with an apostrophe.
            let number = text.trim_start_matches('\'');
            if is_rounded(number) {
                return Err(RowProblem {
                    reason: SkipReason::InvalidNumber,
                    message: "a spreadsheet has rounded this number; format its column as text and export again"
                        .to_owned(),
                });
            }
            number.clone_into(&mut contact.phone_number);
        }
        Column::FirstName => contact.first_name = some(),
        Column::LastName => contact.last_name = some(),
        Column::Email => contact.email = some(),
        Column::Company => contact.company = some(),
        Column::Other(name) => {
            if let Some(text) = some() {
                contact.metadata.insert(name.clone(), Value::String(text));
            }
        }
    }
    Ok(())
}

/// Scientific notation, as in `4.47701E+11`.
fn is_rounded(number: &str) -> bool {
    number.split_once(['E', 'e']).is_some_and(|(mantissa, exponent)| {
        mantissa.parse::<f64>().is_ok() && exponent.strip_prefix('+').unwrap_or(exponent).parse::<u8>().is_ok()
    })
}
