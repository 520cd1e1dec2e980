//! From rows to contacts.

use std::fmt::Write as _;
use std::io::Read;
use std::rc::Rc;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, StringRecord};
use dialer_app::ContactInput;
use serde_json::Value;

use super::columns::Column;
use super::source::{Source, Tally, count};
use super::{Columns, FileError, Row, RowProblem};

/// A contact list, open at its first row.
pub struct ContactFile<R> {
    reader: Reader<Source<R>>,
    tally: Rc<Tally>,
    columns: Columns,
    record: ByteRecord,
}

impl<R: Read> ContactFile<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`FileError`] when the file is no CSV file with a column of numbers.
    pub fn open(source: R) -> Result<Self, FileError> {
        let tally = Rc::new(Tally::default());
        let (source, delimiter) = Source::open(source, tally.clone())?;
        // Rows of another length are reported, not refused: the reader must not stop at them.
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(source);
        let mut record = ByteRecord::new();
        if !read_record(&mut reader, &tally, &mut record)? {
            return Err(FileError::Empty);
        }
        let (line, _) = place(&reader, &tally, &record);
        let header = StringRecord::from_byte_record(record).map_err(|_| FileError::HeaderEncoding { line })?;
        let columns =
            Columns::read(header.iter()).ok_or_else(|| FileError::NoNumberColumn { line, found: describe(&header) })?;
        Ok(Self { reader, tally, columns, record: ByteRecord::new() })
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, FileError> {
        if !read_record(&mut self.reader, &self.tally, &mut self.record)? {
            return Ok(None);
        }
        let (line, lines) = place(&self.reader, &self.tally, &self.record);
        Ok(Some(Row { line, content: self.read_contact(lines) }))
    }

    fn read_contact(&self, lines: u64) -> Result<ContactInput, RowProblem> {
        self.check_length(lines)?;
        if lines > 1 && self.tally.ended_in_quotes() {
            return Err(unclosed(lines));
        }
        let mut contact = ContactInput::default();
        for (index, (column, bytes)) in self.columns.iter().zip(&self.record).enumerate() {
            let text = std::str::from_utf8(bytes).map_err(|_| RowProblem {
                code: "not_utf8",
                message: format!("field {} is not UTF-8; save the file as \"CSV UTF-8\"", index + 1),
            })?;
            if text.contains('\0') {
                let message = format!("field {} holds a NUL character, which cannot be stored", index + 1);
                return Err(RowProblem { code: "invalid_field", message });
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
        Err(RowProblem { code: "wrong_field_count", message })
    }
}

/// Rows that vanished inside a field.
fn unclosed(lines: u64) -> RowProblem {
    let message = format!("this row runs over {lines} lines; probably a quotation mark is not closed");
    RowProblem { code: "unclosed_quote", message }
}

fn read_record<R: Read>(
    reader: &mut Reader<Source<R>>,
    tally: &Tally,
    record: &mut ByteRecord,
) -> Result<bool, FileError> {
    tally.renew();
    let line = reader.position().line();
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
                    code: "invalid_number",
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
