//! What tests against the dialer's ports need: time that a test turns by hand, reproducible ids, builders that
//! default to valid, doubles of the ports, and the one suite that every persistence adapter has to pass.
//!
//! - [`FakeClock`] and [`SeededIds`] stand in for time and chance.
//! - [`builders`] make campaigns, contacts and calls, so that a test says only what matters to it.
//! - [`MemoryStore`] is all persistence ports at once, in memory; [`ScriptedTelephony`] is a provider that
//!   answers what the test told it to.
//! - [`store_conformance!`] writes one test for each case of the suite in [`stores`], [`telephony_conformance!`] for each of
//!   that in [`networks`].
//!
//! ```
//! use dialer_domain::campaigns::store::CampaignStore;
//! use dialer_domain::{Scope, UserId};
//! use dialer_testkit::{MemoryStore, builders::campaign};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), dialer_domain::StoreError> {
//! let store = MemoryStore::new();
//! let spring = campaign().name("Spring").active().max_attempts(2).build();
//! CampaignStore::add(&store, &spring).await?;
//! assert_eq!(CampaignStore::get(&store, Scope::User(spring.user_id), spring.id).await?, Some(spring));
//! # Ok(())
//! # }
//! ```

pub mod audio;
pub mod builders;
pub mod clock;
pub mod ids;
pub mod leases;
pub mod memory;
pub mod networks;
pub mod stores;
pub mod telephony;

pub use audio::MemoryAudio;
pub use clock::FakeClock;
pub use ids::SeededIds;
pub use leases::pacing;
pub use memory::MemoryStore;
pub use networks::{Callees, NetworkBench, TrueCall};
pub use stores::{Stage, StoreHarness};
pub use telephony::ScriptedTelephony;
