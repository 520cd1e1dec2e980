//! The port to stored contacts.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Contact, ContactPatch, ContactPatchError, ContactStatus, imported_event};
use crate::events::NewEvent;
use crate::identity::Scope;
use crate::ids::{CampaignId, ContactId, UserId};
use crate::phone::PhoneNumber;
use crate::store::{Page, PageRequest, StoreError};
use crate::words::words;

words! {
    /// Why a contact was not added.
    SkipReason ("skip reason") {
        /// No number was given.
        NoNumber = "no_number",
        /// The number cannot be dialled.
        InvalidNumber = "invalid_number",
        /// Another field is malformed.
        InvalidField = "invalid_field",
        /// The same number came earlier in the same request or file.
        DuplicateInFile = "duplicate_in_file",
        /// The campaign has this number already.
        DuplicateInCampaign = "duplicate_in_campaign",
        /// The number is on the owner's do-not-call list, for all campaigns or this one.
        DncInternal = "dnc_internal",
        /// The row has another number of fields than the header.
        WrongFieldCount = "wrong_field_count",
        /// The row is not in the encoding that lists are read in.
        NotUtf8 = "not_utf8",
        /// The row swallows others, probably because a quotation mark is not closed.
        UnclosedQuote = "unclosed_quote",
    }
}

impl ImportOutcome {
    /// What the log says of it, when anything was added to the campaign of `owner`'s.
    #[must_use]
    pub fn event(&self, owner: UserId) -> Option<NewEvent> {
        let first = self.added.first()?;
        let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
        let (added, skipped) = (count(self.added.len()), count(self.skipped.len()));
        Some(imported_event(first.campaign_id, owner, added, skipped, first.created_at))
    }
}

impl SkipReason {
    /// The reason in words.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoNumber => "there is no number",
            Self::InvalidNumber => "the number cannot be dialled",
            Self::InvalidField => "a field is malformed",
            Self::DuplicateInFile => "the same number came earlier in this list",
            Self::DuplicateInCampaign => "the campaign has this number already",
            Self::DncInternal => "the number is on the do-not-call list",
            Self::WrongFieldCount => "the row has another number of fields than the header",
            Self::NotUtf8 => "the row is not UTF-8",
            Self::UnclosedQuote => "the row runs over several lines; probably a quotation mark is not closed",
        }
    }
}

/// What became of an import, in the order given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportOutcome {
    /// The contacts stored.
    pub added: Vec<Contact>,
    /// Those left out: the index in what was given, and why.
    pub skipped: Vec<(usize, SkipReason)>,
}

/// Why a person's change to a contact was not made.
#[derive(Debug, thiserror::Error)]
pub enum ContactChangeError {
    /// The contact cannot be changed like that.
    #[error(transparent)]
    Refused(#[from] ContactPatchError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of a contact that was to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Removed,
    /// A call to it is under way; nothing was changed.
    Live,
    /// There is no such contact.
    NotThere,
}

/// Contacts.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ContactStore: Send + Sync {
    /// Adds contacts, all of one campaign, as given, in one transaction, with one event at the first one's
    /// `created_at` (none when nothing was added). Numbers that the campaign has already, that come twice, or that its
    /// owner has suppressed are skipped and reported; the rest is stored.
    ///
    /// # Errors
    /// [`StoreError::MissingReference`] when the campaign is not there; nothing was stored.
    async fn import(
        &self,
        scope: Scope,
        campaign: CampaignId,
        contacts: Vec<Contact>,
    ) -> Result<ImportOutcome, StoreError>;

    /// One contact of a campaign in scope, or one that is reserved for the user in a campaign to which they are assigned.
    async fn get(&self, scope: Scope, id: ContactId) -> Result<Option<Contact>, StoreError>;

    /// The contact with this number in a campaign in scope.
    async fn find(
        &self,
        scope: Scope,
        campaign: CampaignId,
        number: &PhoneNumber,
    ) -> Result<Option<Contact>, StoreError>;

    /// Contacts of a campaign, in the order they were added. Empty when the campaign is not in scope.
    async fn list(
        &self,
        scope: Scope,
        campaign: CampaignId,
        status: Option<ContactStatus>,
        page: PageRequest,
    ) -> Result<Page<Contact>, StoreError>;

    /// Up to `limit` contacts of a campaign in the order they were added, each with its place in that order, beginning
    /// after the place `after` (0 begins at the first): for reading all of them in turn.
    async fn following(
        &self,
        scope: Scope,
        campaign: CampaignId,
        after: u64,
        limit: u16,
    ) -> Result<Vec<(u64, Contact)>, StoreError>;

    /// Makes a person's change by [`Contact::patched`], with its event. `None` when there is no such contact.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the campaign has the new number already; nothing was changed.
    async fn patch(
        &self,
        scope: Scope,
        id: ContactId,
        patch: ContactPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Contact>, ContactChangeError>;

    /// Removes a contact and its queue entries, with an event. Its calls stay, without a contact.
    async fn remove(&self, scope: Scope, id: ContactId, now: OffsetDateTime) -> Result<Removal, StoreError>;
}
