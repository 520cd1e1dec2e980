//! The API over a real socket, as clients see it: the application that `dialer serve` serves, on memory, with a
//! provider that does what each test tells it.

mod actions;
mod analytics;
#[cfg(test)]
mod api_keys;
mod assignments;
mod bans;
mod calls;
mod campaigns;
mod consents;
mod contacts;
#[cfg(test)]
mod days;
#[cfg(test)]
mod desk;
mod dispositions;
#[cfg(test)]
mod every_patch;
#[cfg(test)]
mod every_post;
#[cfg(test)]
mod every_route;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod exports;
mod failures;
mod follow_ups;
#[cfg(test)]
mod forecast;
mod forgetful;
#[cfg(test)]
mod gone;
mod health;
#[cfg(test)]
mod imports;
mod law;
#[cfg(test)]
mod limits;
mod manners;
#[cfg(test)]
mod once;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod recordings;
mod registries;
mod roles;
#[cfg(test)]
mod route_table;
#[cfg(test)]
mod stop_now;
mod suppressions;
#[cfg(test)]
mod tags;
mod voicemail_drops;
mod webhooks;
