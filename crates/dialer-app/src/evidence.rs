//! Evidence packs, written as they are read: memory does not grow with the campaign.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use dialer_domain::analytics::Period;
use dialer_domain::campaigns::Campaign;
use dialer_domain::evidence::{CalledCall, Chain, Footer, Header, KeptBook, Line, Link};
use dialer_domain::identity::Scope;
use dialer_domain::ids::{CallId, UserId};
use dialer_domain::receipts::store::After;
use dialer_domain::registries::store::CopyFilter;
use dialer_domain::registries::{CopyStatus, Registry};
use dialer_domain::rules::BookHash;
use dialer_domain::store::{PageRequest, StoreError};
use time::OffsetDateTime;

use crate::ports::Ports;

/// Why a pack could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A rule book that a receipt names is not kept here.
    #[error("the rule book {0} of a receipt is not in the database")]
    NoBook(BookHash),
    /// Something cannot be said in JSON.
    #[error("a row cannot be written")]
    Row(#[from] serde_json::Error),
    /// Nobody takes the lines.
    #[error("the pack cannot be written")]
    Write(#[from] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A pack that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Its lines.
    pub lines: u64,
    /// The hash of the last one: what tells this pack from every other.
    pub last: Link,
}

/// Rows read at a time.
const PAGE: u16 = 500;

/// A pack that is being written.
struct Pack<'a> {
    ports: &'a Ports,
    campaign: &'a Campaign,
    period: Period,
    out: &'a mut (dyn Write + Send),
    written: &'a (dyn Fn(u64) + Sync),
    chain: Chain,
    footer: Footer,
    books: BTreeSet<BookHash>,
}

/// Writes all that shows why the calls of `campaign` were made in `period`, as [`dialer_domain::evidence`] says. `written` is
/// told after each line how many there are. What happens meanwhile may be missing: the period should be over.
///
/// # Errors
/// [`PackError`]; what was written then is no pack.
pub async fn export(
    ports: &Ports,
    campaign: &Campaign,
    period: Period,
    out: &mut (dyn Write + Send),
    written: &(dyn Fn(u64) + Sync),
) -> Result<Sealed, PackError> {
    let (chain, footer, books) = (Chain::default(), Footer::default(), BTreeSet::new());
    let mut pack = Pack { ports, campaign, period, out, written, chain, footer, books };
    pack.put(&Line::Header(Header::of(campaign, period, ports.clock.now())))?;
    pack.registry_copies().await?;
    pack.bans().await?;
    pack.consents().await?;
    pack.calls().await?;
    pack.receipts().await?;
    pack.refusals().await?;
    pack.abandonment().await?;
    pack.end()
}

impl Pack<'_> {
    const fn owner(&self) -> Scope {
        Scope::User(self.campaign.user_id)
    }

    fn put(&mut self, line: &Line) -> Result<(), PackError> {
        let text = self.chain.seal(line)?;
        writeln!(self.out, "{text}")?;
        if !matches!(line, Line::End(_)) {
            self.footer.count(line.kind());
        }
        (self.written)(self.chain.lines());
        Ok(())
    }

    /// Copies that were in force at some time of the period: until the next of the same register and owner was.
    async fn registry_copies(&mut self) -> Result<(), PackError> {
        let mut next: BTreeMap<(Registry, Option<UserId>), OffsetDateTime> = BTreeMap::new();
        let mut offset = 0;
        loop {
            let window = PageRequest::new(PAGE, offset).unwrap_or_default();
            let page = self.ports.stores.registries.copies(self.owner(), CopyFilter::default(), window).await?;
            offset += u64::from(window.limit());
            let last = offset >= page.total;
            for copy in page.items {
                let was_in_force = matches!(copy.status, CopyStatus::Active | CopyStatus::Superseded);
                let Some(since) = copy.imported_at.filter(|_| was_in_force) else { continue };
                let until = next.insert((copy.registry.clone(), copy.user_id), since);
                if self.reaches_into(since, until) {
                    self.put(&Line::RegistryCopy(copy.into()))?;
                }
            }
            if last {
                return Ok(());
            }
        }
    }

    async fn bans(&mut self) -> Result<(), PackError> {
        let mut offset = 0;
        loop {
            let window = PageRequest::new(PAGE, offset).unwrap_or_default();
            let page = self.ports.stores.bans.bans(self.owner(), None, window).await?;
            offset += u64::from(window.limit());
            let last = offset >= page.total;
            for ban in page.items {
                let until = ban.ended_at.map_or(ban.ban.ends_at, |ended| ended.min(ban.ban.ends_at));
                if self.reaches_into(ban.ban.starts_at, Some(until)) {
                    self.put(&Line::Ban(ban.into()))?;
                }
            }
            if last {
                return Ok(());
            }
        }
    }

    /// Whether some instant from `since` on, and before `until`, is in the period.
    fn reaches_into(&self, since: OffsetDateTime, until: Option<OffsetDateTime>) -> bool {
        let Period { from, until: end } = self.period;
        end.is_none_or(|end| since < end) && from.is_none_or(|from| until.is_none_or(|until| from < until))
    }

    async fn consents(&mut self) -> Result<(), PackError> {
        let mut after = None;
        loop {
            let receipts = &self.ports.stores.receipts;
            let page = receipts.consents_of_called(self.owner(), self.campaign.id, self.period, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for entry in page {
                self.put(&Line::Consent(entry.into()))?;
            }
        }
    }

    async fn calls(&mut self) -> Result<(), PackError> {
        let mut after = None;
        loop {
            let receipts = &self.ports.stores.receipts;
            let page = receipts.calls_made(self.owner(), self.campaign.id, self.period, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(After::from(last));
            for call in page {
                let events = self.events_of(call.id).await?;
                self.put(&Line::Call(CalledCall::of(call, &events)))?;
            }
        }
    }

    async fn events_of(&self, call: CallId) -> Result<Vec<dialer_domain::events::Event>, PackError> {
        let mut all: Vec<dialer_domain::events::Event> = Vec::new();
        loop {
            let seq = all.last().map_or(0, |last| last.seq);
            let next = self.ports.stores.events.of_call(self.owner(), call, seq, PAGE).await?;
            let more = next.len() == usize::from(PAGE);
            all.extend(next);
            if !more {
                return Ok(all);
            }
        }
    }

    /// Receipts, each after the book that it names.
    async fn receipts(&mut self) -> Result<(), PackError> {
        let mut after = None;
        loop {
            let receipts = &self.ports.stores.receipts;
            let page = receipts.receipts(self.owner(), self.campaign.id, self.period, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(After::from(last));
            for receipt in page {
                let hash = receipt.book;
                if self.books.insert(hash) {
                    let text = self.ports.stores.receipts.rule_book(hash).await?.ok_or(PackError::NoBook(hash))?;
                    self.put(&Line::Book(KeptBook { hash, text }))?;
                }
                self.put(&Line::Receipt(Box::new(receipt)))?;
            }
        }
    }

    async fn refusals(&mut self) -> Result<(), PackError> {
        let receipts = &self.ports.stores.receipts;
        let counts = receipts.refusal_counts(self.owner(), self.campaign.id, self.period).await?;
        for count in counts {
            self.put(&Line::Refusals(count))?;
        }
        Ok(())
    }

    /// The ledger at the end of the period, or now.
    async fn abandonment(&mut self) -> Result<(), PackError> {
        let now = self.ports.clock.now();
        let at = self.period.until.map_or(now, |until| until.min(now));
        let ledger = self.ports.stores.eligibility.ledger(self.owner(), self.campaign.id, at).await?;
        for entry in ledger.unwrap_or_default() {
            self.put(&Line::Abandonment(entry))?;
        }
        Ok(())
    }

    fn end(mut self) -> Result<Sealed, PackError> {
        let footer = std::mem::take(&mut self.footer);
        self.put(&Line::End(footer))?;
        self.out.flush()?;
        Ok(Sealed { lines: self.chain.lines(), last: self.chain.last() })
    }
}
