//! Whole lists, page after page, for files.

use dialer_domain::calls::Call;
use dialer_domain::contacts::{Contact, ContactStatus};
use dialer_domain::dispositions::RecordedDisposition;
use dialer_domain::dispositions::store::DispositionFilter;
use dialer_domain::exports::{CallExportFilter, Cursor};
use dialer_domain::identity::Principal;
use dialer_domain::ids::{CallId, CampaignId, DispositionId};

use crate::error::UseCaseError;
use crate::ports::Ports;

/// A part of a list, and where the next one begins. `None` at the end.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportPage<T, C> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// Where the next part begins.
    pub next: Option<C>,
}

impl<T, C> ExportPage<T, C> {
    /// The same page with other rows.
    #[must_use]
    pub fn map<U>(self, row: impl Fn(T) -> U) -> ExportPage<U, C> {
        ExportPage { rows: self.rows.into_iter().map(row).collect(), next: self.next }
    }
}

/// Reads whole lists in parts. Each part is a question of its own: memory and time for it do not grow with the list.
#[derive(Clone)]
pub struct Exports {
    ports: Ports,
}

impl Exports {
    /// Rows read at a time.
    pub const PAGE: u16 = 500;

    /// On these ports.
    #[must_use]
    pub const fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The calls that the list of calls would show, latest start first.
    pub async fn calls(
        &self,
        who: Principal,
        filter: &CallExportFilter,
        after: Option<Cursor<CallId>>,
    ) -> Result<ExportPage<Call, Cursor<CallId>>, UseCaseError> {
        let rows = self.ports.stores.exports.calls_after(who.scope(), filter, after, Self::PAGE).await?;
        let next = rows.last().filter(|_| rows.len() >= usize::from(Self::PAGE)).map(Cursor::from);
        Ok(ExportPage { rows, next })
    }

    /// The dispositions that their list would show, latest first.
    pub async fn dispositions(
        &self,
        who: Principal,
        filter: DispositionFilter,
        after: Option<Cursor<DispositionId>>,
    ) -> Result<ExportPage<RecordedDisposition, Cursor<DispositionId>>, UseCaseError> {
        let rows = self.ports.stores.exports.dispositions_after(who.scope(), filter, after, Self::PAGE).await?;
        let next = rows.last().filter(|_| rows.len() >= usize::from(Self::PAGE)).map(Cursor::from);
        Ok(ExportPage { rows, next })
    }

    /// The contacts of a campaign in the order they were added, beginning after a place in that order.
    pub async fn contacts(
        &self,
        who: Principal,
        campaign: CampaignId,
        status: Option<ContactStatus>,
        after: Option<u64>,
    ) -> Result<ExportPage<Contact, u64>, UseCaseError> {
        let stores = &self.ports.stores;
        if after.is_none() && stores.campaigns.get(who.scope(), campaign).await?.is_none() {
            return Err(UseCaseError::NotFound("campaign"));
        }
        let rows = stores.contacts.following(who.scope(), campaign, after.unwrap_or(0), Self::PAGE).await?;
        let next = rows.last().filter(|_| rows.len() >= usize::from(Self::PAGE)).map(|(place, _)| *place);
        let wanted = |contact: &Contact| status.is_none_or(|status| contact.status == status);
        Ok(ExportPage { rows: rows.into_iter().map(|(_, contact)| contact).filter(wanted).collect(), next })
    }
}
