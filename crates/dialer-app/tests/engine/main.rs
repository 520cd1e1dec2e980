//! The engine over in-memory ports and a virtual clock: what contacts and agents would notice.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

mod agents;
mod books;
mod campaign_run;
mod dialing;
mod inbound;
mod listening;
mod model;
mod nodes;
mod outage;
mod people;
mod predicting;
mod promises;
mod reconciling;
mod scene;
mod sessions;
mod trouble;
mod unwanted;
