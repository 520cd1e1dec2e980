//! The API over a real socket, as clients see it: the application that `dialer serve` serves, on memory, with a
//! provider that does what each test tells it.

mod actions;
mod analytics;
mod calls;
mod campaigns;
mod contacts;
#[cfg(test)]
mod desk;
mod dispositions;
mod exports;
mod failures;
mod follow_ups;
mod health;
#[cfg(test)]
mod once;
mod roles;
mod recordings;
mod suppressions;
#[cfg(test)]
mod tags;
mod voicemail_drops;
