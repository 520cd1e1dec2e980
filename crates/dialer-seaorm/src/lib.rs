//! The dialer's persistence ports on `SQLite` and `PostgreSQL`.
//!
//! [`Database`] is all of them at once: connect, [`Database::migrate`], and hand it to whoever asks for a store.
//! Rows become domain values and back in `mapping`; what is to be written is decided by the domain's pure functions
//! (`queue::claim`, `queue::settle`, `calls::merge`), inside the transaction that loaded what they decide from.
//!
//! # What a write survives
//! A write that was answered is in the database when the process is killed. `PostgreSQL` also keeps it when the
//! machine fails. `SQLite` runs in WAL mode with `synchronous=NORMAL`: nothing is ever corrupted, but the last
//! writes before a *power cut* may be missing.
//!
//! # Who sees what
//! On `PostgreSQL`, whatever runs on behalf of a user runs as the role `authenticated` behind Row Level Security, beneath the
//! conditions that every statement has anyway; the engine's statements run as `service_role`. The login needs to be a
//! member of both. It owns the tables, or another role does that has migrated before. A pooler between must keep to
//! sessions, since a connection keeps the engine's role.
//!
//! # Who waits for whom
//! `SQLite` has one writer at a time; writers of one process queue up in order, those of other processes are waited
//! for up to [`ConnectOptions::wait`]. On `PostgreSQL` transactions lock rows in one order, so that they wait but do
//! not get stuck: do-not-call entries, campaign, lease, contact and queue entry, call, agents, event log (a claim, which
//! passes over contacts that others hold, locks its agents before them). A transaction that the
//! database gives up nevertheless is run again.
//!
//! # Several nodes
//! Leases and the shared request budget go by the database's time, which on `SQLite` is the machine's. What is written under a
//! lease holds the lease's row until it is committed, so that a takeover comes before or after it and never in between. Triggers
//! tell other nodes that there may be something to do ([`Database::wakes`]); that takes a connection beside the pool's.

mod cells;
mod connection;
mod database;
mod entity;
mod errors;
mod mapping;
mod migrate;
mod postgres;
mod session;
mod sql;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
mod wakes;

pub use database::{ConnectOptions, Database, DatabaseKind};
pub use errors::DatabaseError;
