//! The API over a real socket, as clients see it: the application that `dialer serve` serves, on memory, with a
//! provider that does what each test tells it.

mod actions;
mod agents;
mod analytics;
mod calls;
mod campaigns;
mod contacts;
#[cfg(test)]
mod desk;
mod dispositions;
mod failures;
mod follow_ups;
mod health;
mod queue;
mod roles;
mod suppressions;
