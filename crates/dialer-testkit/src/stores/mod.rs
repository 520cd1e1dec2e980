//! The suite that defines the persistence ports: an adapter is right when every case here passes on it.
//!
//! Cases use nothing but the ports, so they hold for memory, `SQLite` and `PostgreSQL` alike. An adapter
//! implements [`StoreHarness`] and writes `store_conformance!(MyHarness);` in its tests. Every case gets an empty
//! database of its own.
//!
//! The suite sets contacts up in the middle of their life (tried before, promised a callback, closed) by
//! importing them so: `import` stores a contact as it is given.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case is the body of a test: it fails by panicking, and says in its name what it holds"
)]

pub mod accepting;
pub mod ahead;
pub mod analytics;
pub mod api_keys;
pub mod assignments;
pub mod bans;
pub mod budgets;
pub mod callers;
pub mod calls;
pub mod campaigns;
pub mod claiming;
pub mod completion;
pub mod conditions;
mod conformance;
pub mod consents;
pub mod contacts;
pub mod copying;
mod crew;
pub mod deletion;
pub mod desk;
pub mod dispositions;
pub mod entries;
pub mod events;
pub mod exports;
pub mod follow_ups;
pub mod idempotency;
pub mod imports;
pub mod inbound;
pub mod inbox;
pub mod law;
pub mod leases;
pub mod new_law;
pub mod offers;
pub mod people;
pub mod planning;
pub mod profiles;
pub mod promises;
pub mod receipts;
pub mod recordings;
pub mod refusals;
pub mod registries;
mod scene;
pub mod settling;
pub mod staffing;
pub mod standings;
pub mod steps;
pub mod suppression;
pub mod traffic;
pub mod voicemail_drops;

use async_trait::async_trait;
use dialer_domain::Stores;
use dialer_domain::rules::Shelf;

/// The persistence ports of one adapter, on one database, with what cases have in common.
#[derive(Debug, Clone)]
pub struct Stage(Stores, Shelf);

impl Stage {
    /// A stage on the ports of `harness`.
    pub fn of(harness: &impl StoreHarness) -> Self {
        Self(harness.stores(), harness.shelf())
    }
}

impl std::ops::Deref for Stage {
    type Target = Stores;

    fn deref(&self) -> &Stores {
        &self.0
    }
}

/// An adapter on a database that nobody else uses. Dropping it may remove the database.
#[async_trait]
pub trait StoreHarness: Send + Sync {
    /// A database that is empty, isolated and ready for use.
    async fn fresh() -> Self;

    /// The ports on it.
    fn stores(&self) -> Stores;

    /// Where the rules lie by which its claims are decided: an open book to begin with.
    fn shelf(&self) -> Shelf;
}

#[cfg(test)]
mod tests;
