//! Emergency bans as they are ordered, kept and ended. What a ban is: [`Ban`].

mod new;
pub mod store;

use serde_json::json;
use time::OffsetDateTime;

use crate::events::{EventKind, NewEvent, data};
use crate::identity::Scope;
use crate::ids::UserId;
use crate::rules::Ban;

pub use new::{BanError, NewBan, REASON_MAX, order};

/// A ban as it was ordered, and whether somebody ended it early. It is kept when it is over, so that it can be told why
/// nobody was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedBan {
    /// The ban, with the end that was ordered.
    pub ban: Ban,
    /// When somebody ended it, where that was before its ordered end.
    pub ended_at: Option<OffsetDateTime>,
    /// Who ended it early, where that is known.
    pub ended_by: Option<UserId>,
}

impl OrderedBan {
    /// A ban that nobody has ended.
    #[must_use]
    pub const fn new(ban: Ban) -> Self {
        Self { ban, ended_at: None, ended_by: None }
    }

    /// Whether it keeps people from being called at `now` or later: it is neither over nor ended.
    #[must_use]
    pub fn stands(&self, now: OffsetDateTime) -> bool {
        self.ended_at.is_none() && self.ban.ends_at > now
    }

    /// The event of its being ordered.
    #[must_use]
    pub fn ordered(&self) -> NewEvent {
        self.event(EventKind::BanOrdered, self.ban.created_at, self.ban.created_by)
    }

    /// The event of its being ended at `now`.
    #[must_use]
    pub fn ended(&self, now: OffsetDateTime) -> NewEvent {
        self.event(EventKind::BanEnded, now, self.ended_by)
    }

    /// An event in the log of whom the ban binds. One that binds everybody stands in the log of whoever did it, and in
    /// nobody's (the nil id) when it was done on the machine itself; the service reads all of them.
    fn event(&self, kind: EventKind, at: OffsetDateTime, by: Option<UserId>) -> NewEvent {
        let ban = &self.ban;
        let event = NewEvent {
            kind,
            user_id: ban.user_id.or(by).unwrap_or(UserId::new(uuid::Uuid::nil())),
            campaign_id: None,
            contact_id: None,
            call_id: None,
            at,
            data: data([
                ("ban_id", json!(ban.id)),
                ("jurisdiction", json!(ban.jurisdiction)),
                ("everybody", json!(ban.user_id.is_none())),
            ]),
        };
        match by {
            Some(by) => event.by(Scope::User(by)),
            None => event,
        }
    }
}
