//! API keys: how machines sign in, on behalf of the person who made the key.
//!
//! Of a key itself nothing is kept but its hash and its first characters; whoever reads the table cannot use it.

mod scopes;
pub mod store;

use std::fmt;

use time::OffsetDateTime;

pub use scopes::{Access, Area, KeyScope, UnknownKeyScope, allows};

use crate::identity::{Principal, Role};
use crate::ids::{ApiKeyId, UserId};

/// The SHA-256 hash of a key, as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyHash(String);

impl KeyHash {
    /// The hash whose 32 bytes these are.
    #[must_use]
    pub fn new(digest: [u8; 32]) -> Self {
        Self(hex::encode(digest))
    }

    /// Reads what [`Self::as_str`] gave. `None` when it is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(..)")
    }
}

/// A stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// On whose behalf it acts.
    pub user_id: UserId,
    /// What its owner calls it.
    pub name: String,
    /// The first characters of the key, so that its owner can tell which one it is.
    pub prefix: String,
    /// The hash of the key.
    pub hash: KeyHash,
    /// What it may do at most.
    pub role: Role,
    /// What it may reach; never empty.
    pub scopes: Vec<KeyScope>,
    /// When it ends by itself; `None` for never.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<OffsetDateTime>,
    /// When its owner ended it.
    pub revoked_at: Option<OffsetDateTime>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// What somebody asks of a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// What to call it.
    pub name: String,
    /// What it may do at most; the maker's role when not said.
    pub role: Option<Role>,
    /// What it may reach; everything when not said.
    pub scopes: Option<Vec<KeyScope>>,
    /// When it ends by itself.
    pub expires_at: Option<OffsetDateTime>,
}

/// A field of a new key that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiKeyError {
    /// The field.
    pub field: &'static str,
    /// A stable code.
    pub code: &'static str,
    /// What would do.
    pub message: &'static str,
}

/// Whether a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It does.
    Active,
    /// It has ended by itself.
    Expired,
    /// Its owner has ended it.
    Revoked,
}

impl ApiKey {
    /// The longest name, in characters.
    pub const NAME_MAX: usize = 100;

    /// A key of `maker`. It never has more rights than its maker has now.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn make(
        id: ApiKeyId,
        maker: Principal,
        new: NewApiKey,
        (prefix, hash): (String, KeyHash),
        now: OffsetDateTime,
    ) -> Result<Self, Vec<ApiKeyError>> {
        let mut errors = Vec::new();
        let mut wrong = |field, code, message| errors.push(ApiKeyError { field, code, message });
        let name = new.name.trim().to_owned();
        if name.is_empty() {
            wrong("name", "required", "give the key a name");
        } else if name.chars().count() > Self::NAME_MAX {
            wrong("name", "too_long", "use at most 100 characters");
        }
        let role = new.role.unwrap_or(maker.role);
        if role > maker.role {
            wrong("role", "role_too_large", "a key cannot have a larger role than yours");
        }
        let mut scopes = new.scopes.unwrap_or_else(|| vec![KeyScope::Everything]);
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            wrong("scopes", "required", "name at least one scope, or leave the field out for all of them");
        }
        if new.expires_at.is_some_and(|at| at <= now) {
            wrong(
                "expires_at",
                "in_the_past",
                "use an instant in the future, or leave the field out for a key without end",
            );
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            id,
            user_id: maker.user,
            name,
            prefix,
            hash,
            role,
            scopes,
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
            created_at: now,
        })
    }

    /// Whether it works at `now`.
    #[must_use]
    pub fn state(&self, now: OffsetDateTime) -> KeyState {
        if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.expires_at.is_some_and(|at| at <= now) {
            KeyState::Expired
        } else {
            KeyState::Active
        }
    }

    /// Who asks when this key is presented.
    #[must_use]
    pub const fn principal(&self) -> Principal {
        Principal { user: self.user_id, role: self.role }
    }
}
