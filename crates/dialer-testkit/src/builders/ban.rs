//! Emergency bans.

use dialer_domain::ids::BanId;
use dialer_domain::rules::Ban;
use dialer_domain::{Duration, UserId};

use super::{T0, id};

/// A ban of calls to Louisiana for the campaigns of `owner`, ordered at [`T0`] for the two weeks from then on.
///
/// # Panics
/// Never: `US-LA` is a place.
#[must_use]
#[expect(clippy::panic, reason = "the text is a place, as its own tests say")]
pub fn ban(owner: UserId) -> Ban {
    Ban {
        id: id(BanId::new),
        user_id: Some(owner),
        jurisdiction: "US-LA".parse().unwrap_or_else(|error| panic!("{error}")),
        starts_at: T0,
        ends_at: T0 + Duration::weeks(2),
        reason: Some("Hurricane".to_owned()),
        created_by: Some(owner),
        created_at: T0,
    }
}
