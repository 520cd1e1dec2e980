//! What a key may reach: an area of the API, to read or to write.

use std::fmt;
use std::str::FromStr;

use crate::words::words;

words! {
    /// A part of the API: the first word of an address below `/api/dialer`. The keys themselves are none of them, so no
    /// key can make keys.
    Area ("area") {
        /// Agents, and what an agent does.
        Agents = "agents",
        /// What the numbers say.
        Analytics = "analytics",
        /// The log of calls, and placing them.
        Calls = "calls",
        /// Campaigns, with their contacts, queues and agents.
        Campaigns = "campaigns",
        /// The consent ledger.
        Consents = "consents",
        /// Single contacts.
        Contacts = "contacts",
        /// What agents said of calls.
        Dispositions = "dispositions",
        /// The log of events.
        Events = "events",
        /// Files to take away.
        Exports = "exports",
        /// Promised callbacks.
        FollowUps = "follow-ups",
        /// Lists being read in.
        Imports = "imports",
        /// Recordings of calls.
        Recordings = "recordings",
        /// National do-not-call lists.
        Registries = "registries",
        /// The rules for calls, and emergency bans.
        Rules = "rules",
        /// The do-not-call list.
        Suppressions = "suppressions",
        /// Messages left on voicemails.
        VoicemailDrops = "voicemail-drops",
    }
}

words! {
    /// What is done in an area.
    Access ("access") {
        /// Looking: `GET`.
        Read = "read",
        /// Everything else.
        Write = "write",
    }
}

/// One thing that a key may do. `write` does not include `read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyScope {
    /// `*`: whatever its role may.
    Everything,
    /// Such as `calls:read`.
    Only(Area, Access),
}

impl KeyScope {
    /// Every scope there is, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        let single = Area::ALL.iter().flat_map(|area| Access::ALL.iter().map(|access| Self::Only(*area, *access)));
        std::iter::once(Self::Everything).chain(single)
    }
}

/// Whether one of `scopes` opens `area`; `None` is a part of the API that has no scope of its own.
#[must_use]
pub fn allows(scopes: &[KeyScope], area: Option<Area>, access: Access) -> bool {
    scopes.iter().any(|scope| match scope {
        KeyScope::Everything => true,
        KeyScope::Only(opened, with) => Some(*opened) == area && *with == access,
    })
}

impl fmt::Display for KeyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::Only(area, access) => write!(f, "{area}:{access}"),
        }
    }
}

/// A text that names no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a scope; use * or an area with :read or :write, such as calls:read")]
pub struct UnknownKeyScope;

impl FromStr for KeyScope {
    type Err = UnknownKeyScope;

    fn from_str(text: &str) -> Result<Self, UnknownKeyScope> {
        if text == "*" {
            return Ok(Self::Everything);
        }
        let (area, access) = text.split_once(':').ok_or(UnknownKeyScope)?;
        let area = area.parse().map_err(|_| UnknownKeyScope)?;
        let access = access.parse().map_err(|_| UnknownKeyScope)?;
        Ok(Self::Only(area, access))
    }
}

impl serde::Serialize for KeyScope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
