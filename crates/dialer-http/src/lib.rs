//! The dialer over HTTP, and the `dialer` program.
//!
//! This crate is wiring: it reads settings, knows which adapter serves which port, turns requests into use cases and
//! their results into JSON. It holds no rule of the dialer.
//!
//! [`server::Server::start`] runs the whole program; tests and `dialer demo` start what `dialer serve` starts.

mod answer;
pub mod app;
pub mod audio_folder;
pub mod auth;
pub mod cli;
pub mod contact_file;
pub mod data_folder;
pub mod extract;
mod limits;
mod live_events;
pub mod logs;
mod manners;
mod metrics;
mod node_file;
pub mod openapi;
pub mod problem;
mod registry_file;
mod routes;
mod rule_files;
pub mod server;
pub mod settings;
pub mod spool;
mod spreadsheet;
mod stamp;
pub mod telephony;
mod unfinished;
mod wakes;
pub mod wiring;

pub use audio_folder::AudioFolder;
pub use data_folder::DataFolder;
pub use manners::Manners;
pub use routes::{Address, DatabaseCheck, Health, addresses};
pub use server::{RunningServer, Server, StartError};
pub use settings::Settings;
pub use spool::Spool;
pub use telephony::{Network, TelephonyKind};
pub use wiring::Overrides;
