//! What callers of the use cases get, over in-memory ports.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

mod api_keys;
mod calls;
mod campaigns;
mod contacts;
mod evidence;
mod forecasts;
mod imports;
mod recording_collector;

use std::sync::Arc;

use dialer_app::{Calls, Campaigns, Contacts, EngineHandle, Ports};
use dialer_domain::identity::{Principal, Role};
use dialer_domain::phone::Region;
use dialer_domain::telephony::AgentLine;
use dialer_testkit::builders::{T0, user};
use dialer_testkit::{FakeClock, MemoryStore, ScriptedTelephony, SeededIds};

struct House {
    store: MemoryStore,
    provider: ScriptedTelephony,
    calls: Calls,
    campaigns: Campaigns,
    contacts: Contacts,
    me: Principal,
    ports: Ports,
}

impl House {
    fn new() -> Self {
        let store = MemoryStore::new();
        let provider = ScriptedTelephony::new();
        let clock = Arc::new(FakeClock::new(T0));
        let ports = Ports::on(store.clone(), Arc::new(provider.clone()), clock, Arc::new(SeededIds::new(3)));
        let handle = EngineHandle::default();
        let region: Option<Region> = Some("GB".parse().unwrap());
        Self {
            store,
            provider,
            calls: Calls::new(ports.clone(), handle.clone(), region, Some(AgentLine::new("10021"))),
            campaigns: Campaigns::new(ports.clone(), handle.clone()),
            contacts: Contacts::new(ports.clone(), handle, region),
            me: Principal { user: user(), role: Role::Supervisor },
            ports,
        }
    }

    fn ports(&self) -> Ports {
        self.ports.clone()
    }
}
