//! The `dialer` program as people start it: what it prints, how it ends.

mod commands;
#[cfg(test)]
mod dialing;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod process;
#[cfg(test)]
mod provider_double;
mod serve;
#[cfg(test)]
mod simulate;
#[cfg(test)]
mod tour;
#[cfg(test)]
mod uploads;
