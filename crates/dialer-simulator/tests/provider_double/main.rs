//! The provider double over a real socket, as a client of `VoIPstudio`'s API sees it.

#[cfg(test)]
mod accelerated;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod cdrs;
#[cfg(test)]
mod common;
#[cfg(test)]
mod dial_refusals;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod sip;
