//! The consent ledger, as its owner keeps it: written down and read, never changed.

use dialer_domain::consents::store::ConsentFilter;
use dialer_domain::consents::{ConsentError, ConsentEvent, NewConsent};
use dialer_domain::identity::Principal;
use dialer_domain::ids::ConsentEventId;
use dialer_domain::store::{Page, PageRequest, StoreError};
use dialer_domain::stores::Stores;

use crate::error::{FieldError, UseCaseError};
use crate::ports::Ports;

/// What owners do with their consent ledger.
#[derive(Clone)]
pub struct Consents {
    ports: Ports,
}

impl Consents {
    /// Most entries in one call of [`Self::record`].
    pub const MAX_BATCH: usize = 1_000;

    /// On these ports.
    #[must_use]
    pub const fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The same on other stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() } }
    }

    /// Writes entries down, all of them or none. From then on every claim sees them.
    ///
    /// # Errors
    /// [`UseCaseError::Invalid`] names every field that is wrong, as `consents[INDEX].FIELD`, and
    /// [`UseCaseError::NotFound`] says that a contact is none of the writer's.
    pub async fn record(&self, who: Principal, new: Vec<NewConsent>) -> Result<Vec<ConsentEvent>, UseCaseError> {
        let now = self.ports.clock.now();
        let (mut entries, mut errors) = (Vec::with_capacity(new.len()), Vec::new());
        for (index, new) in new.into_iter().enumerate() {
            let id = ConsentEventId::generate(self.ports.ids.as_ref());
            match ConsentEvent::make(id, who, new, now) {
                Ok(entry) => entries.push(entry),
                Err(wrong) => errors.extend(wrong.into_iter().map(|error| at(index, error))),
            }
        }
        if !errors.is_empty() {
            return Err(UseCaseError::Invalid(errors));
        }
        match self.ports.stores.consents.record_consents(who.user, entries.clone()).await {
            Ok(()) => Ok(entries),
            Err(StoreError::MissingReference { .. }) => Err(UseCaseError::NotFound("contact")),
            Err(error) => Err(error.into()),
        }
    }

    /// One entry.
    pub async fn get(&self, who: Principal, id: ConsentEventId) -> Result<ConsentEvent, UseCaseError> {
        self.ports.stores.consents.consent(who.user, id).await?.ok_or(UseCaseError::NotFound("consent"))
    }

    /// Entries, the one written down last first.
    pub async fn list(
        &self,
        who: Principal,
        filter: ConsentFilter,
        page: PageRequest,
    ) -> Result<Page<ConsentEvent>, UseCaseError> {
        Ok(self.ports.stores.consents.consents(who.user, filter, page).await?)
    }
}

/// What is wrong with one of several entries.
fn at(index: usize, error: ConsentError) -> FieldError {
    FieldError::new(format!("consents[{index}].{}", error.field), error.code, error.message)
}
