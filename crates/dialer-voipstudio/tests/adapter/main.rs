//! The adapter over real sockets: against canned answers, broken servers, and a provider that plays the whole part.

#[cfg(test)]
mod canned;
#[cfg(test)]
mod live;
#[cfg(test)]
mod lost;
#[cfg(test)]
mod provider_double;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod support;
#[cfg(test)]
mod throttled;
