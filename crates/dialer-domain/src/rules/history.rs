//! The calls that were made before: what caps and holds count.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

/// Declares a small set of named flags.
macro_rules! flags {
    ($(#[$meta:meta])* $name:ident { $( $(#[$fmeta:meta])* $flag:ident = $bit:literal ),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name(u8);

        impl $name {
            /// Nothing of it.
            pub const NONE: Self = Self(0);
            $( $(#[$fmeta])* pub const $flag: Self = Self(1 << $bit); )+
            const FLAGS: &'static [(&'static str, Self)] = &[$( (stringify!($flag), Self::$flag) ),+];

            /// This and `other`.
            #[must_use]
            pub const fn and(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Whether this has all of `other`.
            #[must_use]
            pub const fn has(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }

        /// As the names of its flags, such as `number+person`; empty for none.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let names = Self::FLAGS.iter().filter(|(_, flag)| self.has(*flag));
                let names: Vec<String> = names.map(|(name, _)| name.to_ascii_lowercase()).collect();
                serializer.serialize_str(&names.join("+"))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                let flag = |name: &str| {
                    let known = Self::FLAGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                    known.map(|(_, flag)| *flag).ok_or_else(|| {
                        serde::de::Error::custom(format_args!("`{name}` is no {}", stringify!($name)))
                    })
                };
                text.split('+').filter(|name| !name.is_empty()).try_fold(Self::NONE, |all, name| Ok(all.and(flag(name)?)))
            }
        }
    };
}

flags! {
    /// What a past call has in common with the one that is asked about.
    Tie {
        /// It went to (or came from) the same number.
        NUMBER = 0,
        /// It was with the same person, on whatever number.
        PERSON = 1,
        /// It was about the same debt.
        DEBT = 2,
        /// It was about the same subject.
        SUBJECT = 3,
        /// It was of the same campaign.
        CAMPAIGN = 4,
    }
}

flags! {
    /// What came of a past call.
    Came {
        /// The number could not be reached: busy, out of service. Where it rang, this does not hold.
        NOT_CONNECTED = 0,
        /// It was answered, by whomever or whatever.
        CONNECTED = 1,
        /// An agent spoke with the person.
        CONVERSATION = 2,
        /// A person answered and no agent was there in time.
        ABANDONED = 3,
        /// It was judged to be answered by a machine.
        MACHINE = 4,
        /// The person refused, or asked for the call to end.
        REFUSAL = 5,
    }
}

/// A call that was made, or came in, before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastCall {
    /// When it began.
    #[serde(with = "rfc3339")]
    pub began_at: OffsetDateTime,
    /// When it ended; its beginning where that is not known. Holds run from here.
    #[serde(with = "rfc3339")]
    pub ended_at: OffsetDateTime,
    /// Whether they called us: no attempt of ours, but a conversation all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inbound: bool,
    /// What it has in common with the call that is asked about.
    pub tie: Tie,
    /// What came of it.
    pub came: Came,
}

impl PastCall {
    /// An attempt that began and ended at `at`.
    #[must_use]
    pub const fn attempt(at: OffsetDateTime, tie: Tie, came: Came) -> Self {
        Self { began_at: at, ended_at: at, inbound: false, tie, came }
    }
}

/// How many calls were ever attempted, for caps without a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lifetime {
    /// At the same number.
    pub number: u32,
    /// At the same person.
    pub person: u32,
    /// At the same person about the same debt.
    pub debt: u32,
    /// At the same person about the same subject.
    pub subject: u32,
}
