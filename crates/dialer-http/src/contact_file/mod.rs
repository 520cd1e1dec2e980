//! Contact lists as CSV files: whatever spreadsheets and exports make of them.
//!
//! A file is read row by row in constant memory. What is wrong with one row is reported for that row, with its line;
//! only what makes the rest unreadable ends the reading.

mod columns;
mod rows;
mod source;

use std::io::Read;

pub use dialer_app::imports::{ListRow as Row, RowProblem};
use dialer_domain::imports::Mapping;

pub use columns::Columns;
pub use rows::ContactFile;

/// How a file is to be read, where somebody has said so.
#[derive(Clone, Default)]
pub struct Options {
    /// What separates the columns; without it, what the header speaks for.
    pub delimiter: Option<u8>,
    /// Which columns hold which fields; the others are known by their names.
    pub mapping: Mapping,
}

/// How a file is read.
pub struct About {
    /// What separates the columns.
    pub delimiter: u8,
    /// Whether it begins with the mark of UTF-8.
    pub byte_order_mark: bool,
    /// The names of the columns.
    pub header: Vec<String>,
    /// Which column holds which field.
    pub mapping: Mapping,
}

/// Why a file cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing in it.
    #[error("the file is empty; its first line must name the columns, and one of them must hold telephone numbers")]
    Empty,
    /// UTF-16, as some spreadsheets call "Unicode text".
    #[error("the file is UTF-16; save it as \"CSV UTF-8\" and try again")]
    Utf16,
    /// A workbook or another archive.
    #[error("this is a workbook or an archive, not a text file; save the sheet as \"CSV UTF-8\" and try again")]
    NotText,
    /// The header is in an older encoding.
    #[error("line {line}: the header is not UTF-8; save the file as \"CSV UTF-8\" and try again")]
    HeaderEncoding {
        /// Its line.
        line: u64,
    },
    /// No column for numbers.
    #[error(
        "line {line}: no column holds telephone numbers. The columns are: {found}. Name the one that does \
         phone_number (phone, number, tel and mobile will do, too)"
    )]
    NoNumberColumn {
        /// The header's line.
        line: u64,
        /// The columns found, or the first line when it looks like a contact already.
        found: String,
    },
    /// A column was asked for that is not there.
    #[error("line {line}: there is no column {wanted}. The columns are: {found}")]
    NoSuchColumn {
        /// The header's line.
        line: u64,
        /// The column asked for.
        wanted: String,
        /// The columns found.
        found: String,
    },
    /// A row without an end.
    #[error(
        "line {line}: the row that begins here is longer than 1 MiB; probably a quotation mark is opened here and \
         never closed"
    )]
    EndlessRow {
        /// Where it begins.
        line: u64,
    },
    /// The file could not be read on.
    #[error("the file could not be read after line {line}: {source}")]
    Read {
        /// The last line read.
        line: u64,
        /// What the system says.
        source: std::io::Error,
    },
}

impl<R: Read> Iterator for ContactFile<R> {
    type Item = Result<Row, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}

#[cfg(test)]
mod tests;
