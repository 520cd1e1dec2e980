//! The dialer over HTTP, and the `dialer` program.
//!
//! This crate is wiring: it reads settings, knows which adapter serves which port, turns requests into use cases and
//! their results into JSON. It holds no rule of the dialer.
//!
//! [`server::Server::start`] runs the whole program; tests and `dialer demo` start what `dialer serve` starts.

mod answer;
pub mod app;
pub mod auth;
pub mod cli;
pub mod contact_file;
pub mod data_folder;
pub mod extract;
pub mod logs;
mod manners;
mod metrics;
pub mod openapi;
pub mod problem;
mod routes;
pub mod server;
pub mod settings;
mod stamp;
pub mod telephony;
pub mod wiring;

pub use data_folder::DataFolder;
pub use manners::Manners;
pub use routes::{DatabaseCheck, Health};
pub use server::{RunningServer, Server, StartError};
pub use settings::Settings;
pub use telephony::{Network, TelephonyKind};
pub use wiring::Overrides;
