//! Do-not-call: numbers that must not be called, whatever list they stand on.

mod stop_words;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::consents::ConsentEvent;
use crate::ids::{CallId, CampaignId, SuppressionId, UserId};
use crate::phone::PhoneNumber;
use crate::store::{Page, PageRequest, StoreError};
use crate::words::words;

pub use stop_words::says_stop;

words! {
    /// How a number came onto the do-not-call list.
    SuppressionSource ("suppression source") {
        /// A person or a client put it there.
        Api = "api",
        /// It stood in a file.
        Import = "import",
        /// An agent recorded the disposition `do-not-call`.
        Disposition = "disposition",
        /// Whoever has the number said or texted that they want no more calls.
        Inbound = "inbound",
    }
}

/// A number that its owner's campaigns and agents must not call, or one campaign of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Its id.
    pub id: SuppressionId,
    /// Whose campaigns it binds.
    pub user_id: UserId,
    /// The number.
    pub phone_number: PhoneNumber,
    /// The campaign that it binds; `None` binds all of its owner's, and calls outside of campaigns.
    pub campaign_id: Option<CampaignId>,
    /// Why, in words.
    pub reason: Option<String>,
    /// How it came here; `None` when a writer that is not this program put it here.
    pub source: Option<SuppressionSource>,
    /// Who put it here, where that is known.
    pub created_by: Option<UserId>,
    /// Since when.
    pub created_at: OffsetDateTime,
}

impl Suppression {
    /// Longest reason, in characters.
    pub const MAX_REASON: usize = 1_000;
}

/// Which entries to list. `None` means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuppressionFilter {
    /// Only entries of this number.
    pub phone_number: Option<PhoneNumber>,
    /// Only entries that bind this campaign and no other.
    pub campaign_id: Option<CampaignId>,
    /// Only entries that came this way.
    pub source: Option<SuppressionSource>,
}

/// Do-not-call entries: of each number one for all of an owner's campaigns, and one for each campaign. An entry has no expiry;
/// only its removal lifts it, or that of its campaign.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SuppressionStore: Send + Sync {
    /// Adds entries, all of one owner, in one transaction with one event (none when nothing was added). Numbers that are
    /// there already, or come twice, stay as they are. Returns the ids of those that were added. From the moment this returns, no
    /// claim of a campaign that they bind takes a contact with one of the numbers.
    ///
    /// # Errors
    /// [`StoreError::MissingReference`] when a campaign is none of the owner's; nothing is added then.
    async fn suppress_all(&self, owner: UserId, entries: Vec<Suppression>) -> Result<Vec<SuppressionId>, StoreError>;

    /// [`Self::suppress_all`] with one entry. True when it was added.
    async fn suppress(&self, entry: &Suppression) -> Result<bool, StoreError> {
        Ok(!self.suppress_all(entry.user_id, vec![entry.clone()]).await?.is_empty())
    }

    /// [`Self::suppress`], and an entry of the consent ledger about the same owner's number, all in one transaction: whoever says
    /// stop is not called any more, and their consents are taken back. True when the do-not-call entry was added.
    ///
    /// # Errors
    /// As of [`Self::suppress_all`], and [`StoreError::Duplicate`] when the id of the ledger's entry is taken; nothing is added
    /// then.
    async fn opt_out(&self, entry: &Suppression, revocation: &ConsentEvent) -> Result<bool, StoreError>;

    /// Removes an entry; the event keeps the reason. False when there was none.
    async fn lift(
        &self,
        owner: UserId,
        number: &PhoneNumber,
        campaign: Option<CampaignId>,
        reason: Option<String>,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// The entry of a number that binds all of the owner's campaigns, or the one that binds `campaign` and no other.
    async fn find(
        &self,
        owner: UserId,
        number: &PhoneNumber,
        campaign: Option<CampaignId>,
    ) -> Result<Option<Suppression>, StoreError>;

    /// The entry that keeps a campaign of the owner's from calling a number: the one that binds all of them, else its own.
    async fn binding(
        &self,
        owner: UserId,
        number: &PhoneNumber,
        campaign: CampaignId,
    ) -> Result<Option<Suppression>, StoreError> {
        match self.find(owner, number, None).await? {
            Some(entry) => Ok(Some(entry)),
            None => self.find(owner, number, Some(campaign)).await,
        }
    }

    /// The calls that are out to numbers which an entry keeps from being called, and that nobody has answered yet, the earliest
    /// first. Only the service asks.
    async fn unwanted_calls(&self) -> Result<Vec<CallId>, StoreError>;

    /// One entry.
    async fn get(&self, owner: UserId, id: SuppressionId) -> Result<Option<Suppression>, StoreError>;

    /// Entries, latest first.
    async fn list(
        &self,
        owner: UserId,
        filter: SuppressionFilter,
        page: PageRequest,
    ) -> Result<Page<Suppression>, StoreError>;

    /// Up to `limit` entries that sort after `after`, in the order of their numbers, and of one number of their ids: for reading
    /// all of them.
    async fn following(
        &self,
        owner: UserId,
        after: Option<(PhoneNumber, SuppressionId)>,
        limit: u16,
    ) -> Result<Vec<Suppression>, StoreError>;
}
