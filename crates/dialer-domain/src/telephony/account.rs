//! Who and what is in a provider's account.

use super::AgentLine;

/// A user of the provider's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderUser {
    /// The line that rings when a call is placed for this user.
    pub line: AgentLine,
    /// Given and family name, as the provider has them.
    pub name: String,
    /// Whether the account lets this user make calls.
    pub active: bool,
    /// Phones configured for the user; says nothing about which are switched on. `None` when not told.
    pub devices: Option<u32>,
}
