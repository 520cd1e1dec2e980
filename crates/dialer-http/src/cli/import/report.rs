//! What an import tells: a bar while it runs, a line for each skipped row, a summary.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::Imported;
use crate::contact_file::RowProblem;

/// A progress bar on standard error, where that is a terminal.
#[derive(Clone)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(length: Option<u64>, json: bool) -> Self {
        if json || !std::io::stderr().is_terminal() {
            return Self::hidden();
        }
        let (bar, template) = match length {
            Some(length) => (ProgressBar::new(length), "{bar:30} {percent:>3} %  {binary_bytes}  {msg}  {eta} left"),
            None => (ProgressBar::no_length(), "{spinner} {binary_bytes}  {msg}  {elapsed}"),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr());
        // A template that cannot be read would be a mistake in the line above; the plain bar does then.
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    pub(super) fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// The source, counted as it is read.
    pub(super) fn counting<R: Read>(&self, source: R) -> impl Read + use<R> {
        self.0.wrap_read(source)
    }

    /// Says what is being done.
    pub(super) fn say(&self, message: String) {
        self.0.set_message(message);
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// How a report is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
    /// Not at all: it only counts.
    Silent,
}

/// Keeps count and prints.
pub(super) struct Report {
    form: Form,
    progress: Progress,
    added: usize,
    skipped: usize,
    reasons: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct SkippedLine<'a> {
    line: u64,
    reason: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Summary<'a> {
    complete: bool,
    added: usize,
    skipped: usize,
    reasons: &'a BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    summary: Summary<'a>,
}

impl Report {
    pub(super) fn new(form: Form, progress: Progress) -> Self {
        Self { form, progress, added: 0, skipped: 0, reasons: BTreeMap::new() }
    }

    pub(super) fn added(&mut self, count: usize) {
        self.added += count;
        self.progress.0.set_message(format!("{} added, {} skipped", self.added, self.skipped));
    }

    pub(super) fn skipped(&mut self, line: u64, problem: &RowProblem) -> anyhow::Result<()> {
        let RowProblem { reason, message } = problem;
        let code = reason.as_str();
        self.skipped += 1;
        *self.reasons.entry(code).or_default() += 1;
        let text = match self.form {
            Form::Text => format!("line {line}: {code}: {message}"),
            Form::Json => serde_json::to_string(&SkippedLine { line, reason: code, message })?,
            Form::Silent => return Ok(()),
        };
        self.progress.0.suspend(|| writeln!(std::io::stdout(), "{text}"))?;
        Ok(())
    }

    /// The summary.
    pub(super) fn finish(&mut self, broken_off: bool) -> anyhow::Result<()> {
        self.progress.0.finish_and_clear();
        let text = match self.form {
            Form::Text if broken_off && self.added + self.skipped == 0 => return Ok(()),
            Form::Text => self.text(),
            Form::Json => {
                let summary =
                    Summary { complete: !broken_off, added: self.added, skipped: self.skipped, reasons: &self.reasons };
                serde_json::to_string(&SummaryLine { summary })?
            }
            Form::Silent => return Ok(()),
        };
        writeln!(std::io::stdout(), "{text}")?;
        Ok(())
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!("{} added, {} skipped", contacts(self.added), self.skipped);
        if !self.reasons.is_empty() {
            let reasons: Vec<_> = self.reasons.iter().map(|(code, count)| format!("{count} {code}")).collect();
            text = format!("{text} ({})", reasons.join(", "));
        }
        text
    }

    /// The counts.
    pub(super) const fn counts(&self) -> Imported {
        Imported { added: self.added, skipped: self.skipped }
    }

    /// How a message about an import that broke off goes on.
    pub(super) fn added_so_far(&self) -> String {
        if self.added == 0 {
            return String::new();
        }
        format!(
            " to its end; {} had been added and stay. Mend the file and import it again: what is there is skipped",
            contacts(self.added)
        )
    }
}

fn contacts(count: usize) -> String {
    if count == 1 { "1 contact".to_owned() } else { format!("{count} contacts") }
}
