//! Contact lists as CSV files: whatever spreadsheets and exports make of them.
//!
//! A file is read row by row in constant memory. What is wrong with one row is reported for that row, with its line;
//! only what makes the rest unreadable ends the reading.

mod columns;
mod rows;
mod source;

use std::io::Read;

use dialer_app::ContactInput;

pub use columns::Columns;
pub use rows::ContactFile;

/// One row of a file.
pub struct Row {
    /// The line that it begins on, from 1; the header is usually line 1.
    pub line: u64,
    /// The contact, or why the row cannot be used.
    pub content: Result<ContactInput, RowProblem>,
}

/// Why a row cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// A stable code.
    pub code: &'static str,
    /// What is wrong and what would do. Never holds a value of the row.
    pub message: String,
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
