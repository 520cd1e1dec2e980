//! When somebody is to be called again: an instant, or a time on somebody's clock.

use time::{Duration, OffsetDateTime};

use super::Disposition;
use crate::calls::Call;
use crate::campaigns::Campaign;
use crate::contacts::Contact;
use crate::places::{Signals, locate};
use crate::schedule::{ClockTime, WallTime, Zone};

/// How far ahead a follow-up may lie.
pub const FURTHEST_FOLLOW_UP: Duration = Duration::days(730);

/// Why a follow-up cannot be then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FollowUpDateError {
    /// It is over.
    #[error("a follow-up lies in the future")]
    Past,
    /// It is further ahead than [`FURTHEST_FOLLOW_UP`].
    #[error("a follow-up lies at most two years ahead")]
    TooFar,
    /// Nobody is to be called again after this disposition.
    #[error("nobody is called again after this disposition; leave the date out")]
    NeverAgain,
    /// A zone was given and no time.
    #[error("a zone says nothing without a time; give follow_up_local as well")]
    ZoneAlone,
    /// A wall time was given, and nothing tells by whose clock.
    #[error("nothing tells by whose clock that is; give follow_up_zone, such as America/New_York")]
    NoZone,
    /// The wall time and the instant are not the same.
    #[error("the zone's clocks do not show follow_up_local at follow_up_date; give one of the two")]
    Disagree,
}

impl FollowUpDateError {
    /// A stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Past => "in_the_past",
            Self::TooFar => "too_far_ahead",
            Self::NeverAgain => "not_possible",
            Self::ZoneAlone => "needs_follow_up_local",
            Self::NoZone => "zone_unknown",
            Self::Disagree => "disagrees",
        }
    }
}

/// What somebody said of when to call again. `None` where nothing was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FollowUpWish {
    /// The instant.
    pub date: Option<OffsetDateTime>,
    /// The time on a clock.
    pub local: Option<ClockTime>,
    /// Whose clock.
    pub zone: Option<Zone>,
}

/// When to call again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpTime {
    /// When it becomes due; where a wall time means two instants, the earlier.
    pub at: OffsetDateTime,
    /// The later of the two: until then it is not late.
    pub again_at: Option<OffsetDateTime>,
    /// The wall time that was promised, where it was one.
    pub wall: Option<WallTime>,
}

impl FollowUpTime {
    /// The last instant that may have been meant.
    #[must_use]
    pub fn last(&self) -> OffsetDateTime {
        self.again_at.unwrap_or(self.at)
    }
}

impl FollowUpWish {
    /// The zone by whose clocks `local` is meant that comes without one: that of the callee where it is known, else that of
    /// the campaign. `None` when a wish needs none.
    fn zone_of(&self, usual: Option<Zone>) -> Result<Option<Zone>, FollowUpDateError> {
        match (&self.zone, &self.local) {
            (Some(_), None) if self.date.is_none() => Err(FollowUpDateError::ZoneAlone),
            (Some(zone), _) => Ok(Some(zone.clone())),
            (None, None) => Ok(None),
            (None, Some(_)) => usual.map(Some).ok_or(FollowUpDateError::NoZone),
        }
    }

    /// When to call again, at `now`; `None` when nothing was said. `usual` is the zone of a wall time without one.
    ///
    /// An instant that comes with its wall time says which of two was meant. Of a wall time whose first instant is over the
    /// second is meant. An instant with a zone is what the zone's clocks show then.
    ///
    /// # Errors
    /// [`FollowUpDateError`]
    pub fn resolve(&self, usual: Option<Zone>, now: OffsetDateTime) -> Result<Option<FollowUpTime>, FollowUpDateError> {
        let zone = self.zone_of(usual)?;
        let (Some(local), Some(zone)) = (self.local, zone.clone()) else {
            let wall = |at| zone.and_then(|zone| WallTime::of(at, zone));
            return Ok(self.date.map(|at| FollowUpTime { at, again_at: None, wall: wall(at) }));
        };
        let wall = WallTime { local, zone };
        let instants = wall.instants().ok_or(FollowUpDateError::TooFar)?;
        let (at, again_at) = match self.date {
            None => {
                let ahead = instants.from(now);
                (ahead.at, ahead.again_at)
            }
            Some(date) if date == instants.at || Some(date) == instants.again_at => (date, None),
            Some(_) => return Err(FollowUpDateError::Disagree),
        };
        Ok(Some(FollowUpTime { at, again_at, wall: Some(wall) }))
    }
}

/// The zone by whose clocks a wall time of `wish` is meant that names none, said on `call`: the callee's, where one is known or
/// all that may be the callee's show that time at the same instants; else the campaign's.
#[must_use]
pub fn usual_zone(wish: &FollowUpWish, call: &Call, contact: Option<(&Contact, &Campaign)>) -> Option<Zone> {
    let local = wish.local?;
    let place = match contact {
        Some((contact, _)) => locate(&Signals::of(&contact.person)),
        None => locate(&Signals { number: call.customer_number(), ..Signals::default() }),
    };
    let instants = |zone: &Zone| WallTime { local, zone: zone.clone() }.instants();
    let callee = place.zones.split_first().filter(|(first, others)| {
        let at = instants(first);
        others.iter().all(|other| instants(other) == at)
    });
    callee.map(|(first, _)| first.clone()).or_else(|| contact.map(|(_, campaign)| campaign.timezone.clone()))
}

/// Whether a follow-up at `date` can go with `disposition`, recorded at `now`.
///
/// # Errors
/// [`FollowUpDateError`]
pub fn check_follow_up(
    disposition: Disposition,
    date: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), FollowUpDateError> {
    if matches!(disposition, Disposition::DoNotCall | Disposition::WrongNumber) {
        Err(FollowUpDateError::NeverAgain)
    } else if date <= now {
        Err(FollowUpDateError::Past)
    } else if date - now > FURTHEST_FOLLOW_UP {
        Err(FollowUpDateError::TooFar)
    } else {
        Ok(())
    }
}
