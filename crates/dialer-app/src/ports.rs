//! The outside world, as one bundle that wiring fills once.

use std::sync::Arc;

use dialer_domain::calls::store::CallStore;
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::clock::Clock;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::events::EventLog;
use dialer_domain::ids::IdSource;
use dialer_domain::queue::store::DialQueue;
use dialer_domain::suppression::SuppressionStore;
use dialer_domain::telephony::Telephony;

/// Every port that the use cases and the engine need. Cheap to clone.
#[derive(Clone)]
pub struct Ports {
    /// Stored campaigns.
    pub campaigns: Arc<dyn CampaignStore>,
    /// Stored contacts.
    pub contacts: Arc<dyn ContactStore>,
    /// The log of calls.
    pub calls: Arc<dyn CallStore>,
    /// The dialing horizon.
    pub queue: Arc<dyn DialQueue>,
    /// Do-not-call entries.
    pub suppressions: Arc<dyn SuppressionStore>,
    /// The event log.
    pub events: Arc<dyn EventLog>,
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
    pub fn on<S>(store: S, telephony: Arc<dyn Telephony>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self
    where
        S: CampaignStore + ContactStore + CallStore + DialQueue + SuppressionStore + EventLog + 'static,
    {
        let store = Arc::new(store);
        Self {
            campaigns: store.clone(),
            contacts: store.clone(),
            calls: store.clone(),
            queue: store.clone(),
            suppressions: store.clone(),
            events: store,
            telephony,
            clock,
            ids,
        }
    }
}
