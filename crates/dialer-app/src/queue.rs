//! The line of a campaign, as its owner sees and changes it.

use dialer_domain::identity::Principal;
use dialer_domain::ids::{CampaignId, QueueEntryId};
use dialer_domain::queue::QueueStatus;
use dialer_domain::queue::entries::{EntryChange, EntryChangeError, EntryRefusal, PRIORITIES, QueueEntry};
use dialer_domain::store::{Page, PageRequest, Precondition};
use dialer_domain::stores::Stores;

use crate::campaigns::own_campaign;
use crate::engine::EngineHandle;
use crate::error::{FieldError, UseCaseError};
use crate::ports::Ports;

/// What owners do with the line of their campaigns.
#[derive(Clone)]
pub struct Queue {
    ports: Ports,
    engine: EngineHandle,
}

impl Queue {
    /// On these ports; `engine` is woken when the line changes.
    #[must_use]
    pub const fn new(ports: Ports, engine: EngineHandle) -> Self {
        Self { ports, engine }
    }

    /// The same on other stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() }, ..self.clone() }
    }

    /// Entries of an own campaign: those that wait, in the order in which they will be called, and then the others.
    pub async fn list(
        &self,
        who: Principal,
        campaign: CampaignId,
        status: Option<QueueStatus>,
        page: PageRequest,
    ) -> Result<Page<QueueEntry>, UseCaseError> {
        own_campaign(&self.ports, who, campaign).await?;
        Ok(self.ports.stores.entries.list(who.scope(), campaign, status, page).await?)
    }

    /// One entry of an own campaign.
    pub async fn get(
        &self,
        who: Principal,
        campaign: CampaignId,
        entry: QueueEntryId,
    ) -> Result<QueueEntry, UseCaseError> {
        own_campaign(&self.ports, who, campaign).await?;
        let found = self.ports.stores.entries.get(who.scope(), campaign, entry).await?;
        found.ok_or(UseCaseError::NotFound("queue entry"))
    }

    /// Gives a waiting entry another priority.
    ///
    /// # Errors
    /// [`UseCaseError::Changed`] when it is not what the change was meant for, [`UseCaseError::Conflict`] when it no longer
    /// waits.
    pub async fn move_to(
        &self,
        who: Principal,
        campaign: CampaignId,
        entry: QueueEntryId,
        priority: i32,
        condition: Precondition,
    ) -> Result<QueueEntry, UseCaseError> {
        if !PRIORITIES.contains(&priority) {
            let message = format!("use a whole number from {} to {}", PRIORITIES.start(), PRIORITIES.end());
            return Err(UseCaseError::Invalid(vec![FieldError::new("priority", "out_of_range", message)]));
        }
        self.change(who, campaign, entry, EntryChange::Priority { to: priority, condition }).await
    }

    /// Takes a waiting entry out of the line. Its contact rests for the campaign's retry interval.
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] when the entry no longer waits.
    pub async fn skip(
        &self,
        who: Principal,
        campaign: CampaignId,
        entry: QueueEntryId,
        reason: Option<String>,
    ) -> Result<QueueEntry, UseCaseError> {
        self.change(who, campaign, entry, EntryChange::Skip { reason }).await
    }

    async fn change(
        &self,
        who: Principal,
        campaign: CampaignId,
        entry: QueueEntryId,
        change: EntryChange,
    ) -> Result<QueueEntry, UseCaseError> {
        let now = self.ports.clock.now();
        match self.ports.stores.entries.change(who.scope(), campaign, entry, change, now).await {
            Ok(Some(entry)) => {
                self.engine.wake();
                Ok(entry)
            }
            Ok(None) => Err(UseCaseError::NotFound("queue entry")),
            Err(EntryChangeError::Refused(EntryRefusal::Changed(changed))) => Err(UseCaseError::Changed(changed.what)),
            Err(EntryChangeError::Refused(refused)) => Err(UseCaseError::Conflict(refused.to_string())),
            Err(EntryChangeError::Store(error)) => Err(error.into()),
        }
    }
}
