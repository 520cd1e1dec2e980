//! Agents: their profiles, and each agent's own desk.

pub(crate) mod desk;
pub(crate) mod profiles;
mod wire;
