//! The tables as rows. Private: nothing outside this crate sees how a value is stored.

pub(crate) mod agent;
pub(crate) mod agent_state;
pub(crate) mod api_key;
pub(crate) mod assignment;
pub(crate) mod ban;
pub(crate) mod call;
pub(crate) mod campaign;
pub(crate) mod consent;
pub(crate) mod contact;
pub(crate) mod disposition;
pub(crate) mod entry;
pub(crate) mod event;
pub(crate) mod import_job;
pub(crate) mod import_row;
pub(crate) mod receipt;
pub(crate) mod recording;
pub(crate) mod refusal_count;
pub(crate) mod registry_copy;
pub(crate) mod suppression;
pub(crate) mod voicemail_drop;
