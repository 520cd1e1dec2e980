//! Who asks, and what they may see.

use crate::ids::UserId;
use crate::words::words;

words! {
    /// What a user may do. Each role includes the ones before it.
    Role ("role") {
        /// Places and dispositions own calls.
        Agent = "agent",
        /// Runs own campaigns.
        Supervisor = "supervisor",
        /// Runs the installation.
        Admin = "admin",
    }
}

/// An authenticated user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal {
    /// The token's subject.
    pub user: UserId,
    /// The token's role.
    pub role: Role,
}

impl Principal {
    /// The rows this user may see: their own.
    #[must_use]
    pub const fn scope(self) -> Scope {
        Scope::User(self.user)
    }
}

/// The rows a store may read and change on behalf of a caller. A row outside the scope does not exist for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Rows owned by this user only.
    User(UserId),
    /// Every row: the dialing engine and administration commands.
    Service,
}

impl Scope {
    /// Whether a row owned by `owner` is inside this scope.
    #[must_use]
    pub fn covers(self, owner: UserId) -> bool {
        match self {
            Self::User(user) => user == owner,
            Self::Service => true,
        }
    }
}
