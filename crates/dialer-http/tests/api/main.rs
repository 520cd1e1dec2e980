//! The API over a real socket, as clients see it: the application that `dialer serve` serves, on memory, with a
//! provider that does what each test tells it.

mod actions;
mod agents;
mod analytics;
mod api_keys;
mod calls;
mod campaigns;
mod contacts;
#[cfg(test)]
mod desk;
mod dispositions;
mod every_route;
mod exports;
mod failures;
mod follow_ups;
mod health;
mod imports;
mod limits;
#[cfg(test)]
mod once;
mod queue;
mod recordings;
mod roles;
mod suppressions;
#[cfg(test)]
mod tags;
mod voicemail_drops;
