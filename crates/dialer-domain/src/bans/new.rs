//! A new ban: who may order it, and what is refused.

use time::OffsetDateTime;

use crate::identity::{Principal, Role};
use crate::ids::{BanId, UserId};
use crate::places::Jurisdiction;
use crate::rules::Ban;

/// Longest reason of a ban, in characters.
pub const REASON_MAX: usize = 1_000;

/// A ban as somebody orders it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBan {
    /// Whose campaigns it binds; `None` binds everybody's.
    pub user_id: Option<UserId>,
    /// Where nobody is called.
    pub jurisdiction: Jurisdiction,
    /// First instant of the ban; `None` for now.
    pub starts_at: Option<OffsetDateTime>,
    /// First instant after it.
    pub ends_at: OffsetDateTime,
    /// Who ordered it and where that is written, in words.
    pub reason: Option<String>,
}

/// What is wrong with a new ban.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BanError {
    /// The field.
    pub field: &'static str,
    /// A stable code.
    pub code: &'static str,
    /// What would do.
    pub message: &'static str,
}

/// The ban that `by` orders at `now`; `None` is whoever works on the machine itself, who may do all of it. A user binds
/// themselves, and an admin everybody.
///
/// # Errors
/// Every field that is wrong.
pub fn order(id: BanId, by: Option<Principal>, new: NewBan, now: OffsetDateTime) -> Result<Ban, Vec<BanError>> {
    let mut errors = Vec::new();
    let mut wrong = |field, code, message| errors.push(BanError { field, code, message });
    let may = by.is_none_or(|who| new.user_id.map_or(who.role >= Role::Admin, |bound| bound == who.user));
    if !may {
        wrong("everybody", "role_too_small", "only an admin binds everybody; leave it out to bind your own campaigns");
    }
    let starts_at = new.starts_at.unwrap_or(now);
    if new.ends_at <= starts_at {
        wrong("ends_at", "reversed", "use an instant after the ban's beginning");
    } else if new.ends_at <= now {
        wrong("ends_at", "in_the_past", "use an instant in the future: a ban that is over binds nobody");
    }
    let reason = new.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_MAX) {
        wrong("reason", "too_long", "use at most 1000 characters");
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Ban {
        id,
        user_id: new.user_id,
        jurisdiction: new.jurisdiction,
        starts_at,
        ends_at: new.ends_at,
        reason,
        created_by: by.map(|who| who.user),
        created_at: now,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-08-29 05:00 UTC);
    const USER: UserId = UserId::new(uuid::Uuid::from_u128(1));

    fn ban() -> NewBan {
        NewBan {
            user_id: Some(USER),
            jurisdiction: "US-LA".parse().unwrap(),
            starts_at: None,
            ends_at: NOW + Duration::days(14),
            reason: Some(" Hurricane; PSC order of 28 August ".to_owned()),
        }
    }

    fn ordered(by: Option<Role>, new: NewBan) -> Result<Ban, Vec<(&'static str, &'static str)>> {
        let by = by.map(|role| Principal { user: USER, role });
        order(BanId::new(uuid::Uuid::nil()), by, new, NOW)
            .map_err(|errors| errors.into_iter().map(|error| (error.field, error.code)).collect())
    }

    #[test]
    fn a_ban_without_a_beginning_begins_now() {
        let made = ordered(Some(Role::Supervisor), ban()).unwrap();
        assert_eq!((made.starts_at, made.created_at, made.created_by), (NOW, NOW, Some(USER)));
        assert_eq!(made.reason.as_deref(), Some("Hurricane; PSC order of 28 August"));
    }

    #[test]
    fn everybody_is_bound_by_an_admin_or_on_the_machine_itself() {
        let everybody = NewBan { user_id: None, ..ban() };
        let refused = ordered(Some(Role::Supervisor), everybody.clone());
        assert_eq!(refused, Err(vec![("everybody", "role_too_small")]));
        assert_eq!(ordered(Some(Role::Admin), everybody.clone()).unwrap().user_id, None);
        assert_eq!(ordered(None, everybody).unwrap().created_by, None);
        let somebody_else = NewBan { user_id: Some(UserId::new(uuid::Uuid::nil())), ..ban() };
        assert!(ordered(Some(Role::Admin), somebody_else).is_err());
    }

    #[rstest]
    #[case(NewBan { starts_at: Some(NOW + Duration::days(14)), ..ban() }, "ends_at", "reversed")]
    #[case(NewBan { starts_at: Some(NOW - Duration::DAY), ends_at: NOW, ..ban() }, "ends_at", "in_the_past")]
    #[case(NewBan { reason: Some("a".repeat(1_001)), ..ban() }, "reason", "too_long")]
    fn what_is_wrong_is_named(#[case] new: NewBan, #[case] field: &'static str, #[case] code: &'static str) {
        assert_eq!(ordered(None, new), Err(vec![(field, code)]));
    }
}
