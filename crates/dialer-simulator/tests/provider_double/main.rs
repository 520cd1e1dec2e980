//! The provider double over a real socket, as a client of `VoIPstudio`'s API sees it.

#[cfg(test)]
mod accelerated;
#[cfg(test)]
mod account;
#[cfg(test)]
mod broken_answers;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod cdrs;
#[cfg(test)]
mod common;
#[cfg(test)]
mod control;
#[cfg(test)]
mod customer_first;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod dial_refusals;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod knobs;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sip;
#[cfg(test)]
mod webhooks;
