//! A field of a partial update: left out, removed with `null`, or set.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use validator::{ValidateLength, ValidateRange};

/// What an update says of one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// Nothing: the field was left out.
    #[default]
    Keep,
    /// To remove it: `null`.
    Clear,
    /// A new value.
    Set(T),
}

impl<T> Change<T> {
    /// The domain's way to say the same.
    #[must_use]
    pub fn into_patch(self) -> Option<Option<T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }

    /// The change with its value read. A value that cannot be read changes nothing: its error is noted elsewhere.
    #[must_use]
    pub fn and_then<U>(self, read: impl FnOnce(T) -> Option<U>) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => read(value).map_or(Change::Keep, Change::Set),
        }
    }

    const fn value(&self) -> Option<&T> {
        match self {
            Self::Keep | Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

/// Derived checks keep the value that failed.
impl<T: Serialize> Serialize for Change<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<T: ValidateLength<u64>> ValidateLength<u64> for Change<T> {
    fn length(&self) -> Option<u64> {
        self.value().and_then(ValidateLength::length)
    }
}

impl<T: ValidateRange<N>, N> ValidateRange<N> for Change<T> {
    fn greater_than(&self, max: N) -> Option<bool> {
        self.value().and_then(|value| value.greater_than(max))
    }

    fn less_than(&self, min: N) -> Option<bool> {
        self.value().and_then(|value| value.less_than(min))
    }
}
