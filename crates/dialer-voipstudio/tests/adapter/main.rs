//! The adapter over real sockets: against canned answers, broken servers, and a provider that plays the whole part.

#[cfg(test)]
mod account;
#[cfg(test)]
mod ahead;
#[cfg(test)]
mod canned;
#[cfg(test)]
mod double_account;
#[cfg(test)]
mod double_events;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod incremental;
#[cfg(test)]
mod live;
#[cfg(test)]
mod lost;
#[cfg(test)]
mod provider_double;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod support;
#[cfg(test)]
mod throttled;
