//! The outside world, as one bundle that wiring fills once.

use std::sync::Arc;

use dialer_domain::clock::Clock;
use dialer_domain::ids::IdSource;
use dialer_domain::stores::{Store, Stores};
use dialer_domain::telephony::Telephony;

/// Every port that the use cases and the engine need. Cheap to clone.
#[derive(Clone)]
pub struct Ports {
    /// Persistence.
    pub stores: Stores,
    /// The telephone network.
    pub telephony: Arc<dyn Telephony>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub ids: Arc<dyn IdSource>,
}

impl Ports {
    /// Ports whose persistence is all one store.
    #[must_use]
    pub fn on(store: impl Store, telephony: Arc<dyn Telephony>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { stores: Stores::on(store), telephony, clock, ids }
    }
}
