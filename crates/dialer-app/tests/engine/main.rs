//! The engine over in-memory ports and a virtual clock: what contacts and agents would notice.

mod campaign_run;
mod dialing;
mod reconciling;
mod scene;
mod trouble;
