//! The engine over in-memory ports and a virtual clock: what contacts and agents would notice.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

mod campaign_run;
mod dialing;
mod listening;
mod nodes;
mod outage;
mod reconciling;
mod scene;
mod trouble;
