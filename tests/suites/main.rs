//! What customers of the whole dialer notice, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

mod analytics;
mod api_keys;
mod calls;
mod campaigns;
mod contacts;
mod contract;
mod dispositions;
mod exports;
mod imports;
mod inbound;
mod lists;
mod live;
mod main_job;
mod manners;
mod once;
mod provider;
mod recordings;
mod shared_budget;
mod stop_now;
mod voicemail_drops;
