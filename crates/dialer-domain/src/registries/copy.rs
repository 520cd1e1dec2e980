//! A copy of a register: how it comes into force, and what is refused.

use serde_json::json;
use time::{Date, Duration, OffsetDateTime, UtcOffset};

use super::Registry;
use crate::events::{EventKind, NewEvent, data};
use crate::identity::{Principal, Role, Scope};
use crate::ids::{RegistryCopyId, UserId};
use crate::words::words;

words! {
    /// How far a copy of a register is.
    CopyStatus ("copy status") {
        /// Its numbers are being read in; it is not in force yet.
        Loading = "loading",
        /// It is in force.
        Active = "active",
        /// A later copy took its place; its numbers are gone or will be.
        Superseded = "superseded",
        /// It was refused, or broke off; the one before stays in force.
        Failed = "failed",
    }
}

/// A copy of a register as it was on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryCopy {
    /// Its id.
    pub id: RegistryCopyId,
    /// Of which register.
    pub registry: Registry,
    /// Whose it is; `None` is everybody's.
    pub user_id: Option<UserId>,
    /// The day of which the register's keeper gave it out: what the age of the copy counts from.
    pub copied_on: Date,
    /// How far it is.
    pub status: CopyStatus,
    /// Different numbers in it.
    pub numbers: u64,
    /// Lines of the file that could not be read.
    pub broken: u64,
    /// What the file was called.
    pub file_name: Option<String>,
    /// The file's SHA-256, in hexadecimal, once it was read to its end.
    pub file_hash: Option<String>,
    /// Who brought it, where that is known.
    pub created_by: Option<UserId>,
    /// When it began to be read in.
    pub created_at: OffsetDateTime,
    /// Since when it is in force, or was.
    pub imported_at: Option<OffsetDateTime>,
}

/// A copy as somebody brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCopy {
    /// Of which register.
    pub registry: Registry,
    /// Whose it is; `None` is everybody's.
    pub user_id: Option<UserId>,
    /// The day of which it is.
    pub copied_on: Date,
    /// What the file is called.
    pub file_name: Option<String>,
}

/// What is wrong with a new copy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CopyError {
    /// The field.
    pub field: &'static str,
    /// A stable code.
    pub code: &'static str,
    /// What would do.
    pub message: String,
}

/// Why a copy that was read to its end does not come into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CopyRefused {
    /// There is not one number in it.
    #[error("the file holds no number that can be read")]
    Empty,
    /// So many lines are broken that it is no copy of what it says.
    #[error("{broken} of {lines} lines cannot be read, which is more than {most} %")]
    Broken {
        /// Lines that cannot be read.
        broken: u64,
        /// Lines that hold something.
        lines: u64,
        /// Percent of lines that may be broken.
        most: u8,
    },
}

impl CopyRefused {
    /// A stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "no_numbers",
            Self::Broken { .. } => "too_many_broken_lines",
        }
    }
}

impl RegistryCopy {
    /// Longest name of a file that is kept, in characters.
    pub const FILE_NAME_MAX: usize = 200;
    /// Percent of lines that may be broken where nothing else is said.
    pub const MOST_BROKEN: u8 = 1;

    /// The copy that `by` begins to read in at `now`; `None` is whoever works on the machine itself, who may do all of it. A
    /// user brings their own, and an admin everybody's. `in_force` is the day of the copy of the same register and owner that
    /// is in force.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn begin(
        id: RegistryCopyId,
        by: Option<Principal>,
        new: NewCopy,
        in_force: Option<Date>,
        now: OffsetDateTime,
    ) -> Result<Self, Vec<CopyError>> {
        let mut errors = Vec::new();
        let mut wrong = |field, code, message: String| errors.push(CopyError { field, code, message });
        let may = by.is_none_or(|who| new.user_id.map_or(who.role >= Role::Admin, |owner| owner == who.user));
        if !may {
            let message = "only an admin brings a copy for everybody; leave it out to bring one for yourself";
            wrong("everybody", "role_too_small", message.to_owned());
        }
        // Where the day begins first it is up to 14 hours ahead.
        let latest = now.to_offset(UtcOffset::UTC).saturating_add(Duration::hours(14)).date();
        if new.copied_on > latest {
            wrong(
                "copied_on",
                "in_the_future",
                "use the day on which the register was copied, which is past".to_owned(),
            );
        }
        if let Some(in_force) = in_force.filter(|in_force| *in_force > new.copied_on) {
            wrong("copied_on", "older_than_in_force", format!("the copy in force is of {in_force}; bring a later one"));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            id,
            registry: new.registry,
            user_id: new.user_id,
            copied_on: new.copied_on,
            status: CopyStatus::Loading,
            numbers: 0,
            broken: 0,
            file_name: new.file_name.map(|name| name.chars().take(Self::FILE_NAME_MAX).collect()),
            file_hash: None,
            created_by: by.map(|who| who.user),
            created_at: now,
            imported_at: None,
        })
    }

    /// The event of its coming into force at `now`, or of its being refused.
    #[must_use]
    pub fn event(&self, kind: EventKind, now: OffsetDateTime) -> NewEvent {
        let by = self.created_by;
        let event = NewEvent {
            kind,
            // What everybody shares stands in the log of whoever brought it, and in nobody's (the nil id) when it was
            // brought on the machine itself.
            user_id: self.user_id.or(by).unwrap_or(UserId::new(uuid::Uuid::nil())),
            campaign_id: None,
            contact_id: None,
            call_id: None,
            at: now,
            data: data([
                ("copy_id", json!(self.id)),
                ("registry", json!(self.registry.as_str())),
                ("copied_on", json!(self.copied_on.to_string())),
                ("numbers", json!(self.numbers)),
                ("broken", json!(self.broken)),
            ]),
        };
        match by {
            Some(by) => event.by(Scope::User(by)),
            None => event,
        }
    }
}

/// Whether a file of which `good` lines could be read, and `broken` ones not, comes into force, when `most` percent may be
/// broken.
///
/// # Errors
/// [`CopyRefused`].
pub fn verdict(good: u64, broken: u64, most: u8) -> Result<(), CopyRefused> {
    let lines = good.saturating_add(broken);
    if good == 0 {
        return Err(CopyRefused::Empty);
    }
    // Without division, so that the edge is exact.
    if broken.saturating_mul(100) > lines.saturating_mul(most.into()) {
        return Err(CopyRefused::Broken { broken, lines, most });
    }
    Ok(())
}

/// Of active copies, the ones that bind an owner: of each register the latest, and of the same day their own. In the order of
/// the registers.
#[must_use]
pub fn in_force(mut active: Vec<RegistryCopy>) -> Vec<RegistryCopy> {
    active.sort_by(|a, b| {
        let rank = |copy: &RegistryCopy| (copy.copied_on, copy.user_id.is_some());
        a.registry.cmp(&b.registry).then(rank(b).cmp(&rank(a)))
    });
    active.dedup_by(|later, first| later.registry == first.registry);
    active
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use time::macros::{date, datetime};

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 11:00 UTC);
    const USER: UserId = UserId::new(uuid::Uuid::from_u128(1));

    fn new() -> NewCopy {
        NewCopy {
            registry: "us-dnc".parse().unwrap(),
            user_id: Some(USER),
            copied_on: date!(2026 - 11 - 20),
            file_name: Some("é".repeat(300)),
        }
    }

    fn begin(
        by: Option<Role>,
        new: NewCopy,
        in_force: Option<Date>,
    ) -> Result<RegistryCopy, Vec<(&'static str, &'static str)>> {
        let by = by.map(|role| Principal { user: USER, role });
        RegistryCopy::begin(RegistryCopyId::new(uuid::Uuid::nil()), by, new, in_force, NOW)
            .map_err(|errors| errors.into_iter().map(|error| (error.field, error.code)).collect())
    }

    #[test]
    fn a_copy_begins_to_be_loaded() {
        let copy = begin(Some(Role::Supervisor), new(), Some(date!(2026 - 11 - 20))).unwrap();
        assert_eq!((copy.status, copy.created_by, copy.imported_at), (CopyStatus::Loading, Some(USER), None));
        assert_eq!(copy.file_name.unwrap().chars().count(), 200);
    }

    #[test]
    fn everybody_s_copy_is_brought_by_an_admin_or_on_the_machine_itself() {
        let everybody = NewCopy { user_id: None, ..new() };
        let refused = begin(Some(Role::Supervisor), everybody.clone(), None);
        assert_eq!(refused, Err(vec![("everybody", "role_too_small")]));
        assert_eq!(begin(Some(Role::Admin), everybody.clone(), None).unwrap().user_id, None);
        assert_eq!(begin(None, everybody, None).unwrap().created_by, None);
    }

    #[test]
    fn a_copy_is_of_a_day_that_is_past_somewhere_and_not_before_the_one_in_force() {
        let of = |copied_on| NewCopy { copied_on, ..new() };
        assert!(begin(None, of(date!(2026 - 11 - 22)), None).is_ok(), "in Auckland it is the 22nd");
        assert_eq!(begin(None, of(date!(2026 - 11 - 23)), None), Err(vec![("copied_on", "in_the_future")]));
        let older = begin(None, new(), Some(date!(2026 - 11 - 21)));
        assert_eq!(older, Err(vec![("copied_on", "older_than_in_force")]));
    }

    #[rstest]
    #[case(99, 1, 1, true)]
    #[case(98, 1, 1, false)]
    #[case(1, 0, 0, true)]
    #[case(1_000_000, 1, 0, false)]
    #[case(0, 0, 100, false)]
    #[case(0, 5, 100, false)]
    #[case(1, 5, 100, true)]
    fn a_copy_with_too_many_broken_lines_is_refused(
        #[case] good: u64,
        #[case] broken: u64,
        #[case] most: u8,
        #[case] taken: bool,
    ) {
        assert_eq!(verdict(good, broken, most).is_ok(), taken);
    }

    #[test]
    fn of_each_register_the_latest_copy_binds_and_of_one_day_the_own() {
        let copy = |registry: &str, user_id, copied_on| RegistryCopy {
            registry: registry.parse().unwrap(),
            user_id,
            ..begin(None, NewCopy { user_id, copied_on, ..new() }, None).unwrap()
        };
        let (early, late) = (date!(2026 - 11 - 19), date!(2026 - 11 - 20));
        let (own, shared) = (copy("us-dnc", Some(USER), late), copy("us-dnc", None, late));
        let tps = [copy("uk-tps", Some(USER), early), copy("uk-tps", None, late)];
        let active = vec![shared, own.clone(), tps[0].clone(), tps[1].clone()];
        assert_eq!(in_force(active), [tps[1].clone(), own]);
    }
}
