//! The adapter on real databases: the ports' own suite, and what only a database can get wrong.

#![expect(clippy::unwrap_used, reason = "a case is the body of a test: it fails by panicking")]

mod agents;
mod campaign_key;
mod conformance;
mod connecting;
mod instants;
mod ledger;
mod other_writers;
mod plans;
mod races;
mod refusals;
mod roles;
mod schema;
mod support;
mod wakes;
mod walls;
mod wire;
