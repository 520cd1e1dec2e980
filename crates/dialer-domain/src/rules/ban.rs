//! Emergency bans: no calls to a place for a time, decreed at a day's notice.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use crate::ids::{BanId, UserId};
use crate::places::Jurisdiction;

/// An order that nobody in a place is called for a time, as Louisiana's governor gives them after a storm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// Its id.
    pub id: BanId,
    /// Whose campaigns it binds; `None` binds everybody's.
    pub user_id: Option<UserId>,
    /// Where nobody is called, the places within it included.
    pub jurisdiction: Jurisdiction,
    /// First instant of the ban.
    #[serde(with = "rfc3339")]
    pub starts_at: OffsetDateTime,
    /// First instant after it; later than [`Self::starts_at`].
    #[serde(with = "rfc3339")]
    pub ends_at: OffsetDateTime,
    /// Who ordered it and where that is written, in words.
    pub reason: Option<String>,
    /// Who put it here, where that is known.
    pub created_by: Option<UserId>,
    /// Since when it is here.
    #[serde(with = "rfc3339")]
    pub created_at: OffsetDateTime,
}
